"""Mutual TLS through a proxy: the certificate counts if a proxy of the site passes it on, and if it is listed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.callers.certificates import HEADER, seen
from tests.support.calls import JSON, VIEW
from tests.support.door import FHIR_JSON, PATH
from tests.support.tokens import ACCESS, World, access_claims, b64, cds_claims

PROXY, STRANGER = "10.1.0.5", "10.2.0.5"


@dataclass(frozen=True)
class Made:
    """A certificate, as a proxy passes it on."""

    pem: str
    der: bytes

    @property
    def header(self) -> str:
        return quote(self.pem, safe="")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.der).hexdigest()

    @property
    def thumbprint(self) -> str:
        return b64(hashlib.sha256(self.der).digest())


def certificate(name: str, days: int = 30) -> Made:
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, SHA256())
    )
    return Made(made.public_bytes(Encoding.PEM).decode(), made.public_bytes(Encoding.DER))


LISTED, CDS_ONLY, OTHER, EXPIRED = (
    certificate("listed"),
    certificate("cds"),
    certificate("other"),
    certificate("old", -1),
)
FILE = (
    ACCESS
    + f"""
[[certificate]]
sha256 = "{LISTED.sha256.upper()}"
name = "Engine with a certificate"
scopes = ["system/RiskAssessment.c"]

[[certificate]]
sha256 = "{CDS_ONLY.sha256}"
name = "EHR with a certificate"
services = ["{VIEW}"]

[[certificate]]
sha256 = "{EXPIRED.sha256}"
name = "Old"
scopes = ["system/RiskAssessment.c"]

[page]
allow = "certificate"
"""
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, FlaskClient]:
    world = World(tmp_path_factory.mktemp("certificates"))
    with pytest.MonkeyPatch.context() as patch:
        app = world.app(FILE, patch=patch.setattr, trusted_proxies=(ip_network("10.1.0.0/24"),))
    return world, app.test_client()


def ask(
    client: FlaskClient, header: str | None, *, peer: str = PROXY, path: str = PATH, token: str | None = None
) -> TestResponse:
    headers = {"Content-Type": JSON if "cds" in path else FHIR_JSON, "X-Forwarded-For": "203.0.113.5"}
    if header is not None:
        headers[HEADER] = header
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    return client.post(path, data=b"{}", headers=headers, environ_overrides={"REMOTE_ADDR": peer})


def test_a_listed_certificate_opens_what_it_is_listed_for(made: tuple[World, FlaskClient]) -> None:
    _, client = made
    cds = f"/cds-services/{VIEW}"
    assert ask(client, LISTED.header).status_code == 400  # by the door: the body is no record
    assert ask(client, LISTED.header, path=cds).status_code == 403
    assert ask(client, CDS_ONLY.header, path=cds).status_code == 400
    assert ask(client, CDS_ONLY.header, path="/cds-services/spinal-tumour-order-sign").status_code == 403
    assert ask(client, CDS_ONLY.header).status_code == 403


@pytest.mark.parametrize("peer", [STRANGER, "127.0.0.1", "::1", "unknown"])
def test_what_anybody_else_says_of_a_certificate_is_nothing(made: tuple[World, FlaskClient], peer: str) -> None:
    assert ask(made[1], LISTED.header, peer=peer).status_code == 401


def test_a_proxy_may_use_a_socket_of_the_file_system(made: tuple[World, FlaskClient]) -> None:
    assert ask(made[1], LISTED.header, peer="").status_code == 400


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        OTHER.header,
        EXPIRED.header,
        LISTED.sha256,
        "SUCCESS",
        LISTED.header[:-40],
        quote("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", safe=""),
        f"{OTHER.header}{LISTED.header}",
        f"{LISTED.header},{LISTED.header}",
        f"{LISTED.header}{'%20' * 9000}",
        quote(f"x{LISTED.pem}", safe=""),
        "%00" * 20,
    ],
    ids=lambda _: "header",
)
def test_what_is_no_listed_certificate_opens_nothing(made: tuple[World, FlaskClient], header: str | None) -> None:
    assert ask(made[1], header).status_code == 401


def test_a_token_that_is_bound_to_a_certificate_comes_with_it(made: tuple[World, FlaskClient]) -> None:
    world, client = made
    bound = world.es.sign(world.es.header(), access_claims(cnf={"x5t#S256": OTHER.thumbprint}))
    assert ask(client, OTHER.header, token=bound).status_code == 400  # by the door
    for header, peer in ((None, PROXY), (LISTED.header, PROXY), (OTHER.header, STRANGER)):
        refused = ask(client, header, token=bound, peer=peer)
        assert refused.status_code == 401
        assert "certificate" in refused.json["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    "cnf",
    [{"jkt": "x"}, {}, "x", None, {"x5t#S256": 1}, {"x5t#S256": LISTED.thumbprint, "jkt": "x"}],
    ids=lambda _: "cnf",
)
def test_a_token_that_is_bound_otherwise_is_no_bearer_token(made: tuple[World, FlaskClient], cnf: object) -> None:
    world, client = made
    claims = {**access_claims(), "cnf": cnf}
    assert ask(client, LISTED.header, token=world.es.sign(world.es.header(), claims)).status_code == 401


def test_a_bad_token_is_not_made_good_by_a_certificate(made: tuple[World, FlaskClient]) -> None:
    world, client = made
    bad = world.stranger.sign(world.stranger.header(), access_claims())
    assert ask(client, LISTED.header, token=bad).status_code == 401
    cds = world.stranger.sign(world.stranger.header(), cds_claims())
    assert ask(client, CDS_ONLY.header, token=cds, path=f"/cds-services/{VIEW}").status_code == 401


def test_the_page_may_be_for_browsers_with_a_certificate(made: tuple[World, FlaskClient]) -> None:
    client = made[1]

    def page(header: str, peer: str = PROXY) -> int:
        return client.get("/app", headers={HEADER: header}, environ_overrides={"REMOTE_ADDR": peer}).status_code

    assert page(LISTED.header) == 200
    assert page(OTHER.header) == page(EXPIRED.header) == page(LISTED.header, STRANGER) == page("") == 401


def test_metrics_are_not_for_whoever_comes_through_the_proxy(made: tuple[World, FlaskClient]) -> None:
    client = made[1]
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": PROXY}).status_code == 403
    forwarded = client.get(
        "/metrics", headers={"X-Forwarded-For": "1.2.3.4"}, environ_overrides={"REMOTE_ADDR": STRANGER}
    )
    assert forwarded.status_code == 403
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": STRANGER}).status_code == 200


def test_metrics_are_for_programs_of_the_machine_on_which_the_proxy_runs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    client = world.app(FILE, patch=monkeypatch.setattr, trusted_proxies=(ip_network("127.0.0.1"),)).test_client()

    def asked(host: str, **headers: str) -> int:
        return client.get("/metrics", headers={"Host": host, **headers}).status_code

    assert asked("127.0.0.1:8000") == asked("localhost:8000") == 200
    assert asked("cds.hospital.example") == 403
    assert asked("127.0.0.1:8000", **{"X-Forwarded-For": "1.2.3.4"}) == 403
    assert asked("127.0.0.1:8000", Via="1.1 proxy") == 403
    socket = client.get("/metrics", headers={"Host": "localhost"}, environ_overrides={"REMOTE_ADDR": ""})
    assert socket.status_code == 403


def test_a_fingerprint_is_made_of_the_whole_certificate() -> None:
    found = seen(LISTED.header)
    assert found is not None
    assert (found.sha256, found.thumbprint) == (LISTED.sha256, LISTED.thumbprint)
    assert seen(quote(LISTED.pem)) == found  # a slash or a plus sign may stand as it is
