"""docs/client.md says what the client does."""

from __future__ import annotations

import re

import pytest

from service.cli import main
from service.client import Limits
from service.client.reading import NEEDED
from service.client.scopes import TYPES
from service.fhir_mapping.outbound.kept import KINDS, RESULTS, WITHDRAWN
from tests.docs.pages import page, rows

PAGE = page("client.md")


def test_the_page_names_every_type_that_is_read_and_what_its_absence_means() -> None:
    told = [[kind.strip() for kind in cells[0].split(",")] for cells in rows(PAGE, "what is read")]
    assert [set(kinds) for kinds in told] == [NEEDED, set(TYPES) - NEEDED]


def test_the_page_names_the_bounds() -> None:
    limits = Limits()
    told = re.search(r"at most (\d+) entries, (\d+) pages and (\d+) MiB; one answer has at most (\d+) MiB", PAGE)
    assert told
    bytes_ = (limits.record_bytes // 2**20, limits.answer_bytes // 2**20)
    assert tuple(map(int, told.groups())) == (limits.entries, limits.pages, *bytes_)
    assert (limits.tries, limits.pause_seconds) == (4, 60)


def test_the_page_says_how_a_result_of_each_type_is_withdrawn() -> None:
    assert f"`{RESULTS}`" in PAGE
    (withdrawn,) = [cells[1] for cells in rows(PAGE, "a result") if cells[0].startswith("that no longer")]
    told = {
        kind.strip(): value
        for kinds, value in re.findall(r"([A-Z][A-Za-z, ]+): `([a-z-]+)`", withdrawn)
        for kind in kinds.split(",")
    }
    assert told == {kind: WITHDRAWN[kind][1][0] for kind in KINDS if kind != "GuidanceResponse"}


def test_every_option_of_the_page_is_one_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["pull", "--help"])
    offered = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out))
    assert set(re.findall(r"--[a-z][a-z-]+", PAGE)) <= offered
