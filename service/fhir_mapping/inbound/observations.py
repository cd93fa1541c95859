"""Observations: findings by local code, LOINC, mCODE and SNOMED CT."""

from __future__ import annotations

from service.evidence import Statement, When
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.lesions import DONE
from service.fhir_mapping.inbound.reading import SPREAD, Notebook, Said
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import CodeableConcept, Condition, Observation, Value, slice_of
from service.fhir_mapping.inbound.values import NotReadable, read
from service.findings import FINDINGS, LESION
from service.problems import Ledger, Problem, Rejected

_GOOD = frozenset(("final", "amended", "corrected", "preliminary"))
#: Nothing was found, or it was a mistake; any other status leaves open whether there is a result.
_WITHDRAWN = frozenset(("cancelled", "entered-in-error"))
#: Sites of metastases and their history: not read, and no record that has them denies metastases.
_METASTASES = frozenset((terminology.SNOMED, code) for code in ("385421009", "1287652008", "1098951000119108"))


_RELEVANCE = Relevance(
    lambda system, code: terminology.observation(system, code)[1],
    r"\b(?:ecog|karnofsky|frankel|asia impairment|bilsky|escc|sins|epidural|vertebral|spinal (?:instab|cord))",
)


def relevant(entry: Entry) -> bool:
    """Whether an Observation, or a component of it, is or reads like a finding. Never fails."""
    if _RELEVANCE.of(entry.get("code")):
        return True
    components = entry.get("component")
    return isinstance(components, ARRAY) and any(
        isinstance(component, OBJECT) and _RELEVANCE.of(component.get("code")) for component in components
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
        if observation.status not in _WITHDRAWN:
            found = (terminology.observation(c.system, c.code)[0] for c in observation.code.coding)
            notes.mentioned |= {finding for finding in found if finding}
        notes.remark(entry, Ledger.STATUS, f"its status is {_word(observation.status)}, so it is left out")
        return
    then = _time(observation, entry, notes)
    if notes.too_late(entry, then):
        return
    said = 0
    if not _is_bare_panel(observation):
        said += _note(observation.code, observation, observation, entry, entry.path, then, notes)
    for n, component in enumerate(observation.component):
        path = f"{entry.path}.component[{n}]"
        said += _note(component.code, component, observation, entry, path, then, notes)
    if said and observation.status == "preliminary":
        notes.remark(entry, Ledger.PRELIMINARY, "a preliminary result; used")
    if said and then == When():
        notes.remark(entry, Ledger.UNDATED, "no date, so no other result can replace it or be replaced by it; used")


def _word(status: str) -> str:
    return status if status.replace("-", "").isalpha() and len(status) < 30 else "not one that FHIR knows"


def _is_bare_panel(observation: Observation) -> bool:
    """A panel has its values in the components, and none itself."""
    values = (
        observation.value_codeable_concept,
        observation.value_quantity,
        observation.value_range,
        observation.value_integer,
        observation.value_boolean,
        observation.value_string,
        observation.data_absent_reason,
    )
    return bool(observation.component) and all(value is None for value in values)


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


def _place(observation: Observation, entry: Entry, notes: Notebook) -> Site | None:
    """The level that an Observation names itself, or through the Condition that it focuses on."""
    place = site([observation.body_site], observation.extension)
    if place is not None:
        return place
    for n, focus in enumerate(observation.focus):
        name = focus.reference or ""
        if name.startswith("#"):
            place = _contained(entry, name[1:])
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
        place = site(condition.body_site, condition.extension)
        if place is not None:
            return place
    return None


def _contained(entry: Entry, name: str) -> Site | None:
    """The level of a Condition that the Observation itself contains."""
    listed = entry.resource.get("contained")
    for n, inside in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(inside, dict) and inside.get("resourceType") == "Condition" and inside.get("id") == name:
            condition = slice_of(Condition, inside, f"{entry.path}.contained[{n}]")
            return site(condition.body_site, condition.extension)
    return None


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
    finding, known = None, False
    for coding in code.coding:
        here, is_known = terminology.observation(coding.system, coding.code)
        finding, known = finding or here, known or is_known
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
        values = read(finding, value, path)
    except NotReadable as reason:
        notes.mentioned.add(finding)
        notes.remark(entry, reason.code, reason.text)
        return 0
    about_lesion = FINDINGS[finding].scope == LESION
    if finding not in notes.reads:
        notes.remark(entry, Ledger.NOT_READ, f"{FINDINGS[finding].title}: known, but no score or rule reads it")
        if not about_lesion:
            return 0  # what is about a lesion still shows that there is one
    place = _place(observation, entry, notes) if about_lesion else None
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
