"""Decompression beside NOMS: deficits for which it decompresses nothing, and separation surgery as a form of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from service.conditions import Condition, all_of, any_of, is_, not_
from service.decision.model import Note, Row, Rule, Urgency
from service.decision.noms import UNFIT
from service.decision.tumours import RESISTANT, SENSITIVE
from service.policy import Policy
from service.scoring.model import Reading
from service.scoring.sources import (
    BADVE_2021,
    CEPO_2012,
    HONG_2022,
    KANG_2022,
    LAUFER_2013_SEPARATION,
    MORIMOTO_2024,
    PATCHELL_2005,
    Source,
)

DEFICIT = Rule("surgery", "Indications for surgery", MORIMOTO_2024)
TRIAL = Rule("surgery", "Decompression of a compressed cord", PATCHELL_2005)
BLOOD_AND_GERM_CELLS = Rule("surgery", "Cord compression by blood and germ-cell tumours", CEPO_2012)
SEPARATION = Rule("separation-surgery", "Separation surgery before SRS", HONG_2022)

_REVIEW = ("mdt-review",)
_DECOMPRESSION, _SEPARATION = ("decompression-stabilisation",), ("separation-surgery",)
#: The trial of surgery left them out; plasmacytoma is read with myeloma.
_BLOOD_OR_GERM_CELL = is_(
    "primary-tumour",
    "lymphoma", "leukaemia", "myeloma", "plasmacytoma", "germ-cell-seminoma", "germ-cell-non-seminoma",
)  # fmt: skip
#: Compression that the record names, graded or not.
_COMPRESSED = is_("spinal-cord-compression", True)
_DEFICITS: Mapping[str, Condition] = {
    "progressive-deficit": is_("progressive-deficit", True),
    "sphincter-dysfunction": is_("sphincter-dysfunction", True),
}
PARALYSIS: Mapping[str, Condition] = {
    **_DEFICITS,
    "frankel-grade": is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c"),
    "ambulatory-status": is_("ambulatory-status", "non-ambulatory"),
}
"""A deficit for which a compressed cord is operated on or irradiated at once, by the finding that says so."""
_TOGETHER = (
    "a compressed cord with a deficit: decide on decompression together at once, whether or not the ESCC is graded; of "
    "101 patients with 3 months or more to live 84 % walked after surgery with radiotherapy and 57 % after "
    "radiotherapy alone, and of those who could not walk before, 10 of 16 and 3 of 16 (blood and germ-cell tumours "
    "were left out)"
)


def high(policy: Policy) -> Condition:
    """High-grade ESCC as NOMS reads it under the policy."""
    return is_("escc-grade", "escc-2", "escc-3", *(("escc-1c",) if policy.escc_1c == "high" else ()))


def _review(rule: Rule, when: Condition, why: str, *told: str) -> Row:
    return Row(rule, when, _REVIEW, why, Urgency.URGENT, told)


def _paralysed(finding: str, there: Condition, high_grade: Condition) -> Iterator[Row]:
    """What a compressed cord asks for beside NOMS, with a grade or without one."""
    yield _review(TRIAL, all_of(there, _COMPRESSED), _TOGETHER, finding, "spinal-cord-compression")
    # Of a compressed cord without a grade only 1c is left beside high grade.
    compressed = any_of(high_grade, all_of(_COMPRESSED, is_("escc-grade", "escc-1c")))
    graded = (finding, "escc-grade", "primary-tumour")
    yield _review(TRIAL, all_of(there, SENSITIVE, not_(_BLOOD_OR_GERM_CELL), compressed), _TOGETHER, *graded)
    yield _review(
        BLOOD_AND_GERM_CELLS,
        all_of(there, _BLOOD_OR_GERM_CELL, compressed),
        "a compressed cord with a deficit: for blood and germ-cell tumours steroids, chemotherapy and radiotherapy "
        "come first where the spine is stable and no fragment of bone presses on the cord, and the trial of surgery "
        f"({PATCHELL_2005.short}) left them out: decide together",
        *graded,
    )


def _deficit(finding: str, there: Condition, high_grade: Condition) -> Iterator[Row]:
    """What a deficit asks for where fitness or the grade keeps NOMS from decompression."""
    graded = (finding, "escc-grade")
    yield _review(
        DEFICIT,
        all_of(there, high_grade, RESISTANT, UNFIT),
        "high-grade ESCC with a deficit from a radioresistant tumour: only fitness keeps from decompression, and "
        "symptomatic compression may be operated on all the same: decide together",
        *graded,
    )
    yield _review(
        DEFICIT,
        all_of(there, not_(high_grade)),
        "a deficit is an indication for surgery, and NOMS does not decompress at this ESCC grade: decide together, "
        "and look for a nerve root, another level or another disease behind it",
        *graded,
    )


def rows(policy: Policy) -> tuple[Row, ...]:
    """The rows for a metastatic lesion under a site's policy. Separation surgery is for SRS, and goes with it."""
    high_grade = high(policy)
    separation = Row(
        SEPARATION,
        all_of(RESISTANT, high_grade),
        _SEPARATION,
        "high-grade ESCC of a radioresistant tumour: take out only what lies at the cord, and leave the rest to SRS",
        # A tumour that is not named may be radioresistant, as it may be for the decompression that this is a form of.
        told=("escc-grade",),
        form_of=_DECOMPRESSION,
    )
    return (
        *(row for finding, there in PARALYSIS.items() for row in _paralysed(finding, there, high_grade)),
        *(row for finding, there in _DEFICITS.items() for row in _deficit(finding, there, high_grade)),
        _review(
            DEFICIT,
            is_("cauda-equina-syndrome", True),
            "cauda equina syndrome is an indication for surgery; neither the ESCC grade nor the trial of surgery "
            f"({PATCHELL_2005.short}) is about it: decide together",
            "cauda-equina-syndrome",
        ),
        *(() if "srs" in policy.unavailable else (separation,)),
    )


#: After separation surgery of a primary tumour come carbon ions, which have notes of their own.
_BEFORE_SRS = not_(is_("tumour-origin", "primary", "dumbbell"))


def _before_srs(text: str, source: Source) -> Note:
    """A note for metastases, said unless the lesion is known to be none."""
    return Note(_SEPARATION, text, source, _BEFORE_SRS, text)


NOTES: tuple[Note, ...] = (
    Note(
        _DECOMPRESSION,
        "In the trial of decompression unstable spines were stabilised with cement, bone graft, screws and rods: "
        "cement beside it is possible, and by itself decompresses nothing.",
        BADVE_2021,
    ),
    Note(
        _SEPARATION,
        "Leave a gap of at least 3 mm between cord and tumour: below that local control is poorer.",
        MORIMOTO_2024,
    ),
    _before_srs(
        "Local progression at 1 year by dose of the SRS after it (186 patients): 4.1 % with 24-30 Gy in 3 fractions, "
        "9.0 % with 24 Gy in 1, 22.6 % with 18-36 Gy in 5 or 6.",
        LAUFER_2013_SEPARATION,
    ),
    _before_srs(
        "Local progression at 1 year over several studies: 10.2 %; more with a low dose per fraction.", KANG_2022
    ),
    Note(
        _SEPARATION,
        "Earlier radiotherapy or colorectal cancer: local progression is more frequent.",
        KANG_2022,
        all_of(_BEFORE_SRS, any_of(is_("prior-radiotherapy-at-level", True), is_("primary-tumour", "colon", "rectum"))),
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Of those who could not walk, 62 and 16 % did again by a review of 2021; the abstract of the trial has 10 of "
        "16 (62 %) and 3 of 16 (19 %).",
        "The numbers of patients, as the trial has them.",
    ),
    Reading(
        "The trial of surgery took one compressed area, no more than 48 hours of paralysis, and 3 months of survival.",
        "Only the deficit, the compression and the tumour are tested; the rest is for the board.",
    ),
    Reading(
        "The grade decides on decompression, and in an emergency nobody may have graded it yet.",
        "Compression of the cord that the record names goes to the board with a progressive deficit, sphincter "
        "dysfunction, Frankel A to C, or where the patient cannot walk; with a grade the rows for it count too.",
    ),
    Reading(
        "The gap after separation surgery is 2 to 3 mm, 3 mm and more, or more than 3 mm.",
        "At least 3 mm, from which local control was better.",
    ),
)
