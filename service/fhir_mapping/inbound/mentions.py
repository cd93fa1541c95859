"""What a record mentions in words and codes that are not read: nothing follows from it, and silence denies it not."""

from __future__ import annotations

from service.fhir_mapping import terminology
from service.fhir_mapping.inbound import complications, procedures
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.inbound.reading import SPREAD
from service.fhir_mapping.inbound.words import Words
from service.fhir_mapping.terminology import Terminology

_BONES = frozenset(("extraspinal-bone-metastasis-count", "vertebral-metastasis-count"))
_SYSTEMIC = frozenset(("previous-chemotherapy", "previous-systemic-therapy"))
_METASTASES = r"metasta|filia[er]|\bmets?\b|\bM1[abc]?\b|disseminat|carcinomatos|karzinose"
_SYSTEMIC_WORDS = (
    r"\bchemo|immun(?:e|o)[- ]?therap|hormon(?:e|al|ell\w*)?[- ]?therap|antineoplas|zytostat|targeted therap"
    r"|systemische therapie|systemic therap|\w(?:platin|taxel|rubicin|tinib)\b"
)
_SHORT = 64
_NAMED = Words(
    (*complications.BY_WORDS, *procedures.BY_WORDS, (_METASTASES, SPREAD), (_SYSTEMIC_WORDS, _SYSTEMIC)),
)


def in_words(text: str) -> frozenset[str]:
    """The findings that a text speaks of, whatever it says of them.

    >>> sorted(in_words("Z.n. Bestrahlung BWK 8, Paraparese"))
    ['myelopathy', 'prior-radiotherapy-at-level', 'progressive-deficit', 'spinal-cord-compression']
    """
    return _NAMED.of(text)


def in_code(system: str | None, code: str | None, terms: Terminology) -> frozenset[str]:
    """The findings that a code speaks of, be it of a diagnosis, of a treatment or of a drug."""
    return _IN_CODE[system, code, terms]


def _in_code(asked: tuple[str | None, str | None, Terminology]) -> frozenset[str]:
    system, code, terms = asked
    meanings = (terms.condition(system, code), terms.procedure(system, code), terms.drug(system, code))
    found = frozenset(finding for meaning in meanings for finding, _ in meaning or ())
    if terminology.BONE_SITE in found:
        found |= _BONES
    return found | SPREAD if terms.is_metastasis(system, code) else found


_IN_CODE = Memory(_in_code, most=4096, is_short=lambda asked: all(len(each or "") <= _SHORT for each in asked[:2]))
