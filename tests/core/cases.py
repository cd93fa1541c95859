"""Cases for tests, made from plain values: what a record would say, without the FHIR."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from service.case import Case, Lesion
from service.evidence import Evidence, Number, Span, Statement, Values, weigh
from service.findings import FINDINGS, LESION
from service.vertebrae import run_name


def values(finding: str, *options: Any) -> Values:
    """Possible values of a finding: plain values, numbers, spans, or codes that stand for several."""
    domain = FINDINGS[finding].domain
    found: set[Hashable] = set()
    for option in options:
        if isinstance(option, frozenset | tuple):
            found |= option if isinstance(option, frozenset) else {option}
        elif isinstance(domain, Number):
            found |= domain.only(option if isinstance(option, Span) else Span.point(option))
        else:
            found |= domain.only(option)
    return frozenset(found)


def said(finding: str, *options: Any) -> Evidence:
    """Evidence of one statement per option; several are several sources of the same time."""
    return weigh(
        Statement(finding, values(finding, option), f"Observation/{finding}-{n}") for n, option in enumerate(options)
    )


def lesion(*levels: str, **findings: Any) -> Lesion:
    """A lesion at these levels; a metastasis unless ``tumour_origin`` says otherwise."""
    findings = {"tumour_origin": "metastatic", **findings}
    evidence = {code: said(code, *_listed(value)) for code, value in _coded(findings).items() if value is not None}
    evidence["vertebral-level"] = said("vertebral-level", levels)
    return Lesion(name=run_name(levels), levels=levels, evidence=evidence)


def case(*lesions: Lesion, has_cancer: bool = True, **findings: Any) -> Case:
    """A case; a list as value is several sources that say different things."""
    evidence = {code: said(code, *_listed(value)) for code, value in _coded(findings).items()}
    return Case(patient="Patient/1", evidence=evidence, lesions=lesions, has_cancer=has_cancer)


def known_of(record: Mapping[str, Any]) -> dict[str, Values]:
    """A record with one value per finding as possible values."""
    return {finding: values(finding, value) for finding, value in record.items()}


def possible(record: Mapping[str, Values]) -> tuple[Case, Lesion]:
    """A case and its one lesion with just these possible values, and all else unknown."""
    evidence = {code: Evidence(found) for code, found in record.items()}
    of_lesion = {code: found for code, found in evidence.items() if FINDINGS[code].scope == LESION}
    of_patient = {code: found for code, found in evidence.items() if FINDINGS[code].scope != LESION}
    one = Lesion(name="spine", evidence=of_lesion)
    return Case(patient="Patient/1", evidence=of_patient, lesions=(one,), has_cancer=True), one


def _coded(findings: Mapping[str, Any]) -> dict[str, Any]:
    return {name.replace("_", "-"): value for name, value in findings.items()}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
