"""Tokens that may be used once: in the database for all workers and servers, and in this worker while it is down."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from service.callers.refused import Reason, Refused
from service.callers.tokens import LEEWAY_S
from service.operations import meters
from service.storage import Unavailable

_log = logging.getLogger("spinemets")
#: How long the database is left alone after it has failed, so that not every caller waits for it.
_PAUSE_S = 5.0
#: Most tokens that a worker remembers. Only callers that have proved who they are get this far.
MOST = 50_000


class Used(Protocol):
    """Remembers names, for all workers."""

    def first(self, name: str, until: datetime) -> bool:
        """Whether a name comes for the first time; from now on it does not.

        Raises:
            Unavailable: that cannot be told.
        """


class Replay:
    """What tells a token that was used before from one that was not."""

    def __init__(self, used: Used, *, most: int = MOST, clock: Callable[[], float] = time.monotonic) -> None:
        self._used = used
        self._most = most
        self._clock = clock
        self._memory: dict[str, float] = {}
        self._lock = threading.Lock()
        self._down_until = -1.0

    def check(self, purpose: str, issuer: str, jti: str, expires: float, now: float) -> None:
        """Takes note of a token, whose claims have all been judged.

        Raises:
            Refused: it was used before, or so many were that this one cannot be told from them.
        """
        # What keeps two from running into each other is the length before each.
        said = "".join(f"{len(part)}:{part}" for part in (purpose, issuer, jti))
        name = hashlib.sha256(said.encode()).hexdigest()
        until = expires + LEEWAY_S
        if not self._is_new_here(name, now):
            raise Refused(Reason.REPLAYED)
        if self._clock() >= self._down_until:
            try:
                is_first = self._used.first(name, datetime.fromtimestamp(until, UTC))
                # The worker knows it as well when the database goes.
                self._remember(name, until, now, needed=False)
                if not is_first:
                    raise Refused(Reason.REPLAYED)
                return
            except Unavailable:
                self._down_until = self._clock() + _PAUSE_S
                _log.warning("the database does not answer; tokens that were used are remembered by this worker alone")
        meters.REPLAY_FALLBACK.add()
        self._remember(name, until, now, needed=True)

    def _is_new_here(self, name: str, now: float) -> bool:
        with self._lock:
            return self._memory.get(name, 0.0) <= now

    def _remember(self, name: str, until: float, now: float, *, needed: bool) -> None:
        """Remembers a token here; with ``needed``, it is refused where that cannot be done."""
        with self._lock:
            if needed and self._memory.get(name, 0.0) > now:
                raise Refused(Reason.REPLAYED)
            if len(self._memory) >= self._most:
                self._memory = {each: end for each, end in self._memory.items() if end > now}
            if len(self._memory) < self._most:
                self._memory[name] = until
            elif needed:
                raise Refused(Reason.NO_MEMORY)
