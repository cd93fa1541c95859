"""The folder of an evaluation: report.html, results.json, the tables as CSV, the pictures as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from service import __version__
from service.validation.comparison import Comparison
from service.validation.evaluation import Evaluation
from service.validation.figures import Picture, pictures
from service.validation.summary import summarised
from service.validation.table import Counted
from service.validation.tables import Cell, Grid, balanced, grids, hidden_groups

_PACKAGES = ("lifelines", "scikit-survival", "scikit-learn", "numpy", "matplotlib")
_NAMES = {
    "harrell_c": "Harrell's C", "uno_c": "Uno's C", "auc": "AUC", "brier": "Brier score", "brier_skill": "Brier skill",
    "integrated_brier": "integrated Brier score", "alive": "alive, observed", "alive_predicted": "alive, predicted",
    "calibration_slope": "calibration slope", "calibration_intercept": "calibration intercept",
    "median_days": "median survival, days", "log_rank_p": "log-rank p between classes",
    "calibration_in_the_large": "calibration in the large", "observed_to_expected_deaths": "observed / expected deaths",
}  # fmt: skip


@dataclass(frozen=True)
class About:
    """How an evaluation was made."""

    made: str
    data_sha256: str
    seed: int
    draws: int
    smallest: int
    unread: str = ""
    version: str = __version__

    @property
    def packages(self) -> str:
        return ", ".join(f"{name} {version(name)}" for name in _PACKAGES)


def write(
    folder: Path,
    evaluations: Sequence[Evaluation],
    comparison: Comparison,
    about: About,
    balance: Sequence[Counted] = (),
) -> None:
    """Writes everything into a folder that is there and has no report yet.

    Raises:
        OSError: a file is there already, or cannot be written.
    """
    tables = [*grids(evaluations, comparison, about.smallest), balanced(balance, about.smallest)]
    drawn = {
        each.data.model: list(pictures(each, about.smallest, hidden_groups(each.data, about.smallest)))
        for each in evaluations
    }
    (folder / "tables").mkdir()
    (folder / "figures").mkdir()
    for table in tables:
        _csv(folder / "tables" / f"{table.name}.csv", table)
    names: set[str] = set()
    for number, picture in enumerate(picture for found in drawn.values() for picture in found):
        # Two models may differ in signs that no file name has.
        name = picture.name if picture.name not in names else f"{picture.name}-{number}"
        names.add(name)
        (folder / "figures" / f"{name}.svg").write_text(picture.svg, encoding="utf-8")
        (folder / "figures" / f"{name}.png").write_bytes(picture.png)
    (folder / "results.json").write_text(_json(tables, comparison, about), encoding="utf-8")
    page = report(evaluations, comparison, about, tables, drawn)
    with (folder / "report.html").open("x", encoding="utf-8") as file:
        file.write(page)


def _csv(path: Path, table: Grid) -> None:
    with path.open("x", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(table.columns)
        lines.writerows(table.rows)


def _json(tables: Sequence[Grid], comparison: Comparison, about: About) -> str:
    content = {
        "about": {**asdict(about), "packages": about.packages},
        "verdict": comparison.verdict.value,
        "best": comparison.best,
        "horizons_of_the_comparison": comparison.horizons,
        **{table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in tables},
    }
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


def report(
    evaluations: Sequence[Evaluation],
    comparison: Comparison,
    about: About,
    tables: Sequence[Grid],
    drawn: dict[str, list[Picture]],
) -> str:
    """The page: one file without scripts, to read, to print and to keep."""
    of = {table.name: table for table in tables}
    models = [
        {
            "title": each.data.title,
            "code": each.data.model,
            "notes": each.notes,
            "pictures": drawn[each.data.model],
            "figures": [
                (_NAMES[str(measure)], days, _with_interval(value, low, high), best, worst)
                for measure, days, part, value, low, high, best, worst in of["figures"].of(each.data.model)
                if not part and measure in _NAMES
            ],
            "survival": of["survival"].of(each.data.model),
            "strata": [
                (by, name, patients, deaths, _NAMES.get(str(measure), ""), days, _with_interval(value, low, high))
                for by, name, patients, deaths, measure, days, value, low, high in of["strata"].of(each.data.model)
            ],
        }
        for each in evaluations
    ]
    page = Environment(loader=PackageLoader("service.validation"), autoescape=True).get_template("report.html")
    return page.render(
        summary=summarised(evaluations, comparison),
        models=models,
        about=about,
        grid=_grid,
        **{name: table for name, table in of.items() if name in ("patients", "comparison", "survival", "balance")},
    )


def _with_interval(value: Cell, low: Cell, high: Cell) -> str:
    if value is None:
        return ""
    return f"{value:.3f}" if low is None else f"{value:.3f} ({low:.3f} to {high:.3f})"


def _grid(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Markup:
    """A table of HTML; every cell is escaped."""
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(name.replace("_", " ")) for name in columns)
    body = Markup("\n").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(_shown(cell)) for cell in row))
        for row in rows
    )
    return Markup(
        '<div class="wide"><table><caption>{}</caption><thead><tr>{}</tr></thead><tbody>\n{}\n</tbody></table></div>'
    ).format(caption, head, body)


def _shown(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)
