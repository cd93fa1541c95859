"""The pages on adding a score, on safety and on changes hold."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from service import BASE
from service.scoring.model import Score
from tests.docs.pages import (
    CUT,
    ROOT,
    assess_command,
    blocks,
    check_is_cut_from,
    page,
    rows,
    run,
)


def test_the_score_of_the_page_computes_and_shows_at_every_door(copy: Path) -> None:
    source, module, line, scores = blocks(page("adding-a-score.md"), "python")
    name = re.search(r"`service/scoring/(\w+)\.py`", page("adding-a-score.md").split("## 2.")[1])
    assert name
    folder = copy / "service" / "scoring"
    with (folder / "sources.py").open("a", encoding="utf-8") as sources:
        sources.write(source)
    (folder / f"{name[1]}.py").write_text(module, "utf-8")
    init = (folder / "__init__.py").read_text("utf-8")
    init, replaced = re.subn(r"^SCORES = \(.*?\)\n", line + scores, init, flags=re.MULTILINE | re.DOTALL)
    assert replaced == 1
    (folder / "__init__.py").write_text(init, "utf-8")
    shutil.copytree(ROOT / "examples", copy / "examples")

    arguments = assess_command(page("adding-a-score.md"))
    shown = blocks(page("adding-a-score.md"), "text")[0]
    check_is_cut_from(f"{CUT}\n{shown}{CUT}\n", run(*arguments, cwd=copy))
    answer = json.loads(run("assess", arguments[1], cwd=copy))
    made = {
        (entry["resource"]["resourceType"], key)
        for entry in answer["entry"]
        for key in ("code", "method")
        for coding in entry["resource"].get(key, {}).get("coding", [])
        if coding == {**coding, "system": f"{BASE}/CodeSystem/score", "code": "van-der-linden"}
    }
    assert made == {("Observation", "code"), ("RiskAssessment", "method")}


def test_the_line_of_scores_on_the_page_has_all_that_there_are() -> None:
    scores = blocks(page("adding-a-score.md"), "python")[3]
    names = re.findall(r"[A-Z_]{4,}", scores)[1:]
    import service.scoring  # noqa: PLC0415  # looked up by name

    there = [name for name, value in vars(service.scoring).items() if isinstance(value, Score)]
    assert set(there) <= set(names)


# Safety


def test_every_hazard_names_tests_that_exist() -> None:
    hazards = list(rows(page("safety.md"), "hazard"))
    assert len(hazards) >= 10
    for cells in hazards:
        assert len(cells) == 4, cells
        assert all(cells)
        named = re.findall(r"\]\(\.\./(tests/[^)]+)\)((?:,? `\w+`)+)", cells[3])
        assert named, cells[0]
        for path, names in named:
            text = (ROOT / path).read_text("utf-8")
            for name in re.findall(r"`(\w+)`", names):
                now = [p.name for p in (ROOT / "tests").rglob("test_*.py") if f"def {name}(" in p.read_text("utf-8")]
                assert f"def {name}(" in text, f"{cells[0]}: {name} is not in {path}; found in {now}"


def test_the_changelog_has_the_section_on_answers_that_change() -> None:
    unreleased = (ROOT / "CHANGELOG.md").read_text("utf-8").split("## [Unreleased]")[1].split("\n## ")[0]
    assert "### Answers that change\n\n- " in unreleased
    assert "### Added\n\n- " in unreleased
