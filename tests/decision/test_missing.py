"""What to find out, in which order, and the one request for each way of finding it out."""

from __future__ import annotations

from typing import Any

from service.case import Case, Lesion
from service.decision.missing import FIND_OUT, needed, requests
from service.decision.model import Advice, Needed, Path, Premise, Recommendation, Rule
from service.decision.tree import Decision
from service.findings import FINDINGS, FindOut
from service.scoring import ENGINES
from service.scoring.results import Result
from tests.core.cases import case, lesion

RULE = Rule("test", "A rule of the test", None)
T8, L3 = lesion("T8"), lesion("L3")
TWO = case(T8, L3)
YES = frozenset((True,))


def decided(*questions: str, **gains: float) -> Decision:
    return Decision((), questions, tuple((code.replace("_", "-"), gain) for code, gain in gains.items()))


def order(
    *decisions: tuple[Lesion | None, Decision],
    whole: Case = TWO,
    urgent: tuple[Recommendation, ...] = (),
    silent: tuple[tuple[str, Lesion], ...] = (),
    results: tuple[Result, ...] = (),
    lead: str = "tomita",
) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each finding with its lesion, and what it would decide, in the order in which they are asked for."""
    found = needed(whole, list(urgent), list(decisions), list(silent), results, lead)
    return [(need.finding, need.lesion.name if need.lesion else "", need.decides) for need in found]


def findings(*decisions: tuple[Lesion | None, Decision], **more: Any) -> list[str]:
    return [finding for finding, _, _ in order(*decisions, **more)]


# The order


def test_what_settles_more_of_the_plan_is_asked_for_first() -> None:
    assert findings((T8, decided("myelopathy", "escc-grade", myelopathy=0.5, escc_grade=1.5))) == [
        "escc-grade",
        "myelopathy",
    ]


def test_what_settles_as_much_is_asked_for_in_the_order_of_the_questions() -> None:
    assert findings((T8, decided("myelopathy", "escc-grade", myelopathy=1, escc_grade=1))) == [
        "myelopathy",
        "escc-grade",
    ]
    assert findings((T8, decided("myelopathy", "escc-grade"))) == ["myelopathy", "escc-grade"]


def test_what_settles_something_comes_before_what_settles_nothing_by_itself() -> None:
    assert findings((T8, decided("myelopathy", "escc-grade", escc_grade=0.1))) == ["escc-grade", "myelopathy"]


def test_what_a_finding_settles_by_several_rules_is_added_up() -> None:
    first = decided("myelopathy", "escc-grade", myelopathy=1, escc_grade=0.6)
    second = decided("escc-grade", escc_grade=0.6)
    assert findings((T8, first), (T8, second)) == ["escc-grade", "myelopathy"]


def test_the_earliest_place_among_the_questions_of_several_rules_counts() -> None:
    first = decided("myelopathy", "escc-grade")
    second = decided("radiculopathy", "ecog", "escc-grade")
    third = decided("escc-grade")
    assert findings((T8, first), (T8, second), (T8, third))[:3] == ["escc-grade", "myelopathy", "radiculopathy"]


def test_what_ties_in_all_is_asked_for_in_the_order_of_its_name() -> None:
    assert findings((T8, decided("myelopathy")), (T8, decided("escc-grade"))) == ["escc-grade", "myelopathy"]


def test_each_lesion_has_its_own_question_and_the_plan_that_it_decides() -> None:
    found = order((T8, decided("escc-grade", escc_grade=1)), (L3, decided("escc-grade", escc_grade=2)))
    assert found == [
        ("escc-grade", "L3", ("the plan for L3",)),
        ("escc-grade", "T8", ("the plan for T8",)),
    ]


def test_a_finding_of_the_patient_is_asked_for_once_with_all_plans_that_it_decides() -> None:
    found = order((T8, decided("primary-tumour")), (L3, decided("primary-tumour")), (None, decided("primary-tumour")))
    ((finding, name, decides),) = found
    assert (finding, name) == ("primary-tumour", "")
    assert sorted(decides) == ["the plan", "the plan for L3", "the plan for T8"]


#: Of SINS 7 to 10, whatever the posterolateral elements are: the class is settled, the total is not.
NEARLY = lesion("L3", sins_pain="mechanical", sins_bone_lesion="lytic", sins_alignment="normal", sins_collapse="none")


def test_a_fact_is_asked_for_by_the_findings_behind_it() -> None:
    whole = case(NEARLY)
    found = order((NEARLY, decided("stability")), whole=whole, results=(ENGINES["sins"].result(whole, NEARLY),))
    assert found == [("sins-posterolateral", "L3", ("the plan for L3",))]


# What makes an emergency, and silence that the plan reads


def alarm(treatment: str, finding: str, of: Lesion | None = None) -> Recommendation:
    path: Path = (Premise(finding, YES),)
    return Recommendation(treatment, (Advice(treatment, RULE, "why"),), of, (path,))


def test_what_makes_an_emergency_is_asked_for_before_everything_else() -> None:
    urgent = (alarm("mri-whole-spine", "progressive-deficit", T8), alarm("dexamethasone", "myelopathy", T8))
    assert order((T8, decided("escc-grade", escc_grade=9)), urgent=urgent) == [
        ("progressive-deficit", "T8", ("whether it is an emergency",)),
        ("myelopathy", "T8", ("whether dexamethasone is for this",)),
        ("escc-grade", "T8", ("the plan for T8",)),
    ]


def test_what_several_steps_of_an_emergency_depend_on_is_said_once() -> None:
    urgent = (alarm("urgent-spine-referral", "myelopathy"), alarm("mri-whole-spine", "myelopathy"))
    assert order(urgent=urgent) == [("myelopathy", "", ("whether it is an emergency",))]


def test_silence_that_the_plan_reads_is_asked_for_after_what_decides_and_before_the_scores() -> None:
    whole = case(T8)
    found = order(
        (T8, decided("escc-grade")),
        whole=whole,
        silent=(("prior-radiotherapy-at-level", T8),),
        results=(ENGINES["tomita"].result(whole),),
    )
    assert found[:2] == [
        ("escc-grade", "T8", ("the plan for T8",)),
        ("prior-radiotherapy-at-level", "T8", ("the plan for T8",)),
    ]
    assert {finding for finding, _, _ in found[2:]} == {m.finding for m in ENGINES["tomita"].result(whole).missing}


# Scores


def test_what_rules_out_the_most_classes_over_all_scores_is_asked_for_first() -> None:
    whole = case(T8)
    results = tuple(ENGINES[code].result(whole) for code in ("tomita", "van-der-linden", "bauer"))
    ruled_out: dict[str, float] = {}
    for result in results:
        for missing in result.missing:
            settled = len(result.bands) - sum(len(o.bands) for o in missing.outcomes) / len(missing.outcomes)
            ruled_out[missing.finding] = ruled_out.get(missing.finding, 0) + settled
    found = findings(whole=whole, results=results)
    assert found == sorted(ruled_out, key=lambda code: (-ruled_out[code], code))
    assert len(set(ruled_out.values())) > 2


def test_a_finding_that_settles_a_score_at_once_comes_before_one_that_settles_little_of_several() -> None:
    whole = case(T8, bone_metastases="solitary")
    results = tuple(ENGINES[code].result(whole) for code in ("tomita", "van-der-linden"))
    assert findings(whole=whole, results=results) == ["visceral-metastases", "primary-tumour", "karnofsky"]


def test_a_score_whose_class_is_settled_asks_for_nothing_more() -> None:
    whole = case(NEARLY)
    result = ENGINES["sins"].result(whole, NEARLY)
    assert result.missing
    assert order(whole=whole, results=(result,)) == []


def test_a_score_of_a_lesion_asks_for_its_findings_of_that_lesion() -> None:
    found = order(results=tuple(ENGINES["sins"].result(TWO, one) for one in (T8, L3)))
    assert {name for _, name, _ in found} == {"T8", "L3"}
    assert {decides for _, _, decides in found} == {(ENGINES["sins"].score.title,)}


# The requests


def need(finding: str, of: Lesion | None = None) -> Needed:
    return Needed(finding, of, ("the plan",))


def test_there_is_one_request_for_each_way_of_finding_out() -> None:
    found = requests((need("escc-grade", T8), need("sins-collapse", T8), need("sins-bone-lesion", T8)), set())
    assert [(r.treatment, r.reads) for r in found] == [
        ("mri-whole-spine", ("escc-grade",)),
        ("ct-spine", ("sins-collapse", "sins-bone-lesion")),
    ]
    assert all(r.settled and not r.scores and r.advice[0].rule is FIND_OUT for r in found)


def test_what_somebody_has_to_ask_the_patient_is_no_request() -> None:
    asked = next(code for code, each in FINDINGS.items() if each.find_out is FindOut.ASK)
    assert requests((need(asked),), set()) == []


def test_what_is_advised_anyway_is_not_requested_again() -> None:
    both = (need("escc-grade", T8), need("sins-collapse", T8))
    assert [r.treatment for r in requests(both, {"mri-whole-spine"})] == ["ct-spine"]
    assert requests(both, {"mri-whole-spine", "ct-spine"}) == []


def test_a_request_is_for_the_lesion_where_there_is_one_and_for_the_patient_where_there_are_several() -> None:
    def of(*needs: Needed) -> Lesion | None:
        (one,) = requests(needs, set())
        return one.lesion

    assert of(need("sins-collapse", T8), need("sins-bone-lesion", T8)) is T8
    assert of(need("sins-collapse", T8), need("sins-collapse", L3)) is None
    assert of(need("bone-metastases"), need("brain-metastases")) is None
    assert of(need("sins-collapse", T8), need("sins-bone-lesion")) is None


def test_a_request_names_what_it_finds_out_each_once_and_in_the_middle_of_a_sentence() -> None:
    (one,) = requests((need("sins-collapse", T8), need("sins-collapse", L3), need("sins-bone-lesion", T8)), set())
    title = FINDINGS["sins-bone-lesion"].title
    assert one.advice[0].reason.startswith("to find out: ")
    assert one.advice[0].reason.endswith(", " + title[0].lower() + title[1:])
    assert one.advice[0].reason.count(",") == 1
    assert one.reads == ("sins-collapse", "sins-bone-lesion")
    (abbreviated,) = requests((need("escc-grade", T8),), set())
    assert "ESCC" in abbreviated.advice[0].reason
    (her2,) = requests((need("her2"),), set())
    assert "HER2" in her2.advice[0].reason
