"""The files in which workers keep their figures: one set for each place of a worker, handed on from one to the next.

Were there a set for each process, the files would grow with every worker that is replaced; a place is given out by the
first process before it makes a worker, and taken back when that worker has ended. The next worker goes on where it
stopped, so no counter ever goes back while the server runs.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from prometheus_client import values

from service.operations.metering import figures
from service.operations.meters import METERS, WORKERS

_log = logging.getLogger("spinemets")
_PRIVATE = 0o700
_OF_A_SERVER = "spinemets-metrics-"
_LOCK = "lock"
_FIRST = "first"
#: Room for every combination of labels there can be. It is taken at once: a full disk would kill whoever writes later.
ROOM = 512 * 1024
_KINDS = ("counter", "histogram")
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it, which is private
_SLOT = "_spinemets_slot"


class _Shared:
    """The folder of this server, and which places are free. There is one in each process."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        self.none = False
        self.lock: int | None = None
        self.mine = _FIRST
        self.made = 0
        self.free: list[str] = []
        self.process = 0


_shared = _Shared()


def folder() -> Path | None:
    """Where the figures of all processes are; None where this process keeps its own.

    Raises:
        OSError: there is no room for the figures of several processes, and those of one alone would mislead.
    """
    if _shared.none:
        raise OSError
    return _shared.folder


def begin(given: Path | None) -> None:
    """Makes the folder, before there are workers. Where none can be made, there are no figures and the service runs.

    ``given`` is the folder to make it in; without it, one in memory or in the temporary folder.

    Raises:
        ValueError: the folder that was given cannot be used.
    """
    end()
    try:
        made = _made(given)
        _take_room(made, _FIRST)
    except OSError as error:
        if given is not None:
            raise ValueError("SPINEMETS_METRICS: the folder cannot be made or written. Correct it.") from None
        _log.warning("no folder for metrics can be made (%s), so there are none", type(error).__name__)
        figures().stop()
        _shared.none = True
        return
    _shared.folder, _shared.mine, _shared.made, _shared.free, _shared.process = made, _FIRST, 0, [], os.getpid()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(made)  # where the library looks
    values.ValueClass = values.MultiProcessValue(lambda: _shared.mine)  # type: ignore[no-untyped-call]  # no types there
    figures().renew(METERS)
    atexit.register(_remove, made, os.getpid())


def lend(worker: Any) -> None:
    """Gives a worker that is to be made its place; without room for it, it has none, and counts nothing."""
    if _shared.folder is None:
        return
    slot = _shared.free.pop() if _shared.free else str(_shared.made)
    try:
        _take_room(_shared.folder, slot)
    except OSError as error:
        _log.warning("no room for the figures of a worker (%s)", type(error).__name__)
        return
    _shared.made += slot == str(_shared.made)
    setattr(worker, _SLOT, slot)
    WORKERS.add(event="started")


def become(worker: Any) -> None:
    """Takes the place, in the worker."""
    if _shared.folder is None:
        return
    slot = getattr(worker, _SLOT, None)
    if slot is None:
        figures().stop()
    else:
        _shared.mine = slot


def leave(worker: Any) -> None:
    """Notes, in a worker, that it ends by itself; one that is killed does not come to that."""
    if getattr(worker, _SLOT, None) is not None:
        WORKERS.add(event="left")


def give_back(worker: Any) -> None:
    """Takes the place back from a worker that has ended."""
    slot = getattr(worker, _SLOT, None)
    if slot is not None and _shared.folder is not None:
        _shared.free.append(slot)
        WORKERS.add(event="ended")


def end() -> None:
    """Removes the folder, when all workers have ended. From now on this process keeps its figures to itself."""
    _shared.none = False
    if _shared.folder is None:
        return
    made, _shared.folder = _shared.folder, None
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
    values.ValueClass = values.MutexValue
    figures().renew(METERS)
    _remove(made, _shared.process)


def _made(given: Path | None) -> Path:
    """A fresh folder. What servers that were killed have left behind goes."""
    within = given or (_MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir()))
    if given is not None:
        given.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
    for left in within.glob(f"{_OF_A_SERVER}*"):
        if _is_left(left):
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=_OF_A_SERVER, dir=within))
    # The workers have the lock as well: it is let go of when the last of them has ended. It is held before it is there.
    new = made / f"{_LOCK}.new"
    _shared.lock = os.open(new, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(_shared.lock, fcntl.LOCK_EX)
    new.rename(made / _LOCK)
    return made


def _is_left(found: Path) -> bool:
    """Whether it is a folder of ours whose server has ended."""
    try:
        if found.is_symlink() or found.stat().st_uid != os.getuid():
            return False
        lock = os.open(found / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


def _take_room(made: Path, slot: str) -> None:
    for kind in _KINDS:
        path = made / f"{kind}_{slot}.db"
        if path.exists():
            continue
        new = path.with_suffix(".new")  # a scrape may come meanwhile, and reads whole files
        file = os.open(new, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            _fill(file)
        except OSError:
            new.unlink()
            raise
        finally:
            os.close(file)
        new.rename(path)


def _fill(file: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, ROOM)
    else:
        os.write(file, bytes(ROOM))


def _remove(made: Path, process: int) -> None:
    # A worker inherits what was registered before it was forked, and ends before the others do.
    if os.getpid() != process:
        return
    if _shared.lock is not None:
        os.close(_shared.lock)
        _shared.lock = None
    shutil.rmtree(made, ignore_errors=True)
