"""Operations beside NOMS: when else to think of one, what kind it is, what speaks against it, and what to expect.

NOMS decides on stabilisation and decompression. Here are the indications that it does not turn into an operation, the
forms that an operation can take, and the risks that the record shows. Decompression and kyphoplasty have modules of
their own, whose rows and notes are among these.
"""

from __future__ import annotations

from service.conditions import Condition, all_of, any_of, at_least, below, is_, not_
from service.decision import decompression, kyphoplasty
from service.decision.model import Bar, Checklist, Note, Row, Rule
from service.decision.noms import COLLAPSE, STABILITY, UNFIT, UNSTABLE
from service.policy import Policy
from service.scoring.model import Reading
from service.scoring.sources import (
    GELFAND_2021,
    HONG_2022,
    LENSCHOW_2022,
    MATSUMOTO_2024,
    MORIMOTO_2024,
    PROVAN_2019,
)
from service.text import phrase, series

INDICATIONS = Rule("surgery", "Indications for surgery", MORIMOTO_2024)
PAIN = Rule("surgery", "Pain that is not controlled", MATSUMOTO_2024)
AGAINST = Rule("surgery", "What speaks against an operation", MORIMOTO_2024)
MINIMALLY_INVASIVE = Rule("minimally-invasive", "Minimally invasive surgery", MORIMOTO_2024)
SEVERAL_LESIONS = Rule("minimally-invasive", "Minimally invasive surgery of several lesions", MATSUMOTO_2024)

OPERATIONS = ("stabilisation", "decompression-stabilisation")
#: A note on the parent is not said again on its forms.
_ANY_OPERATION = (
    *OPERATIONS, "en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper",
)  # fmt: skip
_REVIEW = ("mdt-review",)
_GRAFT_MONTHS = 24
"""Expected survival from which bone grafting is needed (Morimoto 2024), which small incisions make hard."""


def _small_incisions(text: str, when: Condition, told: tuple[str, ...], rule: Rule = MINIMALLY_INVASIVE) -> Row:
    why = series(": ", (text, "small incisions first"))
    return Row(rule, when, ("mis-fixation",), why, told=told, form_of=OPERATIONS)


def _minimally_invasive(policy: Policy) -> tuple[Row, ...]:
    months = policy.minimally_invasive_under_months
    return (
        _small_incisions(
            phrase("under {months} months expected", months=months),
            below("life-expectancy", months),
            ("life-expectancy",),
        ),
        _small_incisions("judged unfit for open surgery", UNFIT, ("surgical-fitness",)),
        _small_incisions("poor performance (ECOG 3)", is_("ecog", 3), ("ecog",)),
        _small_incisions(
            "several vertebrae affected, under 2 years expected",
            all_of(at_least("vertebral-metastasis-count", 2), below("life-expectancy", _GRAFT_MONTHS)),
            # Who lives for 2 years nobody may be able to tell: the answer then says on what it depends.
            ("vertebral-metastasis-count",),
            SEVERAL_LESIONS,
        ),
    )


_SPEAKS_AGAINST = (
    ("bone-marrow-carcinomatosis", is_("bone-marrow-carcinomatosis", True), "carcinomatosis of the bone marrow"),
    ("ecog", is_("ecog", 4), "ECOG 4, where it does not come from the spine,"),
)


def rows(policy: Policy) -> tuple[Row, ...]:
    """The rows for a metastatic lesion under a site's policy."""
    return (
        *decompression.rows(policy),
        Row(
            PAIN,
            all_of(
                is_("pain-controlled", False),
                not_(is_("sins-pain", "pain-free")),
                not_(is_(STABILITY, UNSTABLE, COLLAPSE)),
            ),
            _REVIEW,
            "pain that drugs and radiotherapy do not control is an indication for surgery: decide together",
            told=("pain-controlled",),
        ),
        *(
            Row(
                AGAINST,
                when,
                _REVIEW,
                f"{words} speaks against an operation, unless compression gives symptoms or the spine is unstable: "
                "decide together",
                told=(finding,),
                form_of=OPERATIONS,
            )
            for finding, when, words in _SPEAKS_AGAINST
        ),
        *_minimally_invasive(policy),
        kyphoplasty.ROW,
    )


#: What raises the risk of infection of the wound, where the record shows it, and what can be done.
_INFECTION: tuple[tuple[str, Condition], ...] = (
    ("poor nutrition (albumin below 3.5 g/dL): feed before the operation where time allows", below("albumin", 3.5)),
    ("diabetes", is_("diabetes", True)),
    ("smoking", is_("smoking", True)),
    ("obesity (body mass index 30 or more)", at_least("body-mass-index", 30)),
    ("earlier radiotherapy at the level", is_("prior-radiotherapy-at-level", True)),
    ("systemic therapy", any_of(is_("previous-systemic-therapy", True), is_("previous-chemotherapy", True))),
)

CHECKLISTS: tuple[Checklist, ...] = kyphoplasty.CHECKLISTS
BARS: tuple[Bar, ...] = kyphoplasty.BARS
"""An operation itself has none: what speaks against it leads to a review, and makes a patient unfit."""

NOTES: tuple[Note, ...] = (
    # Beside an en bloc resection, which may be of a primary tumour, it is said by that module.
    Note(OPERATIONS, "Infection of the wound follows up to 30 % of operations for spinal metastases.", HONG_2022),
    *(
        Note(_ANY_OPERATION, f"Risk factor for infection of the wound: {text}.", HONG_2022, when)
        for text, when in _INFECTION
    ),
    Note(
        _ANY_OPERATION,
        "Implants fail more often in long constructs, after resection of the chest wall, with a higher SINS, and in "
        "those who live long.",
        HONG_2022,
    ),
    Note(
        _ANY_OPERATION,
        "Platelets below 100 000/uL: correct them before (a limit for neurosurgery in immune thrombocytopenia).",
        PROVAN_2019,
        below("platelets", 100),
    ),
    Note(
        OPERATIONS,
        "Multiple bone metastases: excessive ones speak against an operation, and no source gives a number.",
        MORIMOTO_2024,
        is_("bone-metastases", "multiple"),
    ),
    Note(
        OPERATIONS,
        "Survival of 2 years or more is expected: graft bone, which small incisions make hard.",
        MORIMOTO_2024,
        at_least("life-expectancy", _GRAFT_MONTHS),
        "Should 2 years or more be expected, graft bone, which small incisions make hard.",
    ),
    Note(
        ("stabilisation",),
        "SINS 7-12 with collapse over 50 %: others found no neurological benefit of implants at SINS 7-12, and more "
        "complications (331 patients).",
        LENSCHOW_2022,
        is_(STABILITY, COLLAPSE),
    ),
    Note(
        ("embolisation",),
        "Operate within 24 hours of it, before vessels open again. It is not for other than hypervascular tumours, but "
        "before piecemeal removal of a vertebral body.",
        HONG_2022,
    ),
    Note(
        ("mis-fixation",),
        "Through small incisions bone is hard to graft, the cord hard to decompress and the upper thoracic spine hard "
        "to see, and implants may fail in those who live long.",
        MATSUMOTO_2024,
    ),
    Note(
        ("mis-fixation",),
        "It bleeds less than open surgery, and radiotherapy starts earlier; the evidence is weak, survival the same.",
        MORIMOTO_2024,
    ),
    *decompression.NOTES,
    *kyphoplasty.NOTES,
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Carcinomatosis of the bone marrow, excessive bone metastases and poor performance are contraindications, with "
        "exceptions and without limits (Morimoto 2024).",
        "Never a bar to an operation: a review with the reason, for the marrow and for ECOG 4; a note for multiple "
        "bone metastases. Fitness for surgery reads the first two as well.",
    ),
    Reading(
        "Minimally invasive surgery is for expected survival of 6 months or less in one review, of several lesions in "
        "another; neither names a performance status.",
        "Under the months of the policy, ECOG 3, unfit for surgery, or 2 affected vertebrae and more with under 2 "
        "years.",
    ),
    Reading(
        "Poor nutrition and obesity are risk factors for infection, without limits.",
        f"Albumin below 3.5 g/dL ({GELFAND_2021.short}) and a body mass index of 30 or more.",
    ),
    *decompression.READINGS,
    *kyphoplasty.READINGS,
)
