"""nginx with the configuration of the deployment: what it lets through, what it refuses, and what it writes down."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import orjson
import pytest
import requests

from tests.deploy.certificates import Authority
from tests.deploy.proxies import NAME, Kept, Proxy, nginx, until, upstream

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
ASSESS = "/fhir/$assess-spinal-tumour"
MIB = 1024 * 1024


@pytest.fixture
def behind() -> Iterator[Kept]:
    with upstream(lambda _: OK) as kept:
        yield kept


@pytest.fixture
def proxy(tmp_path: Path, behind: Kept) -> Iterator[Proxy]:
    with nginx(tmp_path, behind.port) as running:
        yield running


def head(request: bytes) -> dict[str, str]:
    """The header fields that came through; one that came twice is a mistake."""
    lines = request.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")[1:]
    pairs = [line.split(": ", 1) for line in lines]
    assert len({name.lower() for name, _ in pairs}) == len(pairs), lines
    return {name.lower(): value for name, value in pairs}


def check_is_refused(response: requests.Response, status: int, code: str) -> None:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/fhir+json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "nginx/" not in response.headers.get("Server", "")
    outcome = response.json()
    assert outcome["resourceType"] == "OperationOutcome"
    assert [issue["code"] for issue in outcome["issue"]] == [code]


def test_what_a_caller_says_of_his_way_here_is_overwritten(proxy: Proxy, behind: Kept) -> None:
    forged = {
        "X-Forwarded-For": "10.9.8.7",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "attacker.example",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/elsewhere",
        "X-Forwarded-Server": "attacker.example",
        "X-Real-IP": "10.9.8.7",
        "Forwarded": "for=10.9.8.7;host=attacker.example",
        "X-Client-Certificate": "-----BEGIN%20CERTIFICATE-----",
    }
    assert proxy.session().get(f"{proxy.url}/fhir/metadata", headers=forged, timeout=10).status_code == 200
    got = head(behind.requests[0])
    assert got["host"] == NAME
    assert got["x-forwarded-for"] == "127.0.0.1"
    assert got["x-forwarded-proto"] == "https"
    assert got["x-forwarded-host"] == NAME
    assert got["x-forwarded-port"] == str(proxy.port)
    assert not {"x-real-ip", "forwarded", "x-client-certificate", "x-forwarded-server", "x-forwarded-prefix"} & set(got)
    assert b"attacker" not in behind.requests[0]


@pytest.mark.parametrize("spelt", ["X_Client_Certificate", "X_Forwarded_For"])
def test_a_field_that_would_look_like_one_of_the_proxy_s_is_left_out(proxy: Proxy, behind: Kept, spelt: str) -> None:
    proxy.session().get(f"{proxy.url}/fhir/metadata", headers={spelt: "forged"}, timeout=10)
    assert b"forged" not in behind.requests[0]


@pytest.mark.parametrize("given", ["a-plain.token_1", "x" * 64])
def test_a_plain_request_id_is_passed_on_and_logged(proxy: Proxy, behind: Kept, given: str) -> None:
    proxy.session().get(f"{proxy.url}/healthz", headers={"X-Request-Id": given}, timeout=10)
    assert head(behind.requests[0])["x-request-id"] == given
    assert [line["request"] for line in proxy.lines(1)] == [given]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", 'a"b', "a;b"])
def test_any_other_request_id_is_made_anew(proxy: Proxy, behind: Kept, given: str) -> None:
    proxy.session().get(f"{proxy.url}/healthz", headers={"X-Request-Id": given}, timeout=10)
    assert re.fullmatch("[0-9a-f]{32}", head(behind.requests[0])["x-request-id"])


def test_the_log_holds_no_query_no_referrer_and_no_id_of_a_job(proxy: Proxy) -> None:
    session = proxy.session()
    for path in (
        "/app/launch?launch=MARKED&iss=MARKED",
        "/fhir/$job-status/MARKED",
        "/fhir/%24job-output/MARKED/Bundle",
    ):
        session.get(
            f"{proxy.url}{path}", headers={"Referer": "https://ehr.example/MARKED", "Cookie": "MARKED"}, timeout=10
        )
    session.post(f"{proxy.url}{ASSESS}", data=b"MARKED", timeout=10)
    assert [line["path"] for line in proxy.lines(4)] == [
        "/app/launch",
        "/fhir/$job-status/...",
        "/fhir/$job-output/...",
        ASSESS,
    ]
    assert "MARKED" not in proxy.logged()


def test_a_fault_of_the_upstream_writes_no_query_down(tmp_path: Path) -> None:
    with upstream(lambda _: None) as gone, nginx(tmp_path, gone.port) as proxy:
        refused = proxy.session().get(f"{proxy.url}/app/callback?code=MARKED", timeout=10)
        check_is_refused(refused, 503, "transient")
        assert proxy.lines(1)[0]["path"] == "/app/callback"
        assert "MARKED" not in proxy.logged()


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "//metrics", "/./metrics", "/%6detrics"])
def test_what_is_for_the_inside_is_not_there_from_the_outside(proxy: Proxy, behind: Kept, path: str) -> None:
    assert proxy.session().get(f"{proxy.url}{path}", timeout=10).status_code == 404
    assert behind.requests == []


def test_a_record_goes_to_another_worker_when_the_first_dies(tmp_path: Path) -> None:
    with upstream(lambda n: None if n == 1 else OK) as kept, nginx(tmp_path, kept.port) as proxy:
        assert proxy.session().post(f"{proxy.url}{ASSESS}", data=b"{}", timeout=10).status_code == 200
        assert len(kept.requests) == 2
        assert kept.requests[0] == kept.requests[1]


@pytest.mark.parametrize(
    "path", ["/cds-services/spinal-tumour-patient-view", "/cds-services/x/feedback", "/auth/token"]
)
def test_a_call_that_counts_once_is_sent_once(tmp_path: Path, path: str) -> None:
    with upstream(lambda _: None) as gone, nginx(tmp_path, gone.port) as proxy:
        refused = proxy.session().post(f"{proxy.url}{path}", data=b"{}", timeout=10)
        check_is_refused(refused, 503, "transient")
        assert refused.headers["Retry-After"] == "5"
        assert len(gone.requests) == 1


def test_a_body_that_is_too_large_is_refused_before_it_is_sent_on(proxy: Proxy, behind: Kept) -> None:
    check_is_refused(proxy.session().post(f"{proxy.url}{ASSESS}", data=b"x" * (18 * MIB), timeout=30), 413, "too-long")
    assert behind.requests == []


def test_a_body_of_the_largest_size_comes_through_and_is_not_left_on_a_disk(proxy: Proxy, behind: Kept) -> None:
    body = b"x" * (16 * MIB)
    assert proxy.session().post(f"{proxy.url}{ASSESS}", data=body, timeout=30).status_code == 200
    assert behind.requests[0].endswith(body)
    assert not [path for path in (proxy.folder / "temp").rglob("*") if path.is_file()]


def test_too_many_requests_get_429_with_the_time_to_wait(tmp_path: Path, behind: Kept) -> None:
    with nginx(tmp_path, behind.port, rate="1r/s", burst="2") as proxy:
        answers = [proxy.session().post(f"{proxy.url}{ASSESS}", data=b"{}", timeout=10) for _ in range(6)]
    refused = [each for each in answers if each.status_code != 200]
    assert refused
    assert len(behind.requests) + len(refused) == 6
    for each in refused:
        check_is_refused(each, 429, "throttled")
        assert each.headers["Retry-After"] == "2"
        assert each.headers["Strict-Transport-Security"]


def test_too_many_connections_get_429(tmp_path: Path) -> None:
    answered = threading.Event()

    def late(_: int) -> bytes:
        answered.wait(30)
        return OK

    with upstream(late) as slow, nginx(tmp_path, slow.port, connections="1") as proxy:
        first = proxy.raw()
        first.sendall(f"GET /healthz HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        until(lambda: bool(slow.requests))
        check_is_refused(proxy.session().get(f"{proxy.url}/healthz", timeout=10), 429, "throttled")
        answered.set()
        first.close()


def test_a_slow_caller_holds_no_worker(proxy: Proxy, behind: Kept) -> None:
    slow = proxy.raw()
    slow.sendall(f"POST {ASSESS} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 4\r\n\r\n{{".encode())
    # The upstream takes one request at a time: it would be held if nginx had opened one for the slow caller.
    assert proxy.session().get(f"{proxy.url}/healthz", timeout=10).status_code == 200
    assert len(behind.requests) == 1
    slow.sendall(b"   }"[1:])
    assert slow.recv(12) == b"HTTP/1.1 200"
    assert behind.requests[1].endswith(b"{  }")
    slow.close()


def test_fields_and_lines_that_are_too_long_go_no_further(proxy: Proxy, behind: Kept) -> None:
    refused = proxy.session().get(f"{proxy.url}/healthz", headers={"Authorization": f"Bearer {'x' * 9000}"}, timeout=10)
    check_is_refused(refused, 400, "invalid")
    assert proxy.session().get(f"{proxy.url}/{'x' * 9000}", timeout=10).status_code == 414
    assert behind.requests == []


@pytest.mark.parametrize("target", ["/%00", "/fhir/%00metadata", "/%zz", "/../x", "nothing", "/.malformed"])
def test_a_path_that_cannot_be_read_is_refused_as_the_service_does(proxy: Proxy, behind: Kept, target: str) -> None:
    connection = proxy.raw()
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {NAME}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    connection.close()
    lines = head.decode("ascii").split("\r\n")
    assert lines[0] == "HTTP/1.1 400 Bad Request"
    assert {"Content-Type: application/fhir+json", "X-Content-Type-Options: nosniff"} <= set(lines)
    assert [issue["code"] for issue in orjson.loads(body)["issue"]] == ["invalid"]
    assert behind.requests == []


@pytest.mark.parametrize(
    "smuggled",
    [
        "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        "Transfer-Encoding: chunked, identity\r\n\r\n{}",
        "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_a_body_of_two_lengths_is_not_passed_on(proxy: Proxy, behind: Kept, smuggled: str) -> None:
    connection = proxy.raw()
    connection.sendall(f"POST {ASSESS} HTTP/1.1\r\nHost: {NAME}\r\n{smuggled}".encode())
    status = int(connection.recv(12).split()[1])
    connection.close()
    if behind.requests:
        # Where nginx takes it, what goes on has one length.
        assert {"content-length", "transfer-encoding"} & set(head(behind.requests[0])) == {"content-length"}
    else:
        assert status in {400, 501}


def test_the_header_for_transport_security_stands_beside_those_of_the_service_once(proxy: Proxy) -> None:
    answer = proxy.session().get(f"{proxy.url}/healthz", timeout=10)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_nothing_is_taken_in_the_clear(proxy: Proxy, behind: Kept) -> None:
    plain = f"http://127.0.0.1:{proxy.plain_port}"
    led = requests.get(f"{plain}/app?case=1", headers={"Host": NAME}, allow_redirects=False, timeout=10)
    assert (led.status_code, led.headers["Location"]) == (301, f"https://{NAME}/app")
    assert requests.post(f"{plain}{ASSESS}", data=b"{}", headers={"Host": NAME}, timeout=10).status_code == 403
    assert behind.requests == []


def test_what_is_led_on_has_no_end_of_a_line_and_no_other_name(proxy: Proxy, behind: Kept) -> None:
    def asked(target: str, host: str) -> bytes:
        with socket.create_connection(("127.0.0.1", proxy.plain_port), 10) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    split = asked("/%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>", NAME)
    assert f"Location: https://{NAME}/%0d%0aSet-Cookie:%20evil=1%0d%0a%0d%0a<script>\r\n".encode() in split
    assert b"\r\nSet-Cookie" not in split
    assert asked("/app", "evil.example").startswith(b"HTTP/1.1 421 ")
    assert f"Location: https://{NAME}/app\r\n".encode() in asked(f"http://{NAME}/app?launch=x", NAME)
    assert behind.requests == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_of_tls_are_refused(proxy: Proxy, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=str(proxy.authority.file))
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, version
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
        context.wrap_socket(connection, server_hostname=NAME)


def test_another_name_gets_no_certificate(proxy: Proxy) -> None:
    context = ssl.create_default_context(cafile=str(proxy.authority.file))
    with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", proxy.port), 10) as connection:
        context.wrap_socket(connection, server_hostname="attacker.example")


def test_a_host_that_is_not_the_name_of_the_connection_is_not_served(proxy: Proxy, behind: Kept) -> None:
    assert (
        proxy.session().get(f"{proxy.url}/healthz", headers={"Host": "attacker.example"}, timeout=10).status_code == 421
    )
    assert behind.requests == []


def test_the_certificate_of_a_caller_is_passed_on_when_it_is_vouched_for(tmp_path: Path, behind: Kept) -> None:
    clients = Authority(tmp_path, "clients")
    engine = clients.give("engine")
    with nginx(tmp_path, behind.port, clients=clients) as proxy:
        assert proxy.session(engine).get(f"{proxy.url}/healthz", timeout=10).status_code == 200
        assert proxy.session().get(f"{proxy.url}/healthz", headers={"X-Client-Certificate": "x"}, timeout=10).ok
    first, second = map(head, behind.requests)
    assert unquote(first["x-client-certificate"]) == engine.certificate.read_text()
    assert "x-client-certificate" not in second


def test_a_certificate_of_another_authority_or_one_that_has_run_out_is_refused(tmp_path: Path, behind: Kept) -> None:
    clients = Authority(tmp_path, "clients")
    others = Authority(tmp_path, "others").give("intruder")
    old = clients.give("old", timedelta(days=-1))
    with nginx(tmp_path, behind.port, clients=clients) as proxy:
        for bad in (others, old):
            check_is_refused(proxy.session(bad).get(f"{proxy.url}/healthz", timeout=10), 400, "invalid")
    assert behind.requests == []
