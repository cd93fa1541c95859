"""An event says who, what, when and with what outcome, in the codes of the standard; of patients it holds hashes."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import Any

import orjson
import pytest

from service import KNOWLEDGE_VERSION, __version__
from service.audit import BadKey, Key, key_beside, read_key
from service.audit.event import PATIENT, hashes_in
from service.audit.hashing import made_beside
from tests.support.audited import KEY, detail, event, hashes
from tests.validators.models import problems

PERSON = ("identifier https://hospital.example/mrn|4711", "reference Patient/p1")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(200, "0"), (303, "0"), (400, "4"), (403, "4"), (422, "4"), (500, "8"), (503, "8")],
)
def test_the_outcome_follows_from_the_status(status: int, outcome: str) -> None:
    made = event(PERSON, status=status)
    assert (made["outcome"], made["outcomeDesc"]) == (outcome, f"HTTP {status}")
    assert not list(problems(made))


def test_a_patient_is_hashed_with_the_secret_and_no_name_is_in_the_event() -> None:
    made = event(PERSON)
    assert hashes(made) == [hmac.new(KEY.secret, PERSON[0].encode(), hashlib.sha256).hexdigest()]
    assert [each for each, _ in hashes_in(made)] == [KEY.hashed(name) for name in PERSON]
    assert b"4711|" not in orjson.dumps(made)
    assert b"Patient/p1" not in orjson.dumps(made)
    assert KEY.secret not in orjson.dumps(made)


def test_two_patients_are_two_entities() -> None:
    assert len(hashes(event(PERSON, ("reference Patient/p2",)))) == 2
    assert not hashes(event())


def test_it_names_the_caller_the_software_and_the_knowledge() -> None:
    made = event(PERSON)
    caller, software = made["agent"]
    assert caller["who"]["identifier"] == {"system": "https://issuer.example", "value": "engine"}
    assert (caller["requestor"], software["requestor"]) == (True, False)
    assert software["who"]["display"] == f"spinemets-cds {__version__}, knowledge {KNOWLEDGE_VERSION}"
    assert detail(made, "knowledge") == KNOWLEDGE_VERSION
    assert made["recorded"] == "2026-11-21T09:30:00.123Z"


def test_a_user_is_who_asks_and_the_caller_asks_for_him() -> None:
    made = event(PERSON, user="Practitioner/7", server="https://ehr.example/fhir", address="10.1.2.3")
    user, caller, _ = made["agent"]
    assert user["who"]["identifier"] == {"system": "https://ehr.example/fhir", "value": "Practitioner/7"}
    assert [each["requestor"] for each in made["agent"]] == [True, False, False]
    assert caller["network"] == {"address": "10.1.2.3", "type": "2"}
    assert not list(problems(made))


def test_the_system_of_the_hashes_is_an_address_of_the_project() -> None:
    (entity,) = [each for each in event(PERSON)["entity"] if each["type"]["code"] == "1"]
    assert entity["what"]["identifier"]["system"] == PATIENT


# The key


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "audit.jsonl"
    made = made_beside(file)
    assert made == made_beside(file) == read_key(key_beside(file))
    assert key_beside(file).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["audit.jsonl.key"]
    assert len(made.secret) == 64
    assert made.secret.decode() not in repr(made)


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    made_beside(tmp_path / "audit.jsonl")
    (tmp_path / "audit.jsonl.key").chmod(0o644)
    with pytest.raises(BadKey, match="chmod 600"):
        made_beside(tmp_path / "audit.jsonl")


@pytest.mark.parametrize("content", [None, b"", b"short", b" " * 40, b"x" * 5000])
def test_a_key_that_is_none_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
    with pytest.raises(BadKey):
        read_key(tmp_path / "key")


def test_keys_are_told_apart_by_a_sign_that_says_nothing_of_them() -> None:
    signs: set[Any] = {Key(bytes([n]) * 32).sign for n in range(5)}
    assert len(signs) == 5
