"""What became of the patients: from a CSV of the hospital, or from the records of a Bulk Data export themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from service.cohort.indexing import named_once
from service.cohort.lines import lines
from service.cohort.manifest import CannotRun, inputs
from service.fhir_mapping.inbound.bundle import bare
from service.tabular import (
    FIRST_DAY,
    MAX_BYTES,
    MAX_ROWS,
    Cells,
    TableRefused,
    check_text,
    day,
    each_row,
    fingerprint,
    lines_of,
    outcome,
)
from service.validation.table import SYNTHETIC, was_made

REQUIRED = ("patient", "end_date", "died")
OPTIONAL = ("index_date", "tumour", "period")
#: The elements that say when somebody was with a patient. Bills, orders, plans and letters are made without him.
_CONTACT = {
    "Encounter": ("period",),
    "Observation": ("effectiveDateTime", "effectivePeriod", "effectiveInstant"),
    "Procedure": ("performedDateTime", "performedPeriod"),
    "DiagnosticReport": ("effectiveDateTime", "effectivePeriod"),
    "ImagingStudy": ("started",),
    "MedicationAdministration": ("effectiveDateTime", "effectivePeriod"),
    "Immunization": ("occurrenceDateTime",),
}
#: What is planned, was called off or is wrong was no contact.
_NO_CONTACT = frozenset(
    "planned cancelled entered-in-error not-done preparation registered proposed booked draft unknown".split()
)
_PATIENT = re.compile(r"(?:^|/)(Patient/[^/?#\s]{1,128})$")
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_LONGEST_LINE = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one patient."""

    end: date | None
    """The day of death or of the last contact; None where it is not known."""
    died: bool
    index: date | None = None
    """The day from which survival counts, where the source says it."""
    tumour: str = ""
    period: str = ""
    after_death: bool = False
    """Something was done with the patient on a day after that of his death."""


@dataclass(frozen=True)
class Outcomes:
    """Outcomes by the name of the patient, such as ``Patient/1``."""

    of: Mapping[str, Outcome]
    fingerprint: str
    """SHA-256 of what they were read from."""
    from_records: bool = False
    """Worked out from the records, and not stated by somebody who had looked into it."""
    unread: tuple[str, ...] = ()
    synthetic: bool = False
    """Some of the patients were never there: they are tagged so (``HTEST``), or their rows say it."""


def stated(path: Path, today: date) -> Outcomes:
    """The outcomes of a CSV or Parquet: a row for each patient; ``Patient/1`` and ``1`` are one patient.

    Raises:
        TableRefused: something in it is wrong.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_BYTES:
        raise TableRefused([f"the file has more than {MAX_BYTES} bytes"])
    found: dict[str, Outcome] = {}
    made: set[bool] = set()

    def add(cells: Cells) -> None:
        for name, cell in cells.items():
            known = name in (*REQUIRED, *OPTIONAL, SYNTHETIC)
            as_text = name not in ("index_date", "end_date", "died")
            check_text(name if known else "a column that is not read", cell, as_text=as_text)
        name = named_once(cells, found)
        made.add(was_made(cells))
        index = day("index_date", cells.get("index_date", ""), today)
        end, died = outcome(cells, index, today)
        found[name] = Outcome(end, died, index, cells.get("tumour", ""), cells.get("period", ""))

    rows = lines_of(path, REQUIRED, MAX_ROWS)
    header = next(rows)
    each_row(rows, header, MAX_ROWS, add)
    unread = tuple(name for name in header if name not in (*REQUIRED, *OPTIONAL, SYNTHETIC))
    return Outcomes(found, fingerprint([path]), unread=unread, synthetic=True in made)


def recorded(export: Path, today: date) -> Outcomes:
    """The outcomes that the records of an export hold.

    A day of death in ``Patient.deceasedDateTime`` is an outcome. Who has none was last seen alive on the latest day on
    which something was done with him. Deaths that the hospital was not told of look as if the patient were lost from
    sight, so survival comes out too good: the report says so.

    Raises:
        TableRefused: there is no export.
        OSError: a file cannot be read.
    """
    try:
        listed = [export / each.name for each in inputs(export)]
    except CannotRun as refused:
        raise TableRefused([str(refused)]) from None
    dead: dict[str, date | None] = {}
    seen: dict[str, date] = {}
    synthetic = False
    for path in listed:
        for raw in _resources(path):
            kind = raw.get("resourceType")
            if kind == "Patient" and isinstance(raw.get("id"), str):
                name = f"Patient/{raw['id']}"
                synthetic = synthetic or _is_made(raw)
                # Of two versions of a patient the one that has the day of death counts.
                if _is_dead(raw) and dead.get(name) is None:
                    dead[name] = _full_day(raw.get("deceasedDateTime"), today)
                continue
            whose, day_of = _whose(raw), _contact(raw, today)
            if whose is not None and day_of is not None:
                seen[whose] = max(day_of, seen.get(whose, day_of))
    found = {name: Outcome(when, died=False) for name, when in seen.items()}
    for name, when in dead.items():
        last = seen.get(name)
        later = when is not None and last is not None and last > when
        found[name] = Outcome(when, died=True, after_death=later)
    return Outcomes(found, fingerprint(listed), from_records=True, synthetic=synthetic)


def _resources(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file that are resources; ``spinemets cohort`` has counted and kept the others."""
    for line in lines(path, _LONGEST_LINE):
        try:
            raw = orjson.loads(line.content)
        except ValueError:
            continue
        if isinstance(raw, dict):
            yield raw


def _is_made(raw: Mapping[str, Any]) -> bool:
    """Whether a patient is tagged as one for tests, who was never there."""
    meta = raw.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    return isinstance(tags, list) and any(isinstance(tag, dict) and tag.get("code") == "HTEST" for tag in tags)


def _is_dead(raw: Mapping[str, Any]) -> bool:
    return raw.get("deceasedBoolean") is True or isinstance(raw.get("deceasedDateTime"), str)


def _full_day(value: Any, today: date) -> date | None:
    """A day that is said in full; the day of a death in "2024-05" is not known."""
    match = _DAY.match(value) if isinstance(value, str) else None
    return _calendar(match, today) if match and match[3] else None


def _contact(raw: Mapping[str, Any], today: date) -> date | None:
    """The latest day on which a resource certainly saw the patient; the first of a month where the day is missing."""
    if raw.get("status") in _NO_CONTACT:
        return None
    days: list[date] = []
    for element in _CONTACT.get(str(raw.get("resourceType")), ()):
        value = raw.get(element)
        said = (value.get("start"), value.get("end")) if isinstance(value, dict) else (value,)
        matches = (_DAY.match(each) for each in said if isinstance(each, str))
        days += [found for match in matches if match and (found := _calendar(match, today)) is not None]
    return max(days, default=None)


def _calendar(match: re.Match[str], today: date) -> date | None:
    try:
        found = date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None
    return found if FIRST_DAY <= found <= today else None


def _whose(raw: Mapping[str, Any]) -> str | None:
    said = raw.get("subject") or raw.get("patient")
    reference = said.get("reference") if isinstance(said, dict) else None
    if not isinstance(reference, str):
        return None
    if reference.startswith(("urn:uuid:", "urn:oid:")):
        return f"Patient/{reference.split(':', 2)[2]}"
    match = _PATIENT.search(bare(reference))
    return match[1] if match else None
