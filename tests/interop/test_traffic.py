"""What an integration engine sends: many messages at once, some of them the same, to the service as it is deployed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests.interop.hapi import FHIR_JSON, free_port
from tests.support.stored import EXAMPLES, ROOT, contract_path

SENDERS = 8
MESSAGES = 10


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service behind gunicorn, with the configuration of the deployment."""
    port = free_port()
    gunicorn = Path(sys.executable).with_name("gunicorn")
    command = [str(gunicorn), "-c", "deploy/gunicorn.conf.py", "service.api.app:create_app()"]
    environment = {**os.environ, "PORT": str(port), "WEB_CONCURRENCY": "2"}
    with (tmp_path_factory.mktemp("gunicorn") / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        yield f"http://127.0.0.1:{port}/fhir/$assess-spinal-tumour"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            assert requests.get(url, timeout=10).status_code == 200
        except requests.ConnectionError:
            assert process.poll() is None, "gunicorn ended"
            assert time.monotonic() < end, "gunicorn does not answer"
            time.sleep(0.1)
        else:
            return


def _send(url: str, messages: list[bytes]) -> list[list[tuple[int, bytes]]]:
    """Every sender sends the messages in turn over its own connection, from a place of its own."""

    def sender(number: int) -> list[tuple[int, bytes]]:
        found = []
        with requests.Session() as session:
            session.headers["Content-Type"] = FHIR_JSON
            for step in range(MESSAGES):
                message = messages[(number + step) % len(messages)]
                response = session.post(url, data=message, timeout=60)
                found.append((response.status_code, response.content))
        return found

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(sender, range(SENDERS)))


def test_equal_messages_at_once_get_equal_answers(service: str) -> None:
    message = contract_path("a").read_bytes()
    (answer,) = {answer for answers in _send(service, [message]) for answer in answers}
    assert answer[0] == 200


def test_different_messages_at_once_each_get_their_own_answer(service: str) -> None:
    names = ["kidney-complete", "breast-two-levels", "prostate-emergency", "lung-conflict", "colon-no-spinal-tumour"]
    messages = [EXAMPLES.joinpath(f"{name}.json").read_bytes() for name in names]
    messages += [b'{"resourceType": "Bundle"', messages[0].replace(b'"Patient/', b'"Patient/x', 1)]
    alone = [
        (response.status_code, response.content)
        for response in (
            requests.post(service, data=message, headers={"Content-Type": FHIR_JSON}, timeout=60)
            for message in messages
        )
    ]
    assert {status for status, _ in alone} <= {200, 400, 422}
    for number, answers in enumerate(_send(service, messages)):
        for step, (status, content) in enumerate(answers):
            assert (status, content) == alone[(number + step) % len(messages)]
