"""Tokens that may be used once, by a hash of who made them and of their name."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

from sqlalchemy import delete

from service.storage.database import Database
from service.storage.tables import USED_TOKEN, insert_new

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
        with self._database.writing() as connection:
            if self._is_time_to_prune():
                connection.execute(delete(USED_TOKEN).where(USED_TOKEN.c.expires_at <= datetime.now(UTC)))
            values = {"id": name, "expires_at": until}
            new = insert_new(connection, USED_TOKEN).values(values).returning(USED_TOKEN.c.id)
            # What comes back is what was inserted; the number of rows of an INSERT is not known with every driver.
            return connection.execute(new).first() is not None

    def _is_time_to_prune(self) -> bool:
        with self._lock:
            if time.monotonic() - self._pruned < _PRUNE_EVERY_S:
                return False
            self._pruned = time.monotonic()
            return True
