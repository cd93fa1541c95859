"""Values: each FHIR type of a value, as the possible values of a finding."""

from __future__ import annotations

from typing import Any

import pytest

from service.evidence import Span
from service.problems import Rejected
from tests.support.records import (
    LOINC,
    SNOMED,
    TUMOUR,
    VALUE,
    Resource,
    bundle,
    concept,
    metastasis,
    observation,
    possible,
    quantity,
    remarks,
    said,
    take,
)

MII = (
    "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem/"
    "mii-cs-onko-allgemeiner-leistungszustand-ecog"
)


def of(finding: str, value: Any, **more: Any) -> Any:
    """The possible values that an Observation at T6 gives to a finding."""
    intake = take(bundle(metastasis(), observation(finding, value, **more)))
    lesion = "T6" if finding in intake.case.lesions[0].evidence else None
    return possible(intake, finding, lesion)


@pytest.mark.parametrize(
    "value",
    [
        2,
        (2, "1"),
        (2, "{score}"),
        (2, None),
        {"valueQuantity": {"value": 2, "unit": "points"}},
        {"valueCodeableConcept": concept(("LA9624-3", LOINC))},
        {"valueCodeableConcept": concept(("422894000", SNOMED))},
        {"valueCodeableConcept": concept(("2", MII))},
        {"valueCodeableConcept": concept(("2", VALUE))},
        {"valueCodeableConcept": concept(("LA9624-3", LOINC), ("422894000", SNOMED))},
        {"valueCodeableConcept": concept(("LA9624-3", LOINC), ("nonsense", "urn:local"))},
    ],
    ids=range(11),
)
def test_ecog_2_in_each_form_that_is_sent(value: Any) -> None:
    intake = take(bundle(metastasis(), observation("89247-1", value, system=LOINC)))
    assert possible(intake, "ecog") == {2}


@pytest.mark.parametrize("code", ["89247-1", "42800-3", "89262-0"])
def test_ecog_has_several_loinc_codes(code: str) -> None:
    intake = take(bundle(metastasis(), observation(code, 1, system=LOINC)))
    assert possible(intake, "ecog") == {1}


def test_ecog_has_a_snomed_code() -> None:
    assert possible(take(bundle(metastasis(), observation("423740007", 1, system=SNOMED))), "ecog") == {1}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((2, "1", ">="), {2, 3, 4, 5}),
        ((2, "1", ">"), {3, 4, 5}),
        ((2, "1", "<="), {0, 1, 2}),
        ((1, "1", "<"), {0}),
        ({"valueRange": {"low": quantity(1, "1"), "high": quantity(2, "1")}}, {1, 2}),
        ({"valueRange": {"low": quantity(3, "1")}}, {3, 4, 5}),
    ],
)
def test_ecog_with_a_comparator_or_range_is_several_values(value: Any, expected: set[int]) -> None:
    assert of("ecog", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (60, {60}),
        (0, {0}),
        (100, {100}),
        ({"valueCodeableConcept": concept(("LA29179-1", LOINC))}, {60}),
        ({"valueRange": {"low": quantity(70, "1"), "high": quantity(80, "1")}}, {70, 80}),
    ],
)
def test_karnofsky_is_read_as_a_number_or_an_answer(value: Any, expected: set[int]) -> None:
    intake = take(bundle(metastasis(), observation("89243-0", value, system=LOINC)))
    assert possible(intake, "karnofsky") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, {True}),
        (False, {False}),
        ({"valueCodeableConcept": concept(("373066001", SNOMED))}, {True}),
        ({"valueCodeableConcept": concept(("373067005", SNOMED))}, {False}),
        ({"valueCodeableConcept": concept(("52101004", SNOMED))}, {True}),
        ({"valueCodeableConcept": concept(("2667000", SNOMED))}, {False}),
        ({"valueCodeableConcept": concept(("LA33-6", LOINC))}, {True}),
        ({"valueCodeableConcept": concept(("LA32-8", LOINC))}, {False}),
        ({"valueCodeableConcept": concept(("Y", "http://terminology.hl7.org/CodeSystem/v2-0136"))}, {True}),
        ({"valueCodeableConcept": concept(("N", "http://terminology.hl7.org/CodeSystem/v2-0136"))}, {False}),
        ({"valueCodeableConcept": concept(("LA6576-8", LOINC))}, {True}),
        ({"valueCodeableConcept": concept(("LA6577-6", LOINC))}, {False}),
        ({"valueCodeableConcept": concept(("10828004", SNOMED))}, {True}),
        ({"valueCodeableConcept": concept(("260385009", SNOMED))}, {False}),
        ({"valueCodeableConcept": concept(("true", VALUE))}, {True}),
        ({"valueCodeableConcept": concept(("false", VALUE))}, {False}),
    ],
    ids=range(16),
)
def test_yes_and_no_in_each_form_that_is_sent(value: Any, expected: set[bool]) -> None:
    assert of("myelopathy", value, at="T6") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((80, "%"), {"over-50"}),
        ((51, "%"), {"over-50"}),
        ((50, "%"), {"exactly-50"}),
        ((0.5, "1"), {"exactly-50"}),
        ((49.9, "%"), {"under-50"}),
        ("exactly-50", {"exactly-50"}),
        ((1, "%"), {"under-50"}),
        ((0, "%"), {"none", "no-collapse-over-50-involved"}),
        (30, {"under-50"}),
        ((0.6, "1"), {"over-50"}),
        ((50, "%", ">"), {"over-50"}),
        ((50, "%", ">="), {"over-50", "exactly-50"}),
        ((50, "%", "<="), {"exactly-50", "under-50", "none", "no-collapse-over-50-involved"}),
        ((50, "%", "<"), {"under-50", "none", "no-collapse-over-50-involved"}),
        ({"valueRange": {"low": quantity(40, "%"), "high": quantity(60, "%")}}, {"over-50", "exactly-50", "under-50"}),
        ("none", {"none"}),
    ],
)
def test_collapse_is_read_as_a_code_or_in_percent(value: Any, expected: set[str]) -> None:
    assert of("sins-collapse", value, at="T6") == expected


def test_a_collapse_of_exactly_half_is_possible_only_where_it_is_said() -> None:
    assert "exactly-50" not in possible(take(bundle(metastasis())), "sins-collapse", "T6")


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        ((3.5, "g/dL"), 3.5, 3.5),
        ((3.5, "g/dL", "<"), 0.5, 3.5),
        ((3.5, "g/dL", ">="), 3.5, 10),
        ({"valueRange": {"low": quantity(30, "g/L"), "high": quantity(40, "g/L")}}, 3.0, 4.0),
        ({"valueRange": {"high": quantity(40, "g/L")}}, 0.5, 4.0),
        ({"valueQuantity": {"value": 35, "unit": "g/L"}}, 3.5, 3.5),
        ({"valueQuantity": {"value": 35, "unit": "g/dL", "code": "g/L"}}, 3.5, 3.5),
        ({"valueQuantity": {"value": 3.5e1, "code": "g/L"}}, 3.5, 3.5),
    ],
)
def test_a_laboratory_value_is_a_span_in_the_unit_of_the_scores(value: Any, low: float, high: float) -> None:
    (span,) = of("albumin", value)
    assert isinstance(span, Span)
    assert (span.low, span.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["none"], {"none"}),
        (["removable", "treatable"], {"removable/treatable/nodular", "removable/treatable/disseminated"}),
        (["removable", "untreatable", "nodular"], {"removable/untreatable/nodular"}),
    ],
)
def test_organ_metastases_may_have_several_codings_that_narrow_each_other(words: list[str], expected: set[str]) -> None:
    assert of("visceral-metastases", {"valueCodeableConcept": concept(*((w, VALUE) for w in words))}) == expected


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("4-8", (4, 5, 6, 7, 8)),
        ("4,5,6", (4, 5, 6)),
        ("4; 5", (4, 5)),
        ("10-3", (1, 2, 3, 10, 11, 12)),
        ("7", (7,)),
        (" 1 - 2 , 9 ", (1, 2, 9)),
    ],
)
def test_wbb_zones_are_a_range_or_a_list(text: str, zones: tuple[int, ...]) -> None:
    assert of("wbb-zones", {"valueString": text}, at="T6") == {zones}


def test_wbb_layers_are_a_list_of_letters() -> None:
    assert of("wbb-layers", {"valueString": "b, A,C"}, at="T6") == {("A", "B", "C")}


@pytest.mark.parametrize(
    ("coding", "expected"),
    [
        (("breast", TUMOUR), {"breast"}),
        (("lung", TUMOUR), {"lung-nsclc", "lung-sclc"}),
        (("unknown-primary", TUMOUR), {"unknown-primary"}),
        (("399068003", SNOMED), {"prostate"}),
    ],
)
def test_a_primary_tumour_may_be_an_observation(coding: tuple[str, str], expected: set[str]) -> None:
    assert of("primary-tumour", {"valueCodeableConcept": concept(coding)}) == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"dataAbsentReason": concept(("unknown", "x"))}, "data-absent"),
        ({"dataAbsentReason": {"text": "not asked"}}, "data-absent"),
        ({"dataAbsentReason": {}}, "data-absent"),
        (None, "no-value"),
        ({"valueCodeableConcept": concept(("x", "urn:local"))}, "not-understood"),
        ({"valueCodeableConcept": {"text": "one"}}, "not-understood"),
        ({"valueSampledData": {}}, "no-value"),
        ({"valueQuantity": {"unit": "1"}}, "no-value"),
    ],
)
def test_a_value_that_says_nothing_leaves_the_finding_unknown_and_is_in_the_ledger(value: Any, code: str) -> None:
    intake = take(bundle(metastasis(), observation("ecog", value, name="e")))
    assert not said(intake, "ecog")
    assert remarks(intake) == {"Observation/e": {code}}


@pytest.mark.parametrize("value", [3, (3, None), {"valueRange": {"low": quantity(3, None), "high": quantity(4, None)}}])
def test_a_laboratory_value_without_unit_is_not_used_and_is_in_the_ledger(value: Any) -> None:
    intake = take(bundle(metastasis(), observation("albumin", value, name="a")))
    assert not said(intake, "albumin")
    assert remarks(intake) == {"Observation/a": {"no-unit"}}


@pytest.mark.parametrize(
    ("finding", "value"),
    [
        ("haemoglobin", (12, "mg/dL")),
        ("albumin", (3.5, "g/L")),
        ("calcium", (2.3, "mg/dL")),
        ("ldh", (3.5, "U/L")),
        ("platelets", (250, "/uL")),
        ("creatinine", (0.9, "umol/L")),
    ],
)
def test_a_laboratory_value_with_which_nobody_lives_is_one_in_another_unit(finding: str, value: Any) -> None:
    with pytest.raises(Rejected, match="or its unit"):
        of(finding, value)


@pytest.mark.parametrize(
    ("finding", "value", "possible_values"),
    [
        ("albumin", {"value": 3.5, "unit": "g/dL", "code": "g/L"}, {3.5}),
        ("albumin", {"value": 3.5, "unit": "g/dl", "code": "g/L"}, {3.5}),
        ("crp", {"value": 12, "unit": "mg/dL", "code": "mg/L"}, {1.2, 12}),
        ("crp", {"value": 12, "unit": "mg/l", "code": "mg/L"}, {1.2}),
        ("platelets", {"value": 250, "unit": "Tsd./µl", "code": "10*3/uL"}, {250}),
        ("crp", {"value": 12, "unit": "milligrams", "code": "mg/L"}, {1.2}),
    ],
)
def test_a_unit_whose_text_contradicts_its_code_leaves_what_a_body_can_have(
    finding: str, value: Resource, possible_values: set[float]
) -> None:
    spans = of(finding, {"valueQuantity": value})
    assert sorted(span.low for span in spans) == pytest.approx(sorted(possible_values))


def test_a_unit_whose_text_contradicts_its_code_is_in_the_ledger() -> None:
    both = {"valueQuantity": {"value": 3.5, "unit": "g/dL", "code": "g/L"}}
    intake = take(bundle(metastasis(), observation("albumin", both, name="a")))
    assert remarks(intake) == {"Observation/a": {"conflict"}}


@pytest.mark.parametrize("unit", ["Gpt/l", "G/l", "Tsd./µl", "Tsd/μl", "10^9/l", "/nl", "x10E9/L", "10e3/uL", "K/uL"])
def test_the_units_of_german_laboratories_are_read(unit: str) -> None:
    assert of("platelets", {"valueQuantity": {"value": 250, "unit": unit}}) == {Span.point(250)}


@pytest.mark.parametrize(("finding", "text", "number"), [("ecog", "1", 1), ("karnofsky", "70 %", 70)])
def test_a_text_of_one_plain_number_is_that_number(finding: str, text: str, number: int) -> None:
    assert of(finding, {"valueString": text}) == {number}


@pytest.mark.parametrize(
    ("finding", "mend"),
    [("ecog", "valueInteger"), ("sins-pain", "valueCodeableConcept"), ("myelopathy", "valueBoolean")],
)
def test_a_value_that_is_given_in_another_way_is_refused_with_the_element_for_it(finding: str, mend: str) -> None:
    with pytest.raises(Rejected, match=mend):
        of(finding, {"valueString": "about one"})


@pytest.mark.parametrize(
    ("ecog", "karnofsky", "day", "told"),
    [
        (4, 90, "2026-10-01", {"Observation/e": {"conflict"}, "Observation/k": {"conflict"}}),
        (0, 50, "2026-10-01", {"Observation/e": {"conflict"}, "Observation/k": {"conflict"}}),
        (1, 90, "2026-10-01", {}),
        (1, 80, "2026-10-01", {}),
        (2, 70, "2026-10-01", {}),
        (4, 90, "2026-08-01", {"Observation/k": {"superseded"}}),
    ],
)
def test_performance_by_two_scales_that_cannot_both_be_true_is_a_conflict_or_the_later_counts(
    ecog: int, karnofsky: int, day: str, told: dict[str, set[str]]
) -> None:
    intake = take(
        bundle(
            metastasis(),
            observation("ecog", ecog, name="e", day="2026-10-01"),
            observation("karnofsky", karnofsky, name="k", day=day),
        )
    )
    assert (possible(intake, "ecog"), possible(intake, "karnofsky")) == ({ecog}, {karnofsky})
    assert remarks(intake) == told


def test_codes_of_one_value_that_disagree_leave_each_possible() -> None:
    both = {"valueCodeableConcept": concept(("LA9622-7", LOINC), ("LA9625-0", LOINC))}
    assert of("ecog", both) == {0, 3}


@pytest.mark.parametrize("value", [7, {"valueCodeableConcept": concept(("severe", VALUE))}])
def test_a_value_outside_the_domain_is_refused_and_not_echoed(value: Any) -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), observation("ecog", value)))
    assert refused.value.status == 422
    assert "severe" not in str(refused.value)


def test_two_values_of_one_observation_are_refused() -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), observation("ecog", 1, valueString="1")))
    (problem,) = refused.value.problems
    assert (refused.value.status, problem.code) == (422, "invariant")
