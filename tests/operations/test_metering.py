"""Counting: labels are bounded, and no answer hangs on a figure."""

from __future__ import annotations

import logging
from itertools import product

import pytest
from prometheus_client import values
from prometheus_client.mmap_dict import mmap_key

from service.api.app import create_app
from service.api.settings import Settings
from service.api.watching import door
from service.cds_hooks.services import SERVICES
from service.operations import meters, slots
from service.operations.exposition import exposed
from service.operations.metering import OTHER, OURS, Counter, Figures, Histogram, Meter, quiet
from service.problems import Ledger
from service.scoring import ENGINES
from service.wording.names import TREATMENTS
from tests.support.figures import figure


def test_what_is_counted_is_scraped() -> None:
    before = figure(meters.AUDIT, outcome="written")
    meters.AUDIT.add(outcome="written")
    meters.AUDIT.add(2, outcome="written")
    assert figure(meters.AUDIT, outcome="written") == before + 3


def test_a_value_that_a_label_does_not_have_is_counted_as_another() -> None:
    before = figure(meters.OUTGOING, purpose=OTHER, outcome="ok")
    meters.OUTGOING.add(purpose="Mustermann", outcome="ok")
    assert figure(meters.OUTGOING, purpose=OTHER, outcome="ok") == before + 1
    assert b"Mustermann" not in exposed(())


@pytest.mark.parametrize("labels", [{}, {"purpose": "fhir"}, {"purpose": "fhir", "outcome": "ok", "host": "a"}])
def test_labels_are_all_given_and_no_others(labels: dict[str, str]) -> None:
    with pytest.raises((KeyError, ValueError)):
        meters.OUTGOING.add(**labels)


def test_what_the_service_asks_itself_is_not_counted() -> None:
    before = figure(meters.AUDIT, outcome="sent")
    with quiet():
        meters.AUDIT.add(outcome="sent")
    assert figure(meters.AUDIT, outcome="sent") == before


def test_a_time_is_counted_in_its_bucket_and_those_above() -> None:
    name = 'spinemets_outgoing_seconds_bucket{le="%s",purpose="keys"}'

    def counted(bound: str) -> float:
        found = [line.rpartition(" ")[2] for line in exposed(()).decode().splitlines() if line.startswith(name % bound)]
        return float(found[0]) if found else 0

    before = [counted(bound) for bound in ("0.1", "0.2", "+Inf")]
    meters.OUTGOING_SECONDS.observe(0.15, purpose="keys")
    assert [counted(bound) for bound in ("0.1", "0.2", "+Inf")] == [before[0], before[1] + 1, before[2] + 1]


def test_a_figure_that_cannot_be_kept_is_lost_and_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def __init__(self, *_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(values, "ValueClass", Broken)
    figures = Figures()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            figures.count(meters.REPLAY_FALLBACK, (), 1)
    assert len(caplog.records) == 1
    assert "SPINEMETS_METRICS" in caplog.text


def test_rates_see_the_first_event_where_labels_are_few() -> None:
    text = exposed(()).decode()
    for meter in meters.METERS:
        if isinstance(meter, Counter):
            for combination in meter.combinations():
                assert all(f'"{value}"' in text for value in combination), meter.name
                assert meter.name in text


def _most(meter: Meter) -> int:
    """Bytes that all combinations of the labels of a meter would take in the file of a worker."""
    doors = {door(rule.endpoint, {}) for rule in create_app(Settings()).url_map.iter_rules()} | set(SERVICES) | {"none"}
    of_ours = {
        "door": doors,
        "score": set(ENGINES),
        "band": max(({b.code for b in e.score.bands} for e in ENGINES.values()), key=len) | {"open"},
        "code": set(Ledger),
        "treatment": set(TREATMENTS),
    }
    lists = [sorted(of_ours[name]) if known is OURS else [*known, OTHER] for name, known in meter.labels.items()]
    if meter is meters.REQUESTS:  # a door has some methods, and each of them some statuses
        lists = [lists[0], ["GET", "POST", "OPTIONS"], lists[2][:12]]
    per = len(meter.buckets) + 2 if isinstance(meter, Histogram) else 1
    names = tuple(meter.labels)
    size = 0
    for combination in product(*lists):
        key = mmap_key(meter.name, meter.name, names, combination, meter.does)  # type: ignore[no-untyped-call]
        size += per * (len(key) + 48)
    return size


@pytest.mark.parametrize("kind", ["counter", "histogram"])
def test_the_file_of_a_worker_has_room_for_every_combination_of_labels(kind: str) -> None:
    # Beyond it the file would grow, and a disk that is full then kills the worker.
    assert sum(_most(meter) for meter in meters.METERS if meter.kind == kind) < slots.ROOM
