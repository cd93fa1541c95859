"""How gunicorn serves the application, on a laptop as in a container.

Sync workers, one per processor
    An assessment is computation without waiting, so threads or an event loop would gain nothing. A worker
    that dies takes one request with it. WEB_CONCURRENCY sets the number; set it where a container may use
    fewer processors than the host has.
Preload
    The terminology and the unit registry are read once and shared by the workers, and so is what answering
    the examples makes; an application that cannot start fails at once rather than in every worker.
Garbage collection
    What is loaded before the workers are made lives as long as they do: it is set aside, so that no
    collection goes through it, and its pages stay shared. What is left is collected seldom: nearly all of what
    an answer leaves behind goes without it, and a collection of all generations is a pause of some ten answers.
Bind to this machine
    The service speaks plain HTTP and trusts its neighbours: a proxy in front ends TLS and buffers slow
    clients. PORT changes the port, BIND the whole address (`0.0.0.0:8000` in a container).
Timeouts
    A Bundle of thousands of entries takes about a second; a worker silent for 30 is stuck and is replaced.
    On a stop signal, requests under way have `graceful_timeout` to finish, within the 30 seconds that
    Kubernetes grants.
Recycling
    Each worker is replaced after some thousand requests, against slow growth of memory; the jitter keeps
    them from leaving together.
Request limits
    The line has room for the launch and code parameters of SMART, a field for the JWT of a CDS client.
    The size of a body is the application's to limit: it answers with an OperationOutcome.
Logs
    No access log unless ACCESS_LOG names a file (`-` is stdout). Its format has the path without the query
    string and no referrer, for both can carry identifiers of a patient.
Control socket
    Off: it would be one more way in, and two servers of one user would share its path.
"""

import gc
import os
from pathlib import Path

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
proc_name = "spinemets"

worker_class = "sync"
workers = int(os.environ.get("WEB_CONCURRENCY") or os.cpu_count() or 1)
preload_app = True

timeout = 30
graceful_timeout = 25
max_requests = 2000
max_requests_jitter = 400

# The heartbeat is a file; on a busy disk its update can block a healthy worker until it is killed.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder in memory, made private by gunicorn

limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
forwarded_allow_ips = "127.0.0.1"

accesslog = os.environ.get("ACCESS_LOG") or None
access_log_format = '%(t)s "%(m)s %(U)s" %(s)s %(B)s bytes %(M)s ms'
errorlog = "-"

control_socket_disable = True


def when_ready(server):
    """Asks the application its first questions and sets aside what it has loaded, before the workers are made."""
    from service.api.warm import warm  # noqa: PLC0415  # when gunicorn reads this file, the application is not loaded

    warm(server.app.wsgi())
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
