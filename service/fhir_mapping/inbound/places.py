"""Where an Observation is: its body site, a level among its values, its group, or its focus."""

from __future__ import annotations

from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Condition, Observation, slice_of
from service.fhir_mapping.terminology import Terminology
from service.problems import Problem, Rejected

#: Nothing was found, or it was a mistake; any other status leaves open whether there is a result.
WITHDRAWN = frozenset(("cancelled", "entered-in-error"))


def asked(code: CodeableConcept, terms: Terminology) -> tuple[str | None, bool]:
    """What a code asks about, and whether it does so by this project's code."""
    for coding in code.coding:
        found = terms.observation(coding.system, coding.code)[0]
        if found is not None:
            return found, terminology.normal(coding.system, coding.code)[0] == terminology.FINDING
    return None, False


def place_of(observation: Observation, entry: Entry, notes: Notebook) -> Site | None:
    """The level that an Observation names itself, or through the Condition that it focuses on, or that of its group.

    Raises:
        Rejected: 422 if nothing names a level but a Condition that is not in the Bundle.
    """
    place = site(notes.terms, [observation.body_site, *levels_of(observation, notes.terms)], observation.extension)
    if place is not None:
        return place
    taken, place = notes.taken(entry).place, focused(observation, entry, notes)
    if taken is not None and (place is None or not place.in_spine):
        return taken
    if place is None:
        for n, focus in enumerate(observation.focus):
            if focus.reference and not focus.reference.startswith("#") and notes.anything.find(focus.reference) is None:
                message = "The Condition is not in this Bundle. Add it, or name the level by bodySite."
                raise Rejected(422, Problem("not-found", message, f"{entry.path}.focus[{n}].reference"))
    return place


def focused(observation: Observation, entry: Entry, notes: Notebook) -> Site | None:
    """The site of the Conditions that an Observation focuses on: the first in the spine, else the first."""
    found = None
    for focus in observation.focus:
        name = focus.reference or ""
        place = _contained(entry, name[1:], notes.terms) if name.startswith("#") else _of_condition(name, notes)
        if place is not None and place.in_spine:
            return place
        found = found or place
    return found


def _of_condition(name: str, notes: Notebook) -> Site | None:
    target = notes.conditions.find(name)
    if target is None:
        return None
    condition = slice_of(Condition, target.resource, target.path)
    return site(notes.terms, condition.body_site, condition.extension)


def diagnoses(observation: Observation, entry: Entry, notes: Notebook) -> list[Entry]:
    """The Conditions that an Observation, or else its group, focuses on."""
    found = (notes.conditions.find(focus.reference) for focus in observation.focus if focus.reference)
    return [entry for entry in found if entry is not None] or list(notes.taken(entry).focus)


def _contained(entry: Entry, name: str, terms: Terminology) -> Site | None:
    """The level of a Condition that the Observation itself contains."""
    listed = entry.resource.get("contained")
    for n, inside in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(inside, dict) and inside.get("resourceType") == "Condition" and inside.get("id") == name:
            condition = slice_of(Condition, inside, f"{entry.path}.contained[{n}]")
            return site(terms, condition.body_site, condition.extension)
    return None


def levels_of(observation: Observation, terms: Terminology) -> list[BodySite]:
    """The levels that an Observation, or a component of it, names by a value and not by its body site."""
    return [
        BodySite(value.value_codeable_concept.coding, value.value_codeable_concept.text)
        for code, value in ((observation.code, observation), *((c.code, c) for c in observation.component))
        if value.value_codeable_concept and asked(code, terms) == (terminology.LEVEL, False)
    ]
