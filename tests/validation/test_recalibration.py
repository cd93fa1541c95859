"""Recalibration mends what is wrong, and is refused where it cannot be known to."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from service.policies.recalibrations import MIN_EVENTS
from service.validation import statistics as st
from service.validation.recalibration import Line, RecalibrationRefused, fit, keep, recalibrated
from service.validation.samples import ModelData
from tests.validation.cohorts import data, design

DAY = 365
WRONG = (0.6, 0.7)


@cache
def cohort(patients: int = 900, seed: int = 1, shift: tuple[float, float] = WRONG) -> ModelData:
    return data(design(patients=patients, seed=seed, shift=shift), (DAY,))


@cache
def fitted() -> tuple[Line, ...]:
    return fit(cohort(), 50, 1)


def test_it_mends_the_probabilities_of_patients_who_were_not_used_for_it() -> None:
    (line,) = fitted()
    assert line.brier_after < line.brier_before
    assert line.calibration_error_after < line.calibration_error_before
    others = cohort(seed=2).certain
    mended = replace(others, alive=recalibrated(others.alive, line.slope, line.intercept))
    before, after = (st.calibration_line(sample, DAY)[0] for sample in (others, mended))
    assert abs(after - 1) < abs(before - 1) / 2
    assert st.briers(mended, (DAY,))[0] < st.briers(others, (DAY,))[0]
    assert st.calibration_error(mended, DAY) < st.calibration_error(others, DAY) / 2
    assert st.harrell_c(mended) == st.harrell_c(others)


def test_it_is_refused_with_fewer_deaths_than_asked_for() -> None:
    few = cohort(patients=150)
    assert few.certain.deaths_by(DAY) < MIN_EVENTS
    with pytest.raises(
        RecalibrationRefused, match=rf"{few.certain.deaths_by(DAY)} patients died within {DAY} days, and 100"
    ):
        fit(few, 50, 1)
    with pytest.raises(RecalibrationRefused, match="and 5000 are needed"):
        fit(cohort(), 50, 1, min_events=5000)


def test_the_number_of_deaths_can_only_be_raised() -> None:
    with pytest.raises(RecalibrationRefused, match="only be raised from 100"):
        fit(cohort(), 50, 1, min_events=99)


def test_it_is_refused_without_enough_draws_to_see_whether_it_helps() -> None:
    with pytest.raises(RecalibrationRefused, match="at least 50 draws"):
        fit(cohort(), 49, 1)


def test_it_is_refused_where_the_model_is_right_already() -> None:
    with pytest.raises(RecalibrationRefused, match="does not help"):
        fit(cohort(shift=(1.0, 0.0)), 50, 1)


def test_it_is_refused_where_the_model_has_the_order_wrong() -> None:
    wrong = cohort()
    turned = replace(wrong, low=1 - wrong.low, high=1 - wrong.high)
    with pytest.raises(RecalibrationRefused, match="do not live shorter"):
        fit(turned, 50, 1)


def test_it_is_refused_for_a_model_without_probabilities() -> None:
    silent = cohort()
    none = np.empty((len(silent.rows), 0))
    with pytest.raises(RecalibrationRefused, match="no probability"):
        fit(replace(silent, horizons=(), low=none, high=none), 50, 1)


def test_each_version_is_a_new_file_and_none_is_written_over(tmp_path: Path) -> None:
    wrong = cohort()
    lines = fitted()
    first = keep(tmp_path / "kept", wrong, lines, "ab" * 32, date(2026, 5, 1), seed=1)
    content = first.read_bytes()
    second = keep(tmp_path / "kept", wrong, lines, "cd" * 32, date(2026, 6, 1))
    assert [path.name for path in sorted((tmp_path / "kept").iterdir())] == [
        "katagiri-revised-0001.json", "katagiri-revised-0002.json",
    ]  # fmt: skip
    assert first.read_bytes() == content
    told = json.loads(content)
    assert (told["version"], told["made"], told["data_sha256"], told["seed"]) == (1, "2026-05-01", "ab" * 32, 1)
    assert told["patients"] == len(wrong.certain)
    assert told["horizons"][0] == {**told["horizons"][0], "horizon": DAY, "slope": lines[0].slope}
    assert json.loads(second.read_bytes())["version"] == 2


def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path) -> None:
    for name in ("../x", "a/b", "", ".hidden", "a" * 65):
        with pytest.raises(RecalibrationRefused, match="name of the model"):
            keep(tmp_path / "kept", replace(cohort(), model=name), (), "", date(2026, 5, 1))
    assert not (tmp_path / "kept").exists()
