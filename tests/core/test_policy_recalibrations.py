"""A recalibration moves every figure of a model, so that nothing is taken that is not just what a policy names."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from service import policies
from service.api.app import create_app
from service.cli import main
from service.policies import BadPolicy
from service.policies.recalibrations import BadRecalibration, read
from tests.support.policies import LINES, MADE, content, recalibration, written

TODAY = MADE + timedelta(days=30)


def refused(path: Path) -> str:
    with pytest.raises(BadPolicy) as raised:
        policies.load(path, TODAY)
    said = str(raised.value)
    assert "\n" not in said
    return said


def line(**changed: Any) -> dict[str, Any]:
    first, *others = content()["horizons"]
    return content(horizons=[{**first, **changed}, *others])


def test_a_policy_names_a_file_by_its_sha_256(tmp_path: Path) -> None:
    found = policies.load(written(tmp_path, content(), recalibrations_valid_days=3650), TODAY)
    (own,) = found.recalibrations
    assert (own.model, own.version, own.made, own.patients, own.events) == ("katagiri-revised", 3, MADE, 812, 530)
    assert own.lines == LINES
    assert found.recalibration("katagiri-revised") is own
    assert found.recalibration("nesms") is None
    assert found.recalibrations_valid_days == 3650
    assert policies.load_all(tmp_path).keys() >= {"default", "site"}


def test_a_file_that_was_changed_is_refused_and_its_own_sum_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, content())
    (kept,) = (tmp_path / "recalibrations").iterdir()
    kept.write_text(kept.read_text("utf-8").replace("0.7", "0.8"), "utf-8")
    assert "it is not the file that the policy names" in refused(path)
    kept.unlink()
    assert "No such file or directory: copy it from the folder recalibrations of the report" in refused(path)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (content(model="sins"), "name a file of one of katagiri-revised, nesms"),
        (content(model="tomita"), "no model whose published probabilities"),
        (content(model="../x"), "no model whose published probabilities"),
        (content(predictions="of the table"), "fitted to probabilities of the table"),
        (content(made="2026-08-01"), "made on a day to come"),
        (content(made="2020-01-01"), "is older than 1095 days (recalibrations_valid_days): fit it again"),
        (content(events=900), "more died than there were patients"),
        (line(slope=0), "at 91 days the slope is not above 0"),
        (line(slope=-0.9), "at 91 days the slope is not above 0"),
        (line(slope=11), "the slope is not above 0 and at most 10"),
        (line(intercept=-11), "the intercept is not from -10 to 10"),
        (line(events=99), "at 91 days 99 patients died, and 100 are needed"),
        (line(brier_after=0.24), "it does not help patients who were not used for the fit"),
        (line(calibration_error_after=0.2), "it does not help"),
        (line(helps_in=0.5), "it does not help"),
        (line(brier_after=-5), "at 91 days an error or a share is not from 0 to 1: take the file"),
        (line(brier_before=50, brier_after=40), "at 91 days an error or a share is not from 0 to 1"),
        (line(helps_in=2), "at 91 days an error or a share is not from 0 to 1"),
        (line(events=490), "fewer died by a later time than by an earlier one"),
        (content(events=400), "fewer died by a later time than by an earlier one"),
        (content(synthetic=True), "fitted to patients who were never there (spinemets synthetic): fit it to those"),
        (content(synthetic="no"), "synthetic: not as spinemets validate writes it"),
        (line(horizon=365), "two lines are of one horizon"),
        (line(intercept=9), "more would be alive at a later time"),
        (line(slope="0.9"), "horizons: not as spinemets validate writes it"),
        (line(slope=True), "horizons: not as spinemets validate writes it"),
        (line(horizon=0), "horizons: not as"),
        (content(horizons=[]), "horizons: not as"),
        (content(horizons=content()["horizons"] * 40), "horizons: not as"),
        (content(version=0), "version: not as"),
        (content(made="yesterday"), "made: not as"),
        ({}, "not as spinemets validate writes it: make it again"),
        (b"[1]", "not as spinemets validate writes it"),
        (b"{", "not JSON: take the file that spinemets validate wrote"),
        (b'{"slope": NaN}', "not JSON"),
        (b"[" * 50_000, "not JSON"),
        (b" " * 100_001, "more than 100000 bytes"),
    ],
)
def test_whatever_does_not_fit_is_refused_with_its_mend(told: Any, says: str, tmp_path: Path) -> None:
    assert says in refused(written(tmp_path, told))


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ({"file": "../own.json", "sha256": "ab" * 32}, "number 1: file: String does not match"),
        ({"file": "/etc/passwd", "sha256": "ab" * 32}, "number 1: file: String does not match"),
        ({"file": "own.json\n", "sha256": "ab" * 32}, "number 1: file: String does not match"),
        ({"file": "own.json", "sha256": "AB"}, "number 1: sha256: String does not match"),
        ({"file": "own.json"}, "number 1: sha256: Missing data"),
        ("own.json", "number 1: _schema: Invalid input"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(named: Any, says: str, tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text(json.dumps({"name": "site", "recalibrations": [named]}), "utf-8")
    assert says in refused(path)


def test_a_model_is_recalibrated_once(tmp_path: Path) -> None:
    path = written(tmp_path, content())
    told = json.loads(path.read_bytes())
    path.write_text(json.dumps({**told, "recalibrations": told["recalibrations"] * 2}), "utf-8")
    assert "two are of the model katagiri-revised: keep one" in refused(path)


def test_the_start_and_its_check_refuse_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, content(made="2020-01-01"))
    monkeypatch.setenv("SPINEMETS_POLICIES", str(tmp_path))
    assert main(["settings", "--check"]) == 2
    assert "recalibrations_valid_days): fit it again" in "".join(capsys.readouterr())
    # What gunicorn calls before it answers anybody.
    with pytest.raises(BadPolicy, match="fit it again"):
        create_app()


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    some.sampled_from(sorted(content())),
    some.recursive(
        some.none() | some.booleans() | some.integers(-5, 10**6) | some.floats() | some.text(max_size=8),
        lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_any_content_is_read_or_refused(tmp_path: Path, member: str, value: Any) -> None:
    raw = json.dumps({**content(), member: value}).encode()
    path = written(tmp_path, raw)
    try:
        (own,) = policies.load(path, TODAY).recalibrations
    except BadPolicy:
        return
    assert own.lines == LINES
    assert (own.model, own.made) == ("katagiri-revised", date.fromisoformat(content(**{member: value})["made"]))


def test_what_is_read_is_what_an_answer_uses(tmp_path: Path) -> None:
    written(tmp_path, content())
    (kept,) = (tmp_path / "recalibrations").iterdir()
    with pytest.raises(BadRecalibration, match="not the file"):
        read(tmp_path, [{"file": kept.name, "sha256": "00" * 32}], 1095, TODAY)
    (own,) = policies.load(tmp_path / "site.json", TODAY).recalibrations
    assert own.lines == recalibration().lines
