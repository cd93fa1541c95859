"""What a record denies by saying nothing: where the caller declares it complete, or where staging is and the site's
policy reads it so. Otherwise silence denies nothing."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from service.case import Lesion
from service.evidence import Evidence, Span, Statement, Values, When, weigh
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.complications import NEUROLOGY
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.lesions import Draft
from service.fhir_mapping.inbound.reading import SPREAD, Notebook, Said
from service.findings import FINDINGS, LESION, MODIFIED_FRANKEL
from service.policy import Policy
from service.problems import Ledger, LedgerEntry
from service.text import phrase, series

_COUNT = "vertebral-metastasis-count"
_STAGING = "staging-complete"
_YES: Values = frozenset((True,))
_DAY = 86_400
_DICOM = "http://dicom.nema.org/resources/ontology/DCM"
_DICOM_OID = "urn:oid:1.2.840.10008.2.16.4"
#: Positron emission tomography, which looks at the body and poorly at the brain and the marrow.
_PET = "PT"
#: SNOMED CT: entire body, trunk.
_WHOLE_BODY = frozenset(("38266002", "22943007"))
_WHOLE = re.compile(r"whole|entire body|total body|ganzk|trunk|stamm|thigh|oberschenkel", re.IGNORECASE)
_OF_A_PART = re.compile(r"brain|cerebr|\bhead\b|hirn|kopf|cardiac|heart|herz|myocard|prostat|breast", re.IGNORECASE)
_EXTRASPINAL = "extraspinal-bone-metastasis-count"
_SEEN_BY_PET = frozenset(("visceral-metastases", _EXTRASPINAL, _COUNT))
_AT_THE_CORD = frozenset(("spinal-cord-compression", "myelopathy", "progressive-deficit"))
#: What keeps silence from denying what comes with it: a finding, its values (all, if none is named), what stays open.
_IMPLIED: tuple[tuple[str, Values, frozenset[str]], ...] = (
    *((finding, _YES, NEUROLOGY) for finding in sorted(NEUROLOGY - {"radiculopathy"})),
    ("frankel-grade", frozenset(f"frankel-{letter}" for letter in "abcd"), NEUROLOGY),
    ("asia-impairment", frozenset(f"asia-{letter}" for letter in "abcd"), NEUROLOGY),
    (
        "modified-frankel",
        frozenset(f"modified-frankel-{grade}" for grade in MODIFIED_FRANKEL if grade != "e"),
        NEUROLOGY,
    ),
    ("ambulatory-status", frozenset(("non-ambulatory",)), NEUROLOGY),
    ("time-developing-motor-deficit", frozenset(), NEUROLOGY),
    ("escc-grade", frozenset(("escc-2", "escc-3")), _AT_THE_CORD),
    ("escc-cord-compressed", _YES, _AT_THE_CORD),
    ("bone-metastases", frozenset(("multiple",)), frozenset((_COUNT, _EXTRASPINAL))),
)


def declare(evidence: dict[str, Evidence], built: list[Lesion], notes: Notebook) -> None:
    """Adds what a record that is declared complete says by silence."""
    absent: list[str] = []
    left_open = _open(notes) | _implied(evidence)
    of_lesions = [_implied(lesion.evidence) for lesion in built]
    for code, finding in FINDINGS.items():
        if finding.when_complete is None or code in left_open or code in evidence:
            continue
        declared = _declared(code, finding.when_complete)
        if finding.scope != LESION:
            evidence[code] = declared
            absent.append(finding.title)
            continue
        for n, lesion in enumerate(built):
            if code not in lesion.evidence and code not in of_lesions[n]:
                built[n] = replace(lesion, evidence={**lesion.evidence, code: declared})
                absent.append(phrase("{finding} at {lesion}", finding=finding.title, lesion=lesion.name))
    if built and _COUNT not in evidence and _COUNT not in left_open:
        evidence[_COUNT] = _declared(_COUNT, Span.point(sum(len(lesion.levels) or 1 for lesion in built)))
    if built:
        where = "Parameters.parameter.where(name='assumeComplete')"
        denied = series(", ", absent)
        text = phrase("the record is declared complete; by its silence it denies: {findings}", findings=denied)
        notes.ledger.append(LedgerEntry("assumeComplete", Ledger.DECLARED, text, where))


def staged(
    patient: Iterable[Said], drafts: list[Draft], listed: Iterable[Entry], notes: Notebook, policy: Policy
) -> list[Said]:
    """The metastases that a staged record denies by silence, as statements of what staged it."""
    if policy.staging == "unknown" or not drafts:
        return []
    about = list(patient)
    said = [each for each in about if each.statement.finding == _STAGING]
    if said:
        complete = weigh(each.statement for each in said).values == _YES
        by = [(e.entry, e.statement.when) for e in said if complete and e.statement.values == _YES]
        denied = SPREAD
    else:
        by = list(_studies(listed, notes)) if policy.staging == "imaging" else []
        denied = _SEEN_BY_PET
    for entry, then in by:
        if not _recent(then, notes, policy):
            notes.remark(entry, Ledger.STALE, "staging, which is not dated, or too old to deny anything by silence")
    recent = [(then.end, entry, then) for entry, then in by if _recent(then, notes, policy)]
    told = {each.statement.finding for each in about}
    implied = _implied({each.statement.finding: weigh([each.statement]) for each in about})
    absent = sorted(denied - told - _open(notes) - implied)
    if not recent or not absent:
        return []
    _, entry, then = max(recent, key=lambda found: (found[0], found[1].name))
    titles = series(", ", (FINDINGS[code].title for code in absent))
    # What is read of it now is said instead of that nothing is.
    notes.ledger[:] = [r for r in notes.ledger if (r.resource, r.code) != (entry.name, Ledger.NOT_READ)]
    notes.remark(
        entry,
        Ledger.DECLARED,
        phrase("staging, which denies by the policy of the site what it does not mention: {findings}", findings=titles),
    )
    levels = sum(len(draft.levels) or 1 for draft in drafts)
    return [
        Said(Statement(code, _absent(code, levels), entry.name, then), entry)
        for code in absent
        if FINDINGS[code].when_complete is not None or code == _COUNT
    ]


def _open(notes: Notebook) -> set[str]:
    """Findings that the record names without saying what can be used, so that it does not deny them."""
    elsewhere = {_EXTRASPINAL} if notes.elsewhere else set()
    return notes.mentioned | elsewhere


def _implied(evidence: Mapping[str, Evidence]) -> set[str]:
    """Findings that come with what is said, and are not denied beside it."""
    return {
        open_
        for finding, values, implied in _IMPLIED
        if finding in evidence and (not values or values & evidence[finding].values)
        for open_ in implied
    }


def _absent(code: str, levels: int) -> Values:
    return frozenset((Span.point(levels) if code == _COUNT else FINDINGS[code].when_complete,))


def _recent(then: When, notes: Notebook, policy: Policy) -> bool:
    """Whether staging is dated, and lately: metastases come later."""
    age = (notes.as_of.end - then.start) / _DAY
    return then != When() and age <= policy.stale_after_days + 1


def _studies(listed: Iterable[Entry], notes: Notebook) -> Iterator[tuple[Entry, When]]:
    """The PET studies that were made, with the time of each."""
    for entry in listed:
        if entry.kind != "ImagingStudy" or entry.get("status") != "available" or not _is_pet(entry):
            continue
        started = entry.get("started")
        then = notes.date(started if isinstance(started, str) else None, f"{entry.path}.started")
        if then.start <= notes.as_of.end:
            yield entry, then


def _is_pet(entry: Entry) -> bool:
    """Whether a study is a PET, and not of one part of the body."""
    series = list(_objects(entry.get("series")))
    parts = [entry.get("modality"), *(each.get("modality") for each in series)]
    codings = (coding for part in parts for coding in _objects(part))
    if not any(c.get("code") == _PET and c.get("system") in (_DICOM, _DICOM_OID) for c in codings):
        return False
    sites = [site for each in series for site in _objects(each.get("bodySite"))]
    words = [entry.get("description"), *(each.get("description") for each in series)]
    words += [each.get("text") for each in _objects(entry.get("procedureCode"))]
    coded = [c for each in _objects(entry.get("procedureCode")) for c in _objects(each.get("coding"))]
    words += [each.get("display") for each in (*coded, *sites)]
    if any(isinstance(word, str) and _OF_A_PART.search(word) for word in words):
        return False
    return all(
        site.get("code") in _WHOLE_BODY or (isinstance(site.get("display"), str) and _WHOLE.search(site["display"]))
        for site in sites
    )


def _objects(value: Any) -> Iterator[Any]:
    listed = value if isinstance(value, ARRAY) else (value,)
    return (each for each in listed if isinstance(each, OBJECT))


def _declared(code: str, value: Hashable) -> Evidence:
    values: Values = frozenset((value,))
    return Evidence(values, (Statement(code, values, ""),))
