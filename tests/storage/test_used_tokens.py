"""A token that may be used once is told from one that was used, in every database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from service.storage import Database, UsedTokens

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def used(database: Database) -> UsedTokens:
    database.start()
    return UsedTokens(database)


def test_a_token_comes_for_the_first_time_once(used: UsedTokens) -> None:
    assert [used.first(name, LATER) for name in ("a", "a", "b", "a", "b")] == [True, False, True, False, False]


def test_another_server_with_the_same_database_knows_it(used: UsedTokens, address: str) -> None:
    used.first("a", LATER)
    other = Database(address)
    assert not UsedTokens(other).first("a", LATER)
    other.close()


def test_of_many_at_once_one_is_the_first(used: UsedTokens) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: used.first("a", LATER), range(40))) == 1


def test_what_has_expired_is_forgotten(used: UsedTokens, address: str) -> None:
    used.first("a", datetime.now(UTC) - timedelta(minutes=5))
    other = Database(address)
    assert UsedTokens(other).first("a", LATER)
    other.close()
