"""Processes that write an answer to a FHIR server, and can be killed: the command line, and a click in an EHR.

They are forked from a server that has loaded everything, so that a hundred of them take no longer than they have to.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import cast

from service.assess import assess
from service.cli import main
from service.client import ExchangeFailed
from service.client.user import Client
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from service.outgoing.reach import Reach
from service.pipeline import Site
from service.smart.keeper import Keeper
from service.smart.opened import Opened
from service.smart.session import Session
from service.smart.writing_back import Wish, write_back
from tests.support.records import AS_OF, bundle, condition, metastasis, observation, patient, primary

RECORD = bundle(
    patient("p1"),
    metastasis(),
    primary("breast"),
    observation("ecog", 1, name="ecog"),
    condition("C79.51", name="bone"),
)
FORM = {
    "resourceType": "QuestionnaireResponse",
    "status": "completed",
    "item": [{"linkId": "karnofsky", "answer": [{"valueInteger": 80}]}],
}
NOW = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
_END_SECONDS = 60.0

# What a first assessment loads is loaded before the fork.
answer(assess(RECORD, when(AS_OF)), "transaction")


def pull(base: str, patient: str, log: Path) -> None:
    """``spinemets pull --write-back``."""
    with log.open("w", encoding="utf-8") as written:
        os.dup2(written.fileno(), sys.stdout.fileno())
        os.dup2(written.fileno(), sys.stderr.fileno())
        sys.exit(main(["pull", "--server", base, "--patient", patient, "--as-of", AS_OF, "--write-back"]))


def click(base: str, patient: str, log: Path) -> None:
    """The write-back of the SMART page, with answers of the form."""
    later = time.time() + 3600
    session = Session(base, patient, "patient/*.cruds", f"{base}/token", "token", later, later)
    # The token is good for an hour, so nothing is looked up in a database.
    opened = Opened(session, Client("spine-app"), cast(Keeper, None), "secret", "handle", Reach.of([base]))
    try:
        write_back(opened, Wish(form=FORM), Site(), NOW)
    except ExchangeFailed as failed:
        log.write_text(str(failed), "utf-8")
        sys.exit(2)


WRITERS = {"pull": pull, "click": click}
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__])


@dataclass
class Writer:
    """A process that writes."""

    process: ForkServerProcess
    log: Path
    _started: threading.Event

    def kill(self) -> None:
        """Ends it at once; it is gone on return."""
        self._started.wait(_END_SECONDS)
        handle = os.pidfd_open(self.process.pid or 0)
        try:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            select.select([handle], [], [], _END_SECONDS)
        finally:
            os.close(handle)

    def begin(self) -> None:
        self.process.start()
        self._started.set()

    def end(self) -> int:
        """Waits for it; gives its exit code, which is -9 where it was killed."""
        self.process.join(_END_SECONDS)
        assert self.process.exitcode is not None, "the writer hangs"
        return self.process.exitcode


def writer(kind: str, base: str, patient: str, log: Path) -> Writer:
    """A process that is not started yet."""
    target: Callable[[str, str, Path], None] = WRITERS[kind]
    process = _CONTEXT.Process(target=target, args=(base, patient, log), daemon=True)
    return Writer(process, log, threading.Event())
