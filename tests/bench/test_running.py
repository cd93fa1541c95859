"""The suite runs, as far as it can without measuring: one round of next to nothing in every section."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import assessment, cds, cohort, history, memory, over_http, starting
from tests.bench.figures import SECTIONS, SIZES
from tests.bench.healthchain import environment
from tests.bench.serving import ROOT

_EXAMPLE = ROOT / "examples" / "prostate-emergency.json"


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *arguments]
    own = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, check=False)


def test_every_section_runs_and_keeps_nothing_of_so_small_a_run() -> None:
    before = history.FILE.read_bytes()
    done = _run("--smallest")
    assert done.returncode == 0, done.stderr
    told = done.stdout
    for words in (
        "whole assessment",
        "assessment, 50 entries",
        "spinemets-cds",
        "s to ready",
        "orjson.loads MB",
        "after 4 calls, not shared",
        "patients/s and core",
        "s in all.",
    ):
        assert words in told
    assert ("HealthChain  " in told) != (
        "Left out: cds, HealthChain: its environment is not there or out of date" in told
    )
    assert [line.split()[1] for line in done.stderr.splitlines() if line.startswith("[")] == [
        f"{each}," for each in SECTIONS
    ]
    assert history.FILE.read_bytes() == before


def test_records_of_a_folder_are_measured_and_what_is_none_is_counted(tmp_path: Path) -> None:
    shutil.copy(_EXAMPLE, tmp_path / "secret-name.json")
    (tmp_path / "more").mkdir()
    two = [{"resource": {"resourceType": "Patient", "id": name}} for name in ("a", "b")]
    refused = {"resourceType": "Bundle", "type": "collection", "entry": two}
    (tmp_path / "more" / "refused.json").write_text(json.dumps(refused))
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "broken.json").write_text("{")
    done = _run("--only", "assessment", "--smallest", "--records", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "Records of the folder: 1 measured, each once; 2 no Bundle with entries; 1 refused with 422" in done.stdout
    assert "All together, collector off:" in done.stdout
    assert "secret-name" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "http,soap"), "no section soap; there are assessment, http, cds, start, memory, cohort"),
        (("--entries", "51"), "invalid choice: 51"),
        (("--only", "assessment", "--smallest", "--records", "nowhere"), "--records is not a folder"),
    ],
)
def test_what_cannot_be_run_is_said(arguments: tuple[str, ...], words: str) -> None:
    done = _run(*arguments)
    assert done.returncode != 0
    assert words in done.stderr


def test_the_help_names_every_section_and_is_quick_to_come() -> None:
    done = _run("--help")
    assert done.returncode == 0
    for section in SECTIONS:
        assert f"\n  {section} " in done.stdout


def test_a_whole_run_has_every_size_and_a_smallest_one_exists_of_every_section() -> None:
    assert tuple(assessment.FULL.rounds) == SIZES
    for module in (assessment, cds, cohort, memory, over_http, starting):
        assert module.FULL != module.QUICK != module.SMALLEST


def test_healthchain_gets_the_packages_of_the_service_in_the_versions_of_the_project() -> None:
    required, pinned = environment._ours()
    assert "healthchain" not in (ROOT / "setup.cfg").read_text("utf-8")
    assert any(each.startswith("orjson") for each in required)
    assert not any(each.startswith("fhir.resources") for each in required)
    assert "orjson==" in pinned
    assert "fhir.resources==" not in pinned


def test_an_environment_that_is_not_there_is_only_made_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_FOLDER", ROOT / "build" / f"none-{tmp_path.name}")
    with pytest.raises(environment.NotInstalled, match="make bench makes it"):
        environment.python(make=False)
    assert not environment._FOLDER.exists()
