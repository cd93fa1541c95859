"""The server is killed while an answer is being written, and started again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest

from service.client import ExchangeFailed, connect, write
from service.fhir_mapping.outbound.kept import KINDS
from tests.interop.hapi import Hapi
from tests.interop.records import example
from tests.interop.rounds import ONCE, answered, make_round, seed

RECORD = "kidney-complete"


@pytest.fixture(scope="module")
def seconds(hapi: Hapi) -> float:
    """How long it takes to write this answer, once the server is warm."""
    taken = []
    for _ in range(2):
        patient = seed(hapi, example(RECORD))
        _, answer = answered(hapi, patient)
        start = time.monotonic()
        write(connect(hapi.base), patient, answer)
        taken.append(time.monotonic() - start)
    return min(taken)


@pytest.mark.parametrize("part", [0.4, 0.8])
def test_a_server_that_is_killed_has_all_of_an_answer_or_nothing(hapi: Hapi, seconds: float, part: float) -> None:
    patient = seed(hapi, example(RECORD))
    record, answer = answered(hapi, patient)
    before = hapi.counts()
    killer = threading.Timer(seconds * part, hapi.kill)
    server = connect(hapi.base, limits=ONCE)
    killer.start()
    with suppress(ExchangeFailed):  # whether the answer came through before the end is a matter of moments
        write(server, patient, answer)
    killer.join()
    hapi.start()

    wanted = [entry["resource"]["resourceType"] for entry in answer["entry"]]
    of_patient = sum(kind in KINDS for kind in wanted)
    assert sum(len(hapi.search(kind, patient=patient)) for kind in set(KINDS) - {"Observation"}) in (
        0,
        of_patient - wanted.count("Observation"),
    )
    assert {kind: n for kind, n in hapi.counts().items() if kind not in wanted} == {
        kind: n for kind, n in before.items() if kind not in wanted
    }

    again = make_round(hapi, patient)
    assert again.record.bundle == record.bundle
    assert again.answer == answer
    after = hapi.counts()
    for kind in KINDS:
        assert after.get(kind, 0) - before.get(kind, 0) == wanted.count(kind)
    assert after["Provenance"] - before["Provenance"] == 1
    assert after["Device"] == before["Device"]
    assert make_round(hapi, patient).written.created == 0
