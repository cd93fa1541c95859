"""The database of the service: which one, how it is reached, and what happens while it cannot be.

The application is made before its workers are, and a connection does not survive a fork. So each process makes an
engine of its own, when it first needs one.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from service.storage.location import default_file, make_private
from service.storage.migrating import NewerDatabase, migrate

_log = logging.getLogger("spinemets")
#: How long a caller waits for another one's write. A sync worker must not be held for longer.
_BUSY_S = 2
_CONNECT_S = 2
_STATEMENT_MS = 5000
#: After a failure to prepare the database the next try waits, so that callers are refused at once meanwhile.
_PAUSE_S = 5.0
_NO_FILE = frozenset((sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOTADB))
_BEGIN = "spinemets_begin"


class BadDatabase(ValueError):
    """The database that is set cannot be used; the message says why, and never holds the password."""


class Unavailable(Exception):
    """The database does not answer now. What was to be written is not written."""


class Database:
    """One database, for all threads and processes."""

    def __init__(self, address: str | None = None) -> None:
        """``address`` is a URL for SQLAlchemy; without it, an SQLite file of the user, made when it is first needed.

        Raises:
            BadDatabase: the URL is not one, or leads to a database that cannot be used here.
        """
        self._given = bool(address)
        self._url = _url(address) if address else None
        self._engine: Engine | None = None
        self._process = 0
        self._file_seen: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._failed_at: float | None = None

    def start(self) -> None:
        """Brings a database that was set up to date, and lets go of it again, for workers that are made later.

        One that does not answer is tried again when it is needed: only its users have to wait for it.

        Raises:
            BadDatabase: it can never be used, or a newer version of the service has changed its tables.
        """
        if not self._given:
            return
        try:
            self._prepared().dispose()
            self._file_seen = self._identity()
        except NewerDatabase as newer:
            raise BadDatabase(str(newer)) from None
        except (SQLAlchemyError, OSError) as error:
            if isinstance(error, OSError) or _is_no_file(error):
                message = "SPINEMETS_DATABASE: the SQLite file cannot be used. Make its folder, and let it be written; "
                raise BadDatabase(f"{message}a file that is no database has to go.") from None
            _log.warning("the database does not answer (%s); feedback and SMART sessions wait for it", _kind(error))

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads.

        Raises:
            Unavailable: the database does not answer.
        """
        with self._transaction("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is done at the end, or nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    def ask(self) -> None:
        """Asks the smallest question.

        Raises:
            Unavailable: the database does not answer.
        """
        with self.reading() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        """Lets go of all connections of this process; the next use makes them anew."""
        with self._lock:
            if self._engine is not None and self._process == os.getpid():
                self._engine.dispose()
            self._engine = None

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        engine = self._made().execution_options(**{_BEGIN: begin})
        try:
            with engine.begin() as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            _log.warning("the database fails: %s", _kind(error))
            raise Unavailable from None

    def _made(self) -> Engine:
        """The engine of this process, with the tables up to date."""
        with self._lock:
            in_place = self._is_in_place()
            if self._engine is not None and self._process == os.getpid():
                if in_place:
                    return self._engine
                self._engine.dispose()
                self._engine = None
            if self._failed_at is not None and time.monotonic() < self._failed_at + _PAUSE_S:
                raise Unavailable
            try:
                engine = self._prepared()
            except (SQLAlchemyError, OSError, NewerDatabase) as error:
                self._failed_at = time.monotonic()
                _log.warning("the database cannot be used: %s", _kind(error))
                raise Unavailable from None
            self._failed_at = None
            self._engine, self._process, self._file_seen = engine, os.getpid(), self._identity()
            return engine

    def _is_in_place(self) -> bool:
        """Whether the file of SQLite is the one that was used: a connection goes on in one that was moved or deleted.

        Raises:
            Unavailable: there is none. Another one is not made in its place while the server runs: what is in the old
                one, such as the tokens that were used, would be forgotten.
        """
        found = self._identity()
        if found is None and self._file_seen is not None:
            _log.warning("the database cannot be used: its file was moved or deleted")
            raise Unavailable
        return found == self._file_seen

    def _identity(self) -> tuple[int, int] | None:
        """The device and the number of the file; None without one."""
        file = self._file()
        try:
            found = file.stat() if file is not None else None
        except OSError:
            return None
        return (found.st_dev, found.st_ino) if found is not None else None

    def _prepared(self) -> Engine:
        file = self._file()
        if file is not None:
            make_private(file, folder=not self._given)
        engine = create_engine(self._url or URL.create("sqlite", database=str(file)), **self._options())
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _connected)
            event.listen(engine, "begin", _begun)
        try:
            with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).begin() as connection:
                migrate(connection)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _file(self) -> Path | None:
        if self._url is None:
            return default_file()
        return Path(self._url.database or "") if self._url.get_backend_name() == "sqlite" else None

    def _options(self) -> dict[str, Any]:
        # What is bound to a statement is what users wrote: it is never part of a message.
        common: dict[str, Any] = {"hide_parameters": True, "pool_timeout": _BUSY_S, "pool_size": 2, "max_overflow": 8}
        if self._url is None or self._url.get_backend_name() == "sqlite":
            return {**common, "connect_args": {"timeout": _BUSY_S, "check_same_thread": False}}
        arguments = {"connect_timeout": _CONNECT_S, "options": f"-c statement_timeout={_STATEMENT_MS}"}
        return {**common, "pool_pre_ping": True, "pool_recycle": 1800, "connect_args": arguments}


def _url(address: str) -> URL:
    """A URL that leads to a database which can be used here.

    Raises:
        BadDatabase: it does not.
    """
    wrong = (
        "SPINEMETS_DATABASE is not the URL of a database. Give sqlite:////path/to/file or "
        "postgresql+psycopg://user:password@host/name."
    )
    try:
        url = make_url(address)
        kind = url.get_backend_name()
        url.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, ValueError):
        raise BadDatabase(wrong) from None
    except ImportError:
        message = (
            f"SPINEMETS_DATABASE: the driver of {url.drivername} is not installed. Install spinemets-cds[postgresql], "
            "and begin the URL with postgresql+psycopg://."
        )
        raise BadDatabase(message) from None
    if kind not in ("sqlite", "postgresql"):
        raise BadDatabase(wrong)
    if kind == "sqlite" and (url.drivername not in ("sqlite", "sqlite+pysqlite") or not _is_path(url.database)):
        message = "SPINEMETS_DATABASE names no file. Give its whole path: sqlite:////path/to/file."
        raise BadDatabase(message)
    return url


def _is_path(database: str | None) -> bool:
    """Whether it is a file that all processes see as the same."""
    return bool(database) and Path(database or "").is_absolute()


def _is_no_file(error: Exception) -> bool:
    """Whether SQLite says that a file can never be used: it cannot be opened or written, or is something else."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF in _NO_FILE


def _kind(error: Exception) -> str:
    """What failed, in a word. What the driver says can hold what was to be written."""
    return type(error.__cause__ or error).__name__


def _connected(connection: Any, _: Any) -> None:
    """Prepares a connection of SQLite: the log beside the file lets readers and a writer work at the same time."""
    connection.isolation_level = None  # transactions begin where they are said to, and not at the first change
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_S * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
    cursor.close()


def _begun(connection: Connection) -> None:
    """Begins a transaction; one that will write takes its turn at once, for later it could no longer wait for it."""
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN IMMEDIATE"))
