"""The file of the trail: rows are appended to it, by one process at a time, and are on the disk before it goes on.

A row that a write has left half is never removed or written over. The next row begins on a line of its own, and holds
the length and the hash of the piece, so the file may be one to which bytes can only be added.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service.audit.event import rotation
from service.audit.marks import Mark
from service.audit.rows import LONGEST, START, NotARow, Row, packed, parsed

_PRIVATE = 0o600
_OTHERS = 0o077
_GLANCE = 16 * 1024
#: Below this a disk counts as full: what is asked meanwhile may still be answered, and its rows have to fit.
_ROOM = 1024 * 1024
_DAMAGED = "The end of the audit trail is damaged. Check it with: spinemets audit verify."


class Unwritable(Exception):
    """The trail cannot be written; the message says why."""


@dataclass(frozen=True)
class _End:
    """How a file ends."""

    number: int
    hash: str
    torn: bytes | None = None
    newline: bool = True
    """Whether its last line has an end."""


class Trail:
    """A trail that events are appended to, by any number of processes at a time."""

    def __init__(self, file: Path, *, sync: bool = True, cut: Callable[[], None] = lambda: None) -> None:
        """``sync`` waits with each row until the disk has it, so that it outlasts a loss of power.

        ``cut`` is told when a row that was there is gone: once for each process that had seen it.
        """
        self.file = file
        self._sync = sync
        self._cut = cut
        self._mark: Mark | None = None

    def append(self, event: dict[str, Any]) -> Row:
        """Appends an event; when this returns, its row is in the file.

        Raises:
            Unwritable: it is not.
        """
        with _locked(self.file) as opened:
            if self._mark is not None and not self._mark.is_kept(opened):
                self._mark = None
                self._cut()
            end = _end(opened)
            row, digest = packed(end.number + 1, end.hash, event, end.torn)
            if len(row) > LONGEST:
                raise Unwritable("An event is larger than a row may be.")
            _write(opened, row if end.newline else b"\n" + row, sync=self._sync)
            start = os.fstat(opened).st_size - len(row)
            self._mark = Mark.of(opened, end.number + 1, start, row.removesuffix(b"\n"))
            return Row(end.number + 1, end.hash, digest, event)

    def remember(self) -> None:
        """Remembers the last row that is there now, so that it is missed where it goes before the next one comes."""
        if self.file.exists():
            with suppress(Unwritable), _locked(self.file) as opened:
                self._mark = _marked(opened)

    def check(self) -> None:
        """Sees whether an event could be appended, without appending one.

        Raises:
            Unwritable: it could not.
        """
        with _faults():
            opened = _open(self.file)
            try:
                found = os.fstatvfs(opened)
            finally:
                os.close(opened)
        if found.f_bavail * found.f_frsize < _ROOM:
            raise Unwritable("The disk of the audit trail is full. Make room on it.")


def last_row(file: Path) -> Row | None:
    """The last whole row of a file; None where it has none.

    Raises:
        Unwritable: it cannot be read.
    """
    with _faults():
        opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with _faults():
            return _last(opened)[0]
    finally:
        os.close(opened)


def rotate(file: Path, now: datetime, *, sync: bool = True) -> Path:
    """Sets the file aside under a name with the time, and begins a new one that goes on with the chain.

    Those who are about to append wait for it, and append to the new file.

    Raises:
        Unwritable: it cannot be done, and nothing has changed.
    """
    if not file.exists():
        raise Unwritable(f"{file}: there is no such file.")
    with _locked(file) as opened:
        end = _end(opened)
        if not end.number:
            raise Unwritable("The audit trail is empty. There is nothing to set aside.")
        aside = file.with_name(f"{file.stem}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}{file.suffix}")
        first, _ = packed(end.number + 1, end.hash, rotation(aside.name, end.hash, now), end.torn)
        fresh = file.with_name(f".{file.name}.{os.getpid()}.part")
        with _faults():
            try:
                made = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
                try:
                    _give(made, opened)
                    _write(made, first, sync=sync)
                finally:
                    os.close(made)
                os.link(file, aside)
                # In one step, so that nobody finds no file and begins a chain anew.
                fresh.replace(file)
            finally:
                fresh.unlink(missing_ok=True)
            _sync_folder(file)
    return aside


def _give(made: int, like: int) -> None:
    """Gives a new file to whom the old one belongs: an administrator may set aside what the service writes."""
    owner, now = os.fstat(like), os.fstat(made)
    if (owner.st_uid, owner.st_gid) != (now.st_uid, now.st_gid):
        os.fchown(made, owner.st_uid, owner.st_gid)


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """The file, open and held against all others, as it is named now."""
    with _faults():
        while True:
            opened = _open(file)
            try:
                fcntl.flock(opened, fcntl.LOCK_EX)
                if _is_named(opened, file):
                    yield opened
                    return
            finally:
                os.close(opened)


def _is_named(opened: int, file: Path) -> bool:
    """Whether it was not set aside while this process waited for it."""
    try:
        return os.path.samestat(os.fstat(opened), file.stat())
    except FileNotFoundError:
        return False


def _open(file: Path) -> int:
    opened = os.open(file, os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, _PRIVATE)
    if os.fstat(opened).st_mode & _OTHERS:
        os.close(opened)
        raise Unwritable("Others may read or write the audit trail. Make it private: chmod 600.")
    return opened


@contextmanager
def _faults() -> Iterator[None]:
    """Says what the system says in a word, and never the name of a file that a caller might see."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        why = "the disk is full" if full else (error.strerror or type(error).__name__).lower()
        raise Unwritable(f"The audit trail cannot be written: {why}.") from None


def _write(opened: int, data: bytes, *, sync: bool) -> None:
    before = os.fstat(opened).st_size
    try:
        done = os.write(opened, data)
        if done < len(data):
            raise OSError(errno.ENOSPC, "only a part was written")
        if sync:
            os.fdatasync(opened)
    except OSError:
        # Where bytes can only be added this fails, and the next row says that a piece is there.
        with suppress(OSError):
            os.ftruncate(opened, before)
        raise


def _end(opened: int) -> _End:
    """How the file ends: its last row, and what stands after that.

    Raises:
        Unwritable: there is more after it than one row that was cut off.
    """
    row, after, newline = _last(opened)
    number, digest = (row.number, row.hash) if row else (0, START)
    if not after:
        return _End(number, digest, newline=newline)
    piece = after.removesuffix(b"\n")
    if b"\n" in piece or len(piece) > LONGEST:
        raise Unwritable(_DAMAGED)
    return _End(number, digest, piece, newline)


def _last(opened: int) -> tuple[Row | None, bytes, bool]:
    """The last row of a file, all bytes after its line, and whether the last line of the file has an end."""
    size = os.fstat(opened).st_size
    for much in (_GLANCE, 4 * LONGEST):
        start = max(0, size - much)
        data = os.pread(opened, size - start, start)
        newline = not data or data.endswith(b"\n")
        at = len(data)
        while at > 0:
            head = data.rfind(b"\n", 0, at - 1) + 1
            if head == 0 and start > 0:
                break  # the line may have begun before
            try:
                return parsed(data[head:at].removesuffix(b"\n")), data[at:], newline
            except NotARow:
                at = head
        if start == 0:
            return None, data, newline
    raise Unwritable(_DAMAGED)


def _marked(opened: int) -> Mark | None:
    """Where the last row stands; None where there is none."""
    row, after, _ = _last(opened)
    if row is None:
        return None
    end = os.fstat(opened).st_size - len(after)
    much = min(end, 2 * LONGEST)
    data = os.pread(opened, much, end - much)
    line = data.removesuffix(b"\n").rpartition(b"\n")[2]
    return Mark.of(opened, row.number, end - len(line) - data.endswith(b"\n"), line)


def _sync_folder(file: Path) -> None:
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
