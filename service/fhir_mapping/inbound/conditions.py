"""Conditions: the primary tumour, metastases and complications, by ICD-10, SNOMED CT and ICD-O-3."""

from __future__ import annotations

import re

from service.evidence import Statement, Values, When, agree
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.histology import PRIMARY, refined, within_organ
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.scales import METASTATIC
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import CodeableConcept, Condition, slice_of
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS, LESION
from service.problems import Ledger

HISTOLOGY_EXTENSIONS = (
    "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-histology-morphology-behavior",
    "http://hl7.org/fhir/us/mcode/StructureDefinition/onco-core-HistologyMorphologyBehavior",
)
#: Tumours of the blood are at home in bone: a vertebra with one is neither "primary" nor a metastasis by code.
_OF_BLOOD = frozenset(("lymphoma", "myeloma", "plasmacytoma", "leukaemia"))
_REFUTED = frozenset(("refuted", "entered-in-error"))
_UNCONFIRMED = frozenset(("unconfirmed", "provisional", "differential"))
_OVER = frozenset(("resolved", "remission", "inactive"))
_BONES = frozenset(("extraspinal-bone-metastasis-count", "vertebral-metastasis-count"))
_SUSPECTED = frozenset(("spinal-cord-compression", "cauda-equina-syndrome"))
_PERHAPS: Values = frozenset((False, True))
_STATES = _REFUTED | _UNCONFIRMED | _OVER
_NEOPLASM_ICD = re.compile(r"C\d|D[0-4]\d")


def _known(terms: Terminology, system: str, code: str) -> bool:
    named, plain = terminology.normal(system, code)
    neoplasm = named == terminology.ICD_10_CM and _NEOPLASM_ICD.match(plain) is not None
    return neoplasm or terms.condition(system, code) is not None


_RELEVANCE = Relevance(
    _known,
    "cancer|krebs|carcin|karzin|neoplas|tumou?r|malign|metasta|sarcom|lymphom|hodgkin|myelom|leuk(?:a?e)mi|melanom"
    "|plasm[ao]cytom|mesotheliom|seminom|chordom|blastom|gliom|schwannom",
)


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a Condition is, or reads like, a tumour or one of its complications. Never fails."""
    return _RELEVANCE.of(entry.get("code"), terms)


def read_condition(entry: Entry, notes: Notebook) -> None:
    """Writes what a Condition says into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    condition = slice_of(Condition, entry.resource, entry.path)
    notes.subjects.note(entry, condition.subject)
    if not _is_fact(condition, entry, notes):
        return
    meaning = _meaning(condition.code or CodeableConcept(), entry, notes)
    if meaning is None:
        why = "looks like a tumour, but none of its codes is known here (in situ, suspected or benign ones are not)"
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
        return
    if notes.too_late(entry, _begin(condition, entry, notes)):
        return
    primary = meaning.get(PRIMARY)
    place = site(notes.terms, condition.body_site, condition.extension)
    if _over(condition, entry, notes):
        if primary is None:
            notes.remark(entry, Ledger.RESOLVED, "no longer active, so it is left out")
            return
        why = "the tumour is not active, but it remains where metastases may come from; used"
        notes.remark(entry, Ledger.NOT_ACTIVE, why)
        meaning = {PRIMARY: primary}
    if not meaning:
        notes.remark(entry, Ledger.NOT_READ, "known, but no score or rule reads it")
        return
    bone = meaning.pop(terminology.BONE_SITE, None)
    if bone is not None:
        place = _metastasis(bone, place, entry, notes)
    elif primary is not None:
        notes.tumours.append((entry, None))
        if place is not None and place.in_spine and not primary & _OF_BLOOD:
            _say("tumour-origin", frozenset(("primary",)), entry, place, notes, anchor=True)
    for finding, values in sorted(meaning.items()):
        if finding not in notes.reads:
            notes.remark(entry, Ledger.NOT_READ, f"{FINDINGS[finding].title}: known, but no score or rule reads it")
            continue
        _say(
            finding,
            _refined(condition, values, entry, notes) if finding == PRIMARY else values,
            entry,
            place,
            notes,
        )


def _is_fact(condition: Condition, entry: Entry, notes: Notebook) -> bool:
    """Whether the diagnosis is verified; if not, the ledger says so."""
    verification = _state(condition.verification_status)
    if verification in _REFUTED:
        notes.remark(entry, Ledger.REFUTED, f"the diagnosis is {verification}, so it is left out")
        return False
    if verification in _UNCONFIRMED:
        for finding in _meaning(condition.code or CodeableConcept(), entry, notes) or ():
            notes.mentioned |= _BONES if finding == terminology.BONE_SITE else {finding}
            if finding in _SUSPECTED:  # a suspicion of these is itself a reason to act
                _say(finding, _PERHAPS, entry, site(notes.terms, condition.body_site, condition.extension), notes)
        notes.remark(entry, Ledger.UNCONFIRMED, f"the diagnosis is {verification}, so it is not used as a fact")
        return False
    return True


def _meaning(concept: CodeableConcept, entry: Entry, notes: Notebook) -> dict[str, Values] | None:
    """What the codes of a Condition say together; None where none of them is known."""
    found = [m for m in (notes.terms.condition(c.system, c.code) for c in concept.coding) if m is not None]
    if not found:
        return None
    by_finding: dict[str, list[Values]] = {}
    for meaning in found:
        for finding, values in meaning:
            by_finding.setdefault(finding, []).append(values)
    result: dict[str, Values] = {}
    for finding, sets in by_finding.items():
        result[finding], conflict = agree(sets)
        if conflict:
            notes.remark(entry, Ledger.CONFLICT, "its codes do not agree; each of them stays possible")
    return result


def _refined(condition: Condition, primary: Values, entry: Entry, notes: Notebook) -> Values:
    """The primary tumour, by the histology that stands beside the code of its site or in an extension."""
    concept = condition.code or CodeableConcept()
    histologies = [c for c in concept.coding if notes.terms.refines(c.system, c.code)] + within_organ(primary, concept)
    for extension in condition.extension:
        if extension.url in HISTOLOGY_EXTENSIONS and extension.value_codeable_concept:
            histologies += extension.value_codeable_concept.coding
    return refined(primary, histologies, entry, notes)


def _metastasis(bone: Values, place: Site | None, entry: Entry, notes: Notebook) -> Site | None:
    """A bone metastasis: a lesion where the code or the body site shows that it is in the spine."""
    regions = bone - {"unspecified"}
    if place is None and regions:
        place = Site(region=str(sorted(map(str, regions))[0]))
    notes.tumours.append((entry, place if place and place.in_spine else None))
    if place is None or not place.in_spine:
        where = "no vertebra that is known here" if place is not None else "no site"
        notes.elsewhere.append((entry, where))
        return None
    _say("tumour-origin", METASTATIC, entry, place, notes, anchor=True)
    return place


def _say(
    finding: str, values: Values, entry: Entry, place: Site | None, notes: Notebook, *, anchor: bool = False
) -> None:
    lasting = Statement(finding, values, entry.name, notes.as_of, lasting=True)
    about_lesion = FINDINGS[finding].scope == LESION
    notes.said.append(Said(lasting, entry, place if about_lesion and place and place.in_spine else None, anchor))


def _state(concept: CodeableConcept | None) -> str | None:
    """The status that a concept names; a site's own code beside it does not hide it."""
    return next((c.code for c in concept.coding if c.code in _STATES), None) if concept else None


def _begin(condition: Condition, entry: Entry, notes: Notebook) -> When:
    if condition.onset_date_time:
        return notes.date(condition.onset_date_time, f"{entry.path}.onsetDateTime")
    if condition.onset_period and condition.onset_period.start:
        return notes.date(condition.onset_period.start, f"{entry.path}.onsetPeriod.start")
    return notes.date(condition.recorded_date, f"{entry.path}.recordedDate")


def _over(condition: Condition, entry: Entry, notes: Notebook) -> bool:
    """Whether the condition is resolved, in remission or inactive at the time of the assessment."""
    if _state(condition.clinical_status) in _OVER:
        return True
    if condition.abatement_date_time is None:
        return False
    return notes.date(condition.abatement_date_time, f"{entry.path}.abatementDateTime").end <= notes.as_of.end
