"""Radiotherapy beside NOMS: the short course, few metastases, the fracture after SRS, SINS 7-12, the order of things.

Doses are in gray (Gy) of photons.
"""

from __future__ import annotations

from service.conditions import above, all_of, any_of, at_most, below, is_, not_
from service.decision.model import Bar, Note, Row, Rule
from service.decision.noms import INDETERMINATE_HIGH, IRRADIATED, IS_INDETERMINATE, IS_UNSTABLE, STABILITY
from service.decision.tumours import SENSITIVE
from service.policy import Policy
from service.scoring.common import NO_VISCERAL
from service.scoring.model import Reading
from service.scoring.sources import (
    BADVE_2021,
    BOEHLING_2012,
    HONG_2022,
    KAKUTANI_2023,
    KIM_2020,
    LIEVENS_2020,
    MARANZANO_2005,
    MD_ANDERSON,
    SAHGAL_2013,
    SCORAD_2019,
    VERSTEEG_2018,
)
from service.text import phrase

SHORT_COURSE = Rule("radiotherapy", "Length of conventional radiotherapy", BADVE_2021)
FEW = Rule("radiotherapy", "SRS of few metastases", MD_ANDERSON)

_SRS = ("srs",)
_SHORT = ("short-course-rt",)
_HIGH = is_("escc-grade", "escc-2", "escc-3")
_MALALIGNED = is_("sins-alignment", "subluxation-translation", "de-novo-deformity")
_LYTIC = is_("sins-bone-lesion", "lytic")
_FRACTURED = is_("sins-collapse", "over-50", "exactly-50", "under-50")
_OLDER = above("age", 55)
_MOST = 5
"""Metastases that are still few (Lievens 2020)."""
_IN_SPINE, _IN_OTHER_BONES = "vertebral-metastasis-count", "extraspinal-bone-metastasis-count"
_FEW_IN_BONE = any_of(
    is_("bone-metastases", "solitary"),
    *(all_of(at_most(_IN_SPINE, _MOST - others), at_most(_IN_OTHER_BONES, others)) for others in range(_MOST)),
)
_METASTASIS = not_(is_("tumour-origin", "primary", "dumbbell"))


def rows(policy: Policy) -> tuple[Row, ...]:
    """The rows for a metastatic lesion under a site's policy."""
    months = policy.survival_threshold_months
    few = Row(
        FEW,
        all_of(SENSITIVE, NO_VISCERAL, is_("brain-metastases", False), _FEW_IN_BONE),
        ("mdt-review",),
        f"radiosensitive, and no more than {_MOST} metastases ({LIEVENS_2020.short}), all in bone: SRS of each is an "
        "alternative to conventional radiotherapy, but not at a compressed cord; one pathway takes it, NOMS has no row",
        told=("bone-metastases",),
        form_of=("cebrt",),
    )
    return (
        Row(
            SHORT_COURSE,
            below("life-expectancy", months),
            _SHORT,
            phrase("expected survival under {months} months: a short course of radiotherapy is enough", months=months),
            # Told where the record, or the lead model by what is recorded, says something of it.
            told=("life-expectancy",),
            form_of=("cebrt",),
        ),
        *(() if "srs" in policy.unavailable else (few,)),
    )


INTERVAL = Note(
    ("cebrt", "srs", "short-course-rt"),
    "Leave 2 weeks between operation and radiotherapy, and never less than 7 days.",
    HONG_2022,
)
"""For radiotherapy beside an operation."""

SRS_AT_COMPRESSED_CORD = Bar(
    _SRS,
    _HIGH,
    "high-grade ESCC: the dose that the tumour needs is not safe at a compressed cord that nobody decompresses",
    BADVE_2021,
)
"""For where no decompression is advised."""

BARS: tuple[Bar, ...] = (
    Bar(
        ("cebrt", "short-course-rt"),
        IRRADIATED,
        "the level was irradiated before: conventional radiotherapy again may injure the cord",
        BADVE_2021,
    ),
)

_RISKS = (
    ("lytic lesion", HONG_2022, _LYTIC),
    ("spinal malalignment", HONG_2022, _MALALIGNED),
    ("a vertebra that has collapsed already", SAHGAL_2013, _FRACTURED),
    ("age over 55 years", BOEHLING_2012, _OLDER),
)
_AT_RISK = any_of(*(when for _, _, when in _RISKS))

NOTES: tuple[Note, ...] = (
    Note(
        _SRS,
        f"The vertebra broke after SRS in 57 of 410 ({SAHGAL_2013.short}: 14 %; 12.35 % within 1 year, 13.49 % within "
        f"2; median 2.46 months after it). After conventional radiotherapy it does in about 5 % ({HONG_2022.short}).",
        SAHGAL_2013,
    ),
    *(Note(_SRS, f"Risk factor for a fracture after SRS: {text}.", source, when) for text, source, when in _RISKS),
    Note(_SRS, "Fractures are more frequent with 20 Gy per fraction and more: take care from there.", SAHGAL_2013),
    Note(
        _SRS,
        "With a risk factor for a fracture stay below 16-18 Gy per fraction.",
        HONG_2022,
        _AT_RISK,
    ),
    Note(
        _SRS,
        "SINS 7-12 in a lytic or malaligned spine: decide on stabilisation before SRS, not after.",
        HONG_2022,
        all_of(IS_INDETERMINATE, any_of(_LYTIC, _MALALIGNED)),
    ),
    Note(
        _SRS,
        "SRS may come first: in 13 patients stabilisation followed it within 24 hours.",
        VERSTEEG_2018,
        all_of(IS_UNSTABLE, not_(_HIGH)),
    ),
    Note(
        ("cebrt", "srs", "short-course-rt"),
        "Radiotherapy hardly relieves mechanical pain from instability or a fracture.",
        BADVE_2021,
        is_("sins-pain", "mechanical"),
    ),
    Note(
        _SHORT,
        "Of 686 patients with cord compression 69.3 % walked at 8 weeks after one fraction of 8 Gy and 72.7 % after "
        "five fractions; that one is no worse was not shown (lower limit -11.5 points, -11.0 allowed).",
        SCORAD_2019,
    ),
    Note(
        _SHORT,
        "Two fractions of 8 Gy 6 days apart did as well as a split course, and neither is standard: they were not "
        "compared with a longer course.",
        MARANZANO_2005,
    ),
    Note(
        ("mdt-review",),
        "SINS 10 or more without mechanical pain: symptoms are likely to come; where a year or more of survival is "
        "expected, think of treating before they do.",
        KAKUTANI_2023,
        all_of(_METASTASIS, is_(STABILITY, INDETERMINATE_HIGH), not_(is_("sins-pain", "mechanical"))),
    ),
    Note(
        ("mdt-review",),
        "Of 47 patients with SINS 7-12 and no deficit who were first treated without an operation, 33 % had one within "
        "a year.",
        KIM_2020,
        all_of(_METASTASIS, IS_INDETERMINATE),
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "One pathway sends oligometastases of radiosensitive tumours to stereotactic radiotherapy, NOMS irradiates "
        "conventionally; how many are few a consensus puts at 1 to 5, as long as each can be treated (Lievens 2020).",
        "A review with the alternative beside conventional radiotherapy: one bone metastasis, or 5 at most, and none "
        "in an organ or the brain. That a compressed cord is no place for SRS is said with it.",
    ),
    Reading(
        "Vertebrae break more often with 20 Gy per fraction and more (Sahgal 2013), or with more than 20 (Hong 2022).",
        "20 Gy and more.",
    ),
    Reading(
        "Risk factors for a fracture after SRS are dose, an earlier fracture, lytic lesion, deformity (Sahgal 2013); "
        "a review has age instead of the fracture, which is of another study (over 55 years, Boehling 2012).",
        "All of them, each with its own source; the lower dose of the review is said with any of them.",
    ),
    Reading(
        "Fractures after SRS are 14 % in the largest series here, 10 to 39 % in reviews; after conventional "
        "radiotherapy 3 to 5 %.",
        "14 % of 410 segments (Sahgal 2013) and about 5 % (Hong 2022).",
    ),
    Reading(
        "A review has SRS within 24 hours after the operation; by its title the study that it cites irradiated first.",
        "First SRS, then stabilisation within 24 hours (Versteeg 2018). Radiotherapy after an operation waits 2 weeks.",
    ),
    Reading(
        "SINS 10 and more, operations that follow within a year, and a lytic or malaligned spine before SRS are each "
        "a reason to review SINS 7-12.",
        "They are notes: NOMS asks for that review, and no longer does once the board has judged the stability.",
    ),
    Reading(
        "One fraction is called not inferior to five in public code; the trial missed its limit (SCORAD).",
        "Both numbers, and that it was missed.",
    ),
    Reading(
        "Who has a poor prognosis, and so a short course, no source says in months.",
        "Expected survival under the threshold of the policy (3 months by default).",
    ),
    Reading(
        "SINS 10 or more is set against less than 9 in a review, which leaves out 9. Long survival is not defined.",
        "SINS 10-12 against 7-9; a year or more, which the note says and does not test.",
    ),
    Reading(
        "The spinal cord is said to tolerate about 30 Gy of conventional radiotherapy (Badve 2021); that is the "
        "palliative dose behind NOMS, and no limit for every plan.",
        "No dose limit of the cord is given.",
    ),
)
