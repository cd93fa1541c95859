"""The code systems by name, and a coding as the maps name it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from service import BASE

FINDING = f"{BASE}/CodeSystem/finding"
FINDING_VALUE = f"{BASE}/CodeSystem/finding-value"
TUMOUR = f"{BASE}/CodeSystem/tumour"
VERTEBRA = f"{BASE}/CodeSystem/vertebra"
SCORE = f"{BASE}/CodeSystem/score"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
RADELEMENT = "https://radelement.org"

_SAME_SYSTEM = {
    "http://hl7.org/fhir/sid/icd-10": ICD_10_CM,
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": ICD_10_CM,
    "http://fhir.de/CodeSystem/dimdi/icd-10-gm": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.43.1": ICD_O_3,
    "urn:oid:2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "http://terminology.hl7.org/CodeSystem/icd-o-3-topography": ICD_O_3,
    "urn:oid:2.16.840.1.113883.6.43.1.1": ICD_O_3,
    "http://www.genenames.org/geneId": "http://www.genenames.org",
}

Key = tuple[str, str]

#: No code is longer than this; what is, is none, and is not remembered.
_LONGEST = 256

R = TypeVar("R")


def remembered(look_up: Callable[[Key], R]) -> Callable[[str | None, str | None], R]:
    """A look-up by system and code that remembers its answers, and forgets what is too long to be a code."""
    quick = lru_cache(maxsize=16_384)(lambda system, code: look_up(_normal(system, code)))

    def found(system: str | None, code: str | None) -> R:
        if len(system or "") > _LONGEST or len(code or "") > _LONGEST:
            return look_up(("", ""))
        return quick(system, code)

    return found


def tidy(system: str, code: str) -> str:
    """A code without what does not tell codes of its system apart."""
    code = code.strip()
    return code.upper().replace(".", "") if system in (ICD_10_CM, ICD_O_3) else code


def _normal(system: str | None, code: str | None) -> Key:
    system = (system or "").split("|", 1)[0].strip().rstrip("/")
    system = _SAME_SYSTEM.get(system, system)
    return system, tidy(system, code or "")


normal = remembered(lambda key: key)
"""A coding as the maps name it."""
