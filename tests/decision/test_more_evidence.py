"""More evidence settles and never unsettles; less invents nothing. Chains of findings, one after another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.case import Case
from service.decision.model import Plan, Recommendation
from service.decision.plan import plan
from service.derivations import derive
from service.evidence import Choice, Evidence, Span, Statement, Values
from service.findings import FINDINGS, LESION
from service.policy import Policy
from service.scoring import ENGINES, SCORES
from tests.core.cases import case, lesion

#: Under this policy nothing is read into silence, so that the rule holds without exception.
STRICT = Policy(name="strict", unsaid_radiotherapy="unknown")
#: Asked for in order to find something out: once it is found out, nobody asks.
DIAGNOSTIC = frozenset(("mri-whole-spine", "ct-spine", "staging", "lab-test", "biopsy"))
FINDINGS_DRAWN = (
    "sins-pain", "sins-bone-lesion", "sins-alignment", "sins-collapse", "sins-posterolateral", "escc-grade",
    "myelopathy", "radiculopathy", "sphincter-dysfunction", "progressive-deficit", "prior-radiotherapy-at-level",
    "posterior-wall-intact", "pathologic-fracture", "primary-tumour", "hormone-dependent", "targeted-therapy",
    "visceral-metastases", "brain-metastases", "bone-metastases", "bone-marrow-carcinomatosis", "ecog",
    "ambulatory-status", "frankel-grade", "pain-controlled", "surgical-fitness", "life-expectancy", "albumin",
    "platelets", "calcium", "bilirubin", "crp", "ldh", "previous-chemotherapy", "prior-therapy-response", "smoking",
    "diabetes", "age", "vertebral-metastasis-count", "extraspinal-bone-metastasis-count",
)  # fmt: skip
TUMOURS = ("breast", "kidney", "colon", "lymphoma", "lung-nsclc", "bladder", "prostate", "thyroid")


def planned(whole: Case, policy: Policy) -> Plan:
    derived = derive(whole)
    results = tuple(
        ENGINES[score.code].result(derived, one)
        for score in SCORES
        if not score.rare
        for one in (derived.lesions if score.scope == "lesion" else (None,))
    )
    return plan(derived, results, policy)


def with_evidence(whole: Case, finding: str, values: Values) -> Case:
    """The case with one more statement."""
    said = Evidence(values, (Statement(finding, values, f"Observation/{finding}"),))
    if FINDINGS[finding].scope == LESION:
        (one,) = whole.lesions
        return replace(whole, lesions=(replace(one, evidence={**one.evidence, finding: said}),))
    return replace(whole, evidence={**whole.evidence, finding: said})


def one_of(data: st.DataObject, finding: str, possible: Values) -> Values:
    """A single value that does not contradict what is known already."""
    domain = FINDINGS[finding].domain
    if isinstance(domain, Choice):
        options = sorted(possible, key=str)
        if finding == "primary-tumour":
            options = [t for t in options if t in TUMOURS] or options
        return frozenset((data.draw(st.sampled_from(options), label=finding),))
    numbers: list[float] = []
    for span in possible:
        assert isinstance(span, Span)
        low, high = span.low, min(span.high, span.low + 60)
        numbers += [x for x in (low, (low + high) / 2, high) if span.meet(Span.point(x))]
    if domain.whole:
        numbers = [float(int(x)) for x in numbers if any(s.meet(Span.point(int(x))) for s in possible)]  # type: ignore[union-attr]
    return frozenset((Span.point(data.draw(st.sampled_from(sorted(set(numbers))), label=finding)),))


def settled(found: Plan) -> dict[tuple[str, str], Recommendation]:
    return {
        (r.treatment, r.lesion.name if r.lesion else ""): r
        for r in found.recommendations
        if r.settled and r.treatment not in DIAGNOSTIC
    }


def chain(data: st.DataObject, policy: Policy, leave_out: frozenset[str] = frozenset()) -> None:
    whole = case(lesion(data.draw(st.sampled_from(["T6", "L1", "L3"]), label="level")))
    found = planned(whole, policy)
    order = data.draw(st.permutations([f for f in FINDINGS_DRAWN if f not in leave_out]), label="order")[:14]
    for finding in order:
        before, known = settled(found), found.judged
        assert known is not None
        one = known.lesions[0] if FINDINGS[finding].scope == LESION else None
        whole = with_evidence(whole, finding, one_of(data, finding, known.possible(finding, one)))
        found = planned(whole, policy)
        gone = before.keys() - settled(found).keys()
        assert not gone, (finding, gone)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_one_more_finding_never_takes_away_what_was_settled(data: st.DataObject) -> None:
    chain(data, STRICT)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_by_default_the_one_exception_is_earlier_radiotherapy_of_which_silence_is_read(data: st.DataObject) -> None:
    chain(data, Policy(), frozenset(("prior-radiotherapy-at-level",)))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from([frozenset(("srs",)), frozenset(("surgery",)), frozenset(("cebrt", "kyphoplasty"))]))
def test_it_holds_too_where_something_is_not_to_be_had(data: st.DataObject, lacking: frozenset[str]) -> None:
    chain(data, replace(STRICT, unavailable=lacking))


def test_silence_about_radiotherapy_is_read_and_asked_for_and_named_in_every_proposal() -> None:
    whole = case(
        lesion("T6", sins_pain="pain-free", sins_bone_lesion="blastic", sins_alignment="normal",
               sins_collapse="none", sins_posterolateral="none", escc_grade="escc-0", myelopathy=False),
        primary_tumour="breast",
    )  # fmt: skip
    silent = planned(whole, Policy())
    assert ("cebrt", "T6") in settled(silent)
    strict = {r.treatment: r for r in planned(whole, STRICT).recommendations}
    assert not strict["cebrt"].settled
    assert strict["cebrt"].depends_on == ("prior-radiotherapy-at-level",)
    for found in (silent, planned(whole, STRICT)):
        assert found.needed[0].finding == "prior-radiotherapy-at-level" or any(
            need.finding == "prior-radiotherapy-at-level" for need in found.needed
        )


def _told(whole: Case, finding: str, value: Any) -> Case:
    return with_evidence(whole, finding, frozenset((value,)))


def test_what_a_clinician_judges_overrides_what_the_rules_work_out_and_says_so() -> None:
    whole = case(
        lesion("T6", sins_pain="mechanical", sins_bone_lesion="lytic", sins_alignment="subluxation-translation",
               sins_collapse="over-50", sins_posterolateral="bilateral", escc_grade="escc-2", myelopathy=False,
               prior_radiotherapy_at_level=False),
        primary_tumour="kidney",
        bone_marrow_carcinomatosis=True,
    )  # fmt: skip
    ruled = planned(whole, Policy())
    assert ruled.judged is not None
    assert ruled.judged.possible("surgical-fitness") == {"unfit"}
    assert ("stabilisation", "T6") in settled(ruled)
    notes = [note for r in ruled.recommendations for note in r.notes]
    assert any("Not fit for surgery by the rules: bone marrow carcinomatosis" in note for note in notes)
    judged = planned(_told(whole, "surgical-fitness", "fit"), Policy())
    assert ("decompression-stabilisation", "T6") in settled(judged)
    notes = [note for r in judged.recommendations for note in r.notes]
    assert any("A clinician judged the patient fit" in note and "carcinomatosis" in note for note in notes)
