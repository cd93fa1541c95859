"""Whatever is done to a token, it opens no door; what is good opens its own."""

from __future__ import annotations

import orjson
import pytest
from flask.testing import FlaskClient

from tests.callers.attacks import ATTACKS, DOORS, ONCE, Door, ask_cds, ask_fhir, ask_token
from tests.support.calls import call_of
from tests.support.door import FHIR_JSON, PATH
from tests.support.stored import contract
from tests.support.tokens import EHR_KEYS, KEYS, OTHER_KEYS, World, access_claims, assertion_claims, cds_claims


def names(door: Door) -> str:
    return door.name


#: The token of a CDS client has no sub that is read.
TRIED = [(attack, door) for attack in ATTACKS for door in DOORS if (attack, door.name) != ("sub a number", "cds")]


@pytest.mark.parametrize(("attack", "door"), TRIED, ids=lambda each: each if isinstance(each, str) else each.name)
def test_no_forged_token_opens_a_door(client: FlaskClient, world: World, door: Door, attack: str) -> None:
    response = door.send(client, ATTACKS[attack](world, door))
    assert door.is_shut(response), (response.status_code, response.text)
    assert set(world.asked) <= {KEYS, EHR_KEYS, OTHER_KEYS}


@pytest.mark.parametrize("door", DOORS[1:], ids=names)
@pytest.mark.parametrize("attack", ONCE)
def test_no_forged_token_opens_a_door_that_takes_each_once(
    client: FlaskClient, world: World, door: Door, attack: str
) -> None:
    response = door.send(client, ONCE[attack](world, door))
    assert door.is_shut(response), (response.status_code, response.text)
    assert set(world.asked) <= {KEYS, EHR_KEYS, OTHER_KEYS}


@pytest.mark.parametrize("door", DOORS, ids=names)
def test_a_good_token_of_either_algorithm_opens_its_door(client: FlaskClient, world: World, door: Door) -> None:
    for party in (world.es, world.rs):
        response = door.send(client, party.sign(party.header(), door.claims()))
        # The body that comes along is no record: the door itself says so.
        assert response.status_code == {"fhir": 400, "cds": 400, "token": 200}[door.name], response.text
        assert "WWW-Authenticate" not in response.headers


@pytest.mark.parametrize("door", DOORS, ids=names)
def test_what_is_passed_over_in_a_header_does_no_harm(client: FlaskClient, world: World, door: Door) -> None:
    header = world.es.header(jwk=world.stranger.jwk(), x5u="https://evil.example/cert", own="x")
    assert not door.is_shut(door.send(client, world.es.sign(header, door.claims())))
    assert not door.is_shut(door.send(client, world.es.sign(world.es.header(), door.claims(aud=[door.audience, "x"]))))


@pytest.mark.parametrize("door", DOORS, ids=names)
def test_a_refusal_holds_nothing_of_the_token(client: FlaskClient, world: World, door: Door) -> None:
    token = world.es.sign(world.es.header(), door.claims(iss="https://marked-issuer.example", sub="marked-subject"))
    response = door.send(client, token)
    said = f"{response.text} {response.headers}"
    assert "marked" not in said
    assert token.split(".")[2] not in said


def test_a_record_is_assessed_for_a_caller_with_a_token(client: FlaskClient, world: World) -> None:
    record = contract("a")
    token = world.es.sign(world.es.header(typ="at+jwt"), access_claims())
    response = client.post(
        PATH, data=orjson.dumps(record), headers={"Content-Type": FHIR_JSON, "Authorization": f"bearer {token}"}
    )
    assert response.status_code == 200, response.text


def test_a_service_is_called_with_the_jwt_of_its_client(client: FlaskClient, world: World) -> None:
    token = world.es.sign(world.es.header(jku=EHR_KEYS), cds_claims())
    response = ask_cds(client, token, orjson.dumps(call_of(contract("a"))))
    assert response.status_code == 200, response.text


def test_a_token_of_this_server_opens_the_fhir_doors(client: FlaskClient, world: World) -> None:
    given = ask_token(client, world.rs.sign(world.rs.header(), assertion_claims())).json
    assert given["token_type"] == "bearer"
    assert given["scope"] == "system/RiskAssessment.c"
    assert 0 < given["expires_in"] <= 300
    assert ask_fhir(client, given["access_token"], orjson.dumps(contract("a"))).status_code == 200


@pytest.mark.parametrize("door", DOORS, ids=names)
def test_a_token_with_another_letter_anywhere_opens_no_door(client: FlaskClient, world: World, door: Door) -> None:
    """The last letters of each part too, where base64 has letters that say the same."""
    token = world.es.sign(world.es.header(), door.claims())
    ends = {n for n, sign in enumerate(f"{token}.", -1) if sign == "."}
    for n in sorted({*range(0, len(token), 11), *ends}):
        for letter in "AQgw.":
            if token[n] != letter:
                response = door.send(client, token[:n] + letter + token[n + 1 :])
                assert door.is_shut(response), (n, letter, response.status_code)
    assert not door.is_shut(door.send(client, token))
