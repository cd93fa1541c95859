"""Tokens that may be used once, by a hash of who made them and of their name."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.dialects import postgresql, sqlite

from service.storage.database import Database
from service.storage.tables import UsedTokenRow

_PRUNE_EVERY_S = 60


class UsedTokens:
    """The tokens that were used and have not expired."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._pruned = 0.0

    def first(self, name: str, until: datetime) -> bool:
        """Whether a name comes for the first time. Of several who ask at once, one is told so.

        Raises:
            Unavailable: the database does not answer.
        """
        table: Table = UsedTokenRow.__table__  # type: ignore[assignment]  # a mapped class has a Table
        with self._database.writing() as connection:
            if self._is_time_to_prune():
                connection.execute(delete(UsedTokenRow).where(UsedTokenRow.expires_at <= datetime.now(UTC)))
            insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
            values = {"id": name, "expires_at": until}
            new = insert(table).values(values).on_conflict_do_nothing().returning(UsedTokenRow.id)
            # What comes back is what was inserted; the number of rows of an INSERT is not known with every driver.
            return connection.execute(new).first() is not None

    def _is_time_to_prune(self) -> bool:
        with self._lock:
            if time.monotonic() - self._pruned < _PRUNE_EVERY_S:
                return False
            self._pruned = time.monotonic()
            return True
