"""Whether this process is about to stop: it finishes what it has, and is not to be given more."""

from __future__ import annotations

from threading import Event

_begun = Event()


def begin() -> None:
    """From now on :func:`now` says so. Safe in a signal handler."""
    _begun.set()


def now() -> bool:
    return _begun.is_set()
