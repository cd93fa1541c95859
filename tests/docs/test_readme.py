"""The README shows what the product does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from service.api.app import create_app
from service.api.settings import Settings
from service.scoring import ENGINES, SCORES
from tests.docs import tables
from tests.docs.pages import (
    DOCS,
    PAGES,
    README,
    ROOT,
    assess_command,
    blocks,
    check_is_cut_from,
    check_is_part_of,
    rows,
    run,
)


def test_every_make_target_that_a_page_names_exists() -> None:
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in PAGES:
        in_code = " ".join(re.findall(r"`[^`\n]+`|^```.*?^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL))
        named = set(re.findall(r"(?:^|[`\n ])make ([a-z-]+)\b", in_code))
        assert named <= there, path.name
    assert re.findall(r"^make (\w+)", README, re.MULTILINE) == ["run", "test"]


def test_the_command_of_the_readme_is_installed_under_its_name() -> None:
    assert "spinemets = service.cli:main" in (ROOT / "setup.cfg").read_text("utf-8")


def test_the_report_in_the_readme_is_what_the_command_prints() -> None:
    check_is_cut_from(blocks(README, "text")[0], run(*assess_command(README)))


def test_the_json_in_the_readme_is_part_of_what_the_call_answers() -> None:
    call = re.search(r"curl -H '(.*?): (.*?)' --data-binary @(\S+) \\\n\s*'http://127\.0\.0\.1:8000(.*?)'", README)
    assert call, "the README has no curl call"
    header, media, record, path = call.groups()
    body = (ROOT / record).read_bytes()
    response = create_app(Settings()).test_client().post(path, data=body, headers={header: media})
    assert response.status_code == 200
    check_is_part_of(json.loads(blocks(README, "json")[0]), response.get_json(force=True))


def test_the_report_and_the_json_of_the_readme_are_of_one_record() -> None:
    assert README.count(assess_command(README)[1]) == 2


def test_another_process_gives_the_same_bytes() -> None:
    record = assess_command(README)[1]
    answers = {run("assess", record, PYTHONHASHSEED=str(seed)) for seed in range(1, 5)}
    assert len(answers) == 1, "the order of a set shows in the answer"


# The README


@pytest.mark.parametrize("name", tables.PAGES)
def test_what_follows_from_the_data_is_as_the_data_gives_it(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert text == tables.PAGES[name](text), f"{name} is out of date: run make docs"


def test_the_readme_names_every_score() -> None:
    assert all(f"| {score.title} | `{score.code}` |" in README for score in SCORES)


def test_the_readme_lists_every_door_and_no_other() -> None:
    told = {door for cells in rows(README, "door") for door in re.findall(r"`([^`]+)`", cells[0])}
    rules = create_app(Settings()).url_map.iter_rules()
    there = {
        f"{method} {re.sub(r'<(?:any[(][^)]*[)]|path|string):', '<', rule.rule)}"
        for rule in rules
        if rule.endpoint != "fhir.unknown"
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    there -= {"GET /fhir/$assess-spinal-tumour"}  # answered with 405, which is no door
    assert {door for door in told if " /" in door} == there
    commands = {door.split()[1] for door in told if door.startswith("spinemets ")}
    offered = re.findall(r"^    (\w+) {2,}", run("--help"), re.MULTILINE)
    assert commands == set(offered)


def test_the_picture_shows_the_ranges_that_the_engine_computes() -> None:
    from tests.core.cases import case, lesion  # noqa: PLC0415  # only here

    picture = (DOCS / "images" / "narrowing.svg").read_text("utf-8")
    lines = re.findall(r'<g data-adds="(.*?)" data-low="(\d+)" data-high="(\d+)">(.*?)</g>', picture, re.DOTALL)
    assert lines
    known: dict[str, str] = {}
    for adds, low, high, drawn in lines:
        if adds:
            finding, value = adds.split("=")
            known[finding.replace("-", "_")] = value
        one = lesion("C2", **known)
        result = ENGINES["sins"].result(case(one), one)
        assert (result.low, result.high) == (int(low), int(high)), adds
        assert re.findall(r'class="number".*?>(\d+)<', drawn) == list(dict.fromkeys((low, high)))
        words = re.findall(r'class="small".*?>(.*?)<', drawn)[0].split(":")[0]
        bands = [band.title for band in result.bands]
        assert words == ("any band" if len(bands) == len(result.score.bands) else " or ".join(bands))


# The pages


def test_the_summary_of_a_cohort_in_the_readme_is_what_the_command_prints(tmp_path: Path) -> None:
    from tests.cohort import exports  # noqa: PLC0415  # only here

    exports.write(tmp_path / "export", [each for name in exports.NAMES for each in exports.resources(name)])
    command = re.search(r"`spinemets (cohort export --out cohort .*?)`", README)
    assert command
    given = [
        str(tmp_path / word) if word in ("export", "cohort") and n else word
        for n, word in enumerate(command[1].split())
    ]
    assert blocks(README, "text")[1] == run(*given)
