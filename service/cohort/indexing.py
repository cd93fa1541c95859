"""Index dates: the day on which each patient is assessed, from a file of whoever studies them."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from pathlib import Path

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
)

_PATIENT, _DATE = "patient", "index_date"


@dataclass(frozen=True)
class IndexDates:
    """A CSV or Parquet with a row for each patient who is to be assessed."""

    path: Path
    fingerprint: str
    """SHA-256 of the file, as when the run began."""


def given(path: Path) -> IndexDates:
    """The index dates in a file, which is looked at when the run begins.

    Raises:
        OSError: it cannot be read.
    """
    return IndexDates(path, fingerprint([path]))


def named(patient: str) -> str:
    """The reference of a patient: ``Patient/1`` and ``1`` are one."""
    return patient if patient.startswith(("Patient/", "Patient?")) else f"Patient/{patient}"


def named_once(cells: Cells, known: Container[str]) -> str:
    """The reference of the patient of a row, who is not known yet.

    Raises:
        WrongRow: there is none, or it is one that is known.
    """
    if not cells[_PATIENT]:
        raise WrongRow("patient: the cell is empty: name the patient")
    name = named(cells[_PATIENT])
    if name in known:
        raise WrongRow("patient: the patient is there twice: keep one row")
    return name


def read(dates: IndexDates, today: date) -> dict[str, str]:
    """The index date of each patient. Other columns are not read, so a table of outcomes will do.

    Raises:
        TableRefused: something in it is wrong.
        OSError: it cannot be read.
    """
    if dates.path.stat().st_size > MAX_BYTES:
        raise TableRefused([f"the file has more than {MAX_BYTES} bytes"])
    found: dict[str, str] = {}

    def add(cells: Cells) -> None:
        check_text(_PATIENT, cells[_PATIENT], as_text=True)
        name = named_once(cells, found)
        index = day(_DATE, cells[_DATE], today)
        if index is None:
            raise WrongRow("index_date: the cell is empty: give the day, or leave the patient out")
        found[name] = index.isoformat()

    rows = lines_of(dates.path, (_PATIENT, _DATE), MAX_ROWS)
    each_row(rows, next(rows), MAX_ROWS, add)
    if not found:
        raise TableRefused(["there is no row"])
    return found
