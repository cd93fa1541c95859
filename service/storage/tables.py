"""The tables, as they are after the last migration."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, ForeignKey, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
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


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(naming_convention=_NAMES)


class FeedbackRow(Base):
    """What a user made of a card, once. It names no patient and no user."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("card", "outcome", "outcome_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(64), index=True)
    card: Mapped[str] = mapped_column(String(36))
    outcome: Mapped[str] = mapped_column(String(16))
    outcome_at: Mapped[datetime] = mapped_column(Instant)
    reason_code: Mapped[str | None] = mapped_column(String(256))
    reason_system: Mapped[str | None] = mapped_column(String(1024))
    comment: Mapped[str | None] = mapped_column(
        Text, comment="Free text of the user, which may speak of a patient: never logged, counted or passed on."
    )
    received_at: Mapped[datetime] = mapped_column(Instant)
    knowledge: Mapped[str] = mapped_column(String(32))
    """The version of the tables when the feedback came."""


class SuggestionRow(Base):
    """A suggestion of a card that was accepted."""

    __tablename__ = "accepted_suggestion"

    feedback_id: Mapped[int] = mapped_column(ForeignKey("feedback.id", ondelete="CASCADE"), primary_key=True)
    suggestion: Mapped[str] = mapped_column(String(64), primary_key=True)


class SessionRow(Base):
    """A launch under way, or a session, of a SMART user. Its content is sealed with a key that is not in here."""

    __tablename__ = "smart_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A hash of the secret that only the browser has."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)


class UsedTokenRow(Base):
    """A token that may be used once, and was. A hash of its issuer and of its own name; nothing of what it says."""

    __tablename__ = "used_token"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Instant, index=True)
