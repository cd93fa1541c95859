"""Equal input gives an answer that is equal byte by byte, and the order of the entries does not matter."""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import orjson
import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.settings import Settings
from tests.support.door import parameters, post
from tests.support.records import bare, bundle, condition, metastasis, observation, patient
from tests.support.stored import CASES, EXAMPLES, contract, contract_path

DEMONSTRATIONS = sorted(EXAMPLES.glob("*.json"))


@pytest.mark.parametrize("case", CASES)
def test_equal_input_gives_equal_bytes_even_from_another_server(client: FlaskClient, case: str) -> None:
    body = contract_path(case).read_bytes()
    first = post(client, body).get_data()
    assert first == post(client, body).get_data()
    assert first == post(create_app(Settings()).test_client(), body).get_data()


@pytest.mark.parametrize("case", CASES)
def test_spaces_and_the_order_of_members_do_not_matter(client: FlaskClient, case: str) -> None:
    sorted_ = orjson.dumps(contract(case), option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
    assert post(client, sorted_).get_data() == post(client, contract(case)).get_data()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("case", CASES)
def test_the_order_of_the_entries_does_not_matter(client: FlaskClient, case: str, seed: int) -> None:
    record = contract(case)
    expected = post(client, record).get_data()
    random.Random(seed).shuffle(record["entry"])
    assert post(client, record).get_data() == expected


@pytest.mark.parametrize("path", DEMONSTRATIONS, ids=lambda path: path.stem)
def test_the_order_of_the_entries_of_a_demonstration_does_not_matter(client: FlaskClient, path: Path) -> None:
    record = orjson.loads(path.read_bytes())
    expected = post(client, record).get_data()
    random.Random(7).shuffle(record["entry"])
    assert post(client, record).get_data() == expected


def test_the_order_of_resources_without_a_name_does_not_change_scores_and_plan(client: FlaskClient) -> None:
    nameless = [metastasis("T6"), observation("ecog", 1), observation("escc-grade", "escc-2", "T6")]
    for resource in nameless:
        del resource["id"]
    there, back = (orjson.loads(post(client, bundle(*order)).get_data()) for order in (nameless, nameless[::-1]))
    for one, other in zip(there["entry"], back["entry"], strict=True):
        if one["resource"]["resourceType"] not in ("OperationOutcome", "GuidanceResponse", "Provenance"):
            assert one == other


def test_the_order_of_two_copies_of_a_resource_does_not_matter(client: FlaskClient) -> None:
    """Two versions of one Condition and of one Patient, and an Observation that points to the Condition."""
    first = condition("C79.51", at="T6", name="c1")
    second = condition("C79.51", at="L2", name="c1")
    pain = observation("sins-pain", "mechanical", focus=[{"reference": "Condition/c1"}], name="pain")
    born = [patient(birthDate="1950-01-01"), patient(birthDate="1980-01-01")]
    there = post(client, bare(*born, first, second, pain))
    back = post(client, bare(*born[::-1], second, first, pain))
    assert there.status_code == back.status_code
    assert there.get_data() == back.get_data()


def test_a_resource_that_is_there_twice_counts_once(client: FlaskClient) -> None:
    record = contract("b")
    expected = post(client, record).get_data()
    record["entry"] += record["entry"][3:6]
    assert post(client, record).get_data() == expected


def test_the_time_of_the_request_does_not_matter_where_the_bundle_has_one(client: FlaskClient) -> None:
    answer = orjson.loads(post(client, contract("a")).get_data())
    assert answer["timestamp"] == "2026-10-02T00:00:00Z"


@pytest.mark.parametrize("case", CASES)
def test_a_bundle_and_parameters_with_it_get_the_same_answer(client: FlaskClient, case: str) -> None:
    plain = post(client, contract(case)).get_data()
    assert post(client, parameters(contract(case))).get_data() == plain
    named = parameters(contract(case), asOf="2026-10-02", assumeComplete=False, policy="default", return_="collection")
    assert post(client, named).get_data() == plain


def test_a_packed_body_and_a_packed_answer_are_the_same(client: FlaskClient) -> None:
    plain = post(client, contract("d"))
    assert "Content-Encoding" not in plain.headers
    packed = post(
        client,
        gzip.compress(contract_path("d").read_bytes()),
        {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"},
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding, Accept-Language"
    assert gzip.decompress(packed.get_data()) == plain.get_data()
