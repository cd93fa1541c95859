"""How what is known of a finding is said."""

from __future__ import annotations

from functools import lru_cache

from service.decision.model import Premise
from service.decision.noms import COLLAPSE, INDETERMINATE, INDETERMINATE_HIGH, STABLE, UNSTABLE
from service.decision.tumours import FAVOURABLE, INTERMEDIATE, UNFAVOURABLE, VASCULAR
from service.evidence import Number, Span, Values
from service.findings import FINDINGS
from service.text import phrase
from service.wording.names import asked, in_sentence, listed

_STABILITY = {
    STABLE: "SINS 0-6",
    INDETERMINATE: "SINS 7-9 without collapse over 50 %",
    INDETERMINATE_HIGH: "SINS 10-12 without collapse over 50 %",
    COLLAPSE: "SINS 7-12 with collapse over 50 %",
    UNSTABLE: "SINS 13-18",
}
_FEW = 4
#: A number with its unit, where that is not said as it is written.
_UNITS = {
    "1": "{number}",
    "mo": "{number} months",
    "a": "{number} years",
    "d": "{number} days",
    "10*3/uL": "{number} x 10^3/uL",
}

#: Values that say what they are of.
_WHOLE = {
    "sins-pain": {
        "mechanical": "mechanical pain",
        "occasional-non-mechanical": "occasional pain that is not mechanical",
        "pain-free": "no pain",
    },
    "mechanical-stability": {"stable": "judged stable by a clinician", "unstable": "judged unstable by a clinician"},
}


@lru_cache(maxsize=8192)
def premise(premise_: Premise) -> str:
    """As tables say it: ``ESCC 2 or ESCC 3``, ``not fit for surgery``, ``albumin below 3.5 g/dL``."""
    values = premise_.values
    match premise_.finding:
        case "stability":
            return _stability(values)
        case "dumbbell":
            return phrase("the dumbbell score suspects a {kind} tumour", kind=listed(sorted(map(str, values))))
        case "mechanical-stability":
            return phrase("SINS 7-12 is judged {judgement}", judgement=listed(sorted(map(str, values))))
        case "life-expectancy":
            return phrase("expected survival {time}", time=listed(in_order("life-expectancy", values)))
        case "surgical-fitness":
            return "fit for surgery" if values == {"fit"} else "not fit for surgery"
        case "escc-grade":
            return listed(in_order("escc-grade", values))
        case "primary-tumour":
            return _primary(values)
    finding = FINDINGS[premise_.finding]
    if finding.is_yes_no and len(values) == 1:  # ECOG 1 is no "yes", though 1 == True
        name = in_sentence(finding.title)
        return name if True in values else phrase("no {finding}", finding=name)
    return phrase("{finding}: {values}", finding=finding.title, values=listed(in_order(premise_.finding, values)))


@lru_cache(maxsize=8192)
def clause(premise_: Premise) -> str:
    """As a clinician says it: ``ESCC 2 or 3``, ``Frankel A``, ``walking: impaired``."""
    code, values = premise_.finding, premise_.values
    if code == "escc-grade":
        return _grades(values)
    said = premise(premise_)
    told = code in FINDINGS and said.startswith(f"{FINDINGS[code].title}: ")
    return known(code, values) if told else said


def known(code: str, values: Values) -> str:
    """A finding with what is known of it: ``ESCC 1b``, ``no myelopathy``, ``primary tumour: kidney``."""
    if code == "escc-grade":
        return _grades(values)
    if len(values) == 1 and (code == "surgical-fitness" or FINDINGS[code].is_yes_no):
        return premise(Premise(code, values))
    if code in _WHOLE and all(value in _WHOLE[code] for value in values):
        return listed(words for value, words in _WHOLE[code].items() if value in values)
    title = FINDINGS[code].title
    said = values_of(code, values)
    first, last = title.split()[0], title.split()[-1]
    if said.startswith(first):  # "Frankel grade: Frankel E"
        return said
    if said.startswith(last):  # "WBB zones: zones 2, 3"
        return phrase("{which} {values}", which=title.removesuffix(last).removesuffix(" "), values=said)
    return phrase(
        "ECOG {grade}" if code == "ecog" else "{finding}: {values}", finding=asked(code), values=said, grade=said
    )


def _grades(values: Values) -> str:
    """``ESCC 2 or 3``, ``ESCC 0 to 1b``."""
    order = FINDINGS["escc-grade"].domain.unknown
    grades = sorted(str(value).removeprefix("escc-") for value in values)
    every = sorted(str(value).removeprefix("escc-") for value in order)
    places = [every.index(grade) for grade in grades]
    if len(grades) > 2 and places == list(range(places[0], places[-1] + 1)):
        return phrase("ESCC {first} to {last}", first=grades[0], last=grades[-1])
    return phrase("ESCC {grades}", grades=listed(grades))


@lru_cache(maxsize=8192)
def values_of(finding: str, values: Values) -> str:
    """The possible values of a finding, in the order of its domain; ``unknown`` for all of them."""
    if values == FINDINGS[finding].domain.unknown:
        return "unknown"
    if finding == "primary-tumour" and len(values) > _FEW:
        return _primary(values)
    if finding == "visceral-metastases":
        return _visceral(values)
    return listed(in_order(finding, values))


def _stability(values: Values) -> str:
    said = {**_STABILITY}
    if {INDETERMINATE, INDETERMINATE_HIGH} <= values:
        said = {INDETERMINATE: "SINS 7-12 without collapse over 50 %", **said, INDETERMINATE_HIGH: ""}
        said[INDETERMINATE] = "SINS 7-12 without collapse over 50 %"
        if COLLAPSE in values:
            said |= {INDETERMINATE: "SINS 7-12", COLLAPSE: ""}
    return listed(text for state, text in sorted(said.items(), key=_by_sins) if state in values and text)


def _by_sins(each: tuple[str, str]) -> int:
    return list(_STABILITY).index(each[0])


def _visceral(values: Values) -> str:
    if values <= {"none", "meningeal-only"}:
        return "none" if values == {"none"} else "none in organs"
    organs = [set(str(v).split("/")) for v in values - {"none", "meningeal-only"}]
    known_ = sorted(set.intersection(*organs)) or ["present"]
    said = listed(known_, "and")
    return phrase("none or {organs}", organs=said) if "none" in values else said


def in_order(finding: str, values: Values) -> list[str]:
    """The values by their labels, in the order of the domain."""
    spec = FINDINGS[finding]
    if isinstance(spec.domain, Number):
        return _spans(spec.domain, values)
    order = list(spec.domain.values)
    return [spec.label(v) for v in sorted(values, key=lambda v: order.index(v) if v in order else len(order))]


def _spans(domain: Number, values: Values) -> list[str]:
    """``under 3.5 g/dL``, ``10.3 mg/dL or more``, ``3 or more``."""

    def told(value: float) -> str:
        template = _UNITS.get(domain.unit, "{number} {unit}")
        return phrase(template, number=f"{value:g}", unit=domain.unit) if template != "{number}" else f"{value:g}"

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
            texts.append(told(span.low))
        elif span.high == domain.high:
            texts.append(phrase("over {value}" if span.low_open else "{value} or more", value=told(span.low)))
        elif span.low == lowest:
            texts.append(phrase("under {value}" if span.high_open else "{value} or less", value=told(span.high)))
        else:
            texts.append(phrase("{low} to {high}", low=f"{span.low:g}", high=told(span.high)))
    return texts


def _primary(values: Values) -> str:
    if len(values) <= _FEW:
        return phrase("primary tumour {tumours}", tumours=listed(in_order("primary-tumour", values)))
    if values <= {*FAVOURABLE, *INTERMEDIATE}:
        return "a radiosensitive primary tumour"
    if values <= {*UNFAVOURABLE}:
        if values & {*VASCULAR}:
            return "a radioresistant primary tumour"
        return "a radioresistant primary tumour, not hypervascular"
    if not values & {*FAVOURABLE, *INTERMEDIATE, *UNFAVOURABLE}:
        return "a primary tumour of unknown radiosensitivity"
    return "another primary tumour"
