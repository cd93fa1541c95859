"""A wire that is watched: every name that is asked for, and every address that is connected to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from tests.outgoing.forgeries import LISTED
from tests.support.browsing import HERE, Browser
from tests.support.fhir_server import Store, serving
from tests.support.records import bundle, metastasis, observation, primary
from tests.support.smart_ehr import CLIENT, Ehr

#: Where the FHIR server of the tests says that it is. Every other address of this machine is a stranger to it.
OWN = "127.9.9.9"


@dataclass
class Wire:
    """What was tried on the network. Nothing leaves this machine."""

    names: list[str] = field(default_factory=list)
    connected: list[tuple[str, int]] = field(default_factory=list)
    answers: dict[str, list[list[str]]] = field(default_factory=dict)
    """What is answered for a name, each time that it is asked for; the last answer stays."""
    own: int = 0
    """The port of the FHIR server of the test."""

    def said(self, name: str) -> list[str]:
        listed = self.answers.get(name)
        if not listed:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return listed.pop(0) if len(listed) > 1 else listed[0]

    @property
    def strangers(self) -> list[tuple[str, int]]:
        """What was connected to besides the server of the test."""
        return [each for each in self.connected if each != (OWN, self.own)]


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return resolve(host, port, 0, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
        except socket.gaierror:
            made.names.append(host)
        return [each for known in made.said(host) for each in resolve(known, port, 0, socket.SOCK_STREAM)]

    def connecting(self: socket.socket, address: Any) -> None:
        made.connected.append(address[:2])
        if address[:2] != (OWN, made.own):
            raise ConnectionRefusedError
        connect(self, ("127.0.0.1", made.own))

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr("time.sleep", lambda _: None)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return made


@pytest.fixture
def store(wire: Wire) -> Iterator[Store]:
    """A FHIR server with one patient, whose address is listed."""
    with serving(Store()) as running:
        wire.own = int(running.base.split(":")[2].removesuffix("/fhir"))
        running.base = f"http://{OWN}:{wire.own}/fhir"
        running.load(bundle(metastasis(), primary("breast"), *(observation("ecog", 1, name=f"e{n}") for n in range(5))))
        yield running


@pytest.fixture
def ehr(store: Store) -> Ehr:
    return Ehr(store, f"{HERE}/app/callback").install()


@pytest.fixture(scope="session")
def made_service(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., FlaskClient]:
    """A browser at a service that lists some servers; one service for each list."""
    folder: Path = tmp_path_factory.mktemp("service")
    made: dict[tuple[str, ...], FlaskClient] = {}

    def browser(*servers: str) -> FlaskClient:
        if servers not in made:
            settings = Settings(
                public_url=HERE,
                anyone_may_call=True,
                fhir_servers=servers,
                smart_client_id=CLIENT,
                database=f"sqlite:///{folder / 'spinemets.sqlite'}",
                cds_budget_ms=5000,
            )
            made[servers] = Browser(create_app(settings))
        return made[servers]

    return browser


@pytest.fixture
def service(made_service: Callable[..., FlaskClient]) -> FlaskClient:
    """A browser at a service that lists :data:`tests.outgoing.forgeries.LISTED`."""
    return made_service(LISTED)
