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
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson

#: Buckets of patients; those after them are for what has no patient yet.
BUCKETS = 4096
SHARED, BY_IDENTIFIER, IDENTIFIERS = BUCKETS, BUCKETS + 1, BUCKETS + 2
_HEAD = struct.Struct("<?HIQ")
"""Of lines with one key: whether they tell, bytes of the key, number of lines, bytes of all of them."""
_HEAD_SIZE = _HEAD.size
_LINE = struct.Struct("<QI")
"""Of a line: its number, and its bytes."""
_LINE_SIZE = _LINE.size
_FILES = IDENTIFIERS + 1
_BLOCK = struct.Struct("=QQ")
"""Of a block: where it begins, and its bytes. The blocks of a bucket follow one another in the index."""
_FIRST = struct.Struct("=Q")
"""Of a bucket: the number of its first block in the index."""
_FOOT = struct.Struct("<QQ8s")
_MAGIC = b"spineme4"
#: Bytes that wait to be written in a process, with what Python takes for each key and each line.
_WAITING = 32 * 1024 * 1024
_FOR_KEY, _FOR_LINE = 400, 120
#: Blocks that follow one another are read together up to so many bytes.
_TOGETHER = 1024 * 1024


class Spilled(NamedTuple):
    """A line, with the key that it is found by."""

    key: str
    number: int
    """Of the line in its file."""
    content: bytes
    tells: bool = False
    """Whether it, or a line that was written with it, could tell of a tumour or of the spine."""


class Group(NamedTuple):
    """Lines of one key that were written together. They are not taken apart yet: those of most patients never are."""

    key: str
    tells: bool
    """Whether one of them could tell of a tumour or of the spine."""
    lines: int
    packed: bytes
    """Empty where it was not wanted."""

    def each(self) -> Iterator[tuple[int, bytes]]:
        """The number in the file, and the content, of each line."""
        at, packed = 0, self.packed
        while at < len(packed):
            number, size = _LINE.unpack_from(packed, at)
            at += _LINE_SIZE
            yield number, packed[at : at + size]
            at += size


class Key(NamedTuple):
    """What a line of a patient is found by."""

    bucket: int
    name: bytes


_bucket = itemgetter(0)


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
        self._waiting: dict[Key, list[bytes]] = {}
        self._telling: set[Key] = set()
        self._size = 0
        self._at = 0
        self._blocks: dict[int, array[int]] = {}

    def add(self, key: Key, number: int, content: bytes, *, tells: bool = False) -> None:
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = []
            self._size += _FOR_KEY
        if tells:
            self._telling.add(key)
        size = len(content)
        waiting += (_LINE.pack(number, size), content)
        self._size += _FOR_LINE + size
        if self._size > self._most:
            self._flush()

    def _flush(self) -> None:
        for bucket, keys in groupby(sorted(self._waiting, key=_bucket), key=_bucket):
            groups: list[bytes] = []
            for key in keys:
                lines = self._waiting[key]
                packed = b"".join(lines)
                head = _HEAD.pack(key in self._telling, len(key.name), len(lines) // 2, len(packed))
                groups += (head, key.name, packed)
            size = self._file.write(b"".join(groups))
            if bucket not in self._blocks:
                self._blocks[bucket] = array("Q")
            self._blocks[bucket].extend((self._at, size))
            self._at += size
        self._waiting.clear()
        self._telling.clear()
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

    def groups(self, buckets: range, wanted: Container[str] | None = None) -> Iterator[Group]:
        """What there is in some buckets that follow one another, in the order of the file within each key.

        Given the keys that are ``wanted``, that of another comes without its lines.
        """
        with self._path.open("rb") as file:
            for at, size in self._stretches(file, buckets):
                file.seek(at)
                yield from _groups(file.read(size), wanted)

    def read(self, bucket: int) -> Iterator[Spilled]:
        """The lines of a bucket, in the order of the file within each key."""
        for group in self.groups(range(bucket, bucket + 1)):
            for number, content in group.each():
                yield Spilled(group.key, number, content, group.tells)

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


def _groups(block: bytes, wanted: Container[str] | None) -> Iterator[Group]:
    at, end = 0, len(block)
    while at < end:
        tells, named, lines, size = _HEAD.unpack_from(block, at)
        begin = at + _HEAD_SIZE + named
        at = begin + size
        key = block[begin - named : begin].decode()
        yield Group(key, tells, lines, block[begin:at] if wanted is None or key in wanted else b"")
