"""nginx with the configuration of the deployment, and an upstream that keeps what it gets."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tests.deploy.certificates import Authority, Given
from tests.support.serving import free_port

ROOT = Path(__file__).parents[2]
NGINX = ROOT / "deploy" / "nginx"
NAME = "cds.hospital.example"
_START_SECONDS = 60.0
_MAIN = """
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/start.log notice;
events {{ worker_connections 256; }}
http {{ include {folder}/spinemets.conf; }}
"""


def rendered(**variables: str) -> str:
    """The configuration, with the variables ``NGINX_...`` set, as ``render.sh`` writes it."""
    given = {f"NGINX_{name.upper()}": value for name, value in {"name": NAME, **variables}.items()}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NGINX_")}
    done = subprocess.run(
        [str(NGINX / "render.sh")], env={**kept, **given}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class _Named(HTTPAdapter):
    """Asks 127.0.0.1 by the name of the server, as a name service would have it."""

    def get_connection_with_tls_context(self, request, verify, proxies=None, cert=None):  # type: ignore[no-untyped-def]
        pool = super().get_connection_with_tls_context(request, verify, proxies, cert)
        pool.assert_hostname = NAME
        pool.conn_kw["server_hostname"] = NAME
        return pool


@dataclass(frozen=True)
class Proxy:
    """nginx as it runs."""

    folder: Path
    port: int
    plain_port: int
    authority: Authority

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def session(self, certificate: Given | None = None) -> requests.Session:
        """A caller who trusts the authority, and shows a certificate of his own where he has one."""
        made = requests.Session()
        made.trust_env = False
        made.verify = str(self.authority.file)
        made.headers["Host"] = NAME
        made.mount("https://", _Named())
        if certificate:
            made.cert = certificate.pair
        return made

    def raw(self) -> ssl.SSLSocket:
        """A connection by hand."""
        context = ssl.create_default_context(cafile=str(self.authority.file))
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 10), server_hostname=NAME)

    def lines(self, number: int) -> list[dict[str, Any]]:
        """The lines of the log, when there are so many: nginx writes one after it has answered."""
        path = self.folder / "access.log"
        until(lambda: path.exists() and path.read_text("utf-8").count("\n") >= number)
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]

    def logged(self) -> str:
        """All that nginx has written."""
        return "".join(path.read_text("utf-8") for path in self.folder.glob("*.log"))


@contextmanager
def nginx(folder: Path, upstream: int, *, clients: Authority | None = None, **variables: str) -> Iterator[Proxy]:
    """nginx in front of a port of this machine; with ``clients``, whose certificates it takes."""
    authority = Authority(folder, "authority")
    server = authority.give(NAME)
    tls = folder / "tls"
    tls.mkdir()
    shutil.copy(server.certificate, tls / "server.crt")
    shutil.copy(server.key, tls / "server.key")
    if clients:
        shutil.copy(clients.file, tls / "clients.crt")
        shutil.copy(NGINX / "client-certificates.conf", tls)
    temp = folder / "temp"
    temp.mkdir()
    proxy = Proxy(folder, free_port(), free_port(), authority)
    text = rendered(
        upstream=f"127.0.0.1:{upstream}",
        http_port=f"127.0.0.1:{proxy.plain_port}",
        https_port=f"127.0.0.1:{proxy.port}",
        log=f"{folder}/access.log",
        errors=f"{folder}/errors.log",
        temp=str(temp),
        **variables,
    )
    (folder / "spinemets.conf").write_text(text)
    (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, user="user root;" if os.getuid() == 0 else ""))
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")]
    judged = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    assert "[warn]" not in judged.stderr, judged.stderr
    process = subprocess.Popen(command)
    try:
        until(lambda: _answers(proxy.port), lambda: process.poll() is None)
        yield proxy
    finally:
        process.terminate()
        process.wait(timeout=30)


@dataclass(frozen=True)
class Kept:
    """The connections that a made-up upstream got, each with all its bytes."""

    port: int
    requests: list[bytes]


@contextmanager
def upstream(answers: Callable[[int], bytes | None]) -> Iterator[Kept]:
    """Takes one request after the other; the answer to number ``n``, or none and the connection ends."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept = Kept(listening.getsockname()[1], [])

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(10)
                    kept.requests.append(_read(connection))
                    answer = answers(len(kept.requests))
                    if answer is not None:
                        connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield kept
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def _read(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(65536)
    head, _, body = got.partition(b"\r\n\r\n")
    lines = [line.lower() for line in head.split(b"\r\n")]
    wanted = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
    while len(body) < wanted:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def until(ready: Callable[[], bool], goes_on: Callable[[], bool] = lambda: True) -> None:
    """Waits for something, as long as it can still come."""
    end = time.monotonic() + _START_SECONDS
    while not ready():
        assert goes_on(), "the server ended"
        assert time.monotonic() < end, "it does not come"
        time.sleep(0.02)
