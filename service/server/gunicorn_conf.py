"""How gunicorn serves the application, on a laptop as in a container.

Sync workers, one per processor
    An assessment is computation without waiting, so threads or an event loop would gain nothing. A worker
    that dies takes one request with it. WEB_CONCURRENCY sets the number; set it where a container may use
    fewer processors than the host has.
Preload
    The terminology and the unit registry are read once and shared by the workers, and so is what answering
    the examples makes; an application that cannot start fails at once rather than in every worker. It is loaded
    here and not by gunicorn's own setting, which would answer a wrong file with a trace.
The first second
    What callers ask first takes several times as long as later. So the questions are asked here once for all
    workers, which takes longer than all else of the start. Meanwhile one worker serves already; what it was
    asked, it has loaded for itself alone, so it leaves when that is done.
Garbage collection
    What is loaded before the workers are made lives as long as they do: it is set aside, so that no
    collection goes through it, and its pages stay shared. What is left is collected seldom: nearly all of what
    an answer leaves behind goes without it, and a collection of all generations is a pause of some ten answers.
Bind to this machine
    The service speaks plain HTTP and trusts its neighbours: a proxy in front ends TLS and buffers slow
    clients. PORT changes the port, BIND the whole address (`0.0.0.0:8000` in a container).
Timeouts
    The worker ends a request by itself after SPINEMETS_REQUEST_SECONDS. A worker that is silent for a while
    longer is stuck where nothing interrupts it, and is replaced. On a stop signal, requests under way and those
    that wait have `graceful_timeout`, within the 30 seconds that Kubernetes grants.
Recycling
    Each worker is replaced after some thousand requests, against slow growth of memory; the jitter keeps
    them from leaving together.
Request limits
    The line has room for the launch and code parameters of SMART, a field for the JWT of a CDS client.
    The size of a body is the application's to limit: it answers with an OperationOutcome.
Logs
    The application says one line for each request itself, so gunicorn has no access log.
Control socket
    Off: it would be one more way in, and two servers of one user would share its path.
"""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import Any

from service.api.settings import Settings
from service.callers.openness import refuse_open
from service.operations import slots
from service.server import starting, stopping


def _workers() -> int:
    given = os.environ.get("WEB_CONCURRENCY") or str(os.cpu_count() or 1)
    if not given.isascii() or not given.isdigit() or not 0 < int(given) < 1000:
        raise ValueError("WEB_CONCURRENCY is a number of processes, 1 or more. Correct it.")
    return int(given)


def _bind() -> str:
    port = os.environ.get("PORT") or "8000"
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("PORT is a number up to 65535. Correct it.")
    return os.environ.get("BIND") or f"127.0.0.1:{port}"


with starting.or_ended():
    workers = _workers()
    bind = _bind()
    _of_service = Settings.from_environment()

proc_name = "spinemets"

worker_class = "service.server.worker.Worker"

timeout = _of_service.request_seconds + 15
graceful_timeout = max(_of_service.drain_seconds, _of_service.request_seconds) + 5
max_requests = 2000
max_requests_jitter = 400

# The heartbeat is a file; on a busy disk its update can block a healthy worker until it is killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  # in memory, made private by gunicorn

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
forwarded_allow_ips = "127.0.0.1"
# A proxy may pass on what callers send: nobody's header says by which path the application is reached.
forwarder_headers = ""

logger_class = "service.server.logger.Logger"
errorlog = "-"

control_socket_disable = True


def on_starting(server: Any) -> None:
    """Before there is a socket: loads the application. A server that others can reach does not start open."""
    with starting.or_ended():
        refuse_open(server.cfg.bind, _of_service)
        server.app.wsgi()
        slots.begin(_of_service.metrics)


def when_ready(server: Any) -> None:
    """Serves at once, by one worker; then asks all first questions, and has workers that share what these have loaded.

    The first worker leaves, as one that is recycled does, and is replaced by one that shares it, too.
    """
    from service.api import warm  # noqa: PLC0415  # when gunicorn reads this file, the application is not loaded

    stopping.watch(server)
    try:
        with starting.or_ended():
            warm.check(server.app.wsgi())
    except SystemExit:
        server.halt(exit_status=2)
    first = server.spawn_worker()
    try:
        with starting.or_ended():
            warm.warm(server.app.wsgi())
    except SystemExit:
        server.halt(exit_status=2)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    server.kill_worker(first, signal.SIGTERM)


def pre_fork(server: Any, worker: Any) -> None:
    """What a worker shares with the others."""
    worker.stopping = server.stopping
    slots.lend(worker)


def post_fork(server: Any, worker: Any) -> None:
    """In the new worker."""
    slots.become(worker)


def post_worker_init(worker: Any) -> None:
    """In a worker that is about to serve: it reads the keys of callers before somebody calls."""
    from service.api.callers import warm  # noqa: PLC0415  # as above

    warm(worker.app.wsgi())


def worker_exit(server: Any, worker: Any) -> None:
    """In a worker that ends by itself."""
    slots.leave(worker)


def child_exit(server: Any, worker: Any) -> None:
    """A worker has ended, in whatever way."""
    slots.give_back(worker)


def on_exit(server: Any) -> None:
    """The end of the server."""
    slots.end()
