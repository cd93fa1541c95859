"""The prognosis: every survival model side by side, and the policy's lead model for the questions of the plan.

A model puts a patient into a class, and the patients of a class have a median survival: that is what counts here.
"Likely to live longer than 6 months" means that more than half of the class are alive at 6 months. Where a record
leaves several classes possible they all have to agree, so the answer is yes, no, or cannot tell. Models are never
averaged: their patients, their treatment and the start of their clocks differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from math import inf

from service.case import Case, Lesion
from service.decision.recalibration import here
from service.evidence import Evidence, Span, Values, together
from service.findings import FINDINGS, PATIENT
from service.policy import Recalibration
from service.scoring import ENGINES, SCORES
from service.scoring.model import Band, Figure, Kind, Measure, Score, Time
from service.scoring.results import Result

LIFE_EXPECTANCY = "life-expectancy"
#: Months at which the question is put. Others may be asked too, such as the threshold of a policy.
HORIZONS = (3, 6, 12, 24)
#: Months that nobody has narrowed.
UNKNOWN: Values = FINDINGS[LIFE_EXPECTANCY].domain.unknown
(_EVERYTHING,) = (span for span in UNKNOWN if isinstance(span, Span))
_DAYS_PER_MONTH = 365.25 / 12


@cache
def median(band: Band) -> Span:
    """The months in which the median survival of the patients of a class lies.

    The number alive only falls, so a percentage alive puts the median after its time if it is more than 50, and before
    it if it is less; just 50 says neither. Medians, percentages and studies narrow each other; where they contradict
    each other the span is the shortest that holds what each of them says. What a class itself expects counts where it
    has no such figure, and its ends are open: "6 to 12 months" is longer than 6 and shorter than 12.
    """
    return _median(band.figures, band.expected)


@cache
def median_here(band: Band, recalibration: Recalibration) -> Span:
    """The same at a site that has recalibrated the model.

    The figures of the site take the place of the published ones at their times. What else is published counts as far
    as it does not contradict them.
    """
    found = here(band, recalibration)
    times = {_months(each.at) for each in found}
    own = _EVERYTHING
    for each in found:
        for span in _around(each.alive, each.at):
            # The lines of a recalibration do not cross, so that the figures fall with time and agree.
            own = own.meet(span) or own
    others = tuple(figure for figure in band.figures if figure.at is None or _months(figure.at) not in times)
    return own.meet(_median(others, band.expected)) or own


def _median(figures: Iterable[Figure], expected: tuple[float, float] | None) -> Span:
    spans = [span for figure in figures for span in _by(figure)]
    if not spans and expected is not None:
        low, high = expected
        spans = [Span(low, high, low_open=low > 0, high_open=True)]
    within = [part for span in spans if (part := span.meet(_EVERYTHING)) is not None]
    common: Span | None = _EVERYTHING
    for span in within:
        common = common and common.meet(span)
    return common or _hull(within)


def _by(figure: Figure) -> Iterator[Span]:
    """Where the median lies by one figure; nothing where it does not say."""
    if figure.measure is Measure.MEDIAN_SURVIVAL:
        yield Span.point(figure.value)
    elif figure.at is not None and figure.measure in (Measure.SURVIVAL, Measure.MORTALITY):
        yield from _around(figure.value if figure.measure is Measure.SURVIVAL else 100 - figure.value, figure.at)


def _around(alive: float, at: Time) -> Iterator[Span]:
    """Where the median lies if so many per cent are alive at a time; nothing where just half are."""
    if alive > 50:
        yield Span(_months(at), inf, low_open=True)
    elif alive < 50:
        yield Span(-inf, _months(at), high_open=True)


def _months(time: Time) -> float:
    return time.value if time.unit == "mo" else time.value / _DAYS_PER_MONTH


def _hull(spans: Iterable[Span]) -> Span:
    """The shortest span that holds all of several."""
    listed = list(spans)
    low, low_open = min((span.low, span.low_open) for span in listed)
    high, closed = max((span.high, not span.high_open) for span in listed)
    return Span(low, high, low_open, not closed)


def _union(spans: Iterable[Span]) -> Values:
    """Spans that overlap or meet, as one. Two classes that meet at 6 months leave 6 months itself open too."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.low <= joined[-1].high:
            joined[-1] = _hull((joined[-1], span))
        else:
            joined.append(span)
    return frozenset(joined)


@cache
def _speaks(score: Score) -> bool:
    """Whether anything that is published of the classes tells of the time that their patients live."""
    return score.kind is Kind.SURVIVAL and any(median(band) != _EVERYTHING for band in score.bands)


def can_lead(score: Score) -> bool:
    """Whether a model can answer for the patient, whatever its class: each class says something."""
    return (
        score.kind is Kind.SURVIVAL
        # One that is computed for each lesion gives a patient as many prognoses as there are lesions.
        and score.scope == PATIENT
        and all(median(band) != _EVERYTHING for band in score.bands)
    )


LEAD_MODELS: tuple[str, ...] = tuple(score.code for score in SCORES if can_lead(score))
"""The codes of the models that a policy may let answer."""


@dataclass(frozen=True)
class Outlook:
    """How long a patient is expected to live by one model."""

    result: Result
    """With the limits of its validity that the patient is outside of, and what is missing."""
    spans: Values
    """Months in which the median survival lies, over the classes that are possible; every number where all are."""
    here: Recalibration | None = None
    """The recalibration of the site that the months are by; None where they are by what is published."""

    @property
    def score(self) -> Score:
        return self.result.score

    @property
    def lesion(self) -> Lesion | None:
        """The lesion that it was computed for, which may be one of several."""
        return self.result.lesion

    def outlives(self, months: float) -> bool | None:
        """Whether more than half of such patients live longer; None where the record or the model cannot tell.

        A median of just that many months is neither yes nor no: half are alive.
        """
        return _outlives(self.spans, months, at=None)

    @cached_property
    def answers(self) -> tuple[bool | None, ...]:
        """Whether more than half of such patients live longer, for each of :data:`HORIZONS`."""
        return tuple([self.outlives(months) for months in HORIZONS])


@dataclass(frozen=True)
class Prognosis:
    """What is expected: the clinician's estimate where the record has one, else what the lead model says."""

    lead: Outlook | None
    """By the lead model of the policy; None where it is not computed."""
    models: tuple[Outlook, ...]
    """By every model that says anything of time, the lead among them, in the order of the scores."""
    judged: Evidence | None
    """The clinician's own estimate, which overrides the lead."""

    @property
    def values(self) -> Values:
        """Months, by what counts."""
        if self.judged is not None:
            return self.judged.values
        return self.lead.spans if self.lead is not None else UNKNOWN

    def outlives(self, months: float) -> bool | None:
        """Whether the patient is likely to live longer, by what counts; None where that cannot be told.

        A clinician who says 6 months says that 6 months are reached, as the rules of the plan read it.
        """
        return _outlives(self.values, months, at=None if self.judged is None else True)

    def agreeing(self, months: float) -> tuple[Outlook, ...]:
        """The other models that give the same answer; none where what counts gives none."""
        answer = self.outlives(months)
        return self._answering(months, answer) if answer is not None else ()

    def disagreeing(self, months: float) -> tuple[Outlook, ...]:
        """The other models that are certain of the contrary; none where what counts gives no answer."""
        answer = self.outlives(months)
        return self._answering(months, not answer) if answer is not None else ()

    def _answering(self, months: float, answer: bool) -> tuple[Outlook, ...]:
        # Beside a clinician's estimate the lead is one model among the others.
        beside = self.models if self.judged is not None else [m for m in self.models if m is not self.lead]
        return tuple(outlook for outlook in beside if outlook.outlives(months) is answer)


def outlooks(results: Iterable[Result], recalibrations: Iterable[Recalibration] = ()) -> tuple[Outlook, ...]:
    """By each survival model that says anything of time, in the order of the results: one for each lesion where the
    model is computed for each. A model of which the site has a recalibration is by that.
    """
    own = {each.model: each for each in recalibrations}
    return tuple(
        Outlook(result, _spans(result.score, result.bands, own.get(result.score.code)), own.get(result.score.code))
        for result in results
        if _speaks(result.score)
    )


def prognosis(
    case: Case, results: Iterable[Result], lead_model: str, recalibrations: Iterable[Recalibration] = ()
) -> Prognosis:
    """The prognosis of a case by the results of its scores.

    ``lead_model`` is one of :data:`LEAD_MODELS`. A life expectancy that was worked out from a model, as by
    :func:`expected_survival`, is no clinician's.
    """
    models = outlooks(results, recalibrations)
    leads = (outlook for outlook in models if outlook.score.code == lead_model and outlook.lesion is None)
    stated = case.about(LIFE_EXPECTANCY)
    return Prognosis(
        lead=next(leads, None),
        models=models,
        judged=stated if stated.statements and not stated.derived_from else None,
    )


def expected_survival(
    case: Case, results: Iterable[Result], lead_model: str, recalibrations: Iterable[Recalibration] = ()
) -> Evidence | None:
    """Evidence for the finding ``life-expectancy``, in months, by the lead model, with all that the record says to it.

    None where the record states it, and where the lead model is not computed or leaves everything open.
    """
    found = prognosis(case, results, lead_model, recalibrations)
    lead = found.lead
    if found.judged is not None or lead is None or lead.spans == UNKNOWN:
        return None
    about = {code: case.about(code) for code in ENGINES[lead.score.code].reads}
    basis = {code: evidence for code, evidence in about.items() if evidence.statements}
    return together(basis.values(), lead.spans, basis)


@lru_cache(maxsize=1024)
def _spans(score: Score, bands: tuple[Band, ...], recalibration: Recalibration | None) -> Values:
    # While every class is possible the model says nothing of this patient, even where all of its classes are short.
    if len(bands) == len(score.bands):
        return UNKNOWN
    if recalibration is not None:
        return _union(median_here(band, recalibration) for band in bands)
    return _union(median(band) for band in bands)


@lru_cache(maxsize=4096)
def _outlives(values: Values, months: float, *, at: bool | None) -> bool | None:
    """Whether each of the possible numbers of months is longer; ``at`` is the answer for just as many."""
    answers = {answer for span in values if isinstance(span, Span) for answer in _answers(span, months, at)}
    return answers.pop() if len(answers) == 1 else None


def _answers(span: Span, months: float, at: bool | None) -> Iterator[bool | None]:
    """The answers for the numbers of a span."""
    if span.low < months:
        yield False
    if span.meet(Span.point(months)) is not None:
        yield at
    if span.high > months:
        yield True
