"""What may be called: public addresses of what is listed, and private ones where the settings or a person say so."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from service.outgoing.failure import ExchangeFailed, Forbidden
from service.outgoing.networks import is_public
from service.outgoing.reach import Reach

NAME = "https://ehr.example/fhir"
TEN = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def may(reach: Reach, host: str, *found: str) -> bool:
    try:
        reach.check_addresses(host, map(ip_address, found))
    except Forbidden:
        return False
    return True


def test_the_listed_origin_may_be_called_however_it_is_written() -> None:
    reach = Reach.of([NAME])
    for url in (NAME, "HTTPS://EHR.example:443/other", "https://ehr.example./fhir", "https://ehr.example:/fhir"):
        reach.check(url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/fhir", "https://10.1.2.3/fhir", "https://[fd00::1]/fhir"])
def test_an_address_that_is_itself_listed_may_be_private(url: str) -> None:
    Reach.of([url]).check(url)


def test_localhost_may_be_this_machine_where_it_is_listed_and_nothing_else() -> None:
    reach = Reach.of(["http://localhost:8080/fhir"])
    assert may(reach, "localhost", "127.0.0.1", "::1")
    assert not may(reach, "localhost", "10.0.0.1")
    assert not may(Reach.of([NAME]), "localhost", "127.0.0.1")


def test_a_name_may_be_in_a_network_of_the_settings_and_in_no_other() -> None:
    reach = Reach.of([NAME], TEN)
    assert may(reach, "ehr.example", "10.2.3.4", "fd00::7")
    assert may(reach, "ehr.example", "::ffff:10.2.3.4")
    assert not may(reach, "ehr.example", "10.2.3.4", "192.168.0.1")
    assert not may(reach, "ehr.example", "127.0.0.1")


@pytest.mark.parametrize(
    "found", ["169.254.169.254", "fe80::1", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "224.0.0.1", "0.0.0.0"]
)
def test_no_network_of_the_settings_opens_what_is_never_called_by_a_name(found: str) -> None:
    everything = [ip_network("0.0.0.0/0"), ip_network("::/0")]
    assert not may(Reach.of([NAME], everything), "ehr.example", found)
    assert not may(Reach.named([NAME], everything), "ehr.example", found)
    literal = f"https://[{found}]/" if ":" in found else f"https://{found}/"
    Reach.of([literal]).check(literal)


def test_a_person_may_name_a_server_in_any_private_network_and_it_opens_no_other() -> None:
    reach = Reach.named([NAME])
    assert may(reach, "ehr.example", "192.168.1.7")
    assert may(reach, "ehr.example", "127.0.1.1")
    assert not may(reach.also("https://login.example/token"), "login.example", "192.168.1.8")


def test_a_listed_server_may_name_another_over_tls_and_itself_without() -> None:
    assert may(Reach.of([NAME]).also("https://login.example/token"), "login.example", "93.184.216.34")
    own = Reach.of(["http://127.0.0.1:8080/fhir"])
    own.also("http://127.0.0.1:9090/token").check("http://127.0.0.1:9090/token")
    for url in ("http://login.example/token", "https://10.0.0.1/token", "https://localhost/token"):
        with pytest.raises(Forbidden):
            own.also(url)


@pytest.mark.parametrize("url", ["", "hospital.example", "https://", "ftp://hospital.example/", "https://1.2.3/"])
def test_what_is_no_address_cannot_be_listed(url: str) -> None:
    with pytest.raises(ExchangeFailed):
        Reach.of([url])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("172.15.255.255", True),
        ("172.32.0.0", True),
        ("172.16.0.0", False),
        ("100.63.255.255", True),
        ("100.64.0.0", False),
        ("100.127.255.255", False),
        ("100.128.0.0", True),
        ("198.17.255.255", True),
        ("198.19.255.255", False),
        ("223.255.255.255", True),
        ("224.0.0.0", False),
        ("192.0.0.8", False),
        ("2001:db8::1", False),
        ("2001:200::1", True),
        ("3fff::1", False),
        ("4000::1", False),
        ("100::1", False),
        ("5f00::1", False),
        ("64:ff9b:1::808:808", False),
        ("::8.8.8.8", False),
    ],
)
def test_public_is_what_the_registries_of_iana_call_globally_reachable(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public
