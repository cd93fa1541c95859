"""Observations: findings by local code, LOINC, mCODE and SNOMED CT."""

from __future__ import annotations

from service.evidence import Statement, Values, When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.histology import read_histology
from service.fhir_mapping.inbound.lesions import DONE
from service.fhir_mapping.inbound.places import WITHDRAWN, asked, diagnoses, place_of
from service.fhir_mapping.inbound.reading import SPREAD, Notebook, Said
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.slices import (
    CodeableConcept,
    Observation,
    Value,
    slice_of,
)
from service.fhir_mapping.inbound.values import NotReadable, read
from service.fhir_mapping.inbound.variants import read_variant
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS, LESION
from service.problems import Ledger, Problem, Rejected

_GOOD = frozenset(("final", "amended", "corrected", "preliminary"))
#: Sites of metastases and their history: not read, and no record that has them denies metastases.
_METASTASES = frozenset((terminology.SNOMED, code) for code in ("385421009", "1287652008", "1098951000119108"))


_RELEVANCE = Relevance(
    lambda terms, system, code: terms.observation(system, code)[1],
    r"\b(?:ecog|karnofsky|frankel|asia impairment|bilsky|escc|sins|epidural|vertebral|spinal (?:instab|cord))",
)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether an Observation, or a component of it, is or reads like a finding. Never fails."""
    if _RELEVANCE.of(entry.get("code"), terms):
        return True
    components = entry.get("component")
    return isinstance(components, ARRAY) and any(
        isinstance(component, OBJECT) and _RELEVANCE.of(component.get("code"), terms) for component in components
    )


def read_observation(entry: Entry, notes: Notebook) -> None:
    """Writes what an Observation says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    observation = slice_of(Observation, entry.resource, entry.path)
    notes.subjects.note(entry, observation.subject)
    if not observation.status:
        message = "The status is missing. Add it; a finished result is final."
        raise Rejected(422, Problem("required", message, f"{entry.path}.status"))
    if observation.status not in _GOOD:
        if observation.status not in WITHDRAWN:
            found = (notes.terms.observation(c.system, c.code)[0] for c in observation.code.coding)
            notes.mentioned |= {finding for finding in found if finding}
        notes.remark(entry, Ledger.STATUS, f"its status is {_word(observation.status)}, so it is left out")
        return
    then = _time(observation, entry, notes)
    if notes.too_late(entry, then):
        return
    said = 0
    if not _is_bare_panel(observation, entry):
        said += _note(observation.code, observation, observation, entry, entry.path, then, notes)
    # The components of a variant say which one it is, and nothing by themselves.
    parts = [] if asked(observation.code, notes.terms)[0] == terminology.VARIANT else observation.component
    for n, component in enumerate(parts):
        path = f"{entry.path}.component[{n}]"
        said += _note(component.code, component, observation, entry, path, then, notes)
    if said and observation.status == "preliminary":
        notes.remark(entry, Ledger.PRELIMINARY, "a preliminary result; used")
    if said and then == When():
        notes.remark(entry, Ledger.UNDATED, "no date, so no other result can replace it or be replaced by it; used")


def _word(status: str) -> str:
    return status if status.replace("-", "").isalpha() and len(status) < 30 else "not one that FHIR knows"


def _is_bare_panel(observation: Observation, entry: Entry) -> bool:
    """A panel has its values in the components or members, and none itself."""
    values = (
        observation.value_codeable_concept,
        observation.value_quantity,
        observation.value_range,
        observation.value_integer,
        observation.value_boolean,
        observation.value_string,
        observation.data_absent_reason,
    )
    return bool(observation.component or entry.get("hasMember")) and all(value is None for value in values)


def _time(observation: Observation, entry: Entry, notes: Notebook) -> When:
    if observation.effective_period is not None:
        start = notes.date(observation.effective_period.start, f"{entry.path}.effectivePeriod.start")
        end = notes.date(observation.effective_period.end, f"{entry.path}.effectivePeriod.end")
        return When(start.start, end.end, end.text or start.text)
    for given, name in (
        (observation.effective_date_time, "effectiveDateTime"),
        (observation.effective_instant, "effectiveInstant"),
        (observation.issued, "issued"),
    ):
        if given is not None:
            return notes.date(given, f"{entry.path}.{name}")
    return When()


def _read(
    what: str,
    value: Value,
    observation: Observation,
    entry: Entry,
    path: str,
    then: When,
    notes: Notebook,
    *,
    ours: bool,
) -> tuple[str, Values] | None:
    """The finding that is asked about, with its values; None where that is no finding.

    Raises:
        NotReadable: there is no usable value.
        Rejected: 422 for a value that is wrong.
    """
    if what == terminology.LEVEL and not ours:
        if value is observation and not observation.component and entry not in notes.sites:
            raise NotReadable(Ledger.NOT_READ, "a level by itself says nothing of what is there")
        return None  # it says where the rest is
    if what == terminology.HISTOLOGY:
        read_histology(value, entry, diagnoses(observation, notes), then, notes)
        return None
    if what == terminology.VARIANT:
        return read_variant(entry, notes.terms)
    return what, read(what, value, path, notes.terms, ours=ours)


def _note(
    code: CodeableConcept,
    value: Value,
    observation: Observation,
    entry: Entry,
    path: str,
    then: When,
    notes: Notebook,
) -> int:
    """Notes one coded value; gives how many statements that made."""
    finding, ours = asked(code, notes.terms)
    known = False
    for coding in code.coding:
        here, is_known = notes.terms.observation(coding.system, coding.code)
        known = known or is_known
        if is_known and here is None and terminology.normal(coding.system, coding.code)[0] == terminology.FINDING:
            notes.remark(entry, Ledger.NOT_UNDERSTOOD, "no finding has this code; see CodeSystem/finding")
            return 0
    if finding is None:
        if known:
            if any(terminology.normal(c.system, c.code) in _METASTASES for c in code.coding):
                notes.mentioned |= SPREAD
            notes.remark(entry, Ledger.NOT_READ, "known, but no score or rule reads it")
        elif _RELEVANCE.reads_alike(code):
            notes.remark(entry, Ledger.NOT_UNDERSTOOD, "reads like a finding, but none of its codes is known here")
        return 0
    try:
        found = _read(finding, value, observation, entry, path, then, notes, ours=ours)
    except NotReadable as reason:
        notes.mentioned.add(finding)
        notes.remark(entry, reason.code, reason.text)
        return 0
    if found is None:
        return int(finding == terminology.HISTOLOGY)  # of which a statement is made when all is read
    finding, values = found
    about_lesion = FINDINGS[finding].scope == LESION
    if finding not in notes.reads:
        notes.remark(entry, Ledger.NOT_READ, f"{FINDINGS[finding].title}: known, but no score or rule reads it")
        if not about_lesion:
            return 0  # what is about a lesion still shows that there is one
    place = place_of(observation, entry, notes) if about_lesion else None
    if about_lesion and place is not None and not place.in_spine:
        notes.remark(
            entry,
            Ledger.NOT_IN_SPINE,
            "the body site is not a vertebra that is known here, so it is left out",
        )
        return 0
    statement = Statement(finding, values, entry.name, then)
    shows_lesion = place is not None or not FINDINGS[finding].patient_too
    anchor = about_lesion and finding not in DONE and shows_lesion
    notes.said.append(Said(statement, entry, place, anchor))
    return 1
