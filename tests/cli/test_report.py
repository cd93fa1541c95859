"""The text report: what a registrar needs, in lines that fit a terminal."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import orjson
import pytest

from service import report
from service.assess import assess
from service.evidence import When
from service.fhir_mapping.inbound.dates import when
from service.problems import Rejected
from tests.support.records import AS_OF, bundle, condition, metastasis, observation, patient, primary
from tests.support.stored import CASES, bundles, contract, title


@cache
def text(case: str) -> str:
    return report.text(assess(contract(case), when(AS_OF)))


def of(record: Any, as_of: When | None = None) -> str:
    return report.text(assess(record, as_of or when(AS_OF)))


def flat(case: str) -> str:
    """The report in one line, so that line breaks do not matter."""
    return re.sub(r"\s+", " ", text(case))


@pytest.mark.parametrize("case", CASES)
def test_no_line_is_over_100_columns(case: str) -> None:
    assert max(map(len, text(case).splitlines())) <= 100


def test_no_line_of_any_stored_record_is_over_100_columns() -> None:
    for path in bundles():
        try:
            found = of(orjson.loads(path.read_bytes()))
        except Rejected:
            continue
        assert all(len(line) <= 100 for line in found.splitlines()), title(path)
        assert found.endswith("\n")
        assert not found.endswith("\n\n")


@pytest.mark.parametrize("word", ["x" * 300, "male\nFAKE LINE", "\x1b[31mred", "\u202e"])
def test_hostile_words_of_a_record_make_no_line_of_their_own(word: str) -> None:
    record = bundle(
        patient(gender=word), metastasis() | {"id": "m"}, observation("ecog", 1, name=word, status="cancelled")
    )
    found = of(record)
    assert all(len(line) <= 100 for line in found.splitlines())
    assert "\nFAKE" not in found
    assert "\x1b" not in found


@pytest.mark.parametrize("case", CASES)
def test_the_head_says_what_it_is_of_when_and_whom(case: str) -> None:
    head = text(case).splitlines()[0]
    assert head.startswith("TUMOUR OF THE SPINE: ADVICE FOR THE BOARD")
    assert "as of 2026-10-02" in head
    assert {"a": "68 years, female", "b": "72 years, male", "c": "65 years, female", "d": "76 years, male"}[
        case
    ] in head


@pytest.mark.parametrize("case", CASES)
def test_the_parts_come_in_their_order(case: str) -> None:
    found = [
        line
        for line in text(case).splitlines()
        if line.split(" ")[0] in ("PLAN", "LESION", "PATIENT", "MISSING,", "WHAT")
    ]
    kinds = [line.split(" ")[0] for line in found]
    assert kinds[0] == "PLAN"
    assert kinds.count("LESION") == (2 if case == "d" else 1)
    assert kinds.index("LESION") < kinds.index("PATIENT") < kinds.index("MISSING,")


@pytest.mark.parametrize("case", CASES)
def test_every_score_is_there_with_its_items(case: str) -> None:
    for score in ("SINS", "Revised Tokuhashi", "Tomita score", "Modified Bauer", "Revised Katagiri", "NESMS"):
        assert score in flat(case)
    for item in (
        "Location:",
        "Pain:",
        "Bone lesion:",
        "Alignment:",
        "Vertebral body collapse:",
        "Posterolateral involvement:",
    ):
        assert item in flat(case)


@pytest.mark.parametrize("case", CASES)
def test_the_foot_names_versions_and_says_that_the_board_decides(case: str) -> None:
    assert "Advice, not an order: the board decides." in flat(case)
    assert text(case).splitlines()[-1].startswith("spinemets-cds ")
    assert "policy default" in text(case).splitlines()[-1]


def test_a_says_that_the_band_and_the_radiotherapy_are_settled() -> None:
    assert "SINS): 1 to 4, settled = stable" in flat("a")
    assert "1. Conventional external beam radiotherapy (cEBRT) at T6 " in flat("a")
    assert "(cEBRT) at T6 - if" not in flat("a")
    assert "0, 1 or 3 Posterolateral involvement: not in the record" in flat("a")


def test_b_puts_the_emergency_first_and_says_on_what_the_operation_depends() -> None:
    found = flat("b")
    assert "1. EMERGENCY: Urgent referral to the spine service at L1" in found
    assert "2. URGENT: MRI of the whole spine at L1" in found
    assert "within 24 hours" in found
    assert "Decompression and stabilisation at L1 - if ESCC 2 or ESCC 3 and fit for surgery" in found
    assert "SINS 7-12 with collapse over 50 % is read as unstable (Kim et al. 2020" in found
    assert "MISSING, THE MOST DECISIVE FIRST 1. Epidural spinal cord compression (ESCC) grade at L1" in found
    assert "2. Fitness for surgery" in found


def test_c_says_that_the_two_ecog_disagree() -> None:
    assert "Observation/o7: ECOG performance status: disagrees with Observation/o8" in flat("c")
    assert "Revised Katagiri score: 2 to 4, open" in flat("c")
    assert "NESMS): 3 = 3" in flat("c")


def test_d_has_each_lesion_and_says_why_a_diagnosis_is_left_out() -> None:
    found = flat("d")
    assert "LESION T8 Spinal Instability Neoplastic Score (SINS): 1 = stable" in found
    assert "LESION T12 Spinal Instability Neoplastic Score (SINS): 16 = unstable" in found
    assert "Condition/c2: the diagnosis is refuted, so it is left out" in found
    assert "irradiated before" in found
    assert "unfit for surgery" in found


def test_published_figures_name_their_study_and_its_size() -> None:
    study = "(Katagiri et al. 2014, Cancer Med 3:1359, n = 808 in all)"
    assert f"12-month survival 91 %, 24-month survival 78 % {study}" in flat("a")


def test_without_a_tumour_of_the_spine_it_says_so_and_stops() -> None:
    found = of(bundle(condition("C50.9", clinical="remission", name="c")))
    assert "No tumour of the spine is proven in this record, so no score is given." in found
    assert "Condition/c: the tumour is not active" in found
    assert "LESION" not in found


def test_a_lesion_without_level_is_the_spine() -> None:
    assert "LESION spine" in of(bundle(observation("sins-pain", "mechanical"), primary("breast")))


def test_a_patient_of_unknown_age_and_sex_leaves_the_head_short() -> None:
    record = bundle(metastasis())
    record["entry"][0]["resource"] = {"resourceType": "Patient", "id": "p1"}
    assert of(record).splitlines()[0].endswith("as of 2026-10-02")
