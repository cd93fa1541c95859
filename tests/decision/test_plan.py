"""The plan of whole cases: the four that say what the contract means, and any other by brute force."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.case import Case, Lesion
from service.decision.facts import stability
from service.decision.model import Plan, Recommendation
from service.derivations import derive
from service.evidence import Span
from service.findings import FINDINGS
from service.scoring import ENGINES
from tests.core.cases import case, lesion, possible, values
from tests.decision.independent import STABILITY, noms, ways
from tests.decision.test_emergency import STEPS, planned
from tests.decision.test_tree import leads_to
from tests.scoring.completions import completions
from tests.scoring.independent import PUBLISHED

STABLE_SINS = {
    "sins_pain": "pain-free",
    "sins_bone_lesion": "blastic",
    "sins_alignment": "normal",
    "sins_collapse": "none",
}
A = case(lesion("T6", **STABLE_SINS, myelopathy=False), primary_tumour="breast")
B = case(
    lesion(
        "L1",
        sins_pain="mechanical",
        sins_bone_lesion="lytic",
        sins_alignment="normal",
        sins_collapse="over-50",
        sins_posterolateral="unilateral",
        myelopathy=True,
        progressive_deficit=True,
    ),
    primary_tumour="kidney",
    karnofsky=60,
    frankel_grade="frankel-c",
)
C = case(
    lesion("L3"),
    primary_tumour="breast",
    visceral_metastases="none",
    brain_metastases=False,
    bone_metastases="solitary",
    albumin=Span(float("-inf"), 3.5, high_open=True),
    ecog=[1, 3],
    ambulatory_status="impaired",
    previous_chemotherapy=True,
    hormone_dependent=True,
)
D = case(
    lesion("T8", **STABLE_SINS, sins_posterolateral="none", escc_grade="escc-0", prior_radiotherapy_at_level=True),
    lesion(
        "T12",
        sins_pain="mechanical",
        sins_bone_lesion="lytic",
        sins_alignment="de-novo-deformity",
        sins_collapse="over-50",
        sins_posterolateral="bilateral",
        escc_grade="escc-2",
    ),
    primary_tumour="prostate",
    surgical_fitness="unfit",
)


def score(code: str, whole: Case, one: Lesion | None = None) -> tuple[set[int], list[str]]:
    found = ENGINES[code].result(derive(whole), one)
    return set(found.totals), [band.code for band in found.bands]


def by_noms(found: Plan, name: str) -> dict[str, Recommendation]:
    """What NOMS advises for the lesion, with what goes with it, and without what other rules add."""
    own = [r for r in found.recommendations if r.lesion and r.lesion.name == name and not r.urgent]
    return {r.treatment: r for r in own if any(a.rule.plan in NOMS_PLANS for a in r.advice) and not r.form_of}


NOMS_PLANS = ("noms", "embolisation", "systemic-fitness", "primary-tumour")


def ways_to(found: Recommendation) -> list[dict[str, set[Any]]]:
    return [{premise.finding: set(premise.values) for premise in path} for path in found.paths]


def test_case_a_is_settled_although_incomplete() -> None:
    assert score("sins", A, A.lesions[0]) == ({1, 2, 4}, ["stable"])
    advised = by_noms(planned(derive(A)), "T6")
    assert list(advised) == ["cebrt"]
    assert advised["cebrt"].settled
    assert not any(r.urgent for r in planned(derive(A)).recommendations)
    needed = {need.finding for need in planned(derive(A)).needed}
    assert not needed & {"escc-grade", "surgical-fitness", "sins-posterolateral"}
    assert {"karnofsky", "visceral-metastases", "albumin"} <= needed


def test_case_b_is_urgent_first_and_conditional_on_escc_and_fitness() -> None:
    found = planned(derive(B))
    assert score("sins", B, B.lesions[0]) == ({12}, ["indeterminate"])
    assert score("tokuhashi-revised", B) == (set(range(5, 12)), ["under-6-months", "6-months-or-more"])
    assert [(r.treatment, r.urgent) for r in found.recommendations[:3]] == [(step, True) for step in STEPS]
    advised = by_noms(found, "L1")
    high = {"escc-2", "escc-3"}
    assert ways_to(advised["decompression-stabilisation"]) == [{"escc-grade": high, "surgical-fitness": {"fit"}}]
    assert ways_to(advised["srs"]) == ways_to(advised["decompression-stabilisation"])
    assert ways_to(advised["stabilisation"]) == [{"escc-grade": high, "surgical-fitness": {"unfit"}}]
    assert ways_to(advised["cebrt"]) == ways_to(advised["stabilisation"])
    assert ways_to(advised["embolisation"]) == [{"escc-grade": high}]
    assert {"escc-grade": {"escc-0", "escc-1a", "escc-1b"}} in ways_to(advised["mdt-review"])
    assert any("Kim" in note and "unstable" in note for note in advised["srs"].notes)
    assert [need.finding for need in found.needed[:2]] == ["escc-grade", "surgical-fitness"]


def test_case_c_keeps_the_comparator_the_conflict_and_the_ceiling() -> None:
    assert score("bauer-modified", C) == ({4}, ["3-4"])
    assert score("nesms", C) == ({3}, ["3"])
    assert score("katagiri-revised", C) == ({2, 3, 4}, ["low", "intermediate"])
    points = {i.item.code: set(i.points) for i in ENGINES["katagiri-revised"].result(derive(C)).items}
    assert points == {
        "primary-site": {0},
        "visceral": {0},
        "laboratory": {1, 2},
        "ecog": {0, 1},
        "previous-chemotherapy": {1},
        "multiple-skeletal": {0},
    }
    assert C.about("ecog").conflict


def test_case_c_with_normal_albumin_sums_to_4_and_is_capped_at_3() -> None:
    normal = replace(C, evidence={**C.evidence, **case(albumin=4.0).evidence})
    assert score("nesms", normal) == ({3}, ["3"])
    assert sum(max(item.points) for item in ENGINES["nesms"].result(normal).items) == 4


def test_case_d_plans_each_lesion_by_itself_and_the_worse_one_first() -> None:
    t8, t12 = D.lesions
    assert score("sins", D, t8) == ({1}, ["stable"])
    assert score("sins", D, t12) == ({16}, ["unstable"])
    found = planned(derive(D))
    worse = by_noms(found, "T12")
    assert list(worse) == ["stabilisation", "cebrt", "mdt-review"]
    assert all(r.settled for r in worse.values())
    assert any("minimally invasive" in advice.reason for advice in worse["mdt-review"].advice)
    better = by_noms(found, "T8")
    assert list(better) == ["mdt-review", "srs"]
    assert better["mdt-review"].settled
    # The record does not speak of myelopathy, and low-grade ESCC with it has no row.
    assert ways_to(better["srs"]) == [{"myelopathy": {False}}]
    assert all(any("irradiated before" in advice.reason for advice in r.advice) for r in better.values())
    lesions = [r.lesion.name for r in found.recommendations if r.lesion and r.advice[0].rule.plan == "noms"]
    assert lesions == sorted(lesions, key=("T12", "T8").index)


SINS_FINDINGS = list(PUBLISHED["sins"].domains)[1:]


@st.composite
def lesions(draw: st.DrawFn) -> tuple[Lesion, dict[str, Any]]:
    """A lesion with anything known, missing or in conflict, and what was said of it."""
    findings = (*SINS_FINDINGS, "escc-grade", "myelopathy", "surgical-fitness", "prior-radiotherapy-at-level")
    told: dict[str, Any] = {}
    for finding in findings:
        every = FINDINGS[finding].domain.values  # type: ignore[union-attr]  # all are choices
        some = draw(st.one_of(st.none(), st.sampled_from(every).map(lambda v: [v]), st.permutations(every)))
        if some:
            told[finding] = list(some[:2])
    level = draw(st.sampled_from(["T6", "L3", "L1", "S3"]))
    return lesion(level, **{code.replace("-", "_"): some for code, some in told.items()}), told


def _mechanical(one: Lesion) -> set[str]:
    """The states of stability by brute force over SINS."""
    record = {code: e.values for code, e in one.evidence.items() if code in PUBLISHED["sins"].domains}
    states = set()
    for complete in completions("sins", record):
        (points,) = PUBLISHED["sins"].vectors(complete)
        band = PUBLISHED["sins"].band(sum(points))
        if band == "indeterminate":
            over_50 = complete["sins-collapse"] == "over-50"
            band = "collapse" if over_50 else "indeterminate-high" if sum(points) >= 10 else "indeterminate"
        states.add(band)
    return states


PRIMARIES = st.lists(
    st.sampled_from(("breast", "kidney", "colon", "bladder", "lymphoma")), min_size=1, max_size=2, unique=True
)


@settings(max_examples=120, deadline=None)
@given(lesions(), PRIMARIES)
def test_the_plan_of_any_lesion_is_the_plan_of_every_completion_of_its_record(
    drawn: tuple[Lesion, dict[str, Any]], tumours: list[str]
) -> None:
    one, told = drawn
    whole = case(one, primary_tumour=tumours)
    mechanical = _mechanical(one)
    assert stability(whole, one) == mechanical
    # Silence about an earlier irradiation, and ESCC 1c where no grade is known, are notes and not branches.
    every = ways(
        {
            "escc-grade": told.get("escc-grade", ["escc-0", "escc-1a", "escc-1b", "escc-2", "escc-3"]),
            "myelopathy": told.get("myelopathy", [False, True]),
            "primary-tumour": tumours,
            "stability": sorted(mechanical),
            "mechanical-stability": ["stable", "unstable"],
            "surgical-fitness": told.get("surgical-fitness", ["fit", "unfit"]),
            "prior-radiotherapy-at-level": told.get("prior-radiotherapy-at-level", [False]),
        }
    )
    found = planned(whole)
    advised = by_noms(found, one.name)
    assert set(advised) == {treatment for way in every for treatment in noms(way)}
    for treatment, recommendation in advised.items():
        assert [way for way in every if treatment in noms(way)] == [
            way for way in every if recommendation.settled or any(leads_to(p, way) for p in recommendation.paths)
        ]
        assert recommendation.settled == all(treatment in noms(way) for way in every)
    notes = " ".join(note for r in advised.values() for note in r.notes)
    assert ("irradiated before" in notes) == ("prior-radiotherapy-at-level" not in told)
    assert ("1c" in notes) == ("escc-grade" not in told)


@settings(max_examples=60, deadline=None)
@given(lesions())
def test_conventional_radiotherapy_is_never_proposed_without_asking_about_an_earlier_course(
    drawn: tuple[Lesion, dict[str, Any]],
) -> None:
    one, told = drawn
    found = planned(case(one, primary_tumour="breast"))
    if "cebrt" in by_noms(found, one.name) and "prior-radiotherapy-at-level" not in told:
        assert "prior-radiotherapy-at-level" in {need.finding for need in found.needed}
    if told.get("prior-radiotherapy-at-level") == [True]:
        assert "cebrt" not in by_noms(found, one.name)


@settings(max_examples=60, deadline=None)
@given(lesions())
def test_a_plan_is_never_empty_and_gives_each_treatment_of_a_lesion_once(
    drawn: tuple[Lesion, dict[str, Any]],
) -> None:
    found = planned(case(drawn[0], primary_tumour="kidney"))
    own = [
        r.treatment
        for r in found.recommendations
        if r.lesion and r.advice[0].rule.plan not in ("missing-data", "emergency")
    ]
    assert own
    assert len(own) == len(set(own))
    assert [r.urgent for r in found.recommendations] == sorted((r.urgent for r in found.recommendations), reverse=True)


def test_a_primary_tumour_of_the_spine_goes_to_the_board_and_not_through_noms() -> None:
    for origin in ("primary", "dumbbell", ["primary", "dumbbell"]):
        found = planned(case(lesion("T8", tumour_origin=origin, escc_grade="escc-3"), primary_tumour="chordoma"))
        advised = by_noms(found, "T8")
        assert advised["mdt-review"].settled
        rules = {advice.rule.plan for each in advised.values() for advice in each.advice}
        assert rules == {"primary-tumour"}


def test_a_lesion_that_is_not_known_to_be_a_metastasis_goes_through_noms_with_a_note() -> None:
    advised = by_noms(planned(case(lesion("T8", tumour_origin=None), primary_tumour="breast")), "T8")
    assert all(any("does not say" in n and "metastases" in n for n in r.notes) for r in advised.values())


@pytest.mark.parametrize("collapse", ["over-50", "under-50"])
def test_sins_7_to_12_is_read_as_unstable_only_with_collapse_over_50_percent(collapse: str) -> None:
    one = lesion("L1", sins_pain="mechanical", sins_bone_lesion="lytic", sins_alignment="normal",
                 sins_collapse=collapse, sins_posterolateral="none")  # fmt: skip
    assert stability(case(one), one) == ({"collapse"} if collapse == "over-50" else {"indeterminate-high"})


def test_an_empty_lesion_may_be_stable_or_not() -> None:
    whole, one = possible({"sins-pain": values("sins-pain", "pain-free")})
    assert stability(whole, one) == set(STABILITY)


@pytest.mark.parametrize("whole", [A, B, C, D])
def test_what_the_record_says_without_a_doubt_is_never_asked_for(whole: Case) -> None:
    derived = derive(whole)
    for need in planned(derived).needed:
        (*several,) = derived.possible(need.finding, need.lesion)
        assert len(several) > 1 or isinstance(several[0], Span), need.finding
        assert need.decides


@pytest.mark.parametrize(("level", "says"), [("L1", False), ("L2", True), ("S1", True), ("T12", False)])
def test_below_the_conus_a_note_says_that_the_escc_grade_is_not_defined(level: str, says: bool) -> None:
    lower = case(lesion(level, **STABLE_SINS, escc_grade="escc-2"), primary_tumour="breast")
    notes = [note for each in planned(lower).recommendations for note in each.notes]
    assert any("conus" in note for note in notes) == says


def test_a_recommendation_is_changed_in_the_fields_that_it_has() -> None:
    found = planned(derive(A)).recommendations[0]
    changed = found.but(notes=("seen",), form_of="surgery")
    assert changed == replace(found, notes=("seen",), form_of="surgery") != found
    assert changed.depends_on == found.depends_on
    with pytest.raises(TypeError, match="no field of a recommendation: note"):
        found.but(note=("seen",))
