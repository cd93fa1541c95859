"""The page of figures that a Prometheus server reads: what was counted, and what is looked up when it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.operations import slots
from service.operations.metering import PREFIX, figures

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

#: The values of the labels, and the figure.
Reading = tuple[tuple[str, ...], float]


@dataclass(frozen=True, eq=False)
class Gauge:
    """A figure that is looked up when it is asked for."""

    short: str
    does: str
    labels: tuple[str, ...]
    read: Callable[[], Iterable[Reading]]
    """May raise anything: the figure is then absent."""

    @property
    def name(self) -> str:
        """The name as it is scraped."""
        return f"{PREFIX}{self.short}"


class _Looked(Collector):
    """The gauges of one scrape."""

    def __init__(self, gauges: Sequence[Gauge]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for gauge in self._gauges:
            family = GaugeMetricFamily(gauge.name, gauge.does, labels=gauge.labels)
            try:
                found = list(gauge.read())
            except Exception:  # noqa: S112  # one figure that cannot be had hides no other
                continue
            for values, number in found:
                family.add_metric(values, number)
            yield family


def exposed(gauges: Sequence[Gauge]) -> bytes:
    """All figures, in the text format of Prometheus.

    Raises:
        OSError, RuntimeError: the files of the workers cannot be read.
    """
    shared = slots.folder()
    looked = CollectorRegistry()
    looked.register(_Looked(gauges))
    counted = figures().registry
    if shared is not None:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, str(shared))  # type: ignore[no-untyped-call]  # no types there
    return generate_latest(counted) + generate_latest(looked)
