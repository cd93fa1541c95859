"""A server in this process with the record of one patient, and clients that do not wait long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.client import Limits, Server, connect
from tests.support.fhir_server import Store, serving
from tests.support.records import bundle, condition, metastasis, observation, primary

#: Pauses are as short as they can be; all else is as in use.
QUICK = Limits(backoff_seconds=0.001, pause_seconds=0.02, connect_seconds=2, read_seconds=2)


@pytest.fixture
def store() -> Iterator[Store]:
    """A server that holds a patient with one metastasis of breast cancer."""
    with serving(Store()) as running:
        running.load(
            bundle(
                metastasis(), primary("breast"), observation("ecog", 1, name="ecog"), condition("C79.51", name="bone")
            )
        )
        yield running


@pytest.fixture
def client(store: Store) -> Callable[..., Server]:
    """Connects to that server, with limits that differ from the usual ones where the test says so."""

    def made(auth: Any = None, **limits: Any) -> Server:
        return connect(store.base, auth, Limits(**{**QUICK.__dict__, **limits}))

    return made
