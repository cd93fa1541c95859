"""An answer as one transaction that makes a server hold it: created, replaced, withdrawn, and left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import orjson

from service.fhir_mapping.inbound.own import CONTENT, RESULTS
from service.fhir_mapping.outbound.building import Resource, narrative
from service.fhir_mapping.outbound.kept import WITHDRAWN, Stored, Wanted, identifiers, key_of, wanted

_MAX_GENERATIONS = 100
#: Where a result refers to the record. What it refers to may have been deleted, and servers refuse what leads nowhere.
_INPUTS = frozenset("derivedFrom basis focus condition reasonReference addresses".split())
_GONE = "This result no longer follows from the record, and was withdrawn."


class Once(Enum):
    """By what a server knows a Provenance again, to which R4 gives no identifier."""

    BY_ID = auto()
    """An id that is made here: the server takes it."""
    BY_TAG = auto()
    """A tag: the server searches for it, and updates what it finds."""
    NO = auto()


@dataclass(frozen=True)
class Beside:
    """A resource that is no result, and that an answer rests on: it is written in the same transaction."""

    resource: Resource
    """With an id that is made here, by which the answer refers to it, and one identifier."""
    there: str | None = None
    """Its id on the server, where the server holds it."""
    client_id: bool = False
    """Whether the server takes the id that is made here."""

    @property
    def name(self) -> str:
        """What the answer calls it."""
        return f"{self.resource['resourceType']}/{self.resource['id']}"

    @property
    def name_there(self) -> str:
        """What the server calls it once it holds it; within the transaction, where the server makes the id."""
        if self.there is None and not self.client_id:
            return f"urn:uuid:{self.resource['id']}"
        return f"{self.resource['resourceType']}/{self.there or self.resource['id']}"


@dataclass(frozen=True)
class Change:
    """What has to be written for a server to hold an answer, and nothing of earlier ones that no longer holds."""

    entries: tuple[Resource, ...]
    """The entries of one transaction; none if the server holds the answer."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    withdrawn: int = 0
    kept: int = 0
    """Proposals that somebody has taken over; they are left as they are."""
    beside: int = 0
    """Resources that the answer rests on, and that are written with it."""

    @property
    def bundle(self) -> Resource:
        return {"resourceType": "Bundle", "type": "transaction", "entry": list(self.entries)}


def change(
    answer: Resource,
    patient: str,
    held: Sequence[Stored],
    base: str,
    *,
    once: Once = Once.NO,
    beside: Sequence[Beside] = (),
) -> Change:
    """What makes a server hold an answer. ``base`` is its address, ``held`` is what it holds of ours.

    ``once`` says by what the server knows a Provenance again. ``beside`` is what is to be there as well.
    """
    by_key: dict[tuple[str, str], list[Stored]] = {}
    for each in held:
        by_key.setdefault((each.kind, each.key), []).append(each)
    current: list[tuple[Wanted, Stored | None, str]] = []
    seen: set[tuple[str, str]] = set()
    kept = 0
    for one in wanted(answer, patient):
        passed, there, key = _place(one, by_key)
        kept += len(passed)
        seen |= {(each.kind, each.id) for each in (*passed, *([there] if there else []))}
        current.append((one, there, key))
    names = {one.name: f"{there.kind}/{there.id}" if there else f"urn:uuid:{key}" for one, there, key in current}
    names |= {each.name: each.name_there for each in beside}
    created = [_created(one, key, names) for one, there, key in current if there is None]
    changed = [(one, there, key) for one, there, key in current if there is not None and there.content != one.content]
    updated = [_put(_resource(one, key, names, there), there, base) for one, there, key in changed]
    leftover = [e for e in held if (e.kind, e.id) not in seen and e.kind in WITHDRAWN]
    kept += sum(1 for each in leftover if each.taken_over)
    gone = [each for each in leftover if not each.taken_over and not each.withdrawn]
    withdrawn = [_put(_without(each), each, base) for each in gone]
    also_written = [_beside(each, base) for each in beside if each.there is None]
    entries = [*also_written, *created, *updated, *withdrawn]
    if entries:
        also = [f"{each.kind}/{each.id}" for each in gone]
        entries += [_provenance(r, names, also, entries, once) for r in _provenances(answer)]
    return Change(
        entries=tuple(entries),
        created=len(created),
        updated=len(updated),
        unchanged=len(current) - len(created) - len(updated),
        withdrawn=len(withdrawn),
        kept=kept,
        beside=len(also_written),
    )


def _place(one: Wanted, by_key: Mapping[tuple[str, str], list[Stored]]) -> tuple[list[Stored], Stored | None, str]:
    """Where a resource is kept: proposals that were taken over, what it replaces, and its key.

    A proposal that somebody has made their own is not overwritten. A new one that says something else stands beside it.
    """
    passed: list[Stored] = []
    for n in range(_MAX_GENERATIONS):
        key = one.key if n == 0 else key_of(one.key, str(n))
        there = by_key.get((one.kind, key), [])
        same = next((each for each in there if each.content == one.content), None)
        if same is not None:
            return passed, same, key
        free = next((each for each in there if not each.taken_over), None)
        if free is not None or not there:
            return passed, free, key
        passed += there
    return passed, None, key_of(one.key, one.content)


def _created(one: Wanted, key: str, names: Mapping[str, str]) -> Resource:
    return {
        "fullUrl": f"urn:uuid:{key}",
        "resource": _resource(one, key, names),
        "request": {"method": "POST", "url": one.kind, "ifNoneExist": f"identifier={RESULTS}|{key}"},
    }


def _beside(each: Beside, base: str) -> Resource:
    kind, resource = each.resource["resourceType"], each.resource
    if each.client_id:
        request = {"method": "PUT", "url": each.name}
        return {"fullUrl": f"{base}/{each.name}", "resource": resource, "request": request}
    (named,) = identifiers(resource)
    return {
        "fullUrl": each.name_there,
        "resource": {name: value for name, value in resource.items() if name != "id"},
        "request": {"method": "POST", "url": kind, "ifNoneExist": f"identifier={named['system']}|{named['value']}"},
    }


def _put(resource: Resource, there: Stored, base: str) -> Resource:
    name = f"{there.kind}/{there.id}"
    request = {"method": "PUT", "url": name}
    if there.version:  # refused by the server if somebody has changed it since it was read
        request["ifMatch"] = f'W/"{there.version}"'
    return {"fullUrl": f"{base}/{name}", "resource": resource, "request": request}


def _resource(one: Wanted, key: str, names: Mapping[str, str], there: Stored | None = None) -> Resource:
    """A resource as it is kept: with its key, and with references that lead somewhere on the server."""
    made: Resource = _renamed({name: value for name, value in one.resource.items() if name != "id"}, names)
    made["identifier"] = [{"system": RESULTS, "value": key}, {"system": CONTENT, "value": f"urn:uuid:{one.content}"}]
    if there is not None:
        made["id"] = there.id
        made["identifier"] += [i for i in identifiers(there.resource) if i.get("system") not in (RESULTS, CONTENT)]
        made |= _meta(there)
    return made


def _meta(there: Stored) -> Resource:
    """What a server or a site has added to a resource: labels stay."""
    meta = there.resource.get("meta")
    labels = {n: v for n, v in meta.items() if n in ("profile", "security", "tag")} if isinstance(meta, dict) else {}
    return {"meta": labels} if labels else {}


def _without(there: Stored) -> Resource:
    """A result that no longer holds: it says so, and keeps what it said, but not what it rested on."""
    element, (value, *_) = WITHDRAWN[there.kind]
    left_out = {"meta", *_INPUTS}
    made = {name: each for name, each in there.resource.items() if name not in left_out} | _meta(there)
    made[element] = value
    # Without its content identifier it differs from any answer, so it can come to hold again.
    made["identifier"] = [i for i in identifiers(there.resource) if i.get("system") != CONTENT]
    made["text"] = narrative(_GONE, ())
    return made


def _provenances(answer: Resource) -> Iterator[Resource]:
    return (e["resource"] for e in answer["entry"] if e["resource"]["resourceType"] == "Provenance")


def _provenance(
    resource: Resource, names: Mapping[str, str], also: Sequence[str], entries: Sequence[Resource], once: Once
) -> Resource:
    """Where the results come from. It is written only where anything else is.

    Two callers who write the same over the same state make one Provenance, where the server can know it again.
    """
    made: Resource = _renamed({name: value for name, value in resource.items() if name != "id"}, names)
    made["target"] = [*made["target"], *({"reference": name, "type": name.split("/")[0]} for name in also)]
    requests = [entry["request"] for entry in entries]
    key = key_of(resource["id"], orjson.dumps(requests).decode())
    request = {"method": "POST", "url": "Provenance"}
    if once is Once.BY_ID:
        made["id"] = key
        request = {"method": "PUT", "url": f"Provenance/{key}"}
    elif once is Once.BY_TAG:
        made["meta"] = {"tag": [{"system": RESULTS, "code": key}]}
        request = {"method": "PUT", "url": f"Provenance?_tag={RESULTS}|{key}"}
    return {"fullUrl": f"urn:uuid:{key}", "resource": made, "request": request}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value with each reference as the server knows it."""
    if isinstance(value, dict):
        return {
            name: names.get(each, each) if name == "reference" and isinstance(each, str) else _renamed(each, names)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renamed(each, names) for each in value]
    return value
