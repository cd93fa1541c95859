"""The folder of the jobs as files: private, written whole or not at all, held while somebody works, gone at once."""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_GONE = "gone-"


def made(folder: Path | None) -> Path:
    """The folder of all jobs; without a name one of its own, which goes with the process.

    Raises:
        OSError: there is no such folder, and none can be made.
        ValueError: others may look into the folder.
    """
    if folder is None:
        own = Path(tempfile.mkdtemp(prefix="spinemets-jobs-"))
        atexit.register(_remove, own, os.getpid())
        return own
    folder.parent.mkdir(parents=True, exist_ok=True)
    return private(folder)


def private(folder: Path) -> Path:
    """The folder, made where it is not there: a cleaner of temporary files may have taken it.

    Raises:
        ValueError: others may look into it.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.stat(follow_symlinks=False)
    if found.st_mode & 0o077 or found.st_uid != os.getuid():
        raise ValueError("the folder of SPINEMETS_JOBS is not private: chmod 700, owned by the user of the server")
    return folder


def _remove(folder: Path, process: int) -> None:
    # A worker inherits what was registered before it was forked, and ends before the others do.
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


def discard(folder: Path) -> None:
    """Removes a job. Its name goes first, so that a worker that is writing finds no place for another file."""
    gone = folder.with_name(f"{_GONE}{folder.name}")
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return  # another process was faster
    shutil.rmtree(gone, ignore_errors=True)


def write(path: Path, data: bytes) -> None:
    """Writes a file that is there whole or not at all."""
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as file:
        file.write(data)
    part.replace(path)


def clear(folder: Path) -> None:
    """Removes what is left of jobs whose removal did not come to its end."""
    for left in folder.glob(f"{_GONE}*"):
        shutil.rmtree(left, ignore_errors=True)


def room(folder: Path) -> int:
    """Bytes that are left on the disk of the folder, in which a file can be written.

    Raises:
        OSError: none can be.
    """
    with tempfile.TemporaryFile(dir=private(folder)) as file:
        file.write(b"-")
        file.flush()
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds the lock of a file."""
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def hold(path: Path) -> int:
    """Makes a file and holds its lock, until what is given back is closed or the process ends, however it ends.

    Raises:
        OSError: it cannot be written, as on a full disk, which is known now and not when the answer is made.
    """
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.write(file, b"-")
    except OSError:
        os.close(file)
        raise
    return file


def is_held(path: Path) -> bool:
    """Whether some process works on the job of this file."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
