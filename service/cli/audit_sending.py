"""``spinemets audit send``: the events of a trail to a FHIR server, from where it stopped the last time."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from tqdm import tqdm

from service.audit import START, NotARow, Row
from service.audit.rows import LONGEST, parsed
from service.cli import access
from service.cli.failure import Failure
from service.client import ExchangeFailed, Limits, Server, connect
from service.client.delivering import AT_A_TIME, deliver
from service.client.scopes import Scopes

_EVERY_S = 2.0
_LONGEST_PAUSE_S = 60.0
_SCOPE = Scopes((), ("AuditEvent",))


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the action to the parser."""
    parser = actions.add_parser(
        "send",
        help="send what is new to a FHIR server",
        description="Sends the events to a FHIR R4 server as AuditEvents, in transactions. It remembers beside the "
        "last FILE, in FILE.sent, how far it came at which server, and begins there the next time. What is sent "
        "again is there once.",
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+", help="the files of a trail, oldest first")
    parser.add_argument("--server", required=True, metavar="URL", help="base address of the server, of https")
    parser.add_argument("--follow", action="store_true", help="go on with what is written later, until interrupted")
    access.add(parser, "reading and writing AuditEvents")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    place = _Place(options.files[-1], options.server.rstrip("/"))
    try:
        with _progress() as bar:
            way = _Way(_connected(options), place, bar)
            for file in options.files[:-1]:
                with file.open("rb") as opened:
                    way.send(opened)
            # The same opened file is followed: by its name it may be another one by now.
            opened = options.files[-1].open("rb")
            try:
                way.send(opened)
                if options.follow:
                    opened = _follow(options.files[-1], opened, way)
            finally:
                opened.close()
    except ExchangeFailed as failed:
        raise Failure(f"{failed} What is not sent yet, after row {place.number}, is sent the next time.") from None
    except OSError as error:
        raise Failure(f"{error.filename}: {error.strerror}") from None
    print(f"sent     {way.sent} events, up to row {place.number}", file=sys.stderr)
    return 0


def _connected(options: argparse.Namespace) -> Server:
    who, where = access.auth(options, _SCOPE), access.reach(options)
    return connect(options.server, who, Limits(), reach=where, insecure_http=options.insecure_http)


@contextmanager
def _progress() -> Iterator[tqdm[Any]]:
    """A bar on standard error that is gone when the work is done; none where nobody looks."""
    with tqdm(unit=" events", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr) as bar:
        yield bar


class _Place:
    """How far the trail was sent to a server, kept beside the file."""

    def __init__(self, file: Path, server: str) -> None:
        self._beside = file.with_name(f"{file.name}.sent")
        self._server = server
        mine = self._kept().get(server, {"number": 0, "hash": START})
        self.number: int = mine["number"]
        self._hash: str = mine["hash"]

    def is_new(self, row: Row) -> bool:
        """Whether a row is to be sent.

        Raises:
            Failure: it is not of the trail that was sent before.
        """
        if not row.sound:
            raise Failure(
                f"Row {row.number} was changed after it was written. Verify the trail; nothing of it is sent."
            )
        if row.number == self.number and row.hash != self._hash:
            raise Failure(
                f"Row {row.number} is another one than was sent before. Verify the trail; to send another one from its "
                f"beginning, remove {self._beside}."
            )
        return row.number > self.number

    def go_on(self, listed: list[Row]) -> None:
        """These are sent.

        Raises:
            Failure: that cannot be kept.
        """
        self.number, self._hash = listed[-1].number, listed[-1].hash
        kept = {**self._kept(), self._server: {"number": self.number, "hash": self._hash}}
        part = self._beside.with_name(f"{self._beside.name}.{os.getpid()}.part")
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb") as opened:
            opened.write(orjson.dumps(kept))
        part.replace(self._beside)

    def _kept(self) -> dict[str, Any]:
        try:
            found = orjson.loads(self._beside.read_bytes())
            return {name: {"number": int(at["number"]), "hash": str(at["hash"])} for name, at in found.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Failure(
                f"{self._beside}: this is not what was kept there. Remove it; nothing is there twice."
            ) from None


@dataclass
class _Way:
    """The way of events to a server."""

    server: Server
    place: _Place
    bar: tqdm[Any]
    sent: int = 0

    def send(self, opened: BinaryIO) -> None:
        """Sends what is new in a file.

        Raises:
            ExchangeFailed: the server does not take it.
            Failure: rows are missing, or were changed.
        """
        new = filter(self.place.is_new, _whole(opened))
        while listed := list(islice(new, AT_A_TIME)):
            before = [self.place.number, *(row.number for row in listed)]
            if self.place.number and before != [*range(before[0], before[0] + len(before))]:
                raise Failure(f"After row {before[0]} some are missing. Give the files that were set aside as well.")
            deliver(self.server, listed)
            self.place.go_on(listed)
            self.sent += len(listed)
            self.bar.update(len(listed))


def _follow(file: Path, opened: BinaryIO, way: _Way) -> BinaryIO:
    """Sends what comes, until the process is told to end; a server that fails is tried again and again.

    ``opened`` is the file as far as it was sent; gives the one that is open at the end.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    pause = _EVERY_S
    while not stop.is_set():
        # Seen before its end is read: nothing is added to a file once it is set aside.
        aside = not os.path.samestat(os.fstat(opened.fileno()), file.stat())
        try:
            way.send(opened)
            pause = _EVERY_S
        except ExchangeFailed as failed:
            print(f"{failed} It is tried again.", file=sys.stderr, flush=True)
            opened.seek(0)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        else:
            if aside:
                opened.close()
                opened = file.open("rb")
                continue
        stop.wait(pause)
    return opened


def _whole(opened: BinaryIO) -> Iterator[Row]:
    """The rows from here on whose lines have an end: what is being written has none yet."""
    for line in iter(partial(_line, opened), b""):
        try:
            yield parsed(line.removesuffix(b"\n"))
        except NotARow:
            continue


def _line(opened: BinaryIO) -> bytes:
    at = opened.tell()
    line = opened.readline(LONGEST + 1)
    if line.endswith(b"\n"):
        return line
    opened.seek(at)
    return b""
