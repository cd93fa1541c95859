"""How findings, treatments and conditions are said to people: the one place for such texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from service.decision.model import Advice, Overturn, Path, Plan, Premise, Recommendation
from service.decision.noms import COLLAPSE, INDETERMINATE, INDETERMINATE_HIGH, STABLE, UNSTABLE
from service.decision.prognosis import Outlook
from service.decision.tumours import FAVOURABLE, INTERMEDIATE, UNFAVOURABLE, VASCULAR
from service.evidence import Number, Span, Values
from service.findings import FINDINGS
from service.handoffs import Collected, Prediction, Returned, State
from service.scoring.engine import ItemResult, OnBoundary, Result, Said
from service.scoring.model import Band, Figure, Measure, Score, Validation
from service.scoring.sources import Source

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
    "separation-surgery": "Separation surgery",
    "mis-fixation": "Minimally invasive fixation (percutaneous screws)",
    "kyphoplasty": "Balloon kyphoplasty",
    "en-bloc-vertebrectomy": "En bloc vertebrectomy (total en bloc spondylectomy)",
    "en-bloc-sagittal": "En bloc sagittal resection",
    "en-bloc-posterior": "En bloc posterior resection",
    "en-bloc-copper": "En bloc resection by COPPER",
    "carbon-ion": "Carbon-ion radiotherapy",
    "short-course-rt": "Short-course radiotherapy",
    "systemic-therapy": "Systemic therapy",
    "bone-modifying-agent": "Bone-modifying agent",
    "denosumab": "Denosumab",
    "dexamethasone": "Dexamethasone",
    "supportive-care": "Best supportive care",
    "rehabilitation": "Rehabilitation",
    "surveillance": "Surveillance",
    "referral": "Referral to a centre that has it",
}

_EN_BLOC = ("en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper")
GOALS = {
    "stability": ("Mechanically stable spine", ("stabilisation", "decompression-stabilisation", "kyphoplasty")),
    "local-control": ("Local control of the tumour", ("cebrt", "srs", "carbon-ion", "denosumab", *_EN_BLOC)),
    "neurology": (
        "Neurological function kept or regained",
        ("urgent-spine-referral", "decompression-stabilisation"),
    ),
    "comfort": ("Comfort, and freedom from pain", ("supportive-care",)),
    "mobility": ("Walking and independence kept or regained", ("rehabilitation",)),
}

_STABILITY = {
    STABLE: "SINS 0-6",
    INDETERMINATE: "SINS 7-9 without collapse over 50 %",
    INDETERMINATE_HIGH: "SINS 10-12 without collapse over 50 %",
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
            return _stability(values)
        case "dumbbell":
            return f"the dumbbell score suspects a {listed(sorted(map(str, values)))} tumour"
        case "mechanical-stability":
            return f"SINS 7-12 is judged {listed(sorted(map(str, values)))}"
        case "life-expectancy":
            return f"expected survival {listed(_in_order('life-expectancy', values))}".replace(" mo", " months")
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
    return f"if the answers to these say so: {listed(map(asked, recommendation.depends_on), 'and')}"


def asked(code: str) -> str:
    """A finding, or what stands for several, as a thing to find out: ``the ESCC grade`` has no article here."""
    if code in _FACTS:
        return _FACTS[code]
    return in_sentence(FINDINGS[code].title)


_NAMES = ("Frankel", "Karnofsky")


def in_sentence(title: str) -> str:
    """A title as it stands within a sentence: abbreviations and names keep their capital."""
    return title[0].lower() + title[1:] if title[1:2].islower() and not title.startswith(_NAMES) else title


_FACTS = {
    "stability": "SINS",
    "dumbbell": "the dumbbell score",
    "life-expectancy": "expected survival",
    "surgical-fitness": "fitness for surgery",
    "mechanical-stability": "what the board decides on stability",
}


def reason(advice: Advice) -> str:
    """The reason with where it comes from, unless it says so itself."""
    source = advice.rule.source
    if source is None or source.short in advice.reason:
        return advice.reason
    return f"{advice.reason} ({source.short})"


def overturn(each: Overturn) -> str:
    """``if ESCC 2 or ESCC 3: decompression and stabilisation, then SRS; multidisciplinary review``."""
    rest = f"{'the rest ' if each.instead else ''}depending on {listed(map(asked, each.depends_on), 'and')}"
    said = (steps(each.instead), rest if each.depends_on else "")
    return f"if {premise(each.premise)}: {'; '.join(filter(None, said)) or 'not advised'}"


#: What goes with a treatment and is no step of it.
BESIDE = ("mdt-review", "referral", "surveillance", "rehabilitation", "bone-modifying-agent")


def steps(treatments: Iterable[str]) -> str:
    """Treatments in their order: ``surgical stabilisation, then cEBRT; multidisciplinary review``."""
    listed_ = list(treatments)
    main = ", then ".join(short(code) for code in listed_ if code not in BESIDE)
    return "; ".join(filter(None, (main, listed((short(code) for code in listed_ if code in BESIDE), "and"))))


def modelled(outlook: Outlook) -> str:
    """The title of the model, with the lesion that it is of."""
    lesion = outlook.result.lesion
    return f"{outlook.score.title} at {lesion.name}" if lesion else outlook.score.title


def against(plan: Plan) -> list[str]:
    """``SRS at T8, contraindicated: high-grade ESCC ... (Badve 2021)``; treatments with one reason go together."""
    grouped: dict[tuple[str, bool, str, str], list[str]] = {}
    for each in plan.against:
        where = f" at {each.lesion.name}" if each.lesion else ""
        source = f" ({each.source.short})" if each.source and each.source.short not in each.why else ""
        grouped.setdefault((where, each.barred, each.why, source), []).append(TREATMENTS[each.treatment])
    return [
        f"{listed(names, 'and')}{where}, {'contraindicated' if barred else 'considered'}: {why}{source}"
        for (where, barred, why, source), names in grouped.items()
    ]


def treatment(code: str) -> str:
    return TREATMENTS[code]


def short(code: str) -> str:
    """The abbreviation that a treatment has in brackets, else its name, as it stands in a sentence."""
    name = TREATMENTS[code]
    inside = name.split("(")[1].rstrip(")") if name.endswith(")") else ""
    if inside.isupper() or inside == "cEBRT":
        return inside
    name = name.split(" (")[0]
    return name if name[1:2].isupper() else name[0].lower() + name[1:]


def number(value: float) -> str:
    """``3``, ``1.5``, ``-1``."""
    return f"{value:g}"


def points(found: Iterable[float]) -> str:
    """``3``, ``1 or 2``, ``0, 1 or 3``, ``-10 to 0``."""
    known = sorted(found)
    if len(known) > _FEW:
        return totals(known)
    return listed(number(p) for p in known)


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
    return totals(result.totals)


def totals(found: Iterable[float]) -> str:
    """``4``, ``2 to 5``."""
    known = [*found]
    low, high = min(known), max(known)
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def bands(result: Result) -> str:
    return listed(band.meaning for band in result.bands)


def _study(source: Source, n: int | None, remark: str, *, whole: bool = False) -> str:
    patients = (f", n = {n}" if n is not None else "") + (" in all" if whole else "")
    return f"({source}{patients}{f'; {remark}' if remark else ''})"


def _interval(interval: tuple[float, float] | None, unit: str) -> str:
    return f", 95 % interval {number(interval[0])}-{number(interval[1])}{unit}" if interval else ""


@lru_cache(maxsize=8192)
def figure(figure_: Figure) -> str:
    """``12-month survival 91 % (Katagiri et al. 2014, n = 808)``."""
    unit = " %" if figure_.measure.is_percent else " months" if figure_.measure is Measure.MEDIAN_SURVIVAL else ""
    at = f"{figure_.at} " if figure_.at and figure_.measure.is_percent else ""
    study = _study(figure_.source, figure_.n, figure_.remark, whole=figure_.whole)
    return f"{at}{figure_.measure} {number(figure_.value)}{unit}{_interval(figure_.interval, unit)} {study}"


@lru_cache(maxsize=8192)
def figures(band: Band) -> str:
    """All figures of a band; what comes from one study names it once."""
    grouped: dict[str, list[str]] = {}
    for each in band.figures:
        study = _study(each.source, each.n, each.remark, whole=each.whole)
        grouped.setdefault(study, []).append(figure(each).removesuffix(f" {study}"))
    return "; ".join(f"{', '.join(texts)} {study}" for study, texts in grouped.items())


@lru_cache(maxsize=8192)
def validation(validation_: Validation) -> str:
    """``AUC at 3, 6 and 12 months 0.79 to 0.81 (Bindels et al. 2025, n = 953)``."""
    value = validation_.value
    said = f"{number(value[0])} to {number(value[1])}" if isinstance(value, tuple) else number(value)
    study = _study(validation_.source, validation_.n, validation_.remark)
    return f"{validation_.measure}: {said}{_interval(validation_.interval, '')} {study}"


def validations(score: Score, *, external: bool = False) -> str:
    """How a score did, in one line; with ``external``, in other patients than its own where there are such."""
    every = score.validations
    chosen = [v for v in every if v.external] if external else []
    return "; ".join(validation(v) for v in chosen or every)


def remark(said: Said) -> str:
    """A remark with what it shows of the record."""
    text = said.remark.text
    if said.remark.shows is None:
        return text
    return f"{FINDINGS[said.remark.shows].title}: {values_of(said.remark.shows, said.shown)}. {text}"


def outside(said: Said) -> str:
    return f"{'Outside' if said.certain else 'Perhaps outside'} its validity: {said.remark.text}."


def boundary(on: OnBoundary) -> str:
    """The total by the other reading of a value on a boundary."""
    return (
        f"{on.item.title}: {on.boundary.text}. With {number(on.boundary.points)} points there, the total is "
        f"{totals(on.totals)} ({listed(band.meaning for band in on.bands)})."
    )


def made_in(score: Score) -> str:
    return (
        f"Made in: {score.population}. Treatment: {score.setting}. Predicts: {score.predicts}. "
        f"Times are counted {score.clock}."
    )


def handed_off(found: Collected) -> str:
    """``6 of 9 inputs known, 1 partly known, 2 missing``; why not, where the model was not made for the patient."""
    if not found.applicable:
        return f"not applicable, {listed((said.remark.text for said in found.excluded if said.certain), 'and')}"
    rest = (
        (State.PARTLY, "partly known"),
        (State.MISSING, "missing"),
        (State.OUT_OF_RANGE, "outside of its range"),
        (State.STRADDLES, "perhaps outside of its range"),
        (State.NOT_READ, "to be looked up"),
    )
    counted = Counter(each.state for each in found.inputs)
    known = f"{counted[State.KNOWN]} of {len(found.inputs)} inputs known"
    return ", ".join((known, *(f"{counted[state]} {text}" for state, text in rest if counted[state])))


def caution(said: Said) -> str:
    return f"{'Mind' if said.certain else 'Perhaps mind'}: {said.remark.text}."


def received(returned: Returned) -> str:
    return f"Received in {returned.source}; computed elsewhere, not here."


def prediction(given: Prediction) -> str:
    """``death within 90 days: 23 %``, ``survival: 40 to 60 %, low risk``."""
    found = given.probability
    if isinstance(found, tuple):
        low, high = found
        said = f"{number(low)} to {number(high)} %" if low is not None and high is not None else ""
        said = said or (f"{number(low)} % or more" if low is not None else f"{number(high or 0)} % or less")
    else:
        said = f"{number(found)} %" if found is not None else ""
    value = ", ".join(filter(None, (said, given.risk_text, _within(given))))
    return ": ".join(filter(None, (given.outcome, value)))


_LENGTHS = {"a": "years", "mo": "months", "wk": "weeks", "d": "days", "h": "hours", "min": "minutes"}


def _within(given: Prediction) -> str:
    """``at 90 days``, ``from 6 to 12 months``, ``until 2027-01-01``."""
    if given.within:
        ends = [f"{number(end[0])} {_LENGTHS[end[1]]}" for end in given.within if end]
        return f"at {ends[0]}" if len(set(ends)) == 1 else f"from {' to '.join(ends)}"
    start, end = given.period or ("", "")
    return " ".join(filter(None, (start and f"from {start}", end and f"until {end}")))
