"""What a meter is: a name, labels whose values are bounded, and the library that keeps its figures."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import product
from threading import Lock
from typing import Literal

from prometheus_client import CollectorRegistry, disable_created_metrics
from prometheus_client import Counter as Kept
from prometheus_client import Histogram as Spread

PREFIX = "spinemets_"
#: What a value becomes that is none of those of its label.
OTHER = "other"
#: A label whose values are names out of our own code or data, and so bounded there.
OURS: tuple[str, ...] = ()
#: Up to so many combinations of labels are shown from the start, with 0: a rate then sees the first of them too.
_SHOWN_AT_ONCE = 64

_log = logging.getLogger("spinemets")
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)
disable_created_metrics()  # type: ignore[no-untyped-call]  # no types there


@dataclass(frozen=True, eq=False)
class Meter:
    """Something that is counted."""

    short: str
    does: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The labels, each with its values."""
    kind: Literal["counter", "histogram"] = "counter"

    @property
    def name(self) -> str:
        """The name as it is scraped."""
        return f"{PREFIX}{self.short}{'_total' if self.kind == 'counter' else ''}"

    def values(self, given: Mapping[str, str]) -> tuple[str, ...]:
        """The values of the labels, in their order.

        Raises:
            KeyError, ValueError: a label is missing, or there is none of its name.
        """
        if len(given) != len(self.labels):
            raise ValueError(self.short)
        return tuple(
            given[label] if known is OURS or given[label] in known else OTHER for label, known in self.labels.items()
        )

    def combinations(self) -> Iterator[tuple[str, ...]]:
        """All that the labels can be, where that is little."""
        count = 1
        for known in self.labels.values():
            count *= len(known)
        if 0 < count <= _SHOWN_AT_ONCE:
            yield from product(*self.labels.values())


class Counter(Meter):
    """Counts."""

    def add(self, amount: float = 1, /, **labels: str) -> None:
        """Counts on."""
        values = self.values(labels)
        if amount and not _quiet.get():
            _figures.count(self, values, amount)


@dataclass(frozen=True, eq=False)
class Histogram(Meter):
    """Counts how long something took."""

    kind: Literal["counter", "histogram"] = "histogram"
    buckets: tuple[float, ...] = ()
    """Upper bounds, in seconds."""

    def observe(self, seconds: float, /, **labels: str) -> None:
        """Counts one that took so long."""
        values = self.values(labels)
        if not _quiet.get():
            _figures.observe(self, values, seconds)


class Figures:
    """The figures of all meters, in this process or in the files that the processes share."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._failed = False
        self._off = False
        self.registry = CollectorRegistry()
        self._kept: dict[str, Kept] = {}
        self._spread: dict[str, Spread] = {}

    def renew(self, meters: tuple[Meter, ...]) -> None:
        """Begins anew, with the values as :mod:`prometheus_client.values` keeps them now."""
        with self._lock:
            self.registry, self._kept, self._spread = CollectorRegistry(), {}, {}
            self._failed = self._off = False
        for meter in meters:
            if isinstance(meter, Counter):
                for values in meter.combinations():
                    self.count(meter, values, 0)

    def stop(self) -> None:
        """Counts nothing any more: there is no room for it."""
        self._off = True

    def count(self, meter: Counter, values: tuple[str, ...], amount: float) -> None:
        if self._off:
            return
        try:
            with self._lock:
                kept = self._kept.get(meter.short)
                if kept is None:
                    kept = Kept(f"{PREFIX}{meter.short}", meter.does, tuple(meter.labels), registry=self.registry)
                    self._kept[meter.short] = kept
            (kept.labels(*values) if values else kept).inc(amount)
        except OSError as error:
            self._say(error)

    def observe(self, meter: Histogram, values: tuple[str, ...], seconds: float) -> None:
        if self._off:
            return
        try:
            with self._lock:
                spread = self._spread.get(meter.short)
                if spread is None:
                    labels = tuple(meter.labels)
                    spread = Spread(
                        f"{PREFIX}{meter.short}", meter.does, labels, registry=self.registry, buckets=meter.buckets
                    )
                    self._spread[meter.short] = spread
            (spread.labels(*values) if values else spread).observe(seconds)
        except OSError as error:
            self._say(error)

    def _say(self, error: OSError) -> None:
        """Nobody's answer hangs on a figure: it is lost, and said so once."""
        if not self._failed:
            self._failed = True
            _log.warning("the figures for /metrics cannot be kept (%s); see SPINEMETS_METRICS", type(error).__name__)


_figures = Figures()


def figures() -> Figures:
    """Those of this process."""
    return _figures


@contextmanager
def quiet() -> Iterator[None]:
    """Counts nothing of what this thread does, such as questions that the service asks itself."""
    token = _quiet.set(True)
    try:
        yield
    finally:
        _quiet.reset(token)


def is_quiet() -> bool:
    return _quiet.get()
