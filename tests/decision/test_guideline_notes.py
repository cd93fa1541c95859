"""What a guideline says beside the treatments of a lesion: each note where it is meant, and nowhere else."""

from __future__ import annotations

from typing import Any

import pytest

from service.case import Case, Lesion
from service.decision.guideline_notes import notes
from service.decision.guidelines import GUIDELINES, Guideline
from service.decision.model import Note
from service.findings import FINDINGS
from service.reading import Standing
from tests.core.cases import case, lesion

NICE, CEPO = GUIDELINES["nice-2023"], GUIDELINES["cepo-2012"]


def said(guideline: Guideline, treatment: str, whole: Case, one: Lesion | None = None) -> list[str]:
    """The notes beside a treatment of the first lesion, as the plan reads them."""
    one = one or whole.lesions[0]
    return [text for note in notes(guideline) if treatment in note.on and (text := _text(note, whole, one))]


def _text(note: Note, whole: Case, one: Lesion) -> str:
    truths = Standing(note.when).of(lambda finding: whole.possible(finding, one))
    return note.text if truths == {True} else note.perhaps if True in truths else ""


SIGNS = ("progressive_deficit", "sphincter_dysfunction", "cauda_equina_syndrome", "myelopathy", "radiculopathy")
NO_SIGN = dict.fromkeys(SIGNS, False)
ONLY = (
    "radiotherapy is for these reasons only: in a trial, as part of a strategy for oligometastases or for signs of "
    "impending compression on imaging (NICE 2023)."
)
RADIOTHERAPY = pytest.mark.parametrize("treatment", ["cebrt", "srs", "carbon-ion", "short-course-rt"])


@RADIOTHERAPY
def test_radiotherapy_of_a_lesion_without_symptoms_says_what_it_is_for(treatment: str) -> None:
    free = case(lesion("T8", sins_pain="pain-free", escc_grade="escc-1b", spinal_cord_compression=False, **NO_SIGN))
    assert f"Without pain and neurological symptoms, {ONLY}" in said(NICE, treatment, free)
    silent = case(lesion("T8", sins_pain="pain-free"))
    assert f"Should the lesion cause neither pain nor neurological symptoms, {ONLY}" in said(NICE, treatment, silent)


@RADIOTHERAPY
@pytest.mark.parametrize(
    "symptom",
    [
        {"sins_pain": "mechanical"},
        {"escc_grade": "escc-2"},
        {"spinal_cord_compression": True},
        *({sign: True} for sign in SIGNS),
    ],
    ids=str,
)
def test_radiotherapy_of_a_lesion_with_a_symptom_or_compression_does_not(
    symptom: dict[str, Any], treatment: str
) -> None:
    whole = case(lesion("T8", **{"sins_pain": "pain-free", "escc_grade": "escc-0", **NO_SIGN, **symptom}))
    assert not any("reasons only" in text for text in said(NICE, treatment, whole))


EIGHT = "For pain that is not mechanical: 8 Gy in a single fraction (NICE 2023)."


@pytest.mark.parametrize(
    ("pain", "treatment", "offered"),
    [
        ("occasional-non-mechanical", "cebrt", True),
        ("occasional-non-mechanical", "short-course-rt", True),
        ("occasional-non-mechanical", "srs", False),
        ("mechanical", "cebrt", False),
        ("pain-free", "cebrt", False),
        (None, "cebrt", False),
    ],
)
def test_one_fraction_is_for_pain_that_is_not_mechanical(pain: str | None, treatment: str, offered: bool) -> None:
    assert (EIGHT in said(NICE, treatment, case(lesion("T8", sins_pain=pain)))) == offered
    assert EIGHT not in said(CEPO, treatment, case(lesion("T8", sins_pain=pain)))


TOGETHER = (
    "Compression by a tumour of this kind: a steroid, chemotherapy and radiotherapy together, as long as the spine is "
    "stable and no fragment of bone compresses the cord (CEPO 2012)."
)


@pytest.mark.parametrize("tumour", sorted(FINDINGS["primary-tumour"].domain.unknown, key=str))
def test_cepo_treats_favourable_tumours_with_drugs_and_radiotherapy_together(tumour: str) -> None:
    kind = ("myeloma", "lymphoma", "germ-cell-seminoma", "germ-cell-non-seminoma")
    whole = case(lesion("T8"), primary_tumour=tumour)
    for treatment in ("cebrt", "srs", "carbon-ion", "short-course-rt", "systemic-therapy"):
        assert (TOGETHER in said(CEPO, treatment, whole)) == (tumour in kind)
        assert TOGETHER not in said(NICE, treatment, whole)


@pytest.mark.parametrize(
    "compressed", [{"escc_grade": "escc-2"}, {"escc_grade": "escc-3"}, {"spinal_cord_compression": True}], ids=str
)
def test_cepo_gives_few_or_many_fractions_by_life_expectancy_in_compression(compressed: dict[str, Any]) -> None:
    few, many = (
        "A short course for a short life expectancy (CEPO 2012).",
        "A long course for inoperable compression and a good life expectancy (CEPO 2012).",
    )
    first = "Before treatment, score the scales of prognosis and of spinal instability (CEPO 2012)."
    for treatment in ("cebrt", "short-course-rt"):
        assert {few, many, first} <= set(said(CEPO, treatment, case(lesion("T8", **compressed))))
        assert said(CEPO, treatment, case(lesion("T8", escc_grade="escc-1b", spinal_cord_compression=False))) == []
        assert said(CEPO, treatment, case(lesion("T8"))) == []
    assert said(CEPO, "decompression-stabilisation", case(lesion("T8", **compressed))) == [first]


def test_bisphosphonates_are_for_the_tumours_that_nice_names() -> None:
    assert said(NICE, "bone-modifying-agent", case(lesion("T8"))) == [
        "Bisphosphonates for pain of the spine are for myeloma or breast cancer only (NICE 2023).",
        "Bisphosphonates for pain of the spine are for prostate cancer too, if analgesia fails (NICE 2023).",
    ]
    assert said(CEPO, "bone-modifying-agent", case(lesion("T8"))) == []


def test_an_mri_for_pain_says_which_pain_is_suspect_and_what_makes_it_an_emergency() -> None:
    found = said(NICE, "mri-whole-spine", case(lesion("T8", sins_pain="mechanical")))
    assert any(text.startswith("Pain that suggests a metastasis: pain in the thoracic") for text in found)
    assert any(text.startswith("Should there be radicular pain, weakness of a limb") for text in found)
    assert len(said(NICE, "mri-whole-spine", case(lesion("T8", sins_pain="pain-free")))) == len(found) - 2
    assert said(CEPO, "mri-whole-spine", case(lesion("T8", sins_pain="mechanical"))) == []


def test_any_mri_of_the_plan_says_what_is_imaged_as_that_of_an_emergency_does() -> None:
    texts = [note.text for note in notes(NICE) if note.on == ("mri-whole-spine",)]
    assert any(text.startswith("Imaging: sagittal T1") for text in texts)
    assert any(text.startswith("A plain X-ray neither shows nor excludes") for text in texts)
    assert any(text.startswith("MRI at night too") for text in texts)
