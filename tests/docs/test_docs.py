"""The pages on adding a score, on safety and on changes hold."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from service import BASE, KNOWLEDGE_VERSION
from tests.docs import hazards
from tests.docs.pages import (
    CUT,
    ROOT,
    assess_command,
    blocks,
    check_is_cut_from,
    page,
    run,
)


def test_the_score_of_the_page_computes_and_shows_at_every_door_with_a_line_in_the_list(copy: Path) -> None:
    module, line, scores = blocks(page("adding-a-score.md"), "python")
    name = re.search(r"`service/scoring/(\w+)\.py`", page("adding-a-score.md").split("## 1.")[1])
    assert name
    folder = copy / "service" / "scoring"
    (folder / f"{name[1]}.py").write_text(module, "utf-8")
    init = (folder / "__init__.py").read_text("utf-8")
    assert init.count("SCORES = (\n") == 1
    (folder / "__init__.py").write_text(line + init.replace("SCORES = (\n", scores), "utf-8")
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
        if coding == {**coding, "system": f"{BASE}/CodeSystem/score", "code": "example"}
    }
    assert made == {("Observation", "code"), ("RiskAssessment", "method")}
    assert re.search(r"\| survival +\| 12 months +\| +70 % \|", run("knowledge", "example", cwd=copy))


# Safety


def test_every_hazard_names_tests_that_exist() -> None:
    for hazard in hazards.hazards():
        assert hazard.tests, hazard.title
        for test in hazard.tests:
            path, name = test.split("::")
            now = [p.name for p in (ROOT / "tests").rglob("test_*.py") if f"def {name}(" in p.read_text("utf-8")]
            assert f"def {name}(" in (ROOT / path).read_text("utf-8"), f"{hazard.title}: {name} is found in {now}"


def test_every_hazard_is_told_in_full_and_its_control_lowers_its_risk() -> None:
    likelihood = list(hazards.LIKELIHOOD)
    titles = [hazard.title for hazard in hazards.hazards()]
    assert len(set(titles)) == len(titles)
    for hazard in hazards.hazards():
        assert hazard.severity in hazards.SEVERITY
        assert likelihood.index(hazard.after) < likelihood.index(hazard.before), hazard.title
        assert hazard.risk(hazard.after) <= 3, hazard.title
        assert all((hazard.cause, hazard.control)), hazard.title
        assert hazard.harm.endswith("."), hazard.title
        assert not (hazard.title + hazard.cause + hazard.control).endswith("."), hazard.title


def test_the_changelog_has_the_section_on_answers_that_change() -> None:
    unreleased = (ROOT / "CHANGELOG.md").read_text("utf-8").split("## [Unreleased]")[1].split("\n## ")[0]
    changes = unreleased.split("### Answers that change\n\n")[1].split("\n### ")[0]
    assert changes.startswith(f"Knowledge {KNOWLEDGE_VERSION}, against ")
    assert "\n- " in changes
    assert "### Added\n\n- " in unreleased
