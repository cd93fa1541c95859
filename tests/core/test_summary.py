"""The head of a plan: five lines at most, in the order in which they matter."""

from __future__ import annotations

from typing import Any

import pytest

from service import summary
from service.assessment import Assessment
from service.case import Case
from service.decision.plan import plan
from service.derivations import derive
from service.evidence import When
from service.policy import DEFAULT
from service.scoring import ENGINES, SCORES
from tests.core.cases import case, lesion

UNSTABLE: dict[str, Any] = {
    "sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "subluxation-translation",
    "sins_collapse": "over-50", "sins_posterolateral": "bilateral", "prior_radiotherapy_at_level": False,
}  # fmt: skip
STABLE: dict[str, Any] = {
    "sins_pain": "pain-free", "sins_bone_lesion": "blastic", "sins_alignment": "normal", "sins_collapse": "none",
    "sins_posterolateral": "none", "prior_radiotherapy_at_level": False,
}  # fmt: skip


def head(whole: Case) -> list[str]:
    derived = derive(whole)
    results = tuple(
        ENGINES[score.code].result(derived, one)
        for score in SCORES
        if not score.rare and derived.possible("tumour-origin", derived.lesions[0]) == {"metastatic"}
        for one in (derived.lesions if score.scope == "lesion" else (None,))
    )
    made = Assessment(
        case=derived, results=results, not_computed=(), plan=plan(derived, results), ledger=(), inputs={},
        bone_elsewhere=False, as_of=When(0, 0, "2026-10-02"), policy=DEFAULT,
    )  # fmt: skip
    return summary.head(made)


def test_an_emergency_is_the_first_line_with_its_lesion_and_steps() -> None:
    found = head(case(lesion("L1", progressive_deficit=True), primary_tumour="breast"))
    assert found[0] == (
        "EMERGENCY at L1: urgent referral to the spine service, MRI of the whole spine and dexamethasone."
    )


def test_an_emergency_that_depends_on_something_is_a_possible_one() -> None:
    assert head(case(lesion("L1", escc_grade="escc-3"), primary_tumour="breast"))[0].startswith(
        "POSSIBLE EMERGENCY at L1: "
    )


def test_without_an_alarm_there_is_no_line_of_emergency() -> None:
    assert not any("EMERGENCY" in line for line in head(case(lesion("L1"), primary_tumour="breast")))


def test_what_is_settled_is_said_in_its_order() -> None:
    one = lesion("T12", **UNSTABLE, escc_grade="escc-0", myelopathy=False)
    assert "T12: Surgical stabilisation, then cEBRT." in head(case(one, primary_tumour="breast"))


def test_each_way_in_which_it_may_turn_out_is_said_with_its_treatments() -> None:
    one = lesion("T12", **UNSTABLE, escc_grade="escc-3", myelopathy=False)
    (line,) = [text for text in head(case(one, primary_tumour="colon")) if text.startswith("T12")]
    assert "if fit for surgery: decompression and stabilisation, then SRS" in line
    assert "if not fit for surgery: surgical stabilisation, then cEBRT" in line


@pytest.mark.parametrize("lesions", [1, 2, 3, 5])
def test_there_are_five_lines_at_most_and_the_lesions_that_are_left_out_are_counted(lesions: int) -> None:
    several = [
        lesion(level, **STABLE, escc_grade="escc-0", myelopathy=False) for level in ("T2", "T5", "T8", "L1", "L4")
    ][:lesions]
    worst = lesion("C4", **UNSTABLE, progressive_deficit=True)
    found = head(case(worst, *several, primary_tumour="breast"))
    assert len(found) <= 5
    assert found[0].startswith("EMERGENCY at C4")
    named = [line for line in found if line[:2] in ("C4", "T2", "T5", "T8", "L1", "L4")]
    assert named[0].startswith("C4")
    left = 1 + lesions - len(named)
    assert any(line == f"And {left} more lesions: see the plan." for line in found) == (left > 0)


@pytest.mark.parametrize(
    ("months", "said"),
    [
        (4, "Likely to live longer than 3 months, not likely to live longer than 6 months (a clinician's estimate)."),
        (30, "Likely to live longer than 24 months (a clinician's estimate)."),
        (2, "Not likely to live longer than 3 months (a clinician's estimate)."),
    ],
)
def test_the_prognosis_says_the_longest_time_that_is_likely_and_the_shortest_that_is_not(
    months: int, said: str
) -> None:
    assert said in head(case(lesion("T6"), primary_tumour="breast", life_expectancy=months))


def test_a_prognosis_that_cannot_be_told_is_said_to_be_so() -> None:
    found = head(case(lesion("T6"), primary_tumour="breast"))
    assert "How long the patient is likely to live cannot be told from the record (Revised Katagiri score)." in found


def test_what_is_missing_is_the_last_line_with_the_way_to_find_it_out() -> None:
    one = lesion("T12", **UNSTABLE, myelopathy=False)
    found = head(case(one, primary_tumour="colon", surgical_fitness="fit"))
    assert found[-1].startswith("Find out first: epidural spinal cord compression (ESCC) grade (MRI)")
    assert found[-1].count(",") == 2


def test_a_primary_tumour_has_a_head_without_a_prognosis() -> None:
    one = lesion("T8", tumour_origin="primary", escc_grade="escc-0")
    found = head(case(one, primary_tumour="chordoma"))
    assert not any("live" in line for line in found)
    assert any(line.startswith("T8: ") for line in found)
