"""What an engine runs: patients in, batches of Arrow out.

The one function that a cluster needs: pure, and all that goes into it can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from service.cohort.assessing import Setup, rows
from service.cohort.columns import COLUMNS, SCHEMA
from service.cohort.record import Record

#: Rows of a batch.
ROWS = 1024


def batches(records: Iterable[Record], setup: Setup, size: int = ROWS) -> Iterator[pa.RecordBatch]:
    """Patients with their resources as JSON to batches of :data:`service.cohort.columns.SCHEMA`.

    A patient is asked for when the one before is done with; of that nothing but its cells is kept.
    """
    cells: list[list[Any]] = [[] for _ in COLUMNS]
    for row in rows(records, setup):
        for column, listed in zip(COLUMNS, cells, strict=True):
            listed.append(column.cell(row))
        del row
        if len(cells[0]) >= size:
            yield _batch(cells)
            cells = [[] for _ in COLUMNS]
    if cells[0]:
        yield _batch(cells)


def _batch(cells: list[list[Any]]) -> pa.RecordBatch:
    arrays = [pa.array(listed, type=column.type) for column, listed in zip(COLUMNS, cells, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
