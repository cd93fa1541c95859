"""Body sites: levels and regions by SNOMED CT, by the local code, by extension and by plain text."""

from __future__ import annotations

from typing import Any

import pytest

from service.vertebrae import LEVELS, REGIONS
from tests.support.records import (
    LEVEL_EXTENSION,
    SNOMED,
    VERTEBRA,
    bundle,
    concept,
    condition,
    lesion_names,
    observation,
    remarks,
    take,
)

#: From the value set of radiotherapy locations of mCODE.
VERTEBRAE = dict(
    zip(
        LEVELS[1:],
        """14806007 39976000 91116008 14705001 67479001 88298007 16126006
        56094003 50060007 73138009 86197001 6105006 32430008 71737002 77435000 33766003 48405002 52120002 280849005
        61032001 53983007 55492004 71996003 21799000
        65985001 11808007 49967005 69950008 21452006""".split(),
        strict=True,
    )
)


def at(*body_sites: Any, extension: Any = ()) -> list[str]:
    """The lesions of a bone metastasis with the body sites."""
    given = condition("94222008", SNOMED, bodySite=list(body_sites), extension=list(extension))
    return lesion_names(take(bundle(given)))


@pytest.mark.parametrize(("level", "code"), VERTEBRAE.items())
def test_every_vertebra_has_its_snomed_code(level: str, code: str) -> None:
    assert at(concept((code, SNOMED))) == [level]


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_from_the_occiput_to_s5_has_its_local_code(level: str) -> None:
    assert at(concept((level, VERTEBRA))) == [level]


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("35769007", "thoracic"),
        ("73903008", "lumbar"),
        ("122496007", "lumbar"),
        ("87141009", "sacral"),
        ("44300000", "spine"),
        ("3572006", "spine"),
    ],
)
def test_a_region_is_a_lesion_of_unknown_level(code: str, region: str) -> None:
    intake = take(bundle(condition("94222008", SNOMED, bodySite=[concept((code, SNOMED))])))
    (lesion,) = intake.case.lesions
    assert (lesion.name, lesion.levels) == (region, ())
    assert intake.case.possible("vertebral-level", lesion) == {(level,) for level in REGIONS[region]}


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_has_a_local_code(region: str) -> None:
    assert at(concept((region, VERTEBRA))) == [region]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("T8", ["T8"]),
        ("t8", ["T8"]),
        ("Th12", ["T12"]),
        ("TH 8", ["T8"]),
        ("T 8", ["T8"]),
        ("D8", ["T8"]),
        ("BWK 8", ["T8"]),
        ("BWK 7-9", ["T7-T9"]),
        ("LWK 2/3", ["L2-L3"]),
        ("HWK 5", ["C5"]),
        ("8. Brustwirbelkörper", ["T8"]),
        ("Lendenwirbel 2", ["L2"]),
        ("8th thoracic vertebra", ["T8"]),
        ("Bone structure of eighth thoracic vertebra", ["T8"]),
        ("T8-T10 vertebral bodies", ["T8-T10"]),
        ("L4/5", ["L4-L5"]),
        ("C2 dens", ["C2"]),
        ("Atlas", ["C1"]),
        ("T10-T8", ["T8-T10"]),
        ("L1, T12", ["T12-L1"]),
        ("L2, T8", ["T8", "L2"]),
        ("HWS und BWS", ["spine"]),
        ("gesamte Wirbelsäule", ["spine"]),
        ("multiple Wirbelkörper", ["spine"]),
        ("spine", ["spine"]),
        ("Wirbelsäule", ["spine"]),
        ("lumbar spine", ["lumbar"]),
        ("LWS", ["lumbar"]),
        ("Os sacrum", ["sacral"]),
        ("L1-L3", ["L1-L3"]),
        ("L1 - L3", ["L1-L3"]),
        ("T12–L1", ["T12-L1"]),
        ("T11 to L1", ["T11-L1"]),
        ("T8, L2", ["T8", "L2"]),
        ("T8/T9", ["T8-T9"]),
        ("T8 and L2", ["T8", "L2"]),
        ("L2 vertebra", ["L2"]),
        ("L2 vertebral body", ["L2"]),
        (" S1 ", ["S1"]),
        ("C0", ["C0"]),
    ],
)
def test_plain_text_names_levels_where_no_code_does(text: str, names: list[str]) -> None:
    assert at({"text": text}) == names


@pytest.mark.parametrize(
    "text",
    [
        "not T8",
        "T8?",
        "T13",
        "L6",
        "C8",
        "T8 or T9",
        "rechte Brust",
        "Rücken",
        "whole body",
        "pelvis",
        "T8 left pedicle",
        "L2-",
        "-L2",
        "L2 and",
        "L2 3 cm",
        "first vertebra",
        "Th12/1",
        "Th11-1",
        "BWK 11-1",
        "L2 T8",
        "T8T9",
        "no lesion at T8",
        "L5/S1 disc",
        "8",
        "T" * 70,
    ],
)
def test_text_that_is_less_plain_names_no_level(text: str) -> None:
    assert at({"text": text}) == []


def test_a_code_counts_more_than_the_text_beside_it() -> None:
    assert at(concept((VERTEBRAE["T6"], SNOMED), text="T8")) == ["T6"]


def test_two_codes_of_one_site_may_be_its_level_and_its_region() -> None:
    assert at(concept(("35769007", SNOMED), (VERTEBRAE["T6"], SNOMED))) == ["T6"]


def test_several_sites_of_one_condition_are_runs() -> None:
    assert at(*(concept((level, VERTEBRA)) for level in ("T8", "L2", "T9"))) == ["T8-T9", "L2"]


def test_the_level_extension_repeats() -> None:
    extensions = [
        {"url": LEVEL_EXTENSION, "valueCodeableConcept": concept((level, VERTEBRA))} for level in ("T8", "T9")
    ]
    assert at(extension=extensions) == ["T8-T9"]
    assert at({"extension": extensions}) == ["T8-T9"]
    found = observation("tumour-origin", "metastatic", extension=extensions)
    assert lesion_names(take(bundle(found))) == ["T8-T9"]


def test_other_extensions_do_no_harm() -> None:
    laterality = {"url": "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-laterality-qualifier"}
    assert at({**concept(("T8", VERTEBRA)), "extension": [laterality]}) == ["T8"]


@pytest.mark.parametrize(
    "site",
    [
        concept(("76752008", SNOMED)),
        concept(("T8", "http://example.org/levels")),
        concept(("T13", VERTEBRA)),
        {"text": "left femur"},
    ],
)
def test_a_site_outside_the_spine_is_no_lesion_and_is_in_the_ledger(site: dict[str, Any]) -> None:
    intake = take(
        bundle(
            condition("94222008", SNOMED, bodySite=[site], name="c"),
            observation("sins-pain", "mechanical", bodySite=site, name="o"),
        )
    )
    assert lesion_names(intake) == []
    assert remarks(intake) == {"Condition/c": {"not-in-the-spine"}, "Observation/o": {"not-in-the-spine"}}
    assert intake.bone_elsewhere


def test_an_empty_site_is_no_site() -> None:
    intake = take(bundle(condition("94222008", SNOMED, bodySite=[{}], name="c")))
    assert lesion_names(intake) == []
    assert remarks(intake) == {"Condition/c": {"not-in-the-spine"}}


def test_words_that_name_another_level_than_the_code_are_in_the_ledger() -> None:
    intake = take(bundle(observation("tumour-origin", "metastatic", name="o", bodySite=_site("T6", "T8"))))
    assert lesion_names(intake) == ["T6"]
    assert remarks(intake) == {"Observation/o": {"conflict"}}
    assert take(bundle(observation("tumour-origin", "metastatic", bodySite=_site("T6", "T6")))).ledger == ()


def _site(level: str, words: str) -> dict[str, Any]:
    return concept((VERTEBRAE[level], SNOMED), text=words)
