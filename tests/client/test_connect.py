"""Which servers are spoken to: an address of https, FHIR, and R4."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug import Response

from service.client import BearerToken, ExchangeFailed, Server, connect, read_patient
from service.client.server import base_address
from service.outgoing.reach import Reach
from tests.client.conftest import QUICK
from tests.support.fhir_server import Fault, Store, serving


def said(store: Store, **members: Any) -> Callable[[Any], Any]:
    return lambda statement: {**statement, **members}


def test_what_a_server_offers_is_read_from_its_capability_statement(client: Any) -> None:
    capability = client().capability
    assert capability.fhir_version == "4.0.1"
    assert capability.transaction
    assert capability.everything
    assert capability.offers("Observation")
    assert not capability.offers("Claim")


@pytest.mark.parametrize("version", ["4.0.0", "4.0.1", "4.3.0"])
def test_r4_and_r4b_are_spoken_to(store: Store, client: Any, version: str) -> None:
    store.statement = said(store, fhirVersion=version)
    assert client().capability.fhir_version == version


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"resourceType": "CapabilityStatement", "fhirVersion": "3.0.2"}, "STU3"),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}, "R5"),
        ({"resourceType": "Conformance", "fhirVersion": "1.0.2"}, "DSTU2"),
        ({"resourceType": "CapabilityStatement"}, "does not name"),
        ({"resourceType": "CapabilityStatement", "fhirVersion": 4}, "does not name"),
        ({"resourceType": "Patient"}, "no FHIR server"),
        ({"swagger": "2.0"}, "no FHIR server"),
        ([], "no FHIR server"),
    ],
)
def test_another_version_or_no_fhir_at_all_is_said_plainly(
    store: Store, client: Any, statement: Any, words: str
) -> None:
    store.statement = lambda _: statement
    with pytest.raises(ExchangeFailed, match=words):
        client()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>login</html>", "no FHIR server"),
        (200, b"", "no FHIR server"),
        (200, b"[" * 100_000, "no FHIR server"),
        (404, b"not here", "no FHIR server"),
        (500, b"{}", "fails or is overloaded"),
        (503, b"", "fails or is overloaded"),
    ],
)
def test_an_answer_that_is_no_capability_statement_is_said_plainly(
    store: Store, client: Any, status: int, body: bytes, words: str
) -> None:
    store.faults.append(Fault("metadata", status, body=body, times=9))
    with pytest.raises(ExchangeFailed, match=words):
        client()


def test_a_server_that_tells_nobody_what_it_offers_is_asked_with_the_token(store: Store, client: Any) -> None:
    from service.client import BearerToken  # noqa: PLC0415  # only here

    store.faults.append(Fault("metadata", 401))
    assert client(BearerToken("secret")).capability.transaction
    assert [call[2].get("Authorization") for call in store.calls] == [None, "Bearer secret"]


def test_members_of_a_wrong_kind_are_passed_over(store: Store, client: Any) -> None:
    rest = [
        1,
        {"mode": "client"},
        {"resource": [3, {"type": 4}, {"type": "Goal", "interaction": 5, "searchInclude": 6}]},
    ]
    store.statement = said(store, rest=rest, software=["x"])
    capability = client().capability
    assert (capability.transaction, capability.everything, list(capability.types)) == (False, False, ["Goal"])


@pytest.mark.parametrize(
    "given",
    [
        "https://hospital.example/fhir",
        "https://hospital.example/fhir/",
        " https://hospital.example/fhir/metadata\n",
    ],
)
def test_an_address_is_freed_of_what_does_not_belong_to_it(given: str) -> None:
    assert base_address(given) == "https://hospital.example/fhir"


@pytest.mark.parametrize(
    "given",
    [
        "",
        "hospital.example/fhir",
        "https://",
        "https:///fhir",
        "https://hospital.example:port/fhir",
        "https://[::1/fhir",
        "https://hospital.example/fhir?x=1",
        "https://hospital.example/fhir#x",
        "https://name:word@hospital.example/fhir",
        "https://hospital.example/a b",
        "https://hospital.example/\r\nX-A: 1",
        "ftp://hospital.example/fhir",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_address_of_a_server_is_refused_without_a_call(given: str) -> None:
    with pytest.raises(ExchangeFailed, match="address") as failed:
        connect(given, limits=QUICK)
    assert "word@" not in str(failed.value)
    assert len(str(failed.value).splitlines()) == 1


def test_plain_http_is_for_this_machine_only() -> None:
    with pytest.raises(ExchangeFailed, match="not https"):
        connect("http://hospital.example/fhir", limits=QUICK)


def test_a_server_that_is_not_there_is_said_plainly(store: Store) -> None:
    import socket  # noqa: PLC0415  # only here

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/fhir"
        with pytest.raises(ExchangeFailed, match="Check its address"):
            connect(address, limits=QUICK)


def test_a_redirect_within_the_server_is_followed(store: Store, client: Any) -> None:
    store.faults.append(Fault("metadata", 307, {"Location": f"{store.base}/metadata?again=1"}))
    assert isinstance(client(), Server)


def test_a_redirect_to_another_host_is_not_followed(store: Store, client: Any) -> None:
    server = client(BearerToken("secret"))
    store.faults.append(Fault("everything", 302, {"Location": "https://elsewhere.example/fhir/Patient/p1"}))
    with pytest.raises(ExchangeFailed, match="another address"):
        read_patient(server, "p1")


def test_a_redirect_to_another_server_that_may_be_called_is_not_followed(store: Store) -> None:
    with serving(Store()) as other:
        server = connect(store.base, BearerToken("secret"), QUICK, reach=Reach.of([store.base, other.base]))
        store.faults.append(Fault("everything", 302, {"Location": f"{other.base}/Patient/p1/$everything"}))
        with pytest.raises(ExchangeFailed):
            read_patient(server, "p1")
        assert other.calls == []


def test_redirects_in_a_circle_end(store: Store, client: Any) -> None:
    store.other_paths["metadata"] = lambda _: Response("", 302, {"Location": f"{store.base}/metadata"})
    with pytest.raises(ExchangeFailed, match="circle"):
        client()
