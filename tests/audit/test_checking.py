"""Whatever is done to a trail shows: no byte can be changed, and no row taken out, put in or moved."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.audit import Broken, check
from service.audit.rows import packed
from tests.support.audited import event, trail


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    trail(file, 8)
    return file


def changed(whole: Path, tmp_path: Path, lines: list[bytes]) -> Path:
    file = tmp_path / whole.name
    file.write_bytes(b"".join(lines))
    return file


def lines(whole: Path) -> list[bytes]:
    return whole.read_bytes().splitlines(keepends=True)


def test_a_trail_that_is_whole_is_found_whole_by_another_program_too(whole: Path) -> None:
    """The form of a row is that of the page: nothing but JSON and SHA-256 is needed to see that it is whole."""
    previous = "0" * 64
    for n, line in enumerate(whole.read_text("utf-8").splitlines(), 1):
        row = json.loads(line)
        claimed = row.pop("hash")
        canonical = json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(canonical.encode()).hexdigest() == claimed
        assert (row["number"], row["previous"]) == (n, previous)
        previous = claimed
    assert check([whole]).hash == previous


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(data=st.data())
def test_no_byte_can_be_changed(whole: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(whole.read_bytes())
    at = data.draw(st.integers(0, len(content) - 2))  # the last one is the end of the last line, which may be missing
    content[at] = data.draw(st.integers(0, 255).filter(lambda new: new != content[at]))
    file = tmp_path / "audit.jsonl"
    file.write_bytes(content)
    last = check([whole]).hash
    with pytest.raises(Broken):
        check([file], last=last)


@pytest.mark.parametrize("n", range(8))
def test_no_row_can_be_taken_out(whole: Path, tmp_path: Path, n: int) -> None:
    listed = lines(whole)
    last = check([whole]).hash
    with pytest.raises(Broken, match="missing"):
        check([changed(whole, tmp_path, listed[:n] + listed[n + 1 :])], last=last)


def test_rows_cannot_change_places(whole: Path, tmp_path: Path) -> None:
    listed = lines(whole)
    listed[3], listed[4] = listed[4], listed[3]
    with pytest.raises(Broken, match="line 4: after row 3 comes row 5; rows 4 to 4 are missing"):
        check([changed(whole, tmp_path, listed)])


def test_a_row_cannot_be_there_twice(whole: Path, tmp_path: Path) -> None:
    listed = lines(whole)
    with pytest.raises(Broken, match="line 4: after row 3 comes row 3; rows were added or moved"):
        check([changed(whole, tmp_path, [*listed[:3], listed[2], *listed[3:]])])


def test_a_row_cannot_be_put_in_the_place_of_another_one(whole: Path, tmp_path: Path) -> None:
    """Its own hash may be right; the row after it tells."""
    listed = lines(whole)
    before = orjson.loads(listed[2])["hash"]
    listed[3] = packed(4, before, event(("reference Patient/forged",)))[0]
    with pytest.raises(Broken, match="line 5: row 5 does not follow the row before it"):
        check([changed(whole, tmp_path, listed)])


def test_a_changed_row_is_named(whole: Path, tmp_path: Path) -> None:
    listed = lines(whole)
    listed[5] = listed[5].replace(b'"outcome":"0"', b'"outcome":"4"')
    with pytest.raises(Broken, match=r"audit\.jsonl, line 6: row 6 was changed"):
        check([changed(whole, tmp_path, listed)])


def test_a_row_that_says_the_same_in_other_bytes_is_changed(whole: Path, tmp_path: Path) -> None:
    listed = lines(whole)
    listed[1] = json.dumps(json.loads(listed[1])).encode() + b"\n"
    with pytest.raises(Broken, match="line 2: row 2 was changed"):
        check([changed(whole, tmp_path, listed)])


def test_a_tail_that_was_cut_off_shows_by_the_hash_that_was_noted(whole: Path, tmp_path: Path) -> None:
    cut = changed(whole, tmp_path, lines(whole)[:-1])
    assert check([cut]).last == 7
    with pytest.raises(Broken, match="rows after 7 are missing"):
        check([cut], last=check([whole]).hash)
    assert check([whole], last=check([cut]).hash).last == 8


@pytest.mark.parametrize("junk", [b"junk\n", b"\n", b"{}\n"])
def test_a_line_that_is_no_row_is_no_piece_unless_the_next_row_says_so(
    whole: Path, tmp_path: Path, junk: bytes
) -> None:
    listed = lines(whole)
    with pytest.raises(Broken, match="line 4: this is no row"):
        check([changed(whole, tmp_path, [*listed[:3], junk, *listed[3:]])])


def test_a_piece_cannot_be_taken_out_nor_another_one_put_in_its_place(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    made = trail(file, 2)
    with file.open("ab") as opened:
        opened.write(b'{"event":')
    made.append(event())
    listed = lines(file)
    assert check([file]).torn == 1
    with pytest.raises(Broken, match="line 3: row 3 speaks of a piece before it, which is missing"):
        check([changed(file, tmp_path, [*listed[:2], listed[3]])])
    with pytest.raises(Broken, match="line 3: this is no row"):
        check([changed(file, tmp_path, [*listed[:2], b"other\n", listed[3]])])


def test_a_file_that_begins_in_the_middle_is_not_whole(whole: Path, tmp_path: Path) -> None:
    rest = changed(whole, tmp_path, lines(whole)[3:])
    with pytest.raises(Broken, match="rows 1 to 3 are missing"):
        check([rest])
    with pytest.raises(Broken, match="--after"):
        check([rest], after="0" * 64)
    assert check([rest], after=orjson.loads(lines(whole)[2])["hash"]).first == 4


def test_an_empty_file_is_no_trail(tmp_path: Path) -> None:
    (tmp_path / "audit.jsonl").touch()
    with pytest.raises(Broken, match="no row"):
        check([tmp_path / "audit.jsonl"])
