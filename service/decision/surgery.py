"""Operations beside NOMS: when else to think of one, what kind it is, what speaks against it, and what to expect.

NOMS decides on stabilisation and decompression. Here are the indications that it does not turn into an operation, the
forms that an operation can take, and the risks that the record shows; kyphoplasty has a module of its own.
"""

from __future__ import annotations

from service.conditions import Condition, all_of, any_of, at_least, below, is_, not_
from service.decision import kyphoplasty
from service.decision.model import Bar, Checklist, Note, Row, Rule, Urgency
from service.decision.noms import COLLAPSE, STABILITY, UNFIT, UNSTABLE
from service.decision.tumours import RESISTANT, SENSITIVE
from service.policy import Policy
from service.scoring.model import Reading
from service.scoring.sources import (
    CEPO_2012,
    GELFAND_2021,
    HONG_2022,
    KANG_2022,
    LAUFER_2013_SEPARATION,
    LENSCHOW_2022,
    MATSUMOTO_2024,
    MORIMOTO_2024,
    PATCHELL_2005,
    PROVAN_2019,
)

INDICATIONS = Rule("surgery", "Indications for surgery", MORIMOTO_2024)
TRIAL = Rule("surgery", "Decompression of a compressed cord", PATCHELL_2005)
BLOOD_AND_GERM_CELLS = Rule("surgery", "Cord compression by blood and germ-cell tumours", CEPO_2012)
PAIN = Rule("surgery", "Pain that is not controlled", MATSUMOTO_2024)
AGAINST = Rule("surgery", "What speaks against an operation", MORIMOTO_2024)
MINIMALLY_INVASIVE = Rule("minimally-invasive", "Minimally invasive surgery", MORIMOTO_2024)
SEVERAL_LESIONS = Rule("minimally-invasive", "Minimally invasive surgery of several lesions", MATSUMOTO_2024)
SEPARATION = Rule("separation-surgery", "Separation surgery before SRS", HONG_2022)

OPERATIONS = ("stabilisation", "decompression-stabilisation")
#: A note on the parent is not said again on its forms.
_ANY_OPERATION = (
    *OPERATIONS, "en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper",
)  # fmt: skip
_REVIEW = ("mdt-review",)
_GRAFT_MONTHS = 24
"""Expected survival from which bone grafting is needed (Morimoto 2024), which small incisions make hard."""

#: The trial of surgery left them out; plasmacytoma is read with myeloma.
_BLOOD_OR_GERM_CELL = is_(
    "primary-tumour",
    "lymphoma", "leukaemia", "myeloma", "plasmacytoma", "germ-cell-seminoma", "germ-cell-non-seminoma",
)  # fmt: skip
DEFICITS = ("progressive-deficit", "sphincter-dysfunction")


def _high(policy: Policy) -> Condition:
    """High-grade ESCC as NOMS reads it under the policy."""
    return is_("escc-grade", "escc-2", "escc-3", *(("escc-1c",) if policy.escc_1c == "high" else ()))


def _deficit(finding: str, high: Condition) -> tuple[Row, ...]:
    """What a deficit asks for where NOMS decompresses nothing: a row for each reason that it does not."""
    there = is_(finding, True)
    told = (finding, "escc-grade")

    def review(rule: Rule, when: Condition, why: str) -> Row:
        return Row(rule, all_of(there, when), _REVIEW, why, Urgency.URGENT, told)

    return (
        review(
            TRIAL,
            all_of(high, SENSITIVE, not_(_BLOOD_OR_GERM_CELL)),
            "high-grade ESCC with a deficit: NOMS irradiates a radiosensitive tumour and does not decompress; of 101 "
            "patients with 3 months or more to live 84 % walked after surgery with radiotherapy and 57 % after "
            "radiotherapy alone, and of those who could not walk before, 10 of 16 and 3 of 16: decide together",
        ),
        review(
            BLOOD_AND_GERM_CELLS,
            all_of(high, _BLOOD_OR_GERM_CELL),
            "high-grade ESCC with a deficit: for blood and germ-cell tumours steroids, chemotherapy and radiotherapy "
            "come first where the spine is stable and no fragment of bone presses on the cord, and the trial of "
            f"surgery ({PATCHELL_2005.short}) left them out: decide together",
        ),
        review(
            INDICATIONS,
            all_of(high, RESISTANT, UNFIT),
            "high-grade ESCC with a deficit from a radioresistant tumour: only fitness keeps from decompression, and "
            "symptomatic compression may be operated on all the same: decide together",
        ),
        review(
            INDICATIONS,
            not_(high),
            "a deficit is an indication for surgery, and NOMS does not decompress at this ESCC grade: decide together, "
            "and look for a nerve root, another level or another disease behind it",
        ),
    )


def _small_incisions(text: str, when: Condition, told: tuple[str, ...], rule: Rule = MINIMALLY_INVASIVE) -> Row:
    return Row(rule, when, ("mis-fixation",), f"{text}: small incisions first", told=told, form_of=OPERATIONS)


def _minimally_invasive(policy: Policy) -> tuple[Row, ...]:
    months = policy.minimally_invasive_under_months
    return (
        _small_incisions(f"under {months} months expected", below("life-expectancy", months), ("life-expectancy",)),
        _small_incisions("judged unfit for open surgery", UNFIT, ("surgical-fitness",)),
        _small_incisions("poor performance (ECOG 3)", is_("ecog", 3), ("ecog",)),
        _small_incisions(
            "several vertebrae affected, under 2 years expected",
            all_of(at_least("vertebral-metastasis-count", 2), below("life-expectancy", _GRAFT_MONTHS)),
            ("vertebral-metastasis-count", "life-expectancy"),
            SEVERAL_LESIONS,
        ),
    )


_SPEAKS_AGAINST = (
    ("bone-marrow-carcinomatosis", is_("bone-marrow-carcinomatosis", True), "carcinomatosis of the bone marrow"),
    ("ecog", is_("ecog", 4), "ECOG 4, where it does not come from the spine,"),
)


def rows(policy: Policy) -> tuple[Row, ...]:
    """The rows for a metastatic lesion under a site's policy. Separation surgery is for SRS, and goes with it."""
    high = _high(policy)
    separation = Row(
        SEPARATION,
        all_of(RESISTANT, high),
        ("separation-surgery",),
        "high-grade ESCC of a radioresistant tumour: take out only what lies at the cord, and leave the rest to SRS",
        told=("primary-tumour", "escc-grade"),
        form_of=("decompression-stabilisation",),
    )
    return (
        *(row for finding in DEFICITS for row in _deficit(finding, high)),
        Row(
            INDICATIONS,
            is_("cauda-equina-syndrome", True),
            _REVIEW,
            "cauda equina syndrome is an indication for surgery; neither the ESCC grade nor the trial of surgery "
            f"({PATCHELL_2005.short}) is about it: decide together",
            Urgency.URGENT,
            told=("cauda-equina-syndrome",),
        ),
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
        *(() if "srs" in policy.unavailable else (separation,)),
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
    Note(_ANY_OPERATION, "Infection of the wound follows up to 30 % of operations for spinal metastases.", HONG_2022),
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
    Note(
        ("separation-surgery",),
        "Leave a gap of at least 3 mm between cord and tumour: below that local control is poorer.",
        MORIMOTO_2024,
    ),
    Note(
        ("separation-surgery",),
        "Local progression at 1 year by dose of the SRS after it (186 patients): 4.1 % with 24-30 Gy in 3 fractions, "
        "9.0 % with 24 Gy in 1, 22.6 % with 18-36 Gy in 5 or 6.",
        LAUFER_2013_SEPARATION,
    ),
    Note(
        ("separation-surgery",),
        "Local progression at 1 year over several studies: 10.2 %; more with a low dose per fraction.",
        KANG_2022,
    ),
    Note(
        ("separation-surgery",),
        "Earlier radiotherapy or colorectal cancer: local progression is more frequent.",
        KANG_2022,
        any_of(is_("prior-radiotherapy-at-level", True), is_("primary-tumour", "colon", "rectum")),
    ),
    *kyphoplasty.NOTES,
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Of those who could not walk, 62 and 16 % did again by a review of 2021; the abstract of the trial has 10 of "
        "16 (62 %) and 3 of 16 (19 %).",
        "The numbers of patients, as the trial has them.",
    ),
    Reading(
        "The trial of surgery took one compressed area, no more than 48 hours of paralysis, and 3 months of survival.",
        "Only the deficit, the grade and the tumour are tested; the rest is for the board.",
    ),
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
        "The gap after separation surgery is 2 to 3 mm, 3 mm and more, or more than 3 mm.",
        "At least 3 mm, from which local control was better.",
    ),
    Reading(
        "Poor nutrition and obesity are risk factors for infection, without limits.",
        f"Albumin below 3.5 g/dL ({GELFAND_2021.short}) and a body mass index of 30 or more.",
    ),
    *kyphoplasty.READINGS,
)
