"""``spinemets settings``: what is in force and from where, and what is wrong with it before the server starts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, KeySet

from service.api.settings import BadSettings, Settings, origins, strangers
from service.cli import checking, main

Call = Callable[..., tuple[int, str, list[str]]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs the command with these variables; gives the exit code, what is printed, and the lines on standard error."""
    for name in list(os.environ):
        if name.startswith("SPINEMETS_") or name in ("BIND", "PORT"):
            monkeypatch.delenv(name)

    def call(*arguments: str, **variables: object) -> tuple[int, str, list[str]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, str(value))
        code = main(["settings", *arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err.splitlines()

    return call


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The application is made, and does not answer its own questions: what a test is about is found before that."""
    monkeypatch.setattr(checking, "warm", lambda app: app)


def test_every_setting_is_printed_with_what_is_in_force_and_where_it_was_given(command: Call, tmp_path: Path) -> None:
    file, secret = tmp_path / "settings.toml", tmp_path / "secret"
    file.write_text('max_jobs = 3\nlog_level = "debug"\n')
    secret.write_text("hidden-in-a-file")
    code, out, _ = command(
        SPINEMETS_CONFIG=file,
        SPINEMETS_LOG_LEVEL="warning",
        SPINEMETS_DATABASE="postgresql+psycopg://user:hidden@db.example/x",
        SPINEMETS_SMART_CLIENT_ID="app",
        SPINEMETS_SMART_CLIENT_SECRET_FILE=secret,
        SPINEMETS_FHIR_SERVERS="https://ehr.example/fhir",
        SPINEMETS_TERMINOLOGY_SERVER="https://user:hidden@terms.example/fhir",
    )
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in out.splitlines()}
    assert code == 0
    assert rows.keys() == {f"SPINEMETS_{each.name.upper()}" for each in fields(Settings)}
    assert rows["SPINEMETS_MAX_JOBS"].split() == ["3", "SPINEMETS_CONFIG"]
    assert rows["SPINEMETS_LOG_LEVEL"].split() == ["warning", "SPINEMETS_LOG_LEVEL"]
    assert rows["SPINEMETS_JOB_SECONDS"].split() == ["3600", "default"]
    assert rows["SPINEMETS_DATABASE"].startswith("(set, not shown)")
    assert rows["SPINEMETS_SMART_CLIENT_SECRET"].endswith(" SPINEMETS_SMART_CLIENT_SECRET_FILE")
    assert "hidden" not in out


def test_settings_that_are_right_are_said_to_be(command: Call) -> None:
    code, out, wrong = command("--check")
    assert (code, wrong) == (0, [])
    assert "right" in out


def test_a_setting_that_cannot_be_is_said_without_its_value(command: Call) -> None:
    code, out, wrong = command("--check", SPINEMETS_MAX_JOBS="hidden")
    assert (code, out, len(wrong)) == (2, "", 1)
    assert wrong[0].startswith("spinemets: SPINEMETS_MAX_JOBS: ")
    assert "hidden" not in wrong[0]


def test_all_that_is_wrong_is_said_at_once_a_line_each(command: Call, tmp_path: Path) -> None:
    policies, maps, jobs = (tmp_path / name for name in ("policies", "maps", "jobs"))
    for folder in (policies, maps):
        folder.mkdir()
    jobs.mkdir(mode=0o755)
    (policies / "bad.json").write_text("{")
    (maps / "bad.json").write_text("{")
    (tmp_path / "file").write_text("")
    code, _, wrong = command(
        "--check",
        BIND="0.0.0.0:8000",
        SPINEMETS_POLICIE=policies,
        SPINEMETS_POLICIES=policies,
        SPINEMETS_MAPS=maps,
        SPINEMETS_DATABASE="postgresql+nothing://user:hidden@host/x",
        SPINEMETS_JOBS=jobs,
        SPINEMETS_METRICS=tmp_path / "file" / "metrics",
        SPINEMETS_AUDIT=tmp_path / "file" / "audit.jsonl",
    )
    assert code == 2
    assert all(line.startswith("spinemets: ") for line in wrong)
    for part in (
        "SPINEMETS_POLICIE is",
        "SPINEMETS_POLICIES: ",
        "SPINEMETS_MAPS: ",
        "DATABASE",
        "JOBS",
        "METRICS",
        "AUDIT",
        "would be open",
    ):
        assert sum(part in line for line in wrong) >= 1, part
    assert len(wrong) == 8
    assert not any("hidden" in line for line in wrong)


@pytest.mark.usefixtures("unasked")
def test_keys_that_cannot_be_used_are_said_before_the_start(command: Call, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("hidden")
    code, _, wrong = command(
        "--check",
        SPINEMETS_AUDIT=tmp_path / "audit.jsonl",
        SPINEMETS_AUDIT_KEY=tmp_path / "short",
        SPINEMETS_TOKEN_KEY=tmp_path / "short",
    )
    assert code == 2
    assert [line.split(":")[1] for line in wrong] == [" SPINEMETS_TOKEN_KEY", " SPINEMETS_AUDIT_KEY"]
    assert not any("hidden" in line for line in wrong)
    assert not (tmp_path / "audit.jsonl").exists()


@pytest.mark.usefixtures("unasked")
def test_an_audit_trail_that_is_no_file_is_said(command: Call, tmp_path: Path) -> None:
    code, _, wrong = command("--check", SPINEMETS_AUDIT=tmp_path)
    assert (code, len(wrong)) == (2, 1)
    assert "SPINEMETS_AUDIT" in wrong[0]


@pytest.mark.usefixtures("unasked")
def test_folders_that_the_server_does_not_make_have_to_be_there(command: Call, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    code, _, wrong = command(
        "--check", SPINEMETS_AUDIT=nowhere / "audit.jsonl", SPINEMETS_DATABASE=f"sqlite:///{nowhere}/x.sqlite"
    )
    assert (code, len(wrong)) == (2, 2)
    assert [each.removeprefix("spinemets: ").split(":")[0] for each in wrong] == [
        "SPINEMETS_DATABASE",
        "SPINEMETS_AUDIT",
    ]
    assert not nowhere.exists()


@pytest.mark.usefixtures("unasked")
def test_a_folder_of_maps_without_any_and_proxies_that_are_everybody_are_said(command: Call, tmp_path: Path) -> None:
    code, _, wrong = command("--check", SPINEMETS_MAPS=tmp_path)
    assert (code, len(wrong)) == (2, 1)
    assert "SPINEMETS_MAPS: " in wrong[0]
    assert "no map is in it" in wrong[0]
    code, _, wrong = command("--check", SPINEMETS_TRUSTED_PROXIES="0.0.0.0/0")
    assert (code, len(wrong)) == (2, 1)
    assert wrong[0].startswith("spinemets: SPINEMETS_TRUSTED_PROXIES: These are all addresses")


def test_a_port_that_is_none_is_said_in_a_line(command: Call, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command("--check", PORT="hidden")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "spinemets: PORT is a number up to 65535. Correct it.\n"


@pytest.mark.usefixtures("unasked")
def test_whoever_checks_without_the_settings_of_the_site_is_told_so(command: Call) -> None:
    assert "None of them is given" in command("--check")[1]
    assert "1 are given" in command("--check", SPINEMETS_MAX_JOBS="3")[1]


def test_a_file_of_who_may_call_that_is_wrong_is_said(command: Call, tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text("[[issuer]]\nnonsense = 1\n")
    code, _, wrong = command(
        "--check", SPINEMETS_ACCESS=tmp_path / "access.toml", SPINEMETS_PUBLIC_URL="https://hospital.example"
    )
    assert (code, len(wrong)) == (2, 1)
    assert "SPINEMETS_ACCESS" in wrong[0]


def test_a_server_that_asks_who_calls_can_answer_its_own_questions(command: Call, tmp_path: Path) -> None:
    keys = KeySet([ECKey.generate_key("P-384", {"kid": "1", "use": "sig"})])
    (tmp_path / "keys.json").write_text(json.dumps(keys.as_dict(private=False)))
    (tmp_path / "access.toml").write_text(
        '[[issuer]]\nname = "login"\niss = "https://login.hospital.example"\njwks = "keys.json"\n'
    )
    code, _, wrong = command(
        "--check",
        BIND="0.0.0.0:8000",
        SPINEMETS_ACCESS=tmp_path / "access.toml",
        SPINEMETS_PUBLIC_URL="https://hospital.example",
    )
    assert (code, wrong) == (0, [])


def test_checking_makes_and_changes_nothing(command: Call, tmp_path: Path) -> None:
    folder = tmp_path / "new"
    code, _, wrong = command(
        "--check",
        SPINEMETS_JOBS=folder / "jobs",
        SPINEMETS_AUDIT=tmp_path / "audit.jsonl",
        SPINEMETS_METRICS=folder / "metrics",
        SPINEMETS_DATABASE=f"sqlite:///{tmp_path}/db",
        XDG_STATE_HOME=tmp_path / "state",
    )
    assert (code, wrong) == (0, [])
    assert not list(tmp_path.iterdir())


def test_a_value_cannot_end_the_line_that_it_stands_on(command: Call) -> None:
    _, out, _ = command(
        SPINEMETS_SMART_CLIENT_ID="app\nSPINEMETS_ACCESS  everyone\x1b[2J",
        SPINEMETS_FHIR_SERVERS="https://ehr.example/fhir",
    )
    assert len(out.splitlines()) == len(fields(Settings))
    assert "\x1b" not in out


def test_where_a_setting_comes_from_is_known_for_each_that_is_given(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("max_jobs = 3\n")
    given = {"SPINEMETS_CONFIG": str(file), "SPINEMETS_MAX_DEPTH": "20", "SPINEMETS_JOBS": ""}
    assert origins(given) == {"max_jobs": "SPINEMETS_CONFIG", "max_depth": "SPINEMETS_MAX_DEPTH"}
    with pytest.raises(BadSettings):
        origins({"SPINEMETS_CONFIG": str(tmp_path / "none")})


def test_a_variable_that_is_no_setting_is_found() -> None:
    given = dict.fromkeys(("SPINEMETS_CONFIG", "SPINEMETS_JOBS", "SPINEMETS_DATABASE_FILE", "PATH"), "x")
    assert strangers({**given, "SPINEMETS_POLICIE": "x"}) == ["SPINEMETS_POLICIE"]


def test_a_key_in_the_query_of_an_address_is_not_shown(command: Call) -> None:
    listed = "https://a.example/fhir?key=Zwiebelfisch,https://b.example/fhir"
    code, told, _ = command(SPINEMETS_FHIR_SERVERS=listed)
    assert code == 0
    assert "Zwiebelfisch" not in told
    assert "https://a.example/fhir?..., https://b.example/fhir" in told
