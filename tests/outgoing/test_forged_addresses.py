"""No address that is not listed is ever called, at any door that takes one: not a packet, not a question for a name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc.jwk import ECKey
from werkzeug import Response

from service.client import BackendService, ExchangeFailed, Limits, connect, read_patient
from service.client.auth import read_key
from service.outgoing.addresses import plain_host
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport
from service.terminology_server import BadServer, TerminologyServer
from tests.outgoing.conftest import Wire
from tests.outgoing.forgeries import ADDRESSES, ANSWERS, LISTED, MAY_BE_NAMED, PUBLIC
from tests.support.browsing import HERE
from tests.support.calls import call_of, send
from tests.support.fhir_server import Fault, Store
from tests.support.records import bundle, condition, metastasis
from tests.support.smart_ehr import Ehr

each_address = pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
each_answer = pytest.mark.parametrize("found", ANSWERS.values(), ids=ANSWERS.keys())
QUICK = Limits(page_size=2, tries=2, backoff_seconds=0, pause_seconds=0)
TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "", "subject": "cds"}


def asking(server: str) -> dict[str, Any]:
    """A call of CDS Hooks that has nothing with it, and says where to read it."""
    return {**call_of(bundle(metastasis())), "prefetch": None, "fhirServer": server, "fhirAuthorization": TOKEN}


def widening(server: TerminologyServer) -> None:
    assert server.widened(bundle(metastasis(), condition("900000001", "http://snomed.info/sct"))).remarks


# Addresses that a caller writes


@each_address
def test_a_forged_fhir_server_of_a_cds_hooks_call_is_never_called(
    service: FlaskClient, wire: Wire, address: str
) -> None:
    assert send(service, asking(address)).status_code in (400, 412, 422)
    assert (wire.names, wire.connected) == ([], [])


@each_address
def test_a_forged_iss_of_a_launch_is_never_called(service: FlaskClient, wire: Wire, address: str) -> None:
    assert service.get("/app/launch", query_string={"iss": address, "launch": "a"}).status_code == 403
    assert (wire.names, wire.connected) == ([], [])


@each_address
def test_a_forged_address_is_refused_by_the_transport_itself(wire: Wire, address: str) -> None:
    transport = Transport(QUICK, reach=Reach.of([LISTED]), insecure_http=True)
    for call in (transport.get, lambda url, headers: transport.post(url, headers, b"")):
        with pytest.raises(ExchangeFailed):
            call(address, {})
    assert (wire.names, wire.connected) == ([], [])


# Addresses that a listed server writes


@each_address
def test_a_forged_token_endpoint_of_a_launch_gets_no_code(
    made_service: Callable[..., FlaskClient], ehr: Ehr, wire: Wire, address: str
) -> None:
    ehr.configuration = {"token_endpoint": address}
    browser = made_service(ehr.store.base)
    browser.application.extensions.clear()  # what was said in the test before
    begun = browser.get(f"/app/launch?iss={ehr.store.base}&launch=a")
    assert begun.status_code == (303 if address in MAY_BE_NAMED else 502)
    assert (wire.names, wire.strangers) == ([], [])


@each_address
def test_a_forged_token_endpoint_gets_no_assertion(ehr: Ehr, wire: Wire, address: str) -> None:
    ehr.configuration = {"token_endpoint": address}
    key = read_key(_key())
    reach = Reach.of([ehr.store.base])
    with pytest.raises(ExchangeFailed):
        read_patient(connect(ehr.store.base, BackendService("c", key, "system/*.rs"), QUICK, reach=reach), "p1")
    # A public name may be asked for; here it leads nowhere.
    assert (bool(wire.names), wire.strangers) == (address in MAY_BE_NAMED, [])
    assert ehr.exchanges == []


@each_address
def test_a_forged_next_page_is_never_asked_for(store: Store, wire: Wire, address: str) -> None:
    store.next_link = lambda _: address
    with pytest.raises(ExchangeFailed):
        read_patient(connect(store.base, None, QUICK, reach=Reach.of([store.base])), "p1")
    assert (wire.names, wire.strangers) == ([], [])


@each_address
@pytest.mark.parametrize("status", [301, 307])
def test_a_forged_redirect_is_never_followed(store: Store, wire: Wire, address: str, status: int) -> None:
    where = address.encode("latin-1", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
    store.other_paths["metadata"] = lambda _: Response(status=status, headers=[("Location", where)], autocorrect=False)
    with pytest.raises(ExchangeFailed):
        connect(store.base, None, QUICK, reach=Reach.of([store.base]))
    assert (wire.names, wire.strangers) == ([], [])


@each_address
def test_a_token_is_never_asked_for_where_a_server_sends_on_to(ehr: Ehr, wire: Wire, address: str) -> None:
    where = address.encode("latin-1", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
    ehr.store.faults.append(Fault("POST token", 307, {"Location": where}, times=9))
    key = read_key(_key())
    reach = Reach.of([ehr.store.base])
    with pytest.raises(ExchangeFailed):
        read_patient(connect(ehr.store.base, BackendService("c", key, "system/*.rs"), QUICK, reach=reach), "p1")
    assert (wire.names, wire.strangers) == ([], [])


# Names that lead to what must not be called


@each_answer
def test_a_listed_name_that_leads_there_is_not_connected_to_for_a_call(
    service: FlaskClient, wire: Wire, found: list[str]
) -> None:
    wire.answers["ehr.example"] = [found]
    answer = send(service, asking(LISTED))
    assert answer.status_code == 412
    assert "SPINEMETS_PRIVATE_NETWORKS" in answer.text
    assert wire.connected == []


@each_answer
def test_a_listed_name_that_leads_there_is_not_connected_to_for_a_launch(
    service: FlaskClient, wire: Wire, found: list[str]
) -> None:
    service.application.extensions.clear()
    wire.answers["ehr.example"] = [found]
    answer = service.get(f"/app/launch?iss={LISTED}&launch=a")
    assert answer.status_code == 502
    assert "SPINEMETS_PRIVATE_NETWORKS" in answer.text
    assert wire.connected == []


@each_answer
def test_a_token_endpoint_whose_name_leads_there_gets_no_assertion(ehr: Ehr, wire: Wire, found: list[str]) -> None:
    wire.answers["login.example"] = [found]
    ehr.configuration = {"token_endpoint": "https://login.example/token"}
    key = read_key(_key())
    reach = Reach.of([ehr.store.base])
    with pytest.raises(ExchangeFailed, match="SPINEMETS_PRIVATE_NETWORKS"):
        read_patient(connect(ehr.store.base, BackendService("c", key, "system/*.rs"), QUICK, reach=reach), "p1")
    assert wire.strangers == []


@each_answer
def test_a_terminology_server_whose_name_leads_there_gets_no_code(wire: Wire, found: list[str]) -> None:
    wire.answers["ehr.example"] = [found]
    widening(TerminologyServer(LISTED))
    assert wire.connected == []


@each_address
def test_a_terminology_server_at_an_odd_address_is_refused_or_is_the_one_that_is_set(wire: Wire, address: str) -> None:
    try:
        widening(TerminologyServer(address))
    except BadServer:
        assert wire.connected == []
    else:
        wanted = plain_host(urlsplit(address).hostname or "")
        assert {ip_address(host) for host, _ in wire.connected} <= ({ip_address(wanted)} if wire.connected else set())


def test_a_name_is_asked_for_once_and_what_was_judged_is_connected_to(wire: Wire) -> None:
    wire.answers["ehr.example"] = [[PUBLIC], ["127.0.0.1"], ["169.254.169.254"]]
    transport = Transport(Limits(tries=1), reach=Reach.of([LISTED]))
    with pytest.raises(ExchangeFailed, match="connection"):
        transport.get(LISTED, {})
    assert (wire.names, wire.connected) == (["ehr.example"], [(PUBLIC, 443)])
    for _ in range(2):  # the name has turned meanwhile
        with pytest.raises(ExchangeFailed, match="private network"):
            transport.get(LISTED, {})
    assert (len(wire.names), wire.connected) == (3, [(PUBLIC, 443)])


def test_a_name_that_turns_between_two_tries_is_refused(wire: Wire) -> None:
    wire.answers["ehr.example"] = [[PUBLIC], ["10.0.0.1"]]
    with pytest.raises(ExchangeFailed, match="private network"):
        Transport(QUICK, reach=Reach.of([LISTED])).get(LISTED, {})
    assert wire.connected == [(PUBLIC, 443)]


@each_address
def test_behind_a_proxy_what_is_not_listed_is_not_asked_for_either(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://proxy.example:3128")
    with pytest.raises(ExchangeFailed):
        Transport(QUICK, reach=Reach.of([LISTED]), insecure_http=True).get(address, {})
    assert (wire.names, wire.connected) == ([], [])


def test_behind_a_proxy_the_listed_name_is_asked_for_there(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    wire.answers["proxy.example"] = [["10.9.9.9"]]
    with pytest.raises(ExchangeFailed):
        Transport(Limits(tries=1), reach=Reach.of([LISTED])).get(LISTED, {})
    assert (wire.names, wire.connected) == (["proxy.example"], [("10.9.9.9", 3128)])


def test_a_message_holds_nothing_of_the_address(service: FlaskClient, wire: Wire) -> None:
    said = send(service, asking("https://10.11.12.13/fhir")).text
    assert "10.11.12.13" not in said
    assert "SPINEMETS_FHIR_SERVERS" in said
    assert HERE not in said


@cache
def _key() -> bytes:
    return ECKey.generate_key("P-384").as_pem(private=True)
