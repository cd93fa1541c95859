"""Rows are appended one after the other by any number of processes, and what a cut-off write leaves is never lost."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.audit import START, Trail, Unwritable, check, last_row, rotate
from service.audit.rows import LONGEST
from tests.docs.pages import ROOT
from tests.support.audited import AT, event, events, trail


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_rows_are_numbered_and_each_names_the_hash_of_the_one_before(file: Path) -> None:
    made = Trail(file)
    first, second = made.append(event()), made.append(event())
    assert (first.number, first.previous, second.number, second.previous) == (1, START, 2, first.hash)
    assert check([file]).hash == second.hash


def test_the_file_is_for_its_owner_alone_and_one_that_is_not_is_refused(file: Path) -> None:
    made = trail(file, 1)
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o640)
    with pytest.raises(Unwritable, match="chmod 600"):
        made.append(event())
    with pytest.raises(Unwritable, match="chmod 600"):
        made.check()


def test_a_link_is_not_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").touch(mode=0o600)
    file.symlink_to(tmp_path / "other")
    with pytest.raises(Unwritable):
        Trail(file).append(event())


WRITER = """
import sys
from pathlib import Path
from service.audit import Trail, rotate
from tests.support.audited import event
trail = Trail(Path(sys.argv[1]), sync=False)
for n in range(int(sys.argv[2])):
    print(trail.append(event((f"reference Patient/{sys.argv[3]}-{n}",))).hash, flush=True)
"""


def writer(file: Path, number: int, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WRITER, str(file), str(number), name]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def test_several_processes_make_one_chain_while_it_is_rotated(file: Path) -> None:
    trail(file, 1)
    writers = [writer(file, 150, name) for name in "abc"]
    aside = [rotate(file, AT + timedelta(seconds=n), sync=False) for n in range(10)]
    told = {line for each in writers for line in each.communicate()[0].decode().split()}
    assert [each.returncode for each in writers] == [0, 0, 0]
    assert len(told) == 450
    assert check([*aside, file]).rows == 1 + 450 + 10
    held = {row for each in [*aside, file] for row in hashes_of(each)}
    assert told <= held


def hashes_of(file: Path) -> set[str]:
    from service.audit import rows  # noqa: PLC0415

    with file.open("rb") as opened:
        return {row.hash for row in rows(opened)}


def test_no_row_that_was_acknowledged_is_lost_when_a_writer_is_killed(file: Path) -> None:
    told: set[str] = set()
    for turn in range(5):
        killed = writer(file, 100_000, str(turn))
        assert killed.stdout is not None
        told |= {killed.stdout.readline().decode().strip() for _ in range(20)}
        killed.kill()
        rest = killed.communicate()[0].decode().split("\n")[:-1]
        told |= set(rest)
    assert told <= hashes_of(file)
    assert check([file]).rows >= len(told)


@pytest.mark.parametrize(
    "piece",
    [b'{"event":{"resourceType', b"\0" * 4096, b"x", b"\n", b'{"event":{}}', b"garbage\n", b"\xff\xfe"],
)
def test_a_piece_of_a_row_stays_and_the_next_row_says_so(file: Path, piece: bytes) -> None:
    made = trail(file)
    whole = file.read_bytes()
    with file.open("ab") as opened:
        opened.write(piece)
    made.append(event())
    made.append(event())
    assert file.read_bytes().startswith(whole + piece)
    found = check([file])
    assert (found.rows, found.last, found.torn, found.open_end) == (7, 7, 1, False)
    assert len(events(file)) == 7


def test_a_row_that_lacks_nothing_but_its_end_stays_a_row(file: Path) -> None:
    made = trail(file)
    file.write_bytes(file.read_bytes().removesuffix(b"\n"))
    made.append(event())
    assert (check([file]).rows, check([file]).torn) == (6, 0)


def test_a_piece_at_the_very_beginning_is_noted_too(file: Path) -> None:
    file.touch(mode=0o600)
    file.write_bytes(b'{"event"')
    trail(file, 2)
    assert (check([file]).rows, check([file]).torn) == (2, 1)


@pytest.mark.parametrize("junk", [b"one\ntwo\n", b"one\ntwo", b"x" * (LONGEST + 1)])
def test_more_than_one_piece_is_no_cut_off_write_and_nothing_is_added_to_it(file: Path, junk: bytes) -> None:
    made = trail(file)
    with file.open("ab") as opened:
        opened.write(junk)
    before = file.read_bytes()
    with pytest.raises(Unwritable, match="spinemets audit verify"):
        made.append(event())
    assert file.read_bytes() == before


def test_a_long_row_is_found_from_the_end_and_a_longer_one_is_refused(file: Path) -> None:
    made = trail(file)
    made.append(event(door="x" * 100_000))
    assert made.append(event()).number == 7
    with pytest.raises(Unwritable, match="larger"):
        made.append(event(door="x" * LONGEST))
    assert check([file]).rows == 7


@pytest.fixture
def full(file: Path) -> Any:
    """A disk on which there is room for 100 bytes more."""
    made = trail(file)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 100, hard))
    yield made
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_the_row_is_refused_and_no_piece_of_it_stays(file: Path, full: Trail) -> None:
    before = file.read_bytes()
    with pytest.raises(Unwritable, match="the disk is full"):
        full.append(event())
    assert file.read_bytes() == before


def test_a_piece_that_cannot_be_taken_back_is_noted_by_the_next_row(
    file: Path, full: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a file to which bytes can only be added."""

    def forbidden(*_: Any) -> None:
        raise PermissionError(errno.EPERM, "not here")

    monkeypatch.setattr(os, "ftruncate", forbidden)
    with pytest.raises(Unwritable):
        full.append(event())
    assert check([file]).open_end
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    full.append(event())
    assert (check([file]).rows, check([file]).torn) == (6, 1)


def test_it_is_seen_beforehand_that_a_folder_is_not_there_or_a_disk_is_full(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Unwritable, match="no such file or directory"):
        Trail(file.parent / "nowhere" / "audit.jsonl").check()
    Trail(file).check()
    found = os.statvfs(file.parent)
    monkeypatch.setattr(os, "fstatvfs", lambda _: os.statvfs_result((*found[:4], 0, *found[5:10])))
    with pytest.raises(Unwritable, match="full"):
        Trail(file).check()


def test_what_is_unwritable_says_no_path(file: Path) -> None:
    with pytest.raises(Unwritable) as error:
        Trail(file / "below").append(event())
    assert str(file.parent) not in str(error.value)


def test_a_file_is_set_aside_and_the_chain_goes_on(file: Path) -> None:
    made = trail(file)
    aside = rotate(file, AT)
    assert aside.name == "audit-20261121T093000Z.jsonl"
    made.append(event())
    assert (check([aside]).last, check([file]).first, check([file]).last) == (5, 6, 7)
    assert check([aside, file]).rows == 7
    assert check([file], after=check([aside]).hash).rows == 2
    first = events(file)[0]
    assert check([aside]).hash in [each["valueString"] for each in first["entity"][0]["detail"]]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_that_an_administrator_sets_aside_stays_that_of_the_service(file: Path) -> None:
    trail(file)
    os.chown(file, 65534, 65534)
    rotate(file, AT)
    assert (file.stat().st_uid, file.stat().st_gid) == (65534, 65534)


def test_a_file_is_not_set_aside_over_another_nor_where_there_is_none(file: Path) -> None:
    with pytest.raises(Unwritable, match="no such file"):
        rotate(file, AT)
    trail(file)
    rotate(file, AT)
    before = file.read_bytes()
    with pytest.raises(Unwritable, match="exists"):
        rotate(file, AT)
    assert file.read_bytes() == before
    assert sorted(each.name for each in file.parent.iterdir()) == ["audit-20261121T093000Z.jsonl", "audit.jsonl"]


def test_a_piece_at_the_end_of_a_file_that_is_set_aside_is_noted_by_the_next_one(file: Path) -> None:
    trail(file)
    with file.open("ab") as opened:
        opened.write(b'{"ev')
    aside = rotate(file, AT)
    assert check([aside]).open_end
    assert (check([aside, file]).torn, check([file]).rows) == (1, 1)


class Told:
    """A trail that counts how often it was told of a cut."""

    def __init__(self, file: Path) -> None:
        self.times = 0
        self.trail = Trail(file, sync=False, cut=self._cut)

    def _cut(self) -> None:
        self.times += 1


def cut_to(size: int) -> Callable[[Path], None]:
    return lambda file: os.truncate(file, size)


def without_the_last_row(file: Path) -> None:
    os.truncate(file, len(b"".join(file.read_bytes().splitlines(keepends=True)[:-1])))


def with_another_last_row(file: Path) -> None:
    without_the_last_row(file)
    Trail(file, sync=False).append(event(door="GET /another"))


def begun_anew(file: Path) -> None:
    file.unlink()
    trail(file, 3)


CUTS = [cut_to(0), cut_to(10), without_the_last_row, with_another_last_row, begun_anew, Path.unlink]


@pytest.mark.parametrize("does", CUTS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("written", [True, False], ids=["its own row", "a row that was there"])
def test_rows_that_are_gone_are_missed_once_and_the_next_row_is_written(
    file: Path, does: Callable[[Path], None], written: bool
) -> None:
    trail(file, 6)
    told = Told(file)
    if written:
        told.trail.append(event())
    else:
        told.trail.remember()
    does(file)
    assert told.times == 0
    told.trail.append(event())
    assert told.times == 1
    told.trail.append(event())
    assert told.times == 1
    assert len(events(file)) >= 2


def test_what_is_added_torn_or_set_aside_is_no_cut(file: Path) -> None:
    told = Told(file)
    told.trail.remember()
    assert not file.exists()
    told.trail.append(event())
    trail(file, 3)
    told.trail.append(event())
    with file.open("ab") as opened:
        opened.write(b'{"ev')
    told.trail.append(event())
    rotate(file, AT)
    told.trail.append(event())
    rotate(file, AT + timedelta(seconds=1))
    rotate(file, AT + timedelta(seconds=2))
    told.trail.append(event())
    with file.open("ab") as opened:
        opened.write(b'{"ev')
    told.trail.remember()
    told.trail.append(event())
    file.write_bytes(file.read_bytes().removesuffix(b"\n"))
    told.trail.remember()
    told.trail.append(event())
    assert told.times == 0


def test_who_finds_an_archived_file_in_the_place_of_the_trail_misses_the_rows_after_it(file: Path) -> None:
    told = Told(file)
    told.trail.append(event())
    aside = rotate(file, AT)
    told.trail.append(event())
    aside.replace(file)
    told.trail.append(event())
    assert told.times == 1


def test_the_last_row_is_found_without_reading_the_file(file: Path) -> None:
    trail(file, 3)
    found = last_row(file)
    assert found is not None
    assert found.number == 3
    assert datetime.now(UTC) > AT - timedelta(days=36500)
    with pytest.raises(Unwritable):
        last_row(file.with_name("nothing"))
