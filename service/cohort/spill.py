"""Lines on their way to the part of their patient: a file for each input file, with a block for each bucket.

A bucket holds the patients whose hash falls into it. There are so many that a part of any wished size can be put
together from whole buckets once their sizes are known.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

#: Buckets of patients; those after them are for what has no patient yet.
BUCKETS = 4096
SHARED, BY_IDENTIFIER, IDENTIFIERS = BUCKETS, BUCKETS + 1, BUCKETS + 2
_HEAD = struct.Struct("<HQI")
_BLOCK = struct.Struct("<IQQ")
_FOOT = struct.Struct("<QQ8s")
_MAGIC = b"spineme1"
#: Bytes that wait to be written in a process.
_WAITING = 32 * 1024 * 1024


class Spilled(NamedTuple):
    """A line, with the key that it is found by."""

    key: str
    number: int
    """Of the line in its file."""
    content: bytes


def hash_of(key: str) -> int:
    """The same number for a key on every machine and in every run."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big")


def bucket_of(key: str) -> int:
    return hash_of(key) % BUCKETS


def slice_of(key: str, slices: int) -> int:
    """Which slice of its bucket a patient is in, where the bucket is too large to be read at a time."""
    return hash_of(key) // BUCKETS % slices


class Writer:
    """Collects lines by bucket and writes them in blocks; what waits is bounded."""

    def __init__(self, file: BinaryIO, waiting: int = _WAITING) -> None:
        self._file = file
        self._most = waiting
        self._waiting: dict[int, list[bytes]] = {}
        self._size = 0
        self._at = 0
        self._index: list[bytes] = []

    def add(self, bucket: int, key: str, number: int, content: bytes) -> None:
        name = key.encode()
        waiting = self._waiting.get(bucket)
        if waiting is None:
            waiting = self._waiting[bucket] = []
        waiting += (_HEAD.pack(len(name), number, len(content)), name, content)
        self._size += _HEAD.size + len(name) + len(content)
        if self._size > self._most:
            self._flush()

    def _flush(self) -> None:
        for bucket in sorted(self._waiting):
            block = b"".join(self._waiting[bucket])
            self._file.write(block)
            self._index.append(_BLOCK.pack(bucket, self._at, len(block)))
            self._at += len(block)
        self._waiting.clear()
        self._size = 0

    def finish(self, said: Mapping[str, Any]) -> None:
        """Writes what waits, where each block is, and what is to be said of the file."""
        self._flush()
        self._file.write(b"".join(self._index))
        text = orjson.dumps(said)
        self._file.write(text)
        self._file.write(_FOOT.pack(len(self._index), len(text), _MAGIC))


class Spill:
    """A file that was written by a :class:`Writer`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            file.seek(-_FOOT.size, 2)
            end = file.tell()
            blocks, size, magic = _FOOT.unpack(file.read())
            if magic != _MAGIC:
                raise ValueError(path.name)
            file.seek(end - size - blocks * _BLOCK.size)
            self._blocks = list(_BLOCK.iter_unpack(file.read(blocks * _BLOCK.size)))
            self.said: dict[str, Any] = orjson.loads(file.read(size))

    def sizes(self) -> Iterator[tuple[int, int]]:
        """Bucket and bytes of each block."""
        return ((bucket, size) for bucket, _, size in self._blocks)

    def read(self, buckets: range) -> Iterator[Spilled]:
        """The lines of some buckets, in the order of the file within each."""
        with self._path.open("rb") as file:
            for bucket, at, size in self._blocks:
                if bucket in buckets:
                    file.seek(at)
                    yield from _lines(file.read(size))


def _lines(block: bytes) -> Iterator[Spilled]:
    at = 0
    while at < len(block):
        named, number, size = _HEAD.unpack_from(block, at)
        at += _HEAD.size
        key = block[at : at + named].decode()
        at += named
        yield Spilled(key, number, block[at : at + size])
        at += size
