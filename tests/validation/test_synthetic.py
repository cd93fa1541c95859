"""A made cohort is what its design says, and its records are read as what was drawn."""

from __future__ import annotations

import csv
import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.findings import FINDINGS
from service.scoring import ENGINES
from service.validation.export import COLUMNS, resources
from service.validation.laws import laws
from service.validation.synthetic import END_OF_STUDY, SURVIVAL_MODELS, Design, cohort
from tests.support.records import bundle, take

TRUE_MODELS = tuple(model for model in SURVIVAL_MODELS if model != "bauer-modified")


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def make(folder: Path, *more: str) -> Path:
    assert (
        main(["synthetic", str(folder), "--patients", "40", "--seed", "7", "--model", "katagiri-revised", *more]) == 0
    )
    return folder


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones(tmp_path: Path) -> None:
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    other = make(tmp_path / "other", "--seed", "8")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert [str(name) for name in files] == [
        "fhir/Condition.ndjson", "fhir/Encounter.ndjson", "fhir/Observation.ndjson", "fhir/Patient.ndjson",
        "table.csv", "truth.json",
    ]  # fmt: skip
    for name in files:
        assert (one / name).read_bytes() == (two / name).read_bytes()
        assert (one / name).read_bytes() != (other / name).read_bytes()


def test_patients_are_made_one_after_the_other_and_do_not_hang_on_their_number() -> None:
    few = list(cohort(Design("nesms", 5, 3)))
    many = list(islice(cohort(Design("nesms", 10_000_000, 3)), 5))
    assert few == many


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_every_model_can_be_computed_and_every_band_is_met(model: str) -> None:
    # Of Rades the worst class is rare, as most that makes it is found together in few.
    drawn = list(cohort(Design("nesms", 2500 if model == "rades-short-survival" else 400, also=(model,))))
    met = {band.code for made in drawn for band in made.bands[model]}
    assert met == {band.code for band in ENGINES[model].score.bands}
    assert set(ENGINES[model].reads) <= drawn[0].findings.values.keys()


@pytest.mark.parametrize("model", SURVIVAL_MODELS)
def test_the_record_is_read_as_the_findings_that_were_drawn(model: str) -> None:
    """The bands by the intake of the product are those that the table has, of complete records and others."""
    for made in cohort(Design("nesms", 8, 2, missing=0.05, also=(model,))):
        found = [r for r in resources(made) if r["resourceType"] != "Encounter"]
        for resource in found:
            resource.pop("deceasedDateTime", None)
        intake = take(bundle(*found), as_of=made.index.isoformat())
        (lesion,) = intake.case.lesions
        at = lesion if ENGINES[model].score.scope == "lesion" else None
        read, drawn = (set(bands) for bands in (ENGINES[model].bands(intake.case, at), made.bands[model]))
        # The Patient says age and sex, whatever is missing, and some findings follow from others.
        assert read <= drawn
        if len(made.known) == len(made.findings.values):
            assert read == drawn


def test_the_export_says_who_died_when_and_who_was_last_seen_when(tmp_path: Path) -> None:
    folder = make(tmp_path / "c", "--censoring", "0.3")
    patients = {p["id"]: p for p in lines(folder / "fhir" / "Patient.ndjson")}
    visits = {
        v["subject"]["reference"].removeprefix("Patient/"): v for v in lines(folder / "fhir" / "Encounter.ndjson")
    }
    with (folder / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert {row["died"] for row in rows} == {"yes", "no"}
    for row in rows:
        patient = patients[row["patient"]]
        assert (row["died"] == "yes") == ("deceasedDateTime" in patient)
        assert (
            row["end_date"] == patient.get("deceasedDateTime")
            or row["end_date"] == visits[row["patient"]]["period"]["end"]
        )
        assert row["end_date"] <= END_OF_STUDY.isoformat()
        assert patient["meta"]["tag"][0]["code"] == "HTEST"
    for resource in lines(folder / "fhir" / "Observation.ndjson"):
        assert resource["code"]["coding"][0]["code"] in FINDINGS


@pytest.mark.parametrize("model", TRUE_MODELS)
def test_as_many_of_each_band_live_as_was_drawn_for(model: str) -> None:
    """Without censoring the share alive on a day is a count: within four standard errors of the law."""
    truth = laws(ENGINES[model].score)
    drawn = list(cohort(Design(model, 1000, 5, censoring=0)))
    for code, law in truth.items():
        days = [made.true_day for made in drawn if made.true_band.code == code]
        for day in (91, 365):
            expected = law.alive(day)
            error = (expected * (1 - expected) / max(len(days), 1)) ** 0.5
            assert abs(sum(d > day for d in days) / max(len(days), 1) - expected) <= 4 * error + 1e-9 or len(days) < 20


def test_the_share_lost_from_sight_in_a_year_is_that_of_the_design() -> None:
    """Of those who would have lived for the year, in a model where most do."""
    drawn = [made for made in cohort(Design("prism", 1500, 4, censoring=0.3)) if made.true_day > 365]
    lost = sum((made.end - made.index).days <= 365 for made in drawn) / len(drawn)
    assert abs(lost - 0.3) < 4 * (0.3 * 0.7 / len(drawn)) ** 0.5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "sins"], "no survival model sins"),
        (["--model", "bauer-modified"], "--also"),
        (["--patients", "0"], "from 1 to 10000000"),
        (["--censoring", "1"], "share from 0 to below 1"),
        (["--censoring", "nan"], "share from 0 to below 1"),
        (["--missing", "-1"], "probability from 0"),
        (["--miscalibration", "0,0"], "slope above 0"),
        (["--miscalibration", "nan,0"], "slope above 0"),
        (["--miscalibration", "1"], "two numbers"),
        (["--also", "other"], "no survival model other"),
    ],
)
def test_a_design_that_makes_no_sense_is_refused(
    arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ["synthetic", str(tmp_path / "x"), "--patients", "5", "--model", "nesms"]
    assert main([*usual, *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(tmp_path / "c")
    before = (folder / "table.csv").read_bytes()
    assert main(["synthetic", str(folder), "--patients", "5", "--model", "nesms"]) == 2
    assert "File exists" in capsys.readouterr().err
    assert (folder / "table.csv").read_bytes() == before
