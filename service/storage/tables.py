"""The tables, as they are after the last migration."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

#: Constraints have names, so that a migration can change them.
_NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """A moment, kept as UTC; SQLite knows no zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: All tables.
METADATA = MetaData(naming_convention=_NAMES)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("service", String(64), nullable=False, index=True),
    Column("card", String(36), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("outcome_at", Instant, nullable=False),
    Column("reason_code", String(256)),
    Column("reason_system", String(1024)),
    Column(
        "comment",
        Text,
        comment="Free text of the user, which may speak of a patient: never logged, counted or passed on.",
    ),
    Column("received_at", Instant, nullable=False),
    Column("knowledge", String(32), nullable=False),
    UniqueConstraint("card", "outcome", "outcome_at"),
)
"""What a user made of a card, once, with the version of the knowledge at that time. It names no patient and no user."""

SUGGESTION = Table(
    "accepted_suggestion",
    METADATA,
    Column("feedback_id", ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True),
    Column("suggestion", String(64), primary_key=True),
)
"""A suggestion of a card that was accepted."""

SESSION = Table(
    "smart_session",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""A launch under way, or a session, of a SMART user. Its id is a hash of the secret that only the browser has, and its
content is sealed with a key that is not in here."""

USED_TOKEN = Table(
    "used_token",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False, index=True),
)
"""A token that may be used once, and was. A hash of its issuer and of its own name; nothing of what it says."""


def insert_new(connection: Connection, table: Table) -> Any:
    """An INSERT that leaves alone what is there already."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  # it is loaded where it is used, and takes long

        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
