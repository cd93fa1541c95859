"""A site's own ConceptMaps: read as others write them, put on top, and every line accounted for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service import BASE
from service.fhir_mapping.inbound import take_in
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.terminology import ICD_10_CM, ICD_10_GM, LOINC, SNOMED, STANDARD
from service.fhir_mapping.terminology.layering import Layered, Outcome
from service.fhir_mapping.terminology.own_maps import BadMaps, load
from service.policy import DEFAULT
from tests.support.records import AS_OF, bundle, concept, condition, metastasis, observation

OURS = "http://hospital.example/codes"
FINDING, VALUE = f"{BASE}/CodeSystem/finding", f"{BASE}/CodeSystem/finding-value"
TUMOUR, VERTEBRA, CONCEPT = (f"{BASE}/CodeSystem/{name}" for name in ("tumour", "vertebra", "concept"))


def target(code: str, equivalence: str = "equivalent", *values: str, **more: Any) -> dict[str, Any]:
    products = [{"property": VALUE, "system": VALUE, "value": value} for value in values]
    return {"code": code, "equivalence": equivalence, **({"product": products} if products else {}), **more}


def line(code: str, *targets: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "target": list(targets)} if targets else {"code": code}


def concept_map(system: str, *lines: dict[str, Any], source: str = OURS, **more: Any) -> dict[str, Any]:
    group = {"source": source, "target": system, "element": list(lines), **more}
    return {"resourceType": "ConceptMap", "status": "active", "group": [group]}


def loaded(folder: Path, *maps: dict[str, Any]) -> Layered:
    for n, each in enumerate(maps):
        (folder / f"{n}.json").write_text(json.dumps(each), "utf-8")
    return load(folder)


def outcomes(layered: Layered) -> dict[str, str]:
    return {change.code: change.outcome.value for change in layered.changes}


def test_without_a_folder_the_maps_of_the_package_are_in_force() -> None:
    assert load(None).terminology is STANDARD
    assert load(None).changes == ()


def test_a_map_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, concept_map(FINDING)).terminology.version == STANDARD.version


def test_a_finding_with_a_value_for_diagnoses_and_answers(tmp_path: Path) -> None:
    found = loaded(tmp_path, concept_map(FINDING, line("BC", target("primary-tumour", "equivalent", "breast"))))
    assert dict(found.terminology.condition(OURS, "BC") or ()) == {"primary-tumour": {"breast"}}
    assert found.terminology.answer("primary-tumour", OURS, "BC") == {"breast"}
    assert outcomes(found) == {"BC": "added"}
    assert found.terminology.version != STANDARD.version


def test_a_treatment_for_procedures_and_drugs(tmp_path: Path) -> None:
    lines = [line("CT", target("previous-chemotherapy", "wider", "true"))]
    terms = loaded(tmp_path, concept_map(FINDING, *lines)).terminology
    assert dict(terms.procedure(OURS, "CT") or ()) == {"previous-chemotherapy": {True}}
    assert dict(terms.drug(OURS, "CT") or ()) == {"previous-chemotherapy": {True}}
    assert terms.condition(OURS, "CT") is None


def test_a_finding_without_a_value_is_what_an_observation_asks_for(tmp_path: Path) -> None:
    terms = loaded(tmp_path, concept_map(FINDING, line("ALB", target("albumin")))).terminology
    assert terms.observation(OURS, "ALB") == ("albumin", True)


@pytest.mark.parametrize(
    ("system", "code", "finding", "values"),
    [
        (TUMOUR, "breast", "primary-tumour", {"breast"}),
        (VALUE, "mechanical", "sins-pain", {"mechanical"}),
        (VALUE, "true", "heart-failure", {True}),
    ],
)
def test_a_value_is_an_answer(tmp_path: Path, system: str, code: str, finding: str, values: set[Any]) -> None:
    terms = loaded(tmp_path, concept_map(system, line("A", target(code)))).terminology
    assert terms.answer(finding, OURS, "A") == values


def test_a_vertebra_and_a_concept(tmp_path: Path) -> None:
    terms = loaded(
        tmp_path,
        concept_map(VERTEBRA, line("BWK8", target("T8"))),
        concept_map(
            CONCEPT, line("D1", target("treatment.bone_agent.denosumab")), line("L", target("secondary.liver"))
        ),
    ).terminology
    assert terms.vertebra(OURS, "BWK8") == "T8"
    assert terms.drug(OURS, "D1") == ()
    assert set(dict(terms.condition(OURS, "L") or ())) == {"visceral-metastases"}


def test_a_standard_code_means_what_it_means_itself(tmp_path: Path) -> None:
    terms = loaded(
        tmp_path,
        concept_map(f"{ICD_10_GM}|2024", line("K1", target("C50.9"))),
        concept_map(LOINC, line("ALB", target("1751-7", "equal"))),
        concept_map(SNOMED, line("WS", target("94602001", "wider"))),
    ).terminology
    assert dict(terms.condition(OURS, "K1") or ()) == {"primary-tumour": {"breast"}}
    assert terms.observation(OURS, "ALB") == ("albumin", True)
    assert terms.is_metastasis(OURS, "WS")


def test_the_record_is_read_by_it(tmp_path: Path) -> None:
    terms = loaded(
        tmp_path,
        concept_map(ICD_10_CM, line("K1", target("C79.51"))),
        concept_map(VERTEBRA, line("BWK8", target("T8"))),
        concept_map(FINDING, line("ALB", target("albumin"))),
    ).terminology
    sent = bundle(
        condition("K1", OURS, bodySite=[concept(("BWK8", OURS))]),
        observation("ALB", (30, "g/L"), system=OURS, name="a"),
    )
    intake = take_in(sent, when(AS_OF), DEFAULT, terms=terms)
    assert [lesion.levels for lesion in intake.case.lesions] == [("T8",)]
    assert "Observation/a" in intake.inputs
    assert take_in(sent, when(AS_OF), DEFAULT).case.lesions == ()


def test_a_standard_code_can_be_given_another_meaning_and_the_report_says_so(tmp_path: Path) -> None:
    lines = [
        line("C41.2", target("primary-tumour", "equivalent", "chordoma")),
        line("C50", target("primary-tumour", "equivalent", "breast")),
    ]
    found = loaded(tmp_path, concept_map(FINDING, *lines, source=ICD_10_CM))
    assert dict(found.terminology.condition(ICD_10_CM, "C41.2") or ()) == {"primary-tumour": {"chordoma"}}
    assert dict(found.terminology.condition(ICD_10_CM, "C41.9") or ()) != {"primary-tumour": {"chordoma"}}
    (change,) = [c for c in found.changes if c.outcome is Outcome.CHANGED]
    assert change.code == "C41.2"
    assert any("chondrosarcoma" in words for words in change.before)
    assert any(words == "diagnosis: primary-tumour = chordoma" for words in change.after)
    assert "from diagnosis: " in change.line()


def test_of_two_maps_for_one_code_the_later_one_counts(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        concept_map(SNOMED, line("X", target("254632001"))),
        concept_map(FINDING, line("X", target("primary-tumour", "equivalent", "breast"))),
    )
    assert dict(found.terminology.condition(OURS, "X") or ()) == {"primary-tumour": {"breast"}}


def test_a_code_that_corresponds_to_nothing_is_known_from_then_on(tmp_path: Path) -> None:
    terms = loaded(tmp_path, concept_map(FINDING, line("N"), line("U", {"equivalence": "unmatched"}))).terminology
    for code in ("N", "U"):
        assert terms.condition(OURS, code) == ()
        assert terms.observation(OURS, code) == (None, True)


@pytest.mark.parametrize(
    ("system", "wrong", "reason"),
    [
        (FINDING, target("primary-tumor", "equivalent", "breast"), "no finding"),
        (FINDING, target("primary-tumour", "equivalent", "brest"), "no value of the finding"),
        (FINDING, target("albumen"), "CodeSystem/finding"),
        (FINDING, target("albumin", "equivalent", "30"), "no finding that a code can mean"),
        (FINDING, target("albumin", "relatedto"), "relatedto"),
        (FINDING, {"equivalence": "equivalent"}, "no code"),
        (VERTEBRA, target("T13"), "no vertebra"),
        (CONCEPT, target("primary.nose"), "no concept"),
        (VALUE, target("very"), "no finding has"),
        (SNOMED, target("1"), "not known here"),
        (SNOMED, target("254632001", "narrower"), "more than the code"),
        (SNOMED, target("254632001", "equivalent", "x"), "beside a finding only"),
        (SNOMED, target("254632001", dependsOn=[{"property": "x", "value": "y"}]), "depends on another element"),
        ("http://unknown.example", target("1"), "not known here"),
    ],
)
def test_what_cannot_be_used_is_reported_with_its_reason(
    tmp_path: Path, system: str, wrong: dict[str, Any], reason: str
) -> None:
    found = loaded(tmp_path, concept_map(system, line("W", wrong), line("B", target("94602001"))))
    change = next(c for c in found.changes if c.code == "W")
    assert change.outcome is Outcome.UNUSABLE
    assert reason in change.reason
    assert reason in change.line()
    assert not found.terminology.is_known(OURS, "W")
    assert found.counts()["not usable"] >= 1


def test_a_code_twice_in_one_map_counts_once(tmp_path: Path) -> None:
    twice = concept_map(SNOMED, line("X", target("254632001")), line("X", target("94602001")))
    found = loaded(tmp_path, twice)
    assert sorted(change.outcome for change in found.changes) == ["added", "not usable"]
    assert dict(found.terminology.condition(OURS, "X") or ()) == {"primary-tumour": {"lung-sclc"}}


def test_several_targets_of_one_system_are_no_choice_to_make_here(tmp_path: Path) -> None:
    found = loaded(tmp_path, concept_map(SNOMED, line("X", target("254632001"), target("94602001"))))
    assert outcomes(found) == {"X": "not usable"}


def test_a_retired_map_is_left_out(tmp_path: Path) -> None:
    old = concept_map(SNOMED, line("X", target("254632001"))) | {"status": "retired"}
    assert loaded(tmp_path, old).changes == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "ConceptMap"),
        ('{"resourceType": "ValueSet", "status": "active"}', "ConceptMap"),
        ('{"resourceType": "ConceptMap"}', "status"),
        ('{"resourceType": "ConceptMap", "status": "active", "group": [{"element": []}]}', "source"),
        (
            '{"resourceType": "ConceptMap", "status": "active", "group": [{"source": "a", "element": '
            '[{"code": "1", "target": [{"code": "2", "relationship": "equivalent"}]}]}]}',
            "R4 has equivalence",
        ),
        (
            '{"resourceType": "ConceptMap", "status": "active", "group": [{"source": "a", "element": [], '
            '"unmapped": {"mode": "fixed", "code": "x"}}]}',
            "unmapped is not read",
        ),
        ('{"resourceType": "ConceptMap", "status": "active", "group": 3}', "group"),
        ("\xff", "not JSON"),
    ],
)
def test_a_broken_map_is_refused_in_one_line_that_names_the_file(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "ours.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(BadMaps) as refused:
        load(tmp_path)
    assert words in str(refused.value)
    assert "ours.json" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMaps, match="no such folder"):
        load(tmp_path / "none")


def test_a_folder_without_any_map_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ours.xml").write_text("<ConceptMap/>")
    with pytest.raises(BadMaps, match="no map is in it"):
        load(tmp_path)


def test_the_version_names_the_content_and_not_the_files(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
    same = concept_map(FINDING, line("ALB", target("albumin")))
    (first / "x.json").write_text(json.dumps(same), "utf-8")
    (second / "y.json").write_text(json.dumps(same, indent=3), "utf-8")
    assert load(first).terminology.version == load(second).terminology.version
    (second / "y.json").write_text(json.dumps(concept_map(FINDING, line("ALB", target("calcium")))), "utf-8")
    assert load(first).terminology.version != load(second).terminology.version


def test_the_package_is_not_changed_by_a_site(tmp_path: Path) -> None:
    before = STANDARD.version
    loaded(
        tmp_path, concept_map(FINDING, line("C50", target("primary-tumour", "equivalent", "lung")), source=ICD_10_CM)
    )
    assert dict(STANDARD.condition(ICD_10_CM, "C50.9") or ()) == {"primary-tumour": {"breast"}}
    assert STANDARD.version == before
    assert take_in(bundle(metastasis()), when(AS_OF), DEFAULT).case.lesions
