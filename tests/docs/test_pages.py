"""Links, names and settings on the pages are those that there are."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from service import policies
from service.api.settings import Settings
from service.findings import FINDINGS
from service.policy import DEFAULT, Policy
from tests.docs.pages import (
    DOCS,
    PAGES,
    README,
    ROOT,
    blocks,
    code,
    page,
    rows,
)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}, target


def test_every_page_is_reached_from_the_readme() -> None:
    assert {f"docs/{path.name}" for path in DOCS.glob("*.md")} <= set(re.findall(r"\]\((docs/[^)#]+)\)", README))


HOSTS = frozenset(
    """127.0.0.1 hospital.example login.hospital.example ehr.hospital.example spine.internal.hospital.example
    w3id.org hl7.org www.hl7.org terminology.hl7.org loinc.org ucum.org snomed.info doi.org semver.org fhir.de
    keepachangelog.com radelement.org cir.nii.ac.jp gvonetwork.wixsite.com
    revistas.uautonoma.cl www.plexusmd.com sorg-apps.shinyapps.io www.pathfx.org""".split()
)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_the_project_speaks_of_itself_alone(path: Path) -> None:
    """No place of the machine that it was written on, and no address but those of standards and sources."""
    text = path.read_text("utf-8")
    assert not [place for place in (ROOT, ROOT.parent, Path.home()) if len(place.parts) > 1 and f"{place}/" in text]
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= HOSTS


def test_a_path_that_a_page_names_in_code_exists() -> None:
    named = re.compile(r"`((?:service|tests|deploy|examples)/[\w./-]+)`")
    example = "tests/scoring/test_example.py service/scoring/example.py".split()
    for path in PAGES:
        for name in named.findall(path.read_text("utf-8")):
            assert name in example or (ROOT / name).exists(), f"{path.name}: {name}"


def test_architecture_names_every_room_of_the_package() -> None:
    told = {code(cells[0]) for cells in rows(page("architecture.md"), "room")}
    there = {
        f"service/{path.name}"
        for path in (ROOT / "service").iterdir()
        if (path.suffix == ".py" and path.name != "__init__.py") or (path / "__init__.py").exists()
    }
    assert told == there


def test_architecture_shows_the_direction_of_imports_that_is_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    assert blocks(page("architecture.md"), "text")[1].splitlines() == layers


def test_each_setting_has_a_sentence_and_its_line_on_the_page() -> None:
    """The table itself is compared with what makes it, beside the other tables."""
    assert {code(cells[0]) for cells in rows(page("settings.md"), "variable")} == {
        f"SPINEMETS_{setting.name.upper()}" for setting in fields(Settings)
    }
    assert all(setting.metadata["does"].endswith(".") for setting in fields(Settings))


def test_the_file_of_settings_on_the_page_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(blocks(page("settings.md"), "toml")[0])
    read = Settings.from_environment({"SPINEMETS_CONFIG": str(tmp_path / "settings.toml")})
    assert read.max_waiting == 100
    assert read.public_url == "https://hospital.example"


def test_deployment_documents_what_gunicorn_reads_from_the_environment_and_how_it_is_set() -> None:
    text = page("deployment.md")
    path = ROOT / "service" / "server" / "gunicorn_conf.py"
    told = {code(cells[0]) for cells in rows(text, "variable")}
    assert told == set(re.findall(r"environ\.get\(['\"](\w+)", path.read_text("utf-8")))
    config = runpy.run_path(str(ROOT / "deploy" / "gunicorn.conf.py"))
    settings = {code(cells[0]): cells[1] for cells in rows(text, "setting")}
    assert settings
    for name, value in settings.items():
        assert value == str(config[name]), name


def test_deployment_names_the_limit_of_entries() -> None:
    limits = {cells[0]: cells[1] for cells in rows(page("deployment.md"), "limit")}
    assert limits["entries of a Bundle"] == "`SPINEMETS_MAX_ENTRIES`"


def test_policy_documents_every_setting_with_its_default() -> None:
    told = {code(cells[0]): code(cells[1]) for cells in rows(page("policy.md"), "setting")}
    defaults = {field.name: str(getattr(DEFAULT, field.name)) for field in fields(Policy)}
    written = {"True": "true", "False": "false", "frozenset()": "[]", "()": "[]"}
    assert told == {name: written.get(value, value) for name, value in defaults.items()}


def test_the_policy_of_the_example_can_be_loaded_and_has_every_setting(tmp_path: Path) -> None:
    example = blocks(page("policy.md"), "json")[0]
    (tmp_path / "site.json").write_text(example)
    policy = policies.load(tmp_path / "site.json")
    given = json.loads(example)
    loaded = {field.name: getattr(policy, field.name) for field in fields(Policy)}
    # Recalibrations, which are files of the site, have an example of their own.
    assert given == {**loaded, "unavailable": sorted(loaded["unavailable"]), "recalibrations": []}


def test_policy_lists_the_findings_that_grow_old() -> None:
    told = re.search(r"The findings that change: (.*)\. A diagnosis", page("policy.md"))
    assert told
    assert re.findall(r"`([^`]+)`", told[1]) == [f.code for f in FINDINGS.values() if f.changes]


# Findings and codes
