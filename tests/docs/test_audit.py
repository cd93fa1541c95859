"""The page of the audit trail shows a row as it is written, and a check that needs nothing of this project."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.api.audited import AUDITED
from service.audit.rows import START, packed
from service.cli import main
from tests.docs.pages import blocks, check_is_part_of, page, rows
from tests.support.audited import AT, event, trail

PAGE = page("audit.md")
PEOPLE = ("identifier https://hospital.example/mrn|4711", "reference Patient/p1")


def test_the_row_of_the_page_is_one_that_is_written() -> None:
    true, digest = packed(1, START, event(PEOPLE, user="Practitioner/7", server="https://hospital.example/fhir", at=AT))
    (shown,) = blocks(PAGE, "json")
    told = json.loads(shown)
    # The hash is that of the row as it is written by this version, whose number stands in it.
    assert len(told.pop("hash")) == len(digest)
    check_is_part_of(told, json.loads(true))


def test_the_check_of_the_page_finds_a_trail_whole_and_a_changed_one_not(tmp_path: Path) -> None:
    (program,) = blocks(PAGE, "python")
    file = tmp_path / "audit.jsonl"
    trail(file)
    command = [sys.executable, "-c", program, str(file)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("whole ")
    file.write_bytes(file.read_bytes().replace(b'"HTTP 200"', b'"HTTP 201"'))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize("command", [line for each in blocks(PAGE, "sh") for line in each.splitlines()])
def test_the_commands_of_the_page_are_understood(command: str, tmp_path: Path) -> None:
    action = command.split()[2]
    with pytest.raises(SystemExit) as left:
        main(["audit", action, "--help"])
    assert left.value.code == 0


def test_every_kind_of_event_is_in_the_table() -> None:
    told = " ".join(cells[1] for cells in rows(PAGE, "door"))
    for act in AUDITED.values():
        kind = "rest" if act.type[1] == "rest" else act.type[2]
        assert f"{kind}, {act.subtype[2]}" in told
