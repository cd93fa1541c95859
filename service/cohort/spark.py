"""The engine of a cluster: Apache Spark shares out files and patients, and brings the lines of a patient together.

Each file is sorted, and each part assessed, by the functions that the engine of one machine runs
(:mod:`service.cohort.local`), so the files are the same. In between Spark moves every line to the part of its patient,
and puts the lines of a part into order, on disks where they do not fit into memory. Every machine has to see the
folders of the export and of the run under the same names, and to have the same version of this software.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeVar

import orjson
import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from service import KNOWLEDGE_VERSION, __version__
from service.cohort import parts, sorting
from service.cohort.assessing import ChangedMaps, place_of
from service.cohort.running import EngineFailed
from service.cohort.sorting import ChangedExport, Sort
from service.cohort.spill import Spilled
from service.fhir_mapping.terminology.own_maps import BadMaps

_LINE = pa.schema(
    [
        ("part", pa.int32()),
        ("patient", pa.string()),
        ("source", pa.int32()),
        ("number", pa.int64()),
        ("content", pa.binary()),
        ("tells", pa.bool_()),
    ]
)
_LINES = "part int, patient string, source int, number long, content binary, tells boolean"
_DONE = pa.schema([("done", pa.int64())])
#: Bytes of lines that are handed over at a time, between Spark and Python and back.
_BATCH = 4 * 1024 * 1024
#: Seconds after which it is looked again what is done.
_LOOKS_AFTER = 1
_VERSIONS = f"{__version__}, knowledge {KNOWLEDGE_VERSION}"
_FAULT = re.compile(r"spinemets-fault: (\{\"kind\":.*\})")

J = TypeVar("J")


@contextmanager
def spark(master: str, work: Path) -> Iterator[Spark]:
    """The engine at a master such as ``local[*]`` or ``spark://host:7077``; a session that is there is used.

    ``work`` is the folder of what is written on the way.

    Raises:
        EngineFailed: it cannot be reached, or a task failed.
    """
    there = SparkSession.getActiveSession()
    try:
        session = there or begin(master, work)
    except (PySparkException, Py4JError, OSError) as error:
        raise EngineFailed(
            f"Spark did not begin at {master} ({type(error).__name__}). It needs Java 17 or newer (on Debian: apt "
            "install openjdk-17-jre-headless, or set JAVA_HOME), and a --master that is there."
        ) from None
    session.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", _BATCH)
    try:
        yield Spark(session)
    finally:
        if there is None:
            session.stop()


def begin(master: str, work: Path) -> SparkSession:
    """A session. On this machine alone it listens to nobody else, and writes nowhere but into the folder of the run."""
    settings: dict[str, bool | float | int | str | None] = {
        "spark.ui.enabled": False,
        "spark.ui.showConsoleProgress": False,
        "spark.log.level": "OFF",
    }
    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        package = str(Path(__file__).parents[2])
        settings |= {
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": str(work.resolve() / "spark"),
            "spark.executorEnv.PYTHONPATH": os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH")))),
        }
    builder = SparkSession.builder.master(master).appName("spinemets cohort")
    return builder.config(map=settings).getOrCreate()


@dataclass(frozen=True)
class Spark:
    """A session."""

    session: SparkSession

    def sort(self, jobs: Sequence[Sort], told: Callable[[int], None]) -> None:
        todo = [job for job in jobs if not job.spill.exists()]
        if todo:
            frame = self._numbers(len(todo)).mapInArrow(_checked(partial(_sort, todo)), "done long")
            _run(frame, jobs, lambda job: job.spill.exists(), lambda job: told(job.size))

    def assess(self, jobs: Sequence[parts.Assess], told: Callable[[int], None]) -> None:
        todo = [job for job in jobs if not job.path.exists()]
        if todo:
            lines = self._numbers(len(todo[0].sources)).mapInArrow(_checked(partial(_lines, todo)), _LINES)
            by_part = lines.repartitionById(len(todo), "part")
            in_order = by_part.sortWithinPartitions("patient", "source", "number")
            frame = in_order.mapInArrow(_checked(partial(_assess, todo)), "done long")
            _run(frame, jobs, lambda job: job.path.exists(), lambda job: told(1))
        for job in jobs:
            if not job.path.exists():  # a part without a line is no task
                parts.write(job, ())

    def _numbers(self, count: int) -> DataFrame:
        """So many numbers, each a task of its own."""
        return self.session.range(0, count, 1, count)


Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def _sort(jobs: Sequence[Sort], numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for number in _values(numbers):
        sorting.sort(jobs[number])
        yield _done(number)


def _lines(jobs: Sequence[parts.Assess], numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The lines of sources, each with the part that it is for."""
    for number in _values(numbers):
        rows: list[tuple[int, str, int, int, bytes, bool]] = []
        size = 0
        for n, job in enumerate(jobs):
            for line in parts.lines_of(job.part, job.sources[number]):
                rows.append((n, line.key, number, line.number, line.content, line.tells))
                size += len(line.content) + len(line.key)
                if size > _BATCH:
                    yield _batch(rows)
                    rows, size = [], 0
        if rows:
            yield _batch(rows)


def _batch(rows: list[tuple[int, str, int, int, bytes, bool]]) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(column, type=field.type) for column, field in zip(columns, _LINE, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=_LINE)


def _assess(jobs: Sequence[parts.Assess], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    rows = (row for batch in batches for row in zip(*(column.to_pylist() for column in batch.columns), strict=True))
    for number, of_part in groupby(rows, key=itemgetter(0)):
        parts.write(jobs[number], _patients(of_part, jobs[number].patient_bytes))
        yield _done(number)


def _patients(rows: Iterable[tuple[Any, ...]], most: int) -> Iterator[tuple[str, parts.Held]]:
    for patient, of_patient in groupby(rows, key=itemgetter(1)):
        held = parts.Held()
        for _, _, source, number, content, tells in of_patient:
            held.add(source, Spilled(patient, number, content, tells), most)
        yield patient, held


def _values(batches: Iterable[pa.RecordBatch]) -> Iterator[int]:
    return (number for batch in batches for number in batch.column(0).to_pylist())


def _done(number: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([number], type=pa.int64())], schema=_DONE)


def _checked(task: Task) -> Task:
    return partial(_told, _VERSIONS, task)


def _told(versions: str, task: Task, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Does a task on whichever machine. What fails is said in a form that holds no value of a record."""
    try:
        if versions != _VERSIONS:
            raise EngineFailed(f"a machine of the cluster has spinemets-cds {_VERSIONS}, and this one {versions}")
        yield from task(batches)
    except (ChangedExport, ChangedMaps, BadMaps, EngineFailed) as error:
        fault: dict[str, Any] = {"kind": type(error).__name__, "says": [str(error)]}
    except OSError as error:
        name = str(error.filename) if error.filename is not None else None
        fault = {"kind": "OSError", "says": [error.errno, error.strerror, name]}
    except Exception as error:
        fault = {"kind": "EngineFailed", "says": [f"{type(error).__name__} at {place_of(error)}: please report it"]}
    else:
        return
    raise RuntimeError(f"spinemets-fault: {orjson.dumps(fault).decode()}") from None


_KINDS: dict[str, type[Exception]] = {
    kind.__name__: kind for kind in (ChangedExport, ChangedMaps, BadMaps, EngineFailed, OSError)
}


def _run(frame: DataFrame, jobs: Sequence[J], is_done: Callable[[J], bool], told: Callable[[J], None]) -> None:
    """Lets Spark do what a frame says; tells of jobs when they are done, and raises what a task said when it failed."""
    waiting = list(jobs)
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(frame.collect)
        ended = False
        while not ended:
            ended = bool(wait([running], _LOOKS_AFTER).done)
            done = [job for job in waiting if is_done(job)]
            waiting = [job for job in waiting if job not in done]
            for job in done:
                told(job)
    try:
        running.result()
    except PySparkException as error:
        raise _failure(error) from None


def _failure(error: PySparkException) -> Exception:
    found = _FAULT.search(str(error))
    if found:
        fault = orjson.loads(found[1])
        return _KINDS[fault["kind"]](*fault["says"])
    if "ModuleNotFoundError" in str(error):
        return EngineFailed(
            "A machine of the cluster lacks this software. Run there: pip install 'spinemets-cds[spark]', and name its "
            "Python by PYSPARK_PYTHON."
        )
    return EngineFailed(f"Spark ended the run ({type(error).__name__}). The same command goes on where it was.")
