"""Which code means what: the ConceptMaps of this folder, compiled to hash look-ups once.

Codes are data: a change of meaning is a change of a ConceptMap here, never of this package. Codes of ICD and of some
other systems are looked up by the longest stem that begins them, others as they are.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import orjson

from service.fhir_mapping.terminology.compiling import BONE_SITE, Meaning
from service.fhir_mapping.terminology.lookup import Terminology
from service.fhir_mapping.terminology.systems import (
    CONCEPT,
    FINDING,
    FINDING_VALUE,
    ICD_10,
    ICD_10_CM,
    ICD_10_FAMILY,
    ICD_10_GM,
    ICD_O_3,
    LOINC,
    RADELEMENT,
    SCORE,
    SNOMED,
    TUMOUR,
    UNREAD,
    VERTEBRA,
    named,
    normal,
    tidy,
)
from service.fhir_mapping.terminology.tables import (
    COMORBIDITIES,
    HISTOLOGY,
    LEVEL,
    M_CATEGORY,
    MAPS,
    METASTASIS_HISTORY,
    METASTASIS_SITE,
    VARIANT,
)

__all__ = [
    "BONE_SITE",
    "COMORBIDITIES",
    "CONCEPT",
    "FINDING",
    "FINDING_VALUE",
    "HISTOLOGY",
    "ICD_10",
    "ICD_10_CM",
    "ICD_10_FAMILY",
    "ICD_10_GM",
    "ICD_O_3",
    "LEVEL",
    "LOINC",
    "MAPS",
    "METASTASIS_HISTORY",
    "METASTASIS_SITE",
    "M_CATEGORY",
    "RADELEMENT",
    "SCORE",
    "SNOMED",
    "STANDARD",
    "TUMOUR",
    "UNREAD",
    "VARIANT",
    "VERTEBRA",
    "Meaning",
    "Terminology",
    "also",
    "groups_of",
    "named",
    "normal",
    "standard_codings",
    "tidy",
]


def groups_of(name: str) -> list[dict[str, Any]]:
    """The groups of one of the maps of this folder."""
    groups: list[dict[str, Any]] = orjson.loads(resources.files(__package__).joinpath(f"{name}.json").read_bytes())[
        "group"
    ]
    return groups


STANDARD = Terminology({name: groups_of(name) for name in MAPS})
"""The maps of this folder, with nothing on top."""

_ALSO = {
    (group["source"], element["code"]): tuple({"system": group["target"], "code": t["code"]} for t in element["target"])
    for group in groups_of("score-elements")
    for element in group["element"]
}


@lru_cache(maxsize=256)
def standard_codings(finding: str) -> tuple[dict[str, str], ...]:
    """The LOINC codes that ask for a finding, for a request for data."""
    return tuple({"system": LOINC, "code": code} for code in STANDARD.codes_of(finding, LOINC))


def also(system: str, code: str) -> tuple[dict[str, str], ...]:
    """The codings of other systems that stand beside one of ours in an answer."""
    return _ALSO.get((system, code), ())
