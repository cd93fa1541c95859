"""The image: what goes in, as whom it runs, and that every package is named with the hashes of its files."""

from __future__ import annotations

import configparser
import json
import re

import pytest

from tests.deploy.files import DEPLOY, ROOT, constrained, locked, plain

DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
LOCKS = ("requirements.lock", "build.lock")


def test_the_lock_has_the_versions_that_the_tests_run_with() -> None:
    known = constrained()
    assert {name: known.get(name) for name in locked("requirements.lock")} == locked("requirements.lock")


def test_the_lock_has_all_that_running_needs() -> None:
    """A package that was added to setup.cfg and is not in the lock: make lock."""
    said = configparser.ConfigParser()
    said.read(ROOT / "setup.cfg", "utf-8")
    needs = f"{said['options']['install_requires']}{said['options.extras_require']['postgresql']}".split("\n")
    named = {plain(re.split(r"[\[><=~! ]", need)[0]) for need in needs if need}
    assert named <= set(locked("requirements.lock"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_of_a_lock_has_its_hashes_and_no_place_of_its_own(name: str) -> None:
    text = (DEPLOY / name).read_text("utf-8")
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert blocks
    assert all(re.fullmatch(r"\S+==\S+( \\\n    --hash=sha256:[0-9a-f]{64})+\n", block) for block in blocks)
    assert "://" not in text


def test_nothing_is_installed_that_the_locks_do_not_name() -> None:
    installs = re.findall(r"pip (?:--python \S+ )?install (.*?)(?: \\)?$", DOCKERFILE, re.MULTILINE)
    assert len(installs) == 3
    for line in installs:
        assert "--require-hashes --only-binary :all: --requirement" in line or "--no-deps --no-index" in line, line
    assert "apt-get" not in DOCKERFILE


def test_the_base_is_named_by_its_full_version_in_one_place() -> None:
    assert re.findall(r"^ARG BASE=(.*)$", DOCKERFILE, re.MULTILINE) == ["python:3.11.15-slim-trixie"]
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}


def test_the_image_runs_as_a_user_without_rights_and_says_what_it_runs() -> None:
    last = DOCKERFILE.split("FROM ${BASE}\n")[1]
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == ["10001:10001"]
    assert "--shell /usr/sbin/nologin" in last
    commands = re.findall(r"^ *CMD (\[.*\])$", last, re.MULTILINE)
    healthy, serves = map(json.loads, commands)
    assert healthy[:2] == ["python", "-c"]
    compile(healthy[2], "HEALTHCHECK", "exec")
    assert serves == ["gunicorn", "--config", "python:service.server.gunicorn_conf", "service.api.app:create_app()"]
    assert "curl" not in last


def test_only_what_the_image_is_made_of_goes_to_the_builder() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert rules[0] == "*"
    let_in = {rule[1:] for rule in rules if rule[0] == "!"}
    copied = {
        part for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for part in line.split()
    }
    assert copied == let_in - {"deploy/Dockerfile"}
    assert all((ROOT / name).exists() for name in let_in)
