"""Where the keys of others are, and what is known of them: read when they are new, kept while their server is down.

A set is fresh for a quarter of an hour, and good for a day where nothing newer can be had. A token that names a key
which is not in it has the set read anew, at most once a minute, however many such tokens come.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from service.callers.access_values import is_web
from service.callers.keys import MAX_BYTES, BadKeys, Key, Keys, read_keys
from service.callers.refused import Reason, Refused
from service.operations import meters
from service.outgoing.failure import ExchangeFailed

_log = logging.getLogger("spinemets")
FRESH_S = 15 * 60
KEPT_S = 24 * 60 * 60
#: Pauses between reads of one set: where there is one already, and where there is none.
AGAIN_S = 60
_SOON_S = 5
#: How often a file is looked at.
_LOOK_S = 5
#: How long a caller waits for the first read of all.
_WAIT_S = 5
_THREAD = "keys of callers"

Fetch = Callable[[str], bytes]
Clock = Callable[[], float]


class KeySet:
    """The keys at one address, or in one file."""

    def __init__(self, place: str, fetch: Fetch, clock: Clock = time.monotonic, whose: str = "an issuer") -> None:
        self.place = place
        self._whose = whose
        self._fault: str | None = None
        self.is_kept_fresh = False
        """Whether a thread reads it, so that those who call need not."""
        self._fetch = fetch
        self._clock = clock
        self._reader = threading.Lock()
        self._was_tried = threading.Event()
        self._keys: Keys | None = None
        self._read_at = self._tried_at = self._looked_at = -KEPT_S * 2.0
        self._stamp: tuple[int, int] | None = None

    @property
    def is_web(self) -> bool:
        return is_web(self.place)

    @property
    def is_there(self) -> bool:
        """Whether there are keys to judge by."""
        return self._keys is not None and self._age() < KEPT_S

    def fitting(self, kid: str | None, algorithm: str) -> tuple[Key, ...]:
        """The keys that may have signed a token.

        Raises:
            Refused: 503 where no keys can be had, 401 where none of them fits.
        """
        keys = self._current()
        found = keys.fitting(kid, algorithm)
        if not found and self.is_web and (kid is None or not keys.has(kid)) and self._may_try(AGAIN_S):
            self._read()
            found = (self._keys or keys).fitting(kid, algorithm)
        if not found:
            raise Refused(Reason.KEY)
        return found

    def refresh(self) -> None:
        """Reads an address whose keys are no longer fresh: for a thread that has the time."""
        if self.is_web and self._age() >= FRESH_S and self._may_try(AGAIN_S if self._keys else _SOON_S):
            self._read()

    def load(self) -> None:
        """Reads a file, at the start.

        Raises:
            BadKeys: it cannot be read, or has no usable key.
        """
        self._keys = read_keys(self._of_file())
        self._read_at = self._looked_at = self._clock()

    def _current(self) -> Keys:
        """The keys as they are known now."""
        if not self.is_web:
            self._look()
        elif self.is_kept_fresh:
            # Only the first read is waited for: a server that is down must not hold those who name it.
            self._was_tried.wait(_WAIT_S)
        elif (not self.is_there and self._may_try(_SOON_S)) or (self._age() >= FRESH_S and self._may_try(2 * AGAIN_S)):
            self._read()
        keys = self._keys
        if keys is None or (self.is_web and not self.is_there):
            raise Refused(Reason.NO_KEYS)
        return keys

    def _look(self) -> None:
        """Reads a file anew that has changed; what is broken does not take the place of what was good."""
        now = self._clock()
        if now - self._looked_at < _LOOK_S:
            return
        self._looked_at = now
        try:
            if self._stamped() != self._stamp:
                self._keys = read_keys(self._of_file())
                meters.KEYS.add(outcome="loaded")
        except (BadKeys, OSError) as error:
            meters.KEYS.add(outcome="stale")
            _log.warning("a key set is not read anew, and the keys of before are kept: %s", type(error).__name__)

    def _read(self) -> None:
        """Fetches the set, unless somebody does so already; where that fails, what was known stays."""
        if not self._reader.acquire(blocking=False):
            return
        try:
            self._tried_at = self._clock()
            self._keys = read_keys(self._fetch(self.place))
            self._read_at = self._clock()
            self._fault = None
            meters.KEYS.add(outcome="loaded")
        except (ExchangeFailed, BadKeys) as error:
            meters.KEYS.add(outcome="failed" if self._keys is None else "stale")
            # The failure may name the address of the issuer; its kind says enough, and is said once until it changes.
            kind = type(error).__name__
            level = logging.DEBUG if kind == self._fault else logging.WARNING
            _log.log(level, "the keys of %s cannot be read: %s", self._whose, kind)
            self._fault = kind
        finally:
            self._was_tried.set()
            self._reader.release()

    def _of_file(self) -> bytes:
        try:
            self._stamp = self._stamped()
            with Path(self.place).open("rb") as file:
                return file.read(MAX_BYTES + 1)
        except OSError:
            raise BadKeys("a file of keys cannot be read") from None

    def _stamped(self) -> tuple[int, int]:
        found = Path(self.place).stat()
        return found.st_mtime_ns, found.st_size

    def _age(self) -> float:
        return self._clock() - self._read_at

    def _may_try(self, pause: float) -> bool:
        return self._clock() - self._tried_at >= pause


class KeySets:
    """All key sets of the access file, and the thread that keeps them fresh in each process."""

    def __init__(self, places: Mapping[str, str] | Iterable[str], fetch: Fetch, clock: Clock = time.monotonic) -> None:
        """``places`` may say whose keys are at each, by the name that the site gives."""
        names = places if isinstance(places, Mapping) else dict.fromkeys(places, "an issuer")
        self._sets = {place: KeySet(place, fetch, clock, whose) for place, whose in names.items()}
        self._process = 0

    def of(self, place: str) -> KeySet:
        return self._sets[place]

    def load_files(self) -> None:
        """Reads what lies in files.

        Raises:
            BadKeys: one cannot be used.
        """
        for each in self._sets.values():
            if not each.is_web:
                each.load()

    def begin(self) -> None:
        """Starts the thread of this process, if it has none: a thread does not survive a fork."""
        if self._process == os.getpid() or not any(each.is_web for each in self._sets.values()):
            return
        self._process = os.getpid()
        for each in self._sets.values():
            each.is_kept_fresh = True
        threading.Thread(target=self._keep_fresh, name=_THREAD, daemon=True).start()

    def missing(self) -> int:
        """How many of the sets have no keys."""
        return sum(not each.is_there for each in self._sets.values() if each.is_web)

    def _keep_fresh(self) -> None:
        pause = threading.Event()
        while True:
            for each in self._sets.values():
                try:
                    each.refresh()
                except Exception as error:  # a fault of ours must not end the thread, for nobody else reads them
                    _log.error("a key set cannot be read: %s", type(error).__name__)
            pause.wait(_SOON_S if self.missing() else AGAIN_S)
