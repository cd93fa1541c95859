"""The whole plan over every way in which N, O, M, S, earlier radiotherapy and what is to be had may be."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import pytest

from service.decision.availability import TAKES
from service.decision.model import Plan
from service.decision.plan import plan
from service.policy import Policy
from service.scoring import ENGINES
from tests.core.cases import case, lesion
from tests.decision.independent import ESCC, FITNESS, had, published

#: SINS of each state at L1 (3 points of location).
STATES: dict[str, dict[str, Any]] = {
    "stable": {"sins_pain": "pain-free", "sins_bone_lesion": "blastic", "sins_alignment": "normal",
               "sins_collapse": "none", "sins_posterolateral": "none"},
    "indeterminate": {"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "normal",
                      "sins_collapse": "none", "sins_posterolateral": "none"},
    "indeterminate-high": {"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "normal",
                           "sins_collapse": "under-50", "sins_posterolateral": "unilateral"},
    "collapse": {"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "normal",
                 "sins_collapse": "over-50", "sins_posterolateral": "none"},
    "unstable": {"sins_pain": "mechanical", "sins_bone_lesion": "lytic", "sins_alignment": "subluxation-translation",
                 "sins_collapse": "over-50", "sins_posterolateral": "bilateral"},
}  # fmt: skip
TUMOURS = ("breast", "kidney", "colon", "bladder")
MODALITIES = ("surgery", "srs", "cebrt")
LACKING = [frozenset(some) for n in range(4) for some in combinations(MODALITIES, n)]
EVERYTHING = frozenset(("surgery", "srs", "cebrt", "carbon-ion", "kyphoplasty", "embolisation"))
HIGH = ("escc-2", "escc-3")
Way = dict[str, Any]


def ways() -> Iterator[Way]:
    for grade, myelopathy, tumour, state, fit, irradiated in product(
        ESCC, (False, True), TUMOURS, STATES, FITNESS, (False, True)
    ):
        yield {
            "grade": grade, "myelopathy": myelopathy, "tumour": tumour, "state": state, "fit": fit,
            "irradiated": irradiated,
        }  # fmt: skip


def planned(way: Way, policy: Policy) -> Plan:
    one = lesion(
        "L1",
        **STATES[way["state"]],
        escc_grade=way["grade"],
        myelopathy=way["myelopathy"],
        prior_radiotherapy_at_level=way["irradiated"],
    )
    whole = case(one, primary_tumour=way["tumour"], surgical_fitness=way["fit"])
    # Of the scores the plan reads SINS alone here, and that by itself.
    return plan(whole, (ENGINES["sins"].result(whole, one),), policy)


@pytest.mark.parametrize("lacking", [*LACKING, EVERYTHING], ids=lambda some: "-".join(sorted(some)) or "nothing")
def test_no_plan_is_empty_contradicts_itself_or_puts_anything_before_an_emergency(lacking: frozenset[str]) -> None:
    policy = Policy(unavailable=lacking)
    seen = 0
    for way in ways():
        found = planned(way, policy)
        seen += 1
        own = [r for r in found.recommendations if r.lesion and not r.urgent]
        given = {r.treatment for r in own}
        definitive = given - {"mri-whole-spine", "ct-spine", "surveillance", "biopsy"}
        assert definitive, way
        # What is contraindicated is not advised, and what is advised is not contraindicated.
        barred = {each.treatment for each in found.against if each.barred}
        assert not barred & given, way
        assert not {each.treatment for each in found.against} & given, way
        # Never conventional radiotherapy again at a level that was irradiated.
        if way["irradiated"]:
            assert not {"cebrt", "short-course-rt"} & given, way
            assert "cebrt" in barred
        # SRS is not safe at a compressed cord that nobody decompresses.
        if way["grade"] in HIGH and "srs" in given:
            assert "decompression-stabilisation" in given, way
        # Nothing is advised that is not to be had; what is lost is referred.
        assert not {t for t in given if TAKES.get(t) in lacking}, way
        # Emergencies first, and nothing elective ahead.
        order = [r.urgency for r in found.recommendations]
        stat = [r.urgent for r in found.recommendations]
        assert stat == sorted(stat, reverse=True), way
        assert (way["grade"] in HIGH and way["myelopathy"]) == any(stat), way
        assert len(order) == len(found.recommendations)
        # Each treatment of the lesion once.
        assert len(own) == len({r.treatment for r in own})
        # A form is given only beside what it is a form of.
        assert all(not r.form_of or r.form_of in given for r in own), way
    assert seen == 6 * 2 * 4 * 5 * 2 * 2 == 960


@pytest.mark.parametrize("lacking", LACKING, ids=lambda some: "-".join(sorted(some)) or "nothing")
def test_the_radiotherapy_and_operations_of_the_plan_are_those_of_the_table(lacking: frozenset[str]) -> None:
    """By an independent reading of the table, where the state of the spine is no matter for the board."""
    policy = Policy(unavailable=lacking)
    for way in ways():
        if way["state"].startswith("indeterminate") or way["tumour"] == "bladder":
            continue
        high, fit = way["grade"] in HIGH, way["fit"] == "fit"
        if way["myelopathy"] and not high:
            continue
        sensitive = way["tumour"] == "breast" and not way["irradiated"]
        table = list(published(high, sensitive, way["state"] == "stable", fit))
        if way["irradiated"]:
            table = [step for step in table if step != "cebrt"]
        steps, lost = had(table, set(lacking), compressed=high, irradiated=way["irradiated"])
        given = {r.treatment: r for r in planned(way, policy).recommendations if r.lesion and not r.urgent}
        of_noms = {"cebrt", "srs", "stabilisation", "decompression-stabilisation"}
        assert {t for t in given if t in of_noms} == set(steps), way
        assert all(given[t].settled for t in steps), way
        assert ("referral" in given) == lost, way


def test_what_is_lost_is_said_in_the_referral() -> None:
    way = {
        "grade": "escc-2", "myelopathy": True, "tumour": "kidney", "state": "unstable", "fit": "fit",
        "irradiated": False,
    }  # fmt: skip
    found = {r.treatment: r for r in planned(way, Policy(unavailable=frozenset(("surgery",)))).recommendations}
    reasons = " ".join(advice.reason for advice in found["referral"].advice)
    assert "decompression and stabilisation would be advised and is not to be had here" in reasons
    assert "cebrt" in found
    assert "srs" not in found
