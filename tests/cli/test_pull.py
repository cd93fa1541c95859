"""``spinemets pull``: the record of a server, the answer on standard output, and one line when it cannot be done."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from joserfc.jwk import ECKey

from service.cli import main
from tests.support import answers as a
from tests.support.fhir_server import Fault, Store, serving
from tests.support.records import bundle, metastasis, observation, primary
from tests.support.stored import ROOT


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(Store()) as running:
        running.load(bundle(metastasis(), primary("breast"), observation("ecog", 1, name="ecog")))
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy server is asked again at once."""
    monkeypatch.setattr("time.sleep", lambda _: None)


class Ran:
    def __init__(self, capture: pytest.CaptureFixture[bytes], code: int) -> None:
        self.code = code
        captured = capture.readouterr()
        self.out: bytes = captured.out
        self.err: str = captured.err.decode()


@pytest.fixture
def pull(store: Store, capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    def call(*arguments: str | Path, server: str | None = None, patient: str = "p1") -> Ran:
        where = ["pull", "--server", server or store.base, "--patient", patient]
        code = main([*where, *map(str, arguments)])
        sys.stdout.flush()
        return Ran(capfdbinary, code)

    return call


def check_bad(ran: Ran, *words: str) -> None:
    assert (ran.code, ran.out) == (2, b""), ran.err
    assert ran.err.startswith("spinemets: ")
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "p1" not in ran.err
    for word in words:
        assert word in ran.err


def test_the_answer_is_on_standard_output_and_a_summary_on_standard_error(pull: Any) -> None:
    ran = pull("--as-of", "2026-10-02")
    assert ran.code == 0
    made = orjson.loads(ran.out)
    assert (made["type"], made["timestamp"]) == ("collection", "2026-10-02T00:00:00Z")
    assert a.one(made, "CarePlan")["subject"]["reference"] == "Patient/p1"
    assert "read     Patient 1, Observation 3\n" in ran.err
    assert "written" not in ran.err
    assert "p1" not in ran.err


def test_the_answer_is_that_of_assess_for_the_same_record(pull: Any, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(orjson.dumps(bundle(metastasis(), primary("breast"), observation("ecog", 1, name="ecog"))))
    main(["assess", str(path), "--as-of", "2026-10-02", "--format", "text"])
    sys.stdout.flush()
    assert pull("--as-of", "2026-10-02", "--format", "text").out.startswith(b"TUMOUR OF THE SPINE")


def test_without_write_back_nothing_is_sent(pull: Any, store: Store) -> None:
    pull()
    assert not [path for path in store.paths() if not path.startswith("GET ")]


def test_write_back_twice_writes_once_and_answers_the_same(pull: Any, store: Store) -> None:
    first = pull("--write-back", "--as-of", "2026-10-02")
    held = {name: r["meta"]["versionId"] for name, r in store.held.items()}
    second = pull("--write-back", "--as-of", "2026-10-02")
    assert first.out == second.out
    assert held == {name: r["meta"]["versionId"] for name, r in store.held.items()}
    assert ", updated 0, unchanged 0, withdrawn 0\n" in first.err
    assert "written  created 0, updated 0, " in second.err
    assert "results that were written from here earlier" in second.err


def test_options_of_the_assessment_are_obeyed(pull: Any, tmp_path: Path) -> None:
    policy = tmp_path / "policy.json"
    policy.write_text('{"name": "here", "stale_after_days": 1, "use_stale": false}')
    made = orjson.loads(pull("--as-of", "2026-10-02", "--assume-complete").out)
    assert a.score(made, "tomita")["status"] == "final"
    made = orjson.loads(pull("--as-of", "2026-10-30", "--policy", policy).out)
    assert "policy here" in a.one(made, "Provenance")["agent"][0]["who"]["display"]


def test_since_does_nothing_where_nothing_has_changed(pull: Any, store: Store) -> None:
    ran = pull("--since", "2026-10-03T00:00:00Z", "--write-back")
    assert (ran.code, ran.out) == (0, b"")
    assert "nothing has changed" in ran.err
    assert not store.paths("POST")
    assert pull("--since", "2026-10-01").out


def test_what_the_server_does_not_give_is_named(pull: Any, store: Store) -> None:
    store.everything = False
    store.refuses["ImagingStudy"] = 403
    assert "note     ImagingStudy is not read: the server refuses the search (HTTP 403)\n" in pull().err


def test_pages_may_be_made_smaller(pull: Any, store: Store) -> None:
    assert pull("--page-size", "1").code == 0
    assert any("_count=1&" in path for path in store.paths())
    check_bad(pull("--page-size", "0"), "--page-size")


# Access


def test_a_token_comes_from_the_environment(pull: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.token_needed = lambda token: token == "top-secret"
    monkeypatch.setenv("FHIR_TOKEN", "top-secret")
    assert pull("--token-env", "FHIR_TOKEN").code == 0
    monkeypatch.setenv("FHIR_TOKEN", "wrong-secret")
    ran = pull("--token-env", "FHIR_TOKEN")
    check_bad(ran, "HTTP 401")
    assert "secret" not in ran.err


def test_a_client_signs_with_a_key_from_a_file(pull: Any, store: Store, tmp_path: Path) -> None:
    from werkzeug import Request, Response  # noqa: PLC0415  # only here

    forms: list[dict[str, str]] = []

    def token(request: Request) -> Response:
        forms.append(dict(request.form))
        return Response('{"access_token": "t", "token_type": "bearer"}', content_type="application/json")

    store.other_paths["token"] = token
    store.token_needed = lambda given: given == "t"
    path = tmp_path / "key.pem"
    path.write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    access = ("--client-id", "spine", "--key", path, "--token-url", f"{store.base}/token")
    assert pull(*access, "--write-back").code == 0
    assert "system/CarePlan.crus" in forms[0]["scope"]
    assert pull(*access, "--scope", "system/*.read").code == 0
    assert forms[1]["scope"] == "system/*.read"


def test_a_client_secret_comes_from_the_environment(pull: Any, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "word")
    store.faults.append(Fault("POST token", 200, body=b'{"access_token": "t", "token_type": "bearer"}'))
    access = ("--client-id", "spine", "--client-secret-env", "SECRET", "--token-url", f"{store.base}/token")
    assert pull(*access).code == 0
    assert store.calls[-1][2]["Authorization"] == "Bearer t"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--token-env", "NOT_THERE"), "NOT_THERE is not set"),
        (("--client-id", "x"), "--key or --client-secret-env"),
        (("--key", "x"), "need --client-id"),
        (("--key", "no-such-file", "--client-id", "x"), "no-such-file"),
        (("--key", "setup.cfg", "--client-id", "x"), "key cannot be used"),
        (("--key", "x", "--token-env", "Y"), "give one"),
        (("--as-of", "soon"), "--as-of"),
        (("--as-of", ""), "--as-of"),
        (("--since", "soon"), "--since"),
        (("--policy", "no-such-file"), "no-such-file"),
    ],
)
def test_what_is_wrong_with_the_call_is_said_before_the_server_is_asked(
    pull: Any, store: Store, arguments: tuple[str, ...], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    check_bad(pull(*arguments), words)
    assert not store.calls


# Failure


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("hospital.example", "whole of it"),
        ("http://hospital.example/fhir", "not https"),
        ("https://a:b@hospital.example/fhir", "password"),
    ],
)
def test_an_address_that_is_none_is_one_line(pull: Any, server: str, words: str) -> None:
    check_bad(pull(server=server), words)


@pytest.mark.parametrize("patient", ["Patient/p1", "p1/../p2", "", "p1\n"])
def test_an_id_that_is_none_is_one_line(pull: Any, patient: str) -> None:
    check_bad(pull(patient=patient), "not the id of a Patient")


def test_a_patient_that_is_not_there_is_one_line(pull: Any) -> None:
    ran = pull(patient="unknown-person")
    check_bad(ran, "HTTP 404")
    assert "unknown-person" not in ran.err


def test_another_version_of_fhir_is_one_line(pull: Any, store: Store) -> None:
    store.statement = lambda made: {**made, "fhirVersion": "3.0.2"}
    check_bad(pull(), "STU3")


def test_a_server_that_does_not_answer_is_one_line(pull: Any, store: Store) -> None:
    store.faults.append(Fault(".", times=99))
    check_bad(pull(), "connection")


def test_a_record_that_cannot_be_assessed_is_one_line_without_the_patient(pull: Any, store: Store) -> None:
    store.put(observation("ecog", 9, name="wrong"))
    check_bad(pull("--write-back"), "cannot be assessed", "Observation/wrong.value")
    store.held.pop(("Observation", "wrong"))
    store.put({"resourceType": "Patient", "id": "p1", "birthDate": "yesterday"})
    check_bad(pull("--write-back"), "cannot be assessed", ": Patient")
    assert not store.paths("POST")


def test_results_that_cannot_be_written_leave_no_answer_behind(pull: Any, store: Store) -> None:
    store.faults.append(Fault("POST", 422))
    check_bad(pull("--write-back"), "Nothing was written")
    store.statement = lambda made: {**made, "rest": [{**made["rest"][0], "interaction": []}]}
    check_bad(pull("--write-back"), "no transactions")


# The bar


def run(store: Store, **more: Any) -> Any:
    command = [sys.executable, "-m", "service", "pull", "--server", store.base, "--patient", "p1"]
    return subprocess.run(command, cwd=ROOT, timeout=60, check=False, stdout=subprocess.PIPE, **more)


def test_no_bar_is_drawn_where_nobody_looks(store: Store) -> None:
    done = run(store, stderr=subprocess.PIPE)
    assert done.returncode == 0
    assert done.stdout.startswith(b'{\n  "resourceType": "Bundle"')
    assert b"\r" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_on_a_terminal_a_bar_shows_how_far_it_is(store: Store) -> None:
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    done = run(store, stderr=follower)
    os.close(follower)
    shown = io.FileIO(leader).read(65_536) or b""
    assert done.returncode == 0
    assert b"resources" in shown
    assert b"\r" in shown
    assert b"p1" not in shown
