"""The worked examples in ``tests/data/clinical-vectors.json``, through the engines, the derivations and the plan."""

from __future__ import annotations

from collections import Counter

import pytest

from service.case import Case
from service.decision import plan
from service.decision.model import Recommendation
from service.derivations import derive
from service.findings import FINDINGS
from service.scoring import ENGINES
from tests.core.cases import case, known_of, lesion, possible
from tests.scoring.examples import NOT_COMPUTED, SCORED, SYSTEMS, VECTORS, Inputs, of_system, points

by_id = {"ids": lambda vector: vector["id"]}
NOMS = of_system("NOMS")


def test_every_system_of_the_examples_is_tried() -> None:
    assert Counter(vector["system"] for vector in VECTORS) == {
        "SINS": 10, "TOKUHASHI_REVISED": 8, "TOMITA": 9, "BAUER_MODIFIED": 7, "BAUER_ORIGINAL": 7, "KATAGIRI_2014": 9,
        "NESMS": 7, "NOMS": 8, "DUMBBELL_DSS": 7, "VAN_DER_LINDEN": 7, "RADES_SHORT_SURVIVAL": 7, "PRISM": 7, "SOMA": 6,
        "BILSKY_ESCC": 6, "ECOG_KPS": 6, "FRANKEL_ASIA": 6,
    }  # fmt: skip
    assert {vector["system"] for vector in VECTORS} == {*SYSTEMS, "NOMS", "BILSKY_ESCC", "ECOG_KPS", "FRANKEL_ASIA"}


def test_what_is_not_computed_is_no_score() -> None:
    """Should one become a score, its examples belong into the file."""
    assert not {code.lower().split("_")[0] for code in NOT_COMPUTED} & {code.split("-")[0] for code in ENGINES}
    assert all(NOT_COMPUTED.values())


@pytest.mark.parametrize("vector", SCORED, **by_id)
def test_a_worked_example_has_its_points_total_and_band(vector: Inputs) -> None:
    system = SYSTEMS[vector["system"]]
    found = ENGINES[system.score].result(*possible(known_of(system.read(vector["inputs"]))))
    assert [sorted(item.points) for item in found.items] == [[number] for number in points(vector)]
    assert found.totals == {vector["expected_total"]}
    assert [band.code for band in found.bands] == [system.bands[vector["expected_category"]]]
    assert found.missing == ()


@pytest.mark.parametrize("vector", of_system("DUMBBELL_DSS"), **by_id)
def test_only_at_exactly_5_cm_a_dumbbell_example_shows_a_second_total(vector: Inputs) -> None:
    system = SYSTEMS[vector["system"]]
    found = ENGINES[system.score].result(*possible(known_of(system.read(vector["inputs"]))))
    exactly = vector["inputs"]["max_diameter_cm"] == 5
    assert [other.totals for other in found.boundaries] == ([{0}] if exactly else [])
    assert exactly == (vector["verification"] == "ambiguous-in-source")


# Scales


#: Points of Tokuhashi for the general condition: by the Karnofsky status, and by the ECOG status that it stands for.
GENERAL_CONDITION = {
    90: ({2}, {2}),
    70: ({1}, {1, 2}),  # ECOG 1 is Karnofsky 70 or 80: it has to be asked
    50: ({1}, {1}),
    30: ({0}, {0}),
    10: ({0}, {0}),
    0: ({0, 1, 2}, {0, 1, 2}),  # the table begins at 10
}


@pytest.mark.parametrize("vector", of_system("ECOG_KPS"), **by_id)
def test_a_worked_example_of_karnofsky_has_its_ecog_status(vector: Inputs) -> None:
    karnofsky, ecog = vector["inputs"]["kps"], vector["expected_total"]
    assert points(vector) == [ecog]
    derived = derive(case(karnofsky=karnofsky))
    assert derived.possible("ecog") == {ecog}
    assert karnofsky in derive(case(ecog=ecog)).possible("karnofsky")
    tokuhashi = ENGINES["tokuhashi-revised"]
    by_karnofsky, by_ecog = GENERAL_CONDITION[karnofsky]
    assert tokuhashi.result(derived).items[0].points == by_karnofsky
    assert tokuhashi.result(derive(case(ecog=ecog))).items[0].points == by_ecog


WALKS = {True: {"intact", "impaired"}, False: {"non-ambulatory"}}
#: Who is D1 walks with a frame and lives in a wheelchair.
WALKING_OF_MODIFIED = {"C2": WALKS[False], "D1": WALKS[True] | WALKS[False], "D3": WALKS[True]}


@pytest.mark.parametrize("vector", of_system("FRANKEL_ASIA"), **by_id)
def test_a_worked_example_of_frankel_has_its_palsy_and_its_walking(vector: Inputs) -> None:
    given, expected = vector["inputs"], vector["expected_points_by_component"]
    letter = vector["expected_total"].lower()
    if "modified_frankel" in given:
        grade = given["modified_frankel"]
        walks = WALKING_OF_MODIFIED[grade]
        ways = [case(modified_frankel=f"modified-frankel-{grade.lower()}")]
    else:
        walks = WALKS[expected["default_ambulatory"]]
        ways = [case(frankel_grade=f"frankel-{letter}"), case(asia_impairment=f"asia-{letter}")]
    for way in ways:
        derived = derive(way)
        assert derived.possible("frankel-grade") == {f"frankel-{letter}"}
        assert derived.possible("ambulatory-status") == walks
        palsy = ENGINES["tokuhashi-revised"].result(derived).items[5]
        assert palsy.points == {expected["tokuhashi_palsy"]}
        gait = derive(Case(evidence={**way.evidence, **case(ambulatory_status="intact").evidence}))
        assert gait.possible("ambulatory-status") == {"intact"}


FEATURES = {
    "epidural_extension": "escc_epidural_extension",
    "thecal_sac_deformed": "escc_thecal_sac_deformed",
    "cord_abutment": "escc_cord_abutted",
    "cord_compression": "escc_cord_compressed",
    "csf_visible": "escc_csf_visible",
}


@pytest.mark.parametrize("vector", of_system("BILSKY_ESCC"), **by_id)
def test_a_worked_example_of_bilsky_has_its_grade(vector: Inputs) -> None:
    features = {FEATURES[name]: value for name, value in vector["inputs"].items()}
    (derived,) = derive(case(lesion("T8", **features))).lesions
    (grade,) = derived.evidence["escc-grade"].values
    assert grade == f"escc-{vector['expected_total']}"
    assert points(vector) == [list(FINDINGS["escc-grade"].domain.values).index(grade)]


# The plan


STEPS = {
    "cEBRT": ["cebrt"],
    "SRS": ["srs"],
    "decompression_stabilization_then_SRS": ["decompression-stabilisation", "srs"],
    "UNDEFINED_low_grade_with_myelopathy_refer": ["mdt-review"],
}
ESCC = {"low": ["escc-0", "escc-1a", "escc-1b"], "high": ["escc-2", "escc-3"]}
SINS_OF = {
    "stable": {"sins_pain": "pain-free", "sins_alignment": "normal", "sins_collapse": "none"},
    "unstable": {"sins_pain": "mechanical", "sins_alignment": "subluxation-translation", "sins_collapse": "over-50"},
}


def noms_of(whole: Case) -> list[Recommendation]:
    """The recommendations by NOMS for the one lesion of a case."""
    (one,) = whole.lesions
    results = tuple(ENGINES[code].result(whole, one) for code in ENGINES)
    return [r for r in plan(whole, results).recommendations if r.advice[0].rule.plan == "noms"]


#: What a stable, resistant tumour in a fit patient is given: the class of the grade shows in it.
TREATED = {
    "low": ["srs"],
    "borderline_low": ["mdt-review", "srs"],
    "high": ["decompression-stabilisation", "srs"],
}


@pytest.mark.parametrize("vector", of_system("BILSKY_ESCC"), **by_id)
def test_a_grade_worked_out_from_features_is_treated_as_the_grade_itself_and_as_its_class(vector: Inputs) -> None:
    features = {FEATURES[name]: value for name, value in vector["inputs"].items()}
    treated = []
    for grade in (features, {"escc_grade": f"escc-{vector['expected_total']}"}):
        one = lesion(
            "T8",
            myelopathy=False,
            prior_radiotherapy_at_level=False,
            sins_bone_lesion="lytic",
            sins_posterolateral="none",
            **SINS_OF["stable"],
            **grade,
        )
        found = noms_of(derive(case(one, primary_tumour="colon", surgical_fitness="fit")))
        assert all(r.settled for r in found)
        treated.append(sorted(r.treatment for r in found))
    assert treated == [TREATED[vector["expected_category"]]] * 2


@pytest.mark.parametrize("vector", NOMS, **by_id)
@pytest.mark.parametrize("escc", range(3))
def test_a_worked_example_of_noms_has_its_treatments_in_their_order(vector: Inputs, escc: int) -> None:
    given = vector["inputs"]
    fitness = {True: "fit", False: "unfit", None: None}[given["tolerates_surgery"]]
    grades = ESCC[given["escc"]]
    one = lesion(
        "T8",
        escc_grade=grades[escc % len(grades)],
        myelopathy=given["myelopathy"],
        prior_radiotherapy_at_level=False,
        sins_bone_lesion="lytic",
        sins_posterolateral="none",
        **SINS_OF[given["mechanical"]],
    )
    patient = {"primary_tumour": "breast" if given["radiosensitive"] else "colon"}
    if fitness:
        patient["surgical_fitness"] = fitness
    whole = case(one, **patient)
    noms = noms_of(whole)
    if vector["expected_total"] == "INCOMPLETE_need_systemic":
        assert {(r.treatment, r.depends_on) for r in noms if r.treatment != "mdt-review"} == {
            ("decompression-stabilisation", ("surgical-fitness",)),
            ("srs", ("surgical-fitness",)),
            ("cebrt", ("surgical-fitness",)),
        }
        results = tuple(ENGINES[code].result(whole, one) for code in ENGINES)
        assert plan(whole, results).needed[0].finding == "surgical-fitness"
    else:
        assert all(r.settled for r in noms)
        assert [r.treatment for r in noms] == STEPS[vector["expected_total"]]
