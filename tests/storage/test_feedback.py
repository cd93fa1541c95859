"""Feedback is kept once, whole, and counted."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from service.storage import Count, Database, Feedback, Unavailable, counts, keep

NOW = datetime(2026, 10, 1, 9, 30, tzinfo=UTC)
CARD = "f8d7b8a2-1d60-4a0a-9a4a-1d2f2d0f1c11"
ACCEPTED = Feedback(CARD, "accepted", NOW, ("s1", "s2"))
OVERRIDDEN = Feedback(CARD, "overridden", NOW, (), "not-fit", None, "the family decided")


def kept(database: Database, *given: Feedback, service: str = "view") -> None:
    keep(database, service, given, now=NOW, knowledge="2026.10")


def rows(database: Database, table: str) -> int:
    with database.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def test_the_same_feedback_is_kept_once_however_often_it_comes(database: Database) -> None:
    kept(database, ACCEPTED, ACCEPTED)
    kept(database, ACCEPTED)
    elsewhere = datetime(2026, 10, 1, 11, 30, tzinfo=timezone(timedelta(hours=2)))  # the same moment
    kept(database, Feedback(CARD, "accepted", elsewhere, ("s2", "s3")))
    assert rows(database, "feedback") == 1
    assert rows(database, "accepted_suggestion") == 3


def test_another_outcome_or_time_of_the_same_card_is_other_feedback(database: Database) -> None:
    kept(database, ACCEPTED, OVERRIDDEN, Feedback(CARD, "accepted", NOW + timedelta(milliseconds=1)))
    assert rows(database, "feedback") == 3


def test_all_of_a_call_is_kept_or_nothing(database: Database) -> None:
    broken = Feedback(CARD, None, NOW)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        kept(database, ACCEPTED, broken)
    assert rows(database, "feedback") == 0


def test_counts_are_by_service_outcome_and_reason(database: Database) -> None:
    kept(database, ACCEPTED, OVERRIDDEN)
    kept(database, Feedback(CARD, "overridden", NOW + timedelta(1), (), "not-fit"))
    kept(database, Feedback(CARD, "overridden", NOW + timedelta(2)), service="sign")
    assert counts(database) == (
        Count("sign", "overridden", None, 1),
        Count("view", "accepted", None, 1),
        Count("view", "overridden", "not-fit", 2),
    )


def test_many_who_send_the_same_at_once_make_one_row(database: Database) -> None:
    kept(database)
    failures: list[BaseException] = []

    def send() -> None:
        try:
            kept(database, ACCEPTED, OVERRIDDEN)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert rows(database, "feedback") == 2
    assert rows(database, "accepted_suggestion") == 2


def test_a_comment_is_in_no_text_of_the_feedback() -> None:
    assert "family" not in repr(OVERRIDDEN)
