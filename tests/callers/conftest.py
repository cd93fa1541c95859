"""A service that asks who calls, once, and its callers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support.tokens import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("callers"))


@pytest.fixture(scope="session")
def app(world: World) -> Iterator[Flask]:
    with pytest.MonkeyPatch.context() as patch:
        yield world.app(patch=patch.setattr)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
