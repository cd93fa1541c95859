"""The pictures of an evaluation: drawn once as SVG for the report, and as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil, isnan
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from service.validation.evaluation import NOTHING, THRESHOLDS, Estimate, Evaluation, Key
from service.validation.names import class_title, when
from service.validation.sample import Floats, Sample
from service.validation.samples import SEVERAL

#: Told apart by the colour-blind as well (Okabe and Ito), and by their dashes and signs in black and white.
_LINES: tuple[tuple[str, Any, str], ...] = (
    ("#0072b2", "-", "o"),
    ("#d55e00", (0, (5, 1.5)), "s"),
    ("#009e73", (0, (6, 1.5, 1, 1.5)), "^"),
    ("#cc79a7", (0, (1, 1)), "D"),
    ("#56b4e9", (0, (9, 2)), "v"),
    ("#e69f00", (0, (4, 1.5, 1, 1.5, 1, 1.5)), "P"),
    ("#000000", (0, (2, 3)), "X"),
)
_GREY = "#777777"
#: Those of whom several classes are possible are no class.
_NO_CLASS: dict[str, Any] = {"color": _GREY, "linestyle": (0, (1, 2))}
#: Days at which the numbers at risk are printed, and to which a curve is drawn.
AT_RISK = (0, 91, 183, 365, 548, 730)
#: Days of a month. The days above are whole numbers of months, rounded.
_MONTH = 365.25 / 12
#: Letters of a class beside the numbers at risk.
_WIDE = 32
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


@dataclass(frozen=True)
class Picture:
    name: str
    """Of the file, without its ending."""
    title: str
    """What is seen, for those who do not see it as well."""
    explained: str
    """How it is read, for those who have not seen one before."""
    svg: str
    """One element, without what a page must not hold inside."""
    png: bytes


def pictures(evaluation: Evaluation, smallest: int, hidden: set[str]) -> Iterator[Picture]:
    """The pictures of one model, of an evaluation without the figures of too few (``withholding.to_show``).

    Without the ``hidden`` groups; curves end with ``smallest`` at risk.
    """
    model, name = _plain(evaluation.data.title), _file(evaluation.data.model)
    if evaluation.followed:
        yield _picture(
            f"{name}-average",
            f"{model}: share alive, as it was (Kaplan-Meier) and as the model says",
            "The line is the share of all patients with one prediction who were alive, with 95 % intervals as upright "
            "strokes. The diamonds are what the model says of them on average: above a stroke it promises too much, "
            "below it is too gloomy.",
            lambda axes: _average(axes, evaluation, smallest),
        )
    yield _picture(
        f"{name}-survival",
        f"{model}: share alive by class (Kaplan-Meier)",
        "Each line is a class of the model: the share of its patients who are alive after so many months, with 95 % "
        "intervals as upright strokes. A model that fits keeps the lines apart, in their order. Below are the patients "
        "still in sight; a line ends where they are few.",
        lambda axes: _survival(axes, evaluation, smallest, hidden),
    )
    if evaluation.followed:
        yield _picture(
            f"{name}-calibration",
            f"{model}: predicted and observed share alive",
            "Each point is a class at one time. On the grey line as many lived as the model said; below it fewer, so "
            "that the model promises too much; above it more. The upright strokes are 95 % intervals.",
            lambda axes: _calibration(axes, evaluation, hidden),
        )
        yield _picture(
            f"{name}-decision",
            f"{model}: net benefit of acting on a predicted death",
            "Whoever would act (for example, not operate) from some predicted probability of death on finds it at the "
            "foot. Where the line of the model lies above both others, using it does more good than acting on all or "
            "on nobody; where it lies below, it does harm. The shade is the 95 % interval.",
            lambda axes: _decision(axes, evaluation),
        )


def _picture(name: str, title: str, explained: str, draw: Callable[[Axes], None]) -> Picture:
    # The salt makes the same picture the same bytes, and keeps the names inside apart from those of other pictures.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(8.4, 4.4), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        if axes.get_legend_handles_labels()[1]:
            # Outside, where it hides nothing.
            figure.legend(loc="outside right center", frameon=False)
        # A title of a model may hold a dollar, which would begin a formula.
        axes.set_title(title.replace("$", r"\$"), loc="left", fontsize=10)
        svg, png = BytesIO(), BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=150, metadata={"Software": None})
    return Picture(name, title, explained, _inline(svg.getvalue().decode(), name), png.getvalue())


def _inline(svg: str, name: str) -> str:
    """The element alone; the names of its parts begin with that of the picture, for a page has each name once."""
    element = re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    parts = set(re.findall(r'\bid="([^"]+)"', element))
    for part in parts:
        element = re.sub(rf'(\bid="|#){re.escape(part)}(?=["\)])', rf"\g<1>{name}-{part}", element)
    return element


def _file(model: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", model)[:40] or "model"


def _plain(name: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in name)[:60]


def _line(number: int) -> dict[str, Any]:
    colour, dashes, _ = _LINES[number % len(_LINES)]
    return {"color": colour, "linestyle": dashes}


def _sign(number: int) -> str:
    return _LINES[number % len(_LINES)][2]


def shown_curve(sample: Sample, smallest: int, last: int = AT_RISK[-1]) -> tuple[Floats, Floats]:
    """Days and shares alive to the ``last`` day, as far as ``smallest`` patients are at risk, once a month.

    The distance keeps the day on which one patient died from being read off.
    """
    days = np.array([round(_MONTH * month) for month in range(ceil(last / _MONTH - 0.05) + 1)], dtype=float)
    time, share = sample.curve
    alive = np.concatenate(([1.0], share))[np.searchsorted(time, days, side="right")]
    # All who died are still counted at the end of a curve that nobody was lost from.
    enough = np.array([sample.at_risk(day) >= smallest for day in days])
    return days[enough], alive[enough]


def groups(evaluation: Evaluation) -> Iterator[tuple[str, Sample]]:
    """The patients of each class, the best outlook first, and at last those of whom several are possible."""
    everybody = evaluation.data.at_best
    for number, name in enumerate(evaluation.data.groups):
        yield name, everybody.take(np.flatnonzero(everybody.group == number))
    several = np.flatnonzero(everybody.group == len(evaluation.data.groups))
    if len(several):
        yield SEVERAL, everybody.take(several)


def _over_time(axes: Axes, days: Sequence[int] = AT_RISK) -> None:
    """Time from left to right in months, with a mark at each of the days, and the share alive upwards."""
    axes.set(
        xlabel="months after the index date", ylabel="share alive", xlim=(0, days[-1] + 12), ylim=(0, 1.02),
        xticks=days, xticklabels=[f"{round(day / _MONTH, 1):g}" for day in days],
    )  # fmt: skip
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _stroke(axes: Axes, x: float, found: Estimate, colour: str) -> None:
    if not isnan(found.low):
        axes.plot([x, x], [found.low, found.high], color=colour, linewidth=1, solid_capstyle="butt")


def _average(axes: Axes, evaluation: Evaluation, smallest: int) -> None:
    marks = (*AT_RISK, *(horizon for horizon in evaluation.followed if horizon > AT_RISK[-1]))
    days, alive = shown_curve(evaluation.data.certain, smallest, marks[-1])
    axes.plot(days, alive, label="as it was", color="#000000")
    for horizon in evaluation.followed:
        _stroke(axes, horizon, evaluation.estimates[Key("alive", horizon)], "#000000")
    said = [evaluation.estimates[Key("alive_predicted", horizon)].value for horizon in evaluation.followed]
    axes.plot(evaluation.followed, said, "D", color=_LINES[0][0], fillstyle="none", label="as the model says")
    _over_time(axes, marks)


def _survival(axes: Axes, evaluation: Evaluation, smallest: int, hidden: set[str]) -> None:
    for number, (name, sample) in enumerate(groups(evaluation)):
        days, alive = shown_curve(sample, smallest)
        if name in hidden or len(days) < 2:
            continue
        line = _NO_CLASS if name == SEVERAL else _line(number)
        axes.plot(days, alive, label=_class(evaluation, name), **line)
        # Strokes of two classes that are alike stand beside each other.
        aside = 4 * (number - len(evaluation.data.groups) / 2)
        for day in AT_RISK[1:]:
            if sample.at_risk(day) >= smallest:
                found = evaluation.estimates.get(Key("observed_alive", day, name), NOTHING)
                _stroke(axes, day + aside, found, line["color"])
    _over_time(axes)
    _numbers_at_risk(axes, evaluation, smallest, hidden)


def _class(evaluation: Evaluation, name: str) -> str:
    """The name of a class in a picture, where a dollar would begin a formula."""
    return _plain(class_title(evaluation.data.model, name)).replace("$", r"\$")


def _numbers_at_risk(axes: Axes, evaluation: Evaluation, smallest: int, hidden: set[str]) -> None:
    """The patients at risk under the days, a line for each class that is drawn."""
    found = [(name, sample) for name, sample in groups(evaluation) if len(sample) and name not in hidden]
    # The names end where the widest number at the beginning has room, 5 points for a digit.
    left = -8 - 5 * max((len(str(len(sample))) for _, sample in found), default=1)
    for n, name in enumerate(("patients at risk", *(_class(evaluation, name)[:_WIDE] for name, _ in found))):
        _below(axes, name, (0, 0), (left, n), coordinates="axes fraction", ha="right")
    for n, (_, sample) in enumerate(found, start=1):
        for day in AT_RISK:
            number = sample.at_risk(day)
            said = f"<{smallest}" if 0 < number < smallest else str(number)
            _below(axes, said, (day, 0), (0, n), coordinates=("data", "axes fraction"), ha="center")


def _below(
    axes: Axes, said: str, at: tuple[float, float], place: tuple[float, int], *, coordinates: Any, ha: str
) -> None:
    """A text under the axis: so many points aside, and in so many lines."""
    aside, line = place
    axes.annotate(
        said, at, (aside, -34 - 11 * line), xycoords=coordinates, textcoords="offset points", ha=ha, fontsize=8
    )


def _calibration(axes: Axes, evaluation: Evaluation, hidden: set[str]) -> None:
    axes.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8, label="as predicted")
    for number, horizon in enumerate(evaluation.followed):
        points = []
        for name in evaluation.data.groups:
            predicted = evaluation.estimates.get(Key("predicted_alive", horizon, name), NOTHING)
            observed = evaluation.estimates.get(Key("observed_alive", horizon, name), NOTHING)
            if name not in hidden and not isnan(predicted.value) and not isnan(observed.value):
                points.append((predicted.value, observed))
        line = _line(number)
        seen_alive = [observed.value for _, observed in points]
        axes.plot(
            [x for x, _ in points], seen_alive, marker=_sign(number), markersize=5, label=f"after {when(horizon)}",
            **line,
        )  # fmt: skip
        for x, seen in points:
            _stroke(axes, x, seen, line["color"])
    axes.set(xlabel="predicted share alive", ylabel="observed share alive", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1))


def _decision(axes: Axes, evaluation: Evaluation) -> None:
    horizon = min(evaluation.followed, key=lambda h: abs(h - 183))
    for number, (measure, label) in enumerate((("net_benefit", "by the model"), ("net_benefit_all", "act on all"))):
        gains = [evaluation.estimates.get(Key(measure, horizon, f"{t:.2f}"), NOTHING) for t in THRESHOLDS]
        axes.plot(THRESHOLDS, [gain.value for gain in gains], label=label, **_line(number))
        if measure == "net_benefit":
            axes.fill_between(
                THRESHOLDS, [g.low for g in gains], [g.high for g in gains], color=_LINES[0][0], alpha=0.15, linewidth=0
            )
            best = max((gain.value for gain in gains if not isnan(gain.value)), default=0)
    axes.axhline(0, color=_GREY, linewidth=0.8, label="act on nobody")
    axes.set(
        xlabel=f"probability of death within {when(horizon)} at which one would act",
        ylabel="net benefit (deaths foreseen for each patient)", ylim=(-0.05, max(0.1, best + 0.1)), xlim=(0, 1),
    )  # fmt: skip
    axes.xaxis.set_major_formatter(PercentFormatter(1))
