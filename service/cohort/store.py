"""What several patients refer to, on the disk, and patients who are named by an identifier.

SQLite: it holds as many Medications as an export has, and a lookup takes microseconds.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from service.cohort.files import create, half_of, keep
from service.cohort.spill import BY_IDENTIFIER, IDENTIFIERS, SHARED, Spill

_EMPTY = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE shared (name TEXT, file INTEGER, line INTEGER, content BLOB, PRIMARY KEY (name, file, line)) WITHOUT ROWID;
CREATE TABLE indexed (patient TEXT PRIMARY KEY, day TEXT) WITHOUT ROWID;
CREATE TABLE person (token TEXT PRIMARY KEY, patient TEXT, several INTEGER DEFAULT 0) WITHOUT ROWID;
"""
#: The patient of a token; where another has it too, nobody can be told by it.
_NOTE = """
UPDATE person SET several = several OR (patient IS NOT NULL AND patient <> ?2), patient = COALESCE(patient, ?2)
WHERE token = ?1
"""


def build(path: Path, spills: Mapping[int, Spill], index_dates: Iterable[tuple[str, str]] = ()) -> None:
    """Makes the store of an export: its shared resources, those identifiers by which patients are named, index dates.

    What a spill is numbered by says where a shared resource comes from.

    Raises:
        OSError: something that was sorted cannot be read, or the disk is full.
    """
    half = half_of(path, path.parent)
    create(half).close()
    try:
        _fill(half, spills, index_dates)
    except sqlite3.OperationalError as error:  # of the disk: what is asked of it is always the same
        raise OSError(errno.EIO, str(error), str(path)) from error
    with half.open("rb") as file:
        os.fsync(file.fileno())
    keep(half, path)


def _fill(path: Path, spills: Mapping[int, Spill], index_dates: Iterable[tuple[str, str]]) -> None:
    with closing(sqlite3.connect(path)) as found, found:
        found.executescript(_EMPTY)
        found.executemany("INSERT INTO indexed VALUES (?, ?)", index_dates)
        for n, spill in spills.items():
            rows = ((line.key, n, line.number, line.content) for line in spill.read(SHARED))
            found.executemany("INSERT OR REPLACE INTO shared VALUES (?, ?, ?, ?)", rows)
        wanted = ((line.key,) for spill in spills.values() for line in spill.read(BY_IDENTIFIER))
        found.executemany("INSERT OR IGNORE INTO person (token) VALUES (?)", wanted)
        if found.execute("SELECT 1 FROM person LIMIT 1").fetchone():
            for spill in spills.values():
                notes = ((line.key, line.content.decode()) for line in spill.read(IDENTIFIERS))
                found.executemany(_NOTE, notes)


class Store:
    """The store, for reading."""

    def __init__(self, path: Path) -> None:
        self._found = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)

    def close(self) -> None:
        self._found.close()

    def shared(self, names: Iterable[str]) -> Iterator[tuple[int, int, bytes]]:
        """File, line and content of the resources of these names, each version of them."""
        asked = "SELECT file, line, content FROM shared WHERE name = ? ORDER BY file, line"
        return (row for name in names for row in self._found.execute(asked, (name,)))

    def index_date(self, patient: str) -> str | None:
        """The index date of a patient, if one is given."""
        row = self._found.execute("SELECT day FROM indexed WHERE patient = ?", (patient,)).fetchone()
        return row[0] if row else None

    def index_dates(self) -> int:
        """How many index dates are given."""
        (number,) = self._found.execute("SELECT COUNT(*) FROM indexed").fetchone()
        return int(number)

    def patient(self, token: str) -> str | None:
        """The patient who is named by an identifier; None where several are.

        One who has no Patient in the export is named by the identifier itself.
        """
        row = self._found.execute("SELECT patient, several FROM person WHERE token = ?", (token,)).fetchone()
        patient, several = row or (None, 0)
        return None if several else patient or f"Patient?identifier={token.removeprefix(chr(0) + '|')}"
