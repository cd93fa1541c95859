"""Who a record is of: the names by which a patient is found again, in one form whichever door they came through.

A name is an identifier with its system, the address of the Patient on its server, or its type and id alone.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

from service.fhir_mapping.inbound.bundle import bare
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, text
from service.problems import Rejected

_MOST_PEOPLE = 20
_MOST_NAMES = 12
#: No patient has so many identifiers, and no record that is assessed has so many entries.
_MOST_IDENTIFIERS, MOST_ENTRIES = 200, 100_000
_LONGEST = 1024
_DEEPEST = 4
_CONDITIONAL = "Patient?identifier="


@dataclass(frozen=True)
class Person:
    """A patient, by every name that a record has for him; the most telling first."""

    names: tuple[str, ...] = field(repr=False)


def people_in(bundle: Any, most: int = MOST_ENTRIES) -> tuple[Person, ...]:
    """The patients of a decoded Bundle: its Patients, or where it has none the subjects of its resources.

    Whatever is in it, nothing is raised: what cannot be read, or has more than ``most`` entries, names nobody.
    """
    try:
        resources = list(_resources(bundle, 1, count(), most))
        patients = merged(_of_patient(each) for each in resources if each.get("resourceType") == "Patient")
        if 0 < len(patients) <= _MOST_PEOPLE:
            return patients
        subjects = merged(person for each in resources for person in _subjects(each))
        return _those_first(patients, subjects) if patients else subjects
    except (Rejected, ValueError, TypeError, RecursionError):
        return ()


def at_server(base: str | None, patient: str) -> Person:
    """The patient with an id on a FHIR server; without the server, by the id alone."""
    return Person(tuple(_of_reference(f"{base.rstrip('/')}/Patient/{patient}" if base else f"Patient/{patient}")))


def person_named(given: str) -> str:
    """The name that somebody who looks for a patient means: ``system|value``, an address, ``Patient/id`` or an id.

    >>> person_named("https://hospital.example/mrn|4711")
    'identifier https://hospital.example/mrn|4711'
    >>> person_named("4711")
    'reference Patient/4711'
    """
    given = given.strip()
    if "|" in given:
        system, _, value = given.rpartition("|")
        return _identified(system, value)
    if ":" in given:
        return next(iter(_of_reference(given)), "")
    return f"reference Patient/{given.removeprefix('Patient/')}"


def merged(people: Iterable[Person]) -> tuple[Person, ...]:
    """The same people, with those that share a name as one."""
    whose: dict[str, set[str]] = {}
    for person in people:
        # The largest takes the others in, so that a record of many patients is soon gone through.
        known = {id(group): group for name in person.names if (group := whose.get(name)) is not None}
        groups = sorted(known.values(), key=len, reverse=True)
        largest = groups[0] if groups else set()
        for names in (*groups[1:], person.names):
            largest.update(names)
            whose.update(dict.fromkeys(names, largest))
    return tuple(Person(tuple(sorted(group, key=_order))) for group in {id(g): g for g in whose.values()}.values())


def _those_first(people: tuple[Person, ...], subjects: tuple[Person, ...]) -> tuple[Person, ...]:
    """The people with those first whom a resource is about: nobody can be hidden behind many others."""
    named = {name for person in subjects for name in person.names}
    return tuple(sorted(people, key=lambda person: named.isdisjoint(person.names)))


def kept(people: Iterable[Person]) -> tuple[tuple[str, ...], ...]:
    """As many people and names as an event has room for."""
    return tuple(person.names[:_MOST_NAMES] for person in people)[:_MOST_PEOPLE]


_KINDS = ("identifier ", "address ", "reference ", "urn ")


def _order(name: str) -> tuple[int, str]:
    return next(n for n, kind in enumerate(_KINDS) if name.startswith(kind)), name


def _resources(bundle: Any, depth: int, entries: Iterator[int], most: int) -> Iterator[Any]:
    """The resources of a Bundle and of the Bundles in it; a Patient keeps the address that its entry gives.

    Raises:
        ValueError: there are too many entries, and such a record is refused.
    """
    listed = bundle.get("entry") if isinstance(bundle, OBJECT) else None
    for entry in listed if isinstance(listed, ARRAY) else ():
        if next(entries) >= most:
            raise ValueError
        if not isinstance(entry, OBJECT):
            continue
        resource = entry.get("resource")
        if not isinstance(resource, OBJECT):
            continue
        kind = resource.get("resourceType")
        if kind == "Bundle" and depth < _DEEPEST:
            yield from _resources(resource, depth + 1, entries, most)
        elif kind == "Patient":
            yield {**orjson.loads(text(resource)), "resourceType": "Patient", _ADDRESS: entry.get("fullUrl")}
        else:
            yield resource


#: No member of FHIR has such a name.
_ADDRESS = " fullUrl"


def _of_patient(patient: dict[str, Any]) -> Person:
    names = [*_identifiers(patient.get("identifier"))]
    name, address = patient.get("id"), patient.get(_ADDRESS)
    if isinstance(address, str) and not address.startswith("urn:"):
        names += _of_reference(address)
    if isinstance(name, str) and name:
        names.append(f"reference Patient/{name[:_LONGEST]}")
    if not names and isinstance(address, str):
        names += _of_reference(address)
    return Person(tuple(dict.fromkeys(names)))


def _subjects(resource: Any) -> Iterator[Person]:
    for member in ("subject", "patient"):
        subject = resource.get(member)
        if isinstance(subject, OBJECT):
            reference = subject.get("reference")
            names = [*_of_reference(reference)] if isinstance(reference, str) else []
            yield Person((*_identifiers([subject.get("identifier")]), *names))
    contained = resource.get("contained")
    for inside in contained if isinstance(contained, ARRAY) else ():
        if isinstance(inside, OBJECT) and inside.get("resourceType") == "Patient":
            yield Person(tuple(_identifiers(inside.get("identifier"))))


def _identifiers(listed: Any) -> Iterator[str]:
    for each in islice(listed, _MOST_IDENTIFIERS) if isinstance(listed, ARRAY) else ():
        value, system = (each.get("value"), each.get("system")) if isinstance(each, OBJECT) else (None, None)
        if isinstance(value, str) and value.strip():
            yield _identified(system if isinstance(system, str) else "", value)


def _identified(system: str, value: str) -> str:
    return f"identifier {_plain(system)}|{_plain(value)}"


def _of_reference(given: str) -> Iterator[str]:
    reference = _plain(bare(given))
    if reference.startswith(_CONDITIONAL):
        system, _, value = unquote(reference.removeprefix(_CONDITIONAL)).rpartition("|")
        yield _identified(system, value)
    elif reference.startswith("urn:"):
        yield f"urn {reference}"
    elif "://" in reference:
        try:
            parts = urlsplit(reference)
        except ValueError:
            return
        yield f"address {parts.scheme.lower()}://{parts.netloc.lower()}{parts.path.rstrip('/')}"
        head, _, name = parts.path.rstrip("/").rpartition("/")
        if head.endswith("/Patient"):
            yield f"reference Patient/{name}"
    elif reference.startswith("Patient/"):
        yield f"reference {reference}"


def _plain(given: str) -> str:
    """A name without what is not seen, in one form of Unicode."""
    return unicodedata.normalize("NFKC", given[:_LONGEST]).strip()
