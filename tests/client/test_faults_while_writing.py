"""A fault at any call of a write-back: all of the answer is there or nothing, and once after the next attempt."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest

from service.assess import assess
from service.client import ExchangeFailed, read_patient, write
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from tests.support.fhir_server import Fault, Store
from tests.support.records import AS_OF

#: 0 breaks the connection off.
STATUSES = (0, 409, 412, 429, 500, 503)


def said(store: Store) -> dict[tuple[str, str], Any]:
    """All that the server holds, without the time at which it came."""
    return {
        name: {**resource, "meta": {**resource["meta"], "lastUpdated": None}} for name, resource in store.held.items()
    }


@pytest.mark.parametrize("status", STATUSES)
def test_after_a_fault_at_any_step_each_result_is_there_once(store: Store, client: Any, status: int) -> None:
    server = client()
    made = answer(assess(read_patient(server, "p1").bundle, when(AS_OF)), "transaction")
    before = dict(store.held)
    store.calls.clear()
    write(server, "p1", made)
    whole, steps = said(store), [f"{method} {path}" for method, path, _ in store.calls]
    assert len(steps) > 14
    for step in steps:
        for after in (False, True) if step.startswith("POST") else (False,):
            store.held = dict(before)
            # A read is tried again by itself; so often that it is given up in the end.
            store.faults = [Fault(f"^{re.escape(step)}$", status, after=after, times=1 if after else 9)]
            with suppress(ExchangeFailed):
                write(server, "p1", made)
            assert said(store) in ({name: whole[name] for name in before}, whole), step
            store.faults = []
            write(server, "p1", made)
            assert said(store) == whole, step
