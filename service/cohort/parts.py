"""The second pass: the patients of one part, one by one, to one Parquet file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from service.cohort.assessing import Setup
from service.cohort.batches import batches
from service.cohort.collector import collecting_seldom
from service.cohort.columns import SCHEMA
from service.cohort.files import half_of, whole
from service.cohort.record import Record, Resource, Unread, medications
from service.cohort.sorting import Source
from service.cohort.spill import BUCKETS, Group, Spill, slice_of
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


def planned(spills: Iterable[Spill], part_bytes: int) -> list[Part]:
    """Parts of about so many bytes; which they are follows from the sizes of the buckets alone."""
    sizes: Counter[int] = Counter()
    for spill in spills:
        for bucket, size in spill.sizes():
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


class Held:
    """What there is of a patient, on the way to a record: of each source, lines that are not taken apart yet."""

    __slots__ = ("groups", "lines", "size", "tells")

    def __init__(self) -> None:
        self.groups: list[tuple[int, Group]] = []
        self.lines = self.size = 0
        self.tells = False

    def add(self, source: int, group: Group, most: int) -> None:
        """Adds lines; of a patient with more than so many bytes nothing is held but the number of lines."""
        self.lines += group.lines
        self.size += len(group.packed)
        self.tells = self.tells or group.tells
        if self.size > most:
            self.groups.clear()
        else:
            self.groups.append((source, group))


@collecting_seldom()
def assess_part(job: Assess) -> None:
    """Writes the rows of a part, in the order of patients and lesions. Done once its file is there.

    Raises:
        ChangedMaps: the maps of the site are no longer the same.
        OSError: what was sorted cannot be read, or the disk is full.
    """
    found = _read(job)
    listed = ((patient, found.pop(patient)) for patient in sorted(found))
    counts = Counter(rows=0)
    outcomes: Counter[str] = Counter()
    with (
        whole(job.path, half_of(job.path, job.work)) as file,
        pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer,
        closing(Store(job.store)) as store,
    ):
        for batch in batches(_records(job, listed, store, counts), job.setup):
            writer.write_batch(batch)
            counts["rows"] += batch.num_rows
            counts["unread"] += pc.sum(pc.equal(batch.column("reason"), Unread.NO_SIGN), min_count=0).as_py()
            for outcome in _patients(batch):
                outcomes[outcome] += 1
        said = {**counts, "outcomes": dict(sorted(outcomes.items()))}
        writer.add_key_value_metadata({_SAID: orjson.dumps(said, option=orjson.OPT_SORT_KEYS)})


def _groups_of(part: Part, source: Source, wanted: Container[str]) -> Iterator[Group]:
    """What a source has of the patients of a part; that of patients who are not ``wanted`` comes without its lines.

    Raises:
        OSError: it cannot be read.
    """
    found = Spill(source.path).groups(range(part.first, part.end), wanted)
    if part.slices > 1:
        return (group for group in found if slice_of(group.key, part.slices) == part.slice)
    return found


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


def _read(job: Assess) -> dict[str, Held]:
    found: dict[str, Held] = {}
    # Of patients who are not read nothing is held, though all of their lines have to be there before that is known.
    telling = {group.key for source in job.sources for group in _groups_of(job.part, source, ()) if group.tells}
    for n, source in enumerate(job.sources):
        for group in _groups_of(job.part, source, telling):
            held = found.get(group.key)
            if held is None:
                held = found[group.key] = Held()
            held.add(n, group, job.patient_bytes)
    return found


def _records(job: Assess, listed: Iterable[tuple[str, Held]], store: Store, counts: Counter[str]) -> Iterator[Record]:
    for patient, held in listed:
        counts["patients"] += 1
        counts["lines"] += held.lines
        as_of = None
        if job.setup.index_dates is not None:
            as_of = store.index_date(patient)
            if as_of is None:
                yield Record(patient, (), held.lines, unread_for=Unread.NO_INDEX_DATE)
                continue
            counts["indexed"] += 1
        yield _record(job, patient, held, store, as_of)


def _record(job: Assess, patient: str, held: Held, store: Store, as_of: str | None) -> Record:
    if not held.tells:
        return Record(patient, (), held.lines, unread_for=Unread.NO_SIGN, as_of=as_of)
    if held.size > job.patient_bytes:
        return Record(patient, (), held.lines, too_large=True, as_of=as_of)
    listed = [(source, *line) for source, group in held.groups for line in group.each()]
    names = dict.fromkeys(medications(content for _, _, content in listed))
    resources = tuple(
        Resource(content, job.sources[n].place(number)) for n, number, content in [*listed, *store.shared(names)]
    )
    return Record(patient, resources, as_of=as_of)
