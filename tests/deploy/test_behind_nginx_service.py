"""The service as it is deployed behind nginx as it is deployed: workers that die, and who callers are."""

from __future__ import annotations

import os
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, Queue

from tests.deploy.certificates import Authority
from tests.deploy.proxies import NAME, nginx
from tests.support.serving import serving
from tests.support.stored import EXAMPLES

ASSESS = "/fhir/$assess-spinal-tumour"
FHIR = {"Content-Type": "application/fhir+json"}
CALLERS, CALLS, ANSWERS_TO_A_KILL = 4, 20, 12
ACCESS = """
[[certificate]]
name = "engine"
sha256 = "{fingerprint}"
scopes = ["system/RiskAssessment.c"]
"""


def test_no_record_is_lost_when_workers_are_killed_under_load(tmp_path: Path) -> None:
    record = next(EXAMPLES.glob("*.json")).read_bytes()
    settings = {"anyone_may_call": "true", "trusted_proxies": "127.0.0.1", "public_url": f"https://{NAME}"}
    with serving(tmp_path, **settings) as served, nginx(tmp_path, served.port, rate="1000r/s", burst="1000") as proxy:
        answered: Queue[tuple[int, bytes]] = Queue()

        def call(_: int) -> None:
            with proxy.session() as session:
                for _ in range(CALLS):
                    answer = session.post(f"{proxy.url}{ASSESS}", data=record, headers=FHIR, timeout=60)
                    answered.put((answer.status_code, answer.content))

        with ThreadPoolExecutor(CALLERS) as pool:
            calling = [pool.submit(call, number) for number in range(CALLERS)]
            answers: list[tuple[int, bytes]] = []
            while len(answers) < CALLERS * CALLS and not any(each.done() and each.exception() for each in calling):
                try:
                    answers.append(answered.get(timeout=1))
                except Empty:
                    continue
                # By answers and not by time: a record that is sent again is to be done before the next worker dies.
                if len(answers) % ANSWERS_TO_A_KILL == 0:
                    os.kill(served.workers()[0], signal.SIGKILL)
            for each in calling:
                each.result()
        assert Counter(status for status, _ in answers) == {200: CALLERS * CALLS}, proxy.logged()
        assert len({body for _, body in answers}) == 1


def test_a_caller_with_a_certificate_may_have_a_record_assessed_and_one_without_may_not(tmp_path: Path) -> None:
    record = next(EXAMPLES.glob("*.json")).read_bytes()
    clients = Authority(tmp_path, "clients")
    engine, stranger = clients.give("engine"), clients.give("stranger")
    access = tmp_path / "access.toml"
    access.write_text(ACCESS.format(fingerprint=engine.sha256))
    settings = {"access": access, "trusted_proxies": "127.0.0.1", "public_url": f"https://{NAME}"}
    forged = {"X-Client-Certificate": engine.certificate.read_text().replace("\n", "%0A")}
    with serving(tmp_path, **settings) as served, nginx(tmp_path, served.port, clients=clients) as proxy:
        url = f"{proxy.url}{ASSESS}"
        assert proxy.session(engine).post(url, data=record, headers=FHIR, timeout=60).status_code == 200
        for refused in (
            proxy.session().post(url, data=record, headers=FHIR, timeout=60),
            proxy.session().post(url, data=record, headers={**FHIR, **forged}, timeout=60),
            proxy.session(stranger).post(url, data=record, headers=FHIR, timeout=60),
        ):
            assert refused.status_code == 401
            assert refused.json()["resourceType"] == "OperationOutcome"
        assert proxy.session().get(f"{proxy.url}/cds-services", timeout=60).status_code == 200


def test_headers_for_security_are_there_once(tmp_path: Path) -> None:
    settings = {"anyone_may_call": "true", "trusted_proxies": "127.0.0.1", "public_url": f"https://{NAME}"}
    with serving(tmp_path, **settings) as served, nginx(tmp_path, served.port) as proxy:
        for path in ("/fhir/metadata", "/knowledge", "/healthz"):
            answer = proxy.session().get(f"{proxy.url}{path}", timeout=60)
            assert answer.status_code == 200
            names = [name.lower() for name in answer.raw.headers]
            assert len(names) == len(set(names))
            assert {"strict-transport-security", "content-security-policy", "x-content-type-options"} <= set(names)
