"""Something that is looked up elsewhere and then kept for a while, so that asking often costs and waits little."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from service.operations.readiness import Check, Checks, State

T = TypeVar("T")


class Kept(Generic[T]):
    """A figure that is at most so many seconds old."""

    def __init__(self, look: Callable[[], T], *, seconds: float, wait: float) -> None:
        """``look`` may hang: it is waited for ``wait`` seconds, and not begun a second time meanwhile."""
        self._look = look
        self._seconds = seconds
        self._wait = wait
        self._checks = Checks((Check("look", self._looked, needed=True),))
        self._process = os.getpid()
        self._found: tuple[T, float] | None = None

    def get(self) -> T:
        """The figure.

        Raises:
            LookupError: it cannot be had now.
        """
        if self._process != os.getpid():  # a thread does not survive a fork
            self._process, self._checks = os.getpid(), Checks((Check("look", self._looked, needed=True),))
        if not self._fresh() and self._checks.run(self._wait)["look"].state is not State.READY:
            raise LookupError
        found = self._found
        if found is None:
            raise LookupError
        return found[0]

    def _fresh(self) -> bool:
        return self._found is not None and time.monotonic() < self._found[1] + self._seconds

    def _looked(self) -> None:
        self._found = (self._look(), time.monotonic())
