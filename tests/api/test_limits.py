"""Limits of bodies as settings, and what the server refuses before the application is asked."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
from werkzeug.test import create_environ

from service.api.app import create_app
from service.api.limits import BROKEN_OFF, BUSY, REFUSED, STOPPING, TimeIsOver
from service.api.settings import Settings
from tests.support.records import bundle, metastasis, observation

ASSESS = "/fhir/$assess-spinal-tumour"
RECORD = bundle(metastasis(), *(observation("ecog", 1, name=f"e{n}") for n in range(20)))
BODY = orjson.dumps(RECORD)
FHIR = {"Content-Type": "application/fhir+json"}


def told(response: Any) -> tuple[int, str]:
    return response.status_code, response.get_json(force=True)["issue"][0]["diagnostics"]


@pytest.mark.parametrize(
    ("setting", "limit"),
    [("max_body_bytes", len(BODY) - 1), ("max_entries", 10), ("max_findings", 10)],
)
def test_what_is_beyond_a_setting_gets_413_naming_it(setting: str, limit: int) -> None:
    client = create_app(Settings(**{setting: limit})).test_client()
    status, message = told(client.post(ASSESS, data=BODY, headers=FHIR))
    assert status == 413
    assert f"SPINEMETS_{setting.upper()}" in message


def test_a_body_is_judged_as_it_is_sent_and_as_it_is_unpacked() -> None:
    packed = gzip.compress(BODY)
    zipped = {**FHIR, "Content-Encoding": "gzip"}
    roomy = create_app(Settings(max_body_bytes=len(packed), max_decompressed_bytes=len(BODY))).test_client()
    assert roomy.post(ASSESS, data=packed, headers=zipped).status_code == 200
    assert roomy.post(ASSESS, data=BODY, headers=FHIR).status_code == 413
    tight = create_app(Settings(max_decompressed_bytes=len(BODY) - 1)).test_client()
    status, message = told(tight.post(ASSESS, data=packed, headers=zipped))
    assert status == 413
    assert "SPINEMETS_MAX_DECOMPRESSED_BYTES" in message


@pytest.mark.parametrize("refusal", [BUSY, STOPPING])
@pytest.mark.parametrize("path", [ASSESS, "/cds-services/spinal-tumour-patient-view", "/nowhere"])
def test_what_the_server_refuses_is_answered_as_any_refusal_and_nothing_is_done(refusal: Any, path: str) -> None:
    client = create_app(Settings()).test_client()
    response = client.post(path, data=BODY, headers=FHIR, environ_overrides={REFUSED: refusal})
    assert told(response) == (503, refusal.problems[0].message)
    assert response.headers["Retry-After"]
    assert response.headers["X-Request-Id"]


def test_who_opens_the_page_of_a_busy_server_sees_a_page() -> None:
    response = create_app(Settings()).test_client().get("/app", environ_overrides={REFUSED: BUSY})
    assert response.status_code == 503
    assert response.mimetype == "text/html"


def test_what_is_broken_off_is_refused_and_its_worker_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise TimeIsOver

    monkeypatch.setattr("service.api.fhir.answered", never)
    environ = create_environ(ASSESS, method="POST", data=BODY, headers=FHIR, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    said: list[str] = []
    answer = b"".join(create_app(Settings())(environ, lambda status, headers, *_: said.append(status)))
    assert said[0].startswith("503")
    assert b"SPINEMETS_REQUEST_SECONDS" in answer
    assert environ[BROKEN_OFF]
