"""Brings the tables up to date: by one process at a time, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

#: The number of the lock is of no meaning; only whoever migrates these tables takes it.
_LOCK = 7_462_014_511


class NewerDatabase(Exception):
    """A newer version of the service has changed the tables."""


def configuration(connection: Connection | None = None) -> Config:
    """How alembic works on these tables; with a connection, on that one."""
    made = Config()
    folder = str(Path(__file__).with_name("migrations"))
    made.set_main_option("script_location", folder.replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def migrate(connection: Connection) -> None:
    """Brings the tables up to date, within the transaction of the connection.

    Several processes may do so at the same time: in SQLite the transaction itself is the lock, if it began as one that
    writes; in PostgreSQL there is a lock for it, which goes with the transaction.

    Raises:
        NewerDatabase: the tables are of a version that is not known here.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    config = configuration(connection)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == ScriptDirectory.from_config(config).get_current_head():
        return
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise NewerDatabase(
            "SPINEMETS_DATABASE: a newer version of the service has changed the tables. Run that version, or give "
            "another database."
        ) from None
