"""The board, work-up, bone, rehabilitation, surveillance and supportive care."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from service.conditions import ALWAYS, atoms, holds_for
from service.decision import care, facts, lmnop, systemic
from service.decision.model import Recommendation, Row
from service.decision.plan import plan
from service.decision.tumours import VASCULAR
from service.derivations import derive
from service.evidence import Values
from service.findings import FINDINGS, TUMOURS
from service.policy import DEFAULT, Policy
from service.reading import Standing
from tests.core.cases import case, lesion

NOTHING: dict[str, Any] = {
    "primary-tumour": "lung-nsclc",
    "life-expectancy": 12,
    "ecog": 1,
    "ambulatory-status": "intact",
    "frankel-grade": "frankel-e",
    "pain-controlled": True,
    "staging-complete": True,
    "prior-therapy-response": "response",
    "stability": "stable",
    "escc-grade": "escc-0",
    "sins-pain": "mechanical",
    "myelopathy": False,
    "radiculopathy": False,
    "sphincter-dysfunction": False,
    "progressive-deficit": False,
    "cauda-equina-syndrome": False,
    "surgical-fitness": "fit",
    "previous-systemic-therapy": True,
    "hormone-dependent": True,
    "tumour-origin": "metastatic",
}
ALWAYS_THERE = {"spine surgery", "radiation oncology", "medical oncology", "radiology"}


def with_(**changes: Any) -> dict[str, Any]:
    return NOTHING | {code.replace("_", "-"): value for code, value in changes.items()}


def advised(policy: Policy = DEFAULT, **changes: Any) -> dict[str, str]:
    """Treatments for the patient, with the reasons together."""
    found: dict[str, str] = {}
    for row in care.patient_rows(policy):
        if holds_for(row.when, with_(**changes)):
            for step in row.do:
                found[step] = found.get(step, "") + row.why
    return found


def asked(**changes: Any) -> set[str]:
    return {d.title for d in care.DISCIPLINES if d.when is not ALWAYS and holds_for(d.when, with_(**changes))}


def said(treatment: str, **changes: Any) -> str:
    return " ".join(n.text for n in care.NOTES if treatment in n.on and holds_for(n.when, with_(**changes)))


def truths(row: Row, known: dict[str, Values]) -> frozenset[bool]:
    def possible(code: str) -> Values:
        return known.get(code) or facts.DOMAINS.get(code) or FINDINGS[code].domain.unknown

    return Standing(row.when).of(possible)


def test_a_patient_with_nothing_to_say_of_gets_no_row() -> None:
    assert advised() == {}


def test_four_disciplines_are_always_at_the_table() -> None:
    assert {d.title for d in care.DISCIPLINES if d.when is ALWAYS} == ALWAYS_THERE
    (table, *others) = (note for note in care.NOTES if note.on == ("mdt-review",))
    assert all(title in table.text for title in ALWAYS_THERE)
    assert len(others) == len(care.DISCIPLINES) - len(ALWAYS_THERE)
    assert asked() == set()


@pytest.mark.parametrize("tumour", TUMOURS)
def test_the_tumour_brings_its_own_disciplines(tumour: str) -> None:
    wanted = set()
    if tumour in ("lymphoma", "myeloma", "plasmacytoma", "leukaemia"):
        wanted.add("haematology")
    if tumour in VASCULAR:
        wanted.add("interventional radiology")
    if tumour == "unknown-primary":
        wanted.add("pathology")
    assert asked(primary_tumour=tumour) == wanted


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({"life_expectancy": 5.9}, True),
        ({"life_expectancy": 6}, False),
        ({"ecog": 2}, False),
        ({"ecog": 3}, True),
        ({"ecog": 4}, True),
        ({"surgical_fitness": "unfit"}, False),
        ({"progressive_deficit": True}, False),
        ({"surgical_fitness": "unfit", "progressive_deficit": True}, True),
        ({"surgical_fitness": "unfit", "ambulatory_status": "non-ambulatory"}, True),
        ({"surgical_fitness": "unfit", "ambulatory_status": "impaired"}, False),
        ({"surgical_fitness": "unfit", "frankel_grade": "frankel-c"}, True),
        ({"surgical_fitness": "unfit", "frankel_grade": "frankel-d"}, False),
    ],
)
def test_palliative_care_is_asked_for_a_short_survival_poor_performance_or_a_deficit_in_the_unfit(
    change: dict[str, Any], there: bool
) -> None:
    assert ("palliative care" in asked(**change)) == there


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({"ambulatory_status": "impaired"}, True),
        ({"ambulatory_status": "non-ambulatory"}, True),
        ({"frankel_grade": "frankel-d"}, True),
        ({"frankel_grade": "frankel-e"}, False),
    ],
)
def test_whoever_walks_badly_gets_rehabilitation_and_it_is_asked_to_the_board(
    change: dict[str, Any], there: bool
) -> None:
    assert ("rehabilitation" in asked(**change)) == there
    assert ("rehabilitation" in advised(**change)) == there


@pytest.mark.parametrize(("ecog", "there"), [(0, False), (1, False), (2, True), (3, True), (4, True), (5, False)])
def test_reduced_performance_calls_for_rehabilitation(ecog: int, there: bool) -> None:
    assert ("rehabilitation" in advised(ecog=ecog)) == there
    assert ("can be mended" in said("rehabilitation", ecog=ecog)) == there


def test_who_cannot_walk_is_not_said_to_walk_badly() -> None:
    why = advised(ambulatory_status="non-ambulatory")["rehabilitation"]
    assert why == "walking is impaired or lost"


@pytest.mark.parametrize(("tumour", "words"), [("myeloma", "myeloma in the spine"), ("breast", "breast cancer in")])
def test_the_tumour_that_a_bone_modifying_agent_is_for_is_named_alone(tumour: str, words: str) -> None:
    found = advised(primary_tumour=tumour)
    assert words in found["bone-modifying-agent"]
    assert not any(" or " in why for why in found.values())


@pytest.mark.parametrize("tumour", TUMOURS)
@pytest.mark.parametrize("before", [True, False])
def test_drugs_are_a_step_for_tumours_that_answer_to_them(tumour: str, before: bool) -> None:
    sensitive = ("lymphoma", "myeloma", "germ-cell-seminoma", "germ-cell-non-seminoma", "lung-sclc")
    found = advised(primary_tumour=tumour, previous_systemic_therapy=before)
    assert ("systemic-therapy" in found) == (tumour in sensitive or (tumour == "prostate" and not before))


def test_hormones_are_given_with_the_figures_of_those_who_could_not_walk() -> None:
    why = advised(primary_tumour="prostate", previous_systemic_therapy=False)["systemic-therapy"]
    for figure in ("16", "12 walked within a month", "6 months", "not operated on"):
        assert figure in why


def test_drugs_are_an_adjunct_in_metastases_with_symptoms() -> None:
    assert "adjunct" in said("systemic-therapy")
    assert "adjunct" not in said("systemic-therapy", tumour_origin="primary")
    assert set(systemic.ROWS) <= set(care.patient_rows(DEFAULT))
    assert set(systemic.READINGS) <= set(care.READINGS)


def planned(of_lesion: dict[str, Any], **of_patient: Any) -> dict[str, Recommendation]:
    """What the plan of a whole record gives for the patient."""
    found = plan(derive(case(lesion("T8", **of_lesion), **of_patient)), ())
    return {r.treatment: r for r in found.recommendations if not r.lesion}


def test_hormones_depend_on_earlier_treatment_and_on_the_tumour_where_the_record_is_silent_on_it() -> None:
    depends = ("previous-systemic-therapy", "hormone-dependent")
    assert planned({}, primary_tumour="prostate")["systemic-therapy"].depends_on == depends
    assert "systemic-therapy" not in planned({}, primary_tumour="prostate", previous_systemic_therapy=True)
    assert "systemic-therapy" not in planned({}, primary_tumour="kidney")
    assert "systemic-therapy" not in planned({})
    untreated = {"primary_tumour": "prostate", "previous_systemic_therapy": False}
    assert "systemic-therapy" not in planned({}, **untreated, hormone_dependent=False)
    assert planned({}, **untreated, hormone_dependent=True)["systemic-therapy"].settled


@pytest.mark.parametrize("tumour", TUMOURS)
def test_a_bone_modifying_agent_is_for_myeloma_and_breast_and_for_prostate_where_analgesia_fails(tumour: str) -> None:
    assert ("bone-modifying-agent" in advised(primary_tumour=tumour)) == (tumour in ("myeloma", "breast"))
    fails = advised(primary_tumour=tumour, pain_controlled=False)
    assert ("bone-modifying-agent" in fails) == (tumour in ("myeloma", "breast", "prostate"))


def test_denosumab_does_not_stand_in_for_a_stable_spine() -> None:
    assert "SINS 10 or more" in said("bone-modifying-agent")


def test_an_unknown_primary_tumour_is_looked_for_and_biopsied() -> None:
    found = advised(primary_tumour="unknown-primary", staging_complete=False)
    assert {"staging", "biopsy"} <= found.keys()
    assert "easier to biopsy" in found["staging"]
    assert "85 %" in said("staging", primary_tumour="unknown-primary")
    assert "85 %" not in said("staging")


def test_staging_that_is_complete_is_not_repeated() -> None:
    assert "staging" not in advised(primary_tumour="unknown-primary", staging_complete=True)
    assert "staging" in advised(staging_complete=False)


def test_a_silent_record_gets_nothing_that_the_proposals_for_what_is_missing_ask_for_anyway() -> None:
    for row in (*care.ROWS, *care.patient_rows(DEFAULT)):
        assert truths(row, {}) == {True, False}
        assert row.told or row.certain
        assert set(row.told) <= {atom.finding for atom in atoms(row.when)}


@pytest.mark.parametrize(("months", "ecog", "there"), [(2.9, 4, True), (3, 4, False), (2.9, 3, False), (12, 4, False)])
def test_supportive_care_is_for_those_who_have_weeks_and_lie_in_bed(months: float, ecog: int, there: bool) -> None:
    assert ("supportive-care" in advised(life_expectancy=months, ecog=ecog)) == there


@pytest.mark.parametrize(
    ("change", "there"),
    [
        ({"progressive_deficit": True}, True),
        ({"frankel_grade": "frankel-b"}, True),
        ({"ambulatory_status": "non-ambulatory"}, True),
        ({"radiculopathy": True}, False),
        ({"progressive_deficit": True, "surgical_fitness": "fit"}, False),
        ({"progressive_deficit": True, "life_expectancy": 3}, False),
    ],
)
def test_supportive_care_is_for_the_paralysed_too_who_are_unfit_and_have_weeks(
    change: dict[str, Any], there: bool
) -> None:
    found = advised(**{"surgical_fitness": "unfit", "life_expectancy": 2.9, **change})
    assert ("supportive-care" in found) == there


def test_supportive_care_depends_on_a_survival_that_nobody_can_tell() -> None:
    unfit = planned({"progressive_deficit": True}, surgical_fitness="unfit")
    assert unfit["supportive-care"].depends_on == ("life-expectancy",)
    assert planned({}, ecog=4)["supportive-care"].depends_on == ("life-expectancy",)
    for quiet in ({"surgical_fitness": "unfit"}, {"ecog": 3}):
        assert "supportive-care" not in planned({}, **quiet)
    assert "supportive-care" not in planned({"progressive_deficit": True})


def test_the_threshold_of_supportive_care_is_that_of_the_policy() -> None:
    policy = replace(DEFAULT, survival_threshold_months=6)
    found = advised(policy, life_expectancy=5, ecog=4)
    assert "under 6 months" in found["supportive-care"]
    assert "supportive-care" not in advised(policy, life_expectancy=6, ecog=4)


def test_the_rows_of_lmnop_for_the_patient_are_among_them() -> None:
    assert set(lmnop.PATIENT_ROWS) <= set(care.patient_rows(DEFAULT))


QUIET = {"sins_pain": "pain-free", "stability": "stable", "escc_grade": "escc-1b"}


def watched(**changes: Any) -> bool:
    (row,) = care.ROWS
    assert row.do == ("surveillance",)
    return holds_for(row.when, with_(**{**QUIET, **changes}))


def test_a_quiet_lesion_may_be_watched() -> None:
    assert watched()


@pytest.mark.parametrize(
    "change",
    [
        {"sins_pain": "occasional-non-mechanical"},
        {"stability": "indeterminate"},
        {"escc_grade": "escc-1c"},
        {"myelopathy": True},
        {"radiculopathy": True},
        {"sphincter_dysfunction": True},
        {"progressive_deficit": True},
        {"cauda_equina_syndrome": True},
    ],
)
def test_a_lesion_that_is_not_quiet_is_not_just_watched(change: dict[str, Any]) -> None:
    assert not watched(**change)


@pytest.mark.parametrize(
    ("treatment", "figures"),
    [
        ("mri-whole-spine", ("98.5 %", "98.9 %", "98.7 %")),
        ("ct-spine", ("66 %", "89 %")),
        ("biopsy", ("MRI first", "antibiotics", "93 %", "76 %")),
        ("staging", ("chest, abdomen and pelvis", "PET-CT")),
    ],
)
def test_the_accuracy_of_the_tests_is_said(treatment: str, figures: tuple[str, ...]) -> None:
    assert all(figure in said(treatment) for figure in figures)


@pytest.mark.parametrize(("tumour", "there"), [("myeloma", True), ("plasmacytoma", True), ("prostate", False)])
def test_a_bone_scan_is_not_relied_on_for_myeloma(tumour: str, there: bool) -> None:
    assert ("bone scan misses" in said("staging", primary_tumour=tumour)) == there


def test_every_row_and_note_has_a_source_and_no_empty_sentence() -> None:
    for row in (*care.ROWS, *care.patient_rows(DEFAULT)):
        assert row.rule.source is not None
        assert row.why.strip()
    for note in care.NOTES:
        assert note.source is not None
        assert note.text.endswith(".")
    for reading in care.READINGS:
        assert reading.differ.endswith(".")
        assert reading.read.endswith(".")


def test_the_rows_for_the_patient_read_nothing_that_is_of_one_lesion_alone() -> None:
    read = {atom.finding for row in care.patient_rows(DEFAULT) for atom in atoms(row.when)}
    assert all(FINDINGS[code].scope == "patient" or FINDINGS[code].patient_too for code in read)
