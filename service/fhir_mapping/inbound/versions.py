"""Which version of a resource counts, where a Bundle holds several: a history, or updates that came together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.fhir_mapping.inbound.bundle import READ, Entry
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.decode import OBJECT
from service.problems import Ledger

_REPLACED = (Ledger.SUPERSEDED, "an earlier version of this resource; the later one in the Bundle counts")
_DELETED = (Ledger.STATUS, "the Bundle says that it was deleted, so it is left out")


@dataclass(frozen=True)
class Removal:
    """A deletion that a Bundle records."""

    name: str
    """The URL or reference of what was deleted."""
    place: int
    """How many resources came before it in the Bundle."""


def are_apart(entries: list[Entry]) -> bool:
    """Whether each resource that is read has a URL of its own, which names no version. Nearly all records are so."""
    urls = [entry.full_url for entry in entries if entry.kind in READ]
    known = [url for url in urls if url]
    if len(known) < len(urls) or len(set(known)) < len(urls):
        return False
    together = "\n".join(known)
    return "#" not in together and "/_history/" not in together


def outdated(
    entries: list[Entry], removals: Iterable[Removal], *, newest_first: bool
) -> dict[Entry, tuple[Ledger, str]]:
    """The earlier versions of resources, and those that were deleted, each with the remark that it is to have.

    The later ``meta.lastUpdated`` counts, else the higher ``meta.versionId``, else the order of a history. Versions
    that nothing tells apart all stay; whoever reads them says so.
    """
    left_out: dict[Entry, tuple[Ledger, str]] = {}
    versions: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind in READ:
            versions.setdefault(entry.identity, []).append(entry)
    for those in versions.values():
        if len(those) > 1:
            newest = _newest(those, newest_first=newest_first)
            left_out |= {entry: _REPLACED for entry in those if newest is not None and entry is not newest}
    for removal in removals:
        before = {id(entry) for entry in entries[: removal.place]}
        for entry in _named(removal.name, versions):
            # A history tells the newest first, so what comes before the deletion was made again after it.
            if not newest_first or id(entry) not in before:
                left_out[entry] = _DELETED
    return left_out


def _named(name: str, versions: dict[str, list[Entry]]) -> list[Entry]:
    found = versions.get(name)
    if found is None:
        found = [e for those in versions.values() for e in those if f"{e.kind}/{e.id}" == name]
    return found


def _newest(those: list[Entry], *, newest_first: bool) -> Entry | None:
    """The latest of several versions; None where they do not tell, or are copies of one another."""
    for stamps in ([_updated(e) for e in those], [_number(e) for e in those]):
        if None not in stamps and len(set(stamps)) == len(stamps):
            return max(zip(stamps, those, strict=True), key=lambda pair: pair[0] or 0)[1]
    return those[0] if newest_first else None


def _updated(entry: Entry) -> float | None:
    stamp = _meta(entry, "lastUpdated")
    try:
        return when(stamp).start if stamp else None
    except BadDate:
        return None


def _number(entry: Entry) -> float | None:
    version = _meta(entry, "versionId")
    return float(version) if version and version.isascii() and version.isdigit() and len(version) < 16 else None


def _meta(entry: Entry, name: str) -> str | None:
    meta = entry.get("meta")
    found = meta.get(name) if isinstance(meta, OBJECT) else None
    return found if isinstance(found, str) else None
