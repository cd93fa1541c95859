"""Modified Bauer score (Leithner 2008): four questions, a point each, 0 to 4.

The favourable primaries are the four of Leithner; a review that prints only breast and kidney
(Hong 2022, table 2) is not followed.
"""

from service.conditions import Condition, is_, not_
from service.findings import LUNG, MENINGEAL, PATIENT
from service.scoring.model import Band, Item, Row, Score, row
from service.scoring.sources import BAUER_1995, BINDELS_2025, BOLLEN_2015, LEITHNER_2008

NO_VISCERAL = is_("visceral-metastases", "none", MENINGEAL)
NOT_LUNG = not_(is_("primary-tumour", *LUNG))
FAVOURABLE = is_("primary-tumour", "breast", "kidney", "lymphoma", "myeloma")
#: Solitary plasmacytoma is a plasma cell tumour and not multiple myeloma: no source places it.
UNPLACED = is_("primary-tumour", "plasmacytoma")
SOLITARY = is_("bone-metastases", "solitary")


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


ITEMS = (
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

BAUER_MODIFIED = Score(
    code="bauer-modified",
    title="Modified Bauer score",
    scope=PATIENT,
    items=ITEMS,
    bands=(
        Band("0-1", "0-1", 0, 1, "Supportive care, no surgery", "high"),
        Band("2", "2", 2, 2, "Short-term palliation, dorsal surgery", "moderate"),
        Band("3-4", "3-4", 3, 4, "Middle-term local control, ventral and dorsal surgery", "low"),
    ),
    sources=(LEITHNER_2008, BAUER_1995, BINDELS_2025, BOLLEN_2015),
    predicts="survival after surgery, and the surgical strategy",
    population="69 patients operated on for spinal metastases, 1998-2006",
    caveats=(
        "Not calibrated for today's patients: none of twelve survival models was (Bindels 2025, n = 953).",
        "Breast counts as favourable, but triple-negative breast cancer does not do so well: median survival "
        "6.7 against 22.5 months (Bollen 2015, n = 111).",
    ),
    high_is_good=True,
)
