"""How findings, treatments and conditions are said to people: the one place for such texts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from service.decision.model import Path, Premise, Recommendation
from service.decision.noms import COLLAPSE, INDETERMINATE, STABLE, UNSTABLE
from service.decision.tumours import FAVOURABLE, INTERMEDIATE, UNFAVOURABLE, VASCULAR
from service.evidence import Number, Span, Values
from service.findings import FINDINGS
from service.scoring.engine import ItemResult, Result
from service.scoring.model import Figure

TREATMENTS = {
    "cebrt": "Conventional external beam radiotherapy (cEBRT)",
    "srs": "Stereotactic radiosurgery (SRS)",
    "stabilisation": "Surgical stabilisation",
    "decompression-stabilisation": "Decompression and stabilisation",
    "embolisation": "Preoperative embolisation",
    "mdt-review": "Multidisciplinary review",
    "urgent-spine-referral": "Urgent referral to the spine service",
    "mri-whole-spine": "MRI of the whole spine",
    "ct-spine": "CT of the spine",
    "staging": "Staging",
    "lab-test": "Laboratory tests",
    "biopsy": "Biopsy",
}

GOALS = {
    "stability": ("Mechanically stable spine", ("stabilisation", "decompression-stabilisation")),
    "local-control": ("Local control of the tumour", ("cebrt", "srs")),
    "neurology": (
        "Neurological function kept or regained",
        ("urgent-spine-referral", "decompression-stabilisation"),
    ),
}

_STABILITY = {
    STABLE: "SINS 0-6",
    INDETERMINATE: "SINS 7-12 without collapse over 50 %",
    COLLAPSE: "SINS 7-12 with collapse over 50 %",
    UNSTABLE: "SINS 13-18",
}
_FEW = 4


def listed(words: Iterable[str], last: str = "or") -> str:
    """``a, b or c``; nothing for none."""
    *first, final = [*words] or [""]
    return f"{', '.join(first)} {last} {final}" if first else final


@lru_cache(maxsize=8192)
def premise(premise_: Premise) -> str:
    """``ESCC 2 or ESCC 3``, ``not fit for surgery``, ``albumin below 3.5 g/dL``."""
    values = premise_.values
    match premise_.finding:
        case "stability":
            return listed(text for state, text in _STABILITY.items() if state in values)
        case "surgical-fitness":
            return "fit for surgery" if values == {"fit"} else "not fit for surgery"
        case "escc-grade":
            return listed(_in_order("escc-grade", values))
        case "primary-tumour":
            return _primary(values)
    finding = FINDINGS[premise_.finding]
    if values == {True}:
        return finding.title[0].lower() + finding.title[1:]
    if values == {False}:
        return f"no {finding.title[0].lower()}{finding.title[1:]}"
    return f"{finding.title}: {listed(_in_order(premise_.finding, values))}"


@lru_cache(maxsize=8192)
def values_of(finding: str, values: Values) -> str:
    """The possible values of a finding, in the order of its domain; ``unknown`` for all of them."""
    if values == FINDINGS[finding].domain.unknown:
        return "unknown"
    if finding == "primary-tumour" and len(values) > _FEW:
        return _primary(values)
    if finding == "visceral-metastases":
        return _visceral(values)
    return listed(_in_order(finding, values))


def _visceral(values: Values) -> str:
    if values <= {"none", "meningeal-only"}:
        return "none" if values == {"none"} else "none in organs"
    organs = [set(str(v).split("/")) for v in values - {"none", "meningeal-only"}]
    known = sorted(set.intersection(*organs)) or ["present"]
    return listed(known, "and") if "none" not in values else f"none or {listed(known, 'and')}"


def _in_order(finding: str, values: Values) -> list[str]:
    spec = FINDINGS[finding]
    if isinstance(spec.domain, Number):
        return _spans(spec.domain, values)
    order = list(spec.domain.values)
    return [spec.label(v) for v in sorted(values, key=lambda v: order.index(v) if v in order else len(order))]


def _spans(domain: Number, values: Values) -> list[str]:
    """``under 3.5 g/dL``, ``10.3 mg/dL or more``, ``3 or more``."""
    unit = "" if domain.unit == "1" else f" {domain.unit}"
    spans: list[Span] = []
    for span in sorted(v for v in values if isinstance(v, Span)):
        if domain.whole and spans and span.low == spans[-1].high + 1:
            spans[-1] = Span(spans[-1].low, span.high)
        else:
            spans.append(span)
    lowest = min(domain.low, domain.unknown_low or domain.low)
    texts = []
    for span in spans:
        if span.is_point:
            texts.append(f"{span.low:g}{unit}")
        elif span.high == domain.high:
            texts.append(f"over {span.low:g}{unit}" if span.low_open else f"{span.low:g}{unit} or more")
        elif span.low == lowest:
            texts.append(f"under {span.high:g}{unit}" if span.high_open else f"{span.high:g}{unit} or less")
        else:
            texts.append(f"{span.low:g} to {span.high:g}{unit}")
    return texts


def _primary(values: Values) -> str:
    if len(values) <= _FEW:
        return "primary tumour " + listed(_in_order("primary-tumour", values))
    if values <= {*FAVOURABLE, *INTERMEDIATE}:
        return "a radiosensitive primary tumour"
    if values <= {*UNFAVOURABLE}:
        return "a radioresistant primary tumour" + ("" if values & {*VASCULAR} else ", not hypervascular")
    if not values & {*FAVOURABLE, *INTERMEDIATE, *UNFAVOURABLE}:
        return "a primary tumour of unknown radiosensitivity"
    return "another primary tumour"


def path(path_: Path) -> str:
    return listed((premise(p) for p in path_), "and")


def condition(recommendation: Recommendation) -> str:
    """When a conditional recommendation holds, in one sentence that stays readable."""
    if len(recommendation.paths) <= _FEW:
        return "if " + "; or if ".join(path(p) for p in recommendation.paths)
    return "if " + "; or if ".join(dict.fromkeys(a.reason for a in recommendation.advice))


def treatment(code: str) -> str:
    return TREATMENTS[code]


def points(found: Iterable[int]) -> str:
    """``3``, ``1 or 2``, ``0, 1 or 3``."""
    return listed(str(p) for p in sorted(found))


@lru_cache(maxsize=8192)
def row(item: ItemResult) -> str:
    """The line of the table that gives the points, or why they are not exact."""
    if len(item.points) == 1:
        said = next(r.label for r in item.item.rows if item.points == set(r.points))
    elif item.unplaced:
        said = "no source gives the points"
    elif not item.said:
        return "not in the record"
    else:
        said = " / ".join(r.label for r in item.item.rows if len(r.points) == 1 and item.points.issuperset(r.points))
    if not item.derived_from:
        return said
    return f"{said} (worked out from {listed((FINDINGS[code].title for code in item.derived_from), 'and')})"


def total(result: Result) -> str:
    return str(result.low) if result.exact else f"{result.low} to {result.high}"


def bands(result: Result) -> str:
    return listed(band.meaning for band in result.bands)


@lru_cache(maxsize=8192)
def figure(figure_: Figure) -> str:
    """``12-month survival 91 % (Katagiri et al. 2014, n = 808)``."""
    interval = f", 95 % interval {figure_.interval[0]:g}-{figure_.interval[1]:g} %" if figure_.interval else ""
    remark = f"; {figure_.remark}" if figure_.remark else ""
    return (
        f"{figure_.months}-month {figure_.what} {figure_.percent:g} %{interval} "
        f"({figure_.source}, n = {figure_.n}{remark})"
    )
