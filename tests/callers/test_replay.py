"""A token for one use opens a door once: again, by many at a time, by several processes, while the database is down."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.callers.refused import Reason, Refused
from service.callers.replay import Replay
from service.storage import Database, Unavailable, UsedTokens
from service.storage.tables import USED_TOKEN
from tests.callers.attacks import DOORS, Door, ask_fhir
from tests.support.tokens import OTHER_ISSUER, World, access_claims

NOW = time.time()
ONCE = Door("fhir", lambda **more: access_claims(**{"iss": OTHER_ISSUER, **more}), DOORS[0].send, DOORS[0].audience)


@pytest.mark.parametrize("door", [*DOORS[1:], ONCE], ids=lambda door: door.name)
def test_a_token_that_was_used_is_refused(client: FlaskClient, world: World, door: Door) -> None:
    token = world.es.sign(world.es.header(), door.claims())
    assert not door.is_shut(door.send(client, token))
    for _ in range(3):
        assert door.is_shut(door.send(client, token))
    other = world.es.sign(world.es.header(), door.claims())
    assert not door.is_shut(door.send(client, other))


@pytest.mark.parametrize("door", DOORS[1:], ids=lambda door: door.name)
def test_another_signature_of_the_same_claims_is_the_same_token(client: FlaskClient, world: World, door: Door) -> None:
    """ECDSA signs otherwise each time, so a token is known by its name alone."""
    claims = door.claims()
    assert not door.is_shut(door.send(client, world.es.sign(world.es.header(), claims)))
    assert door.is_shut(door.send(client, world.es.sign(world.es.header(), claims)))
    assert door.is_shut(door.send(client, world.rs.sign(world.rs.header(), claims)))


def test_an_access_token_is_used_until_it_expires(client: FlaskClient, world: World) -> None:
    token = world.es.sign(world.es.header(), access_claims(jti=None))
    assert [ask_fhir(client, token).status_code for _ in range(3)] == [400] * 3  # by the door


def test_what_is_refused_for_another_reason_is_not_used_up(client: FlaskClient, world: World) -> None:
    """Else a stranger who sees a name could have the token of its owner refused."""
    door = DOORS[1]
    claims = door.claims()
    assert door.is_shut(door.send(client, world.stranger.sign(world.stranger.header(), claims)))
    assert not door.is_shut(door.send(client, world.es.sign(world.es.header(), claims)))


@pytest.mark.parametrize("door", [*DOORS[1:], ONCE], ids=lambda door: door.name)
def test_of_many_at_a_time_one_gets_through(app: Flask, world: World, door: Door) -> None:
    token = world.es.sign(world.es.header(), door.claims())
    with ThreadPoolExecutor(8) as pool:
        shut = list(pool.map(lambda _: door.is_shut(door.send(app.test_client(), token)), range(8)))
    assert shut.count(False) == 1


_PROCESS = """
import sys
from datetime import UTC, datetime, timedelta
from service.storage import Database, Unavailable, UsedTokens

used = UsedTokens(Database(sys.argv[1]))
until = datetime.now(UTC) + timedelta(days=1)

def first(name):
    while True:
        try:
            return used.first(name, until)
        except Unavailable:  # a busy machine: nothing was kept, so it is asked again
            pass

print(sum(first(f"{n:064}") for n in range(100)))
"""


def test_of_several_processes_one_gets_through_each_time(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/x.sqlite"
    run = [sys.executable, "-c", _PROCESS, address]
    processes = [subprocess.Popen(run, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    counts = [int(process.communicate(timeout=120)[0]) for process in processes]
    assert sum(counts) == 100, counts


# While the database is down


class Down:
    """A database that does not answer, and may come back."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = True
        self.names: set[str] = set()

    def first(self, name: str, until: datetime) -> bool:
        self.asked += 1
        if self.is_down:
            raise Unavailable
        return name not in self.names and not self.names.add(name)  # type: ignore[func-returns-value]


def is_used(replay: Replay, jti: str, expires: float = NOW + 60, now: float = NOW) -> bool:
    try:
        replay.check("cds", "https://ehr.example", jti, expires, now)
    except Refused as refused:
        return refused.reason is Reason.REPLAYED
    return False


def test_while_the_database_is_down_the_worker_remembers() -> None:
    replay = Replay(Down())
    assert [is_used(replay, jti) for jti in ("a", "b", "a", "b", "c")] == [False, False, True, True, False]


def test_what_was_used_before_the_database_went_is_still_known_here() -> None:
    database = Down()
    database.is_down = False
    replay = Replay(database)
    assert not is_used(replay, "a")
    database.is_down = True
    assert is_used(replay, "a")


def test_what_was_used_meanwhile_is_known_when_the_database_is_back() -> None:
    database, clock = Down(), [0.0]
    replay = Replay(database, clock=lambda: clock[0])
    assert not is_used(replay, "a")
    database.is_down, clock[0] = False, 100.0
    assert is_used(replay, "a")
    assert not is_used(replay, "b")
    assert len(database.names) == 1


def test_a_database_that_is_down_is_not_asked_for_each_token() -> None:
    database, clock = Down(), [0.0]
    replay = Replay(database, clock=lambda: clock[0])
    for n in range(100):
        assert not is_used(replay, f"{n}")
    assert database.asked == 1
    clock[0] = 6.0
    assert not is_used(replay, "x")
    assert database.asked == 2


def test_the_memory_is_bounded_and_lets_go_of_what_has_expired() -> None:
    replay = Replay(Down(), most=3)
    assert [is_used(replay, jti) for jti in ("a", "b", "c")] == [False] * 3
    with pytest.raises(Refused) as refused:
        replay.check("cds", "https://ehr.example", "d", NOW + 60, NOW)
    assert refused.value.reason is Reason.NO_MEMORY
    assert refused.value.reason.said.status == 503
    later = NOW + 200
    assert not is_used(replay, "d", later + 60, later)


@pytest.mark.parametrize(
    "other",
    [
        ("cds", "https://ehr.example", "b"),
        ("cds", "https://other.example", "a"),
        ("client", "https://ehr.example", "a"),
    ],
)
def test_names_of_different_issuers_and_doors_do_not_meet(other: tuple[str, str, str]) -> None:
    replay = Replay(Down())
    replay.check("cds", "https://ehr.example", "a", NOW + 60, NOW)
    replay.check(*other, NOW + 60, NOW)
    with pytest.raises(Refused):
        replay.check(*other, NOW + 60, NOW)


def test_a_call_is_answered_while_the_database_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = world.app(patch=monkeypatch.setattr)

    def fails(*_: object) -> bool:
        raise Unavailable

    monkeypatch.setattr(UsedTokens, "first", fails)
    door = DOORS[1]
    token = world.es.sign(world.es.header(), door.claims())
    assert not door.is_shut(door.send(app.test_client(), token))
    assert door.is_shut(door.send(app.test_client(), token))


# The table


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path}/x.sqlite")


def test_what_has_expired_is_pruned(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    used = UsedTokens(database)
    now = datetime.now(UTC)
    assert used.first("old", now - timedelta(seconds=1))
    monkeypatch.setattr("service.storage.used_tokens._PRUNE_EVERY_S", 0)
    assert used.first("new", now + timedelta(minutes=5))
    assert not used.first("new", now + timedelta(minutes=5))
    with database.reading() as connection:
        assert connection.execute(select(USED_TOKEN.c.id)).scalars().all() == ["new"]
        assert connection.execute(select(func.count()).select_from(USED_TOKEN)).scalar_one() == 1


def test_only_a_hash_is_kept(database: Database) -> None:
    replay = Replay(UsedTokens(database))
    replay.check("cds", "https://marked.example", "marked-name", NOW + 60, NOW)
    with database.reading() as connection:
        kept = connection.execute(select(USED_TOKEN.c.id)).scalar_one()
    assert "marked" not in kept
    assert len(kept) == 64
