"""Care around the treatment of the spine: the board, work-up, drugs, bone, rehabilitation, supportive care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from service.conditions import ALWAYS, Condition, all_of, any_of, below, is_, not_
from service.decision import lmnop, systemic
from service.decision.model import Note, Row, Rule
from service.decision.noms import STABILITY, STABLE, UNFIT
from service.decision.tumours import HYPERVASCULAR
from service.policy import Policy
from service.scoring.model import Reading
from service.scoring.sources import BADVE_2021, HONG_2022, MATSUMOTO_2024, MORIMOTO_2024, NICE_NG234, Source
from service.text import phrase

BONE = Rule("bone-health", "Bone-modifying agents", NICE_NG234)
REHABILITATION = Rule("rehabilitation", "Rehabilitation", MORIMOTO_2024)
WORK_UP = Rule("work-up", "Work-up of a metastasis", BADVE_2021)
SURVEILLANCE = Rule("surveillance", "Lesions without symptoms", NICE_NG234)
SUPPORTIVE = Rule("supportive-care", "Supportive care", BADVE_2021)

_REVIEW = ("mdt-review",)
_UNKNOWN_PRIMARY = is_("primary-tumour", "unknown-primary")
_WALKS_BADLY = is_("ambulatory-status", "impaired", "non-ambulatory")
_PARALYSED = is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c", "frankel-d")
#: A deficit that ends walking if nothing mends it, by the finding that says so.
_SEVERE: Mapping[str, Condition] = {
    "progressive-deficit": is_("progressive-deficit", True),
    "frankel-grade": is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c"),
    "ambulatory-status": is_("ambulatory-status", "non-ambulatory"),
}


@dataclass(frozen=True, eq=False)
class Discipline:
    """Who takes part in a multidisciplinary review, and when."""

    title: str
    when: Condition = ALWAYS
    because: str = ""
    """Said with it; empty for those who always take part."""
    source: Source = MORIMOTO_2024


DISCIPLINES: tuple[Discipline, ...] = (
    Discipline("spine surgery"),
    Discipline("radiation oncology"),
    Discipline("medical oncology"),
    Discipline("radiology"),
    Discipline(
        "haematology",
        is_("primary-tumour", "lymphoma", "myeloma", "plasmacytoma", "leukaemia"),
        "a tumour of the blood",
    ),
    Discipline(
        "palliative care",
        any_of(below("life-expectancy", 6), is_("ecog", 3, 4), all_of(UNFIT, any_of(*_SEVERE.values()))),
        "expected survival under 6 months, ECOG 3 or 4, or a deficit in one who is not fit for surgery",
    ),
    Discipline(
        "rehabilitation", any_of(_WALKS_BADLY, _PARALYSED), "walking is impaired or lost, or there is paralysis"
    ),
    Discipline(
        "interventional radiology", HYPERVASCULAR, "a hypervascular tumour, should it be operated on", HONG_2022
    ),
    Discipline("pathology", _UNKNOWN_PRIMARY, "nobody knows yet what tumour it is", MATSUMOTO_2024),
)

_LOW = is_("escc-grade", "escc-0", "escc-1a", "escc-1b")
_PAIN_FREE = is_("sins-pain", "pain-free")
_DEFICITS = ("myelopathy", "radiculopathy", "sphincter-dysfunction", "progressive-deficit", "cauda-equina-syndrome")
_NO_DEFICIT = not_(any_of(*(is_(deficit, True) for deficit in _DEFICITS)))

ROWS: tuple[Row, ...] = (
    Row(
        SURVEILLANCE,
        all_of(_PAIN_FREE, is_(STABILITY, STABLE), _LOW, _NO_DEFICIT),
        ("surveillance",),
        "no pain, stable, ESCC 0 to 1b, no deficit: without symptoms radiotherapy is for trials, oligometastatic "
        "disease and impending compression, and the lesion may be watched",
        told=("sins-pain", "escc-grade"),
    ),
)
"""For a metastatic lesion."""


@lru_cache(maxsize=32)
def patient_rows(policy: Policy) -> tuple[Row, ...]:
    """The rows for the patient as a whole under a site's policy, those of LMNOP among them."""
    months = policy.survival_threshold_months
    return (
        *lmnop.PATIENT_ROWS,
        *systemic.ROWS,
        Row(
            WORK_UP,
            all_of(_UNKNOWN_PRIMARY, not_(is_("staging-complete", True))),
            ("staging",),
            "the primary tumour is not known: look for it, and for a place that is easier to biopsy than the spine",
            # A silent record is asked for the tumour anyway, by the proposals for what is missing.
            told=("primary-tumour",),
        ),
        Row(
            WORK_UP,
            _UNKNOWN_PRIMARY,
            ("biopsy",),
            "the primary tumour is not known: the tissue decides",
            told=("primary-tumour",),
        ),
        Row(
            WORK_UP,
            is_("staging-complete", False),
            ("staging",),
            "a metastasis of the spine: stage the cancer anew",
            told=("staging-complete",),
        ),
        *(
            Row(
                BONE,
                is_("primary-tumour", tumour),
                ("bone-modifying-agent",),
                f"{words} in the spine: a bisphosphonate is given for pain",
                told=("primary-tumour",),
            )
            for tumour, words in (("myeloma", "myeloma"), ("breast", "breast cancer"))
        ),
        Row(
            BONE,
            all_of(is_("primary-tumour", "prostate"), is_("pain-controlled", False)),
            ("bone-modifying-agent",),
            "prostate cancer in the spine, and analgesia fails: a bisphosphonate is given for pain",
            told=("primary-tumour", "pain-controlled"),
        ),
        *(
            Row(REHABILITATION, when, ("rehabilitation",), why, certain=True)
            for when, why in (
                (_WALKS_BADLY, "walking is impaired or lost"),
                (_PARALYSED, "paralysis (Frankel A to D)"),
                (is_("ecog", 2, 3, 4), "reduced performance (ECOG 2 or more)"),
            )
        ),
        Row(
            SUPPORTIVE,
            all_of(below("life-expectancy", months), is_("ecog", 4)),
            ("supportive-care",),
            phrase(
                "expected survival under {months} months and ECOG 4: relief of pain serves better than more treatment",
                months=months,
            ),
            # How long the patient is likely to live decides, and the answer says so where nobody can tell.
            told=("ecog",),
        ),
        *(
            Row(
                SUPPORTIVE,
                all_of(below("life-expectancy", months), UNFIT, there),
                ("supportive-care",),
                phrase(
                    "a severe deficit, not fit for surgery, and expected survival under {months} months: relief of "
                    "pain may serve better than more treatment",
                    months=months,
                ),
                told=("surgical-fitness", finding),
            )
            for finding, there in _SEVERE.items()
        ),
    )


def _board() -> tuple[Note, ...]:
    """Who should be at the table."""
    always = [d.title for d in DISCIPLINES if d.when is ALWAYS]
    text = f"At the table: {', '.join(always[:-1])} and {always[-1]}, with those who treat the primary tumour."
    return (
        Note(_REVIEW, text, MORIMOTO_2024),
        *(
            Note(_REVIEW, f"Ask {d.title} too: {d.because}.", d.source, d.when)
            for d in DISCIPLINES
            if d.when is not ALWAYS
        ),
    )


NOTES: tuple[Note, ...] = (
    *_board(),
    *systemic.NOTES,
    Note(
        ("bone-modifying-agent",),
        "With SINS 10 or more, fractures and other skeletal events came in spite of denosumab: it does not make the "
        "spine stable.",
        MORIMOTO_2024,
    ),
    Note(
        ("rehabilitation",),
        "Look for each cause of poor movement (cancer locomo): 1 the cancer itself, 2 its treatment (weakness, "
        "neuropathy, osteoporosis), 3 disease beside it (canal stenosis, osteoarthritis).",
        MORIMOTO_2024,
    ),
    Note(
        ("rehabilitation",),
        "Poor performance that comes from the spine can be mended, and ECOG 2 is the least for chemotherapy.",
        MORIMOTO_2024,
        is_("ecog", 2, 3, 4),
    ),
    Note(
        ("mri-whole-spine",),
        "MRI finds metastases of the spine with a sensitivity of 98.5 %, a specificity of 98.9 % and an accuracy of "
        "98.7 %.",
        BADVE_2021,
    ),
    Note(
        ("ct-spine",),
        "CT shows the bone; it finds metastases with a sensitivity of 66 % only (accuracy 89 %), so it does not "
        "replace MRI.",
        BADVE_2021,
    ),
    Note(
        ("staging",),
        "CT of chest, abdomen and pelvis with a bone scan, or PET-CT. A site found so may be easier to biopsy.",
        BADVE_2021,
    ),
    Note(
        ("staging",),
        "Blood tests, bone scan, radiographs and CT find the primary tumour in 85 %.",
        BADVE_2021,
        _UNKNOWN_PRIMARY,
    ),
    Note(
        ("staging",),
        "A bone scan misses purely lytic lesions such as myeloma.",
        BADVE_2021,
        is_("primary-tumour", "myeloma", "plasmacytoma"),
    ),
    Note(
        ("biopsy",),
        "MRI first, for a biopsy changes the picture. No antibiotics before the sample, which goes to culture too.",
        BADVE_2021,
    ),
    Note(
        ("biopsy",),
        "Guided by CT it is right in 93 % of lytic and 76 % of sclerotic lesions: repeat one that finds nothing.",
        BADVE_2021,
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Bisphosphonates are for pain from myeloma and breast cancer, and from prostate cancer where analgesia fails "
        "(NICE); a review of 2024 gives bone-modifying agents to prevent events, to those who need them.",
        "Proposed for the tumours that NICE names, whether or not the record speaks of pain.",
    ),
    Reading(
        "NICE irradiates lesions without symptoms only in trials, oligometastatic disease and impending compression; "
        "NOMS has no row for them.",
        "The row of NOMS with a note, and surveillance beside it where the lesion is stable as well.",
    ),
    Reading(
        "Who is moribund is said without limits.",
        "Expected survival under the threshold of the policy, with ECOG 4, or with a severe deficit in one who is not "
        "fit for surgery: a progressive one, Frankel A to C, or walking lost. Where the survival is not known "
        "supportive care depends on it.",
    ),
    Reading(
        "Motor disorders of cancer patients are of three types: by the cancer, by its treatment, beside it.",
        "Impaired walking, Frankel A to D or ECOG 2 and more call for rehabilitation; the type is for who examines.",
    ),
    Reading(
        "When palliative care joins the board, no source says.",
        "Expected survival under 6 months, ECOG 3 or 4, or a severe deficit in one who is not fit for surgery.",
    ),
    *systemic.READINGS,
)
