"""Whether a trail is whole: every row as it was written, none missing, none added, all in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.audit.event import is_rotation
from service.audit.rows import START, NotARow, Row, is_torn, lines, parsed


class Broken(ValueError):
    """The trail is not whole; the message names the first line that is wrong."""


@dataclass(frozen=True)
class Checked:
    """A trail that is whole."""

    rows: int
    first: int
    last: int
    hash: str
    """Of the last row."""
    torn: int
    """Pieces of rows that a write has left half, each of which a later row speaks of."""
    open_end: bool
    """Whether such a piece stands at the end, of which no row speaks yet."""


def check(files: Sequence[Path], *, after: str | None = None, last: str | None = None) -> Checked:
    """Reads files in their order as one trail.

    ``after`` is the hash of the row before the first one, where earlier files are not there any more; ``last`` one that
    was noted, which has to be among the rows.

    Raises:
        Broken: it is not whole.
        OSError: a file cannot be read.
    """
    walk = _Walk(after, last)
    for file in files:
        walk.through(file)
    return walk.end()


class _Walk:
    """Goes through the lines of a trail."""

    def __init__(self, after: str | None, last: str | None) -> None:
        self._after = after
        self._wanted = last
        self._first: Row | None = None
        self._row: Row | None = None
        self._count = self._torn = 0
        self._piece: tuple[str, bytes] | None = None

    def through(self, file: Path) -> None:
        with file.open("rb") as opened:
            for n, (line, ended) in enumerate(lines(opened), 1):
                where = f"{file}, line {n}"
                try:
                    row = parsed(line)
                except NotARow:
                    self._unknown(where, line)
                    continue
                self._check(row, where)
                # A row that has no end is whole all the same: only what follows it would be lost.
                del ended

    def _unknown(self, where: str, line: bytes) -> None:
        if self._piece is not None:
            raise Broken(f"{self._piece[0]}: this is no row, and no later row speaks of it.")
        self._piece = where, line

    def _check(self, row: Row, where: str) -> None:
        if not row.sound:
            raise Broken(f"{where}: row {row.number} was changed, for its hash is another.")
        before = self._row
        if before is None:
            self._check_first(row, where)
        elif row.number > before.number + 1:
            missing = f"{before.number + 1} to {row.number - 1}"
            raise Broken(f"{where}: after row {before.number} comes row {row.number}; rows {missing} are missing.")
        elif row.number < before.number + 1:
            raise Broken(f"{where}: after row {before.number} comes row {row.number}; rows were added or moved.")
        elif row.previous != before.hash:
            raise Broken(f"{where}: row {row.number} does not follow the row before it, which was put in its place.")
        self._check_piece(row, where)
        self._first = self._first or row
        self._row = row
        self._count += 1
        if row.hash == self._wanted:
            self._wanted = None

    def _check_first(self, row: Row, where: str) -> None:
        if self._after is not None:
            if row.previous != self._after:
                raise Broken(f"{where}: row {row.number} does not follow the row with the hash given by --after.")
        elif row.number == 1:
            if row.previous != START:
                raise Broken(f"{where}: row 1 says that there is a row before it.")
        elif not is_rotation(row.event):
            raise Broken(f"{where}: the trail begins with row {row.number}; rows 1 to {row.number - 1} are missing.")

    def _check_piece(self, row: Row, where: str) -> None:
        if self._piece is not None:
            if not is_torn(row, self._piece[1]):
                raise Broken(f"{self._piece[0]}: this is no row, and the row after it does not speak of it.")
            self._torn += 1
            self._piece = None
        elif row.torn is not None and self._row is not None:
            raise Broken(f"{where}: row {row.number} speaks of a piece before it, which is missing.")

    def end(self) -> Checked:
        if self._row is None or self._first is None:
            raise Broken("There is no row in it." if self._piece is None else f"{self._piece[0]}: this is no row.")
        if self._wanted is not None:
            raise Broken(f"No row has the hash given by --last; rows after {self._row.number} are missing.")
        row = self._row
        return Checked(
            self._count, self._first.number, row.number, row.hash, self._torn, open_end=self._piece is not None
        )
