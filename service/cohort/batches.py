"""What an engine runs: patients in, batches of Arrow out.

The one function that a cluster needs: pure, and all that goes into it can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from service.cohort.assessing import Row, Setup, rows
from service.cohort.columns import COLUMNS, SCHEMA
from service.cohort.record import Record

#: Rows of a batch.
ROWS = 1024
_ALL = range(len(COLUMNS))
_OF_EVERY_ROW = tuple(n for n, column in enumerate(COLUMNS) if column.of_every_row)


def batches(records: Iterable[Record], setup: Setup, size: int = ROWS) -> Iterator[pa.RecordBatch]:
    """Patients with their resources as JSON to batches of :data:`service.cohort.columns.SCHEMA`.

    A patient is asked for when the one before is done with; of that nothing but its cells is kept.
    """
    batch = _Batch()
    for row in rows(records, setup):
        batch.add(row)
        del row
        if len(batch.places) >= size:
            yield batch.arrow()
            batch = _Batch()
    if batch.places:
        yield batch.arrow()


class _Batch:
    """Cells by column. Most rows of a hospital are of people who were not assessed, and have few of them."""

    def __init__(self) -> None:
        self.cells: list[list[Any]] = [[] for _ in COLUMNS]
        self.places: list[int | None] = []
        """By row, its place in the columns that only rows with an assessment have."""
        self._assessed = 0

    def add(self, row: Row) -> None:
        is_assessed = row.found is not None
        for n in _ALL if is_assessed else _OF_EVERY_ROW:
            self.cells[n].append(COLUMNS[n].of(row))
        self.places.append(self._assessed if is_assessed else None)
        self._assessed += is_assessed

    def arrow(self) -> pa.RecordBatch:
        places = pa.array(self.places, pa.int32())
        arrays = []
        for column, listed in zip(COLUMNS, self.cells, strict=True):
            array = pa.array(listed, type=column.type)
            arrays.append(array if column.of_every_row else array.take(places))
        return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
