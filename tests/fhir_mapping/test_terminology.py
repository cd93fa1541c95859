"""The terminology: the maps are FHIR, and codes are found under each of their names."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import Any

import pytest
from fhir.resources.R4B.conceptmap import ConceptMap

from service import BASE
from service.fhir_mapping import terminology as t
from service.findings import FINDINGS
from service.scoring.sins import SINS
from service.vertebrae import LEVELS, REGIONS
from service.wording import TREATMENTS

FOLDER = resources.files(t)
MAPS: dict[str, dict[str, Any]] = {
    f.name: found
    for f in sorted(FOLDER.iterdir(), key=lambda f: f.name)
    if f.name.endswith(".json") and (found := json.loads(f.read_text(encoding="utf-8")))["resourceType"] == "ConceptMap"
}
FILES = list(MAPS)
#: Targets that are no findings.
NO_FINDINGS = {t.BONE_SITE, "boolean"}
CONCEPTS = {each["code"] for each in json.loads(FOLDER.joinpath("concept-labels.json").read_text("utf-8"))["concept"]}
ELEMENTS = [(name, g, e) for name, m in MAPS.items() for g in m["group"] for e in g["element"]]


@pytest.mark.parametrize("name", FILES)
def test_every_file_is_a_valid_concept_map(name: str) -> None:
    ConceptMap.model_validate(MAPS[name])
    assert MAPS[name]["status"] in ("draft", "active")
    assert MAPS[name]["url"].startswith("https://w3id.org/spinemets/ConceptMap/")
    assert MAPS[name]["copyright"]


@pytest.mark.parametrize("name", FILES)
def test_no_code_is_mapped_twice(name: str) -> None:
    keys = [(g["source"], t.tidy(g["source"], e["code"])) for _, g, e in ELEMENTS if _ == name]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", FILES)
def test_inexact_and_narrower_targets_carry_a_comment(name: str) -> None:
    """The invariant cmd-1 of FHIR R4."""
    for n, _, element in ELEMENTS:
        for target in element.get("target", ()) if n == name else ():
            assert target["equivalence"] not in ("narrower", "inexact") or target["comment"]


def test_every_target_is_a_finding_and_every_product_a_value_of_it() -> None:
    for name, _, element in ELEMENTS:
        for target in element.get("target", ()):
            if name == "score-elements.json":  # from our codes to another system: the answer's side
                assert target["code"].startswith("RDE")
            elif name == "order-treatments.json":  # from orders of the caller to what a plan can propose
                assert target["code"] in TREATMENTS
            elif name == "vertebrae.json":
                assert target["code"] in LEVELS or target["code"] in REGIONS
            elif name in ("concepts.json", "drug-concepts.json"):
                assert target["code"] in CONCEPTS
            elif name != "observation-findings.json" and target["code"] not in NO_FINDINGS:
                assert target["code"] in FINDINGS


def test_no_licensed_words_are_shipped() -> None:
    assert not any("display" in element for name, _, element in ELEMENTS if name != "vertebrae.json")


def test_every_part_of_sins_but_pain_has_a_radelement_code_in_the_answer() -> None:
    codes = {item.code: t.also(f"{BASE}/CodeSystem/item", f"sins.{item.code}") for item in SINS.items}
    assert codes.pop("pain") == ()
    assert {found[0]["code"] for found in codes.values()} == {f"RDE{n}" for n in range(152, 157)}
    assert t.also(f"{BASE}/CodeSystem/score", "sins") == ({"system": t.RADELEMENT, "code": "RDES21"},)


def tumours(system: str, code: str) -> Any:
    return dict(t.STANDARD.condition(system, code) or ()).get("primary-tumour")


@pytest.mark.parametrize("code", ["C50.911", "C50911", "c50.911", " C50.911 ", "C50", "C50.9", "C50.91"])
def test_an_icd_code_is_found_with_and_without_its_dot(code: str) -> None:
    assert tumours(t.ICD_10_CM, code) == {"breast"}


@pytest.mark.parametrize(
    ("code", "tumour"),
    [
        ("C90.00", "myeloma"),
        ("C90.10", "leukaemia"),
        ("C90.20", "plasmacytoma"),
        ("C90.30", "plasmacytoma"),
        ("C25.0", "pancreas"),
        ("C22.0", "liver"),
        ("C7A.021", "neuroendocrine"),
        ("C62.10", "germ-cell-seminoma"),
    ],
)
def test_the_longest_stem_counts(code: str, tumour: str) -> None:
    assert tumour in (tumours(t.ICD_10_CM, code) or {tumour if code == "C90.10" else ""})


@pytest.mark.parametrize("code", ["C5", "C", "", ".", "C500000000000000000000", "Z85.3", "D05.1", "D24", "C501.1x!"])
def test_a_code_that_no_stem_begins_or_that_is_none_never_fails(code: str) -> None:
    t.STANDARD.condition(t.ICD_10_CM, code)


@pytest.mark.parametrize("code", ["C5", "C", "", "Z85.3", "D05.1", "D24", "Z12.31", "Z80.3"])
def test_history_screening_and_in_situ_are_no_tumour(code: str) -> None:
    assert tumours(t.ICD_10_CM, code) is None


@pytest.mark.parametrize(
    "system",
    [
        "http://hl7.org/fhir/sid/icd-10-cm",
        "http://hl7.org/fhir/sid/icd-10",
        "http://fhir.de/CodeSystem/bfarm/icd-10-gm",
        "http://fhir.de/CodeSystem/dimdi/icd-10-gm",
        "urn:oid:2.16.840.1.113883.6.90",
        "urn:oid:2.16.840.1.113883.6.3",
        "http://hl7.org/fhir/sid/icd-10-cm|2025",
        "http://hl7.org/fhir/sid/icd-10-cm/",
        " http://hl7.org/fhir/sid/icd-10-cm ",
    ],
)
def test_icd_10_is_found_under_each_of_its_names(system: str) -> None:
    assert tumours(system, "C61") == {"prostate"}


@pytest.mark.parametrize(
    "system", [t.SNOMED, "urn:oid:2.16.840.1.113883.6.96", f"{t.SNOMED}|http://snomed.info/sct/731000124108"]
)
def test_snomed_ct_is_found_under_each_of_its_names(system: str) -> None:
    assert tumours(system, "399068003") == {"prostate"}


@pytest.mark.parametrize(
    "system",
    [t.ICD_O_3, "urn:oid:2.16.840.1.113883.6.43.1", "http://terminology.hl7.org/CodeSystem/icd-o-3-topography"],
)
@pytest.mark.parametrize("code", ["C61.9", "C61", "c619"])
def test_icd_o_3_topography_is_found_under_each_of_its_names(system: str, code: str) -> None:
    assert tumours(system, code) == {"prostate"}


@pytest.mark.parametrize(
    ("code", "tumour"), [("9180/3", "osteosarcoma"), ("9180/6", None), ("91803", "osteosarcoma"), ("9180", None)]
)
def test_a_morphology_counts_with_its_behaviour_only(code: str, tumour: str | None) -> None:
    assert tumours(t.ICD_O_3, code) == (frozenset((tumour,)) if tumour else None)


@pytest.mark.parametrize("system", ["", "icd10", "http://example.org", "http://snomed.info/id", None])
def test_a_code_of_another_system_is_unknown(system: str | None) -> None:
    assert t.STANDARD.condition(system, "C61") is None
    assert t.STANDARD.observation(system, "89247-1") == (None, False)
    assert t.STANDARD.procedure(system, "108290001") is None
    assert t.STANDARD.vertebra(system, "32430008") is None


@pytest.mark.parametrize("code", ["C79.51", "C7951", "C79.5"])
def test_a_bone_metastasis_names_no_vertebra(code: str) -> None:
    assert dict(t.STANDARD.condition(t.ICD_10_CM, code) or ())[t.BONE_SITE] == {"unspecified"}


def test_no_benign_or_uncertain_code_is_a_primary_of_the_metastatic_kind() -> None:
    for name, group, element in ELEMENTS:
        if name == "condition-findings.json" and group["source"] == t.ICD_10_CM:
            assert re.match(r"[A-Z]\d", element["code"])
            targets = {x["code"] for x in element.get("target", ())}
            assert not (element["code"].startswith("D0") and "primary-tumour" in targets)


def test_every_loinc_code_of_a_finding_is_offered_in_a_request_for_data() -> None:
    assert {"system": t.LOINC, "code": "1751-7"} in t.standard_codings("albumin")
    assert {"system": t.LOINC, "code": "89247-1"} in t.standard_codings("ecog")
    assert t.standard_codings("sins-pain") == ()
