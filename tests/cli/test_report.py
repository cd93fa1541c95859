"""The text report: what a registrar needs, in lines that fit a terminal."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import Any

import orjson
import pytest

from service import report
from service.assess import assess
from service.decision.model import Overturn, Premise
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


TITLES = (
    "IN SHORT", "PLAN", "NOT ADVISED", "WHAT WOULD CHANGE THE PLAN", "MISSING, THE MOST DECISIVE FIRST",
    "LIKELY TO LIVE LONGER THAN", "LESION", "PATIENT", "CALCULATORS ELSEWHERE", "WHAT BECAME OF THE INPUT",
    "KNOWN OF THESE TREATMENTS",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_parts_come_in_their_order(case: str) -> None:
    starts = [title for line in text(case).splitlines() for title in TITLES if line.startswith(title)]
    assert starts == sorted(starts, key=TITLES.index)
    assert {"IN SHORT", "PLAN", "LESION", "PATIENT", "MISSING, THE MOST DECISIVE FIRST"} <= {*starts}
    assert starts.count("LESION") == (2 if case == "d" else 1)


@pytest.mark.parametrize("case", CASES)
def test_every_score_is_there(case: str) -> None:
    shown = flat(case).split(" LESION ", 1)[1]
    for score in ("SINS", "Tokuhashi", "Tomita", "Modified Bauer", "Katagiri", "NESMS", "PRISM", "SOMA", "Mizumoto"):
        assert score in shown


def test_the_table_of_sins_has_a_line_for_each_item_that_is_known_and_one_for_the_others() -> None:
    lines = text("b").splitlines()
    start = lines.index("  Spinal Instability Neoplastic Score (SINS): 12")
    assert lines[start + 1 : start + 8] == [
        "      = indeterminate: Indeterminate, potentially unstable",
        "              3  Location: junctional: occiput-C2, C7-T2, T11-L1, L5-S1",
        "              3  Pain: mechanical: relief when lying down, or pain on movement or load",
        "              2  Bone lesion: lytic",
        "              0  Alignment: normal",
        "              3  Vertebral body collapse: over 50 %",
        "              1  Posterolateral involvement: unilateral",
    ]
    assert "1 to 4, one class = stable: Stable" in flat("a")
    assert "?  Posterolateral involvement (0, 1 or 3): not in the record" in text("a")


def test_scores_of_which_the_record_says_little_are_one_line_with_their_ranges() -> None:
    assert "Several classes possible: Katagiri 0 to 9, Tokuhashi 5 to 15, Tomita 2 to 7, " in flat("a")
    assert "Laboratory data" not in text("a")
    assert "Several classes possible: PRISM -" in flat("a")


def test_the_class_of_a_score_that_is_settled_has_its_points_and_figures() -> None:
    found = " ".join(part(text("b"), "  Van der Linden score: ", "  Several classes"))
    assert found.startswith(
        "  Van der Linden score: 1 to 2, one class       = 0-3: Group A: median survival 3 months. "
    )
    assert "1  Karnofsky performance status: 50-70; 0  Primary tumour: other; not in the record: Visceral" in found


def test_what_is_said_of_several_scores_is_said_once() -> None:
    assert flat("a").count("triple-negative breast cancer does not do so well") == 1
    assert "! Katagiri, Tokuhashi, Tomita, Bauer, Modified Bauer, NESMS, Van der Linden and Rades: " in flat("a")


@pytest.mark.parametrize("case", CASES)
def test_the_foot_names_versions_and_says_that_the_board_decides(case: str) -> None:
    assert "Advice, not an order: the board decides." in flat(case)
    assert text(case).splitlines()[-1].startswith("spinemets-cds ")
    assert "policy default" in text(case).splitlines()[-1]


def test_a_says_that_the_radiotherapy_is_advised_whatever_is_missing() -> None:
    assert "T6: SINS 1 to 4 (stable), ESCC grade not known, no myelopathy 1. Conventional external beam" in flat("a")
    assert "(cEBRT) radiosensitive, stable, at any ESCC grade (Laufer 2013)" in flat("a")
    assert "(cEBRT) - if" not in flat("a")


def test_b_puts_the_emergency_first_and_says_on_what_the_operation_depends() -> None:
    found = flat("b").split(" PLAN ")[1]
    assert found.startswith("EMERGENCY at L1: new or progressive neurological deficit (NICE 2023, NG234 and QS56")
    assert "1. Urgent referral to the spine service: refer to the spine service at once" in found
    assert "2. MRI of the whole spine within 24 hours of the suspicion 3. Dexamethasone 16 mg" in found
    assert "L1, URGENT: SINS 12 (indeterminate), ESCC grade not known, myelopathy, new or progressive deficit" in found
    assert "Decompression and stabilisation - if ESCC 2 or 3, and fit for surgery" in found
    assert "Surgical stabilisation - if ESCC 2 or 3, and not fit for open decompression" in found
    assert "MISSING, THE MOST DECISIVE FIRST 1. ESCC grade (MRI) 2. Fitness for surgery" in found


def test_a_note_of_the_lesion_stands_once_and_after_its_treatments() -> None:
    lines = part(text("b"), "PLAN", "  PATIENT:")
    (at,) = [n for n, line in enumerate(lines) if "has not been irradiated before" in line]
    assert lines[at].startswith("  ! ")
    assert not [line for line in lines[at:] if re.match(r" *\d+\. ", line)]
    (kim,) = [line for line in lines if "is read as unstable" in line]
    assert kim.startswith("  ! SINS 7-12 with collapse over 50 %")


def test_what_is_unstable_is_explained_once_with_its_source() -> None:
    plan = " ".join(part(text("c"), "PLAN", "  PATIENT:"))
    assert "Surgical stabilisation - if unstable " in plan
    assert (
        plan.count("Unstable: SINS 13-18, or SINS 7-12 judged unstable or with collapse over 50 % (Kim et al. 2020")
        == 1
    )
    assert "is read as unstable" not in plan


def test_c_says_that_the_two_ecog_disagree() -> None:
    assert "Observation/o7: ECOG performance status: disagrees with Observation/o8" in flat("c")
    assert "Revised Katagiri score: 2 to 4, several classes possible = 0-3: " in flat("c")
    assert "NESMS): 3 = 3" in flat("c")


def test_d_has_each_lesion_and_says_why_a_diagnosis_is_left_out() -> None:
    found = flat("d")
    assert "POSSIBLE EMERGENCY at T12: high-grade ESCC with myelopathy" in found
    assert "1. Urgent referral to the spine service - if myelopathy: refer to the spine service at once" in found
    assert found.index(" T12: SINS 16 (unstable), ESCC 2 ") < found.index(" T8: SINS 1 (stable), ESCC 0, earlier radio")
    assert "LESION T8" in found
    assert "LESION T12" in found
    assert "Condition/c2: the diagnosis is refuted, so it is left out" in found
    assert "unfit for surgery" in found


def test_published_figures_name_their_study_and_its_size() -> None:
    study = "(van der Linden et al. 2005, Cancer 103:320, n = 342 in all)"
    assert f"median survival 3 months {study}" in flat("b")
    assert "12-month survival 91 %" not in flat("a"), "a class that is open has its figures in the FHIR answer"
    assert "points and figures of what is still open: see the FHIR answer." in flat("a")


def test_without_a_tumour_of_the_spine_it_says_so_and_stops() -> None:
    found = of(bundle(condition("C50.9", clinical="remission", name="c")))
    assert "No tumour of the spine is proven in this record, so no score is given." in found
    assert "Condition/c: the tumour is not active" in found
    assert "LESION" not in found


def test_a_lesion_without_level_says_so() -> None:
    found = of(bundle(observation("sins-pain", "mechanical"), primary("breast")))
    assert "LESION level not recorded" in found
    assert " at spine" not in found


RECORD = bundle(
    metastasis("T6"), metastasis("L3"), primary("kidney"), observation("surgical-fitness", "fit"),
    *(observation("escc-grade", "escc-1b", level) for level in ("T6", "L3")),
    *(observation("myelopathy", False, level) for level in ("T6", "L3")),
    *(observation("prior-radiotherapy-at-level", False, level) for level in ("T6", "L3")),
    *(observation(code, value, "T6") for code, value in (
        ("sins-pain", "pain-free"), ("sins-bone-lesion", "blastic"), ("sins-alignment", "normal"),
        ("sins-collapse", "none"), ("sins-posterolateral", "none"),
    )),
    *(observation(code, value, "L3") for code, value in (
        ("sins-pain", "mechanical"), ("sins-bone-lesion", "lytic"), ("sins-alignment", "subluxation-translation"),
        ("sins-collapse", "over-50"), ("sins-posterolateral", "bilateral"),
    )),
)  # fmt: skip


def part(report_: str, start: str, end: str = "") -> list[str]:
    """The lines from one that begins so, to an empty one or one that begins otherwise."""
    lines = report_.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith(start))
    last = next(n for n, line in enumerate(lines) if n > first and (line.startswith(end) if end else not line))
    return lines[first:last]


def test_what_would_change_the_plan_is_what_a_board_would_weigh() -> None:
    changes = " ".join(" ".join(part(of(RECORD), "WHAT WOULD CHANGE THE PLAN")).split()).split(" - ")[1:]
    assert all(re.match(r"(L3|T6): if ", each) for each in changes)
    assert all(sum(each.startswith(level) for each in changes) <= 5 for level in ("T6", "L3"))
    assert not [each for each in changes if "primary tumour" in each or "Origin" in each]
    assert not [each for each in changes if "no earlier radiotherapy" in each]
    assert not [each for each in changes if ": depending on" in each or "; depending on" in each]
    said = " ".join(changes)
    assert "L3: if ESCC 2 or 3: preoperative embolisation, then decompression and stabilisation, then SRS" in said
    assert "T6: if myelopathy: multidisciplinary review" in said


def test_of_more_than_five_changes_of_a_lesion_the_rest_is_counted() -> None:
    made = assess(RECORD, when(AS_OF))
    signs = ("myelopathy", "radiculopathy", "smoking", "diabetes", "heart-failure", "sphincter-dysfunction", "her2")
    others = ("cebrt", "stabilisation", "denosumab", "carbon-ion", "kyphoplasty", "short-course-rt", "biopsy")
    many = tuple(Overturn(Premise(code, frozenset((True,))), (then,)) for code, then in zip(signs, others, strict=True))
    (srs,) = (r for r in made.plan.recommendations if r.treatment == "srs" and r.lesion and r.lesion.name == "T6")
    plan = replace(made.plan, recommendations=(replace(srs, overturns=many),))
    found = part(report.text(replace(made, plan=plan)), "WHAT WOULD CHANGE THE PLAN")[1:]
    assert found[0] == "  - T6: if myelopathy: cEBRT"
    assert found[5:] == ["  - T6: 2 more, see the FHIR answer"]


def test_answers_with_the_same_consequence_are_one_line() -> None:
    changes = part(of(RECORD), "WHAT WOULD CHANGE THE PLAN")
    after = [line.partition(": if ")[2].partition(": ")[2] for line in changes if line.startswith("  - T6")]
    assert len(after) == len({*after})


def test_what_would_then_be_open_is_named_with_what_decides_it() -> None:
    open_ = of(bundle(metastasis("T6"), primary("breast"), *(
        observation(code, value, "T6") for code, value in (
            ("sins-pain", "pain-free"), ("sins-bone-lesion", "blastic"), ("sins-alignment", "normal"),
            ("sins-collapse", "none"), ("sins-posterolateral", "none"), ("myelopathy", False),
        )
    )))  # fmt: skip
    changes = " ".join(" ".join(part(open_, "WHAT WOULD CHANGE THE PLAN")).split())
    # Never the treatment that is settled now: conventional radiotherapy is not given twice.
    assert (
        "T6: if earlier radiotherapy at the level: multidisciplinary review; SRS or decompression and stabilisation, "
        "depending on ESCC grade and fitness for surgery"
    ) in changes


def test_the_missing_are_five_for_the_plan_and_the_rest_in_a_line_each() -> None:
    lines = part(of(bundle(metastasis("T6"), primary("kidney"))), "MISSING, THE MOST DECISIVE FIRST")[1:]
    assert [line[:5] for line in lines[:5]] == [f"{n:>3}. " for n in range(1, 6)]
    rest = " ".join(" ".join(lines[5:]).split())
    assert rest.startswith("For the plan also: ")
    assert " And for the scores: " in rest
    assert "would decide" not in rest


def test_calculators_with_half_of_their_inputs_say_what_is_missing_and_the_others_are_counted() -> None:
    lines = " ".join(part(of(RECORD), "CALCULATORS ELSEWHERE"))
    said = " ".join(lines.split())
    assert re.search(r"\b(\d+) of (\d+) inputs known", said)
    for known, every in re.findall(r"\b(\d+) of (\d+) inputs known", said):
        assert 2 * int(known) >= int(every)
    others = said.partition("With less than half of their inputs known (what they ask for: see the FHIR answer): ")[2]
    for known, every in re.findall(r", (\d+) of (\d+)[;.]", others):
        assert 2 * int(known) < int(every)
    assert "SORG nomogram" in said


def test_scores_that_are_not_given_are_one_line() -> None:
    found = of(bundle(primary("chordoma"), observation("tumour-origin", "primary", "T6")))
    lines = [line for line in found.splitlines() if line.startswith("  Not given, ")]
    assert len(lines) == 1
    assert "made for metastases" in lines[0]


def test_a_patient_of_unknown_age_and_sex_leaves_the_head_short() -> None:
    record = bundle(metastasis())
    record["entry"][0]["resource"] = {"resourceType": "Patient", "id": "p1"}
    assert of(record).splitlines()[0].endswith("as of 2026-10-02")
