"""Where a row stood in a file: whoever cuts the trail while the server runs is found out by a row that is gone.

The chain cannot show that its end is missing. A process that has written or seen a row can.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from service.audit.rows import LONGEST, NotARow, parsed


@dataclass(frozen=True)
class Mark:
    """A row of a file."""

    number: int
    _place: tuple[int, int]
    _start: int
    _length: int
    _digest: bytes

    @classmethod
    def of(cls, opened: int, number: int, start: int, line: bytes) -> Mark:
        """The row with this number, whose line without its end begins at this byte of an open file."""
        return cls(number, _place(opened), start, len(line), hashlib.sha256(line).digest())

    def is_kept(self, opened: int) -> bool:
        """Whether the trail still has the row: it stands where it stood, or in a file that was set aside since."""
        if _place(opened) == self._place:
            there = os.pread(opened, self._length, self._start)
            if hashlib.sha256(there).digest() == self._digest:
                return True
        # The file of a trail that was set aside begins with a later row, which names the hash of those before it.
        first = _first(opened)
        return first is not None and first > self.number


def _place(opened: int) -> tuple[int, int]:
    found = os.fstat(opened)
    return found.st_dev, found.st_ino


def _first(opened: int) -> int | None:
    """The number of the first row of a file; None where it does not begin with one."""
    try:
        return parsed(os.pread(opened, LONGEST, 0).partition(b"\n")[0]).number
    except NotARow:
        return None
