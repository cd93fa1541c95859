"""DiagnosticReports: the diagnoses that a report concludes with as codes. Its results are Observations of their own."""

from __future__ import annotations

from contextlib import suppress

from service.evidence import Statement, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY
from service.fhir_mapping.inbound.diagnoses import explain, matters, meaning, perhaps, say
from service.fhir_mapping.inbound.doubts import doubted
from service.fhir_mapping.inbound.lesions import DONE
from service.fhir_mapping.inbound.mentions import in_words
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.fhir_mapping.inbound.relevance import Relevance
from service.fhir_mapping.inbound.site_words import is_elsewhere
from service.fhir_mapping.inbound.slices import Report, slice_of
from service.fhir_mapping.inbound.statements import PERHAPS
from service.fhir_mapping.inbound.tumours import is_tumour_by_text, reads_like_tumour
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger, Rejected

_GOOD = frozenset(("final", "amended", "corrected", "appended", "preliminary", "partial"))
_MAY_CHANGE = frozenset(("preliminary", "partial"))
_WITHDRAWN = frozenset(("cancelled", "entered-in-error"))
_OF_SPINE = Relevance(lambda *_: False, r"\bspin(?:e|al)\b|vertebr|wirbel|myelogra|\b[hbl]ws\b")


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether a report is about a tumour or the spine, concludes with a tumour, or speaks of one. Never fails."""
    return _concludes(entry, terms) or _is_about_tumour(entry.about, terms) or _speaks_of_tumour(entry)


def _is_about_tumour(content: bytes | None, terms: Terminology) -> bool:
    """Whether a code, as compact JSON, is about a tumour or the spine."""
    return content is not None and (is_tumour_by_text(content, terms) or _OF_SPINE.of_text(content, terms))


def _concludes(entry: Entry, terms: Terminology) -> bool:
    concluded = entry.get("conclusionCode")
    return isinstance(concluded, ARRAY) and any(matters(concept, terms) for concept in concluded)


def _speaks_of_tumour(entry: Entry) -> bool:
    text = entry.get("conclusion")
    return isinstance(text, str) and (reads_like_tumour(text) or bool(in_words(text)))


def read_report(entry: Entry, notes: Notebook) -> None:
    """Writes what a DiagnosticReport concludes into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    if not _concludes(entry, notes.terms):
        notes.subjects.glance(entry)
        why = "a report as text is not read; send what it finds as Observations, or its diagnoses as conclusionCode"
        notes.remark(entry, Ledger.NOT_READ, why)
        text = entry.get("conclusion")
        if isinstance(text, str) and entry.get("status") not in _WITHDRAWN:
            then = When()
            with suppress(Rejected):  # of what is not read nothing is demanded
                then = _time(slice_of(Report, entry.resource, entry.path), entry, notes)
            _mention(text, then, entry, notes)
        return
    report = slice_of(Report, entry.resource, entry.path)
    notes.subjects.note(entry, report.subject)
    concluded = [
        (concept, meaning(concept, entry, notes))
        for concept, raw in zip(report.conclusion_code, entry.resource.get("conclusionCode") or (), strict=True)
        if matters(raw, notes.terms)
    ]
    if report.status not in _GOOD:
        if report.status not in _WITHDRAWN:
            for concept, found in concluded:
                perhaps(found, concept, None, entry, notes)
        notes.remark(entry, Ledger.STATUS, "its status does not say that it is finished, so it is left out")
        return
    then = _time(report, entry, notes)
    if notes.too_late(entry, then):
        return
    if report.conclusion:
        _mention(report.conclusion, then, entry, notes)
    for concept, found in concluded:
        if found is None:
            explain(concept, None, entry, notes)
        elif doubted(concept, notes.terms):
            perhaps(found, concept, None, entry, notes)
            notes.remark(entry, Ledger.UNCONFIRMED, "its words doubt or deny a diagnosis, so it is not used as a fact")
        else:
            say(found, concept, (), None, entry, notes)
    if any(found for _, found in concluded) and report.status in _MAY_CHANGE:
        notes.remark(entry, Ledger.PRELIMINARY, "a preliminary report; used")


def _mention(text: str, then: When, entry: Entry, notes: Notebook) -> None:
    """Notes what a text speaks of. Treatment that was perhaps at the lesion is not silence about it."""
    if then.start > notes.as_of.end:
        return
    found = in_words(text)
    notes.mentioned |= found
    if not is_elsewhere(text):
        for finding in sorted(DONE & found & notes.reads):
            notes.said.append(Said(Statement(finding, PERHAPS, entry.name, then, lasting=True), entry))


def _time(report: Report, entry: Entry, notes: Notebook) -> When:
    if report.effective_period is not None and report.effective_period.start:
        return notes.date(report.effective_period.start, f"{entry.path}.effectivePeriod.start")
    for given, name in ((report.effective_date_time, "effectiveDateTime"), (report.issued, "issued")):
        if given is not None:
            return notes.date(given, f"{entry.path}.{name}")
    return When()
