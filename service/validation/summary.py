"""The summary of a report in plain words: which model fits best here, how well, and what that does not mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from service.scoring import ENGINES
from service.validation.comparison import ENOUGH_DEATHS, ENOUGH_PATIENTS, Comparison, Verdict
from service.validation.evaluation import Estimate, Evaluation
from service.validation.tables import estimate

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
    not_meant: tuple[str, ...] = NOT_MEANT


def summarised(evaluations: Sequence[Evaluation], comparison: Comparison) -> Summary:
    """The summary of all models."""
    best = next((each for each in evaluations if each.data.model == comparison.best), None)
    skills = [estimate(best, "brier_skill", day).value for day in best.followed] if best else []
    sentences = [*(_how_good(best) if best else ()), *_left_out(comparison), *_missing(evaluations)]
    verdict = _verdict(comparison)
    if skills and all(skill <= 0 for skill in skills):
        verdict += " None of them is better than telling every patient the average: no model fits here as it is."
    return Summary(verdict, tuple(sentences))


def title(model: str) -> str:
    return ENGINES[model].score.title if model in ENGINES else model


def _verdict(found: Comparison) -> str:
    if found.verdict is Verdict.NONE:
        few = found.patients < ENOUGH_PATIENTS or found.deaths < ENOUGH_DEATHS
        why = (
            f"at least {ENOUGH_PATIENTS} patients with a prediction of every model, and {ENOUGH_DEATHS} deaths among "
            "them, are needed"
            if few
            else "there is no time at which all of them give a probability and to which patients were followed"
        )
        return f"These data do not say which model fits best: {why}."
    first, *others = found.standings
    days = " and ".join(
        map(str, found.horizons[-1:] if len(found.horizons) == 1 else (found.horizons[0], found.horizons[-1]))
    )
    basis = f"on {found.patients} patients who have a prediction of every model, between {days} days"
    if len(found.horizons) == 1:
        basis = f"on {found.patients} patients, at {days} days"
    if found.verdict is Verdict.ONE:
        return f"Only one model could be evaluated ({title(first.model)}): whether another fits better cannot be said."
    error = f"error {_interval(first.error)}, the next ({title(others[0].model)}) {_interval(others[0].error)}"
    if found.verdict is Verdict.CLEAR:
        return f"{title(first.model)} fits best here: {error}; {basis}. The difference is more than chance."
    alike = ", ".join(title(each.model) for each in others if not each.behind.low > 0)
    return (
        f"{title(first.model)} has the smallest error here, but these data cannot tell it from {alike}: "
        f"{error}; {basis}."
    )


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
        judged = "within the play of chance"
        if ratio.low > 1:
            judged = "it promises too much"
        elif ratio.high < 1:
            judged = "it is too gloomy"
        text = f"At {horizon} days it said that {said.value:.0%} would be alive, and {seen.value:.0%} were: {judged}."
        if skill.value <= 0:
            text += " It is no better there than telling every patient the average."
        sentences.append(text)
    return sentences


def _left_out(found: Comparison) -> list[str]:
    return [f"{title(model)} could not be compared: {why}." for model, why in found.left_out.items()]


def _missing(evaluations: Sequence[Evaluation]) -> list[str]:
    some = [
        f"{title(each.data.model)} {1 - len(each.data.certain) / len(each.data.rows):.0%}"
        for each in evaluations
        if len(each.data.rows) > len(each.data.certain)
    ]
    if not some:
        return ["Every patient has one prediction of each model."]
    return [
        "Where findings are missing a model gives a range; those patients are not in the main figures, and are in the "
        f"two columns that take every range at its one end and at its other: {', '.join(some)} of the patients."
    ]
