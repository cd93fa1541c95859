"""Assessments that were made a moment ago: an EHR asks about one record again and again while a clinician works on it.

An assessment follows from its record, policy and day alone, so the same question has the same answer. What is kept is
kept in memory alone, for some seconds and for some records, by a digest from which nothing of a record can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from cachetools import TTLCache

from service.assessment import Assessment


class Recent:
    """Assessments by the digest of what they follow from. Safe between threads."""

    def __init__(self, most: int, seconds: float) -> None:
        self._kept: TTLCache[bytes, Assessment] = TTLCache(most, seconds)
        self._lock = Lock()

    def get(self, digest: bytes, make: Callable[[], Assessment]) -> Assessment:
        """The assessment of this digest; made now where there is none. What fails is not kept."""
        if not self._kept.maxsize:
            return make()
        with self._lock:
            found = self._kept.get(digest)
        if found is None:
            found = make()
            with self._lock:
                self._kept[digest] = found
        return found
