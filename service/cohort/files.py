"""Files that are there whole or not at all, and that nobody else may read: they hold records of patients."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import orjson

#: The end of the name of what is not whole.
HALF = ".half"
_OWN_FILE, _OWN_FOLDER = 0o600, 0o700


def folder(path: Path) -> None:
    """Makes a folder into which only its owner may look; one that is there stays as it is."""
    path.mkdir(mode=_OWN_FOLDER, parents=True, exist_ok=True)


def create(path: Path) -> BinaryIO:
    """A new file for writing, in place of one of that name."""
    with suppress(FileNotFoundError):
        path.unlink()
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, _OWN_FILE), "w+b")


@contextmanager
def whole(path: Path, half: Path | None = None) -> Iterator[BinaryIO]:
    """A file that has its name only when all of it is on the disk; what was begun and not finished is written anew.

    ``half`` is its name until then, on the same disk. By default it is one of this process alone: where a run was
    killed, a process of it may not have ended yet when the next run writes the same file.
    """
    half = half or half_of(path, path.parent)
    with create(half) as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    keep(half, path)


def half_of(path: Path, work: Path) -> Path:
    """What a file is called while this process of this machine writes it in a folder."""
    return work / f"{path.name}.{os.uname().nodename}-{os.getpid()}{HALF}"


def keep(half: Path, path: Path) -> None:
    """Gives a file that is on the disk its name."""
    os.replace(half, path)
    holder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(holder)
    finally:
        os.close(holder)


def write_json(path: Path, value: Any) -> None:
    """Writes a value as indented JSON."""
    with whole(path, path.with_name(f"{path.name}{HALF}")) as file:
        file.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
