"""The cells of a file that somebody else made: read in pieces, and checked before anything is computed.

What is wrong is said by row and column with its mend, and never by the value, which may be of a patient.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

MAX_BYTES = 500_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 100
MAX_CELL = 200
#: Letters of a cell that are read, to say that it is too long.
_FIELD = 10_000
#: Days before it are a mistake: none of the models is older.
FIRST_DAY = date(1950, 1, 1)
#: So many problems are said; the others are counted.
SHOWN = 20
#: After so many problems the rest of the file is not looked at.
_ENOUGH = 1000

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
#: How a cell begins that a spreadsheet would compute.
_FORMULA = ("=", "+", "-", "@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

Cells = dict[str, str]


class TableRefused(ValueError):
    """The table cannot be evaluated; the message says where and how to mend it."""

    def __init__(self, problems: list[str], more: int = 0) -> None:
        self.problems = problems
        self.more = more
        super().__init__("; ".join(problems[:3]) + (f" (and {len(problems[3:]) + more} more)" if problems[3:] else ""))


class WrongRow(ValueError):
    """What is wrong with one row."""


def fingerprint(paths: Iterable[Path]) -> str:
    """SHA-256 of the bytes of files, one after the other, in hexadecimal."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def lines_of(path: Path, required: Sequence[str], most_rows: int) -> Iterator[list[str]]:
    """The names of the columns and then the rows: Parquet by the ending ``.parquet``, and else CSV with commas.

    Raises:
        TableRefused: it cannot be read as a table, or a column is missing.
        OSError: it cannot be read at all.
    """
    return _parquet(path, required, most_rows) if path.suffix == ".parquet" else _csv(path, required)


def _csv(path: Path, required: Sequence[str]) -> Iterator[list[str]]:
    csv.field_size_limit(_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, [])
            _check_separator(header)
            yield _header(header, required)
            for line in lines:
                if line and len(line) != len(header):
                    raise TableRefused(
                        [f"line {lines.line_num}: as many cells as the first line has columns are needed"]
                    )
                if line:
                    yield line
    except UnicodeDecodeError:
        raise TableRefused(["the file is no text in UTF-8: save it as CSV (UTF-8)"]) from None
    except csv.Error:
        raise TableRefused(
            [
                f"line {lines.line_num} is no CSV with commas: a quotation mark is left open or a cell has more than "
                f"{_FIELD} letters: mend the line"
            ]
        ) from None


def _check_separator(header: list[str]) -> None:
    """Says so where another sign than the comma parts the cells, as spreadsheets write it in many countries."""
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and sign in header[0]:
            raise TableRefused(
                [f"{name} part the cells: save it as CSV with commas, and numbers with a point, or give Parquet"]
            )


def _parquet(path: Path, required: Sequence[str], most_rows: int) -> Iterator[list[str]]:
    import pyarrow as pa  # noqa: PLC0415  # only where a table is Parquet
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(path) as file:
            yield _header(list(file.schema_arrow.names), required)
            if file.metadata.num_rows > most_rows:
                raise TableRefused([f"more than {most_rows} rows: split the table by model"])
            for batch in file.iter_batches(batch_size=10_000):
                for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    yield [_text(value) for value in row]
    except (pa.ArrowException, OSError):
        raise TableRefused(["the file is no Parquet that can be read: write it again, or give CSV"]) from None


def _text(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, list):
        return "|".join(map(str, value))
    return str(value)[: MAX_CELL + 1]


def _header(given: list[str], required: Sequence[str]) -> list[str]:
    names = [name.strip(" ") for name in given]
    if len(names) > MAX_COLUMNS:
        raise TableRefused([f"more than {MAX_COLUMNS} columns: keep those of docs/validation.md"])
    if len(set(names)) != len(names):
        raise TableRefused(["two columns have one name: keep one of them"])
    missing = [name for name in required if name not in names]
    if missing:
        small = {name.lower() for name in names}
        mend = "write its name in small letters" if small.issuperset(missing) else "add it"
        raise TableRefused([f"the column {', '.join(missing)} is missing in the first line: {mend}"])
    if any(len(name) > MAX_CELL for name in names):
        raise TableRefused([f"the name of a column has more than {MAX_CELL} letters: shorten it"])
    return names


def each_row(lines: Iterable[list[str]], header: list[str], most_rows: int, read: Callable[[Cells], None]) -> int:
    """Gives every row to ``read``, without the blanks around its cells; gives the number of rows.

    Raises:
        TableRefused: there are too many rows, or ``read`` found some of them wrong; all that are wrong are counted.
    """
    problems: list[str] = []
    number = 0
    for number, line in enumerate(lines, start=1):
        if number > most_rows:
            raise TableRefused([f"more than {most_rows} rows: split the table by model"])
        try:
            read({name: cell.strip(" ") for name, cell in zip(header, line, strict=True)})
        except WrongRow as wrong:
            problems.append(f"row {number}: {wrong}")
            if len(problems) > _ENOUGH:
                break
    if problems:
        raise TableRefused(problems[:SHOWN], max(0, len(problems) - SHOWN))
    return number


def check_text(name: str, cell: str, *, as_text: bool) -> None:
    """Refuses what is too long, or would be computed by a spreadsheet; ``name`` is as a message may say it."""
    if len(cell) > MAX_CELL:
        raise WrongRow(f"{name}: the cell has more than {MAX_CELL} letters: shorten it")
    if as_text and cell.startswith(_FORMULA):
        raise WrongRow(f"{name}: a spreadsheet would compute this cell: take away its first sign")
    if as_text and _CONTROL.search(cell):
        raise WrongRow(f"{name}: the cell has a tab, a new line or another sign that is not seen: take it away")


@lru_cache(maxsize=32_768)
def day(name: str, cell: str, today: date) -> date | None:
    """The day of a cell; None where it is empty. One object for the same day of many rows."""
    if not cell:
        return None
    try:
        found = date.fromisoformat(cell) if _DATE.fullmatch(cell) else None
    except ValueError:
        found = None
    if found is None:
        raise WrongRow(f"{name}: write a date as 2024-05-31")
    if not FIRST_DAY <= found <= today:
        raise WrongRow(f"{name}: a day from {FIRST_DAY} to today is needed: mend the year")
    return found


def outcome(cells: Cells, index: date | None, today: date) -> tuple[date | None, bool]:
    """The day of death or last contact, and whether the patient died."""
    end = day("end_date", cells["end_date"], today)
    if end is not None and index is not None and end < index:
        raise WrongRow("end_date: it is before the index date: mend one of the two")
    if cells["died"].lower() not in _YES_NO:
        raise WrongRow("died: write yes, no, or nothing for a patient who was last seen alive")
    return end, _YES_NO[cells["died"].lower()]
