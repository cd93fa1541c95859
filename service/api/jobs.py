"""Work that is answered later: a private folder with the state and the results of each job, shared by the workers.

A job belongs to the worker that took the request and runs in a thread of it, one at a time. While it does, the worker
holds a lock on a file of the job; the system lets go of it when the worker ends, however it ends, so that every other
worker can tell a job that is under way from one that nobody works on any more. What was sent is never written to disk.
"""

from __future__ import annotations

import hmac
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from service.api import job_files
from service.problems import Problem, Rejected

_log = logging.getLogger("spinemets")
_ID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_KIND = re.compile(r"[A-Z][A-Za-z]{1,40}", re.ASCII)
_SWEEP_EVERY_S = 60
_ALIVE, _BEGUN, _DONE, _FAILED = "alive", "begun", "done.json", "failed.json"
_WHOM = "whom.json"
_OWNER = "owner"

#: The results of a job: NDJSON by the type of its resources.
Results = Mapping[str, list[Any]]


@dataclass(frozen=True)
class Done:
    """A job that is done."""

    started: float
    """When, in seconds since 1970."""
    request: str
    counts: Mapping[str, int]
    """The types of its results, each with its number of lines."""
    expires: float


@dataclass(frozen=True)
class Underway:
    """A job that is not done yet."""

    progress: str


class Jobs:
    """The jobs of all workers, in one folder."""

    def __init__(self, folder: Path | None, most: int, seconds: int) -> None:
        """``most`` jobs are kept at a time, each for so many ``seconds`` after it is done.

        Raises:
            OSError: there is no such folder, and none can be made.
            ValueError: others may look into the folder.
        """
        self._folder = job_files.made(folder)
        self._most = most
        self._seconds = seconds
        self._pool: tuple[int, ThreadPoolExecutor] | None = None
        self._swept = 0.0

    def start(self, request: str, work: Callable[[], Results], owner: str = "") -> str:
        """Begins a job and gives its id, which cannot be guessed. ``request`` is the URL that asked for it.

        ``owner`` tells the caller from others; it is empty where nobody is asked who they are.

        Raises:
            Rejected: 429 while there are too many.
            OSError: nothing can be kept, as on a full disk.
        """
        with job_files.locked(job_files.private(self._folder) / ".lock"):
            self.sweep()
            if len(self._ids()) >= self._most:
                message = "There are as many jobs as this server keeps. Send it later, or without respond-async."
                raise Rejected(429, Problem("throttled", message, "Prefer"))
            name = secrets.token_urlsafe(32)
            folder = self._folder / name
            folder.mkdir(mode=0o700)
            try:
                job_files.write(folder / _OWNER, owner.encode())
                alive = job_files.hold(folder / _ALIVE)
            except OSError:
                job_files.discard(folder)
                raise
        self._workers().submit(_run, folder, alive, request, time.time(), work)
        return name

    def check_owner(self, name: str, owner: str) -> None:
        """Leaves a job to the caller that began it; for every other one it is as if it never was.

        Raises:
            Rejected: 404 if there is no such job for this caller.
        """
        try:
            found = (self._of(name) / _OWNER).read_bytes()
        except FileNotFoundError:
            raise _no_job() from None
        if not hmac.compare_digest(found, owner.encode()):
            raise _no_job()

    def look(self, name: str) -> Done | Underway:
        """How a job stands.

        Raises:
            Rejected: 404 if there is no such job, what it was refused with if it was, and 500 if its worker ended.
        """
        folder = self._of(name)
        # The results are put in place before the lock goes, so the lock is looked at first.
        held = job_files.is_held(folder / _ALIVE)
        try:
            if (folder / _FAILED).exists():
                told = orjson.loads((folder / _FAILED).read_bytes())
                raise Rejected(told["status"], *(Problem(*problem) for problem in told["problems"]))
            if (folder / _DONE).exists():
                told = orjson.loads((folder / _DONE).read_bytes())
                expires = (folder / _DONE).stat().st_mtime + self._seconds
                return Done(told["started"], told["request"], told["counts"], expires)
        except FileNotFoundError:
            raise _no_job() from None
        if held:
            return Underway("being assessed" if (folder / _BEGUN).exists() else "waiting for its turn")
        if not folder.exists():
            raise _no_job()
        message = "The process that worked on this job ended before it was done. Send the record again."
        raise Rejected(500, Problem("incomplete", message, "Bundle"))

    def output(self, name: str, kind: str) -> bytes:
        """The results of one type, as NDJSON.

        Raises:
            Rejected: 404 if there are none.
        """
        if _KIND.fullmatch(kind):
            try:
                return (self._of(name) / f"{kind}.ndjson").read_bytes()
            except FileNotFoundError:
                pass
        raise _no_job()

    def note(self, name: str, whom: bytes) -> None:
        """Keeps whom a job is about, as the audit trail has it, while the job is kept."""
        try:
            job_files.write(self._folder / name / _WHOM, whom)
        except OSError as error:  # it is over already, or the disk is full; the job goes on
            _log.warning("whom a job is about cannot be kept: %s", type(error).__name__)

    def noted(self, name: str) -> bytes:
        """What :func:`note` has kept; an empty list where there is nothing.

        Raises:
            Rejected: 404 if there is no such job.
        """
        try:
            return (self._of(name) / _WHOM).read_bytes()
        except FileNotFoundError:
            return b"[]"

    def cancel(self, name: str) -> None:
        """Ends a job, if it is not done, and removes all of it.

        Raises:
            Rejected: 404 if there is no such job.
        """
        job_files.discard(self._of(name))

    def number(self) -> int:
        """How many there are, those under way included."""
        return len(self._ids())

    def room(self) -> int:
        """Bytes that are left on the disk of the folder, in which a file can be written.

        Raises:
            OSError: none can be.
        """
        return job_files.room(self._folder)

    def sweep(self) -> None:
        """Removes the jobs whose time is over."""
        self._swept = time.monotonic()
        for name in self._ids():
            folder = self._folder / name
            if self._is_over(folder):
                job_files.discard(folder)
        job_files.clear(self._folder)

    def sweep_now_and_then(self) -> None:
        """The same, when some time has gone by since the last: cheap enough for every request. Never fails."""
        if time.monotonic() - self._swept > _SWEEP_EVERY_S:
            try:
                self.sweep()
            except OSError as error:
                _log.error("the folder of jobs cannot be looked through: %s", type(error).__name__)

    def _of(self, name: str) -> Path:
        folder = self._folder / name
        if not _ID.fullmatch(name) or not folder.is_dir() or self._is_over(folder):
            raise _no_job()
        return folder

    def _is_over(self, folder: Path) -> bool:
        """Whether its time is over: counted from the last file that was put into it."""
        try:
            return time.time() - folder.stat().st_mtime > self._seconds and not job_files.is_held(folder / _ALIVE)
        except FileNotFoundError:
            return True

    def _ids(self) -> list[str]:
        try:
            return [name for name in os.listdir(self._folder) if _ID.fullmatch(name)]
        except FileNotFoundError:
            return []

    def _workers(self) -> ThreadPoolExecutor:
        """The thread of this process: a thread does not survive a fork, so each worker makes its own."""
        if self._pool is None or self._pool[0] != os.getpid():
            self._pool = (os.getpid(), ThreadPoolExecutor(max_workers=1, thread_name_prefix="job"))
        return self._pool[1]


def _run(folder: Path, alive: int, request: str, started: float, work: Callable[[], Results]) -> None:
    try:
        job_files.write(folder / _BEGUN, b"")
        results = work()
        for kind, resources in results.items():
            job_files.write(
                folder / f"{kind}.ndjson",
                b"".join(orjson.dumps(r, option=orjson.OPT_APPEND_NEWLINE) for r in resources),
            )
        counts = {kind: len(resources) for kind, resources in results.items()}
        job_files.write(folder / _DONE, orjson.dumps({"started": started, "request": request, "counts": counts}))
    except Rejected as rejected:
        _fail(folder, rejected)
    except Exception as error:
        if not folder.exists():
            return  # it was cancelled
        _log.error("a job failed: %s", type(error).__name__)
        message = "The service has a fault and gives no answer. Report it with the request id of the job."
        _fail(folder, Rejected(500, Problem("exception", message, "Bundle")))
    finally:
        os.close(alive)


def _fail(folder: Path, rejected: Rejected) -> None:
    problems = [(problem.code, problem.message, problem.expression) for problem in rejected.problems]
    try:
        job_files.write(folder / _FAILED, orjson.dumps({"status": rejected.status, "problems": problems}))
    except OSError as error:
        # Its lock goes now, so the job says that nobody works on it.
        _log.error("the state of a job cannot be kept: %s", type(error).__name__)


def _no_job() -> Rejected:
    message = "There is no such job here: its time is over, it was cancelled, or it never was. Send the record again."
    return Rejected(404, Problem("not-found", message, "Bundle"))
