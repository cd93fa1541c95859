"""The side of the body on which a diagnosis says that a tumour of a paired organ is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.slices import CodeableConcept, Condition, Extension, slice_of

_LATERALITY = re.compile(r"laterality|lateralit(?:ä|ae)t|seitenlokalisation", re.IGNORECASE)
_LEFT, _RIGHT = "left", "right"
#: SNOMED CT, and the letters of German diagnoses.
_BY_CODE = {"7771000": _LEFT, "24028007": _RIGHT, "L": _LEFT, "R": _RIGHT}
_WORDS = {
    _LEFT: re.compile(r"\bleft\b|\blinks\w*|\blinke[nrms]?\b|\bli\.|\bgauche\b", re.IGNORECASE),
    _RIGHT: re.compile(r"\bright\b|\brechts\w*|\brechte[nrms]?\b|\bre\.|\bdroite?\b", re.IGNORECASE),
}
#: ICD-10-CM says the side of these organs by the last digit, from so many characters on.
_PAIRED = {"C34": 5, "C50": 6, "C56": 4, "C62": 5, "C64": 4, "C65": 4, "C66": 4, "C69": 5, "C74": 5}
_BY_DIGIT = {"1": _RIGHT, "2": _LEFT}


def sides_of(entry: Entry) -> frozenset[str]:
    """``left``, ``right`` or both, as a Condition says them; empty where it says neither."""
    condition = slice_of(Condition, entry.resource, entry.path)
    concept = condition.code or CodeableConcept()
    found = {_of_icd(c.system, c.code) for c in concept.coding}
    found |= {_BY_CODE.get(code) for code in _qualifiers(condition)}
    found |= {_BY_CODE.get(code) for code in _letters(entry)}
    words = [word for each in (concept, *condition.body_site) for word in each.words]
    found |= {side for side, pattern in _WORDS.items() if any(pattern.search(word) for word in words)}
    return frozenset(side for side in found if side)


def _of_icd(system: str | None, code: str | None) -> str | None:
    named, plain = terminology.normal(system, code)
    icd = plain.upper().replace(".", "")
    shortest = _PAIRED.get(icd[:3])
    if named != terminology.ICD_10_CM or shortest is None or len(icd) < shortest:
        return None
    return _BY_DIGIT.get(icd[-1])


def _qualifiers(condition: Condition) -> Iterator[str]:
    extensions: list[Extension] = [*condition.extension, *(e for site in condition.body_site for e in site.extension)]
    for extension in extensions:
        if _LATERALITY.search(extension.url) and extension.value_codeable_concept:
            yield from (c.code for c in extension.value_codeable_concept.coding if c.code)


def _letters(entry: Entry) -> Iterator[str]:
    """The side beside a code of ICD-10-GM, in an extension of that code."""
    code = entry.resource.get("code") or {}
    for coding in code.get("coding") or ():
        for extension in coding.get("extension") or () if isinstance(coding, dict) else ():
            if isinstance(extension, dict) and _LATERALITY.search(str(extension.get("url"))):
                value: Any = extension.get("valueCoding")
                letter = value.get("code") if isinstance(value, dict) else None
                if isinstance(letter, str):
                    yield letter
