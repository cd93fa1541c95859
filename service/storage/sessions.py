"""What is kept of SMART sessions: content that is sealed, under a name that says nothing, for a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from service.storage.database import Database, Unavailable
from service.storage.tables import SESSION

#: Anybody may begin a launch, and each takes a row for some minutes.
MOST = 10_000


@dataclass(frozen=True)
class Sealed:
    """A row: what it holds cannot be read here."""

    name: str
    content: bytes = field(repr=False)
    expires_at: datetime


class Sessions:
    """The sealed rows."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._most = most

    def keep(self, row: Sealed, now: datetime) -> None:
        """Keeps a row, and removes those whose time is over.

        Raises:
            Unavailable: the database does not answer, or holds too many.
        """
        with self._database.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.expires_at <= now))
            if (connection.execute(select(func.count()).select_from(SESSION)).scalar_one()) >= self._most:
                raise Unavailable
            values = {"id": row.name, "sealed": row.content, "expires_at": row.expires_at}
            connection.execute(insert(SESSION).values(values))

    def find(self, name: str, now: datetime) -> Sealed | None:
        """The row of a name, if its time is not over.

        Raises:
            Unavailable: the database does not answer.
        """
        wanted = select(SESSION.c.sealed, SESSION.c.expires_at).where(SESSION.c.id == name, SESSION.c.expires_at > now)
        with self._database.reading() as connection:
            found = connection.execute(wanted).one_or_none()
        return Sealed(name, found[0], found[1]) if found else None

    def take(self, name: str, now: datetime) -> Sealed | None:
        """The row of a name, which is gone after; only one caller gets it.

        Raises:
            Unavailable: the database does not answer.
        """
        gone = delete(SESSION).where(SESSION.c.id == name).returning(SESSION.c.sealed, SESSION.c.expires_at)
        with self._database.writing() as connection:
            found = connection.execute(gone).one_or_none()
        return Sealed(name, found[0], found[1]) if found and found[1] > now else None

    def replace(self, row: Sealed) -> None:
        """Gives a row another content; one that is gone stays so.

        Raises:
            Unavailable: the database does not answer.
        """
        values = {"sealed": row.content, "expires_at": row.expires_at}
        with self._database.writing() as connection:
            connection.execute(update(SESSION).where(SESSION.c.id == row.name).values(values))

    def remove(self, name: str) -> None:
        """Removes a row, where there is one.

        Raises:
            Unavailable: the database does not answer.
        """
        with self._database.writing() as connection:
            connection.execute(delete(SESSION).where(SESSION.c.id == name))
