"""Made exports: the same for a seed, however many patients, and of all that the command has a way for."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest
import simdjson

from service.cohort.lines import Fault
from service.cohort.whose import Identified, NotNeeded, Owned, Shared, look
from service.fhir_mapping.terminology import STANDARD
from tests.bench import exports, million


def test_a_patient_follows_from_the_seed_and_the_number_alone(tmp_path: Path) -> None:
    lines, size = exports.write(tmp_path / "few", 20, seed=3)
    exports.write(tmp_path / "more", 30, seed=3)
    few, more = ({path.name: path.read_bytes() for path in (tmp_path / n).iterdir()} for n in ("few", "more"))
    assert lines == sum(content.count(b"\n") for content in few.values())
    assert size == sum(map(len, few.values()))
    assert all(more[name].startswith(content) for name, content in few.items())
    exports.write(tmp_path / "other", 20, seed=4)
    assert (tmp_path / "other" / "Patient.ndjson").read_bytes() != few["Patient.ndjson"]


def test_lines_of_every_kind_are_among_those_of_some_thousand_patients() -> None:
    parser = simdjson.Parser()
    made = [each for n in range(6000) for each in exports.patient(1, n)]
    found = [look(each if isinstance(each, bytes) else orjson.dumps(each), parser, STANDARD) for each in made]
    assert {type(each) for each in found} >= {Owned, Identified, NotNeeded, Fault}
    assert all(isinstance(look(orjson.dumps(each), parser, STANDARD), Shared) for each in exports.medications())
    assert 8 < len(made) / 6000 < 12
    assert {each["resourceType"] for each in made if isinstance(each, dict)} < set(exports.TYPES)


def test_a_cohort_that_is_killed_is_compared_with_one_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--patients", "20", "--kills", "1", "--processes", "1", "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["million", *given])
    assert million.main() == 0
    said = capsys.readouterr().out
    assert "patients: 20 made, 20 in the table" in said
    assert "files: " in said
    (tmp_path / "killed" / "part-00000.parquet").write_bytes(b"")
    (tmp_path / "killed" / "more").write_bytes(b"")
    assert [*million._differences(tmp_path / "whole", tmp_path / "killed")] == [
        "more is in one of them only",
        "part-00000.parquet is not equal",
    ]
