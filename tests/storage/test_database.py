"""The database: where it lies, who may read it, how its tables come, and what happens while it is away."""

from __future__ import annotations

import logging
import multiprocessing
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from service.storage import BadDatabase, Database, Sealed, Sessions, Unavailable, counts
from service.storage import database as module
from service.storage.migrating import configuration, newest
from service.storage.tables import METADATA

TABLES = {"feedback", "accepted_suggestion", "smart_session", "alembic_version"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# Where


def test_without_a_setting_there_is_a_private_file_of_the_user_once_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    database = Database()
    database.start()
    assert list(tmp_path.iterdir()) == []
    assert counts(database) == ()
    folder = tmp_path / "spinemets"
    assert mode(folder) == 0o700
    assert {file.name for file in folder.iterdir()} >= {"spinemets.sqlite", "spinemets.sqlite-wal"}
    assert {mode(file) for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("state", ["", "relative"])
def test_without_a_state_folder_it_is_in_the_home_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    monkeypatch.setenv("HOME", str(tmp_path))
    counts(Database())
    assert (tmp_path / ".local" / "state" / "spinemets" / "spinemets.sqlite").is_file()


def test_a_file_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    file = tmp_path / "x.sqlite"
    file.touch(0o644)
    file.chmod(0o644)
    Database(f"sqlite:///{file}").start()
    assert mode(file) == 0o600


@pytest.mark.parametrize(
    "address",
    [
        "x",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///relative.sqlite",
        "sqlite+aiosqlite:////tmp/x.sqlite",
        "mysql://u:hidden@host/x",
        "oracle://u:hidden@host/x",
        "nonsense://u:hidden@host/x",
        "postgresql+pg8000://u:hidden@host/x",
        "postgresql+psycopg://u:hidden@host:port/x",
    ],
)
def test_a_setting_that_is_wrong_stops_the_start_and_never_says_the_password(address: str) -> None:
    with pytest.raises(BadDatabase, match="SPINEMETS_DATABASE") as raised:
        Database(address).start()
    assert "hidden" not in str(raised.value)


def test_a_file_that_cannot_be_one_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database, and long enough to be looked at as one" * 99)
    for file in (tmp_path, tmp_path / "no" / "such" / "folder", tmp_path / "text"):
        with pytest.raises(BadDatabase, match="SPINEMETS_DATABASE"):
            Database(f"sqlite:///{file}").start()


# Tables


def test_the_migrations_make_the_tables_that_the_code_uses(database: Database) -> None:
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def _looks(connection: Connection) -> dict[str, Any]:
    """All that a database knows of its tables."""
    found = inspect(connection)
    return {
        name: (
            [{**column, "type": str(column["type"])} for column in found.get_columns(name)],
            found.get_pk_constraint(name),
            found.get_foreign_keys(name),
            found.get_unique_constraints(name),
            sorted(found.get_indexes(name), key=str),
        )
        for name in sorted(found.get_table_names())
    }


def test_tables_that_are_made_at_once_are_those_that_the_migrations_make(database: Database) -> None:
    with database.writing() as connection:
        at_once = _looks(connection)
        for table in at_once:
            connection.execute(text(f"DROP TABLE {table}{' CASCADE' * (connection.dialect.name == 'postgresql')}"))
        command.upgrade(configuration(connection), "head")
        assert _looks(connection) == at_once
        assert at_once.keys() == {*METADATA.tables, "alembic_version"}


def test_tables_of_an_older_version_are_migrated(address: str) -> None:
    database = Database(address)
    with database.writing() as connection:
        command.downgrade(configuration(connection), "0001")
        assert "used_token" not in _looks(connection)
    database.close()
    with Database(address).writing() as connection:
        assert "used_token" in _looks(connection)


def test_the_newest_revision_is_known_without_alembic() -> None:
    assert newest() == ScriptDirectory.from_config(configuration()).get_current_head()


def test_the_last_migration_can_be_taken_back(database: Database) -> None:
    with database.writing() as connection:
        command.downgrade(configuration(connection), "base")
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() is None
        command.upgrade(configuration(connection), "head")
        assert compare_metadata(context, METADATA) == []


def test_tables_of_a_newer_version_stop_the_start_and_are_left_alone(address: str) -> None:
    database = Database(address)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(BadDatabase, match="newer version"):
        Database(address).start()
    with pytest.raises(Unavailable):
        counts(Database(address))


def test_many_processes_that_start_at_once_make_the_tables_once(address: str) -> None:
    method = multiprocessing.get_context("spawn")
    with method.Pool(4) as pool:
        assert pool.map(_start, [address] * 8) == [None] * 8
    assert counts(Database(address)) == ()


def _start(address: str) -> None:
    Database(address).start()


def test_a_process_that_was_forked_does_not_use_the_connections_of_its_parent(database: Database) -> None:
    with database.reading() as connection:
        ours = connection.connection.dbapi_connection
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            with database.reading() as theirs:
                same = theirs.connection.dbapi_connection is ours
            os.write(write, b"same" if same else b"other")
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 8) == b"other"
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_neither_the_application_nor_the_database_is_a_part_of_what_the_command_line_loads() -> None:
    code = "import sys, service.cli; sys.exit(', '.join({'alembic', 'sqlalchemy', 'flask'} & set(sys.modules)) or 0)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# Away


def test_a_database_that_is_locked_is_unavailable_and_the_next_call_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BUSY_S", 0.05)
    file = tmp_path / "x.sqlite"
    database = Database(f"sqlite:///{file}")
    assert counts(database) == ()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert counts(database) == ()  # readers do not wait
    with pytest.raises(Unavailable), database.writing():
        pass
    other.execute("ROLLBACK")
    with database.writing():
        pass
    other.close()


@pytest.mark.parametrize("used", [True, False], ids=["open", "not open yet"])
def test_a_file_that_is_moved_away_is_unavailable_and_none_is_made_in_its_place(tmp_path: Path, used: bool) -> None:
    file, aside = tmp_path / "x.sqlite", tmp_path / "aside.sqlite"
    database = Database(f"sqlite:///{file}")
    database.start()
    if used:
        database.ask()
    file.rename(aside)
    for _ in range(2):
        with pytest.raises(Unavailable):
            database.ask()
    assert not file.exists()
    aside.rename(file)
    database.ask()


def test_another_file_in_the_place_of_the_first_is_used(tmp_path: Path) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    file, copy = tmp_path / "x.sqlite", tmp_path / "copy.sqlite"
    database = Database(f"sqlite:///{copy}")
    Sessions(database).keep(Sealed("of the copy", b"x", now + timedelta(1)), now)
    database.close()
    database = Database(f"sqlite:///{file}")
    Sessions(database).keep(Sealed("of the first", b"x", now + timedelta(1)), now)
    for beside in tmp_path.glob("x.sqlite-*"):
        beside.unlink()
    copy.replace(file)
    assert Sessions(database).find("of the copy", now)
    assert Sessions(database).find("of the first", now) is None


def test_a_server_that_does_not_answer_does_not_stop_the_start_and_is_asked_again_after_a_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    database = Database("postgresql+psycopg://user:hidden@127.0.0.1:9/x")
    database.start()
    for _ in range(3):
        with pytest.raises(Unavailable):
            counts(database)
    tried = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(tried) == 2  # at the start, and at the first call
    assert "hidden" not in caplog.text
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)
    with pytest.raises(Unavailable):
        counts(database)


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    def fails() -> None:
        with database.writing() as connection:
            connection.execute(
                text("INSERT INTO smart_session (id, sealed, expires_at) VALUES ('a', 'b', '2030-01-01 00:00:00')")
            )
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM smart_session")).scalar_one() == 0


def test_what_was_to_be_written_is_in_no_message(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(Unavailable) as raised,
        database.writing() as connection,
    ):
        connection.execute(text("INSERT INTO no_such_table VALUES (:x)"), {"x": "Jane Doe"})
    assert "Jane" not in caplog.text + str(raised.value)
