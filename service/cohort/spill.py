"""Lines on their way to the part of their patient: a file for each range that is read, with blocks for each bucket.

A bucket holds the patients whose hash falls into it. There are so many that a part of any wished size can be put
together from whole buckets once their sizes are known. Where the blocks of a bucket are stays on the disk: an export
of a terabyte has more blocks than a process can remember.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Container, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

#: Buckets of patients; those after them are for what has no patient yet.
BUCKETS = 4096
SHARED, BY_IDENTIFIER, IDENTIFIERS = BUCKETS, BUCKETS + 1, BUCKETS + 2
_HEAD = struct.Struct("<?HQI")
_HEAD_SIZE = _HEAD.size
_FILES = IDENTIFIERS + 1
_BLOCK = struct.Struct("=QQ")
"""Of a block: where it begins, and its bytes. The blocks of a bucket follow one another in the index."""
_FIRST = struct.Struct("=Q")
"""Of a bucket: the number of its first block in the index."""
_FOOT = struct.Struct("<QQ8s")
_MAGIC = b"spineme3"
#: Bytes that wait to be written in a process.
_WAITING = 32 * 1024 * 1024
#: Blocks that follow one another are read together up to so many bytes.
_TOGETHER = 1024 * 1024


class Spilled(NamedTuple):
    """A line, with the key that it is found by."""

    key: str
    number: int
    """Of the line in its file."""
    content: bytes
    tells: bool = False
    """Whether it could tell of a tumour or of the spine."""


class Key(NamedTuple):
    """What a line of a patient is found by."""

    bucket: int
    name: bytes


@lru_cache(maxsize=16384)
def key_of(patient: str) -> Key:
    """The key of a patient. Lines of one patient are near one another in most exports."""
    return Key(bucket_of(patient), patient.encode())


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
        self._blocks: dict[int, array[int]] = {}

    def add(self, key: Key, number: int, content: bytes, *, tells: bool = False) -> None:
        bucket, name = key
        waiting = self._waiting.get(bucket)
        if waiting is None:
            waiting = self._waiting[bucket] = []
        named, size = len(name), len(content)
        waiting += (_HEAD.pack(tells, named, number, size), name, content)
        self._size += _HEAD_SIZE + named + size
        if self._size > self._most:
            self._flush()

    def _flush(self) -> None:
        for bucket in sorted(self._waiting):
            block = b"".join(self._waiting[bucket])
            self._file.write(block)
            if bucket not in self._blocks:
                self._blocks[bucket] = array("Q")
            self._blocks[bucket].extend((self._at, len(block)))
            self._at += len(block)
        self._waiting.clear()
        self._size = 0

    def finish(self, said: Mapping[str, Any]) -> None:
        """Writes what waits, where each block is, and what is to be said of the file."""
        self._flush()
        text = orjson.dumps(said)
        numbers = (len(self._blocks.get(bucket, ())) // 2 for bucket in range(_FILES))
        self._file.write(array("Q", accumulate(numbers, initial=0)).tobytes())
        for bucket in sorted(self._blocks):
            self._file.write(self._blocks[bucket].tobytes())
        self._file.write(text)
        self._file.write(_FOOT.pack(self._at, len(text), _MAGIC))


class Spill:
    """A file that was written by a :class:`Writer`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with path.open("rb") as file:
            file.seek(-_FOOT.size, 2)
            end = file.tell()
            self._index, size, magic = _FOOT.unpack(file.read())
            if magic != _MAGIC:
                raise ValueError(path.name)
            file.seek(end - size)
            self.said: dict[str, Any] = orjson.loads(file.read(size))

    def sizes(self) -> Iterator[tuple[int, int]]:
        """Bucket and bytes of each bucket in which there is something."""
        with self._path.open("rb") as file:
            file.seek(self._index)
            firsts = [first for (first,) in _FIRST.iter_unpack(file.read((_FILES + 1) * _FIRST.size))]
            for bucket, (first, end) in enumerate(pairwise(firsts)):
                if first < end:
                    blocks = _BLOCK.iter_unpack(file.read((end - first) * _BLOCK.size))
                    yield bucket, sum(size for _, size in blocks)

    def read(self, buckets: range, wanted: Container[str] | None = None) -> Iterator[Spilled]:
        """The lines of some buckets that follow one another, in the order of the file within each.

        Given the keys that are ``wanted``, a line of another one comes without its content.
        """
        with self._path.open("rb") as file:
            for at, size in self._stretches(file, buckets):
                file.seek(at)
                yield from _lines(file.read(size), wanted)

    def telling(self, buckets: range) -> Iterator[str]:
        """The keys of lines that could tell of a tumour or of the spine."""
        with self._path.open("rb") as file:
            for at, size in self._stretches(file, buckets):
                file.seek(at)
                yield from _telling(file.read(size))

    def _stretches(self, file: BinaryIO, buckets: range) -> Iterator[tuple[int, int]]:
        """Where the lines of some buckets are, in the order of the file."""
        file.seek(self._index + buckets.start * _FIRST.size)
        firsts = file.read((len(buckets) + 1) * _FIRST.size)
        (first,), (end,) = _FIRST.unpack_from(firsts), _FIRST.unpack_from(firsts, len(buckets) * _FIRST.size)
        file.seek(self._index + (_FILES + 1) * _FIRST.size + first * _BLOCK.size)
        begin = together = 0
        for at, size in sorted(_BLOCK.iter_unpack(file.read((end - first) * _BLOCK.size))):
            if together and (at != begin + together or together + size > _TOGETHER):
                yield begin, together
                together = 0
            if not together:
                begin = at
            together += size
        if together:
            yield begin, together


def _lines(block: bytes, wanted: Container[str] | None) -> Iterator[Spilled]:
    at, end = 0, len(block)
    while at < end:
        tells, named, number, size = _HEAD.unpack_from(block, at)
        at += _HEAD_SIZE
        key = block[at : at + named].decode()
        at += named
        here = wanted is None or key in wanted
        yield Spilled(key, number, block[at : at + size] if here else b"", tells)
        at += size


def _telling(block: bytes) -> Iterator[str]:
    at, end = 0, len(block)
    while at < end:
        tells, named, _, size = _HEAD.unpack_from(block, at)
        at += _HEAD_SIZE
        if tells:
            yield block[at : at + named].decode()
        at += named + size
