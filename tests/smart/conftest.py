"""An EHR that knows this service, and a browser in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api import smart, smart_session
from service.api.app import create_app
from service.api.settings import Settings
from service.smart.opened import LIMITS
from tests.support.browsing import HERE, Browser
from tests.support.fhir_server import Store, serving
from tests.support.records import bundle, condition, metastasis, observation, primary
from tests.support.smart_ehr import CLIENT, Ehr


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are as short as they can be; all else is as in use."""
    for module in (smart, smart_session):
        monkeypatch.setattr(module, "LIMITS", replace(LIMITS, backoff_seconds=0.001, pause_seconds=0.01))


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(Store()) as running:
        running.load(
            bundle(
                metastasis(), primary("breast"), observation("ecog", 1, name="ecog"), condition("C79.51", name="bone")
            )
        )
        yield running


@pytest.fixture
def ehr(store: Store) -> Ehr:
    """An EHR that knows this service as a public client."""
    return Ehr(store, f"{HERE}/app/callback").install()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "spinemets.sqlite"


@pytest.fixture
def made(ehr: Ehr, database: Path) -> Callable[..., FlaskClient]:
    """A browser at this service, with settings that differ where the test says so."""

    def browser(**settings: Any) -> FlaskClient:
        usual = Settings(
            public_url=HERE,
            fhir_servers=(ehr.store.base,),
            smart_client_id=CLIENT,
            database=f"sqlite:///{database}",
            anyone_may_call=True,
        )
        return Browser(create_app(replace(usual, **settings)))

    return browser


@pytest.fixture
def browser(made: Callable[..., FlaskClient]) -> FlaskClient:
    return made()
