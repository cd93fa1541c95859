"""The parts of a plan put together: what comes first, what falls away, and what is said beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

import service.decision
from service.case import Case
from service.decision import en_bloc, rows, surgery
from service.decision.fitness import Unfit
from service.decision.guidelines import Guideline
from service.decision.missing import Asked
from service.decision.model import Bar, Checklist, Criterion, NotComputed, Note, Plan, Recommendation, Row, Urgency
from service.decision.plan import plan
from service.decision.tables import readers
from service.policy import Policy
from service.scoring import ENGINES
from tests.core.cases import case, lesion
from tests.decision.test_emergency import planned

#: A metastasis with nothing open that NOMS reads: 0 points of SINS but for its place.
KNOWN: dict[str, Any] = {
    "sins_pain": "pain-free", "sins_bone_lesion": "blastic", "sins_alignment": "normal", "sins_collapse": "none",
    "sins_posterolateral": "none", "escc_grade": "escc-0", "myelopathy": False, "prior_radiotherapy_at_level": False,
    "radiculopathy": False, "progressive_deficit": False, "sphincter_dysfunction": False,
    "cauda_equina_syndrome": False, "spinal_cord_compression": False,
}  # fmt: skip
PATIENT: dict[str, Any] = {"primary_tumour": "breast", "surgical_fitness": "fit", "life_expectancy": 12}
UNSTABLE: dict[str, Any] = {
    "sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "subluxation-translation",
    "sins_posterolateral": "bilateral",
}  # fmt: skip


def one(level: str = "T8", patient: dict[str, Any] | None = None, **changed: Any) -> Case:
    return case(lesion(level, **{**KNOWN, **changed}), **{**PATIENT, **(patient or {})})


def under(whole: Case, **policy: Any) -> Plan:
    """The plan under another policy, with the results of SINS and of the usual survival model."""
    results = (
        *(ENGINES["sins"].result(whole, each) for each in whole.lesions),
        ENGINES["katagiri-revised"].result(whole),
    )
    return plan(whole, results, Policy(**policy))


def of(found: Plan, treatment: str, level: str = "T8") -> Recommendation:
    (each,) = (
        r
        for r in found.recommendations
        if r.treatment == treatment and r.lesion and r.lesion.name == level and not r.form_of
    )
    return each


def has(found: Plan, treatment: str, level: str = "T8") -> bool:
    return any(r.treatment == treatment and r.lesion and r.lesion.name == level for r in found.recommendations)


# What is made once


def classes() -> Iterator[type]:
    for module in iter_modules(service.decision.__path__, "service.decision."):
        for each in vars(import_module(module.name)).values():
            if isinstance(each, type) and is_dataclass(each) and each.__module__ == module.name:
                yield each


@pytest.mark.parametrize("each", [each for each in classes() if each is not Asked], ids=lambda each: each.__name__)
def test_nothing_that_a_rule_says_can_be_altered_afterwards(each: type) -> None:
    """It is kept for the next case: what one plan altered another patient would be given."""
    assert each.__dataclass_params__.frozen  # type: ignore[attr-defined]


@pytest.mark.parametrize("each", [Row, Note, Bar, Checklist, Criterion, Guideline, Unfit])
def test_a_rule_is_itself_alone(each: type) -> None:
    """It is a key of caches, so comparing it has to cost nothing."""
    assert not each.__dataclass_params__.eq  # type: ignore[attr-defined]


# The order of the lesions, and what does not wait


def lesions_of(whole: Case) -> list[str]:
    named = [r.lesion.name for r in planned(whole).recommendations if r.lesion and not r.urgent]
    return list(dict.fromkeys(named))


def test_the_lesion_with_more_points_of_sins_comes_first() -> None:
    first, second = lesion("T8", **KNOWN), lesion("L3", **{**KNOWN, **UNSTABLE})
    assert lesions_of(case(first, second, **PATIENT)) == ["L3", "T8"]
    assert lesions_of(case(second, first, **PATIENT)) == ["L3", "T8"]


def test_lesions_with_as_many_points_stay_in_the_order_of_the_record() -> None:
    a, b = lesion("T4", **KNOWN), lesion("T8", **KNOWN)
    assert lesions_of(case(a, b, **PATIENT)) == ["T4", "T8"]
    assert lesions_of(case(b, a, **PATIENT)) == ["T8", "T4"]


def test_a_range_of_points_counts_by_its_middle() -> None:
    # T4 has 5 points, and L3 from 2 to 11.
    certain = lesion("T4", **{**KNOWN, "sins_pain": "mechanical", "sins_bone_lesion": "mixed"})
    open_ = lesion("L3", **{**KNOWN, "sins_pain": None, "sins_collapse": None, "sins_posterolateral": None})
    assert lesions_of(case(certain, open_, **PATIENT)) == ["L3", "T4"]


def test_a_lesion_with_an_emergency_comes_before_one_with_more_points() -> None:
    worse, alarmed = lesion("L3", **{**KNOWN, **UNSTABLE}), lesion("T8", **{**KNOWN, "progressive_deficit": True})
    assert lesions_of(case(worse, alarmed, **PATIENT)) == ["T8", "L3"]


def test_treatment_of_a_lesion_with_an_emergency_does_not_wait_and_that_of_another_does() -> None:
    calm, alarmed = lesion("L3", **KNOWN), lesion("T8", **{**KNOWN, "progressive_deficit": True})
    found = planned(case(calm, alarmed, **PATIENT))
    assert of(found, "cebrt", "T8").urgency is Urgency.URGENT
    assert of(found, "cebrt", "L3").urgency is Urgency.ROUTINE
    assert "24 hours of the decision to treat" in " ".join(of(found, "cebrt", "T8").notes)
    assert "24 hours of the decision to treat" not in " ".join(of(found, "cebrt", "L3").notes)


def test_an_alarm_of_the_patient_may_be_of_any_lesion() -> None:
    a, b = ({k: v for k, v in KNOWN.items() if k != "progressive_deficit"} for _ in range(2))
    found = planned(case(lesion("T8", **a), lesion("L3", **b), **PATIENT, progressive_deficit=True))
    assert [of(found, "cebrt", level).urgency for level in ("T8", "L3")] == [Urgency.URGENT] * 2


def test_an_alarm_that_is_not_certain_hastens_nothing() -> None:
    found = planned(one(progressive_deficit=[True, False]))
    assert of(found, "cebrt").urgency is Urgency.ROUTINE


def test_radiotherapy_after_an_operation_has_no_hours() -> None:
    found = planned(one(**UNSTABLE, progressive_deficit=True))
    assert has(found, "stabilisation")
    assert of(found, "cebrt").urgency is Urgency.URGENT
    assert "decision to treat" not in " ".join(of(found, "cebrt").notes)
    assert "Leave 2 weeks between" in " ".join(of(found, "cebrt").notes)
    assert "Leave 2 weeks between" not in " ".join(of(planned(one()), "cebrt").notes)
    assert "decision to treat" not in " ".join(of(found, "stabilisation").notes)


# Silence of the record


def test_silence_about_earlier_radiotherapy_is_read_as_none_and_said_and_asked_for() -> None:
    silent = one(prior_radiotherapy_at_level=None)
    found = planned(silent)
    assert of(found, "cebrt").settled
    assert "Make sure that this level has not been irradiated before" in of(found, "cebrt").notes[0]
    assert "prior-radiotherapy-at-level" in {need.finding for need in found.needed}
    assert not any("irradiated before" in note for note in of(planned(one()), "cebrt").notes)


def test_a_policy_may_leave_that_open() -> None:
    found = under(one(prior_radiotherapy_at_level=None), unsaid_radiotherapy="unknown")
    assert not of(found, "cebrt").settled
    assert not any("irradiated before" in note for note in of(found, "cebrt").notes)
    assert "prior-radiotherapy-at-level" in {need.finding for need in found.needed}


def test_silence_about_the_escc_grade_leaves_out_1c_and_says_so() -> None:
    silent = planned(one(escc_grade=None))
    assert "1c" in " ".join(of(silent, "cebrt").notes)
    assert "1c" not in " ".join(of(planned(one()), "cebrt").notes)
    assert not any(a.rule.title.endswith("1c") for r in silent.recommendations for a in r.advice)


def test_a_grade_below_the_conus_is_judged_together_and_silence_about_it_is_not() -> None:
    assert "conus" in " ".join(of(planned(one("L3")), "cebrt", "L3").notes)
    assert "conus" not in " ".join(of(planned(one("L3", escc_grade=None)), "cebrt", "L3").notes)


def test_a_collapse_over_half_with_sins_7_to_12_says_that_it_is_read_as_unstable() -> None:
    found = planned(one(sins_pain="mechanical", sins_bone_lesion="lytic", sins_collapse="over-50"))
    assert "read as unstable" in " ".join(of(found, "stabilisation").notes)
    assert "read as unstable" not in " ".join(of(planned(one(**UNSTABLE)), "stabilisation").notes)


@pytest.mark.parametrize(("tumour", "said"), [("breast", True), ("myeloma", False), ("lymphoma", False)])
def test_a_lesion_that_the_record_calls_no_metastasis_is_said_to_be_one_for_noms_unless_it_is_of_the_blood(
    tumour: str, said: bool
) -> None:
    found = planned(one(tumour_origin=None, patient={"primary_tumour": tumour}))
    assert ("does not say that this lesion is one" in " ".join(of(found, "cebrt").notes)) == said
    known = planned(one(patient={"primary_tumour": tumour}))
    assert "does not say that this lesion is one" not in " ".join(of(known, "cebrt").notes)


# What a site lacks


def test_what_the_site_lacks_is_referred_and_not_advised() -> None:
    found = under(one(**UNSTABLE), unavailable=frozenset(("surgery",)))
    assert not any(has(found, treatment) for treatment in ("stabilisation", "mis-fixation", "separation-surgery"))
    assert of(found, "referral").settled
    assert of(found, "referral").urgency is Urgency.URGENT
    assert not has(under(one(**UNSTABLE)), "referral")


# Fitness, prognosis, and what is beside the plan


def test_an_operation_says_why_the_rules_would_not_where_a_clinician_judged_the_patient_fit() -> None:
    notes = " ".join(of(planned(one(**UNSTABLE, patient={"platelets": 50})), "stabilisation").notes)
    assert "A clinician judged the patient fit for surgery, which counts" in notes
    assert "platelets under 100 000/uL" in notes
    assert "clinician judged" not in " ".join(of(planned(one(**UNSTABLE)), "stabilisation").notes)
    unfit = one(**UNSTABLE, patient={"platelets": 50, "surgical_fitness": "unfit"})
    assert "clinician judged" not in " ".join(of(planned(unfit), "stabilisation").notes)
    radiotherapy = of(planned(one(**UNSTABLE, patient={"platelets": 50})), "cebrt")
    assert "clinician judged" not in " ".join(radiotherapy.notes)


def test_an_operation_says_which_bars_make_the_patient_unfit_by_the_rules() -> None:
    known = {code: value for code, value in PATIENT.items() if code != "surgical_fitness"}
    whole = case(lesion("T8", **{**KNOWN, **UNSTABLE}), **known, platelets=50, bone_marrow_carcinomatosis=True)
    found = planned(whole)
    assert (
        "Not fit for surgery by the rules: bone marrow carcinomatosis, platelets under 100 000/uL, to be corrected "
        "before."
    ) in of(found, "stabilisation").notes
    assert found.unfit == ("bone marrow carcinomatosis", "platelets under 100 000/uL, to be corrected before")
    assert found.judged is not None
    assert found.judged.possible("surgical-fitness") == {"unfit"}


def test_a_prognosis_is_given_where_a_model_says_something_or_a_clinician_of_a_patient_with_a_lesion() -> None:
    assert plan(case(lesion("T8")), ()).prognosis is None
    assert plan(case(lesion("T8"), life_expectancy=12), ()).prognosis is not None
    assert plan(case(life_expectancy=12), ()).prognosis is None
    whole = case(primary_tumour="breast")
    assert plan(whole, (ENGINES["katagiri-revised"].result(whole),)).prognosis is not None


def test_a_patient_without_a_metastasis_has_no_plan_for_the_patient() -> None:
    silent = plan(case(ecog=4, primary_tumour="breast"), ())
    assert silent.recommendations == ()
    assert any(r.lesion is None for r in planned(case(lesion("T8"), ecog=4, primary_tumour="breast")).recommendations)


def test_srs_is_barred_at_a_cord_that_stays_compressed_and_not_where_it_is_decompressed() -> None:
    def barred(**changed: Any) -> bool:
        against = planned(one(escc_grade="escc-3", patient={**changed})).against
        return any(each.treatment == "srs" and each.barred for each in against)

    assert barred(primary_tumour="breast")
    assert barred(primary_tumour="colon", surgical_fitness="unfit")
    assert not barred(primary_tumour="colon")


def test_every_rule_reads_findings_and_no_fact_and_noms_those_of_its_columns() -> None:
    found = readers()
    assert found["noms"] >= {"escc-grade", "myelopathy", "primary-tumour", "surgical-fitness", "tumour-origin"}
    assert found["emergency"] >= {"progressive-deficit", "escc-grade"}
    assert found["systemic-fitness"] == {"bone-marrow-carcinomatosis", "ecog", "frankel-grade", "life-expectancy",
                                         "platelets"}  # fmt: skip
    assert "sins-pain" in found["pain-alone"]
    assert found["remarks"]
    assert all(found.values())
    assert not {"stability", "dumbbell"} & set().union(*found.values())


def test_one_plan_has_what_is_settled_before_what_is_open_and_the_operation_before_radiotherapy() -> None:
    found = planned(one(**UNSTABLE, patient={"primary_tumour": "kidney"}, escc_grade=None))
    own = [r for r in found.recommendations if r.lesion and not r.urgent and not r.form_of]
    assert [r.settled for r in own] == sorted((r.settled for r in own), reverse=True)
    settled = planned(one(**UNSTABLE, escc_grade="escc-3", patient={"primary_tumour": "kidney"}))
    steps = [r.treatment for r in settled.recommendations if r.lesion and r.settled and not r.form_of]
    wanted = [step for step in steps if step in ("embolisation", "decompression-stabilisation", "srs")]
    assert wanted == ["embolisation", "decompression-stabilisation", "srs"]


def test_the_middle_of_a_range_is_what_counts_and_not_its_end() -> None:
    # T4 has 5 points; T8 has from 3 to 6.
    certain = lesion("T4", **{**KNOWN, "sins_pain": "mechanical", "sins_bone_lesion": "mixed"})
    part = {"sins_pain": "occasional-non-mechanical", "sins_bone_lesion": "mixed", "sins_collapse": None}
    open_ = lesion("T8", **{**KNOWN, **part})
    assert lesions_of(case(open_, certain, **PATIENT)) == ["T4", "T8"]


# Which rules a lesion goes by


@pytest.mark.parametrize(
    ("origin", "by_noms"),
    [
        ("primary", False), ("dumbbell", False), (["primary", "dumbbell"], False), ("metastatic", True), (None, True),
        (["primary", "metastatic"], True),
    ],
    ids=str,
)  # fmt: skip
def test_a_lesion_goes_through_noms_unless_it_is_known_to_be_none_for_it(origin: Any, by_noms: bool) -> None:
    found = planned(one(tumour_origin=origin, patient={"primary_tumour": "chondrosarcoma"}))
    rules = {a.rule.plan for r in found.recommendations if r.lesion for a in r.advice}
    assert ("noms" in rules) == by_noms
    assert ("sins" in {code for r in found.recommendations for code in r.scores}) >= by_noms


def test_a_policy_from_a_file_reads_silence_as_one_that_is_written_here() -> None:
    silent = one(prior_radiotherapy_at_level=None)
    assert under(silent, unsaid_radiotherapy="".join(("no", "ne"))).recommendations == under(silent).recommendations


def test_a_lesion_of_any_tumour_of_the_blood_needs_no_word_that_it_is_a_metastasis() -> None:
    several = ["lymphoma", "myeloma", "plasmacytoma", "leukaemia"]
    found = planned(one(tumour_origin=None, patient={"primary_tumour": several}))
    assert not any("does not say that this lesion" in note for r in found.recommendations for note in r.notes)


def test_earlier_radiotherapy_is_not_asked_for_where_no_radiotherapy_comes_into_question() -> None:
    found = under(one(prior_radiotherapy_at_level=None, myelopathy=True))
    assert not has(found, "cebrt")
    assert not has(found, "srs")
    assert "prior-radiotherapy-at-level" not in {need.finding for need in found.needed}


# Imaging for pain


def for_pain(whole: Case, **policy: Any) -> bool:
    reasons = [a.reason for r in under(whole, **policy).recommendations for a in r.advice]
    return any(reason.startswith("pain of the spine") for reason in reasons)


def test_pain_alone_is_imaged_by_the_guideline_that_speaks_of_it() -> None:
    painful = one(escc_grade=None, sins_pain="mechanical")
    assert for_pain(painful)
    assert not for_pain(painful, guideline="cepo-2012")
    assert not for_pain(one(escc_grade=None))
    assert not for_pain(one(sins_pain="mechanical"))


def test_an_emergency_has_its_own_mri_and_a_primary_tumour_its_own_rules() -> None:
    assert not for_pain(one(escc_grade=None, sins_pain="mechanical", radiculopathy=True, progressive_deficit=True))
    assert not for_pain(one(escc_grade=None, sins_pain="mechanical", tumour_origin="primary"))
    alarmed = planned(one(escc_grade=None, myelopathy=True, progressive_deficit=True))
    assert [r.urgent for r in alarmed.recommendations if r.treatment == "mri-whole-spine" and r.lesion] == [True]


# Against a treatment, and for the patient


def test_a_level_that_was_irradiated_has_conventional_radiotherapy_barred() -> None:
    found = planned(one(prior_radiotherapy_at_level=True))
    assert ("cebrt", True) in {(each.treatment, each.barred) for each in found.against}
    assert ("cebrt", True) not in {(each.treatment, each.barred) for each in planned(one()).against}


def test_kyphoplasty_of_a_painful_collapse_is_considered_and_the_plan_says_what_speaks_against_it() -> None:
    painful = one(sins_pain="mechanical", sins_collapse="under-50")
    found = [each for each in planned(painful).against if each.treatment == "kyphoplasty"]
    assert [(each.barred, "criteria met" in each.why) for each in found] == [(False, True)]


def test_the_patient_as_a_whole_has_advice_beside_that_for_the_lesions() -> None:
    found = planned(one(patient={"ecog": 4, "life_expectancy": 1}))
    own = [r for r in found.recommendations if r.lesion is None and not r.urgent]
    assert {a.rule.plan for r in own for a in r.advice} - {"missing-data"}
    assert len({r.treatment for r in own}) == len(own)


# What the rows ask for


def test_what_a_row_for_a_lesion_depends_on_is_asked_for() -> None:
    found = plan(one(escc_grade=None, sins_pain=["mechanical", "pain-free"]), ())
    assert [need.decides for need in found.needed if need.finding == "sins-pain"] == [("the plan for T8",)]


def test_what_a_row_for_the_patient_depends_on_is_asked_for() -> None:
    found = plan(one(patient={"life_expectancy": 1, "ecog": [3, 4]}), ())
    assert "the plan" in {what for need in found.needed if need.lesion is None for what in need.decides}


@pytest.mark.parametrize("checklist", [*surgery.CHECKLISTS, *en_bloc.CHECKLISTS], ids=lambda each: each.title)
def test_a_rule_reads_what_its_checklist_asks(checklist: Checklist) -> None:
    assert rows.reads_of((), (checklist,)) <= readers()[checklist.rule.plan]


def test_a_score_that_is_not_computed_says_why() -> None:
    score = ENGINES["tomita"].score
    assert NotComputed(score, "no metastasis") == NotComputed(score=score, reason="no metastasis")
    assert NotComputed(score, "no metastasis") != NotComputed(score, "another")
