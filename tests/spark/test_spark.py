"""What Spark makes of an export is what one machine makes of it, byte for byte."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from service.cohort import indexing, manifest, spark
from service.cohort.assessing import ChangedMaps, Setup
from service.cohort.columns import SCHEMA
from service.cohort.local import local
from service.cohort.manifest import Bounds
from service.cohort.running import Engine, EngineFailed, run
from service.cohort.sorting import ChangedExport
from service.cohort.spark import Spark
from tests.cohort import exports

ROOT = Path(__file__).parents[2]
SETUP = Setup("2026-10-01")
BOUNDS = Bounds(part_bytes=20_000, patient_bytes=100_000, longest_line=100_000)
PATIENTS = ("breast-two-levels", "kidney-complete", "colon-no-spinal-tumour")


@pytest.fixture
def engine(session: Any) -> Spark:
    return Spark(session)


class Given:
    """An engine that is there already, as what begins and ends one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __enter__(self) -> Engine:
        return self.engine

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """All that takes a way of its own: shared, by identifier, refused, without any sign, too much, packed, broken."""
    listed = [each for name in PATIENTS for each in exports.resources(name)]
    listed += exports.untroubled("well")
    order = {
        "resourceType": "MedicationRequest",
        "status": "completed",
        "intent": "order",
        "medicationReference": {"reference": "Medication/m"},
    }
    drug = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "56946"}]}
    orders = [{**order, "id": f"r{n}", "subject": {"reference": f"Patient/p{n}"}} for n in range(3)]
    twins = [{"resourceType": "Patient", "id": name, "identifier": [{"value": "2"}]} for name in "ab"]
    one = {"resourceType": "Patient", "id": "\u00e4-\U0001f600", "identifier": [{"value": "1"}]}
    named = [exports.condition("", n, subject={"identifier": {"value": str(n)}}) for n in range(4)]
    refused = exports.condition("Patient/refused", 9, onsetDateTime="never")
    large = [exports.condition("Patient/large", n, note=[{"text": "x" * 10_000}]) for n in range(12)]
    folder = tmp_path / "export"
    folder.mkdir()
    mixed = [*listed[::2], *orders, *twins, refused, *named, *large]
    packed = [{"resourceType": "Medication", "id": "m", "code": drug}, *listed[1::2], one]
    (folder / "a.ndjson").write_bytes(b"{\n\n".join(map(exports.line, mixed)) + b'{"cut')
    (folder / "b.gz").write_bytes(gzip.compress(b"".join(map(exports.line, packed))) + b"rest")
    (folder / "c").write_bytes(b"x" * 200_000 + b"\n\xff\n{}")
    return folder


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.parametrize("indexed", [False, True])
def test_the_files_are_those_of_one_machine(
    indexed: bool, export: Path, engine: Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table, the lines that were kept aside, the manifest and the balance; with files that are read in ranges."""
    patients = [exports.patient_of(exports.resources(name)) for name in PATIENTS]
    (tmp_path / "dates.csv").write_text(
        "\n".join(["patient,index_date", "well,2021-01-01", *(f"{p},2026-01-01" for p in patients)])
    )
    setup = replace(SETUP, index_dates=indexing.given(tmp_path / "dates.csv")) if indexed else SETUP
    here = run(export, tmp_path / "here", setup, bounds=BOUNDS)
    monkeypatch.setattr("service.cohort.sorting._RANGE", 100_000)
    there = run(export, tmp_path / "there", setup, bounds=BOUNDS, engine=Given(engine))
    assert pq.read_table(tmp_path / "there").equals(pq.read_table(tmp_path / "here"))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert there == here
    rows = pq.read_table(tmp_path / "there")
    assert rows.schema.equals(SCHEMA)
    outcomes = {"assessed", "no-spinal-tumour", "refused"} | ({"no-index-date"} if indexed else set())
    assert set(rows["outcome"].to_pylist()) == outcomes
    assert {"not-json", "cut-off", "too-long", "broken-gzip", "unclear-patient"} <= there.aside.keys()
    assert len(list((tmp_path / "there").glob("part-*.parquet"))) > 4


def test_an_export_without_a_patient_gives_an_empty_table(engine: Spark, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "empty").write_bytes(b"")
    summary = run(tmp_path / "export", tmp_path / "out", SETUP, engine=Given(engine))
    assert (summary.lines, summary.patients, summary.whole) == (0, 0, True)
    assert pq.read_table(tmp_path / "out").num_rows == 0


class Stopped(Exception):
    pass


class Stops:
    """An engine that is stopped when it has assessed so many parts."""

    def __init__(self, engine: Engine, after: int) -> None:
        self.engine, self.after = engine, after
        self.sort = engine.sort

    def assess(self, jobs: Any, told: Callable[[int], None]) -> None:
        self.engine.assess(jobs[: self.after], told)
        raise Stopped


@pytest.mark.parametrize("first", ["local", "spark"])
def test_one_engine_goes_on_where_the_other_was_stopped(
    first: str, export: Path, engine: Spark, tmp_path: Path
) -> None:
    run(export, tmp_path / "whole", SETUP, bounds=BOUNDS)
    with local(1) as here:
        stops, goes_on = (here, engine) if first == "local" else (engine, here)
        with pytest.raises(Stopped):
            run(export, tmp_path / "out", SETUP, bounds=BOUNDS, engine=Given(Stops(stops, 2)))
        written = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").glob("part-*")}
        assert len(written) == 2
        run(export, tmp_path / "out", SETUP, bounds=BOUNDS, engine=Given(goes_on))
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert written.items() <= {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}.items()


# What fails on another machine


def test_what_fails_in_a_task_is_said_as_on_one_machine(
    export: Path, engine: Spark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = manifest.inputs(export)
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "inputs", lambda _: [replace(each, state=(1, 1)) for each in listed])
        with pytest.raises(ChangedExport, match="has changed while it was read"):
            run(export, tmp_path / "changed", SETUP, engine=Given(engine))
    monkeypatch.setattr("service.cohort.running.terms", lambda *_: None)
    with pytest.raises(ChangedMaps, match="another --out"):
        run(export, tmp_path / "maps", Setup("2026-10-01", maps_version="another"), engine=Given(engine))


def raised(task: spark.Task, versions: str = spark._VERSIONS) -> str:
    with pytest.raises(RuntimeError) as error:
        list(spark._told(versions, task, ()))
    return str(error.value)


def test_a_machine_with_another_version_is_refused() -> None:
    def assesses(_: object) -> Iterator[Any]:
        raise AssertionError

    assert "a machine of the cluster has spinemets-cds" in raised(assesses, "0.1, knowledge 1")


def test_a_fault_in_a_task_is_told_without_a_value_of_a_record() -> None:
    def fails(_: object) -> Iterator[Any]:
        raise ValueError("Ann Lee")

    def full(_: object) -> Iterator[Any]:
        raise OSError(28, "No space left on device", "/data/part")

    assert "ValueError at" in raised(fails)
    assert "Ann Lee" not in raised(fails)
    told = orjson.loads(raised(full).removeprefix("spinemets-fault: "))
    assert told == {"kind": "OSError", "says": [28, "No space left on device", "/data/part"]}


def test_what_spark_says_of_a_failure_is_one_line_with_the_mend(engine: Spark) -> None:
    class Lacks(spark.PySparkException):
        def __str__(self) -> str:
            return "ModuleNotFoundError: No module named 'service'"

    assert "pip install 'spinemets-cds[spark]'" in str(spark._failure(Lacks("failed")))

    def broken(_: object) -> Iterator[Any]:
        raise ZeroDivisionError

    frame = engine.session.range(0, 1, 1, 1).mapInArrow(broken, "done long")
    with pytest.raises(EngineFailed, match="The same command goes on"):
        spark._run(frame, [], bool, print)


# The command


def command(export: Path, master: str, out: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """As it is installed, in a folder where no package is found by chance."""
    code = "import sys; from service.cli import main; sys.exit(main(sys.argv[1:]))"
    given = ["cohort", str(export), "--out", str(out), "--as-of", "2026-10-01", "--engine", "spark", "--master", master]
    return subprocess.run(
        [sys.executable, "-c", code, *given],
        capture_output=True,
        text=True,
        check=False,
        cwd=export.parent,
        env={**os.environ, **env},
    )


def test_the_command_runs_on_spark(export: Path, tmp_path: Path) -> None:
    left = command(export, "local[2]", tmp_path / "there")
    here = run(export, tmp_path / "here", SETUP)
    assert (left.returncode, left.stdout.splitlines()) == (1, list(here.text()))
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_without_java_it_says_how_to_install_it(export: Path, tmp_path: Path) -> None:
    left = command(export, "local[1]", tmp_path / "out", JAVA_HOME=str(tmp_path / "none"))
    assert left.returncode == 2
    assert left.stderr.splitlines()[-1].startswith("spinemets: Spark did not begin at local[1]")
    assert "apt install openjdk-17-jre-headless" in left.stderr
