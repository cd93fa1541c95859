"""What alembic runs for a migration: on the connection that :mod:`service.storage.migrating` gives it."""

from __future__ import annotations

from alembic import context

from service.storage.tables import METADATA


def _run() -> None:
    connection = context.config.attributes["connection"]
    # Changes of a table are made by a copy of it in SQLite, which cannot change most of a table in place.
    context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


if __name__ == "env_py":  # the name under which alembic runs it; others may import it
    _run()
