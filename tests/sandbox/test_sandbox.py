"""``make sandbox``: what it writes, what it says of a server, and that it says nothing good of a bad one."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from service.client import Limits, connect
from tests.sandbox.__main__ import PATIENTS, main
from tests.sandbox.checks import Run, all_checks
from tests.sandbox.seeds import seeded
from tests.support.answers import references
from tests.support.fhir_server import Store, serving
from tests.support.records import bundle, condition, metastasis, observation, primary
from tests.support.stored import EXAMPLES, ROOT, bundles, title


@pytest.fixture
def store() -> Iterator[Store]:
    with serving(Store()) as running:
        yield running


def record() -> Any:
    pain = observation("sins-pain", "mechanical", "T6", name="pain")
    return bundle(metastasis(), primary("breast"), pain, condition("C79.51", name="bone"))


def results(store: Store) -> dict[str, str]:
    """The table for a small record: what became of each check."""
    run = Run(connect(store.base, limits=Limits(backoff_seconds=0.001, tries=2)), record(), "test")
    for name, ask in all_checks(run):
        run.check(name, ask)
    return {line.check: line.result for line in run.lines}


def test_a_server_that_does_everything_is_ok_in_every_line(store: Store) -> None:
    found = results(store)
    assert {name for name, result in found.items() if result != "ok"} == {"search Medication"}


def wrong_statement(**members: Any) -> Any:
    return lambda made: {**made, "rest": [{**made["rest"][0], **members}]}


def test_a_server_without_everything_has_not_been_tried_in_that(store: Store) -> None:
    store.everything = False
    assert results(store)["$everything"] == "not tried"


def test_a_server_that_loses_pages_is_found_out(store: Store) -> None:
    store.page_size = 3
    store.next_link = lambda link: link.replace("_offset=3", "_offset=4")
    found = results(store)
    assert "no" in (found["paging"], found["$everything"])


def test_a_server_that_passes_over_if_match_is_found_out(store: Store) -> None:
    transaction = store.transaction

    def careless(given: Any) -> Any:
        for entry in given["entry"]:
            entry["request"].pop("ifMatch", None)
        return transaction(given)

    store.transaction = careless  # type: ignore[method-assign]
    assert results(store)["If-Match"] == "no"


def test_a_server_that_creates_twice_is_found_out(store: Store) -> None:
    transaction = store.transaction

    def careless(given: Any) -> Any:
        for entry in given["entry"]:
            entry["request"].pop("ifNoneExist", None)
        return transaction(given)

    store.transaction = careless  # type: ignore[method-assign]
    assert results(store)["conditional create"] == "no"


def test_a_server_that_changes_what_it_keeps_is_found_out(store: Store) -> None:
    put = store.put

    def forgetful(resource: Any) -> Any:
        return put({name: value for name, value in resource.items() if name != "interpretation"})

    store.put = forgetful  # type: ignore[method-assign]
    assert results(store)["read back equals"] == "no"


def test_a_server_that_takes_nothing_is_not_tried_further(store: Store) -> None:
    store.statement = wrong_statement(interaction=[])
    store.transaction = lambda _: {}[0]  # type: ignore[method-assign, assign, misc]
    found = results(store)
    assert found["transaction"] == "no"
    assert {"write-back", "twice = once", "paging"} <= {name for name, r in found.items() if r == "not tried"}


@pytest.mark.parametrize("path", [p for p in bundles() if p.parent == EXAMPLES], ids=title)
def test_a_seed_refers_to_nothing_but_itself_and_makes_everything_conditionally(path: Any) -> None:
    patient, made = seeded(orjson.loads(path.read_bytes()), "x")
    there = {entry["fullUrl"] for entry in made["entry"]}
    assert f"urn:uuid:{patient}" in there
    assert {name for name in references(made) if not name.startswith("#")} <= there
    assert all(entry["request"]["ifNoneExist"] for entry in made["entry"])


def test_an_example_makes_the_round_trip(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--server", store.base]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"This writes {len(PATIENTS)} synthetic patients")
    rows = re.findall(r"^\| (.+?) +\| (ok|no|not tried) +\| (.*) \|$", said, re.MULTILINE)
    assert len(rows) > 30
    assert len(store.of("Patient")) == len(PATIENTS)


def test_without_a_server_nothing_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "name the server" in capsys.readouterr().err
    bare = {name: value for name, value in os.environ.items() if name != "SERVER"}
    done = subprocess.run(["make", "sandbox"], cwd=ROOT, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "SERVER=" in done.stderr


def test_a_server_of_another_version_is_one_line(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    store.statement = lambda made: {**made, "fhirVersion": "5.0.0"}
    assert main(["--server", store.base]) == 2
    assert "R5" in capsys.readouterr().err
    assert not store.held
