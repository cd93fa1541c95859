"""Feedback on cards: kept once each, and counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from service.storage.database import Database
from service.storage.tables import FEEDBACK, SUGGESTION, insert_new


@dataclass(frozen=True)
class Feedback:
    """What a user made of a card."""

    card: str
    """The UUID of the card."""
    outcome: str
    """``accepted`` or ``overridden``."""
    outcome_at: datetime
    suggestions: tuple[str, ...] = ()
    """The ids of the suggestions that were accepted."""
    reason_code: str | None = None
    reason_system: str | None = None
    comment: str | None = field(default=None, repr=False)
    """Free text, which may speak of a patient."""


@dataclass(frozen=True)
class Count:
    """How often a service had an outcome, with one reason."""

    service: str
    outcome: str
    reason_code: str | None
    number: int


def keep(database: Database, service: str, given: Sequence[Feedback], *, now: datetime, knowledge: str) -> None:
    """Keeps all feedback of one call, or none. What is there already, by card, outcome and time, stays as it is.

    Raises:
        Unavailable: the database does not answer; nothing is kept.
    """
    with database.writing() as connection:
        for each in given:
            name = {"card": each.card, "outcome": each.outcome, "outcome_at": each.outcome_at}
            row = {
                **name,
                "service": service,
                "reason_code": each.reason_code,
                "reason_system": each.reason_system,
                "comment": each.comment,
                "received_at": now,
                "knowledge": knowledge,
            }
            connection.execute(insert_new(connection, FEEDBACK), [row])
            if each.suggestions:
                same = (FEEDBACK.c[column] == value for column, value in name.items())
                number = connection.execute(select(FEEDBACK.c.id).where(*same)).scalar_one()
                wanted = [{"feedback_id": number, "suggestion": one} for one in dict.fromkeys(each.suggestions)]
                connection.execute(insert_new(connection, SUGGESTION), wanted)


def counts(database: Database) -> tuple[Count, ...]:
    """How often each service had each outcome, by the reason that was given.

    Raises:
        Unavailable: the database does not answer.
    """
    by = (FEEDBACK.c.service, FEEDBACK.c.outcome, FEEDBACK.c.reason_code)
    with database.reading() as connection:
        found = connection.execute(select(*by, func.count()).group_by(*by)).all()
    return tuple(sorted((Count(*row) for row in found), key=lambda c: (c.service, c.outcome, c.reason_code or "")))
