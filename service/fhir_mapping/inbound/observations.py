"""Observations: findings by local code, LOINC, mCODE and SNOMED CT."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from service.evidence import Values, When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound import comorbidities, disorders, metastases, unasked
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.groups import effective
from service.fhir_mapping.inbound.histology import read_histology
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.inbound.places import WITHDRAWN, asked, diagnoses, place_of
from service.fhir_mapping.inbound.reading import SPREAD, Notebook
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.slices import (
    CodeableConcept,
    Interpreted,
    Observation,
    Value,
    slice_of,
)
from service.fhir_mapping.inbound.statements import measured
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.fhir_mapping.inbound.usual import usual
from service.fhir_mapping.inbound.values import contradictions, read
from service.fhir_mapping.inbound.variants import read_variant
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS
from service.problems import Ledger, Problem, Rejected
from service.text import phrase, quoted

_GOOD = frozenset(("final", "amended", "corrected", "preliminary"))
_ANY_TIME = When()
#: Bytes of a code that may come again.
_SHORT = 1024


def _asks(terms: Terminology, system: str, code: str) -> bool:
    """Whether a code asks for what is read. One of this project's is meant to, even where it is misspelt."""
    return (
        terms.observation(system, code)[0] is not None
        or terms.asks(system, code) == terminology.COMORBIDITIES
        or metastases.is_known(terms, system, code)
    )


_ASKING = Relevance(_asks)
_RELEVANCE = Relevance(
    lambda *code: unasked.is_known(*code) or _asks(*code) or disorders.is_diagnosis(*code), unasked.WORDS
)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether an Observation, or a component of it, is or reads like a finding, or speaks of a tumour. Never fails."""
    return _RELEVANCE.of_member(entry, "code", terms) or parts_or_value_speak(entry, terms)


def speaks_of_spine_or_tumour(content: bytes, terms: Terminology, of_anybody: frozenset[str]) -> bool:
    """Whether the code of an Observation, as compact JSON, asks for more than the findings ``of_anybody``."""
    if not _RELEVANCE.of_text(content, terms):
        return False
    asks = _BY_TEXT[content, terms]
    if asks.of_metastases is not None or asks.comorbidities:
        return True
    return asks.finding not in of_anybody if asks.finding else not unasked.is_known_by_all(content, terms)


def parts_or_value_speak(entry: Entry, terms: Terminology) -> bool:
    """Whether a component of an Observation is worth reading, or a value is a tumour. Never fails."""
    members = entry.members
    if "valueCodeableConcept" in members and unasked.has_tumour_as_value(entry, terms):
        return True
    return "component" in members and any(
        _RELEVANCE.of(part.get("code"), terms) or unasked.has_tumour_as_value(part, terms) for part in _parts(entry)
    )


class _Asks(NamedTuple):
    """What a code asks for."""

    finding: str | None
    """A finding, or one of the targets of a map that are none."""
    ours: bool
    """Whether it does so by this project's code."""
    of_metastases: str | None
    comorbidities: bool


def _asks_for(code: CodeableConcept, terms: Terminology) -> _Asks:
    return _Asks(
        *asked(code, terms),
        metastases.asked(code, terms),
        any(terms.asks(c.system, c.code) == terminology.COMORBIDITIES for c in code.coding),
    )


#: The same by the code as compact JSON, which has the form of one.
_BY_TEXT: Memory[tuple[bytes, Terminology], _Asks] = Memory(
    lambda key: _asks_for(msgspec.json.decode(key[0], type=CodeableConcept), key[1]),
    most=4096,
    is_short=lambda key: len(key[0]) <= _SHORT,
)


def _parts(entry: Entry) -> list[Any]:
    components = entry.get("component")
    return [part for part in (components if isinstance(components, ARRAY) else ()) if isinstance(part, OBJECT)]


def read_observation(entry: Entry, notes: Notebook) -> None:
    """Writes what an Observation says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    if not (
        _ASKING.of_member(entry, "code", notes.terms)
        or any(_ASKING.of(part.get("code"), notes.terms) for part in _parts(entry))
    ):
        notes.subjects.glance(entry)
        unasked.explain(entry, notes)
        return
    observation = slice_of(Observation, entry.resource, entry.path)
    notes.subjects.note(entry, observation.subject)
    if not observation.status:
        message = "The status is missing. Add it; a finished result is final."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if observation.status not in _GOOD:
        if observation.status not in WITHDRAWN:
            found = (notes.terms.observation(c.system, c.code)[0] for c in observation.code.coding)
            notes.mentioned |= {finding for finding in found if finding}
            if metastases.asked(observation.code, notes.terms) is not None:
                notes.mentioned |= SPREAD
        notes.remark(
            entry,
            Ledger.STATUS,
            phrase("its status is {status}, so it is left out", status=quoted(_word(observation.status))),
        )
        return
    then = _time(observation, entry, notes)
    if notes.too_late(entry, then):
        return
    reading = _Reading(observation, entry, then, notes)
    content = entry.text("code")
    asks = _BY_TEXT[content, notes.terms] if content is not None else _asks_for(observation.code, notes.terms)
    said = 0 if _is_bare_panel(observation, entry) else reading.note(asks, observation, entry.path)
    # The components of a variant say which one it is, and nothing by themselves.
    for n, component in enumerate(observation.component if asks.finding != terminology.VARIANT else ()):
        said += reading.note(_asks_for(component.code, notes.terms), component, f"{entry.path}.component[{n}]")
    if said and observation.status == "preliminary":
        notes.remark(entry, Ledger.PRELIMINARY, "a preliminary result; used")
    if said and then == _ANY_TIME:
        notes.remark(entry, Ledger.UNDATED, "no date, so no other result can replace it or be replaced by it; used")


def _word(status: str) -> str:
    return status if status.replace("-", "").isalpha() and len(status) < 30 else "not one that FHIR knows"


def _is_bare_panel(observation: Observation, entry: Entry) -> bool:
    """A panel has its values in the components or members, and none itself."""
    return bool(observation.component or entry.get("hasMember")) and not unasked.has_value(entry)


def _time(observation: Observation, entry: Entry, notes: Notebook) -> When:
    then = effective(observation, entry, notes) or notes.taken(entry).then
    return then if then is not None else notes.date(observation.issued, f"{entry.path}.issued")


class _Reading:
    """An Observation while it is read: what is the same for all its components."""

    def __init__(self, observation: Observation, entry: Entry, then: When, notes: Notebook) -> None:
        self._observation = observation
        self._entry = entry
        self._then = then
        self._notes = notes
        self._place: tuple[Site | None] | None = None

    def place(self) -> Site | None:
        """Where it is. To find it each component is looked at, so it is found once, and only if it matters."""
        if self._place is None:
            self._place = (place_of(self._observation, self._entry, self._notes),)
        return self._place[0]

    def note(self, asks: _Asks, value: Value, path: str) -> int:
        """Notes one coded value; gives how many statements that made."""
        entry, notes = self._entry, self._notes
        if asks.comorbidities:
            return comorbidities.read_comorbidities(self._observation, entry, self._then, notes)
        if asks.of_metastases is not None:
            return metastases.read_metastases(asks.of_metastases, value, self._observation, entry, notes)
        finding = asks.finding
        if finding is None:
            unasked.explained(_holder(entry, path), entry, notes)
            return 0
        values = usual(finding, value, notes.terms)
        if values is not None and not _has_interpretation(finding, entry, path):
            return int(measured(finding, values, self.place, entry, self._then, notes))
        try:
            found = self._read(finding, value, path, ours=asks.ours)
        except NotReadable as reason:
            interpreted = None if reason.code is Ledger.DATA_ABSENT else _interpreted(finding, entry, path, notes)
            if interpreted is None:
                notes.mentioned.add(finding)
                notes.remark(entry, reason.code, reason.text)
                return 0
            found = finding, interpreted
        if found is None:
            return int(finding == terminology.HISTOLOGY)  # of which a statement is made when all is read
        finding, values = found
        if _has_interpretation(finding, entry, path):
            interpreted = _interpreted(finding, entry, path, notes)
            if interpreted is not None and not interpreted & values:
                values |= interpreted
                why = phrase(
                    "{finding}: its value and its interpretation contradict each other; both stay possible",
                    finding=FINDINGS[finding].title,
                )
                notes.remark(entry, Ledger.CONFLICT, why)
        for text in contradictions(finding, value, notes.terms):
            notes.remark(entry, Ledger.CONFLICT, text)
        return int(measured(finding, values, self.place, entry, self._then, notes))

    def _read(self, what: str, value: Value, path: str, *, ours: bool) -> tuple[str, Values] | None:
        """The finding that is asked about, with its values; None where that is no finding.

        Raises:
            NotReadable: there is no usable value.
            Rejected: 422 for a value that is wrong.
        """
        observation, entry, notes = self._observation, self._entry, self._notes
        if what == terminology.LEVEL and not ours:
            if value is observation and not observation.component and notes.taken(entry).place is None:
                raise NotReadable(Ledger.NOT_READ, "a level by itself says nothing of what is there")
            return None  # it says where the rest is
        if what == terminology.HISTOLOGY:
            read_histology(value, entry, diagnoses(observation, entry, notes), self._then, notes)
            return None
        if what == terminology.VARIANT:
            return read_variant(entry, notes.terms)
        notes.count_units(value, path)
        return what, read(what, value, path, notes.terms, ours=ours)


def _has_interpretation(finding: str, entry: Entry, path: str) -> bool:
    """Whether a result has an interpretation that may contradict its value: that of a yes or no."""
    return FINDINGS[finding].is_yes_no and "interpretation" in _holder(entry, path)


def _interpreted(finding: str, entry: Entry, path: str, notes: Notebook) -> Values | None:
    """What the interpretation of a result says of a finding whose value does not: its grade, or positive or negative.

    "High" and "low" are no number, and "abnormal" is no yes.
    """
    if finding not in FINDINGS:
        return None
    for concept in slice_of(Interpreted, _holder(entry, path), path).interpretation:
        for coding in concept.coding:
            found = notes.terms.answer(finding, coding.system, coding.code)
            if found is not None:
                return found
    return None


def _holder(entry: Entry, path: str) -> dict[str, Any]:
    """The Observation itself, or the component of it at a path."""
    found: dict[str, Any] = entry.resource
    return found if path == entry.path else found["component"][int(path.rpartition("[")[2].rstrip("]"))]
