"""The table that is evaluated: one row for each patient and model, as docs/validation.md defines it.

Every cell is checked before anything is computed. What is wrong is said by row and column with its mend, and never by
the value, which may be of a patient.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from service.scoring import ENGINES
from service.tabular import (
    MAX_BYTES,
    MAX_ROWS,
    Cells,
    TableRefused,
    WrongRow,
    check_text,
    day,
    each_row,
    fingerprint,
    lines_of,
    outcome,
)

MAX_MODELS = 50
MAX_HORIZON = 7300

REQUIRED = ("patient", "index_date", "model", "end_date", "died")
STRATA = ("tumour", "period")
#: The column of those who were never there.
SYNTHETIC = "synthetic"
_ALIVE = re.compile(r"alive_([1-9][0-9]{0,3})_(low|high)", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,20})?([eE]-?[0-9]{1,3})?", re.ASCII)


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
class Counted:
    """A number of patients, and what it is of."""

    says: str
    patients: int
    kind: str
    """``all`` of the cohort, ``left out`` of the evaluation, or in it with a ``caution``."""


@dataclass(frozen=True)
class Table:
    rows: tuple[Row, ...]
    horizons: tuple[int, ...]
    """Days, rising."""
    fingerprint: str
    """SHA-256 of the bytes of the file, in hexadecimal."""
    unread: tuple[str, ...] = ()
    """Columns that mean nothing here."""
    balance: tuple[Counted, ...] = ()
    """Who is not in the rows and why, and who is with a caution, where the table was put together here."""
    synthetic: bool = False
    """Some of the patients were made by ``spinemets synthetic``."""


def read(path: Path, today: date) -> Table:
    """Reads and checks a table, Parquet by the ending ``.parquet`` and else CSV with commas.

    Raises:
        TableRefused: something in it is wrong.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TableRefused([f"the file has more than {MAX_BYTES} bytes: split it by model"])
    found = fingerprint([path])
    lines = lines_of(path, REQUIRED, MAX_ROWS)
    header = next(lines)
    horizons = _horizons(header)
    rows = _Rows(header, horizons, today)
    if not each_row(lines, header, MAX_ROWS, rows.add):
        raise TableRefused(["there is no row: give one for each patient and model"])
    known = {*REQUIRED, *STRATA, SYNTHETIC, "bands", *(f"alive_{d}_{end}" for d in horizons for end in ("low", "high"))}
    return Table(
        tuple(rows.rows),
        horizons,
        found,
        tuple(name for name in header if name not in known),
        synthetic=rows.synthetic,
    )


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


class _Rows:
    """The rows of a table as they are read, and what has to hold between them.

    Cells that are in many rows are kept once: a table may have a million rows, and a score has a few classes.
    """

    def __init__(self, header: list[str], horizons: tuple[int, ...], today: date) -> None:
        self.rows: list[Row] = []
        self.synthetic = False
        self._columns = [(name, _shown(name), _is_text(name)) for name in header]
        self._predicted = [f"alive_{days}_{end}" for days in horizons for end in ("low", "high")]
        self._horizons, self._today = horizons, today
        self._first: dict[str, Row] = {}
        """The first row of each patient."""
        self._have: dict[str, int] = {}
        """The models of each patient, a bit for each."""
        self._bits: dict[str, int] = {}
        self._once: dict[str, str] = {}

    def add(self, cells: Cells) -> None:
        for name, shown, as_text in self._columns:
            check_text(shown, cells[name], as_text=as_text)
        row = self._row(cells)
        self.synthetic = self.synthetic or was_made(cells)
        first = self._first.setdefault(row.patient, row)
        bit = self._bits.setdefault(row.model, 1 << len(self._bits))
        have = self._have.get(first.patient, 0)
        if have & bit:
            raise WrongRow("patient: the patient has this model twice: keep one row")
        self._have[first.patient] = have | bit
        if (row.index, row.end, row.died) != (first.index, first.end, first.died):
            raise WrongRow("end_date: the patient has another date or outcome in an earlier row: make them one")
        if len(self._bits) > MAX_MODELS:
            raise TableRefused([f"more than {MAX_MODELS} models: give a table for each group of them"])
        self.rows.append(row)

    def _row(self, cells: Cells) -> Row:
        for name in ("patient", "model"):
            if not cells[name]:
                raise WrongRow(f"{name}: the cell is empty: name the {name}")
        index = day("index_date", cells["index_date"], self._today)
        if index is None:
            raise WrongRow("index_date: the cell is empty: give the day from which survival counts")
        end, died = outcome(cells, index, self._today)
        patient, model = cells["patient"], self._kept(cells["model"])
        bands = _bands(model, cells.get("bands", ""))
        alive = _alive(self._horizons, tuple([cells[name] for name in self._predicted]))
        if not bands and not any(alive):
            raise WrongRow("there is no prediction: give a range for some horizon, or the bands that are possible")
        first = self._first.get(patient)
        return Row(
            patient if first is None else first.patient, model, index, end, died,
            alive, bands, self._kept(cells.get("tumour", "")), self._kept(cells.get("period", "")),
        )  # fmt: skip

    def _kept(self, cell: str) -> str:
        return self._once.setdefault(cell, cell)


@lru_cache(maxsize=1024)
def _bands(model: str, cell: str) -> tuple[str, ...]:
    """The classes of a cell. Another spelling of one of ours would have neither a probability nor a place."""
    found = tuple(dict.fromkeys(filter(None, cell.split("|"))))
    known = [band.code for band in ENGINES[model].score.bands] if model in ENGINES else found
    if not set(found) <= set(known):
        raise WrongRow(f"bands: the classes of {model} are {', '.join(known)}: write these, with a bar between them")
    return found


@lru_cache(maxsize=1024)
def _alive(horizons: tuple[int, ...], cells: tuple[str, ...]) -> tuple[tuple[float, float] | None, ...]:
    """The ranges of a row, of its cells in the order of the horizons; those of a score come again in many rows."""
    found = tuple(
        _range(horizon, low, high) for horizon, low, high in zip(horizons, cells[::2], cells[1::2], strict=True)
    )
    check_falling(found)
    return found


def check_falling(alive: tuple[tuple[float, float] | None, ...]) -> None:
    """Refuses more alive at a later day than at an earlier one."""
    said = [each for each in alive if each is not None]
    for end_of in (0, 1):
        shares = [each[end_of] for each in said]
        if any(later > earlier + 1e-9 for earlier, later in pairwise(shares)):
            raise WrongRow("alive: more are alive at a later day than at an earlier one: mend the probabilities")


def _shown(name: str) -> str:
    """The name of a column as an error may say it: a name of ours, or none."""
    return (
        name
        if name in (*REQUIRED, *STRATA, SYNTHETIC, "bands") or _ALIVE.fullmatch(name)
        else "a column that is not read"
    )


def was_made(cells: Cells) -> bool:
    """Whether a row says that its patient was never there."""
    return cells.get(SYNTHETIC, "").lower() not in ("", "no", "false", "0")


def _is_text(name: str) -> bool:
    return not (_ALIVE.fullmatch(name) or name in ("index_date", "end_date", "died"))


def _range(horizon: int, low_cell: str, high_cell: str) -> tuple[float, float] | None:
    low = _share(f"alive_{horizon}_low", low_cell)
    high = low if low_cell == high_cell else _share(f"alive_{horizon}_high", high_cell)
    if low is None and high is None:
        return None
    if low is None or high is None:
        raise WrongRow(f"alive_{horizon}: one end is missing: write a known probability into both")
    if low > high:
        raise WrongRow(f"alive_{horizon}: the low end is above the high one: exchange them")
    return low, high


def _share(name: str, cell: str) -> float | None:
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell):
        raise WrongRow(f"{name}: write a number from 0 to 1 with a point, such as 0.45")
    value = float(cell)
    if value > 1:
        raise WrongRow(f"{name}: a probability is at most 1: divide a percentage by 100")
    return value
