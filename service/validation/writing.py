"""The folder of an evaluation: report.html, results.json, the tables as CSV, the pictures as files."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from service.validation.comparison import Comparison
from service.validation.evaluation import Evaluation
from service.validation.figures import pictures
from service.validation.page import About, report
from service.validation.table import Counted
from service.validation.tables import Grid, balanced, grids
from service.validation.withholding import hidden_groups, to_show


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
    evaluations = [to_show(each, about.smallest) for each in evaluations]
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
    page = report(evaluations, comparison, about, tables, drawn, balance)
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
