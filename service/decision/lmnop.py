"""LMNOP (Paton 2011, with SINS Ivanishvili and Fourney 2014): a checklist of what to weigh, in five letters.

It has no points. The letters say which findings to show together; the rows and notes are what it adds to NOMS: the
number of levels, the location, and the response to earlier treatment.
"""

from __future__ import annotations

from dataclasses import dataclass

from service.conditions import all_of, any_of, at_least, at_most, is_, not_, within
from service.decision.model import Note, Row, Rule
from service.decision.noms import IRRADIATED
from service.scoring.model import Reading
from service.scoring.sources import CHANG_2019, HONG_2022, IVANISHVILI_2014, KANG_2022, PATCHELL_2005, PATON_2011

LMNOP = Rule("lmnop", "LMNOP", PATON_2011)
LEVELS = Rule("lmnop", "LMNOP, levels", IVANISHVILI_2014)


@dataclass(frozen=True)
class Letter:
    """One letter of the checklist, and what it looks at."""

    letter: str
    title: str
    findings: tuple[str, ...]
    """In the order in which they are shown."""
    scores: tuple[str, ...] = ()


LETTERS: tuple[Letter, ...] = (
    Letter(
        "L",
        "Levels and location",
        (
            "vertebral-level",
            "contiguous-level-count",
            "vertebral-metastasis-count",
            "wbb-zones",
            "sins-posterolateral",
        ),
    ),
    Letter("M", "Mechanical instability", ("mechanical-stability", "sins-collapse", "pathologic-fracture"), ("sins",)),
    Letter(
        "N",
        "Neurology",
        (
            "escc-grade",
            "myelopathy",
            "radiculopathy",
            "progressive-deficit",
            "sphincter-dysfunction",
            "cauda-equina-syndrome",
            "frankel-grade",
            "ambulatory-status",
        ),
    ),
    Letter("O", "Oncology", ("primary-tumour", "visceral-metastases", "bone-metastases")),
    Letter(
        "P",
        "Patient fitness, prognosis, prior therapy",
        (
            "ecog",
            "karnofsky",
            "surgical-fitness",
            "life-expectancy",
            "prior-therapy-response",
            "prior-radiotherapy-at-level",
            "prior-surgery-at-level",
            "previous-systemic-therapy",
            "previous-chemotherapy",
        ),
    ),
)

_REVIEW = ("mdt-review",)
_OPERATIONS = ("stabilisation", "decompression-stabilisation")
_PROGRESSION = is_("prior-therapy-response", "progression")
_SEVERAL = 3
#: Metastases beyond the lesion itself. A lesion of more than five levels is a long construct by itself.
_ELSEWHERE_TOO = any_of(
    *(
        all_of(
            at_most("contiguous-level-count", levels),
            at_least("vertebral-metastasis-count", levels + 1),
        )
        for levels in range(_SEVERAL - 1, 6)
    )
)

PATIENT_ROWS: tuple[Row, ...] = (
    Row(
        LMNOP,
        _PROGRESSION,
        _REVIEW,
        "progression under earlier treatment: systemic options that remain decide on survival and function (where 100 "
        "operated patients had some, the hazard ratio of death was 0.22 and the odds ratio of good function 7.59, "
        f"{CHANG_2019.short})",
        told=("prior-therapy-response",),
    ),
)
"""For the patient as a whole."""

ROWS: tuple[Row, ...] = (
    Row(
        LMNOP,
        all_of(_PROGRESSION, IRRADIATED),
        _REVIEW,
        "progression at a level that was irradiated: conventional radiotherapy is used up, and after separation "
        f"surgery the tumour comes back more often ({KANG_2022.short}): decide on what is left, systemic treatment too",
        told=("prior-therapy-response", "prior-radiotherapy-at-level"),
    ),
    Row(
        LEVELS,
        _ELSEWHERE_TOO,
        _REVIEW,
        "several levels that are not contiguous: rather than a long open operation, minimally invasive fixation of "
        "several levels, or radiotherapy",
        told=("vertebral-metastasis-count", "contiguous-level-count"),
        form_of=_OPERATIONS,
        # The levels of the lesion are metastases too: that there may be more of them is no reason yet.
        certain=True,
    ),
)
"""For a metastatic lesion."""

# A record without zones reads like one that names all twelve, so that neither of these holds then.
_ZONES_IN_FRONT = within("wbb-zones", *range(4, 10))
_ONLY_BEHIND = within("wbb-zones", 1, 2, 3, 10, 11, 12)
_ONLY_IN_FRONT = any_of(_ZONES_IN_FRONT, all_of(not_(_ONLY_BEHIND), is_("sins-posterolateral", "none")))
_DECOMPRESSION = ("decompression-stabilisation",)
_APPROACH = "Go where the tumour is: the trial decompressed from the front, the side or the back."

NOTES: tuple[Note, ...] = (
    Note(
        _DECOMPRESSION,
        "The tumour lies in front of the cord: the trial decompressed such from the front.",
        PATCHELL_2005,
        _ONLY_IN_FRONT,
    ),
    Note(
        _DECOMPRESSION,
        "The tumour lies behind the cord: the trial decompressed such from behind.",
        PATCHELL_2005,
        _ONLY_BEHIND,
    ),
    Note(
        _DECOMPRESSION,
        _APPROACH,
        PATCHELL_2005,
        not_(any_of(_ONLY_IN_FRONT, _ONLY_BEHIND)),
        _APPROACH,
    ),
    Note(
        _DECOMPRESSION,
        "A posterolateral approach through the pedicle reaches all around the cord.",
        HONG_2022,
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Two reviews have P as the response to earlier treatment alone; its authors have fitness and prognosis in it "
        "too, and in 2014 the wishes of the patient.",
        "Fitness, prognosis and earlier treatment; the wishes of the patient are in no record, and are for the board.",
    ),
    Reading(
        "LMNOP weighs the levels and whether they are contiguous, without a number.",
        "3 affected vertebrae and more, not all of them in the lesion; that there may be more than the record names is "
        "no reason.",
    ),
    Reading(
        "Anterior and posterior are not given as WBB zones.",
        "Zones 4 to 9 are the body and in front, 10 to 12 and 1 to 3 behind; without zones, no posterolateral "
        "involvement counts as in front.",
    ),
    Reading(
        "Whether systemic options remain is in no finding.",
        "Progression under earlier treatment puts the question to the board.",
    ),
)
