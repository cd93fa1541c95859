"""Bytes that were packed with gzip, and what only looks so."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir_mapping.inbound.unpacking import TooMuch, gunzip

MIB = 1024 * 1024


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
def test_what_was_packed_in_any_number_of_blocks_comes_out_whole(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    packed = b"".join(map(gzip.compress, parts))
    assert gunzip(packed, len(whole)) == whole
    assert gunzip(packed + b"\0" * 7, len(whole)) == whole
    if whole:
        with pytest.raises(TooMuch):
            gunzip(packed, len(whole) - 1)


def test_a_bomb_takes_no_more_memory_than_there_is_room_for() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(b"\0" * MIB) for _ in range(512)) + packer.flush()
    tracemalloc.start()
    with pytest.raises(TooMuch):
        gunzip(bomb, MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * MIB


def test_nothing_was_packed() -> None:
    assert gunzip(b"", 10) == b""
    assert gunzip(gzip.compress(b""), 10) == b""


@pytest.mark.parametrize("cut", [1, 5, 12, 20])
def test_what_breaks_off_is_not_taken_for_all(cut: int) -> None:
    with pytest.raises(EOFError):
        gunzip(gzip.compress(b"a record")[:-cut], 100)


@pytest.mark.parametrize(
    "packed",
    [
        b"{}",
        gzip.compress(b"a record") + b"rest",
        gzip.compress(b"a record")[:-8] + b"\1" * 8,  # another check sum
        gzip.compress(b"") * 20_000,  # blocks without end
    ],
    ids=["none", "rest", "sum", "blocks"],
)
def test_what_is_not_gzip_is_not_read(packed: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the kind says it all
        gunzip(packed, MIB)
