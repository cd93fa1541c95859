"""The picture of the figures: an assessment by the length of its record, and how the ratios went over the runs.

Colours are told apart by the colour-blind as well, and every line is named where it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from tests.bench.figures import SIZES, high_is_good, target
from tests.bench.serving import ROOT

FILE = ROOT / "docs" / "images" / "performance.svg"
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_MARKS = "osD^"
_TARGET = "#555555"
_MOST_RUNS = 30
_ALIKE = ("processor", "cores", "quick")
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "spinemets",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
}
Lines = Sequence[Mapping[str, Any]]


def write(lines: Lines, file: Path = FILE) -> None:
    """Draws the runs of a history; nothing where there are none."""
    shown = _shown(lines)
    if shown:
        file.write_text(svg(shown), "utf-8")


def _shown(lines: Lines) -> Lines:
    """The runs that can be compared with the last whole one, or with the last quick one if there is no other."""
    whole = [line for line in lines if not line["quick"]] or lines
    last = whole[-1] if whole else {}
    return [line for line in whole if all(line[name] == last[name] for name in _ALIKE)]


def svg(lines: Lines) -> str:
    """The picture as one file of SVG."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(10.5, 6.6), layout="constrained")
        axes = figure.subplots(2, 3).flat
        _by_entries(next(axes), _of(lines, "assessment"))
        _over_runs(
            next(axes),
            "Assessment, collector off",
            "CPU time to orjson.loads",
            _of(lines, "assessment"),
            {"ratio: 500 pretty, collector off": "500 entries", "ratio: 5000 pretty, collector off": "5,000 entries"},
        )
        _over_runs(
            next(axes),
            "HTTP",
            "calls/s, share of an echo",
            _of(lines, "http"),
            {"share of echo: 50 entries": "50 entries", "share of echo: 500 entries": "500 entries"},
        )
        _over_runs(
            next(axes),
            "CDS Hooks, the same cards",
            "calls/s to HealthChain and to an echo",
            _of(lines, "cds"),
            {"calls/s to HealthChain": "to HealthChain", "share of echo: calls/s": "to an echo"},
        )
        _over_runs(next(axes), "Start", "seconds to ready", _of(lines, "start"), {"s to ready": "to ready"})
        _over_runs(
            next(axes),
            "Cohort, one in 50 with a tumour",
            "CPU time to reading and decoding",
            _of(lines, "cohort"),
            {"ratio: 50 lines, one in 50": "50 lines", "ratio: 500 lines, one in 50": "500 lines"},
        )
        last = lines[-1]
        quick = ", quick runs" if last["quick"] else ""
        said = f"{last['processor']}, {last['cores']} processors{quick}; last run {last['date'][:10]}, {last['commit']}"
        figure.supxlabel(said, fontsize=8, color=_TARGET)
        written = StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Title": "Performance against its targets"})
    return written.getvalue()


def _of(lines: Lines, section: str) -> Lines:
    return [line for line in lines if line["section"] == section][-_MOST_RUNS:]


def _by_entries(axes: Axes, lines: Lines) -> None:
    """The last run: a line for each way in which a record is written."""
    axes.set_title("Assessment by the length of the record")
    axes.set_ylabel("CPU time to orjson.loads\n(lower is better)")
    axes.set_xlabel("entries")
    ends = []
    for n, form in enumerate(("pretty", "compact")):
        found = lines[-1]["ratios"] if lines else {}
        points = [(size, found[name]) for size in SIZES if (name := f"ratio: {size} {form}, collector off") in found]
        if points:
            axes.plot(*zip(*points, strict=True), _MARKS[n], color=_COLOURS[n], ls="-", markersize=4, label=form)
            ends.append(points)
    if not ends:
        _empty(axes)
        return
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(FixedLocator(SIZES))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(FixedLocator((0.5, 1, 2, 5, 10, 20, 50)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlim(SIZES[0] * 0.7, SIZES[-1] * 1.5)
    highest = max(value for points in ends for _, value in points)
    axes.set_ylim(0.4, max(highest * 1.4, 3))
    limit = target("assessment", "ratio: 500 pretty, collector off")
    assert limit is not None
    axes.plot([500, SIZES[-1] * 1.5], [limit.limit] * 2, color=_TARGET, ls="--", lw=1)
    axes.annotate(f"target {limit}, from 500", (500, limit.limit), (0, -11), textcoords="offset points", color=_TARGET)
    axes.legend(frameon=False, loc="upper right")


def _over_runs(axes: Axes, title: str, unit: str, lines: Lines, names: Mapping[str, str]) -> None:
    """A line for each figure, over the runs from the oldest to the newest; targets are dashed."""
    axes.set_title(title)
    limits = {name: limit for line in lines for name in names if (limit := target(line["section"], name))}
    better = "higher" if any(map(high_is_good, names)) else "lower"
    axes.set_ylabel(f"{unit}\n({better} is better)")
    highest = 0.0
    for n, (name, label) in enumerate(names.items()):
        found = [(number, {**line["ratios"], **line["figures"]}.get(name)) for number, line in enumerate(lines)]
        points = [(number, value) for number, value in found if value is not None]
        if points:
            axes.plot(*zip(*points, strict=True), _MARKS[n], color=_COLOURS[n], ls="-", markersize=4, label=label)
            axes.annotate(
                f"{points[-1][1]:.3g}", points[-1], (6, -3), textcoords="offset points", color=_COLOURS[n], fontsize=9
            )
            highest = max(highest, *(value for _, value in points))
    if not highest:
        _empty(axes)
        return
    for height in {limit.limit for limit in limits.values()}:
        meant = [name for name, limit in limits.items() if limit.limit == height]
        of = "" if len(meant) == len(names) else ", " + ", ".join(names[name] for name in meant)
        axes.axhline(height, color=_TARGET, ls="--", lw=1)
        axes.annotate(
            f"target {limits[meant[0]]}{of}",
            (0, height),
            (2, 3),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=_TARGET,
        )
    axes.set_ylim(0, max(highest, *(limit.limit for limit in limits.values()), 0) * 1.3)
    axes.set_xlim(-0.5, max(len(lines) - 0.3, 1.2))
    places = range(0, len(lines), -(-len(lines) // 4))
    axes.set_xticks(places, [lines[each]["date"][5:10] for each in places])
    axes.legend(frameon=False, loc="upper left", ncols=2, borderaxespad=0)


def _empty(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.annotate("not measured yet", (0.5, 0.5), xycoords="axes fraction", ha="center", color=_TARGET)
