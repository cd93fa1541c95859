"""The application, once."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings


@pytest.fixture(scope="session")
def client() -> FlaskClient:
    """A client of the service with default settings."""
    return create_app(Settings()).test_client()
