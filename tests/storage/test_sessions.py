"""Sealed rows: kept for a time, found by their name, taken once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from service.storage import Database, Sealed, Sessions, Unavailable

NOW = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
ROW = Sealed("a", b"\x00sealed\xff", NOW + timedelta(minutes=5))


def test_a_row_is_found_until_its_time_is_over(database: Database) -> None:
    rows = Sessions(database)
    rows.keep(ROW, NOW)
    assert rows.find("a", NOW) == ROW
    assert rows.find("b", NOW) is None
    assert rows.find("a", ROW.expires_at) is None


def test_a_row_is_taken_once_and_not_when_its_time_is_over(database: Database) -> None:
    rows = Sessions(database)
    rows.keep(ROW, NOW)
    assert rows.take("a", NOW) == ROW
    assert rows.take("a", NOW) is None
    rows.keep(ROW, NOW)
    assert rows.take("a", ROW.expires_at) is None
    assert rows.take("a", NOW) is None


def test_rows_whose_time_is_over_are_swept(database: Database) -> None:
    rows = Sessions(database)
    rows.keep(ROW, NOW)
    rows.keep(Sealed("b", b"x", ROW.expires_at + timedelta(hours=1)), ROW.expires_at)
    assert rows.find("a", NOW) is None
    assert rows.find("b", NOW) is not None


def test_no_more_rows_are_kept_than_there_may_be(database: Database) -> None:
    rows = Sessions(database, most=2)
    rows.keep(ROW, NOW)
    rows.keep(Sealed("b", b"x", ROW.expires_at), NOW)
    with pytest.raises(Unavailable):
        rows.keep(Sealed("c", b"x", ROW.expires_at), NOW)
    assert rows.find("a", NOW) == ROW
    later = ROW.expires_at
    rows.keep(Sealed("c", b"x", later + timedelta(1)), later)


def test_a_row_that_is_gone_is_not_brought_back(database: Database) -> None:
    rows = Sessions(database)
    rows.keep(ROW, NOW)
    rows.replace(Sealed("a", b"newer", ROW.expires_at))
    assert rows.find("a", NOW) == Sealed("a", b"newer", ROW.expires_at)
    rows.remove("a")
    rows.remove("a")
    rows.replace(ROW)
    assert rows.find("a", NOW) is None


def test_what_is_sealed_is_in_no_text_of_the_row() -> None:
    assert "sealed" not in repr(ROW).replace("Sealed", "")
