"""The worked examples in ``tests/data/clinical-vectors.json``, through the engines and the plan."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.decision import plan
from service.scoring import ENGINES
from tests.core.cases import case, known_of, lesion, possible

VECTORS = json.loads((Path(__file__).parents[1] / "data" / "clinical-vectors.json").read_text("utf-8"))["vectors"]
SCORED = [vector for vector in VECTORS if vector["system"] != "NOMS"]
NOMS = [vector for vector in VECTORS if vector["system"] == "NOMS"]
Inputs = dict[str, Any]


def _sins(given: Inputs) -> Inputs:
    collapse = {"gt50": "over-50", "lt50": "under-50", "none_gt50_body_involved": "no-collapse-over-50-involved"}
    pain = {"none": "pain-free", "occasional_nonmechanical": "occasional-non-mechanical"}
    return {
        "vertebral-level": (given["level"],),
        "sins-pain": pain.get(given["pain"], given["pain"]),
        "sins-bone-lesion": given["lesion"],
        "sins-alignment": given["alignment"].replace("_", "-"),
        "sins-collapse": collapse.get(given["collapse"], given["collapse"]),
        "sins-posterolateral": given["posterolateral"],
    }


def _tokuhashi(given: Inputs) -> Inputs:
    return {
        "karnofsky": given["kps"],
        "extraspinal-bone-metastasis-count": given["extraspinal_bone_foci"],
        "vertebral-metastasis-count": given["vertebral_mets"],
        "visceral-metastases": given["major_organ_mets"],
        "primary-tumour": given["primary"],
        "frankel-grade": f"frankel-{given['frankel'].lower()}",
    }


def _tomita(given: Inputs) -> Inputs:
    return {
        "primary-tumour": {"slow": "breast", "moderate": "kidney", "rapid": "stomach"}[given["growth"]],
        "visceral-metastases": given["visceral"],
        "bone-metastases": "solitary" if given["bone"] == "solitary_or_isolated" else "multiple",
    }


def _bauer(given: Inputs) -> Inputs:
    return {
        "primary-tumour": given["primary"],
        "visceral-metastases": "present" if given["visceral_mets"] else "none",
        "bone-metastases": "solitary" if given["solitary_skeletal_met"] else "multiple",
    }


def _katagiri(given: Inputs) -> Inputs:
    labs = {name.split("_")[0]: value for name, value in given["labs"].items()}
    return {
        "primary-tumour": {"slow": "thyroid", "moderate": "kidney", "rapid": "colon"}[given["site_group"]],
        "visceral-metastases": given["visceral"],
        "brain-metastases": False,
        **labs,
        "ecog": given["ecog"],
        "previous-chemotherapy": given["previous_chemo"],
        "bone-metastases": "multiple" if given["multiple_skeletal"] else "solitary",
    }


def _nesms(given: Inputs) -> Inputs:
    primary, organs, bone = {
        0: ("lung", "present", "multiple"),
        1: ("colon", "present", "multiple"),
        2: ("kidney", "present", "multiple"),
        3: ("breast", "none", "multiple"),
        4: ("breast", "none", "solitary"),
    }[given["modified_bauer"]]
    return {
        "primary-tumour": primary,
        "visceral-metastases": organs,
        "bone-metastases": bone,
        "albumin": given["albumin_g_dl"],
        "ambulatory-status": given["ambulatory"].replace("_", "-"),
    }


#: Score, how its inputs read, and its bands by the names of the examples.
SYSTEMS: dict[str, tuple[str, Callable[[Inputs], Inputs], dict[str, str]]] = {
    "SINS": ("sins", _sins, {"stable": "stable", "potentially_unstable": "indeterminate", "unstable": "unstable"}),
    "TOKUHASHI_REVISED": (
        "tokuhashi-revised",
        _tokuhashi,
        {"lt_6_months": "under-6-months", "ge_6_months": "6-months-or-more", "ge_1_year": "1-year-or-more"},
    ),
    "TOMITA": (
        "tomita",
        _tomita,
        {
            "wide_or_marginal_excision_long_term_local_control": "2-3",
            "marginal_or_intralesional_excision_middle_term_local_control": "4-5",
            "palliative_surgery_short_term_palliation": "6-7",
            "supportive_care": "8-10",
        },
    ),
    "BAUER_MODIFIED": (
        "bauer-modified",
        _bauer,
        {
            "supportive_no_surgery": "0-1",
            "short_term_palliation_dorsal": "2",
            "middle_term_local_control_ventral_dorsal": "3-4",
        },
    ),
    "KATAGIRI_2014": (
        "katagiri-revised",
        _katagiri,
        {"low_risk": "low", "intermediate_risk": "intermediate", "high_risk": "high"},
    ),
    "NESMS": ("nesms", _nesms, {f"NESMS_{n}": str(n) for n in range(4)}),
}


def test_every_system_of_the_examples_is_tried() -> None:
    assert Counter(vector["system"] for vector in VECTORS) == {
        "SINS": 10, "TOKUHASHI_REVISED": 8, "TOMITA": 9, "BAUER_MODIFIED": 7, "KATAGIRI_2014": 9, "NESMS": 7, "NOMS": 8,
    }  # fmt: skip


@pytest.mark.parametrize("vector", SCORED, ids=lambda vector: vector["id"])
def test_a_worked_example_has_its_points_total_and_band(vector: Inputs) -> None:
    code, read, bands = SYSTEMS[vector["system"]]
    found = ENGINES[code].result(*possible(known_of(read(vector["inputs"]))))
    # The examples name the items in the order of the score; the sum before the ceiling is no item.
    expected = [v for k, v in vector["expected_points_by_component"].items() if k not in ("raw_sum", "ceiling_applied")]
    assert [sorted(item.points) for item in found.items] == [[points] for points in expected]
    assert found.totals == {vector["expected_total"]}
    assert [band.code for band in found.bands] == [bands[vector["expected_category"]]]


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


@pytest.mark.parametrize("vector", NOMS, ids=lambda vector: vector["id"])
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
    results = tuple(ENGINES[code].result(whole, one) for code in ENGINES)
    noms = [r for r in plan(whole, results).recommendations if r.advice[0].rule.plan == "noms"]
    if vector["expected_total"] == "INCOMPLETE_need_systemic":
        assert {(r.treatment, r.depends_on) for r in noms if r.treatment != "mdt-review"} == {
            ("decompression-stabilisation", ("surgical-fitness",)),
            ("srs", ("surgical-fitness",)),
            ("cebrt", ("surgical-fitness",)),
        }
        assert plan(whole, results).needed[0].finding == "surgical-fitness"
    else:
        assert all(r.settled for r in noms)
        assert [r.treatment for r in noms] == STEPS[vector["expected_total"]]
