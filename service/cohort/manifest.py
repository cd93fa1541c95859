"""What a run is made of: by it a run that was stopped is known again, and another one is told apart."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from service import KNOWLEDGE_VERSION, __version__
from service.cohort.assessing import Setup
from service.cohort.files import HALF, write_json
from service.cohort.sorting import state_of

#: Names of all that is in the folder beside the Parquet files. Readers of Parquet pass over what begins like that.
MANIFEST, SUMMARY, ASIDE, WORK, _LOCK = (
    "_manifest.json",
    "_summary.json",
    "_kept-aside.ndjson",
    "_work",
    "_lock",
)
_MEND = "Give another --out, or remove the folder to begin anew."


class CannotRun(ValueError):
    """A run that cannot begin or go on; the message says why, with the mend."""


@dataclass(frozen=True)
class Bounds:
    """How much is held at a time."""

    longest_line: int = 64 * 1024 * 1024
    """Bytes."""
    part_bytes: int = 64 * 1024 * 1024
    """Lines of patients that a process holds at a time, as they are in the export."""
    patient_bytes: int = 64 * 1024 * 1024
    """The most that is read of one patient."""


@dataclass(frozen=True)
class Input:
    """A file of the export."""

    name: str
    """Its path within the export."""
    state: tuple[int, int]


def inputs(export: Path) -> list[Input]:
    """Every file of a folder and the folders in it but hidden ones, whatever its name, in the order of the names.

    Raises:
        CannotRun: there is no such folder, no file in it, or one that cannot be named or is none.
        OSError: a folder cannot be read.
    """
    if not export.is_dir():
        raise CannotRun(f"{export}: no such folder. Name the one with the NDJSON files of the export.")
    listed = sorted(path.relative_to(export).as_posix() for path in _files(export))
    if not listed:
        raise CannotRun(f"{export}: there is no file in the folder. Name the one with the NDJSON files of the export.")
    if not all(name.isprintable() for name in listed):
        raise CannotRun(
            f"{export}: a file has a name that is not UTF-8, or has signs in it that cannot be printed. Rename it."
        )
    return [Input(name, state_of(export / name)) for name in listed]


def _files(export: Path) -> Iterator[Path]:
    """Every file that is not hidden. What could hold lines and is not looked into would be lost, so it is refused."""
    for here, folders, files in os.walk(export, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(here, name) for name in (*folders, *files) if not name.startswith(".")):
            if path.is_file():
                yield path
            elif path.is_symlink() or not path.is_dir():
                raise CannotRun(
                    f"{path}: neither a file nor a folder, but a link to a folder, a broken link or the like. Put what "
                    "it stands for in its place, or take it out of the export."
                )


def _raise(error: OSError) -> None:
    raise error


def manifest(listed: list[Input], setup: Setup, bounds: Bounds) -> dict[str, Any]:
    """All that the rows of a run follow from."""
    policy = asdict(setup.policy)
    if not setup.policy.recalibrations:  # as in the runs of versions that knew none
        policy = {name: value for name, value in policy.items() if not name.startswith("recalibrations")}
    return {
        "software": __version__,
        "knowledge": KNOWLEDGE_VERSION,
        "as_of": setup.as_of,
        "index_dates": setup.index_dates.fingerprint if setup.index_dates else None,
        # As it will be read again, to be compared: lists and texts.
        "policy": orjson.loads(orjson.dumps(policy, default=sorted)),
        "assume_complete": setup.assume_complete,
        "maps": setup.maps_version,
        "bounds": asdict(bounds),
        "files": [[each.name, *each.state] for each in listed],
    }


#: What a difference is called, by the member of the manifest.
_CALLED = {
    "software": "another version of spinemets-cds",
    "knowledge": "another version of scores and rules",
    "as_of": "another --as-of",
    "index_dates": "other --index-dates",
    "policy": "another --policy",
    "assume_complete": "another --assume-complete",
    "maps": "other --maps",
    "bounds": "other bounds",
    "files": "another export, or files of it that have changed since",
}


def earlier(out: Path) -> dict[str, Any] | None:
    """The manifest of the run that a folder is of; None where it is of none.

    Raises:
        CannotRun: it holds something else.
    """
    path = out / MANIFEST
    if not path.exists():
        if out.exists() and (
            not out.is_dir() or any(each.name != _LOCK for each in out.iterdir() if not _is_half(each))
        ):
            raise CannotRun(f"{out}: this is no folder of a cohort. Give another --out, which need not exist.")
        return None
    try:
        found = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not found.keys() >= _CALLED.keys():
        raise CannotRun(f"{out}: its {MANIFEST} is damaged. {_MEND}")
    return found


def _is_half(path: Path) -> bool:
    return path.name == f"{MANIFEST}{HALF}"


def begin(out: Path, made: dict[str, Any]) -> None:
    """Notes in a folder which run it is of.

    Raises:
        CannotRun: it is of another one.
    """
    before = earlier(out)
    if before is None:
        write_json(out / MANIFEST, made)
        return
    other = [called for name, called in _CALLED.items() if before[name] != made[name]]
    if other:
        raise CannotRun(f"{out}: there is a run in it with {', '.join(other)}. {_MEND}")


@contextmanager
def alone(out: Path) -> Iterator[None]:
    """Keeps a second run out of a folder; the lock goes with the process.

    Raises:
        CannotRun: there is one.
    """
    lock = os.open(out / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CannotRun(f"{out}: another process is writing to it. Wait for it, or give another --out.") from None
    else:
        yield
    finally:
        os.close(lock)
