"""``spinemets key`` and ``spinemets token``: from nothing to a token that opens a door."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc.jwk import OctKey
from werkzeug.serving import BaseWSGIServer, make_server

from service.api.app import create_app
from service.api.settings import Settings
from service.callers.keys import read_keys
from service.cli import main
from tests.support.records import bundle, metastasis, primary
from tests.support.serving import free_port

_CLIENT = """
[[client]]
client_id = "engine"
name = "Engine"
jwks = "engine.json"
scopes = ["system/RiskAssessment.c"]
"""


@pytest.fixture
def keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with the two halves of a key, as the command makes them."""
    assert main(["key", "new", str(tmp_path / "engine.pem")]) == 0
    (tmp_path / "engine.json").write_text(capsys.readouterr().out)
    return tmp_path


@pytest.fixture
def served(keys: Path) -> Iterator[str]:
    """The address of a service that lists the client."""
    (keys / "access.toml").write_text(_CLIENT)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings = Settings(access=keys / "access.toml", public_url=base, database=f"sqlite:///{keys}/x.sqlite")
    server: BaseWSGIServer = make_server("127.0.0.1", port, create_app(settings))
    running = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    running.start()
    yield base
    server.shutdown()
    running.join()
    server.server_close()


def token(base: str, keys: Path, *more: str) -> int:
    return main(
        ["token", "--server", f"{base}/fhir", "--client-id", "engine", "--key", str(keys / "engine.pem"), *more]
    )


def _status(base: str, headers: dict[str, str]) -> int:
    record = json.dumps(bundle(metastasis(), primary("breast")))
    headers = {"Content-Type": "application/fhir+json", **headers}
    connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=30)
    try:
        connection.request("POST", "/fhir/$assess-spinal-tumour", record, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_a_key_pair_is_made_of_which_the_private_half_is_for_its_owner_alone(keys: Path) -> None:
    assert (keys / "engine.pem").stat().st_mode & 0o777 == 0o600
    assert b"PRIVATE" in (keys / "engine.pem").read_bytes()
    public = json.loads((keys / "engine.json").read_text())["keys"][0]
    assert "d" not in public
    assert read_keys((keys / "engine.json").read_bytes()).has(public["kid"])


def test_a_key_that_is_there_is_not_written_over(keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (keys / "engine.pem").read_bytes()
    assert main(["key", "new", str(keys / "engine.pem")]) == 2
    assert capsys.readouterr().out == ""
    assert (keys / "engine.pem").read_bytes() == before


def test_both_halves_of_a_key_give_the_same_public_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for key in (ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)):
        private, public = tmp_path / "private", tmp_path / "public"
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        assert main(["key", "public", str(private), "--key-id", "k1"]) == 0
        of_private = capsys.readouterr().out
        assert main(["key", "public", str(public), "--key-id", "k1"]) == 0
        assert capsys.readouterr().out == of_private
        assert json.loads(of_private)["keys"][0]["kid"] == "k1"


def test_what_is_no_key_for_a_caller_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "key"
    weak = rsa.generate_private_key(65537, 1024).public_key()
    for content in (
        b"hidden",
        b"{}",
        json.dumps(OctKey.generate_key(256).as_dict(private=True)).encode(),
        weak.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ):
        file.write_bytes(content)
        assert main(["key", "public", str(file)]) == 2
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("spinemets: The key cannot be used.")
        assert said.err.count("\n") == 1


def test_a_token_opens_the_door(served: str, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert token(served, keys) == 0
    given = capsys.readouterr().out.strip()
    assert given
    assert _status(served, {"Authorization": f"Bearer {given}"}) == 200
    assert _status(served, {}) == 401


def test_a_client_that_is_not_known_gets_no_token(served: str, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert token(served, keys, "--key-id", "another") == 2
    assert token(served, keys, "--scope", "system/Patient.rs") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "invalid_client" in said.err
    assert "invalid_scope" in said.err
    assert main(["token", "--server", f"{served}/fhir"]) == 2
    assert "--client-id" in capsys.readouterr().err
