"""Every code lands on its concept in whichever form it is sent, and what only looks alike does not."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest

from service.fhir_mapping import terminology as t
from service.fhir_mapping.terminology import STANDARD
from service.fhir_mapping.terminology.systems import (
    ATC,
    CPT,
    HCPCS,
    ICD_9_CM,
    ICD_10_PCS,
    ICD_11,
    MII_METASTASES,
    OPS,
    RXNORM,
    STEMMED,
    TITLES,
    named,
)

LABELS = json.loads(resources.files(t).joinpath("concept-labels.json").read_text("utf-8"))["concept"]
LISTED = [
    (group["source"], element["code"], {target["code"] for target in element["target"]})
    for name in ("concepts", "drug-concepts")
    for group in t.groups_of(name)
    for element in group["element"]
]


def tumour(system: str, code: str) -> Any:
    return dict(STANDARD.condition(system, code) or ()).get("primary-tumour")


def said(system: str, code: str) -> dict[str, Any]:
    return dict(STANDARD.condition(system, code) or ())


def test_every_listed_code_lands_on_its_concepts() -> None:
    assert len(LISTED) > 1300
    wrong = [
        (system, code) for system, code, concepts in LISTED if not concepts <= set(STANDARD.concepts(system, code))
    ]
    assert wrong == []


def test_a_code_of_a_system_with_stems_lands_with_more_digits_without_dot_and_in_small_letters() -> None:
    for system, code, concepts in LISTED:
        if system in STEMMED and "/" not in code:
            for form in (code.replace(".", ""), code.lower(), f" {code} "):
                assert concepts <= set(STANDARD.concepts(system, form)), (system, form)


def test_every_concept_has_a_label_of_its_own_and_each_is_used() -> None:
    labels = {each["code"]: each["display"] for each in LABELS}
    assert len(set(labels.values())) == len(labels) == len(LABELS) >= 208
    used = {concept for *_, concepts in LISTED for concept in concepts}
    assert used <= set(labels)
    (group,) = t.groups_of("concept-findings")
    assert {element["code"] for element in group["element"]} == set(labels)


def test_what_a_concept_says_is_what_the_maps_of_findings_say_of_its_codes() -> None:
    """Two lists that say different things would be noticed here: each exception is named with its reason."""
    exceptions = {
        "94246001",  # cerebral meninges: under the brain in the table, and meningeal here
        "C79.2",  # skin, breast and other sites: under "another organ" in the table, and no organ for the scores
        "C79.8",
        "C7B.09",
        "Z79.62",  # drugs taken now for whatever reason
        "Z79.818",
        "Z79.899",
        "77263",  # planning, and the brain
        "77280",
        "77295",
        "77301",
        "77372",
        "C79.5",  # outside the US bone or marrow, and marrow is not said
    }
    for system, code, concepts in LISTED:
        meaning = said(system, code) if system not in (RXNORM, ATC) else dict(STANDARD.drug(system, code) or ())
        by_site = system == t.ICD_O_3 and STANDARD.refines(system, code) is not None
        if STANDARD.condition(system, code) is None or code in exceptions or by_site:
            continue
        for concept in concepts:
            for finding, values in STANDARD.condition(t.CONCEPT, concept) or ():
                if finding != t.BONE_SITE:
                    assert meaning[finding] & values, (system, code, concept)
                else:
                    assert finding in meaning, (system, code, concept)


@pytest.mark.parametrize("code", ["C79.5", "C79.5+", "C795", "c79.5", "C79.5-", "C79.5 +", " C79.5!", "C79.5 *"])
@pytest.mark.parametrize("system", [t.ICD_10, t.ICD_10_GM])
def test_the_marks_of_icd_10_are_no_part_of_a_code(system: str, code: str) -> None:
    assert said(system, code)[t.BONE_SITE] == {"unspecified"}
    assert {"secondary.bone", "secondary.bone_marrow"} <= set(STANDARD.concepts(system, code))


@pytest.mark.parametrize("code", ["C50.-", "C50", "C50.9-", "C50.9!"])
def test_a_hyphen_for_digits_left_out_leaves_the_stem(code: str) -> None:
    assert tumour(t.ICD_10_GM, code) == {"breast"}


def test_icd_10_of_the_who_and_its_german_and_us_modifications_are_three_systems() -> None:
    assert t.normal(t.ICD_10, "C80.0") != t.normal(t.ICD_10_CM, "C80.0") != t.normal(t.ICD_10_GM, "C80.0")
    assert "secondary.any" in STANDARD.concepts(t.ICD_10_CM, "C80.0")  # disseminated
    assert "secondary.any" not in STANDARD.concepts(t.ICD_10_GM, "C80.0")  # primary unknown, so stated
    for system in (t.ICD_10, t.ICD_10_GM):
        assert STANDARD.map_of("diagnosis", system, "C79.5") == "icd-10-exceptions"
        assert said(system, "M90.78") == {"pathologic-fracture": {True}}
        assert said(system, "M90.72") == {}
        assert said(system, "M49.5*") == {"pathologic-fracture": {True}}
        assert said(system, "E14.9") == {"diabetes": {True}}
        assert tumour(system, "C90.00") == tumour(system, "C90.01") == {"myeloma"}
    assert STANDARD.condition(t.ICD_10_CM, "M90.78") is None


@pytest.mark.parametrize(
    ("code", "fracture"),
    [("M84.58XA", True), ("M84.50XA", True), ("M84.52", False), ("M84.551A", False)],
)
def test_a_pathological_fracture_of_a_limb_is_none_of_the_spine(code: str, fracture: bool) -> None:
    assert bool(said(t.ICD_10_CM, code)) is fracture
    assert STANDARD.condition(t.ICD_10_CM, code) is not None


@pytest.mark.parametrize(
    "code",
    "C34.1 8140/3,8140/3 C34.1,C341 8140/3,c34.1 m8140/3,C34.1;8140/3,C34.1 81403,C34.1 8140,C34.1 8140.3,"
    "C34.1 80463/3,C34.1 8140/33".split(","),
)
def test_site_and_histology_in_one_string_count_together(code: str) -> None:
    assert tumour(t.ICD_O_3, code) == {"lung-nsclc"}
    assert "primary.lung" in STANDARD.concepts(t.ICD_O_3, code)


@pytest.mark.parametrize("code", ["8041/3", "80413", "8041.3", "M8041/3", "M-8041/3", "8041", "80413/3", "8041/6"])
def test_a_histology_is_read_with_its_behaviour_in_each_form(code: str) -> None:
    assert STANDARD.histology(t.ICD_O_3, code) == {"lung-sclc"}
    assert not STANDARD.condition(t.ICD_O_3, code)


@pytest.mark.parametrize(
    "code", ["8041/2", "8041/0", "80416/3", "804", "80411111", "8041/", "/3", "C34 C50", "8041/3 8140/3"]
)
def test_what_is_no_cancer_or_no_code_is_no_histology(code: str) -> None:
    assert STANDARD.histology(t.ICD_O_3, code) is None


def test_the_histology_of_another_organ_does_not_move_a_tumour() -> None:
    assert tumour(t.ICD_O_3, "C61.9 8140/3") == {"prostate"}
    assert STANDARD.concepts(t.ICD_O_3, "C61.9 8140/3") == ("primary.prostate",)
    assert tumour(t.ICD_O_3, "C34.9 9680/3") == {"lymphoma"}
    assert tumour(t.ICD_O_3, "C41.2 9370/3") == {"chordoma"}


@pytest.mark.parametrize("code", ["C50.9 8500/2", "C18.0 8140/0", "C53.9 8077/2", "C34.9 8140/1"])
def test_benign_uncertain_and_in_situ_are_no_primary(code: str) -> None:
    assert STANDARD.condition(t.ICD_O_3, code) == ()
    assert not any(concept.startswith("primary.") for concept in STANDARD.concepts(t.ICD_O_3, code))


def test_tumours_that_are_read_although_they_are_not_malignant() -> None:
    assert tumour(t.ICD_O_3, "9250/1") == tumour(t.ICD_O_3, "C41.2 9250/1") == {"giant-cell-tumour-of-bone"}
    assert tumour(t.ICD_O_3, "9560/0") == tumour(t.ICD_O_3, "C72.0 9560/0") == {"schwannoma"}


def test_behaviour_six_is_a_metastasis_at_the_site() -> None:
    assert said(t.ICD_O_3, "C41.2 8140/6") == {t.BONE_SITE: {"spine"}}
    assert said(t.ICD_O_3, "C40.2 8140/6") == {t.BONE_SITE: {"unspecified"}}
    assert set(said(t.ICD_O_3, "C34.9 8140/6")) == {"visceral-metastases"}
    assert said(t.ICD_O_3, "C71.9 8140/6") == {"brain-metastases": {True}}
    assert said(t.ICD_O_3, "8140/6") == said(t.ICD_O_3, "C77.9 8140/6") == {}
    assert STANDARD.is_metastasis(t.ICD_O_3, "8140/6")
    assert STANDARD.behaviour(t.ICD_O_3, "C34.9 81406") == "6"
    assert STANDARD.behaviour(t.ICD_10_CM, "8140/6") is None


@pytest.mark.parametrize(
    "system",
    [
        t.ICD_O_3,
        f"{t.ICD_O_3}|3.2",
        "http://hl7.org/fhir/sid/icd-o-3",
        "http://terminology.hl7.org/CodeSystem/icd-o-3-morphology",
        "urn:oid:2.16.840.1.113883.6.43.1",
        "https://terminology.hl7.org/CodeSystem/icd-o-3/",
    ],
)
def test_icd_o_3_is_found_under_each_of_its_names(system: str) -> None:
    assert tumour(system, "9180/3") == {"osteosarcoma"}


@pytest.mark.parametrize(
    "system",
    [
        "http://snomed.info/sct/900000000000207008",
        "http://snomed.info/sct/11000274103/version/20230131",
        "http://snomed.info/sct|http://snomed.info/sct/731000124108/version/20230901",
        "https://snomed.info/sct",
        "HTTP://SNOMED.INFO/sct/",
        "urn:oid:2.16.840.1.113883.6.96",
        "URN:OID:2.16.840.1.113883.6.96",
    ],
)
def test_editions_and_spellings_of_snomed_ct_are_snomed_ct(system: str) -> None:
    assert tumour(system, "254632001") == {"lung-sclc"}


@pytest.mark.parametrize(
    ("system", "canonical"),
    [
        ("http://hl7.org/fhir/sid/icd-10-cm/2024", t.ICD_10_CM),
        ("https://hl7.org/fhir/sid/icd-10-cm", t.ICD_10_CM),
        ("http://fhir.de/CodeSystem/dimdi/icd-10-gm|2019", t.ICD_10_GM),
        ("http://fhir.de/CodeSystem/bfarm/icd-10-gm/2023", t.ICD_10_GM),
        ("urn:oid:2.16.840.1.113883.6.3", t.ICD_10),
        ("http://hl7.org/fhir/sid/icd-10-ca", t.ICD_10),
        ("http://hl7.org/fhir/sid/icd-10-am", t.ICD_10),
        ("http://fhir.de/CodeSystem/bfarm/atc", ATC),
        ("urn:oid:2.16.840.1.113883.6.88", RXNORM),
        ("http://hl7.org/fhir/sid/icd-9-cm", ICD_9_CM),
        ("http://id.who.int/icd/release/11/2024-01/mms", "http://id.who.int/icd/release/11/2024-01/mms"),
        ("http://id.who.int/icd/release/11/mms", ICD_11),
        ("http://snomed.info/sctx", "http://snomed.info/sctx"),
        ("http://[", "http://["),
        ("", ""),
    ],
)
def test_the_name_of_a_system(system: str, canonical: str) -> None:
    assert named(system) == canonical


def test_systems_without_a_map_are_known_by_name() -> None:
    assert set(t.UNREAD) <= set(TITLES)
    assert STANDARD.condition(ICD_9_CM, "198.5") is None
    assert not STANDARD.is_known(ICD_9_CM, "198.5")


#: What a strict reader would try: a code of ICD-10-CM, and the values that it may have as a primary tumour.
NEAR = {
    "C22.1": {"liver", "gallbladder-biliary"},
    "C26.0": {"colon", "rectum", "small-bowel"},
    "C33": {"other"},
    "C38.1": {"other"},
    "C44.311": {"other"},
    "C4A.9": {"other"},
    "C47.0": {"soft-tissue-sarcoma"},
    "C48.1": {"other", "ovary", "soft-tissue-sarcoma"},
    "C69.3": {"melanoma", "other"},
    "C71.9": {"other"},
    "C74.9": {"adrenal"},
    "C75.0": {"other"},
    "C7A.8": {"neuroendocrine"},
    "C80.1": {"unknown-primary"},
    "C85.9": {"lymphoma"},
    "C88.0": {"lymphoma"},
    "C90.3": {"plasmacytoma"},
    "C96.9": {"leukaemia", "lymphoma", "other"},
    "D48.0": {"giant-cell-tumour-of-bone", "other"},
}


@pytest.mark.parametrize("code", NEAR)
def test_a_code_at_the_edge_of_a_chapter(code: str) -> None:
    assert tumour(t.ICD_10_CM, code) == NEAR[code]


@pytest.mark.parametrize(
    "code",
    "C39.9 C76.3 C77.1 C79.2 C79.51 C79.9 C7B.00 D03.9 D05.1 D16.6 D24 D49.2 Z80.3 Z85.3 Z12.31 Z03.89".split(),
)
def test_what_is_no_primary_tumour(code: str) -> None:
    assert tumour(t.ICD_10_CM, code) is None


@pytest.mark.parametrize(
    ("code", "concept"),
    [
        ("D05.1", "other.in_situ"),
        ("D16.6", "other.benign"),
        ("D48.1", "other.uncertain_behaviour"),
        ("Z80.3", "other.family_history"),
        ("Z85.3", "other.history_of_cancer"),
        ("Z12.31", "other.screening"),
        ("C79.9", "secondary.any"),
    ],
)
def test_what_is_no_cancer_of_today_is_known_for_what_it_is(code: str, concept: str) -> None:
    assert concept in STANDARD.concepts(t.ICD_10_CM, code)


def test_every_category_of_icd_10_for_tumours_means_something_or_is_known() -> None:
    from_c = [f"C{n:02}" for n in range(98) if n not in (27, 28, 29, 35, 36, 42, 59, 87, 89, 97, *range(98, 100))]
    unknown = [
        code for code in from_c if not STANDARD.concepts(t.ICD_10_CM, f"{code}.9") and code not in ("C77", "C78")
    ]
    assert unknown == ["C90"]  # C90.9 is no code: its four families are apart
    assert all(STANDARD.concepts(t.ICD_10_CM, f"D{n:02}") for n in range(50) if n != 8)


def test_a_past_cancer_names_its_primary() -> None:
    assert STANDARD.history(t.ICD_10_CM, "Z85.3") == {"breast"}
    assert STANDARD.history(t.ICD_10_CM, "Z85.118") == {"lung-nsclc", "lung-sclc"}
    assert STANDARD.history(t.ICD_10_CM, "Z85.110") == {"neuroendocrine"}
    assert STANDARD.history(t.ICD_10_CM, "Z80.3") is None


def test_metastases_are_known_as_such_whether_or_not_a_finding_comes_of_it() -> None:
    for code in ("C77.9", "C79.9", "C79.89", "C79.51", "C78.7"):
        assert STANDARD.is_metastasis(t.ICD_10_CM, code)
    assert not STANDARD.is_metastasis(t.ICD_10_CM, "C50.9")
    assert set(dict(STANDARD.metastasis_site(MII_METASTASES, "PER") or ())) == {"visceral-metastases"}
    assert dict(STANDARD.metastasis_site(MII_METASTASES, "BRA") or ()) == {"brain-metastases": {True}}
    assert STANDARD.metastasis_site(MII_METASTASES, "LYM") == ()
    assert STANDARD.metastasis_site(MII_METASTASES, "XXX") is None


CHEMOTHERAPY = {"previous-chemotherapy", "previous-systemic-therapy"}


@pytest.mark.parametrize(
    ("system", "code", "findings"),
    [
        (RXNORM, "583214", CHEMOTHERAPY),
        (RXNORM, "1736854", CHEMOTHERAPY),
        (RXNORM, "84857", {"previous-systemic-therapy"}),
        (RXNORM, "77655", set()),
        (RXNORM, "3264", set()),
        (RXNORM, "197361", None),  # amlodipine
        (ATC, "L01XA01", CHEMOTHERAPY),
        (ATC, "l01cd02", CHEMOTHERAPY),
        (ATC, "L01EB01", {"previous-systemic-therapy"}),
        (ATC, "L01FF02", {"previous-systemic-therapy"}),
        (ATC, "L02BG03", {"previous-systemic-therapy"}),
        (ATC, "L04AX03", None),  # methotrexate for joints
        (ATC, "L03AA02", None),  # growth factors
        (ATC, "M05BX04", set()),
        (HCPCS, "J9271", {"previous-systemic-therapy"}),
        (t.ICD_10_CM, "Z79.899", set()),
    ],
)
def test_what_a_drug_says(system: str, code: str, findings: set[str] | None) -> None:
    said_of = STANDARD.drug(system, code)
    assert (None if said_of is None else {finding for finding, _ in said_of}) == findings


@pytest.mark.parametrize(
    ("system", "code", "findings"),
    [
        (OPS, "8-522.d1", {"prior-radiotherapy-at-level"}),
        (OPS, "8-52", {"prior-radiotherapy-at-level"}),
        (OPS, "8-529.8", set()),  # planning
        (OPS, "8-530", set()),
        (OPS, "8-542.11", CHEMOTHERAPY),
        (OPS, "8-548.0", set()),  # antiretroviral
        (OPS, "5-839.a0", {"prior-surgery-at-level"}),
        (OPS, "5-83b.21", {"prior-surgery-at-level"}),
        (OPS, "5-820", None),
        (CPT, "77373", {"prior-radiotherapy-at-level"}),
        (CPT, "63620", {"prior-radiotherapy-at-level"}),
        (CPT, "77301", set()),
        (CPT, "63047", {"prior-surgery-at-level"}),
        (ICD_10_PCS, "DW023ZZ", {"prior-radiotherapy-at-level"}),
        (ICD_10_PCS, "3E03305", CHEMOTHERAPY),
        (ICD_10_PCS, "0DTJ4ZZ", None),
        (t.ICD_10_CM, "Z51.12", {"previous-systemic-therapy"}),
        (t.ICD_10_CM, "Z79.62", set()),
        (t.SNOMED, "373818007", set()),
    ],
)
def test_what_a_procedure_says(system: str, code: str, findings: set[str] | None) -> None:
    said_of = STANDARD.procedure(system, code)
    assert (None if said_of is None else {finding for finding, _ in said_of}) == findings


@pytest.mark.parametrize(
    "look_up",
    "condition procedure drug concepts histology refines is_metastasis behaviour history metastasis_site asks is_known "
    "answers vertebra says_nothing observation".split(),
)
@pytest.mark.parametrize(
    "code", [None, "", " ", "/", "C", "8140/", "C" * 10_000, "\x00", "８１４０/3", "C34.9 " * 50, "|", "٨١٤٠/٣"]
)
def test_no_look_up_fails_on_what_is_no_code(look_up: str, code: str | None) -> None:
    for system in (None, "", t.ICD_O_3, t.ICD_10_CM, t.SNOMED, ATC, "x" * 10_000, "http://["):
        getattr(STANDARD, look_up)(system, code)
