"""Systemic therapy of metastases of the spine: for which tumours drugs are a step of the treatment by themselves."""

from __future__ import annotations

from service.conditions import all_of, is_, not_
from service.decision.model import Note, Row, Rule
from service.scoring.model import Reading
from service.scoring.sources import BADVE_2021, CEPO_2012, GROMMES_2011, KALEMKERIAN_2013, KATO_2013

_TITLE = "Systemic therapy of metastases"
BLOOD = Rule("systemic-therapy", _TITLE, CEPO_2012)
GERM_CELL = Rule("systemic-therapy", f"{_TITLE}, germ-cell tumours", GROMMES_2011)
SMALL_CELL = Rule("systemic-therapy", f"{_TITLE}, small-cell lung cancer", KALEMKERIAN_2013)
HORMONES = Rule("systemic-therapy", f"{_TITLE}, prostate cancer", KATO_2013)

_CODE = ("systemic-therapy",)
_TUMOUR = "primary-tumour"

ROWS: tuple[Row, ...] = (
    *(
        Row(
            BLOOD,
            is_(_TUMOUR, tumour),
            _CODE,
            f"{tumour}, sensitive to chemotherapy: with a steroid and radiotherapy",
            told=(_TUMOUR,),
        )
        for tumour in ("lymphoma", "myeloma")
    ),
    Row(
        GERM_CELL,
        is_(_TUMOUR, "germ-cell-seminoma", "germ-cell-non-seminoma"),
        _CODE,
        "germ-cell tumour, sensitive to chemotherapy: of 29 with epidural compression 16 had it alone and 11 with "
        f"radiotherapy; a guideline gives both with a steroid ({CEPO_2012.short})",
        told=(_TUMOUR,),
    ),
    Row(
        SMALL_CELL,
        is_(_TUMOUR, "lung-sclc"),
        _CODE,
        "small-cell lung cancer, very sensitive to the first chemotherapy",
        told=(_TUMOUR,),
    ),
    Row(
        HORMONES,
        all_of(
            is_(_TUMOUR, "prostate"), is_("previous-systemic-therapy", False), not_(is_("hormone-dependent", False))
        ),
        _CODE,
        "prostate cancer without systemic therapy so far: hormones at once, with radiotherapy; of 16 who could not "
        "walk for cord compression, and were not operated on, 12 walked within a month and all within 6 months",
        told=(_TUMOUR,),
    ),
)
"""For the patient as a whole."""

_METASTASIS = not_(is_("tumour-origin", "primary", "dumbbell"))
_ADJUNCT = (
    "With symptoms from the spine drugs are an adjunct of radiotherapy or an operation; alone they are for sensitive "
    "tumours with few symptoms or none, and for what can neither be irradiated again nor operated on."
)

NOTES: tuple[Note, ...] = (Note(_CODE, _ADJUNCT, BADVE_2021, _METASTASIS, _ADJUNCT),)

READINGS: tuple[Reading, ...] = (
    Reading(
        "A review gives chemotherapy a small part, for sensitive tumours with few symptoms; a guideline combines it "
        "with a steroid and radiotherapy for compression by lymphoma, myeloma and germ-cell tumours.",
        "Proposed for these and for small-cell lung cancer, with the part that the review gives it as a note. Which "
        "drugs, and in what order, is for oncology.",
    ),
    Reading(
        "Hormones with radiotherapy were studied in cord compression by prostate cancer that nobody had treated before "
        "(Kato 2013); in a record the word on earlier treatment is often missing.",
        "Proposed where no systemic therapy was given so far and the tumour depends on hormones, with or without "
        "compression, and on these conditions where the record does not say.",
    ),
    Reading(
        "Breast cancer and others have systemic therapy of their own, which no source here ties to the spine.",
        "No row: the board has medical oncology at the table.",
    ),
)
