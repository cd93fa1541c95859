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
from service.policy import DEFAULT, Policy
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


def head(whole: Case, policy: Policy = DEFAULT) -> list[str]:
    derived = derive(whole)
    results = tuple(
        ENGINES[score.code].result(derived, one)
        for score in SCORES
        if not score.rare and derived.possible("tumour-origin", derived.lesions[0]) == {"metastatic"}
        for one in (derived.lesions if score.scope == "lesion" else (None,))
    )
    made = Assessment(
        case=derived, results=results, not_computed=(), plan=plan(derived, results, policy), ledger=(), inputs={},
        bone_elsewhere=False, as_of=When(0, 0, "2026-10-02"), policy=policy,
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
    assert "T12: Stabilisation, then cEBRT." in head(case(one, primary_tumour="breast"))


def test_each_way_in_which_it_may_turn_out_is_said_with_its_treatments() -> None:
    one = lesion("T12", **UNSTABLE, escc_grade="escc-3", myelopathy=False)
    (line,) = [text for text in head(case(one, primary_tumour="colon")) if text.startswith("T12")]
    assert line.startswith("T12: if fit: decompression and stabilisation, then SRS. If not: stabilisation, then cEBRT.")


def test_lesions_with_the_same_advice_are_one_line_and_none_is_hidden() -> None:
    alike = [lesion(level, escc_grade="escc-0", prior_radiotherapy_at_level=False) for level in ("C4", "T3", "T10")]
    found = head(case(*alike, primary_tumour="breast"))
    assert any(line.startswith("C4, T3, T10: cEBRT; stabilise first if unstable (SINS)") for line in found)


def test_many_lesions_with_the_same_advice_are_counted() -> None:
    levels = ("C1", "C3", "C5", "C7", "T2", "T4", "T6", "T8", "T10", "T12")
    found = head(case(*(lesion(level) for level in levels), primary_tumour="breast"))
    (line,) = [text for text in found if "cEBRT" in text]
    named, _, rest = line.partition(": ")[0].partition(" and ")
    assert rest == "2 more"
    assert len({*named.split(", ")} & {*levels}) == 8


def test_a_primary_that_was_looked_for_and_not_found_is_worked_up_first() -> None:
    found = head(case(lesion("T7"), primary_tumour="unknown-primary"))
    assert found[0].startswith("First: staging and biopsy; T7: ")
    assert not any(line.startswith("First:") for line in head(case(lesion("T7"), primary_tumour="breast")))


@pytest.mark.parametrize("lesions", [1, 2, 3, 5])
def test_there_are_five_lines_at_most_and_every_lesion_is_named(lesions: int) -> None:
    tumours = [
        {"escc_grade": "escc-0"}, {"escc_grade": "escc-2"}, {"escc_grade": "escc-1c"},
        {"escc_grade": "escc-0", "prior_radiotherapy_at_level": True}, {"escc_grade": "escc-1a"},
    ]  # fmt: skip
    several = [
        lesion(level, **{**STABLE, **more, "myelopathy": False})
        for level, more in zip(("T2", "T5", "T8", "L1", "L4"), tumours, strict=True)
    ][:lesions]
    worst = lesion("C4", **UNSTABLE, progressive_deficit=True)
    found = head(case(worst, *several, primary_tumour="colon"))
    assert len(found) <= 5
    assert max(map(len, found)) <= 205
    assert found[0].startswith("EMERGENCY at C4")
    named = [line.partition(":")[0] for line in found[1:] if line[:2] in ("C4", "T2", "T5", "T8", "L1", "L4")]
    levels = [level for line in named for level in line.split(", ")]
    assert levels[0] == "C4"
    assert sorted(levels[1:]) == sorted(each.name for each in several)


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


def survival(whole: Case) -> str:
    (line,) = [line for line in head(whole) if line.startswith("Survival: ")]
    return line


def test_where_the_lead_cannot_tell_it_says_what_is_missing_and_others_say_what_they_agree_upon() -> None:
    line = survival(case(lesion("T6"), primary_tumour="breast", visceral_metastases="none", bone_metastases="multiple"))
    assert line.startswith("Survival: open by Katagiri (")
    assert " missing); over 6 months by Tomita" in line
    assert "Bauer" in line.partition("over 6 months by ")[2].partition(";")[0]


def test_what_models_disagree_upon_is_said_and_nobody_averages() -> None:
    line = survival(case(lesion("L1", pathologic_fracture=True), primary_tumour="kidney"))
    assert line.endswith("; over 3 months by Bauer; not over 12 months by Van der Linden; at 6 months models disagree.")


def test_where_no_model_can_tell_only_the_lead_is_named() -> None:
    line = survival(case(lesion("T6")))
    assert line.startswith("Survival: open by Katagiri (")
    assert line.endswith(" missing).")


def test_what_is_missing_is_the_last_line_with_the_way_to_find_it_out() -> None:
    one = lesion("T12", **UNSTABLE, myelopathy=False)
    found = head(case(one, primary_tumour="colon", surgical_fitness="fit"))
    assert found[-1].startswith("Find out first: ESCC grade (MRI)")
    assert found[-1].count(",") == 2


def test_what_is_found_out_in_one_go_is_asked_once() -> None:
    last = head(case(lesion("T6"), primary_tumour="colon"))[-1]
    assert "spinal alignment and vertebral body collapse (CT)" in last
    assert "(staging)" not in last
    assert "whether staging" not in last


def test_an_emergency_asks_first_what_it_needs() -> None:
    last = head(case(lesion("L1", progressive_deficit=True), primary_tumour="kidney"))[-1]
    asked = (
        "ESCC grade (MRI)",
        "earlier radiotherapy at the level",
        "fitness for surgery",
        "time over which the deficit",
    )
    places = [last.find(words) for words in asked]
    assert -1 not in places
    assert places == sorted(places)
    assert "(CT)" not in last[: places[-1]]


def test_of_several_lesions_the_one_that_is_asked_about_is_named() -> None:
    graded = lesion("T2", **STABLE, escc_grade="escc-0", myelopathy=False)
    last = head(case(graded, lesion("L1", **STABLE), primary_tumour="colon", life_expectancy=30))[-1]
    assert "ESCC grade at L1 (MRI)" in last


def test_a_primary_tumour_has_a_head_without_a_prognosis() -> None:
    one = lesion("T8", tumour_origin="primary", escc_grade="escc-0")
    found = head(case(one, primary_tumour="chordoma"))
    assert not any("live" in line for line in found)
    assert any(line.startswith("T8: ") for line in found)


def test_what_the_site_lacks_is_in_the_head_also_where_it_is_not_certain_to_be_needed() -> None:
    one = lesion("T12", **UNSTABLE, escc_grade="escc-3", myelopathy=False)
    site = Policy("site", unavailable=frozenset(("surgery",)))
    (settled,) = [text for text in head(case(one, primary_tumour="colon"), site) if text.startswith("T12")]
    assert "referral for what is not to be had here" in settled.lower()
    open_ = lesion("T12", escc_grade="escc-3", myelopathy=False, prior_radiotherapy_at_level=False)
    (line,) = [text for text in head(case(open_, primary_tumour="colon"), site) if text.startswith("T12")]
    assert "referral for what is not to be had here if " in line.lower()


def test_a_prognosis_by_a_model_that_was_not_made_for_the_patient_says_so() -> None:
    told: dict[str, Any] = {
        "primary_tumour": "thyroid", "visceral_metastases": "none", "brain_metastases": False, "ecog": 1,
        "previous_chemotherapy": False, "bone_metastases": "solitary",
    }  # fmt: skip
    child = [line for line in head(case(lesion("T6"), age=10, **told)) if "live" in line]
    adult = [line for line in head(case(lesion("T6"), age=50, **told)) if "live" in line]
    assert child == [
        "Likely to live longer than 24 months (Revised Katagiri score, which was not made for this patient)."
    ]
    assert adult == ["Likely to live longer than 24 months (Revised Katagiri score)."]
