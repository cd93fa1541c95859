"""The table that is evaluated: one row for each patient and model, as docs/validation.md defines it.

Every cell is checked before anything is computed. What is wrong is said by row and column with its mend, and never by
the value, which may be of a patient.
"""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

MAX_BYTES = 500_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 100
MAX_CELL = 200
MAX_MODELS = 50
MAX_HORIZON = 7300
#: Rows before it are a mistake: none of the models is older.
FIRST_DAY = date(1950, 1, 1)
#: So many problems are said; the others are counted.
SHOWN = 20

REQUIRED = ("patient", "index_date", "model", "end_date", "died")
STRATA = ("tumour", "period")
_ALIVE = re.compile(r"alive_([1-9][0-9]{0,3})_(low|high)", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,20})?([eE]-?[0-9]{1,3})?", re.ASCII)
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False, "": False}
#: How a cell begins that a spreadsheet would compute.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Cells = dict[str, str]


class TableRefused(ValueError):
    """The table cannot be evaluated; the message says where and how to mend it."""

    def __init__(self, problems: list[str], more: int = 0) -> None:
        self.problems = problems
        self.more = more
        super().__init__("; ".join(problems[:3]) + (f" (and {len(problems[3:]) + more} more)" if problems[3:] else ""))


class _Wrong(ValueError):
    """What is wrong with one row."""


@dataclass(frozen=True, slots=True)
class Row:
    patient: str
    model: str
    index: date
    end: date | None
    """None where the outcome is missing."""
    died: bool
    alive: tuple[tuple[float, float] | None, ...]
    """The lowest and the highest share alive at each horizon of the table; None where the model gives none."""
    bands: tuple[str, ...]
    tumour: str
    period: str


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    horizons: tuple[int, ...]
    """Days, rising."""
    fingerprint: str
    """SHA-256 of the bytes of the file, in hexadecimal."""
    unread: tuple[str, ...]
    """Columns that mean nothing here."""


def read(path: Path, today: date) -> Table:
    """Reads and checks a table, Parquet by the ending ``.parquet`` and else CSV with commas.

    Raises:
        TableRefused: something in it is wrong.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TableRefused([f"the file has more than {MAX_BYTES} bytes: split it by model"])
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    cells = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    header = next(cells)
    horizons = _horizons(header)
    rows, problems = _rows(cells, header, horizons, today)
    if problems:
        raise TableRefused(problems[:SHOWN], max(0, len(problems) - SHOWN))
    if not rows:
        raise TableRefused(["there is no row: give one for each patient and model"])
    known = {*REQUIRED, *STRATA, "bands", *(f"alive_{d}_{end}" for d in horizons for end in ("low", "high"))}
    return Table(tuple(rows), horizons, digest.hexdigest(), tuple(name for name in header if name not in known))


def _csv(path: Path) -> Iterator[list[str]]:
    csv.field_size_limit(10_000)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, [])
            yield _header(header)
            for line in lines:
                if line and len(line) != len(header):
                    raise TableRefused(
                        [f"line {lines.line_num}: as many cells as the first line has columns are needed"]
                    )
                if line:
                    yield line
    except UnicodeDecodeError:
        raise TableRefused(["the file is no text in UTF-8: save it as CSV (UTF-8)"]) from None
    except csv.Error as error:
        raise TableRefused([f"the file is no CSV with commas: {error}"]) from None


def _parquet(path: Path) -> Iterator[list[str]]:
    import pyarrow as pa  # noqa: PLC0415  # only where a table is Parquet
    from pyarrow import parquet  # noqa: PLC0415

    try:
        with parquet.ParquetFile(path) as file:
            yield _header(list(file.schema_arrow.names))
            if file.metadata.num_rows > MAX_ROWS:
                raise TableRefused([f"more than {MAX_ROWS} rows: split the table by model"])
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


def _header(names: list[str]) -> list[str]:
    if len(names) > MAX_COLUMNS:
        raise TableRefused([f"more than {MAX_COLUMNS} columns: keep those of docs/validation.md"])
    if len(set(names)) != len(names):
        raise TableRefused(["two columns have one name: keep one of them"])
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise TableRefused([f"the column {', '.join(missing)} is missing in the first line: add it"])
    if any(len(name) > MAX_CELL for name in names):
        raise TableRefused([f"the name of a column has more than {MAX_CELL} letters: shorten it"])
    return names


def _horizons(header: list[str]) -> tuple[int, ...]:
    found = {(int(match[1]), match[2]) for name in header if (match := _ALIVE.fullmatch(name))}
    days = tuple(sorted({day for day, _ in found}))
    lone = [day for day in days if {(day, "low"), (day, "high")} - found]
    if lone:
        raise TableRefused([f"alive_{lone[0]}_low and alive_{lone[0]}_high belong together: add the other"])
    if days and days[-1] > MAX_HORIZON:
        raise TableRefused([f"alive_{days[-1]}_low: a horizon has at most {MAX_HORIZON} days"])
    if not days and "bands" not in header:
        raise TableRefused(["there is no prediction: add columns such as alive_365_low and alive_365_high, or bands"])
    return days


def _rows(
    cells: Iterable[list[str]], header: list[str], horizons: tuple[int, ...], today: date
) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    problems: list[str] = []
    seen: set[tuple[str, str]] = set()
    outcomes: dict[str, tuple[date, date | None, bool]] = {}
    models: set[str] = set()
    for number, line in enumerate(cells, start=1):
        if number > MAX_ROWS:
            raise TableRefused([f"more than {MAX_ROWS} rows: split the table by model"])
        try:
            row = _row({name: cell.strip(" ") for name, cell in zip(header, line, strict=True)}, horizons, today)
            if (row.patient, row.model) in seen:
                raise _Wrong("patient: the patient has this model twice: keep one row")
            seen.add((row.patient, row.model))
            if outcomes.setdefault(row.patient, (row.index, row.end, row.died)) != (row.index, row.end, row.died):
                raise _Wrong("end_date: the patient has another date or outcome in an earlier row: make them one")
            models.add(row.model)
            if len(models) > MAX_MODELS:
                raise TableRefused([f"more than {MAX_MODELS} models: give a table for each group of them"])
            rows.append(row)
        except _Wrong as wrong:
            problems.append(f"row {number}: {wrong}")
            if len(problems) > 1000:
                break
    return rows, problems


def _row(cells: Cells, horizons: tuple[int, ...], today: date) -> Row:
    for name, cell in cells.items():
        if len(cell) > MAX_CELL:
            raise _Wrong(f"{_shown(name)}: the cell has more than {MAX_CELL} letters: shorten it")
        as_text = not (_ALIVE.fullmatch(name) or name in ("index_date", "end_date", "died"))
        if as_text and (cell.startswith(_FORMULA) or any(ord(sign) < 32 for sign in cell)):
            raise _Wrong(f"{_shown(name)}: a spreadsheet would compute this cell: take away its first sign")
    for name in ("patient", "model"):
        if not cells[name]:
            raise _Wrong(f"{name}: the cell is empty: name the {name}")
    index = _day("index_date", cells["index_date"], today)
    if index is None:
        raise _Wrong("index_date: the cell is empty: give the day from which survival counts")
    end = _day("end_date", cells["end_date"], today)
    if end is not None and end < index:
        raise _Wrong("end_date: it is before the index date: mend one of the two")
    if cells["died"].lower() not in _YES_NO:
        raise _Wrong("died: write yes, no, or nothing for a patient who was last seen alive")
    bands = tuple(dict.fromkeys(filter(None, cells.get("bands", "").split("|"))))
    alive = tuple(_range(day, cells) for day in horizons)
    said = [each for each in alive if each is not None]
    for end_of in (0, 1):
        shares = [each[end_of] for each in said]
        if any(later > earlier + 1e-9 for earlier, later in pairwise(shares)):
            raise _Wrong("alive: more are alive at a later day than at an earlier one: mend the probabilities")
    if not bands and not said:
        raise _Wrong("there is no prediction: give a range for some horizon, or the bands that are possible")
    return Row(
        cells["patient"], cells["model"], index, end, _YES_NO[cells["died"].lower()],
        alive, bands, cells.get("tumour", ""), cells.get("period", ""),
    )  # fmt: skip


def _shown(name: str) -> str:
    """The name of a column as an error may say it: a name of ours, or none."""
    return name if name in (*REQUIRED, *STRATA, "bands") or _ALIVE.fullmatch(name) else "a column that is not read"


def _day(name: str, cell: str, today: date) -> date | None:
    if not cell:
        return None
    try:
        day = date.fromisoformat(cell) if _DATE.fullmatch(cell) else None
    except ValueError:
        day = None
    if day is None:
        raise _Wrong(f"{name}: write a date as 2024-05-31")
    if not FIRST_DAY <= day <= today:
        raise _Wrong(f"{name}: a day from {FIRST_DAY} to today is needed: mend the year")
    return day


def _range(day: int, cells: Cells) -> tuple[float, float] | None:
    low, high = (_share(f"alive_{day}_{end}", cells[f"alive_{day}_{end}"]) for end in ("low", "high"))
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise _Wrong(f"alive_{day}: one end is missing: write a known probability into both")
    if low > high:
        raise _Wrong(f"alive_{day}: the low end is above the high one: exchange them")
    return low, high


def _share(name: str, cell: str) -> float | None:
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell):
        raise _Wrong(f"{name}: write a number from 0 to 1 with a point, such as 0.45")
    value = float(cell)
    if value > 1:
        raise _Wrong(f"{name}: a probability is at most 1: divide a percentage by 100")
    return value
