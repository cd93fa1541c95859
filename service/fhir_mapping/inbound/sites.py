"""Body sites as vertebral levels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service import BASE
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.site_words import is_elsewhere, levels_in, region_in, speaks_of_spine
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Coding, Extension
from service.fhir_mapping.terminology import Terminology
from service.vertebrae import ORDER, Run

LEVEL_EXTENSION = f"{BASE}/StructureDefinition/vertebral-level"

#: Systems of which every code for the spine is known here, so that their other codes are somewhere else.
_WHOLE = frozenset((terminology.VERTEBRA,))
_TARGET_AREAS = "/mii-cs-onko-strahlentherapie-zielgebiet"
#: Topographies of ICD-O-3 that may be at the spine: bones, marrow, connective tissue, cord and meninges, ill-defined.
_PERHAPS = ("C40", "C41", "C42", "C47", "C49", "C70", "C72", "C76", "C77", "C80")


@dataclass(frozen=True)
class Site:
    """Where something is: levels, else a region, else somewhere else, or a place that is not understood."""

    levels: Run = ()
    region: str | None = None
    differs: bool = False
    """Whether its words name other levels than its code, which counts."""
    unclear: bool = False
    """Whether it may be in the spine: neither its codes nor its words are known to be those of another place."""

    @property
    def in_spine(self) -> bool:
        return bool(self.levels or self.region)


def site(
    terms: Terminology, body_sites: Iterable[BodySite | None], extensions: Iterable[Extension] = ()
) -> Site | None:
    """The site that body sites and the level extension name together; None where they name none."""
    named: set[str] = set()
    regions: set[str] = set()
    said = unclear = differs = False
    concepts: list[CodeableConcept] = []
    for body_site in body_sites:
        if body_site is not None:
            concepts.append(body_site)
            concepts += _extended(body_site.extension)
    concepts += _extended(extensions)
    for concept in concepts:
        said = said or bool(concept.coding or concept.text)
        found = {terms.vertebra(coding.system, coding.code) for coding in concept.coding} - {None}
        words = concept.words
        coded, said_in_words = {name for name in found if name in ORDER}, set().union(*map(levels_in, words))
        differs = differs or bool(coded and said_in_words - coded)
        exact = coded or said_in_words
        named |= {name for name in exact if name}
        if not exact:
            here = found or set(map(region_in, words))
            regions |= {name for name in here if name}
            unclear = unclear or not (found or _is_elsewhere(concept, terms))
    if named:
        return Site(tuple(sorted(named, key=ORDER.__getitem__)), differs=differs)
    if regions:
        precise = sorted(regions - {"spine"}) if len(regions) > 1 else sorted(regions)
        return Site(region=precise[0] if len(precise) == 1 else "spine")
    return Site(unclear=unclear) if said else None


def _is_elsewhere(concept: CodeableConcept, terms: Terminology) -> bool:
    """Whether a site that names nothing of the spine is known to be another part of the body.

    What is not known may be at the spine. It is never called elsewhere: silence about earlier treatment is read.
    """
    words = concept.words
    if any(speaks_of_spine(word) for word in words):
        return False
    return any(map(is_elsewhere, words)) or any(_is_another(coding, terms) for coding in concept.coding)


def _is_another(coding: Coding, terms: Terminology) -> bool:
    """Whether a code is known to be that of another part of the body."""
    system, code = terminology.normal(coding.system, coding.code)
    if system in _WHOLE or _TARGET_AREAS in system:
        return True
    if system == terminology.ICD_O_3 or system in terminology.ICD_10_FAMILY:
        return code[:1] == "C" and code[1:3].isdigit() and not code.startswith(_PERHAPS)
    organ = terms.metastasis_site(coding.system, coding.code)
    return organ is not None and not any(finding == terminology.BONE_SITE for finding, _ in organ)


def _extended(extensions: Iterable[Extension]) -> list[CodeableConcept]:
    return [e.value_codeable_concept for e in extensions if e.url == LEVEL_EXTENSION and e.value_codeable_concept]
