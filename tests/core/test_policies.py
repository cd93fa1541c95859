"""Policies as files: every setting checked, and what is wrong said in one line that names the setting."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from service import policies
from service.decision import GUIDELINES, LEAD_MODELS
from service.policies import BadPolicy
from service.policy import DEFAULT, MODALITIES, Policy


def written(folder: Path, **settings: Any) -> Path:
    path = folder / "site.json"
    path.write_text(json.dumps({"name": "site", **settings}))
    return path


def test_a_file_with_a_name_alone_has_every_default(tmp_path: Path) -> None:
    found = policies.load(written(tmp_path))
    assert found == Policy(name="site")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("stale_after_days", 30),
        ("use_stale", False),
        ("escc_1c", "high"),
        ("unsaid_radiotherapy", "unknown"),
        ("staging", "said"),
        ("staging", "imaging"),
        *(("lead_model", code) for code in LEAD_MODELS),
        ("survival_threshold_months", 6),
        ("minimally_invasive_under_months", 12),
        *(("guideline", code) for code in GUIDELINES),
    ],
)
def test_a_setting_is_read(tmp_path: Path, setting: str, value: Any) -> None:
    assert getattr(policies.load(written(tmp_path, **{setting: value})), setting) == value


def test_what_is_not_to_be_had_is_a_list_of_modalities(tmp_path: Path) -> None:
    found = policies.load(written(tmp_path, unavailable=list(MODALITIES)))
    assert found.unavailable == frozenset(MODALITIES)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"lead_model": "sorg"}, "lead_model: Must be one of: katagiri-revised"),
        ({"lead_model": "bauer-modified"}, "lead_model: Must be one of"),
        ({"guideline": "who"}, "guideline: Must be one of: nice-2023, cepo-2012"),
        ({"unavailable": ["srs", "mri"]}, "unavailable: number 2: Must be one of: surgery, srs"),
        ({"unavailable": "srs"}, "unavailable: Not a valid list"),
        ({"survival_threshold_months": 0}, "survival_threshold_months: Must be"),
        ({"survival_threshold_months": 2.5}, "survival_threshold_months: Not a valid integer"),
        ({"minimally_invasive_under_months": 25}, "minimally_invasive_under_months: Must be"),
        ({"unsaid_radiotherapy": "maybe"}, "unsaid_radiotherapy: Must be one of: none, unknown"),
        ({"staging": True}, "staging: Not a valid string"),
        ({"staging": "always"}, "staging: Must be one of: unknown, said, imaging"),
        ({"escc_1c": "middle"}, "escc_1c: Must be one of"),
        ({"threshold": 3}, "threshold: Unknown field"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_may_be(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPolicy) as error:
        policies.load(written(tmp_path, **settings))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "site.json"
    path.write_text("{")
    with pytest.raises(BadPolicy, match="not JSON"):
        policies.load(path)


def test_the_default_policy_is_usable_by_its_own_rules(tmp_path: Path) -> None:
    settings = {field.name: getattr(DEFAULT, field.name) for field in fields(Policy)}
    found = policies.load(
        written(tmp_path, **{**settings, "unavailable": sorted(DEFAULT.unavailable), "recalibrations": []})
    )
    assert found == DEFAULT
