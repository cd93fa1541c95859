"""The engine of a cluster: Apache Spark shares out files, and then parts, among its machines.

Each file is sorted, and each part assessed, by the functions that the engine of one machine runs
(:mod:`service.cohort.local`), so the files are the same. A task is a number: what it reads and writes is in the folders
of the export and of the run, which every machine has to see under the same names, with the same version of this
software. So no line of a patient goes through Spark.
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
from service.fhir_mapping.terminology.own_maps import BadMaps

_DONE = pa.schema([("done", pa.int64())])
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
        self._each(sorting.sort, jobs, lambda job: job.spill.exists(), lambda job: told(job.size))

    def assess(self, jobs: Sequence[parts.Assess], told: Callable[[int], None]) -> None:
        self._each(parts.assess_part, jobs, lambda job: job.path.exists(), lambda job: told(1))

    def _each(
        self, do: Callable[[J], None], jobs: Sequence[J], is_done: Callable[[J], bool], told: Callable[[J], None]
    ) -> None:
        todo = [job for job in jobs if not is_done(job)]
        if todo:
            numbers = self.session.range(0, len(todo), 1, len(todo))  # a task for each
            frame = numbers.mapInArrow(partial(_told, _VERSIONS, partial(_do, do, todo)), "done long")
            _run(frame, jobs, is_done, told)


Task = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]


def _do(do: Callable[[J], None], jobs: Sequence[J], numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for number in _values(numbers):
        do(jobs[number])
        yield _done(number)


def _values(batches: Iterable[pa.RecordBatch]) -> Iterator[int]:
    return (number for batch in batches for number in batch.column(0).to_pylist())


def _done(number: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([number], type=pa.int64())], schema=_DONE)


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
