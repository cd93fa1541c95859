"""Body sites as vertebral levels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from service import BASE
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Coding, Extension
from service.fhir_mapping.terminology import Terminology
from service.vertebrae import LEVELS, ORDER, Run, levels

_LONGEST = 60
LEVEL_EXTENSION = f"{BASE}/StructureDefinition/vertebral-level"

_LEVEL = r"(?:C[0-7]|Th?(?:1[0-2]|[1-9])|L[1-5]|S[1-5])"
_TEXT = re.compile(rf"({_LEVEL})(?:\s*(-|–|to|and|,|/)\s*({_LEVEL}))?(?:\s+vertebrae?l?(?:\s+body)?)?", re.IGNORECASE)


#: Words of the spine: of a body site they prove no level and no region, and leave open whether it is in the spine.
_SPINE = re.compile(
    r"\b[HBL]WS\b|wirbel|sa[ck]rum|kreuzbein|spine|spinal|vertebra|\bTh?\d{1,2}\b|\b[CL][1-7]\b|neuroa[xc]",
    re.IGNORECASE,
)
#: Systems whose codes for the spine are known, so that their other codes are somewhere else.
_KNOWN = frozenset((terminology.SNOMED, terminology.ICD_O_3, terminology.VERTEBRA)) | terminology.ICD_10_FAMILY
_TARGET_AREAS = "/mii-cs-onko-strahlentherapie-zielgebiet"


@dataclass(frozen=True)
class Site:
    """Where something is: levels, else a region, else somewhere else, or a place that is not understood."""

    levels: Run = ()
    region: str | None = None
    unclear: bool = False
    """Whether it may be in the spine: none of its codes is of a system that is known here, or its words say so."""

    @property
    def in_spine(self) -> bool:
        return bool(self.levels or self.region)


def site(
    terms: Terminology, body_sites: Iterable[BodySite | None], extensions: Iterable[Extension] = ()
) -> Site | None:
    """The site that body sites and the level extension name together; None where they name none."""
    named: set[str] = set()
    regions: set[str] = set()
    said = clear = False
    concepts: list[CodeableConcept] = []
    for body_site in body_sites:
        if body_site is not None:
            concepts.append(body_site)
            concepts += _extended(body_site.extension)
    concepts += _extended(extensions)
    for concept in concepts:
        said = said or bool(concept.coding or concept.text)
        clear = clear or _is_clear(concept)
        found = {terms.vertebra(coding.system, coding.code) for coding in concept.coding} - {None}
        words = (concept.text, *(coding.display for coding in concept.coding if not _is_known(coding)))
        exact = {name for name in found if name in ORDER} or set().union(*(_from_text(word) for word in words))
        named |= {name for name in exact if name}
        if not exact:
            regions |= {name for name in found if name}
    if named:
        return Site(tuple(sorted(named, key=ORDER.__getitem__)))
    if regions:
        precise = sorted(regions - {"spine"}) if len(regions) > 1 else sorted(regions)
        return Site(region=precise[0] if len(precise) == 1 else "spine")
    return Site(unclear=not clear) if said else None


def _is_clear(concept: CodeableConcept) -> bool:
    """Whether a site that is not known to be in the spine is known to be somewhere else."""
    if any(_is_known(coding) for coding in concept.coding):
        return True
    words = [word for word in (concept.text, *(coding.display for coding in concept.coding)) if word]
    return not concept.coding and not any(_SPINE.search(word) for word in words)


def _is_known(coding: Coding) -> bool:
    system = terminology.normal(coding.system, "")[0]
    return system in _KNOWN or _TARGET_AREAS in system


def _extended(extensions: Iterable[Extension]) -> list[CodeableConcept]:
    return [e.value_codeable_concept for e in extensions if e.url == LEVEL_EXTENSION and e.value_codeable_concept]


def _from_text(text: str | None) -> set[str]:
    """Levels from plain text such as ``T8``, ``Th12`` or ``L1-L3``, and from nothing less plain."""
    match = _TEXT.fullmatch(text.strip()) if text and len(text) < _LONGEST else None
    if match is None:
        return set()
    first = match[1].upper().replace("TH", "T")
    last = match[3].upper().replace("TH", "T") if match[3] else first
    if match[2] in ("-", "–", "to") and ORDER[first] <= ORDER[last]:
        return set(levels(first, last))
    return {name for name in (first, last) if name in LEVELS}
