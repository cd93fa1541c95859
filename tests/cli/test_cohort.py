"""``spinemets cohort``: what it says, its exit codes, and the mend in every message."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import termios
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from service.cli import main
from service.cohort import parts, sorting, store
from tests.cohort import exports

ROOT = Path(__file__).parents[2]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return exports.write(tmp_path / "export", [exports.condition("Patient/a", 1), exports.condition("Patient/b", 2)])


def cohort(export: Path, *arguments: object) -> int:
    return main(["cohort", str(export), "--out", str(export.parent / "out"), "--processes", "1", *map(str, arguments)])


def rows(export: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(export.parent / "out").to_pylist()
    return found


def test_it_prints_what_became_of_every_line(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort(export) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == [
        "           2  rows of 2 patients",
        "           2  patients with a tumour of the spine",
        "           2  lines in 1 files, of which",
        "           2  are in the records of patients",
    ]
    assert said.err == ""
    assert {row["as_of"] for row in rows(export)} == {datetime.now(UTC).date().isoformat()}


def test_quiet_says_nothing(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort(export, "--quiet") == 0
    assert capsys.readouterr() == ("", "")


def test_lines_aside_and_refused_patients_are_exit_code_1(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (export / "Condition.ndjson").open("ab") as file:
        file.write(b"broken\n")
    assert cohort(export) == 1
    assert "1  are kept aside, not-json: no JSON." in capsys.readouterr().out


def test_a_refused_patient_is_exit_code_1_and_a_row(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = exports.condition("Patient/c", 3, onsetDateTime="Ann Lee")
    (export / "more").write_bytes(exports.line(bad))
    assert cohort(export) == 1
    said = capsys.readouterr().out
    assert "1  patients whose record was refused" in said
    assert "Ann Lee" not in said
    (refused,) = [row for row in rows(export) if row["outcome"] == "refused"]
    assert refused["problems"][0]["place"] == "more:1"


def test_options_reach_the_rows(export: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_bytes(orjson.dumps({"name": "ours"}))
    assert cohort(export, "--as-of", "2026-10-01", "--policy", policy, "--assume-complete", "--engine", "local") == 0
    assert {(row["as_of"], row["policy"], row["assume_complete"]) for row in rows(export)} == {
        ("2026-10-01", "ours", True)
    }


def test_each_patient_is_assessed_at_the_own_index_date_and_others_are_counted(
    export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "outcomes.csv").write_text(
        "patient,end_date,died,index_date\nPatient/a,2021-05-01,yes,2020-02-29\nnobody,,no,2020-01-01\n"
    )
    assert cohort(export, "--index-dates", tmp_path / "outcomes.csv") == 1
    said = capsys.readouterr().out
    assert "1  patients without an index date, who were not assessed" in said
    assert "1  index dates of 2 are of nobody in the export" in said
    assert [(row["patient"], row["outcome"], row["reason"]) for row in rows(export)] == [
        ("Patient/a", "assessed", None),
        ("Patient/b", "no-index-date", "no-index-date"),
    ]
    assert rows(export)[0]["as_of"] == "2020-02-29"
    (tmp_path / "outcomes.csv").write_text("patient,index_date\na,2020-02-28\n")
    assert cohort(export, "--index-dates", tmp_path / "outcomes.csv") == 2
    assert "there is a run in it with other --index-dates." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("patient\na\n", "the column index_date is missing in the first line: add it"),
        ("patient,index_date\n", "there is no row"),
        ("patient,index_date\na,\n", "row 1: index_date: the cell is empty: give the day, or leave the patient out"),
        ("patient,index_date\n,2020-01-01\n", "row 1: patient: the cell is empty: name the patient"),
        ("patient,index_date\na,01.02.2020\n", "row 1: index_date: write a date as 2024-05-31"),
        ("patient,index_date\na,2999-01-01\n", "row 1: index_date: a day from 1950-01-01 to today is needed"),
        ("patient,index_date\na,2020-01-01\nPatient/a,2021-01-01\n", "row 2: patient: the patient is there twice"),
        ("patient,index_date\n=a(),2020-01-01\n", "row 1: patient: a spreadsheet would compute this cell"),
    ],
)
def test_index_dates_are_refused_by_row_and_mend_before_anything_is_made(
    content: str, said: str, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dates.csv").write_text(content)
    assert cohort(export, "--index-dates", tmp_path / "dates.csv") == 2
    assert capsys.readouterr().err.startswith(f"spinemets: --index-dates: {said}")
    assert not (export.parent / "out").exists()


@pytest.mark.parametrize("as_of", ["2020-01-01", "2020-01-01T10:00:00Z"])
def test_index_dates_in_the_folder_of_a_run_at_one_time_are_refused(
    as_of: str, export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "dates.csv").write_text("patient,index_date\na,2021-01-01\n")
    assert cohort(export, "--as-of", as_of) == 0
    assert cohort(export, "--index-dates", tmp_path / "dates.csv") == 2
    assert "there is a run in it with other --index-dates." in capsys.readouterr().err


def test_one_day_for_all_and_one_for_each_is_refused(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort(export, "--index-dates", "dates.csv", "--as-of", "2020-01-01") == 2
    assert "Give it without --as-of." in capsys.readouterr().err
    assert cohort(export, "--index-dates", "dates.csv") == 2
    assert "dates.csv: No such file" in capsys.readouterr().err


def test_a_stopped_run_goes_on_with_the_day_on_which_it_began(
    export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stops(job: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(parts, "assess_part", stops)
        assert cohort(export, "--as-of", "2020-01-01") == 130
    assert "goes on where it was" in capsys.readouterr().err
    assert cohort(export) == 0
    assert {row["as_of"] for row in rows(export)} == {"2020-01-01"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--as-of", "yesterday"), "--as-of: This is a day"),
        (("--as-of", ""), "--as-of: This is a day"),  # of a variable of the shell that is not set
        (("--policy", "none.json"), "none.json: No such file"),
        (("--maps", "none"), "none: no such folder"),
    ],
)
def test_bad_input_is_one_line_with_the_mend(
    arguments: tuple[str, ...], said: str, export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cohort(export, *arguments) == 2
    assert capsys.readouterr().err.startswith(f"spinemets: {said}")
    assert not (export.parent / "out").exists()


def test_another_run_in_the_folder_is_refused(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cohort(export, "--as-of", "2020-01-01") == 0
    assert cohort(export, "--as-of", "2020-01-02") == 2
    said = capsys.readouterr().err
    assert "another --as-of. Give another --out, or remove the folder to begin anew." in said
    assert len(said.splitlines()) == 1


def test_a_file_that_cannot_be_read_is_named(
    export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(path: Path, longest: int, within: Any) -> Any:
        raise PermissionError(13, "Permission denied", "Condition.ndjson")

    monkeypatch.setattr(sorting, "lines", fails)
    assert cohort(export) == 2
    assert capsys.readouterr().err == (
        "spinemets: Condition.ndjson: Permission denied. Mend it; the same command goes on.\n"
    )


def test_a_full_disk_is_one_line_wherever_it_is_noticed(
    export: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also by the database of what is shared, whose failures are none of the system."""
    with monkeypatch.context() as patch:
        patch.setattr(store, "_EMPTY", f"PRAGMA max_page_count = 2; {store._EMPTY}")
        assert cohort(export) == 2
    said = capsys.readouterr().err
    assert said.endswith("shared.sqlite: database or disk is full. Mend it; the same command goes on.\n")
    assert len(said.splitlines()) == 1
    assert cohort(export) == 0


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "many", "2049", "99999999999", "٣"])
def test_numbers_are_bounded(number: str, export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cohort(export, "--longest-line", number)
    assert left.value.code == 2
    assert "a whole number from 1 to 2048" in capsys.readouterr().err


def test_without_pyarrow_it_says_how_to_install_it(export: Path) -> None:
    code = "import sys; sys.modules['pyarrow'] = None; from service.cli import main; sys.exit(main(sys.argv[1:]))"
    given = ["cohort", str(export), "--out", str(export.parent / "out")]
    left = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (left.returncode, left.stdout) == (2, "")
    assert left.stderr == (
        "spinemets: cohort writes Parquet, and pyarrow is not installed. Run: pip install 'spinemets-cds[cohort]'\n"
    )


def test_without_pyspark_it_says_how_to_install_it(export: Path) -> None:
    code = "import sys; sys.modules['pyspark'] = None; from service.cli import main; sys.exit(main(sys.argv[1:]))"
    given = ["cohort", str(export), "--engine", "spark", "--out", str(export.parent / "out")]
    left = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (left.returncode, left.stdout) == (2, "")
    assert left.stderr == (
        "spinemets: the engine spark needs PySpark, which is not installed. Run: pip install 'spinemets-cds[spark]'\n"
    )
    assert not (export.parent / "out").exists()


def test_no_other_command_waits_for_pyarrow() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "import sys, service.cli; print('pyarrow' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert found.stdout == "False\n"


def test_a_bar_is_drawn_on_a_terminal_and_nowhere_else(export: Path) -> None:
    """Also with processes, and from the command as it is installed."""
    command = [sys.executable, "-m", "service", "cohort", str(export), "--processes", "2", "--out"]
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    on_terminal = subprocess.run(
        [*command, str(export.parent / "one")], stderr=theirs, stdout=subprocess.PIPE, check=True, cwd=ROOT
    )
    os.close(theirs)
    drawn = os.read(ours, 100_000)
    os.close(ours)
    piped = subprocess.run([*command, str(export.parent / "two")], capture_output=True, check=True, cwd=ROOT)
    assert b"reading" in drawn
    assert b"assessing" in drawn
    assert piped.stderr == b""
    assert piped.stdout == on_terminal.stdout
