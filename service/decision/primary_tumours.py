"""Primary tumours of the spine, dumbbell tumours among them: biopsy, resection, carbon ions, drugs (Matsumoto 2024).

The rows are for a lesion that is known to be no metastasis. Nothing that was made for metastases is used: neither NOMS
nor a survival score. The board always decides together; the rows say what it has to decide about.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.conditions import Condition, all_of, any_of, is_, not_
from service.decision import blood, carbon_ion, wbb
from service.decision.carbon_ion import TOUCHED
from service.decision.model import Bar, Checklist, Criterion, Note, Row, Rule
from service.decision.noms import FIT, IRRADIATED, IS_UNSTABLE, UNFIT
from service.evidence import Values
from service.scoring.model import Reading
from service.scoring.sources import (
    BADVE_2021,
    BORIANI_1997,
    MATSUMOTO_2016,
    MATSUMOTO_2024,
)

PRIMARY = Rule("primary-tumour", "Primary tumours of the spine", MATSUMOTO_2024)
DUMBBELL = Rule("primary-tumour", "Dumbbell tumours", MATSUMOTO_2016)
STAGING = Rule("primary-tumour", "Staging of a primary tumour", BORIANI_1997)
RESECTION = Rule("en-bloc", "En bloc resection of a primary tumour", MATSUMOTO_2024)

_TUMOUR = "primary-tumour"
_MALIGNANT = ("chondrosarcoma", "osteosarcoma", "ewing-sarcoma", "chordoma", "soft-tissue-sarcoma", "mpnst")
HISTOLOGIES = (*_MALIGNANT, *"giant-cell-tumour-of-bone lymphoma myeloma plasmacytoma schwannoma".split())
"""That a primary tumour of the spine can have. Another one, such as breast, is of another tumour of the patient."""

# Without a word on the histology each would be possible, from denosumab to surveillance; what is known is that nobody
# has named one. The plan starts from this where the record is silent, so that a biopsy is settled.
SILENCE: Mapping[str, Values] = {_TUMOUR: frozenset(("unknown-primary",))}

NOT_A_METASTASIS = is_("tumour-origin", "primary", "dumbbell")
IS_DUMBBELL = is_("tumour-origin", "dumbbell")
UNPROVEN = not_(is_(_TUMOUR, *HISTOLOGIES))
MALIGNANT = is_(_TUMOUR, *_MALIGNANT)
GIANT_CELL = is_(_TUMOUR, "giant-cell-tumour-of-bone")
SCHWANNOMA = is_(_TUMOUR, "schwannoma")
_RESECTABLE = all_of(MALIGNANT, FIT, not_(TOUCHED))
_DEFICITS = ("myelopathy", "radiculopathy", "sphincter-dysfunction", "progressive-deficit")
AFFECTED = any_of(*(is_(code, True) for code in _DEFICITS), is_("escc-grade", "escc-2", "escc-3"))
"""Neurological symptoms, or a compressed cord."""
BENIGN = any_of(SCHWANNOMA, all_of(UNPROVEN, IS_DUMBBELL, is_("dumbbell", "benign")))
_SUSPECT = all_of(IS_DUMBBELL, is_("dumbbell", "malignant"))
_REVIEW = ("mdt-review",)
_TO_BE_RESECTED = "resection in one piece is the treatment of a malignant primary tumour of the spine"
_CARBON = "what cannot be resected and hardly answers to conventional radiotherapy is given carbon-ion radiotherapy"


def _named(rule: Rule, when: Condition, do: tuple[str, ...], why: str, *told: str) -> Row:
    """A row for a histology: given only where the record names one, and says what else it has to."""
    return Row(rule, when, do, why, told=(_TUMOUR, *told))


ROWS: tuple[Row, ...] = (
    Row(
        PRIMARY,
        NOT_A_METASTASIS,
        _REVIEW,
        "a primary tumour of the spine: spine surgery, radiology, pathology, medical oncology and radiation oncology "
        "decide together; NOMS and survival scores are for metastases",
    ),
    Row(
        PRIMARY,
        all_of(is_("tumour-origin", "primary"), UNPROVEN),
        ("biopsy",),
        "a primary tumour of the spine, and the record names no histology that one has",
    ),
    Row(
        DUMBBELL,
        all_of(UNPROVEN, _SUSPECT),
        ("biopsy",),
        "dumbbell score of 3 or more: suspect of malignancy, and most malignant dumbbell tumours grow fast",
    ),
    _named(
        DUMBBELL,
        all_of(SCHWANNOMA, _SUSPECT),
        _REVIEW,
        "named a schwannoma, and the dumbbell score is 3 or more: unless the histology is proven, biopsy first",
    ),
    Row(
        DUMBBELL,
        all_of(BENIGN, not_(AFFECTED)),
        ("surveillance",),
        "a schwannoma, or a dumbbell tumour with a score under 3, grows slowly: careful follow-up is an option",
    ),
    Row(
        DUMBBELL,
        all_of(BENIGN, AFFECTED),
        _REVIEW,
        "likely to be benign, with neurological symptoms or a compressed cord: decide on its resection",
    ),
    Row(
        PRIMARY,
        all_of(IS_UNSTABLE, not_(blood.OF_BLOOD)),
        _REVIEW,
        "unstable: decide together how and when to stabilise; where carbon-ion radiotherapy is in question, it is "
        "planned before any implant is put in",
    ),
    _named(
        PRIMARY,
        all_of(MALIGNANT, FIT),
        _REVIEW,
        f"{_TO_BE_RESECTED}: its zones and layers (WBB), which have to be recorded, show how; stage it before",
    ),
    _named(
        STAGING,
        all_of(MALIGNANT, is_("staging-complete", False)),
        ("staging",),
        "a malignant primary tumour is staged before it is resected",
        "staging-complete",
    ),
    *(
        _named(
            RESECTION,
            all_of(_RESECTABLE, pattern.fits),
            (pattern.treatment,),
            f"{_TO_BE_RESECTED}, and its zones (WBB) fit {pattern.title}",
            wbb.ZONES,
        )
        for pattern in wbb.PATTERNS
    ),
    _named(
        RESECTION,
        all_of(_RESECTABLE, wbb.FITS),
        _REVIEW,
        "en bloc resection is planned by a team, with vascular, thoracic, abdominal and plastic surgery as the place "
        "of the tumour asks for",
        wbb.ZONES,
    ),
    _named(
        RESECTION,
        all_of(MALIGNANT, FIT, TOUCHED, wbb.FITS),
        _REVIEW,
        "its zones (WBB) fit an en bloc pattern, and the tumour touches the cord: whether a margin can be had at the "
        "dura decides between resection, and separation surgery with carbon ions after it",
        wbb.ZONES,
    ),
    _named(
        RESECTION,
        all_of(_RESECTABLE, wbb.AS_PRINTED),
        _REVIEW,
        f"{wbb.AS_PRINTED_SAID}; carbon-ion radiotherapy if it cannot be resected",
        wbb.ZONES,
    ),
    _named(
        PRIMARY,
        all_of(_RESECTABLE, wbb.NO_PATTERN),
        ("carbon-ion", "mdt-review"),
        f"{wbb.NO_PATTERN_SAID}: {_CARBON}; whether it can be resected after all is for the board",
        wbb.ZONES,
    ),
    _named(
        PRIMARY,
        all_of(MALIGNANT, UNFIT, not_(TOUCHED)),
        ("carbon-ion", "mdt-review"),
        f"not fit for surgery: {_CARBON}",
    ),
    _named(
        PRIMARY,
        all_of(MALIGNANT, UNFIT, TOUCHED),
        ("carbon-ion", "mdt-review"),
        f"not fit for surgery, and the tumour touches or compresses the cord: {_CARBON}; without separation surgery "
        "the dose may be too low for the tumour or too high for the cord: decide together what the cord allows",
    ),
    _named(
        PRIMARY,
        all_of(MALIGNANT, FIT, TOUCHED),
        ("separation-surgery", "carbon-ion", "mdt-review"),
        "the tumour touches or compresses the cord: separation surgery makes room for carbon ions, whose dose at the "
        "cord would be too low for the tumour or too high for the cord",
    ),
    _named(
        PRIMARY,
        GIANT_CELL,
        ("denosumab", "mdt-review"),
        "giant cell tumour of bone: denosumab shrinks it and does not cure it; the board decides when it is resected, "
        "and whether en bloc or by curettage, after which it often comes back in the spine",
    ),
    _named(
        PRIMARY,
        is_(_TUMOUR, "osteosarcoma", "ewing-sarcoma", "myeloma"),
        ("systemic-therapy",),
        "sensitive to chemotherapy: drugs together with surgery or radiotherapy",
    ),
    *blood.ROWS,
)

CHECKLISTS: tuple[Checklist, ...] = (
    Checklist(
        RESECTION,
        "En bloc resection of a primary tumour",
        (
            Criterion("fit for surgery", FIT),
            Criterion("the tumour does not touch the cord (ESCC 0 to 1b)", not_(TOUCHED)),
            Criterion("an en bloc pattern fits its zones (WBB)", wbb.FITS),
        ),
        considered=MALIGNANT,
    ),
)

BARS: tuple[Bar, ...] = (
    Bar(("cebrt",), IRRADIATED, "contraindicated at a level that was irradiated before", BADVE_2021),
)

NOTES: tuple[Note, ...] = (
    Note(
        ("biopsy",),
        "Plan it with the surgeons who may resect the tumour, so that its tract can be taken out too.",
        None,
        NOT_A_METASTASIS,
    ),
    Note(
        ("surveillance",),
        "The dumbbell score comes from 59 patients, looked back on: 2 of 20 malignant tumours scored under 3.",
        MATSUMOTO_2016,
        IS_DUMBBELL,
    ),
    *carbon_ion.NOTES,
    Note(
        ("separation-surgery",),
        "With carbon ions after it, local control at 2 years was 87.5 % in first treatments (of how many, the review "
        "does not say), without radiation myelitis; whether it hastens distant metastases is not known.",
        MATSUMOTO_2024,
        all_of(NOT_A_METASTASIS, MALIGNANT),
    ),
    Note(
        ("denosumab",),
        "Over 90 % of the giant cells go, but the tumour cells (H3.3 G34W) persist and grow again once it is stopped: "
        "surgery is still needed. After long use sclerosis makes it harder; how long to give it is not settled.",
        MATSUMOTO_2024,
        GIANT_CELL,
    ),
    *blood.NOTES,
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "The record may say nothing of the histology, or name a tumour that is none of the spine, such as breast.",
        "No histology is proven: biopsy, and for a dumbbell tumour what its score says.",
    ),
    Reading(
        "En bloc resection goes by zones; separation surgery and carbon ions are for tumours that compress the cord.",
        "From ESCC 1c on separation surgery; whether resection is possible all the same is for the board.",
    ),
    *carbon_ion.READINGS,
    Reading(
        "A primary tumour is staged before its operation is planned (Boriani 1997); what that takes was not read.",
        "Said with the resection, and proposed where the record calls the staging incomplete.",
    ),
    Reading(
        "Giant cell tumour of bone is neither benign nor malignant; its resection is en bloc or by curettage.",
        "Denosumab, and the kind of resection to the board: no pattern is proposed for it.",
    ),
    *blood.READINGS,
)
