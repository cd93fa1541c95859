"""The application, once, with the settings it has when nothing is set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from tests.support.door import assess
from tests.support.stored import CASES, contract

LIMIT = 1024 * 1024


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """A client of the service with default settings."""
    return create_app(Settings()).test_client()


@pytest.fixture(scope="session")
def small_client() -> FlaskClient:
    """A client of a service that takes bodies up to 1 MiB."""
    return create_app(Settings(max_body_bytes=LIMIT)).test_client()


@pytest.fixture(scope="session")
def site_client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client of a service with a site's policy that leaves out what is older than 30 days."""
    folder: Path = tmp_path_factory.mktemp("policies")
    folder.joinpath("strict.json").write_text('{"name": "strict", "stale_after_days": 30, "use_stale": false}')
    return create_app(Settings(policies=folder)).test_client()


@pytest.fixture(scope="session")
def answers(client: FlaskClient) -> dict[str, Any]:
    """The answers to the four cases of the contract."""
    return {case: assess(client, contract(case)) for case in CASES}
