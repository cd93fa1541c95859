"""The tables of published studies come out of ``spinemets validate``, from patients of the same structure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from tests.validation.studies import MIZUMOTO, YAN, Study

_MONTH = 365.25 / 12


def results(study: Study, folder: Path) -> dict[str, Any]:
    table = study.write(folder / "table.csv")
    options = ["--bootstrap", "0", "--smallest-cell", "1"]
    assert main(["validate", str(table), "--report", str(folder / "report"), *options]) == 0
    found: dict[str, Any] = json.loads((folder / "report" / "results.json").read_text("utf-8"))
    return found


def figure(found: dict[str, Any], measure: str, days: int | None = None) -> float:
    (row,) = [r for r in found["figures"] if (r["measure"], r["horizon_days"], r["part"]) == (measure, days, "")]
    return float(row["value"])


def percent(share: float) -> int:
    return round(100 * share)


def test_mizumoto_2008_comes_out_to_the_printed_digit(tmp_path: Path) -> None:
    """Cancer 2008;113:2816-2822: Mizumoto et al., classes A, B and C after radiotherapy of spinal metastases."""
    found = results(MIZUMOTO, tmp_path)
    classes = {row["class"]: row for row in found["classes"]}
    whole = sum(row["patients"] for row in classes.values())
    assert whole == 503
    printed = {"a": (24, 89, 77, 54, 27.1), "b": (57, 46, 22, 9, 5.4), "c": (19, 7, 4, 0, 1.8)}
    for code, (share, at_6, at_12, at_24, median) in printed.items():
        row = classes[code]
        alive = [percent(row[f"alive_{days}_days"]) for days in (183, 365, 730)]
        assert (percent(row["patients"] / whole), *alive) == (share, at_6, at_12, at_24)
        assert round(row["median_days"] / _MONTH, 1) == median
    # What was not put in: survival of all, which the study prints as 49 % at 6 months, 32 % at 12, and P < .001.
    assert [percent(figure(found, "alive", days)) for days in (183, 365)] == [49, 32]
    assert figure(found, "log_rank_p") < 0.001
    # At 24 months and of the median the study has 544 patients, 41 more than in the classes: 19 %, and 5.9 months
    # (95 % interval 4.9 to 6.8).
    assert percent(figure(found, "alive", 730)) == 18
    assert figure(found, "median_days") / _MONTH == pytest.approx(5.9, abs=0.1)


def test_yan_2022_comes_out_to_the_printed_digit(tmp_path: Path) -> None:
    """Chin J Orthop 2022;42:1329-1339: Yan et al., an external validation of NESMS in 179 patients."""
    found = results(YAN, tmp_path)
    classes = {row["class"]: row for row in found["classes"]}
    printed = {"0": (13, 100.0, 3), "1": (48, 87.5, 4), "2": (88, 71.6, 8), "3": (30, 66.7, 10)}
    for code, (patients, dead, median) in printed.items():
        row = classes[code]
        assert row["patients"] == patients
        assert round(100 * (1 - row["alive_365_days"]), 1) == dead
        assert round(row["median_days"] / _MONTH) == median
    # What was not put in: 138 of 179 dead within a year.
    assert round(100 * (1 - figure(found, "alive", 365)), 1) == 77.1
