"""Orders of the caller: what is ordered, where, and for when, in the words of a plan.

A code says what it is; where no code is known the words of the order do. What is ordered for another part of the body
is none of our business, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from service import BASE
from service.decision.ordered import Order
from service.evidence import When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, plain
from service.fhir_mapping.inbound.decode import text as compact
from service.fhir_mapping.inbound.order_slices import Detail, Medication, Plan, Prescription, Request
from service.fhir_mapping.inbound.order_words import (
    is_topical,
    levels_named,
    names_elsewhere,
    region_named,
    treatment_in,
)
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import CodeableConcept, Reference, Timing, slice_of
from service.fhir_mapping.terminology import STANDARD, Terminology, groups_of
from service.problems import Problem, Rejected
from service.text import phrase
from service.wording import TREATMENTS

_Found = TypeVar("_Found")
TREATMENT = f"{BASE}/CodeSystem/treatment"
KINDS = frozenset(("CarePlan", "MedicationRequest", "ServiceRequest"))
"""The types of resource by which something is ordered."""
#: What an order is for that has no place of its own in the spine.
ANYWHERE = frozenset(
    (
        *(
            "dexamethasone",
            "denosumab",
            "bone-modifying-agent",
            "systemic-therapy",
            "supportive-care",
            "rehabilitation",
        ),
        *("mri-whole-spine", "ct-spine", "staging", "lab-test", "biopsy"),
        *("mdt-review", "urgent-spine-referral", "referral", "surveillance"),
    )
)
_NO_ORDER = frozenset(("cancelled", "completed", "entered-in-error", "revoked", "stopped"))
#: Wider than FHIR has it, for clients give drafts names of their own; and nothing that leads elsewhere.
_ID = re.compile(r"(?!\.+$)[A-Za-z0-9._:~-]{1,200}")
_MOST = 500
"""Orders of a call; who writes more in one go is no person."""


def drafts(bundle: Any, selections: Iterable[str] = (), terms: Terminology = STANDARD) -> tuple[Order, ...]:
    """The orders of a Bundle of drafts; of order-select, those that were selected.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    chosen = frozenset(selections)
    found: list[Order] = []
    for n, resource in enumerate(resources(bundle)):
        path = f"context.draftOrders.entry[{n}].resource"
        if n >= _MOST:
            message = phrase(
                "There are more than {most} draft orders. Send those that are being written now.", most=_MOST
            )
            raise Rejected(413, Problem("too-long", message, "context.draftOrders"))
        name = name_of(resource)
        if chosen and not any(each == name or each.endswith(f"/{name}") for each in chosen if name):
            continue
        found += orders(resource, path, terms)
    return tuple(found)


def resources(bundle: Any) -> Iterator[Any]:
    """The resources of a Bundle, as they are; an empty one for an entry without."""
    entries = bundle.get("entry") if isinstance(bundle, OBJECT) else None
    for entry in entries if isinstance(entries, ARRAY) else ():
        resource = entry.get("resource") if isinstance(entry, OBJECT) else None
        yield resource if isinstance(resource, OBJECT) else {}


def name_of(resource: Mapping[str, Any]) -> str:
    """``ServiceRequest/7``; empty without an id, or with what no server has as one."""
    kind, name = resource.get("resourceType"), resource.get("id")
    named = isinstance(kind, str) and isinstance(name, str) and _ID.fullmatch(name) is not None
    return f"{kind}/{name}" if named else ""


def orders(resource: Any, path: str, terms: Terminology = STANDARD) -> tuple[Order, ...]:
    """What a resource orders: nothing where it is no order, or one that does not hold.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    kind = resource.get("resourceType")
    if kind not in KINDS:
        return ()
    whole = plain(resource, compact(resource), path)
    name = name_of(whole)
    if kind == "ServiceRequest":
        return tuple(_of_request(slice_of(Request, whole, path), name, path, terms))
    if kind == "MedicationRequest":
        return tuple(_of_prescription(slice_of(Prescription, whole, path), whole, name, path, terms))
    plan = slice_of(Plan, whole, path)
    if plan.status in _NO_ORDER:
        return ()
    return tuple(
        order
        for n, activity in enumerate(plan.activity)
        if activity.detail is not None
        for order in _of_detail(activity.detail, name, f"{path}.activity[{n}].detail", terms)
    )


def treatment(concept: CodeableConcept | None, terms: Terminology = STANDARD, *, of_spine: bool = False) -> str | None:
    """The treatment of a plan that a concept is for, by its codes and else by its words; None where it is none.

    ``of_spine`` says that the order names a place in the spine.
    """
    if concept is None:
        return None
    codes = [terminology.normal(coding.system, coding.code) for coding in concept.coding]
    table = _table()
    found = [table[key] for key in codes if key in table]
    if found:
        return found[0]
    concepts = [each for system, code in codes for each in terms.concepts(system, code)]
    by_concept = [table[terminology.CONCEPT, each] for each in concepts if (terminology.CONCEPT, each) in table]
    # Words narrow what a code leaves open, and never say otherwise than the code.
    words = [treatment_in(word, of_spine=of_spine) for word in concept.words]
    if by_concept:
        return by_concept[0]
    named = next((word for word in words if word), None)
    if "treatment.radiotherapy" in concepts:
        return named if named in _RADIOTHERAPIES else "radiotherapy"
    if "treatment.spine_surgery.vertebrectomy" in concepts:
        return named if named in _RESECTIONS else "surgery"
    return named


_RADIOTHERAPIES = frozenset(("srs", "cebrt", "short-course-rt", "carbon-ion"))
_RESECTIONS = frozenset(("en-bloc-vertebrectomy", "decompression-stabilisation", "separation-surgery"))


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], str]:
    """The treatments by code, with our own codes for them."""
    groups = groups_of("order-treatments")
    found = {(g["source"], e["code"]): e["target"][0]["code"] for g in groups for e in g["element"]}
    return {**found, **{(TREATMENT, code): code for code in TREATMENTS}}


def _of_request(request: Request, name: str, path: str, terms: Terminology) -> Iterator[Order]:
    if request.status in _NO_ORDER or request.do_not_perform:
        return
    where = site(terms, request.body_site, request.extension)
    placed = where is not None and where.in_spine
    what = treatment(request.code, terms, of_spine=placed)
    if what is None:
        return
    if where is not None and not placed and not where.unclear and what not in ANYWHERE:
        return
    levels = where.levels if where else ()
    region = where.region if where else None
    if not levels and what not in ANYWHERE:
        words = _words(request.code)
        levels = _first_of(levels_named, words) or ()
        region = region or _first_of(region_named, words)
        if not placed and any(map(names_elsewhere, words)):
            return
    timing = request.occurrence_timing
    period = request.occurrence_period
    begins = _first(
        (request.occurrence_date_time, f"{path}.occurrenceDateTime"),
        (period.start if period else None, f"{path}.occurrencePeriod.start"),
        *_of_timing(timing, f"{path}.occurrenceTiming"),
    )
    yield Order(what, name, levels, None if levels else region, _named(request.reason_reference), begins)


def _of_prescription(
    given: Prescription, whole: dict[str, Any], name: str, path: str, terms: Terminology
) -> Iterator[Order]:
    if given.status in _NO_ORDER or given.do_not_perform:
        return
    what = treatment(given.medication_codeable_concept or _contained(given.medication_reference, whole, path), terms)
    if what is not None and not (what == "dexamethasone" and any(map(is_topical, _said_of(given, whole)))):
        starts = [
            each
            for n, dosage in enumerate(given.dosage_instruction)
            for each in _of_timing(dosage.timing, f"{path}.dosageInstruction[{n}].timing")
        ]
        yield Order(what, name, begins=_first(*starts))


def _contained(named: Reference | None, whole: dict[str, Any], path: str) -> CodeableConcept | None:
    """What a contained Medication is called, or the display of the reference."""
    reference = named.reference if named else None
    inside = whole.get("contained")
    for n, resource in enumerate(inside if isinstance(inside, list) else ()):
        if isinstance(resource, dict) and reference == f"#{resource.get('id')}":
            return slice_of(Medication, resource, f"{path}.contained[{n}]").code
    named_in_words = whole.get("medicationReference", {}).get("display") if named else None
    return CodeableConcept(text=named_in_words) if isinstance(named_in_words, str) else None


def _of_detail(detail: Detail, name: str, path: str, terms: Terminology) -> Iterator[Order]:
    if detail.status in _NO_ORDER or detail.do_not_perform:
        return
    what = treatment(detail.code or CodeableConcept(text=detail.description), terms)
    if what is None:
        return
    words = (*_words(detail.code), detail.description)
    levels = () if what in ANYWHERE else (_first_of(levels_named, words) or ())
    region = None if levels or what in ANYWHERE else _first_of(region_named, words)
    if not levels and what not in ANYWHERE and any(map(names_elsewhere, words)):
        return
    period = detail.scheduled_period
    begins = _first(
        (period.start if period else None, f"{path}.scheduledPeriod.start"),
        *_of_timing(detail.scheduled_timing, f"{path}.scheduledTiming"),
    )
    yield Order(what, name, levels, region, _named(detail.reason_reference), begins)


def _words(concept: CodeableConcept | None) -> list[str]:
    return concept.words if concept else []


def _first_of(read: Callable[[str | None], _Found], words: Iterable[str | None]) -> _Found | None:
    """What is read from the first of several texts from which something is."""
    return next((found for word in words if (found := read(word))), None)


def _said_of(given: Prescription, whole: Mapping[str, Any]) -> Iterator[str | None]:
    """What a prescription says of the drug and of how it is given, in words."""
    yield from _words(given.medication_codeable_concept)
    for dosage in _objects(whole.get("dosageInstruction")):
        route = dosage.get("route")
        yield from (text for text in (dosage.get("text"), *_texts_of(route)) if isinstance(text, str))


def _texts_of(concept: Any) -> Iterator[Any]:
    """The words of a concept that no slice has checked."""
    if isinstance(concept, dict):
        yield concept.get("text")
        yield from (coding.get("display") for coding in _objects(concept.get("coding")))


def _objects(listed: Any) -> Iterator[dict[str, Any]]:
    yield from (each for each in (listed if isinstance(listed, list) else ()) if isinstance(each, dict))


def _named(references: Iterable[Reference]) -> tuple[str, ...]:
    return tuple(each.reference for each in references if each.reference)


def _of_timing(timing: Timing | None, path: str) -> Iterator[tuple[str | None, str]]:
    if timing is None:
        return
    yield from ((event, f"{path}.event[{n}]") for n, event in enumerate(timing.event))
    bounds = timing.repeat.bounds_period if timing.repeat else None
    yield (bounds.start if bounds else None), f"{path}.repeat.boundsPeriod.start"


def _first(*dates: tuple[str | None, str]) -> When | None:
    """The earliest of several dates, each with its element.

    Raises:
        Rejected: 422 for what is no FHIR date.
    """
    found: list[When] = []
    for text, path in dates:
        if text is not None:
            try:
                found.append(when(text))
            except BadDate:
                message = "This is not a FHIR date. Send one such as 2026-10-01 or 2026-10-01T09:30:00Z."
                raise Rejected(422, Problem("value", message, path)) from None
    return min(found, key=lambda each: each.start, default=None)
