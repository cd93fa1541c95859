"""Brings the tables up to date: by one process at a time, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Connection,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from service.storage.tables import METADATA

if TYPE_CHECKING:
    from alembic.config import Config

#: The number of the lock is of no meaning; only whoever migrates these tables takes it.
_LOCK = 7_462_014_511
_FOLDER = Path(__file__).with_name("migrations")
#: Where alembic notes the revision, as it makes it itself.
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


class NewerDatabase(Exception):
    """A newer version of the service has changed the tables."""


def configuration(connection: Connection | None = None) -> Config:
    """How alembic works on these tables; with a connection, on that one."""
    from alembic.config import Config  # noqa: PLC0415  # as below

    made = Config()
    made.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
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
    revision = _revision(connection)
    if revision == newest():
        return
    if revision is None and not set(METADATA.tables) & set(inspect(connection).get_table_names()):
        # What all migrations would come to.
        METADATA.create_all(connection)
        _VERSION.create(connection, checkfirst=True)
        connection.execute(insert(_VERSION).values(version_num=newest()))
        return
    from alembic import command  # noqa: PLC0415  # it takes long to load, and the tables are mostly up to date
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        command.upgrade(configuration(connection), "head")
    except CommandError:
        raise NewerDatabase(
            "SPINEMETS_DATABASE: a newer version of the service has changed the tables. Run that version, or give "
            "another database."
        ) from None


def newest() -> str:
    """The revision of the tables that this version uses: that of the last file, which begins with ``v`` and its number.

    >>> newest().isdecimal()
    True
    """
    return max(file.name for file in (_FOLDER / "versions").glob("v*.py"))[1:].partition("_")[0]


def _revision(connection: Connection) -> str | None:
    """The revision of the tables that are there; None where there are none."""
    if not connection.dialect.has_table(connection, _VERSION.name):
        return None
    found: str | None = connection.execute(select(_VERSION.c.version_num)).scalar()
    return found
