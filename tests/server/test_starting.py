"""A start that comes to nothing says why in one plain line, whatever file is the wrong one."""

from __future__ import annotations

import http.client
from pathlib import Path

import pytest

from service.server.starting import or_ended
from tests.server.test_gunicorn_conf import started
from tests.support.serving import serving

HERE = {"SPINEMETS_PUBLIC_URL": "http://127.0.0.1"}


@pytest.mark.parametrize("error", [ValueError("It is\nwrong."), RuntimeError("It is\nwrong.")])
def test_what_is_wrong_with_the_settings_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, or_ended():
        raise error
    assert ended.value.code == 2
    assert capsys.readouterr().err == "spinemets: It is\\u{a}wrong.\n"


def test_a_file_that_cannot_be_used_is_said_without_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), or_ended():
        raise FileNotFoundError(2, "No such file or directory", "/secret")
    told = capsys.readouterr().err
    assert "No such file or directory" in told
    assert "secret" not in told


def test_a_fault_of_ours_keeps_its_trace() -> None:
    with pytest.raises(KeyError), or_ended():
        raise KeyError("name")


@pytest.mark.parametrize("name", ["ACCESS", "AUDIT", "DATABASE", "JOBS", "MAPS", "METRICS", "POLICIES", "TOKEN_KEY"])
def test_a_file_that_is_another_stops_the_start_with_a_line(name: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\x00 = Zwiebelfisch")
    wrong.chmod(0o644)
    (tmp_path / "access.toml").write_text('[[certificate]]\nsha256 = "' + "ab" * 32 + '"\nname = "A"\n')
    given = {f"SPINEMETS_{name}": f"sqlite:///{wrong}" if name == "DATABASE" else str(wrong)}
    access = {"SPINEMETS_ACCESS": str(tmp_path / "access.toml")} if name == "TOKEN_KEY" else {}
    done = started(BIND="127.0.0.1:0", XDG_STATE_HOME=str(tmp_path / "state"), **{**HERE, **access, **given})
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if '"level":"info"' not in line]
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("spinemets: ")
    assert "Zwiebelfisch" not in done.stderr


def test_no_header_of_a_caller_moves_the_application(tmp_path: Path) -> None:
    """A proxy that passes such a header on would ask for one path, and the application would answer for another."""
    with serving(tmp_path, workers=1) as served:
        for name in ("SCRIPT_NAME", "PATH_INFO"):
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
            connection.request("GET", "/x/metrics", headers={name: "/x" if name == "SCRIPT_NAME" else "/metrics"})
            assert connection.getresponse().status == 404
            connection.close()


@pytest.mark.parametrize("app", ["wrong_answer", "broken_door"])
def test_an_application_that_does_not_answer_its_questions_ends_and_leaves_no_worker(app: str) -> None:
    done = started(f"tests.support.wrong_app:{app}()", PORT="0")
    assert done.returncode == 2
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("spinemets: ")]
    assert "known answer" in said or "does not answer" in said
    # A worker that was left behind would hold the pipe of standard error, and run would not have returned.
    assert "Traceback" not in done.stderr
