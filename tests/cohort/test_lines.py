"""Lines are found as Python finds them, whatever the pieces in which a file is read, and what is broken is told."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cohort import lines as module
from service.cohort.lines import FAULTS, SHOWN, Fault, Line, lines, ranges

LONGEST = 1_000_000


def read(content: bytes, longest: int = LONGEST, piece: int = 1024 * 1024) -> list[Line]:
    with TemporaryDirectory() as folder, mock.patch.object(module, "_PIECE", piece):
        path = Path(folder) / "file"
        path.write_bytes(content)
        return list(lines(path, longest))


@given(
    listed=st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=12),
    ended=st.booleans(),
    packed=st.booleans(),
    piece=st.integers(2, 9),
)
def test_every_line_is_found_once_in_pieces_of_any_size(
    listed: list[bytes], ended: bool, packed: bool, piece: int
) -> None:
    text = b"\n".join(listed) + (b"\n" if ended else b"")
    if text.startswith(b"\x1f\x8b") or b"\xef\xbb\xbf" in text:
        return
    expected = text.split(b"\n")
    if not expected[-1]:
        expected.pop()
    found = read(gzip.compress(text) if packed else text, piece=piece)
    assert [line.content for line in found] == expected
    assert [line.number for line in found] == [*range(1, len(expected) + 1)]
    cut_off = [line.fault for line in found if line.fault]
    assert cut_off == ([Fault.CUT_OFF] if text and not text.endswith(b"\n") else [])


@given(
    lengths=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    longest=st.integers(1, 20),
    piece=st.integers(1, 9),
)
def test_a_line_is_too_long_exactly_when_it_has_more_bytes(lengths: list[int], longest: int, piece: int) -> None:
    found = read(b"".join(b"x" * n + b"\n" for n in lengths), longest, piece)
    assert [line.fault for line in found] == [Fault.TOO_LONG if n > longest else None for n in lengths]
    assert [line.size for line in found] == lengths


def test_of_a_line_without_end_no_more_than_a_piece_and_its_beginning_is_held() -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "bomb.gz"
        path.write_bytes(gzip.compress(b"x" * 200_000_000 + b"\n{}\n"))
        tracemalloc.start()
        try:
            first, second = lines(path, 2_000_000)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert (first.fault, first.size, first.content) == (Fault.TOO_LONG, 200_000_000, b"x" * SHOWN)
    assert second.content == b"{}"
    assert most < 20_000_000


def test_packed_files_may_follow_one_another_and_end_with_zeros() -> None:
    packed = gzip.compress(b"a\nb") + gzip.compress(b"c\nd\n") + b"\0" * 20
    assert [line.content for line in read(packed)] == [b"a", b"bc", b"d"]


@pytest.mark.parametrize("piece", [2, 7, 1024])
def test_what_is_whole_of_a_broken_packed_file_is_used_and_the_rest_is_one_line(piece: int) -> None:
    packed = gzip.compress(b"first line\nsecond line\nthird line\n", mtime=0)
    cut = read(packed[:-10], piece=piece)
    assert [line.fault for line in cut][-1] is Fault.BROKEN_GZIP
    assert [line.content for line in cut if not line.fault] == [b"first line", b"second line", b"third line"][
        : len(cut) - 1
    ]
    garbage = read(packed + b"garbage", piece=piece)
    assert [line.fault for line in garbage] == [None, None, None, Fault.BROKEN_GZIP]
    damaged = read(packed[:-6] + b"\0\0" + packed[-4:], piece=piece)
    assert damaged[-1].fault is Fault.BROKEN_GZIP


def test_a_byte_order_mark_is_no_part_of_a_line() -> None:
    """Nor of one in the middle, where files were joined: a record would be refused for it."""
    mark = b"\xef\xbb\xbf"
    found = read(mark + b"{}\n" + mark + b'{"a":"' + mark + b'"}\n' + mark)
    assert [line.content for line in found] == [b"{}", b'{"a":"' + mark + b'"}', b""]


def test_an_empty_file_has_no_line() -> None:
    assert read(b"") == []
    assert read(gzip.compress(b"")) == []


def test_every_fault_is_explained() -> None:
    assert FAULTS.keys() == set(Fault)


@given(
    listed=st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"\n", b"")), max_size=12),
    ended=st.booleans(),
    most=st.integers(1, 40),
    piece=st.integers(1, 9),
    longest=st.integers(1, 20),
)
def test_the_lines_of_a_file_are_those_of_its_ranges(
    listed: list[bytes], ended: bool, most: int, piece: int, longest: int
) -> None:
    """Each in one range, and with what is wrong with it, wherever a range ends."""
    text = b"\n".join(listed) + (b"\n" if ended else b"")
    if text.startswith(b"\x1f\x8b"):
        return
    with TemporaryDirectory() as folder, mock.patch.object(module, "_PIECE", piece):
        path = Path(folder) / "file"
        path.write_bytes(text)
        found: list[Line] = []
        for within in ranges(path, len(text), most):
            of_range = list(lines(path, longest, within))
            assert [line.number for line in of_range] == [*range(1, len(of_range) + 1)]
            found += [line._replace(number=line.number + len(found)) for line in of_range]
        assert found == list(lines(path, longest))


def test_a_range_within_a_line_reads_no_more_than_itself(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1000 + b"\n{}\n")
    read: list[int] = []
    with mock.patch.object(module, "_PIECE", 10), path.open("rb") as file:
        within = module.Range(100, 200)
        assert (
            list(module._pieces_of(mock.Mock(wraps=file, read=lambda n: [read.append(n), file.read(n)][1]), within))
            == []
        )
    assert sum(read) == 100


def test_a_packed_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(b"{}\n"))
    assert ranges(path, path.stat().st_size, 5) == [None]
    path.write_bytes(b"{}\n{}\n")
    assert ranges(path, 6, 6) == [None]
    assert ranges(path, 6, 4) == [(0, 4), (4, 6)]
