"""What the tests of calls share: a FHIR server that can be read, and records as calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.fhir_server import Store, serving
from tests.support.records import Resource, bundle, drug, metastasis, observation, procedure


@pytest.fixture
def store() -> Iterator[Store]:
    """An empty FHIR server on this machine."""
    with serving(Store()) as running:
        yield running


@pytest.fixture
def record() -> Resource:
    """A metastasis at T6 with two findings, an operation, and a drug."""
    return bundle(
        metastasis(),
        observation("escc-grade", "escc-2", "T6", name="escc"),
        observation("karnofsky", 70, name="karnofsky"),
        procedure("387713003", name="operation"),
        drug("40048", name="carboplatin"),
    )
