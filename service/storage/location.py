"""Where the SQLite file lies when nothing is set, and that nobody else reads it."""

from __future__ import annotations

import os
from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_OTHERS = 0o077


def default_file() -> Path:
    """The file of the user that runs the server, by the XDG Base Directory Specification."""
    given = os.environ.get("XDG_STATE_HOME", "")
    # The specification has a path that is not absolute ignored.
    state = Path(given) if Path(given).is_absolute() else Path.home() / ".local" / "state"
    return state / "spinemets" / "spinemets.sqlite"


def make_private(file: Path, *, folder: bool) -> None:
    """Makes a file that only its owner reads, before the database writes a word; with ``folder``, its folder too.

    Raises:
        OSError: it cannot be made.
    """
    if folder:
        file.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        _close(file.parent, _PRIVATE_FOLDER)
    # What SQLite makes beside it, the log and the index of it, gets the rights of the file.
    os.close(os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, _PRIVATE_FILE))
    _close(file, _PRIVATE_FILE)


def _close(path: Path, mode: int) -> None:
    if path.stat().st_mode & _OTHERS:
        path.chmod(mode)
