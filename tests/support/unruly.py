"""A FHIR server that answers as another does, but for what it does to some of the answers on the wire."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.test import Client

from tests.support.fhir_server import Store

#: What is done with the head and the body of an answer.
Mischief = Callable[["Unruly", socket.socket, bytes, bytes], None]
#: A byte is sent so often by what trickles.
_STEP_S = 0.02
_STEPS = 1500


@dataclass
class Unruly:
    """The server, and what it does to answers whose method and path match, so many times."""

    store: Store
    matching: str = ""
    mischief: Mischief | None = None
    times: int = 10**6
    done: int = 0
    patient_to_the_end: bool = False
    """Whether somebody has waited for all of an answer that trickled."""
    ended: threading.Event = field(default_factory=threading.Event)

    def serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._one(connection)
            except OSError:  # the client has gone, which is the point of it
                return

    def _one(self, connection: socket.socket) -> None:
        reader = connection.makefile("rb")
        while line := reader.readline():
            method, path, _ = line.decode().split(" ")
            headers = {}
            while (head := reader.readline().decode().strip()) != "":
                name, _, value = head.partition(":")
                headers[name] = value.strip()
            body = reader.read(int(headers.get("Content-Length", 0)))
            given = Client(self.store).open(path, method=method, data=body, headers=headers)
            answer = given.get_data()
            kept = [f"{name}: {value}" for name, value in given.headers if name.lower() != "content-length"]
            made = "\r\n".join([f"HTTP/1.1 {given.status}", *kept, f"Content-Length: {len(answer)}", "", ""]).encode()
            if self.mischief and self.done < self.times and re.search(self.matching, f"{method} {path}"):
                self.done += 1
                self.mischief(self, connection, made, answer)
                return
            connection.sendall(made + answer)


@contextmanager
def unruly(store: Store) -> Iterator[Unruly]:
    """The server on a free port of 127.0.0.1, until the end of the block."""
    made = Unruly(store)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        store.base = f"http://127.0.0.1:{listening.getsockname()[1]}/fhir"

        def accept() -> None:
            while not made.ended.is_set():
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threading.Thread(target=made.serve, args=[connection], daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield made
        finally:
            made.ended.set()


def silent(server: Unruly, connection: socket.socket, head: bytes, body: bytes) -> None:
    """Says nothing, until the client goes."""
    connection.recv(1)


def _trickle(server: Unruly, connection: socket.socket, content: bytes) -> None:
    for number in range(_STEPS):
        connection.sendall(content[number : number + 1] or b" ")
        if server.ended.wait(_STEP_S):
            return
    server.patient_to_the_end = True


def trickling_head(server: Unruly, connection: socket.socket, head: bytes, body: bytes) -> None:
    """A byte now and then, of a head without end."""
    _trickle(server, connection, head.removesuffix(b"\r\n") + b"X-Long: " + b"a" * _STEPS)


def trickling_body(server: Unruly, connection: socket.socket, head: bytes, body: bytes) -> None:
    """A byte now and then, of a body that is longer than anyone waits for."""
    connection.sendall(re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % (_STEPS * 2), head))
    _trickle(server, connection, body)


def reset_after(part: float) -> Mischief:
    """The connection is reset when so much of the answer was sent: 0 nothing, 1 all but a byte."""

    def mischief(server: Unruly, connection: socket.socket, head: bytes, body: bytes) -> None:
        whole = head + body
        connection.sendall(whole[: int((len(whole) - 1) * part)])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return mischief


def closed_after(part: float) -> Mischief:
    """The connection is closed in good order when so much of the answer was sent."""

    def mischief(server: Unruly, connection: socket.socket, head: bytes, body: bytes) -> None:
        whole = head + body
        connection.sendall(whole[: int((len(whole) - 1) * part)])
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    return mischief


def replaced(change: Callable[[bytes, bytes], bytes]) -> Mischief:
    """Something else is sent than the answer."""

    def mischief(server: Unruly, connection: socket.socket, head: bytes, body: bytes) -> None:
        connection.sendall(change(head, body))
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)

    return mischief
