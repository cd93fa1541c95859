"""A run that is killed goes on where it was, and gives what an undisturbed one gives; another run is told apart."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.cohort import manifest, parts, sorting
from service.cohort.assessing import Setup
from service.cohort.files import write_json
from service.cohort.local import local
from service.cohort.manifest import Bounds, CannotRun
from service.cohort.running import run
from service.cohort.sorting import ChangedExport
from service.policy import DEFAULT
from tests.cohort import exports

SETUP = Setup("2026-10-01")
BOUNDS = Bounds(part_bytes=400)
FORK = multiprocessing.get_context("fork")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Four patients in two files, with all that takes a way of its own: shared, by identifier, broken."""
    listed = [exports.condition(f"Patient/{n}", n) for n in range(3)]
    listed.append(exports.condition("", 9, subject={"reference": "Patient?identifier=s|1"}))
    patient = {"resourceType": "Patient", "id": "3", "identifier": [{"system": "s", "value": "1"}]}
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a").write_bytes(b"".join(map(exports.line, listed)) + b"broken\n")
    (folder / "b").write_bytes(exports.line(patient) + exports.line({"resourceType": "Medication", "id": "m"}))
    return folder


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def _killed_at(number: int, before: bool, export: Path, out: Path) -> None:
    """Runs until a file is about to get its name, or has just got it, for the so-many-th time; then is killed."""
    give_name, seen = os.replace, 0

    def give(half: Any, path: Any) -> None:
        nonlocal seen
        seen += 1
        if not before:
            give_name(half, path)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if before:
            give_name(half, path)

    os.replace = give  # type: ignore[assignment]
    run(export, out, SETUP, bounds=BOUNDS)


def in_another_process(do: Callable[..., None], *arguments: Any) -> int:
    """The exit code of a process that does something: minus the number of the signal that killed it."""
    process = FORK.Process(target=do, args=arguments)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


@pytest.mark.parametrize("before", [True, False], ids=["before the file has its name", "after it"])
def test_killed_at_any_moment_it_goes_on_and_gives_the_same_files(before: bool, export: Path, tmp_path: Path) -> None:
    run(export, tmp_path / "whole", SETUP, bounds=BOUNDS)
    whole = contents(tmp_path / "whole")
    kills = 0
    for number in range(1, 100):
        out = tmp_path / f"out{number}"
        code = in_another_process(_killed_at, number, before, export, out)
        kills += code == -signal.SIGKILL
        summary = run(export, out, SETUP, bounds=BOUNDS)
        assert contents(out) == whole, f"killed at file {number}"
        assert summary.patients == 4
        if code == 0:
            break
    assert kills > 10


def test_killed_again_and_again_it_comes_to_its_end(export: Path, tmp_path: Path) -> None:
    """Every attempt finishes two files and is killed at the third: nothing that is done is done again."""
    run(export, tmp_path / "whole", SETUP, bounds=BOUNDS)
    attempts = 1
    while in_another_process(_killed_at, 3, True, export, tmp_path / "out"):
        attempts += 1
        assert attempts < 20
    assert attempts > 4
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_is_done_is_not_done_again(export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert in_another_process(_killed_at, 12, True, export, tmp_path / "out") == -signal.SIGKILL
    written = {path.name for path in (tmp_path / "out").glob("part-*.parquet")}
    assert written
    again: list[str] = []
    assess_part = parts.assess_part

    def assess(job: parts.Assess) -> None:
        again.append(job.part.name)
        assess_part(job)

    def sort(job: sorting.Sort) -> None:
        raise AssertionError(job.name)

    monkeypatch.setattr("service.cohort.local.parts.assess_part", assess)
    monkeypatch.setattr("service.cohort.local.sorting.sort", sort)
    run(export, tmp_path / "out", SETUP, bounds=BOUNDS)
    assert again
    assert not written & set(again)


def test_a_run_that_is_finished_says_so_again_and_changes_nothing(export: Path, tmp_path: Path) -> None:
    first = run(export, tmp_path / "out", SETUP, bounds=BOUNDS)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert run(export, tmp_path / "out", SETUP, bounds=BOUNDS, engine=local(2)) == first
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize("change", ["gone", "cut off", "another table", "twice"])
def test_a_table_of_which_something_is_gone_is_not_said_to_be_finished(
    change: str, export: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(export, out, SETUP, bounds=BOUNDS)
    whole = contents(out)
    part = out / "part-00001.parquet"
    bad = out / "part-00001-copy.parquet" if change == "twice" else part
    if change == "gone":
        part.unlink()
    elif change == "cut off":
        part.write_bytes(part.read_bytes()[:-1])
    elif change == "another table":
        pq.write_table(pa.table({"patient": ["Patient/1"]}), part)
    else:
        bad.write_bytes(part.read_bytes())
    with pytest.raises(CannotRun, match=r"Remove what is not as it was and _summary.json; the same command"):
        run(export, out, SETUP, bounds=BOUNDS)
    bad.unlink(missing_ok=True)
    (out / manifest.SUMMARY).unlink()
    run(export, out, SETUP, bounds=BOUNDS)
    assert contents(out) == whole


@pytest.mark.parametrize(
    ("setup", "bounds", "called"),
    [
        (replace(SETUP, as_of="2026-10-02"), BOUNDS, "--as-of"),
        (replace(SETUP, policy=replace(DEFAULT, stale_after_days=30)), BOUNDS, "--policy"),
        (replace(SETUP, policy=replace(DEFAULT, unavailable=frozenset(["srs"]))), BOUNDS, "--policy"),
        (replace(SETUP, assume_complete=True), BOUNDS, "--assume-complete"),
        (SETUP, Bounds(), "bounds"),
    ],
)
def test_other_options_in_the_same_folder_are_refused(
    setup: Setup, bounds: Bounds, called: str, export: Path, tmp_path: Path
) -> None:
    run(export, tmp_path / "out", SETUP, bounds=BOUNDS)
    before = contents(tmp_path / "out")
    with pytest.raises(CannotRun, match=rf"{called}.*[.] Give another --out"):
        run(export, tmp_path / "out", setup, bounds=bounds)
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize("change", ["more", "less", "touched", "added"])
def test_another_export_in_the_same_folder_is_refused(change: str, export: Path, tmp_path: Path) -> None:
    run(export, tmp_path / "out", SETUP)
    file = export / "b"
    if change == "added":
        (export / "c").write_bytes(b"")
    elif change == "touched":
        os.utime(file, ns=(1, 1))
    else:
        file.write_bytes(file.read_bytes() * 2 if change == "more" else b"")
    with pytest.raises(CannotRun, match="another export"):
        run(export, tmp_path / "out", SETUP)


@pytest.mark.parametrize("name", ["software", "knowledge", "maps"])
def test_another_version_is_refused(name: str, export: Path, tmp_path: Path) -> None:
    run(export, tmp_path / "out", SETUP)
    path = tmp_path / "out" / manifest.MANIFEST
    write_json(path, {**orjson.loads(path.read_bytes()), name: "another"})
    with pytest.raises(CannotRun, match="Give another --out"):
        run(export, tmp_path / "out", SETUP)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}"])
def test_a_damaged_manifest_is_refused(content: bytes, export: Path, tmp_path: Path) -> None:
    run(export, tmp_path / "out", SETUP)
    (tmp_path / "out" / manifest.MANIFEST).write_bytes(content)
    with pytest.raises(CannotRun, match="damaged"):
        run(export, tmp_path / "out", SETUP)


def test_an_export_that_changes_while_it_is_read_is_refused(
    export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = sorting.lines

    def growing(path: Path, longest: int, within: Any) -> Any:
        yield from read(path, longest, within)
        path.write_bytes(path.read_bytes() + b"{}\n")

    monkeypatch.setattr(sorting, "lines", growing)
    with pytest.raises(ChangedExport, match="has changed"):
        run(export, tmp_path / "out", SETUP)


def _keep(out: Path, ready: Any, end: Any) -> None:
    with manifest.alone(out):
        ready.set()
        end.wait()


def test_a_second_run_in_the_same_folder_waits_for_nobody_and_is_refused(export: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    ready, end = FORK.Event(), FORK.Event()
    other = FORK.Process(target=_keep, args=(tmp_path / "out", ready, end))
    other.start()
    try:
        ready.wait()
        with pytest.raises(CannotRun, match="another process"):
            run(export, tmp_path / "out", SETUP)
    finally:
        end.set()
        other.join()
    run(export, tmp_path / "out", SETUP)
