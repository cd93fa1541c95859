"""What the members of a group take on from it: where, when, and of which diagnosis, as far as they do not say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from service.evidence import When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.places import WITHDRAWN, diagnoses, focused, levels_of
from service.fhir_mapping.inbound.reading import Notebook, TakenOn
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import BodySite, Group, Observation, slice_of
from service.fhir_mapping.terminology import Terminology
from service.problems import Rejected
from service.vertebrae import ORDER

#: The RadElement set of SINS, which is about one lesion. Its name has a typing error there, so its code alone tells.
_SPINAL_GROUP = Relevance(
    lambda _, system, code: terminology.normal(system, code) == (terminology.RADELEMENT, "RDES21")
)
_OF_LEVEL = Relevance(lambda terms, system, code: terms.observation(system, code)[0] == terminology.LEVEL)
_NOTHING = TakenOn()


@dataclass
class _Node:
    """An Observation that is a group, or a member of one."""

    entry: Entry
    groups: list[_Node]
    members: list[_Node]
    given: list[TakenOn]
    waits_for: int = 0


def take_on(listed: Iterable[Entry], read: Iterable[Entry], notes: Notebook) -> None:
    """Notes what the Observations that are read take on from the groups that they are members of.

    A radiology report names the level of a lesion once, in an element beside those of its features. A group that was
    withdrawn gives nothing; its members have a status of their own and stand for themselves.

    Raises:
        Rejected: 413, there are too many members.
    """
    groups = [entry for entry in listed if entry.kind == "Observation" and "hasMember" in entry.members]
    if not groups:
        return
    members = [group.get("hasMember") for group in groups]
    notes.bounds.refuse_members(sum(len(each) for each in members if isinstance(each, ARRAY)))
    nodes: dict[str, _Node] = {}
    for group in groups:
        try:
            _link(group, nodes, notes)
        except Rejected as rejected:
            notes.problems += rejected.problems
    matter = [nodes[e.identity] for e in read if e.kind == "Observation" and e.identity in nodes]
    needed = _with_groups(matter)
    for node in needed.values():
        node.waits_for = sum(group.entry.identity in needed for group in node.groups)
    # From the outermost groups inwards; groups that contain themselves are never ready, and give nothing.
    ready = [node for node in needed.values() if not node.waits_for]
    while ready:
        node = ready.pop()
        taken = _together(node.given)
        if taken != _NOTHING:
            notes.taken_on[node.entry.identity] = taken
        inside = [member for member in node.members if member.entry.identity in needed]
        if not inside:
            continue
        try:
            given = _given(node, taken, notes)
        except Rejected as rejected:
            notes.problems += rejected.problems
            given = _NOTHING
        for member in inside:
            member.given.append(given)
            member.waits_for -= 1
            if not member.waits_for:
                ready.append(member)


def _link(group: Entry, nodes: dict[str, _Node], notes: Notebook) -> None:
    """Adds a group and its members, each once."""
    node = _node(group, nodes)
    members = {member.identity: member for member in _members(group, notes)}
    for member in members.values():
        inside = _node(member, nodes)
        inside.groups.append(node)
        node.members.append(inside)


def _node(entry: Entry, nodes: dict[str, _Node]) -> _Node:
    return nodes.setdefault(entry.identity, _Node(entry, [], [], []))


def _members(group: Entry, notes: Notebook) -> Iterator[Entry]:
    """The Observations that a group refers to. Of the groups of others nothing is demanded."""
    if _SPINAL_GROUP.of(group.get("code"), notes.terms):
        slice_of(Group, group.resource, group.path)
    listed = group.get("hasMember")
    for member in listed if isinstance(listed, ARRAY) else ():
        name = member.get("reference") if isinstance(member, OBJECT) else None
        found = notes.anything.find(name) if isinstance(name, str) else None
        if found is not None and found.kind == "Observation":
            yield found


def _with_groups(matter: list[_Node]) -> dict[str, _Node]:
    """What matters, and all that it may take something on from."""
    found: dict[str, _Node] = {}
    waiting = list(matter)
    while waiting:
        node = waiting.pop()
        if node.entry.identity not in found:
            found[node.entry.identity] = node
            waiting += node.groups
    return found


def _given(node: _Node, taken: TakenOn, notes: Notebook) -> TakenOn:
    """What a group gives to its members: what it says itself, and else what it takes on."""
    entry = node.entry
    group = slice_of(Observation, entry.resource, entry.path)
    if group.status in WITHDRAWN:
        return _NOTHING
    then = effective(group, entry, notes) or taken.then
    if then is not None and then.start > notes.as_of.end:
        return TakenOn(then=then)
    is_spinal = _SPINAL_GROUP.of(entry.get("code"), notes.terms)
    levels = [*levels_of(group, notes.terms), *_levels_of_members(node, notes, several=is_spinal)]
    place = site(notes.terms, [group.body_site, *levels], group.extension) or focused(group, entry, notes)
    if not is_spinal and place is not None and not _is_for_members(place):
        place = None
    return TakenOn(place or taken.place, tuple(diagnoses(group, entry, notes)), then)


def _is_for_members(place: Site) -> bool:
    """Whether a site of a group is that of its members: that of the study, such as the leg or the spine, is not."""
    return bool(place.levels) or place.region not in (None, "spine")


def _levels_of_members(node: _Node, notes: Notebook, *, several: bool) -> list[BodySite]:
    """The level that one member names for all of them."""
    inside = (
        slice_of(Observation, member.entry.resource, member.entry.path)
        for member in node.members
        if _names_level(member.entry, notes.terms)
    )
    named = [levels for each in inside if each.status not in WITHDRAWN and (levels := levels_of(each, notes.terms))]
    # Where several members name levels, each names that of its own lesion.
    return [level for levels in named for level in levels] if several or len(named) == 1 else []


def _names_level(entry: Entry, terms: Terminology) -> bool:
    components = entry.get("component")
    parts = [part for part in (components if isinstance(components, ARRAY) else ()) if isinstance(part, OBJECT)]
    return any(_OF_LEVEL.of(holder.get("code"), terms) for holder in (entry, *parts))


def _together(given: list[TakenOn]) -> TakenOn:
    """What a member of several groups takes on: it is where, when and of what each of them says."""
    if len(given) < 2:
        return given[0] if given else _NOTHING
    times = [each.then for each in given if each.then is not None]
    return TakenOn(
        _all_of([each.place for each in given if each.place is not None]),
        tuple(dict.fromkeys(entry for each in given for entry in each.focus)),
        When(min(t.start for t in times), max(t.end for t in times), max(t.text for t in times)) if times else None,
    )


def _all_of(places: list[Site]) -> Site | None:
    levels = {level for place in places for level in place.levels}
    if levels:
        return Site(tuple(sorted(levels, key=ORDER.__getitem__)))
    regions = {place.region for place in places if place.region}
    if regions:
        return Site(region=regions.pop() if len(regions) == 1 else "spine")
    return places[0] if places else None


def effective(observation: Observation, entry: Entry, notes: Notebook) -> When | None:
    """When an Observation was true of the patient, as it says itself; None where it does not.

    Raises:
        Rejected: 422 for what is no FHIR date.
    """
    if observation.effective_period is not None:
        start = notes.date(observation.effective_period.start, f"{entry.path}.effectivePeriod.start")
        end = notes.date(observation.effective_period.end, f"{entry.path}.effectivePeriod.end")
        return When(start.start, end.end, end.text or start.text)
    if observation.effective_date_time is not None:
        return notes.date(observation.effective_date_time, f"{entry.path}.effectiveDateTime")
    if observation.effective_instant is not None:
        return notes.date(observation.effective_instant, f"{entry.path}.effectiveInstant")
    return None
