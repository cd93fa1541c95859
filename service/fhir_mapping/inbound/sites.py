"""Body sites as vertebral levels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from service import BASE
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Extension
from service.fhir_mapping.terminology import Terminology
from service.vertebrae import LEVELS, ORDER, Run, levels

LEVEL_EXTENSION = f"{BASE}/StructureDefinition/vertebral-level"

_LEVEL = r"(?:C[0-7]|Th?(?:1[0-2]|[1-9])|L[1-5]|S[1-5])"
_TEXT = re.compile(rf"({_LEVEL})(?:\s*(-|–|to|and|,|/)\s*({_LEVEL}))?(?:\s+vertebrae?l?(?:\s+body)?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Site:
    """Where something is: levels, else a region, else a site that is not understood."""

    levels: Run = ()
    region: str | None = None

    @property
    def in_spine(self) -> bool:
        return bool(self.levels or self.region)


def site(
    terms: Terminology, body_sites: Iterable[BodySite | None], extensions: Iterable[Extension] = ()
) -> Site | None:
    """The site that body sites and the level extension name together; None where they name none."""
    named: set[str] = set()
    regions: set[str] = set()
    said = False
    concepts: list[CodeableConcept] = []
    for body_site in body_sites:
        if body_site is not None:
            concepts.append(body_site)
            concepts += _extended(body_site.extension)
    concepts += _extended(extensions)
    for concept in concepts:
        said = said or bool(concept.coding or concept.text)
        found = {terms.vertebra(coding.system, coding.code) for coding in concept.coding} - {None}
        exact = {name for name in found if name in ORDER} or _from_text(concept.text)
        named |= {name for name in exact if name}
        if not exact:
            regions |= {name for name in found if name}
    if named:
        return Site(tuple(sorted(named, key=ORDER.__getitem__)))
    if regions:
        precise = sorted(regions - {"spine"}) if len(regions) > 1 else sorted(regions)
        return Site(region=precise[0] if len(precise) == 1 else "spine")
    return Site() if said else None


def _extended(extensions: Iterable[Extension]) -> list[CodeableConcept]:
    return [e.value_codeable_concept for e in extensions if e.url == LEVEL_EXTENSION and e.value_codeable_concept]


def _from_text(text: str | None) -> set[str]:
    """Levels from plain text such as ``T8``, ``Th12`` or ``L1-L3``, and from nothing less plain."""
    match = _TEXT.fullmatch(text.strip()) if text and len(text) < 60 else None
    if match is None:
        return set()
    first = match[1].upper().replace("TH", "T")
    last = match[3].upper().replace("TH", "T") if match[3] else first
    if match[2] in ("-", "–", "to") and ORDER[first] <= ORDER[last]:
        return set(levels(first, last))
    return {name for name in (first, last) if name in LEVELS}
