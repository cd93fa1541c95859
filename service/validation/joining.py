"""From a cohort to what can be evaluated: the rows of ``spinemets cohort`` with the outcomes of the patients.

A row for each patient and survival model. The scores of a patient are the same in each of his rows, one for each
lesion; where a model is computed for each lesion and the lesions differ, every class that one of them has is possible
for the patient. Whoever does not come out as a row is counted, with the reason.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from service.scoring import ENGINES
from service.scoring.model import Kind
from service.tabular import MAX_CELL, MAX_ROWS, TableRefused, WrongRow, fingerprint
from service.validation.outcomes import Outcome, Outcomes
from service.validation.table import MAX_HORIZON, MAX_MODELS, Counted, Row, Table, check_falling

_OWN = re.compile(r"([A-Za-z0-9][A-Za-z0-9_]{0,60}?)_alive_([1-9][0-9]{0,3})_(low|high)", re.ASCII)
_NEEDED = ("patient", "outcome", "as_of")
#: Why a patient of the cohort has no scores, by the column ``outcome``.
_UNSCORED = {
    "no-spinal-tumour": "no tumour of the spine in the record",
    "no-index-date": "spinemets cohort was given no index date",
    "refused": "the record was refused by spinemets cohort",
    "fault": "spinemets cohort failed at the record",
}
_WRONG = "the folder is no cohort: make it by spinemets cohort"
_PRIMARY = "primary-tumour"

Range = tuple[float, float]


@dataclass
class _Patient:
    """What the rows of one patient say."""

    outcome: str
    as_of: date
    tumour: str = ""
    evidence_last: date | None = None
    bands: dict[str, set[str]] = field(default_factory=dict)
    alive: dict[str, dict[int, Range]] = field(default_factory=dict)
    outside: set[str] = field(default_factory=set)
    several: set[str] = field(default_factory=set)
    """The models whose classes differ between lesions."""


def joined(folder: Path, outcomes: Outcomes, today: date) -> Table:
    """The table of a cohort and the outcomes.

    An index date that the outcomes do not give is the day of the assessment: who had died or was last seen before it
    is left out.

    Raises:
        TableRefused: the folder is no cohort, or something in it is wrong.
        OSError: it cannot be read.
    """
    parts = sorted(path for path in folder.glob("*.parquet") if not path.name.startswith(("_", ".")))
    if not parts:
        raise TableRefused([_WRONG])
    patients: dict[str, _Patient] = {}
    for path in parts:
        for row in _cells(path):
            _add(patients, row)
    if not patients:
        raise TableRefused(["the cohort has no patient"])
    own = {days for each in patients.values() for said in each.alive.values() for days in said}
    horizons = tuple(sorted(own))
    counted: Counter[str] = Counter()
    cautions: Counter[str] = Counter()
    rows: list[Row] = []
    for name, patient in patients.items():
        why, known = _left_out(name, patient, outcomes, today)
        if why or known is None:
            counted[why] += 1
            continue
        rows += _rows(name, patient, known, horizons)
        cautions.update(_cautions(patient, known, outcomes))
    if len({row.model for row in rows}) > MAX_MODELS:
        raise TableRefused([f"more than {MAX_MODELS} models"])
    if not outcomes.from_records:
        counted["in the outcomes, and not in the cohort"] = len(outcomes.of.keys() - patients.keys())
    balance = (
        Counted("patients of the cohort", len(patients), "all"),
        *(Counted(says, number, "left out") for says, number in sorted(counted.items())),
        *(Counted(says, number, "caution") for says, number in sorted(cautions.items())),
    )
    both = hashlib.sha256(f"{fingerprint(parts)} {outcomes.fingerprint}".encode()).hexdigest()
    return Table(tuple(rows), horizons, both, outcomes.unread, balance, outcomes.synthetic)


def _left_out(name: str, patient: _Patient, outcomes: Outcomes, today: date) -> tuple[str, Outcome | None]:
    """Why a patient is not evaluated, empty where he is; and his outcome."""
    if patient.outcome != "assessed":
        return _UNSCORED.get(patient.outcome, "not assessed"), None
    known = outcomes.of.get(name)
    if known is None:
        return "nothing is known of the outcome", None
    index = known.index or patient.as_of
    if index > today:
        return "the day of the assessment lies in the future", None
    if known.end is not None and known.end < index:
        return f"{'had died' if known.died else 'was last seen'} before the index date", None
    if not (patient.bands or patient.alive):
        return "no survival model gives anything", None
    return "", known


def _rows(name: str, patient: _Patient, known: Outcome, horizons: tuple[int, ...]) -> Iterator[Row]:
    index = known.index or patient.as_of
    for model in dict.fromkeys((*patient.bands, *patient.alive)):
        said = patient.alive.get(model, {})
        alive = tuple(said.get(days) for days in horizons)
        try:
            check_falling(alive)
        except WrongRow as wrong:
            raise TableRefused([f"the cohort: {model}: {wrong}"]) from None
        yield Row(
            name, model, index, known.end, known.died, alive, tuple(sorted(patient.bands.get(model, ()))),
            known.tumour or patient.tumour, known.period or str(index.year),
        )  # fmt: skip


def _cautions(patient: _Patient, known: Outcome, outcomes: Outcomes) -> Iterator[str]:
    """What a reader has to know of a patient who is evaluated."""
    index = known.index or patient.as_of
    if patient.evidence_last is not None and patient.evidence_last > index:
        yield "findings from after the index date are in the prediction, which makes a model look better than it was"
    for model in sorted(patient.outside):
        yield f"{ENGINES[model].score.title}: not made for such patients"
    for model in sorted(patient.several):
        yield f"{ENGINES[model].score.title}: lesions of different classes, so that several are possible"
    if known.after_death:
        yield "something was done with the patient after the day of death"
    if known.end is None:
        yield "dead on a day that is not known" if known.died else "the last contact is not known"
    if outcomes.from_records and not known.died:
        yield "no death in the record: alive as far as this hospital knows"


def _models() -> dict[str, str]:
    """The survival models by the beginning of their columns."""
    return {code.replace("-", "_"): code for code, engine in ENGINES.items() if engine.score.kind is Kind.SURVIVAL}


def _cells(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file, of the columns that are read."""
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if any(name not in names for name in _NEEDED) or len(set(names)) != len(names):
                raise TableRefused([_WRONG])
            if file.metadata.num_rows > MAX_ROWS:
                raise TableRefused([f"more than {MAX_ROWS} rows in a file of the cohort"])
            wanted = [name for name in names if _is_read(name)]
            for batch in file.iter_batches(batch_size=10_000, columns=[*wanted, *_there(names, "evidence")]):
                tumours = _tumours(batch)
                columns = {name: batch.column(name).to_pylist() for name in wanted}
                for number in range(batch.num_rows):
                    yield {name: values[number] for name, values in columns.items()} | {
                        "tumour": tumours.get(number, "")
                    }
    except (pa.ArrowException, OSError, KeyError):
        raise TableRefused([f"{_WRONG} (a file cannot be read)"]) from None


def _there(names: list[str], name: str) -> list[str]:
    return [name] if name in names else []


def _is_read(name: str) -> bool:
    stems = _models()
    ends = name.endswith(("_bands", "_outside")) and name.rpartition("_")[0] in stems
    return name in (*_NEEDED, "evidence_last") or ends or _OWN.fullmatch(name) is not None


def _tumours(batch: pa.RecordBatch) -> dict[int, str]:
    """The primary tumour of each row of which the record says one, and no other."""
    if "evidence" not in batch.schema.names:
        return {}
    column = batch.column("evidence")
    try:
        each, of = pc.list_flatten(column), pc.list_parent_indices(column)
        about = pc.equal(pc.struct_field(each, "finding"), _PRIMARY)
        values = pc.struct_field(each, "values").filter(about).to_pylist()
        numbers = of.filter(about).to_pylist()
    except pa.ArrowException:
        raise TableRefused([f"{_WRONG} (column evidence)"]) from None
    alone = ((n, said[0]) for n, said in zip(numbers, values, strict=True) if said and len(said) == 1)
    return {number: str(value)[:MAX_CELL] for number, value in alone}


def _add(patients: dict[str, _Patient], row: Mapping[str, Any]) -> None:
    """Adds a row to what is known of its patient."""
    name = row["patient"]
    if not isinstance(name, str) or not 0 < len(name) <= MAX_CELL or not isinstance(row["outcome"], str):
        raise TableRefused([f"{_WRONG} (columns patient and outcome)"])
    as_of = _day(row["as_of"])
    first = name not in patients
    patient = patients.setdefault(name, _Patient(row["outcome"], as_of))
    if patient.as_of != as_of:
        raise TableRefused(["a patient of the cohort is assessed at two times: keep one run in the folder"])
    patient.tumour = patient.tumour or row["tumour"]
    last = row.get("evidence_last")
    if isinstance(last, date):
        patient.evidence_last = max(last, patient.evidence_last or last)
    for stem, model in _models().items():
        bands = _bands(model, row.get(f"{stem}_bands"))
        before = patient.bands.get(model)
        if bands:
            if before is not None and before != bands:
                patient.several.add(model)
            patient.bands[model] = bands | (before or set())
        elif before is not None and not first:
            patient.several.add(model)
        if row.get(f"{stem}_outside") is True:
            patient.outside.add(model)
    for model, said in _own(row).items():
        known = patient.alive.setdefault(model, {})
        for days, (low, high) in said.items():
            before_low, before_high = known.get(days, (low, high))
            known[days] = (min(low, before_low), max(high, before_high))


def _bands(model: str, said: Any) -> set[str]:
    if said is None:
        return set()
    known = {band.code for band in ENGINES[model].score.bands}
    if not isinstance(said, list) or not known.issuperset(said):
        raise TableRefused([f"{_WRONG} of this version (a class of {model} is not known)"])
    return set(said)


def _own(row: Mapping[str, Any]) -> dict[str, dict[int, Range]]:
    """Probabilities that somebody has added to the cohort as columns such as ``mine_alive_365_low``."""
    ends: dict[tuple[str, int], dict[str, float]] = {}
    for column, value in row.items():
        match = _OWN.fullmatch(column)
        if match and value is not None:
            if not isinstance(value, int | float) or not 0 <= value <= 1 or int(match[2]) > MAX_HORIZON:
                raise TableRefused([f"the cohort: {column[:60]}: write probabilities from 0 to 1 into the column"])
            ends.setdefault((match[1], int(match[2])), {})[match[3]] = float(value)
    found: dict[str, dict[int, Range]] = {}
    for (stem, days), said in ends.items():
        if len(said) < 2 or said["low"] > said["high"]:
            raise TableRefused([f"the cohort: {stem}_alive_{days}: give the low end and the high end, in this order"])
        found.setdefault(_models().get(stem, stem), {})[days] = (said["low"], said["high"])
    return found


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise TableRefused([f"{_WRONG} (column as_of)"]) from None
