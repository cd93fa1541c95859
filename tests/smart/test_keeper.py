"""What is kept of launches and sessions is of no use to whoever has the database, or half of what leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from service.smart import Keeper, Pending, Session, is_handle, new_secret
from service.smart.keeper import LAUNCH_TIME, csrf
from service.storage import Database, Sessions

NOW = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
SECRET, HANDLE = new_secret(), new_secret()
PENDING = Pending("https://ehr.example/fhir", "https://ehr.example/token", None, "launch", "verifier", HANDLE, False)
SESSION = Session(
    server="https://ehr.example/fhir",
    patient="patient-4711",
    scope="patient/*.rs",
    token_endpoint="https://ehr.example/token",
    access_token="token-4711",
    until=NOW.timestamp() + 60,
    expires_at=NOW.timestamp() + 60,
    refresh_token="refresh-4711",
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/x.sqlite")
    yield made
    made.close()


@pytest.fixture
def keeper(database: Database) -> Keeper:
    return Keeper(Sessions(database))


def test_a_session_is_found_with_both_values_until_it_is_over(keeper: Keeper) -> None:
    keeper.keep_session(SECRET, HANDLE, SESSION, NOW)
    assert keeper.session(SECRET, HANDLE, NOW) == SESSION
    assert keeper.session(new_secret(), HANDLE, NOW) is None
    assert keeper.session(SECRET, new_secret(), NOW) is None
    assert keeper.session(HANDLE, SECRET, NOW) is None
    assert keeper.session(SECRET, HANDLE, NOW + timedelta(seconds=60)) is None
    keeper.close_session(SECRET, HANDLE)
    assert keeper.session(SECRET, HANDLE, NOW) is None


def test_a_launch_is_taken_once_and_is_no_session(keeper: Keeper) -> None:
    keeper.keep_launch(SECRET, HANDLE, PENDING, NOW)
    assert keeper.session(SECRET, HANDLE, NOW) is None
    assert keeper.take_launch(SECRET, HANDLE, NOW) == PENDING
    assert keeper.take_launch(SECRET, HANDLE, NOW) is None
    keeper.keep_launch(SECRET, HANDLE, PENDING, NOW)
    assert keeper.take_launch(SECRET, HANDLE, NOW + LAUNCH_TIME) is None


def test_the_rows_hold_nothing_that_can_be_read(keeper: Keeper, database: Database, tmp_path: Path) -> None:
    keeper.keep_session(SECRET, HANDLE, SESSION, NOW)
    keeper.keep_launch(SECRET, HANDLE, PENDING, NOW)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for value in ("4711", "ehr.example", "verifier", SECRET, HANDLE, csrf(SECRET, HANDLE)):
        assert value.encode() not in kept


@pytest.mark.parametrize(
    "change", ["substr(sealed, 1, 40)", "'x'", "(SELECT sealed FROM smart_session WHERE id <> :name)"]
)
def test_a_row_that_somebody_has_changed_opens_nothing(keeper: Keeper, database: Database, change: str) -> None:
    keeper.keep_session(SECRET, HANDLE, SESSION, NOW)
    with database.writing() as connection:
        name = connection.execute(text("SELECT id FROM smart_session")).scalar_one()
    keeper.keep_session(new_secret(), new_secret(), replace(SESSION, patient="other"), NOW)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE smart_session SET sealed = {change} WHERE id = :name"), {"name": name})
    assert keeper.session(SECRET, HANDLE, NOW) is None


def test_what_is_newly_made_cannot_be_guessed() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(map(is_handle, made))
    assert not any(map(is_handle, ("", "x" * 42, "x" * 44, "x" * 42 + "/", "x" * 42 + "\n", None)))


def test_secrets_are_in_no_text_of_what_holds_them() -> None:
    for value in ("4711", "verifier"):
        assert value not in repr(SESSION) + repr(PENDING)
