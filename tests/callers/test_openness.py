"""A server that asks nobody who they are serves its own machine, however it is reached."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from service.callers.openness import OpenServer, refuse_open
from tests.support.door import FHIR_JSON, PATH

HERE = (
    "127.0.0.1:8000",
    "127.8.9.1:80",
    "[::1]:8000",
    "localhost:8000",
    "unix:/run/spinemets.sock",
    "[::ffff:127.0.0.1]:1",
)
OTHERS = (
    "0.0.0.0:8000",
    ":8000",
    "[::]:8000",
    "10.0.0.5:8000",
    "192.168.1.2:80",
    "169.254.1.1:80",
    "203.0.113.5:443",
    "[2001:db8::1]:8000",
    "[::ffff:10.0.0.5]:8000",
    "spine.hospital.example:8000",
    "localhost.evil.example:8000",
    "127.0.0.1.evil.example:80",
    "fd://3",
    "2130706433:80",
    "",
)


@pytest.mark.parametrize("address", HERE)
def test_it_starts_on_this_machine(address: str) -> None:
    refuse_open([address], Settings())


@pytest.mark.parametrize("address", OTHERS)
def test_it_does_not_start_where_others_reach_it(address: str, tmp_path: Path) -> None:
    with pytest.raises(OpenServer, match=r"SPINEMETS_ACCESS.*SPINEMETS_ANYONE_MAY_CALL") as refused:
        refuse_open(["127.0.0.1:8000", address], Settings())
    assert "\n" not in str(refused.value)
    refuse_open([address], Settings(anyone_may_call=True))
    refuse_open([address], Settings(access=tmp_path))


def test_it_does_not_start_on_this_machine_under_a_public_name() -> None:
    with pytest.raises(OpenServer, match="SPINEMETS_PUBLIC_URL"):
        refuse_open(["127.0.0.1:8000"], Settings(public_url="https://spine.example"))
    refuse_open(["127.0.0.1:8000"], Settings(public_url="http://127.0.0.1:8000"))
    refuse_open(["127.0.0.1:8000"], Settings(public_url="https://spine.example", anyone_may_call=True))


# Under any other server


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    folder = tmp_path_factory.mktemp("open")
    return create_app(Settings(database=f"sqlite:///{folder}/x.sqlite")).test_client()


def status(client: FlaskClient, path: str = "/fhir/metadata", **environ: str) -> int:
    return client.get(path, environ_overrides=environ).status_code


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", ""])
def test_a_program_of_this_machine_is_answered(client: FlaskClient, peer: str) -> None:
    assert status(client, REMOTE_ADDR=peer) == 200


@pytest.mark.parametrize(
    "peer", ["10.0.0.5", "192.168.1.2", "169.254.169.254", "203.0.113.5", "2001:db8::1", "::ffff:10.0.0.5", "unknown"]
)
@pytest.mark.parametrize("path", ["/", "/fhir/metadata", "/app", "/knowledge", "/metrics", "/cds-services", "/none"])
def test_another_machine_is_refused_at_every_door_but_those_of_health(
    client: FlaskClient, peer: str, path: str
) -> None:
    assert status(client, path, REMOTE_ADDR=peer) == 403
    assert status(client, "/healthz", REMOTE_ADDR=peer) == 200
    assert status(client, "/readyz", REMOTE_ADDR=peer) in (200, 503)


@pytest.mark.parametrize(
    "name",
    """
    X-Forwarded-For x-forwarded-host X-Forwarded-Proto X-Forwarded-Port X-Forwarded-Prefix X-Forwarded-Client-Cert
    Forwarded Via X-Real-IP X-Client-IP True-Client-IP CF-Connecting-IP X-Envoy-External-Address X-Client-Certificate
    """.split(),
)
def test_what_a_proxy_passes_on_is_refused(client: FlaskClient, name: str) -> None:
    response = client.post(PATH, data=b"{}", headers={name: "127.0.0.1", "Content-Type": FHIR_JSON})
    assert response.status_code == 403
    assert "SPINEMETS_ACCESS" in response.json["issue"][0]["diagnostics"]
    assert client.get("/healthz", headers={name: "127.0.0.1"}).status_code == 200


@pytest.mark.parametrize("host", ["spine.example", "127.0.0.1.evil.example", "10.0.0.5:8000", "localhost.evil.example"])
def test_another_name_of_this_machine_is_refused(client: FlaskClient, host: str) -> None:
    """A page of a stranger can have its own name lead to this machine, and a proxy may pass only the name on."""
    assert status(client, HTTP_HOST=host) == 403


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000", "LOCALHOST"])
def test_its_own_names_are_answered(client: FlaskClient, host: str) -> None:
    assert status(client, HTTP_HOST=host) == 200


def test_whoever_wants_it_open_says_so(tmp_path: Path) -> None:
    settings = Settings(anyone_may_call=True, database=f"sqlite:///{tmp_path}/x.sqlite")
    client = create_app(settings).test_client()
    assert status(client, REMOTE_ADDR="10.0.0.5", HTTP_HOST="spine.example", HTTP_X_FORWARDED_FOR="203.0.113.5") == 200


def test_a_path_with_two_slashes_leads_nowhere_and_least_of_all_to_a_host_that_a_caller_names() -> None:
    client = create_app(Settings(anyone_may_call=True)).test_client()
    for path in ("/fhir//metadata", "/app//launch", "/cds-services//spinal-tumour-patient-view"):
        response = client.get(path, headers={"Host": "evil.example"})
        assert response.status_code == 404, path
        assert "Location" not in response.headers
