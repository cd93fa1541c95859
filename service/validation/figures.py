"""The pictures of an evaluation: drawn once as SVG for the report, and as files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from math import isnan
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from service.validation.evaluation import THRESHOLDS, Estimate, Evaluation, Key
from service.validation.sample import Floats, Sample

#: Told apart by the colour-blind as well, and by their dashes in black and white.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
_DASHES = ("-", "--", "-.", ":")
#: Days at which the numbers at risk are printed, and to which a curve is drawn.
AT_RISK = (0, 91, 183, 365, 548, 730)
#: Letters of a class beside the numbers at risk.
_WIDE = 24
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
    """The pictures of one model, without the ``hidden`` groups; curves end with ``smallest`` at risk."""
    model = _plain(evaluation.data.title)
    yield _picture(
        f"{_file(evaluation.data.model)}-survival",
        f"{model}: share alive by class (Kaplan-Meier)",
        "Each line is a class of the model: the share of its patients who are alive after so many days. A model that "
        "fits keeps the lines apart, in their order. Below are the patients still in sight; a line ends where they are "
        "few.",
        lambda axes: _survival(axes, evaluation, smallest, hidden),
    )
    if evaluation.followed:
        yield _picture(
            f"{_file(evaluation.data.model)}-calibration",
            f"{model}: predicted and observed share alive",
            "Each point is a class at one time. On the grey line as many lived as the model said; below it fewer, so "
            "that the model promises too much; above it more. The upright strokes are 95 % intervals.",
            lambda axes: _calibration(axes, evaluation, hidden),
        )
        yield _picture(
            f"{_file(evaluation.data.model)}-decision",
            f"{model}: net benefit of acting on a predicted death",
            "Whoever would act (for example, not operate) from some predicted probability of death on finds it at the "
            "foot. Where the line of the model lies above both others, using it does more good than acting on all or "
            "on nobody; where it lies below, it does harm.",
            lambda axes: _decision(axes, evaluation),
        )


def _picture(name: str, title: str, explained: str, draw: Callable[[Axes], None]) -> Picture:
    # The salt makes the same picture the same bytes, and keeps the names inside apart from those of other pictures.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(7.2, 4.4), layout="constrained")
        axes = figure.subplots()
        draw(axes)
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
    return {"color": _COLOURS[number % len(_COLOURS)], "linestyle": _DASHES[number % len(_DASHES)]}


def shown_curve(sample: Sample, smallest: int) -> tuple[Floats, Floats]:
    """Days and shares alive, as far as ``smallest`` patients are at risk, at every 30th day.

    The distance keeps the day on which one patient died from being read off.
    """
    days = np.arange(0, AT_RISK[-1] + 30, 30, dtype=float)
    time, share = sample.curve
    alive = np.concatenate(([1.0], share))[np.searchsorted(time, days, side="right")]
    # All who died are still counted at the end of a curve that nobody was lost from.
    enough = np.array([at_risk(sample, day) >= smallest for day in days])
    return days[enough], alive[enough]


def at_risk(sample: Sample, day: float) -> int:
    return int(np.sum(sample.time >= day))


def groups(evaluation: Evaluation) -> Iterator[tuple[str, Sample]]:
    """The patients of each class, the best outlook first, and at last those of whom several are possible."""
    everybody = evaluation.data.at_best
    for number, name in enumerate(evaluation.data.groups):
        yield name, everybody.take(np.flatnonzero(everybody.group == number))
    several = np.flatnonzero(everybody.group == len(evaluation.data.groups))
    if len(several):
        yield "several possible", everybody.take(several)


def _survival(axes: Axes, evaluation: Evaluation, smallest: int, hidden: set[str]) -> None:
    for number, (name, sample) in enumerate(groups(evaluation)):
        if len(sample) and name not in hidden:
            days, alive = shown_curve(sample, smallest)
            axes.plot(days, alive, label=_plain(name).replace("$", r"\$"), **_line(number))
    axes.set(xlabel="days", ylabel="share alive", xlim=(0, AT_RISK[-1]), ylim=(0, 1.02), xticks=AT_RISK)
    _numbers_at_risk(axes, evaluation, smallest, hidden)
    if axes.lines:
        axes.legend(frameon=False, title="class")


def _numbers_at_risk(axes: Axes, evaluation: Evaluation, smallest: int, hidden: set[str]) -> None:
    """The patients at risk under the days, a line for each class that is drawn."""
    lines = [f"{'at risk':<{_WIDE}}"]
    for name, sample in groups(evaluation):
        if len(sample) and name not in hidden:
            lines.append(_plain(name)[:_WIDE])
            for day in AT_RISK:
                number = at_risk(sample, day)
                axes.annotate(
                    f"<{smallest}" if 0 < number < smallest else str(number),
                    (day, 0), (0, -34 - 11 * (len(lines) - 1)),
                    xycoords=("data", "axes fraction"), textcoords="offset points", ha="center", fontsize=8,
                )  # fmt: skip
    for n, line in enumerate(lines):
        axes.annotate(
            line.strip().replace("$", r"\$"), (0, 0), (-14, -34 - 11 * n),
            xycoords="axes fraction", textcoords="offset points", ha="right", fontsize=8,
        )  # fmt: skip


def _calibration(axes: Axes, evaluation: Evaluation, hidden: set[str]) -> None:
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=0.8, label="as predicted")
    for number, horizon in enumerate(evaluation.followed):
        points = []
        for name in evaluation.data.groups:
            predicted = evaluation.estimates.get(Key("predicted_alive", horizon, name), Estimate(float("nan")))
            observed = evaluation.estimates[Key("observed_alive", horizon, name)]
            if name not in hidden and not isnan(predicted.value) and not isnan(observed.value):
                points.append((predicted.value, observed))
        line = _line(number)
        seen_alive = [observed.value for _, observed in points]
        axes.plot([x for x, _ in points], seen_alive, marker="o", markersize=4, label=f"{horizon} days", **line)
        for x, seen in points:
            if not isnan(seen.low):
                axes.plot([x, x], [seen.low, seen.high], color=line["color"], linewidth=1)
    axes.set(xlabel="predicted share alive", ylabel="observed share alive", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(frameon=False)


def _decision(axes: Axes, evaluation: Evaluation) -> None:
    horizon = min(evaluation.followed, key=lambda h: abs(h - 183))
    for number, (measure, label) in enumerate((("net_benefit", "by the model"), ("net_benefit_all", "act on all"))):
        gains = [evaluation.estimates[Key(measure, horizon, f"{t:.2f}")] for t in THRESHOLDS]
        axes.plot(THRESHOLDS, [gain.value for gain in gains], label=label, **_line(number))
        if measure == "net_benefit":
            axes.fill_between(
                THRESHOLDS, [g.low for g in gains], [g.high for g in gains], color=_COLOURS[0], alpha=0.15, linewidth=0
            )
    axes.axhline(0, color="#888888", linewidth=0.8, label="act on nobody")
    best = max((evaluation.estimates[Key("net_benefit", horizon, f"{t:.2f}")].value for t in THRESHOLDS), default=0)
    axes.set(
        xlabel=f"probability of death within {horizon} days at which one would act",
        ylabel="net benefit", ylim=(-0.05, max(0.1, best + 0.1)),
    )  # fmt: skip
    axes.legend(frameon=False)
