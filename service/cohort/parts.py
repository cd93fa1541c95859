"""The second pass: the patients of one part, one by one, to one Parquet file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service.cohort.assessing import Setup
from service.cohort.batches import batches
from service.cohort.columns import SCHEMA
from service.cohort.files import half_of, whole
from service.cohort.record import Record, Resource, medications
from service.cohort.sorting import Source
from service.cohort.spill import BUCKETS, Spill, slice_of
from service.cohort.store import Store

#: What is said of a part, in the Parquet file itself.
_SAID = b"spinemets"


@dataclass(frozen=True)
class Part:
    """Patients who are read at a time: those of some buckets, or a slice of one that is too large."""

    number: int
    first: int
    end: int
    """The bucket after the last."""
    slice: int = 0
    slices: int = 1

    @property
    def name(self) -> str:
        return f"part-{self.number:05}.parquet"


@dataclass(frozen=True)
class Assess:
    """A part that is to be assessed."""

    part: Part
    out: Path
    work: Path
    sources: tuple[Source, ...]
    """What was sorted, in the order of the export."""
    store: Path
    setup: Setup
    patient_bytes: int
    """The most that is read of one patient."""

    @property
    def path(self) -> Path:
        return self.out / self.part.name


def planned(found: Iterable[tuple[int, int]], part_bytes: int) -> list[Part]:
    """Parts of about so many bytes; which they are follows from the sizes of the buckets alone."""
    sizes: Counter[int] = Counter()
    for bucket, size in found:
        sizes[bucket] += size
    parts: list[Part] = []
    first, held = 0, 0
    for bucket in range(BUCKETS):
        if held and held + sizes[bucket] > part_bytes:
            parts.append(Part(len(parts), first, bucket))
            first, held = bucket, 0
        held += sizes[bucket]
        if held > part_bytes:  # a bucket by itself
            slices = -(-held // part_bytes)
            parts += [Part(len(parts) + n, bucket, bucket + 1, n, slices) for n in range(slices)]
            first, held = bucket + 1, 0
    if held or not parts:
        parts.append(Part(len(parts), first, BUCKETS))
    return parts


def assess_part(job: Assess) -> None:
    """Writes the rows of a part, in the order of patients and lesions. Done once its file is there.

    Raises:
        ChangedMaps: the maps of the site are no longer the same.
        OSError: what was sorted cannot be read, or the disk is full.
    """
    counts: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    with (
        whole(job.path, half_of(job.path, job.work)) as file,
        pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer,
    ):
        for batch in batches(_counted(records(job), counts), job.setup):
            writer.write_batch(batch)
            counts["rows"] += batch.num_rows
            for outcome in _patients(batch):
                outcomes[outcome] += 1
        said = {**counts, "outcomes": dict(sorted(outcomes.items()))}
        writer.add_key_value_metadata({_SAID: orjson.dumps(said, option=orjson.OPT_SORT_KEYS)})


def said_of(path: Path) -> dict[str, Any]:
    """Lines, patients, rows and outcomes of a part that was written."""
    found: dict[str, Any] = orjson.loads(pq.read_metadata(path).metadata[_SAID])
    return found


def _patients(batch: pa.RecordBatch) -> list[str]:
    """The outcome of each patient whose first row is in the batch."""
    number = batch.column("lesion_number")
    first = pc.or_kleene(pc.is_null(number), pc.equal(number, 1))
    found: list[str] = batch.column("outcome").filter(first).to_pylist()
    return found


def _counted(listed: Iterable[tuple[Record, int]], counts: Counter[str]) -> Iterator[Record]:
    for record, lines in listed:
        counts["patients"] += 1
        counts["lines"] += lines
        yield record


def records(job: Assess) -> Iterator[tuple[Record, int]]:
    """The patients of a part in the order of their names, each with the number of its own lines.

    Raises:
        OSError: what was sorted cannot be read.
    """
    found = _read(job)
    store = Store(job.store)
    try:
        for patient in sorted(found):
            held = found.pop(patient)
            yield _record(patient, held, store, job.sources), held.lines
    finally:
        store.close()


class _Held:
    """The lines of a patient: file, line, content."""

    __slots__ = ("lines", "listed", "size")

    def __init__(self) -> None:
        self.listed: list[tuple[int, int, bytes]] = []
        self.lines = self.size = 0


@lru_cache(maxsize=4096)
def _opened(path: Path) -> Spill:
    """A sorted file, of which every part that a process assesses needs some lines."""
    return Spill(path)


def _read(job: Assess) -> dict[str, _Held]:
    part = job.part
    found: dict[str, _Held] = {}
    for n, source in enumerate(job.sources):
        for patient, number, content in _opened(source.path).read(range(part.first, part.end)):
            if part.slices > 1 and slice_of(patient, part.slices) != part.slice:
                continue
            held = found.get(patient)
            if held is None:
                held = found[patient] = _Held()
            held.lines += 1
            held.size += len(content)
            if held.size > job.patient_bytes:
                held.listed.clear()
            else:
                held.listed.append((n, number, content))
    return found


def _record(patient: str, held: _Held, store: Store, sources: Sequence[Source]) -> Record:
    if held.lines > len(held.listed):
        return Record(patient, (), too_large=True)
    names = dict.fromkeys(name for _, _, content in held.listed for name in medications(content))
    listed = [*held.listed, *store.shared(names)]
    return Record(patient, tuple(Resource(content, sources[n].place(number)) for n, number, content in listed))
