"""The connection goes to the address that was judged; certificate, server name and Host stay those of the URL."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from service.client import ExchangeFailed, Limits
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport

HERE = (ip_network("127.0.0.0/8"),)
ONCE = Limits(tries=1, connect_seconds=5, read_seconds=5)


@dataclass
class Secure:
    """A server with a certificate for ``ehr.example``, and what it was asked for."""

    port: int = 0
    names: list[str | None] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "certificate.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, none))
    return public, private


@pytest.fixture
def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secure]:
    made = Secure()
    public, private = certificate(tmp_path, "ehr.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    context.sni_callback = lambda _, name, __: made.names.append(name)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(public))
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return resolve("127.0.0.1" if host in ("ehr.example", "other.example") else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        made.port = listening.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                    with context.wrap_socket(plain, server_side=True) as connection:
                        made.heads.append(connection.recv(65_536))
                        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
                except ssl.SSLError:
                    continue
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield made


def test_server_name_and_host_are_those_of_the_url(secure: Secure) -> None:
    url = f"https://ehr.example:{secure.port}/fhir"
    assert Transport(ONCE, reach=Reach.of([url], HERE)).get(url, {}).body == b"{}"
    assert secure.names == ["ehr.example"]
    assert f"\r\nHost: ehr.example:{secure.port}\r\n".encode() in secure.heads[0]


def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(secure: Secure) -> None:
    url = f"https://other.example:{secure.port}/fhir"
    with pytest.raises(ExchangeFailed, match="certificate"):
        Transport(ONCE, reach=Reach.of([url], HERE)).get(url, {"Authorization": "Bearer secret"})
    assert secure.heads == []


def test_without_its_network_the_name_is_not_connected_to(secure: Secure) -> None:
    url = f"https://ehr.example:{secure.port}/fhir"
    with pytest.raises(ExchangeFailed, match="SPINEMETS_PRIVATE_NETWORKS"):
        Transport(ONCE, reach=Reach.of([url])).get(url, {})
    assert secure.names == []


def test_a_person_may_name_it_without_its_network(secure: Secure) -> None:
    url = f"https://ehr.example:{secure.port}/fhir"
    assert Transport(ONCE, reach=Reach.named([url])).get(url, {}).ok
