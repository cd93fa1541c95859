"""Who passes which door: every door is classified, and tokens are taken from one place alone."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from service.api.app import create_app
from service.api.callers import caller
from service.api.doors import DOORS, May
from service.api.settings import Settings
from service.callers.caller import ANONYMOUS, Kind
from tests.callers.attacks import ask_cds, ask_fhir
from tests.support.calls import JSON, VIEW, call_of
from tests.support.door import FHIR_JSON, PATH
from tests.support.stored import contract
from tests.support.tokens import EHR, ISSUER, OTHER_EHR, World, access_claims, cds_claims

SERVICE = f"/cds-services/{VIEW}"
OF_A_RECORD = (
    ("POST", PATH),
    ("POST", "/fhir/$process-message"),
    ("GET", "/fhir/$job-status/x"),
    ("DELETE", "/fhir/$job-status/x"),
    ("GET", "/fhir/$job-output/x/Bundle"),
    ("GET", "/fhir/ConceptMap/$translate?system=http://loinc.org&code=89247-1"),
    ("POST", "/fhir/ConceptMap/$translate"),
    ("POST", SERVICE),
    ("POST", f"{SERVICE}/feedback"),
)
OPEN = (
    "/",
    "/healthz",
    "/fhir",
    "/fhir/metadata",
    "/fhir/CodeSystem",
    "/fhir/CodeSystem/finding",
    "/fhir/.well-known/smart-configuration",
    "/cds-services",
    "/knowledge",
    "/knowledge/sins",
    "/openapi.json",
    "/docs",
    "/app/static/app.css",
    "/app/smart/status",
)


def test_every_door_says_who_may_pass_it(app: Flask) -> None:
    """A new door has to be put into the table; until then it is closed."""
    assert {rule.rule for rule in app.url_map.iter_rules()} == set(DOORS)


def test_a_door_that_is_in_no_table_is_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app(patch=monkeypatch.setattr)
    app.add_url_rule("/new", view_func=lambda: "open", endpoint="new")
    assert app.test_client().get("/new").status_code == 403


@pytest.mark.parametrize(("method", "path"), OF_A_RECORD)
def test_nobody_sends_a_record_without_a_token(client: FlaskClient, method: str, path: str) -> None:
    response = client.open(path, method=method, data=b"{}", headers={"Content-Type": FHIR_JSON})
    assert response.status_code == 401
    # Without a token there is nothing that could be wrong with it: RFC 6750 has no error code then.
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="spinemets"'
    assert response.json["resourceType"] == "OperationOutcome"
    assert response.json["issue"][0]["code"] == "login"


@pytest.mark.parametrize("path", OPEN)
def test_what_is_published_is_open(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 200


def test_discovery_may_come_with_a_token_that_is_not_looked_at(client: FlaskClient) -> None:
    assert client.get("/cds-services", headers={"Authorization": "Bearer whatever"}).status_code == 200


@pytest.mark.parametrize("path", [SERVICE, f"{SERVICE}/feedback", PATH])
def test_a_preflight_carries_no_token(client: FlaskClient, path: str) -> None:
    headers = {"Origin": "https://ehr.example", "Access-Control-Request-Method": "POST"}
    assert client.options(path, headers=headers).status_code == 200


def test_a_page_of_the_ehr_sees_why_it_is_refused(client: FlaskClient) -> None:
    response = client.post(SERVICE, data=b"{}", headers={"Origin": "https://ehr.example", "Content-Type": JSON})
    assert response.status_code == 401
    assert response.headers["Access-Control-Allow-Origin"] == "*"


# Where a token stands

GOOD = "GOOD"
WRONG = (
    ({"Authorization": "Basic bWlydGg6c2VjcmV0"}, 401, None),
    ({"Authorization": "DPoP GOOD"}, 401, None),
    ({"Authorization": "Bearer"}, 401, "invalid_token"),
    ({"Authorization": "Bearer "}, 401, "invalid_token"),
    ({"Authorization": "GOOD"}, 401, None),
    ({"Authorization": "Bearer GOOD x"}, 401, "invalid_token"),
    ({"Authorization": "Bearer GOOD\t"}, 401, "invalid_token"),
    ({"Authorization": "Bearer GOOD, Bearer GOOD"}, 400, "invalid_request"),
    ({"Authorization": "Bearer GOOD,Basic eDp5"}, 400, "invalid_request"),
    ({"Authorization": f"Bearer {'a' * 9000}"}, 401, "invalid_token"),
    ({"X-Authorization": "Bearer GOOD"}, 401, None),
    ({"Cookie": "access_token=GOOD"}, 401, None),
)


@pytest.mark.parametrize("path", [PATH, SERVICE])
@pytest.mark.parametrize(("headers", "status", "error"), WRONG)
def test_a_token_stands_in_one_header_alone(
    client: FlaskClient, world: World, path: str, headers: dict[str, str], status: int, error: str | None
) -> None:
    good = world.es.sign(world.es.header(), access_claims() if path == PATH else cds_claims())
    sent = {name: value.replace(GOOD, good) for name, value in headers.items()}
    response = client.post(path, data=b"{}", headers={"Content-Type": FHIR_JSON, **sent})
    if sent.get("Authorization", "").endswith("\t"):
        assert response.status_code in (400, status)  # a server may have taken the white space away
        return
    assert response.status_code == status, response.text
    told = response.headers["WWW-Authenticate"]
    assert (f'error="{error}"' in told) if error else ("error" not in told)


def test_two_headers_are_refused_even_if_both_are_good(client: FlaskClient, world: World) -> None:
    headers = Headers([("Content-Type", FHIR_JSON)])
    for _ in range(2):
        headers.add("Authorization", f"Bearer {world.es.sign(world.es.header(), access_claims())}")
    assert client.post(PATH, data=b"{}", headers=headers).status_code == 400


def test_a_token_in_the_address_is_refused_and_one_in_the_body_is_not_looked_at(
    client: FlaskClient, world: World
) -> None:
    good = world.es.sign(world.es.header(), access_claims())
    assert client.post(f"{PATH}?access_token={good}", data=b"{}").status_code == 400
    assert client.post(PATH, data=f"access_token={good}").status_code == 401
    both = client.post(f"{PATH}?access_token={good}", data=b"{}", headers={"Authorization": f"Bearer {good}"})
    assert both.status_code == 400
    assert 'error="invalid_request"' in both.headers["WWW-Authenticate"]


def test_the_scheme_may_be_in_any_letters(client: FlaskClient, world: World) -> None:
    for scheme in ("bearer", "BEARER", "Bearer"):
        token = world.es.sign(world.es.header(), access_claims())
        headers = {"Authorization": f"{scheme} {token}", "Content-Type": FHIR_JSON}
        assert client.post(PATH, data=orjson.dumps(contract("a")), headers=headers).status_code == 200


# What a token allows


ENOUGH = (
    *"RiskAssessment.c RiskAssessment.cruds *.c *.* RiskAssessment.write *.write".split(),
    "RiskAssessment.cu openid",
)
TOO_LITTLE = """system/RiskAssessment.r system/RiskAssessment.read system/*.rs user/RiskAssessment.c patient/*.*
    system/Observation.c system/RiskAssessment system/RiskAssessment. system/RiskAssessment.c?category=x
    system/riskassessment.c system/RiskAssessment.uc system/ConceptMap.r""".split()


@pytest.mark.parametrize("scope", [f"system/{each}" for each in ENOUGH])
def test_scopes_that_create_risk_assessments_let_a_record_in(client: FlaskClient, world: World, scope: str) -> None:
    token = world.es.sign(world.es.header(), access_claims(scope=scope))
    assert ask_fhir(client, token).status_code == 400  # by the door: the body is no record


@pytest.mark.parametrize("scope", [*TOO_LITTLE, "", None])
def test_other_scopes_do_not(client: FlaskClient, world: World, scope: str | None) -> None:
    response = ask_fhir(client, world.es.sign(world.es.header(), access_claims(scope=scope)))
    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]
    assert response.json["issue"][0]["code"] == "forbidden"


@pytest.mark.parametrize(
    ("scope", "status"),
    [("ConceptMap.r", 200), ("ConceptMap.read", 200), ("RiskAssessment.c", 200), ("ConceptMap.c", 403)],
)
def test_whoever_may_read_maps_or_send_records_may_translate(
    client: FlaskClient, world: World, scope: str, status: int
) -> None:
    token = world.es.sign(world.es.header(), access_claims(scope=f"system/{scope}"))
    path = "/fhir/ConceptMap/$translate?system=http://loinc.org&code=89247-1"
    assert client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code == status


def test_scopes_may_be_a_list_under_the_name_that_some_servers_use(client: FlaskClient, world: World) -> None:
    token = world.es.sign(world.es.header(), access_claims(scope=None, scp=["system/RiskAssessment.c"]))
    assert ask_fhir(client, token).status_code == 400
    wrong = world.es.sign(world.es.header(), access_claims(scope=[1]))
    assert ask_fhir(client, wrong).status_code == 401


def test_a_cds_client_calls_only_the_services_that_are_listed_for_it(client: FlaskClient, world: World) -> None:
    sign = "spinal-tumour-order-sign"
    allowed = world.other.sign(world.other.header(), cds_claims(sign, iss=OTHER_EHR))
    assert ask_cds(client, allowed, service=sign).status_code == 400  # by the door
    other = world.other.sign(world.other.header(), cds_claims(iss=OTHER_EHR))
    response = ask_cds(client, other)
    assert response.status_code == 403
    assert response.json["issue"][0]["code"] == "forbidden"


def test_feedback_comes_with_a_token_for_its_address_or_for_that_of_the_service(
    client: FlaskClient, world: World
) -> None:
    body = orjson.dumps({"feedback": []})
    for aud in (f"{SERVICE}/feedback", SERVICE):
        token = world.es.sign(world.es.header(), cds_claims(aud=f"https://spine.example{aud}"))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON}
        assert client.post(f"{SERVICE}/feedback", data=body, headers=headers).status_code == 200
    token = world.es.sign(world.es.header(), cds_claims(aud=f"https://spine.example{SERVICE}/feedback"))
    assert ask_cds(client, token).status_code == 401


def test_what_a_request_says_of_its_host_does_not_change_the_audience(client: FlaskClient, world: World) -> None:
    """A token for another server is not ours because somebody sends it here under the name of that server."""
    token = world.es.sign(world.es.header(), cds_claims(aud=f"https://evil.example{SERVICE}"))
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    headers = {"Authorization": f"Bearer {token}", "Content-Type": JSON, **forged}
    assert client.post(SERVICE, data=b"{}", headers=headers).status_code == 401
    good = {**headers, "Authorization": f"Bearer {world.es.sign(world.es.header(), cds_claims())}"}
    assert client.post(SERVICE, data=b"{}", headers=good).status_code == 400  # by the door


# What others are told


def test_the_door_knows_who_calls(app: Flask, world: World) -> None:
    seen = []
    with app.test_request_context():
        assert caller() is ANONYMOUS
    app_after = app.test_client()
    for token, path in (
        (world.es.sign(world.es.header(), access_claims()), PATH),
        (world.es.sign(world.es.header(), cds_claims()), SERVICE),
    ):
        with app_after as client:
            client.post(path, data=b"{}", headers={"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON})
            seen.append(caller())
    assert [(each.name, each.kind, each.issuer) for each in seen] == [
        ("Hospital login", Kind.TOKEN, ISSUER),
        ("EHR", Kind.CDS, EHR),
    ]
    assert seen[0].scopes == {"system/RiskAssessment.c"}
    assert len({each.key for each in seen}) == 2
    assert not any(each.key in repr(each) for each in seen)


def test_the_service_warms_up_before_it_asks_who_calls(app: Flask) -> None:
    from service.api.warm import warm  # noqa: PLC0415  # only here

    warm(app)


def test_without_an_access_file_this_machine_may_do_everything(tmp_path: Path) -> None:
    client = create_app(Settings(database=f"sqlite:///{tmp_path}/x.sqlite")).test_client()
    assert client.post(PATH, data=orjson.dumps(contract("a")), headers={"Content-Type": FHIR_JSON}).status_code == 200
    assert client.post(SERVICE, data=orjson.dumps(call_of(contract("a"))), content_type=JSON).status_code == 200
    assert client.get("/fhir/.well-known/smart-configuration").status_code == 404
    assert May.PROBE is DOORS["/healthz"]
