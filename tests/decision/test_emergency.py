"""Emergencies head the plan; silence raises none, a conflict does, and a steroid wants neurological signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from service.case import Case
from service.decision.emergency import READS, emergencies
from service.decision.emergency import cautions as cautions_of
from service.decision.guideline_notes import notes
from service.decision.guidelines import GUIDELINES
from service.decision.imaging import pain_alone, ungraded
from service.decision.model import Premise, Recommendation, Urgency
from service.derivations import derive
from service.findings import FINDINGS, TUMOURS
from service.scoring.sources import BADVE_2021
from tests.core.cases import case, lesion
from tests.decision.independent import ESCC
from tests.decision.planned import planned

ALARMS = ("progressive-deficit", "sphincter-dysfunction", "cauda-equina-syndrome", "spinal-cord-compression")
#: Where a suspicion is enough to act on, nothing is asked first.
SUSPICIONS = ALARMS[2:]
#: Those that are neurological symptoms or signs themselves; compression may be seen on an image alone.
NEUROLOGICAL = ALARMS[:3]
STEPS = ["urgent-spine-referral", "mri-whole-spine", "dexamethasone"]
YES = frozenset((True,))
WORDS = {
    "progressive-deficit": "new or progressive neurological deficit",
    "sphincter-dysfunction": "sphincter dysfunction",
    "cauda-equina-syndrome": "cauda equina syndrome",
    "spinal-cord-compression": "spinal cord compression",
}
NICE = "(NICE 2023, NG234 and QS56, United Kingdom)"
CEPO = "(CEPO 2012, guideline of Quebec on spinal cord compression, Canada)"
#: What each step says under each guideline, after the alarm.
SAID = {
    "nice-2023": (
        f": refer to the spine service at once; contact the coordinator for cord compression immediately {NICE}",
        f": MRI of the whole spine within 24 hours of the suspicion {NICE}",
        ": dexamethasone 16 mg as soon as possible (by mouth, or the parenteral equivalent), then 16 mg daily until "
        f"surgery or radiotherapy; stop if compression is ruled out {NICE}",
    ),
    "cepo-2012": (
        ": refer to the spine service at once",
        ": MRI of the whole spine as soon as possible: the text of CEPO 2012 that could be read gives no number of "
        f"hours {CEPO}",
        f": dexamethasone 16 mg daily as soon as compression is suspected {CEPO}",
    ),
}


def of(finding: str, value: Any) -> dict[str, Any]:
    return {finding.replace("-", "_"): value}


def steroid(whole: Case, guideline: str = "nice-2023") -> Recommendation | None:
    return next((r for r in emergencies(whole, GUIDELINES[guideline]) if r.treatment == "dexamethasone"), None)


# What heads the plan


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_of_a_lesion_heads_the_plan(alarm: str) -> None:
    whole = case(lesion("T8"), lesion("L1", **of(alarm, True)), primary_tumour="kidney")
    head = planned(whole).recommendations[:3]
    assert [r.treatment for r in head] == STEPS
    assert all(r.urgent and r.lesion is whole.lesions[1] for r in head)
    assert all(r.settled and r.reads == (alarm,) for r in head[:2])
    assert head[2].settled == (alarm in NEUROLOGICAL)


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_of_the_patient_heads_the_plan_without_a_lesion(alarm: str) -> None:
    head = planned(case(lesion("T8"), **of(alarm, True))).recommendations[:3]
    settled = (True, True, alarm in NEUROLOGICAL)
    assert [(r.treatment, r.lesion, r.settled) for r in head] == [
        (step, None, known) for step, known in zip(STEPS, settled, strict=True)
    ]


@pytest.mark.parametrize("alarm", ALARMS[:2])
def test_an_alarm_that_another_source_denies_still_counts_and_depends_on_it(alarm: str) -> None:
    head = planned(case(lesion("T8", **of(alarm, [True, False])))).recommendations[:3]
    assert [(r.treatment, r.urgent, r.paths) for r in head] == [
        (step, True, ((Premise(alarm, YES),),)) for step in STEPS
    ]


def test_each_lesion_with_an_alarm_has_its_own_emergency_before_everything_else() -> None:
    whole = case(lesion("T8", progressive_deficit=True), lesion("L1"), lesion("C4", sphincter_dysfunction=True))
    found = planned(whole).recommendations
    assert [r.lesion.name for r in found[:6] if r.lesion] == ["T8"] * 3 + ["C4"] * 3
    urgent = [r.urgent for r in found]
    assert urgent == sorted(urgent, reverse=True)


def test_steps_of_several_lesions_say_that_each_is_taken_once() -> None:
    one = emergencies(case(lesion("T2", progressive_deficit=True)))
    two = emergencies(case(lesion("T2", progressive_deficit=True), lesion("L1", progressive_deficit=True)))
    once = "Once for the patient, not for each lesion."
    assert [step.treatment for step in two] == STEPS * 2
    assert all(once in step.notes for step in two)
    assert not any(once in step.notes for step in one)


@pytest.mark.parametrize("alarm", ALARMS[:2])
def test_what_would_settle_an_emergency_is_asked_for_first(alarm: str) -> None:
    first = planned(case(lesion("T8", **of(alarm, [True, False])), primary_tumour="breast")).needed[0]
    assert (first.finding, first.lesion.name if first.lesion else None) == (alarm, "T8")


# What raises an alarm


@pytest.mark.parametrize("alarm", ALARMS)
def test_silence_and_denial_raise_no_alarm(alarm: str) -> None:
    for found in ({}, of(alarm, False)):
        assert emergencies(case(lesion("T8", **found), **found)) == []


@pytest.mark.parametrize("alarm", SUSPICIONS)
def test_a_suspicion_of_compression_is_as_urgent_as_its_proof(alarm: str) -> None:
    urgent = emergencies(case(lesion("T8", **of(alarm, [True, False]))))
    assert [(r.treatment, r.settled) for r in urgent] == list(zip(STEPS, (True, True, False), strict=True))
    assert all(r.advice[0].reason.startswith("suspected ") for r in urgent)


def test_one_certain_alarm_settles_what_an_uncertain_one_leaves_open() -> None:
    urgent = emergencies(case(lesion("T8", progressive_deficit=True, sphincter_dysfunction=[True, False])))
    assert [r.treatment for r in urgent] == STEPS
    assert all(r.settled for r in urgent)
    assert "sphincter" not in urgent[0].advice[0].reason


def test_two_uncertain_alarms_are_two_ways_to_the_emergency() -> None:
    some = [True, False]
    for step in emergencies(case(lesion("T8", progressive_deficit=some, sphincter_dysfunction=some))):
        assert step.paths == ((Premise("progressive-deficit", YES),), (Premise("sphincter-dysfunction", YES),))


GRADES = [*ESCC, ["escc-1b", "escc-2"], ["escc-2", "escc-3"], ["escc-0", "escc-1c"], ["escc-1c", "escc-3"]]


@pytest.mark.parametrize("grade", GRADES, ids=str)
@pytest.mark.parametrize("myelopathy", [True, False, [True, False]], ids=str)
def test_high_grade_escc_with_myelopathy_is_an_emergency_exactly_where_it_may_be(grade: Any, myelopathy: Any) -> None:
    urgent = emergencies(case(lesion("T8", escc_grade=grade, myelopathy=myelopathy)))
    grades = grade if isinstance(grade, list) else [grade]
    states = myelopathy if isinstance(myelopathy, list) else [myelopathy]
    alarming = {(g, m) for g, m in product(grades, states) if g in ("escc-2", "escc-3") and m}
    assert [r.treatment for r in urgent] == (STEPS if alarming else [])
    for found in urgent:
        assert found.settled == (len(alarming) == len(grades) * len(states))
        assert {(g, m) for g, m in product(grades, states) if leads(found, _way(g, m))} == alarming


def _way(grade: str, myelopathy: bool) -> dict[str, Any]:
    return {"escc-grade": grade, "myelopathy": myelopathy}


def leads(found: Recommendation, way: Mapping[str, Any]) -> bool:
    return found.settled or any(all(way[p.finding] in p.values for p in path) for path in found.paths)


def test_an_emergency_by_escc_and_myelopathy_rests_on_both() -> None:
    for step in emergencies(case(lesion("T8", escc_grade="escc-3", myelopathy=True))):
        assert set(step.reads) == {"escc-grade", "myelopathy"}


def test_high_grade_escc_without_a_word_about_myelopathy_depends_on_it() -> None:
    for step in emergencies(case(lesion("T8", escc_grade="escc-3"))):
        assert step.paths == ((Premise("myelopathy", YES),),)


def test_myelopathy_without_an_escc_grade_is_no_emergency_by_escc() -> None:
    assert emergencies(case(lesion("T8", myelopathy=True))) == []


def test_myelopathy_of_the_patient_counts_for_a_lesion_with_high_grade_escc() -> None:
    urgent = emergencies(case(lesion("T8", escc_grade="escc-2"), lesion("L1", escc_grade="escc-0"), myelopathy=True))
    assert [(r.treatment, r.lesion.name if r.lesion else None) for r in urgent] == [(step, "T8") for step in STEPS]


def test_an_alarm_does_not_need_a_tumour_that_is_known_to_be_a_metastasis() -> None:
    for origin in ("primary", None):
        assert emergencies(case(lesion("T8", tumour_origin=origin, progressive_deficit=True)))


def test_without_a_lesion_an_alarm_counts_just_where_the_record_names_a_cancer() -> None:
    """It may be the first sign of a metastasis; in a record without any tumour it is not for this service."""
    assert [r.treatment for r in emergencies(case(progressive_deficit=True))] == STEPS
    assert emergencies(case(progressive_deficit=True, has_cancer=False)) == []


# What the steps say


@pytest.mark.parametrize("guideline", SAID)
@pytest.mark.parametrize("alarm", ALARMS)
def test_each_step_of_each_alarm_says_the_limits_and_doses_of_the_guideline(alarm: str, guideline: str) -> None:
    found = emergencies(case(lesion("T8", **of(alarm, True))), GUIDELINES[guideline])
    refer, mri, dexamethasone = SAID[guideline]
    if alarm not in NEUROLOGICAL:
        dexamethasone = dexamethasone.replace(": dexa", ": with neurological symptoms or signs, dexa")
    assert [(r.treatment, r.advice[0].reason) for r in found] == [
        (step, WORDS[alarm] + said) for step, said in zip(STEPS, (refer, mri, dexamethasone), strict=True)
    ]


@pytest.mark.parametrize("guideline", SAID)
def test_each_step_of_high_grade_escc_with_myelopathy_says_the_same(guideline: str) -> None:
    found = emergencies(case(lesion("T8", escc_grade="escc-2", myelopathy=True)), GUIDELINES[guideline])
    assert [r.advice[0].reason for r in found] == [f"high-grade ESCC with myelopathy{said}" for said in SAID[guideline]]


@pytest.mark.parametrize("guideline", GUIDELINES)
def test_every_step_is_an_emergency_of_one_rule_and_cites_the_guideline(guideline: str) -> None:
    chosen = GUIDELINES[guideline]
    for step in emergencies(case(lesion("T8", spinal_cord_compression=True)), chosen):
        (advice,) = step.advice
        assert (advice.treatment, advice.urgency, step.urgent) == (step.treatment, Urgency.STAT, True)
        assert (advice.rule.plan, advice.rule.title, advice.rule.source) == (
            "emergency",
            "Emergency",
            chosen.sources[0],
        )


def test_the_guideline_is_that_of_nice_unless_another_is_chosen() -> None:
    whole = case(lesion("T8", progressive_deficit=True))
    assert emergencies(whole) == emergencies(whole, GUIDELINES["nice-2023"])


@pytest.mark.parametrize("alarm", ALARMS)
def test_the_guideline_changes_neither_the_steps_nor_what_they_depend_on(alarm: str) -> None:
    for value in (True, [True, False], False):
        whole = case(lesion("T8", **of(alarm, value)))
        one, other = (
            [(r.treatment, r.paths, r.reads) for r in emergencies(whole, each)] for each in GUIDELINES.values()
        )
        assert one == other


def test_the_mri_of_an_emergency_says_what_is_imaged_and_that_an_x_ray_settles_nothing() -> None:
    whole = case(lesion("T8", progressive_deficit=True))
    _, mri, _ = emergencies(whole)
    imaging, plain, overnight = mri.facts
    assert all(word in imaging for word in ("T1", "STIR", "T2", "axial", "CT where MRI is contraindicated"))
    assert plain == "A plain X-ray neither shows nor excludes a metastasis or compression (NICE 2023)."
    assert "night" in overnight
    assert emergencies(whole, GUIDELINES["cepo-2012"])[1].facts == ()


# Dexamethasone

SIGNS: dict[str, Any] = {
    "progressive_deficit": True,
    "sphincter_dysfunction": True,
    "cauda_equina_syndrome": True,
    "myelopathy": True,
    "radiculopathy": True,
    "frankel_grade": "frankel-d",
}
DENIED: dict[str, Any] = {**dict.fromkeys(SIGNS, False), "frankel_grade": "frankel-e"}
WITHOUT_SIGNS = {
    "nice-2023": "Dexamethasone is for neurological symptoms or signs; without, it is only considered, in severe pain "
    "or a haematological malignancy, and not given as a routine otherwise (NICE 2023).",
    "cepo-2012": "Dexamethasone is for symptoms; the text of CEPO 2012 that could be read does not say who else has "
    "it.",
}
FOUR_WAYS = tuple(
    (Premise(finding, YES),)
    for finding in ("progressive-deficit", "sphincter-dysfunction", "cauda-equina-syndrome", "myelopathy")
)


@pytest.mark.parametrize("guideline", GUIDELINES)
@pytest.mark.parametrize("value", [True, [True, False]], ids=str)
@pytest.mark.parametrize("alarm", SUSPICIONS)
def test_a_bare_suspicion_gives_a_steroid_only_if_there_are_neurological_signs(
    alarm: str, value: Any, guideline: str
) -> None:
    found = steroid(case(lesion("T8", **of(alarm, value)), primary_tumour="breast"), guideline)
    assert found is not None
    if alarm == "cauda-equina-syndrome" and value is True:
        assert found.settled
    else:
        assert found.paths == FOUR_WAYS
        assert found.advice[0].reason.split(": ")[1].startswith("with neurological symptoms or signs, dexamethasone")
        assert set(found.reads) == {alarm, *(path[0].finding for path in FOUR_WAYS)}


@pytest.mark.parametrize("guideline", GUIDELINES)
@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("value", [True, [True, False]], ids=str)
def test_compression_with_any_neurological_sign_in_the_record_gives_a_steroid(
    value: Any, sign: str, guideline: str
) -> None:
    told = {sign: SIGNS[sign]}
    records = [case(lesion("T8", spinal_cord_compression=value), **told)]
    if sign != "frankel_grade":  # a finding of the patient
        records.append(case(lesion("T8", spinal_cord_compression=value, **told)))
    for whole in records:
        steps = [r for r in emergencies(whole, GUIDELINES[guideline]) if r.lesion]
        assert [(r.treatment, r.settled) for r in steps] == [(step, True) for step in STEPS]
        assert steps[0].notes == ()
        assert "with neurological symptoms" not in steps[2].advice[0].reason
        assert set(steps[2].reads) == {"spinal-cord-compression", sign.replace("_", "-")}


def test_a_sign_that_is_no_alarm_is_named_in_the_reason_of_the_steroid() -> None:
    found = steroid(case(lesion("T8", spinal_cord_compression=True, radiculopathy=True), frankel_grade="frankel-c"))
    assert found is not None
    said = "spinal cord compression, with radiculopathy, with a deficit by the Frankel grade: dexamethasone 16 mg"
    assert found.advice[0].reason.startswith(said)


def test_a_sign_that_is_an_alarm_is_named_once() -> None:
    found = steroid(case(lesion("T8", spinal_cord_compression=True, progressive_deficit=True)))
    assert found is not None
    assert found.advice[0].reason.count("deficit") == 1


@pytest.mark.parametrize("guideline", GUIDELINES)
def test_without_neurological_signs_there_is_no_steroid_and_the_referral_says_why(guideline: str) -> None:
    on_lesion = {k: v for k, v in DENIED.items() if k != "frankel_grade"}
    whole = case(lesion("T8", spinal_cord_compression=True, **on_lesion), frankel_grade="frankel-e")
    refer, mri = emergencies(whole, GUIDELINES[guideline])
    assert [refer.treatment, mri.treatment] == STEPS[:2]
    assert refer.settled
    assert mri.settled
    assert refer.notes == (WITHOUT_SIGNS[guideline],)


@pytest.mark.parametrize("tumour", ["lymphoma", "myeloma"])
def test_a_haematological_malignancy_alone_gives_no_steroid(tumour: str) -> None:
    """It may be considered: a note says so, and somebody decides."""
    on_lesion = {k: v for k, v in DENIED.items() if k != "frankel_grade"}
    assert steroid(case(lesion("T8", spinal_cord_compression=True, **on_lesion), primary_tumour=tumour)) is None


def test_where_the_emergency_itself_is_open_a_sign_is_what_it_hangs_on_and_nothing_is_added() -> None:
    refer, _, dexamethasone = emergencies(case(lesion("T8", progressive_deficit=[True, False])))
    assert refer.notes == ()
    assert dexamethasone.advice[0].reason == WORDS["progressive-deficit"] + SAID["nice-2023"][2]


def test_walking_badly_is_no_neurological_sign_by_itself() -> None:
    found = steroid(case(lesion("T8", spinal_cord_compression=True), ambulatory_status="non-ambulatory"))
    assert found is not None
    assert found.paths == FOUR_WAYS


def test_what_one_source_says_and_another_denies_is_a_way_to_the_steroid() -> None:
    grades = ["frankel-c", "frankel-e"]
    found = steroid(case(lesion("T8", spinal_cord_compression=True, radiculopathy=[True, False]), frankel_grade=grades))
    assert found is not None
    assert found.paths == (
        *FOUR_WAYS,
        (Premise("radiculopathy", YES),),
        (Premise("frankel-grade", frozenset(("frankel-c",))),),
    )


def test_a_way_that_asks_for_more_than_another_is_left_out() -> None:
    found = steroid(case(lesion("T8", spinal_cord_compression=True, escc_grade=["escc-1b", "escc-2"])))
    assert found is not None
    assert sorted(map(str, found.paths)) == sorted(map(str, FOUR_WAYS))


def test_signs_of_another_lesion_are_not_those_of_this_one() -> None:
    whole = case(lesion("T8", spinal_cord_compression=True), lesion("L1", myelopathy=True))
    found = steroid(whole)
    assert found is not None
    assert found.paths == FOUR_WAYS


def test_signs_of_any_lesion_are_those_of_a_patient_with_compression_somewhere() -> None:
    found = steroid(case(lesion("T8"), lesion("L1", myelopathy=True), spinal_cord_compression=True))
    assert found is not None
    assert found.lesion is None
    assert found.settled


ANSWERS: tuple[Any, ...] = (None, True, False, [True, False])


@pytest.mark.parametrize("compression", ANSWERS, ids=str)
@pytest.mark.parametrize("cauda", ANSWERS, ids=str)
def test_the_steroid_is_advised_in_just_those_completions_that_have_a_sign(compression: Any, cauda: Any) -> None:
    """All records that say yes, no, both or nothing of each alarm and of myelopathy, without an ESCC grade."""
    findings = (*ALARMS, "myelopathy")
    for deficit, sphincter, myelopathy in product(ANSWERS, repeat=3):
        record = dict(zip(findings, (deficit, sphincter, cauda, compression, myelopathy), strict=True))
        whole = case(lesion("T8", **{k.replace("-", "_"): v for k, v in record.items()}))
        found = steroid(whole)
        suspected = any(record[finding] in (True, [True, False]) for finding in SUSPICIONS)
        alarmed = [finding for finding in ALARMS[:2] if record[finding] in (True, [True, False])]
        signs = [*NEUROLOGICAL, "myelopathy"] if suspected else alarmed
        for values in product(*(_values(record[finding]) for finding in findings)):
            way = dict(zip(findings, values, strict=True))
            assert (found is not None and leads(found, way)) == any(way[sign] for sign in signs), (record, way)


def _values(said: Any) -> list[bool]:
    return [True, False] if said is None else said if isinstance(said, list) else [said]


# Its cautions

HAEMATOLOGICAL = ("lymphoma", "myeloma", "plasmacytoma", "leukaemia")
NO_TISSUE = (
    "The primary tumour may still be a lymphoma: talk to oncology or haematology before the first dose, for a steroid "
    "can spoil the biopsy."
)
BLOOD = (
    "A haematological malignancy, so discuss the dose with the haematology team: 16 mg, with the advice of the "
    "multidisciplinary team "
    "(NICE 2023)."
)
LOADING = "Avoid a high loading dose (CEPO 2012)."
STOP = "Stop it if compression is ruled out (NICE 2023)."


def cautions(tumour: Any, guideline: str = "nice-2023") -> set[str]:
    told = {} if tumour is None else {"primary_tumour": tumour}
    found = steroid(case(lesion("T8", progressive_deficit=True), **told), guideline)
    assert found is not None
    assert found.settled
    assert len(set(found.notes)) == len(found.notes)
    return set(found.notes)


@pytest.mark.parametrize("guideline", GUIDELINES)
@pytest.mark.parametrize("tumour", TUMOURS)
def test_a_known_tumour_has_the_cautions_of_its_kind(tumour: str, guideline: str) -> None:
    expected = {LOADING} if guideline == "nice-2023" else {LOADING, STOP}
    if tumour in HAEMATOLOGICAL:
        expected |= {BLOOD}
    if tumour == "unknown-primary":
        expected |= {NO_TISSUE}
    assert cautions(tumour, guideline) == expected


@pytest.mark.parametrize("tumour", [None, ["lymphoma", "breast"], ["lymphoma", "unknown-primary"]], ids=str)
def test_where_lymphoma_is_possible_somebody_is_asked_before_the_first_dose(tumour: Any) -> None:
    assert cautions(tumour) == {LOADING, NO_TISSUE}
    found = steroid(case(lesion("T8", spinal_cord_compression=True), **({"primary_tumour": tumour} if tumour else {})))
    assert found is not None
    assert found.notes[0] == NO_TISSUE


def test_one_of_several_haematological_malignancies_has_both_cautions() -> None:
    assert cautions(["lymphoma", "myeloma"]) == {LOADING, NO_TISSUE, BLOOD}


@pytest.mark.parametrize("tumour", [["myeloma", "breast"], ["kidney", "breast"]], ids=str)
def test_where_lymphoma_is_ruled_out_nobody_waits(tumour: Any) -> None:
    assert cautions(tumour) == {LOADING}


def test_every_finding_that_an_emergency_rests_on_is_among_those_that_its_rules_read() -> None:
    assert set(FINDINGS) >= READS
    whole = case(
        lesion("T8", spinal_cord_compression=True, escc_grade="escc-3", radiculopathy=[True, False]),
        frankel_grade=["frankel-c", "frankel-e"],
    )
    for step in emergencies(whole):
        assert set(step.reads) | set(step.depends_on) <= READS


# Other guidelines


NICE_2023 = GUIDELINES["nice-2023"]


def test_a_guideline_of_several_texts_is_cited_by_its_publication() -> None:
    guideline = replace(NICE_2023, sources=(*NICE_2023.sources, BADVE_2021))
    (published, _) = guideline.sources
    steps = emergencies(case(lesion("T8", progressive_deficit=True)), guideline)
    assert {advice.rule.source for step in steps for advice in step.advice} == {published}
    pain = pain_alone(guideline)
    assert pain is not None
    assert pain.rule.source == ungraded(guideline).rule.source == published
    assert {note.source for note in notes(guideline)} == {published}
    assert BADVE_2021 not in {note.source for note in cautions_of(guideline)}


def test_without_a_first_dose_the_daily_one_says_how_and_until_when() -> None:
    found = replace(NICE_2023, dexamethasone_first_mg=None)
    (step,) = (r for r in emergencies(case(lesion("T8", progressive_deficit=True)), found) if "dexa" in r.treatment)
    assert step.advice[0].reason == (
        "new or progressive neurological deficit: dexamethasone 16 mg daily as soon as possible (by mouth, or the "
        f"parenteral equivalent) until surgery or radiotherapy; stop if compression is ruled out {NICE}"
    )


@pytest.mark.parametrize("finding", ["frankel_grade", "asia_impairment"])
def test_a_proven_deficit_is_an_emergency_if_it_is_new(finding: str) -> None:
    scale = finding.split("_", maxsplit=1)[0]
    found = emergencies(derive(case(lesion("T8"), **{finding: f"{scale}-c"})))
    (referral,) = [each for each in found if each.treatment == "urgent-spine-referral"]
    assert not referral.settled
    assert [[premise.finding for premise in path] for path in referral.paths] == [["progressive-deficit"]]
