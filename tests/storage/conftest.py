"""Databases: SQLite always, and PostgreSQL where ``POSTGRESQL_URL`` names one whose tables may be dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from service.storage import Database

POSTGRESQL = os.environ.get("POSTGRESQL_URL", "")
WITHOUT = pytest.mark.skipif(not POSTGRESQL, reason="POSTGRESQL_URL names no PostgreSQL to try")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=WITHOUT)])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/spinemets.sqlite"
        return
    engine = create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for table in ("accepted_suggestion", "feedback", "smart_session", "used_token", "alembic_version"):
            connection.execute(text(f"DROP TABLE IF EXISTS {table}"))
    engine.dispose()
    yield POSTGRESQL


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = Database(address)
    yield made
    made.close()
