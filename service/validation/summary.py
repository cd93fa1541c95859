"""The summary of a report in plain words: which model fits best here, how well, and what that does not mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from service.validation.comparison import ENOUGH_DEATHS, ENOUGH_PATIENTS, Comparison, Verdict
from service.validation.evaluation import FEWEST_DRAWS, Estimate, Evaluation
from service.validation.names import title, when
from service.validation.table import Counted
from service.validation.tables import estimate

#: The share of the patients from which a caution is said at the head.
_MANY = 0.1

NOT_MEANT = (
    "The best of those that were compared may still be wrong for one patient: every figure is of a group.",
    "It does not follow that patients who are treated by it live longer. Treatment was chosen by people who may have "
    "used such a model, and treatment changes how long patients live.",
    "It holds for patients like those in the table: those who came to this hospital, in these years, and were entered.",
    "A small difference is no reason to change; a model has to be known, and made of findings that are there.",
    "Nothing was changed by this report: the model that leads in the policy is chosen by people.",
)


@dataclass(frozen=True)
class Summary:
    verdict: str
    sentences: tuple[str, ...]
    basis: str = ""
    """What the verdict rests on, in figures."""
    cautions: tuple[str, ...] = ()
    """What has to be known of the patients before anybody relies on it."""
    not_meant: tuple[str, ...] = NOT_MEANT


def summarised(evaluations: Sequence[Evaluation], comparison: Comparison, balance: Sequence[Counted] = ()) -> Summary:
    """The summary of all models."""
    best = next((each for each in evaluations if each.data.model == comparison.best), None)
    skills = [estimate(best, "brier_skill", day).value for day in best.followed] if best else []
    sentences = [*(_how_good(best) if best else ()), *_left_out(comparison), *_missing(evaluations)]
    verdict, basis = _verdict(comparison)
    if skills and all(skill <= 0 for skill in skills):
        it = "It is no" if len(comparison.standings) == 1 else "None of them is"
        verdict += f" {it} better than telling every patient the average: no model fits here as it is."
    return Summary(verdict, tuple(sentences), basis, (*_beyond(evaluations, comparison), *_cautions(balance)))


def _beyond(evaluations: Sequence[Evaluation], comparison: Comparison) -> Iterator[str]:
    """The models of which the comparison asks more than is published."""
    compared = {standing.model for standing in comparison.standings}
    models: dict[tuple[int, ...], list[str]] = {}
    for each in evaluations:
        late = tuple(day for day in each.data.beyond if day in comparison.horizons)
        if late and each.data.model in compared:
            models.setdefault(late, []).append(each.data.title)
    for late, names in models.items():
        yield (
            f"For some classes nothing is published as late as {' and '.join(map(when, late))} ({', '.join(names)}): "
            "patients are taken to go on dying as fast as before, and the error counts that as well."
        )


def _cautions(balance: Sequence[Counted]) -> Iterator[str]:
    """What is true of so many patients that the figures may be another than they would be without it."""
    whole = next((each.patients for each in balance if each.kind == "all"), 0)
    for each in balance:
        if each.kind == "caution" and each.patients >= _MANY * whole:
            yield f"{each.patients / whole:.0%} of the patients of the cohort: {each.says}."


def _verdict(found: Comparison) -> tuple[str, str]:
    """The verdict, and what it rests on."""
    if found.verdict is Verdict.NONE:
        if not found.compared:
            return "These data do not say which model fits best: none of the models could be compared.", ""
        few = found.patients < ENOUGH_PATIENTS or found.deaths < ENOUGH_DEATHS
        why = (
            f"at least {ENOUGH_PATIENTS} patients with a prediction of every model, and {ENOUGH_DEATHS} deaths among "
            "them, are needed"
            if few
            else "there is no time at which all of them give a probability and to which patients were followed"
        )
        return f"These data do not say which model fits best: {why}.", ""
    first, *others = found.standings
    if found.verdict is Verdict.ONE:
        return (
            f"Only one model could be evaluated ({title(first.model)}): whether another fits better cannot be said.",
            "",
        )
    days = [when(found.horizons[0]), when(found.horizons[-1])]
    times = f"after {days[0]}" if len(found.horizons) == 1 else f"from {days[0]} to {days[1]}"
    basis = (
        f"Of {found.patients} patients ({found.deaths} died) who have a prediction of every model, {times}, its "
        f"error is {_interval(first.error)}; that of the next ({title(others[0].model)}) {_interval(others[0].error)}. "
        "Less is better, and 0.25 is what saying 50 % to everybody gives."
    )
    if found.verdict is Verdict.CLEAR:
        return f"{title(first.model)} fits best here. The difference is more than chance.", basis
    if isnan(first.error.low):
        return (
            f"{title(first.model)} has the smallest error here. Whether that is more than chance was not computed: it "
            f"takes at least {FEWEST_DRAWS} draws (--bootstrap).",
            basis,
        )
    alike = ", ".join(title(each.model) for each in others if not each.behind.low > 0)
    return f"{title(first.model)} has the smallest error here, but these data cannot tell it from {alike}.", basis


def _interval(found: Estimate) -> str:
    if isnan(found.low):
        return f"{found.value:.3f}"
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _how_good(best: Evaluation) -> list[str]:
    sentences = []
    order = estimate(best, "harrell_c")
    if not isnan(order.value):
        sentences.append(
            f"Of 100 pairs of patients, the one who died first had the worse prediction in {order.value * 100:.0f} "
            "(50 would be tossing a coin)."
        )
    for horizon in best.followed:
        said, seen = estimate(best, "alive_predicted", horizon), estimate(best, "alive", horizon)
        ratio, skill = estimate(best, "observed_to_expected_deaths", horizon), estimate(best, "brier_skill", horizon)
        if isnan(said.value) or isnan(seen.value):
            continue
        text = (
            f"After {when(horizon)} it said {said.value:.0%} would be alive, and {seen.value:.0%} were{_judged(ratio)}."
        )
        if skill.value <= 0:
            text += " It is no better there than telling every patient the average."
        sentences.append(text)
    return sentences


def _judged(ratio: Estimate) -> str:
    """What the ratio of deaths to those foretold says, where it has an interval."""
    if isnan(ratio.low):
        return ""
    if ratio.low > 1:
        return ": it promises too much"
    return ": it is too gloomy" if ratio.high < 1 else ": within the play of chance"


def _left_out(found: Comparison) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for model, why in found.left_out.items():
        reasons.setdefault(why, []).append(title(model))
    return [f"Not compared ({why}): {', '.join(models)}." for why, models in reasons.items()]


def _missing(evaluations: Sequence[Evaluation]) -> list[str]:
    some = [
        f"{title(each.data.model)} {1 - len(each.data.certain) / len(each.data.rows):.0%}"
        for each in evaluations
        if len(each.data.rows) > len(each.data.certain)
    ]
    if not some:
        return ["Every patient has one prediction of each model."]
    return [
        "Where findings are missing a model gives a range. Such patients are not in the main figures, and are counted "
        f"in those of all patients: {', '.join(some)}."
    ]
