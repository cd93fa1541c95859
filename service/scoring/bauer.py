"""Bauer score, original (Bauer and Wedin 1995) and modified (Leithner 2008): a point for each yes.

The modified score leaves out the pathologic fracture: 0 to 4 instead of 0 to 5.
"""

from math import inf

from service.conditions import Condition, is_, not_
from service.findings import LUNG, PATIENT
from service.scoring.common import AMONG_THE_NINE, NO_VISCERAL, NOT_CALIBRATED, TRIPLE_NEGATIVE
from service.scoring.model import (
    ADULTS,
    METASTASES,
    OPERATED,
    Band,
    Item,
    Kind,
    Reading,
    Remark,
    Row,
    Score,
    Status,
    Validation,
    row,
)
from service.scoring.sources import BAUER_1995, BULTHUIS_2023, DARDIC_2015, LEITHNER_2008, WIBMER_2011

NOT_LUNG = not_(is_("primary-tumour", *LUNG))
FAVOURABLE = is_("primary-tumour", "breast", "kidney", "lymphoma", "myeloma")
#: Solitary plasmacytoma is a plasma cell tumour and not multiple myeloma: no source places it.
UNPLACED = is_("primary-tumour", "plasmacytoma")
SOLITARY = is_("bone-metastases", "solitary")
NO_FRACTURE = is_("pathologic-fracture", False)


def _point(code: str, title: str, when: Condition, *unplaced: Condition) -> Item:
    return Item(
        code,
        title,
        (
            *(Row((0, 1), "no source", condition) for condition in unplaced),
            row(1, "yes", when),
            row(0, "no", not_(when)),
        ),
    )


MODIFIED_ITEMS = (
    _point("no-visceral", "No visceral metastases", NO_VISCERAL),
    _point("not-lung", "Primary tumour is not lung cancer", NOT_LUNG),
    _point(
        "favourable-primary",
        "Primary tumour is breast, kidney, lymphoma or multiple myeloma",
        FAVOURABLE,
        UNPLACED,
    ),
    _point("solitary-skeletal", "Solitary skeletal metastasis", SOLITARY),
)

_PRIMARIES = Reading(
    "A review (Hong 2022, table 2) prints breast and kidney only as favourable.",
    "The four of Leithner 2008: breast, kidney, lymphoma, multiple myeloma. Plasmacytoma is placed by no source: open.",
)
_VERSIONS = Reading(
    "A review names the modified score with the citation of 1995.",
    "Bauer and Wedin 1995 is the original with the pathologic fracture, Leithner 2008 the modified score without. They "
    "differ on strategy where there is no fracture and one other yes, and where there is a fracture and three.",
)
_LEAST_DEPENDENT = Remark(
    "The two Bauer scores depended least on the cohort of the scores compared (Dardic 2015, n = 196).", DARDIC_2015
)

BAUER = Score(
    code="bauer",
    title="Bauer score (original)",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=(*MODIFIED_ITEMS, _point("no-pathologic-fracture", "No pathologic fracture", NO_FRACTURE)),
    bands=(
        Band("0-1", "0-1", 0, 1, "Worst of three classes: under 6 months", "high", expected=(0, 6)),
        Band("2-3", "2-3", 2, 3, "Middle of three classes: over 6 months", "moderate", expected=(6, inf)),
        Band("4-5", "4-5", 4, 5, "Best of three classes: over 12 months", "low", expected=(12, inf)),
    ),
    sources=(BAUER_1995,),
    status=Status.SECONDARY,
    predicts="survival after surgery",
    population="patients operated on for skeletal metastases, not all of them in the spine",
    setting="surgery",
    clock="from surgery",
    limits=(ADULTS, METASTASES, OPERATED),
    validations=(AMONG_THE_NINE,),
    remarks=(NOT_CALIBRATED, TRIPLE_NEGATIVE, _LEAST_DEPENDENT),
    readings=(_PRIMARIES, _VERSIONS),
    high_is_good=True,
)

BAUER_MODIFIED = Score(
    code="bauer-modified",
    title="Modified Bauer score",
    kind=Kind.SURVIVAL,
    scope=PATIENT,
    items=MODIFIED_ITEMS,
    bands=(
        Band("0-1", "0-1", 0, 1, "Supportive care, no surgery", "high"),
        Band("2", "2", 2, 2, "Short-term palliation, dorsal surgery", "moderate"),
        Band("3-4", "3-4", 3, 4, "Middle-term local control, ventral and dorsal surgery", "low"),
    ),
    sources=(LEITHNER_2008, BAUER_1995),
    status=Status.VERIFIED,
    predicts="survival after surgery, and the surgical strategy",
    population="69 patients operated on for spinal metastases, 1998-2006",
    setting="surgery of spinal metastases",
    clock="from surgery",
    limits=(ADULTS, METASTASES, OPERATED),
    validations=(AMONG_THE_NINE, Validation("c-statistic", 0.67, BULTHUIS_2023, 144, (0.62, 0.72))),
    remarks=(
        NOT_CALIBRATED,
        TRIPLE_NEGATIVE,
        _LEAST_DEPENDENT,
        Remark(
            "Median survival of all patients was 10.6 months in a cohort that compared seven scores "
            "(Wibmer 2011, n = 254).",
            WIBMER_2011,
        ),
        Remark(
            "With lung cancer, patients lived 3 months on average (Leithner 2008, n = 69).",
            LEITHNER_2008,
            is_("primary-tumour", *LUNG),
        ),
    ),
    readings=(_PRIMARIES, _VERSIONS),
    high_is_good=True,
)
