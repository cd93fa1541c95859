"""Where an Observation is: its body site, a level among its values, its group, or its focus."""

from __future__ import annotations

from collections.abc import Iterable

from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import BodySite, CodeableConcept, Condition, Group, Observation, slice_of
from service.fhir_mapping.terminology import Terminology
from service.problems import Problem, Rejected

#: Nothing was found, or it was a mistake; any other status leaves open whether there is a result.
WITHDRAWN = frozenset(("cancelled", "entered-in-error"))
#: The RadElement set of SINS; its name has a typing error there, so it is known by its code alone.
_SPINAL_GROUP = Relevance(
    lambda _, system, code: terminology.normal(system, code) == (terminology.RADELEMENT, "RDES21"), r"(?!)"
)


def asked(code: CodeableConcept, terms: Terminology) -> tuple[str | None, bool]:
    """What a code asks about, and whether it does so by this project's code."""
    for coding in code.coding:
        found = terms.observation(coding.system, coding.code)[0]
        if found is not None:
            return found, terminology.normal(coding.system, coding.code)[0] == terminology.FINDING
    return None, False


def place_of(observation: Observation, entry: Entry, notes: Notebook) -> Site | None:
    """The level that an Observation names itself, or through the Condition that it focuses on."""
    place = site(
        notes.terms, [observation.body_site, *_levels(observation, notes.terms)], observation.extension
    ) or notes.sites.get(entry)
    if place is not None:
        return place
    for n, focus in enumerate(observation.focus):
        name = focus.reference or ""
        if name.startswith("#"):
            place = _contained(entry, name[1:], notes.terms)
            if place is not None:
                return place
            continue
        target = notes.conditions.find(name)
        if target is None:
            if not name or notes.anything.find(name) is not None:
                continue
            message = "The Condition is not in this Bundle. Add it, or name the level by bodySite."
            raise Rejected(422, Problem("not-found", message, f"{entry.path}.focus[{n}].reference"))
        condition = slice_of(Condition, target.resource, target.path)
        place = site(notes.terms, condition.body_site, condition.extension)
        if place is not None:
            return place
    return None


def diagnoses(observation: Observation, notes: Notebook) -> list[Entry]:
    """The Conditions that an Observation focuses on."""
    found = (notes.conditions.find(focus.reference) for focus in observation.focus if focus.reference)
    return [entry for entry in found if entry is not None]


def _contained(entry: Entry, name: str, terms: Terminology) -> Site | None:
    """The level of a Condition that the Observation itself contains."""
    listed = entry.resource.get("contained")
    for n, inside in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(inside, dict) and inside.get("resourceType") == "Condition" and inside.get("id") == name:
            condition = slice_of(Condition, inside, f"{entry.path}.contained[{n}]")
            return site(terms, condition.body_site, condition.extension)
    return None


def _levels(observation: Observation, terms: Terminology) -> list[BodySite]:
    """The levels that an Observation, or a component of it, names by a value and not by its body site."""
    return [
        BodySite(value.value_codeable_concept.coding, value.value_codeable_concept.text)
        for code, value in ((observation.code, observation), *((c.code, c) for c in observation.component))
        if value.value_codeable_concept and asked(code, terms) == (terminology.LEVEL, False)
    ]


def place_members(listed: Iterable[Entry], notes: Notebook) -> None:
    """Notes where the members of a group are, when the group, or one member, says it for all.

    A radiology report names the level of a lesion once, in an element beside those of its features.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    for entry in listed:
        group = slice_of(Group, entry.resource, entry.path)
        found = (notes.anything.find(member.reference or "") for member in group.has_member)
        members = [m for m in found if m is not None and m.kind == "Observation"]
        inside = [slice_of(Observation, m.resource, m.path) for m in members]
        levels = [
            level for each in (group, *inside) if each.status not in WITHDRAWN for level in _levels(each, notes.terms)
        ]
        place = site(notes.terms, [group.body_site, *levels], group.extension)
        if place is not None:
            notes.sites |= dict.fromkeys(members, place)


def is_spinal_group(entry: Entry, terms: Terminology) -> bool:
    """Whether an Observation is a group of elements about one lesion of the spine. Never fails."""
    return bool(entry.get("hasMember")) and _SPINAL_GROUP.of(entry.get("code"), terms)
