"""The page of a report: what a board reads, in words first, and each table in the form in which it is read best.

The CSV files have a row for each figure. Here the times are columns, and the names are those that people use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from service import __version__
from service.validation.comparison import Comparison
from service.validation.evaluation import FEWEST_DRAWS, Evaluation
from service.validation.figures import Picture
from service.validation.names import class_title, title, when
from service.validation.summary import summarised
from service.validation.synthetic import HORIZONS
from service.validation.table import Counted
from service.validation.tables import WITHHELD, Cell, Grid

_PACKAGES = ("lifelines", "scikit-survival", "scikit-learn", "numpy", "matplotlib")
#: The measures of a model in the order of reading.
_MEASURES = {
    "harrell_c": "Harrell's C", "uno_c": "Uno's C", "auc": "AUC", "alive_predicted": "alive, as the model says",
    "alive": "alive, as it was", "observed_to_expected_deaths": "deaths: observed / expected",
    "calibration_slope": "calibration slope", "calibration_intercept": "calibration intercept",
    "calibration_in_the_large": "calibration in the large", "brier": "Brier score", "brier_skill": "Brier skill",
    "integrated_brier": "integrated Brier score", "median_days": "median survival, days",
    "log_rank_p": "log-rank p between classes",
}  # fmt: skip
#: Of a tumour or a period.
_BRIEF = ("harrell_c", "alive_predicted", "alive", "observed_to_expected_deaths")
_UNDER = "under 0.001"
_KINDS = {"all": "", "left out": "left out", "caution": "counted, with caution"}

Row = Sequence[Cell]


@dataclass(frozen=True)
class About:
    """How an evaluation was made."""

    made: str
    data_sha256: str
    seed: int
    draws: int
    smallest: int
    unread: str = ""
    synthetic: bool = False
    """Patients among them were never there."""
    version: str = __version__

    @property
    def packages(self) -> str:
        return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def report(
    evaluations: Sequence[Evaluation],
    comparison: Comparison,
    about: About,
    tables: Sequence[Grid],
    drawn: Mapping[str, Sequence[Picture]],
    balance: Sequence[Counted] = (),
) -> str:
    """The page: one file without scripts, to read, to print and to keep."""
    of = {table.name: table for table in tables}
    models = [
        {
            "title": each.data.title,
            "code": each.data.model,
            "notes": each.notes,
            "pictures": drawn[each.data.model],
            "tables": [*_of_model(each.data.model, of)],
        }
        for each in evaluations
    ]
    page = Environment(loader=PackageLoader("service.validation"), autoescape=True).get_template("report.html")
    return page.render(
        summary=summarised(evaluations, comparison, balance),
        models=models,
        about=about,
        fewest_draws=FEWEST_DRAWS,
        patients=_patients(of["patients"]),
        balance=_balance(of["balance"]) if of["balance"].rows else "",
        comparison=_comparison(of["comparison"]) if of["comparison"].rows else "",
    )


def _patients(table: Grid) -> Markup:
    names = ("model", "patients", "deaths", "with one prediction", "with a range", "outcome missing", "of them dead")
    return _grid("Patients of each model", names, [(title(str(row[0])), *row[1:]) for row in table.rows])


def _balance(table: Grid) -> Markup:
    rows = [(str(what), _KINDS[str(kind)], number) for kind, what, number in table.rows]
    return _grid("From the cohort to this report", ("", "", "patients"), rows)


def _comparison(table: Grid) -> Markup:
    rows = [
        (
            title(str(model)), place, number, _interval(error, low, high),
            _interval(behind, behind_low, behind_high) if place != 1 else "", c,
        )
        for model, place, number, error, low, high, behind, behind_low, behind_high, c, why in table.rows
        if not why
    ]  # fmt: skip
    if not rows:
        return Markup("")
    names = ("model", "place", "patients", "error (95 % interval)", "more than the best", "Harrell's C")
    said = "Integrated Brier score on the same patients: the mean squared error of the probability, less is better"
    return _grid(said, names, rows)


def _of_model(model: str, of: Mapping[str, Grid]) -> Iterable[Markup]:
    classes = of["classes"].of(model)
    if classes:
        yield _classes(model, classes)
    figures = [row for row in of["figures"].of(model) if not row[2] and str(row[0]) in _MEASURES]
    if figures:
        yield _by_time(
            "Figures (95 % interval), of the patients with one prediction",
            [(str(row[0]), row[1], _said(str(row[0]), row[3:6])) for row in figures],
        )
        ranges = [(str(row[0]), row[1], _range(row[7], row[6])) for row in figures if row[6] != row[7]]
        if ranges:
            said = "The same of all patients: from all ranges at the end with fewest alive to all at that with most"
            yield _by_time(said, ranges)
    yield _survival(model, of["survival"].of(model))
    strata = of["strata"].of(model)
    if strata:
        yield _strata(strata)


def _classes(model: str, rows: Sequence[Row]) -> Markup:
    cells = [
        (class_title(model, str(row[0])), *row[1:3], _interval(*row[3:6], digits=0), *map(_percent, row[6:]))
        for row in rows
    ]
    names = ("class", "patients", "deaths", "median survival, days (95 % interval)")
    return _grid("Each class", (*names, *(f"alive after {when(days)}" for days in HORIZONS)), cells)


def _by_time(caption: str, found: Sequence[tuple[str, Cell, str]]) -> Markup:
    """Measures as rows and times as columns; what has no time of its own is in the first column."""
    days = sorted({time for _, time, _ in found if isinstance(time, int)})
    cells = {(measure, time): said for measure, time, said in found}
    rows = [
        (_MEASURES[measure], *(cells.get((measure, time), "") for time in (None, *days)))
        for measure in _MEASURES
        if any((measure, time) in cells for time in (None, *days))
    ]
    return _grid(caption, ("", "whole time", *map(when, days)), rows)


def _survival(model: str, rows: Sequence[Row]) -> Markup:
    days = sorted({row[1] for row in rows if isinstance(row[1], int)})
    found: dict[str, dict[int, str]] = {}
    for name, day, number, alive, low, high in rows:
        said = str(number) if alive is None else f"{_interval(alive, low, high, digits=2)}; {number}"
        found.setdefault(str(name), {})[int(str(day))] = said
    cells = [(class_title(model, name), *(said.get(day, "") for day in days)) for name, said in found.items()]
    heads = ("class", *("beginning" if not day else when(day) for day in days))
    return _grid("Share alive by class (95 % interval); patients at risk", heads, cells)


def _strata(rows: Sequence[Row]) -> Markup:
    """A row for each tumour and period, at the time that is nearest to a year."""
    days = [row[5] for row in rows if isinstance(row[5], int)]
    at = min(days, key=lambda day: abs(day - 365)) if days else None
    found: dict[tuple[Cell, ...], dict[str, str]] = {}
    for by, name, patients, deaths, measure, day, value, low, high in rows:
        parts = found.setdefault((by, name, patients, deaths), {})
        if day in (None, at):
            parts[str(measure)] = _interval(value, low, high, digits=2)
    heads = ["by", "name", "patients", "deaths", *(_MEASURES[measure] for measure in _BRIEF)]
    cells = [(*whose, *(parts.get(measure, "") for measure in _BRIEF)) for whose, parts in found.items()]
    said = "By tumour and by period" + (f", at {when(at)}" if at is not None else "")
    return _grid(f"{said} (all times: tables/strata.csv)", heads, cells)


def _interval(value: Cell, low: Cell, high: Cell, *, digits: int = 3) -> str:
    if not isinstance(value, int | float):
        return "" if value is None else str(value)
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _said(measure: str, found: Row) -> str:
    value, low, high = found
    if measure == "log_rank_p":
        return _UNDER if isinstance(value, int | float) and value < 0.001 else _interval(value, None, None)
    return _interval(value, low, high, digits=0 if measure == "median_days" else 3)


def _range(low: Cell, high: Cell) -> str:
    ends = sorted(each for each in (low, high) if isinstance(each, int | float))
    return " to ".join(f"{end:.3f}" for end in ends)


def _percent(share: Cell) -> str:
    return f"{share:.0%}" if isinstance(share, int | float) else ""


def _grid(caption: str, columns: Sequence[str], rows: Sequence[Row]) -> Markup:
    """A table of HTML; every cell is escaped. Texts begin at the left, figures end at the right."""
    left = {n for n in range(len(columns)) if any(_is_text(row[n]) for row in rows)}
    head = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(_class(n, left), name) for n, name in enumerate(columns)
    )
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(
            Markup("").join(Markup("<td{}>{}</td>").format(_class(n, left), _shown(cell)) for n, cell in enumerate(row))
        )
        for row in rows
    )
    return Markup(
        '<div class="wide" role="region" tabindex="0" aria-label="{}"><table><caption>{}</caption><thead><tr>{}</tr>'
        "</thead><tbody>\n{}\n</tbody></table></div>"
    ).format(caption, caption, head, body)


def _is_text(cell: Cell) -> bool:
    """Whether a cell has words, and not a figure, a range of figures, or a count that is not shown."""
    if not isinstance(cell, str) or cell in ("", WITHHELD, _UNDER):
        return False
    return not cell[0].isdigit() and cell[0] not in "<>-"


def _class(n: int, left: set[int]) -> Markup:
    return Markup("") if n in left else Markup(' class="n"')


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
