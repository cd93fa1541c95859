"""Between the passes: lines of patients who are named by an identifier, once all identifiers are known."""

from __future__ import annotations

from collections import Counter

from service.cohort.files import whole
from service.cohort.lines import Fault, Line
from service.cohort.sorting import Sort, set_aside
from service.cohort.spill import BY_IDENTIFIER, Spill, Writer, key_of
from service.cohort.store import Store


def place(job: Sort, store: Store) -> None:
    """Places such lines of a file into the buckets of their patients, or aside where several patients are meant."""
    lines, aside = 0, Counter[str]()
    with whole(job.placed) as file, whole(job.unplaced) as unclear:
        writer = Writer(file)
        for line in Spill(job.spill).read(BY_IDENTIFIER):
            patient = store.patient(line.key)
            if patient is None:
                aside[Fault.UNCLEAR_PATIENT.value] += 1
                told = Line(line.number, line.content, len(line.content))
                set_aside(unclear, job.name, told, Fault.UNCLEAR_PATIENT)
            else:
                lines += 1
                writer.add(key_of(patient), line.number, line.content, tells=line.tells)
        writer.finish({"owned": lines, "aside": aside})
