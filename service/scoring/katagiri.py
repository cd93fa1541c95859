"""Revised Katagiri score (2014): six factors, 0 to 10; high is bad.

The laboratory factor reads calcium and not leucocytes or haemoglobin, which one review lists by
mistake. Primaries that no checked source places (bladder, cervix, gallbladder, uterus, ovary,
"others") leave every point of the factor open.
"""

from service.conditions import all_of, any_of, at_least, below, is_
from service.findings import LUNG, MENINGEAL, PATIENT, visceral
from service.scoring.model import Band, Figure, Item, Score, row
from service.scoring.sources import BINDELS_2025, KATAGIRI_2014

_HORMONAL = is_("primary-tumour", "breast", "prostate")
_LUNG = is_("primary-tumour", *LUNG)
_SARCOMA = ("soft-tissue-sarcoma", "osteosarcoma", "chondrosarcoma", "ewing-sarcoma", "mpnst")


def _survival(percent: float, months: int, remark: str = "") -> Figure:
    return Figure(percent, months, "survival", KATAGIRI_2014, 808, remark=remark)


KATAGIRI_REVISED = Score(
    code="katagiri-revised",
    title="Revised Katagiri score",
    scope=PATIENT,
    items=(
        Item(
            "primary-site",
            "Primary site",
            (
                row(
                    0,
                    "slow: hormone-dependent breast or prostate, thyroid, multiple myeloma, malignant lymphoma",
                    any_of(
                        all_of(_HORMONAL, is_("hormone-dependent", True)),
                        is_("primary-tumour", "thyroid", "myeloma", "lymphoma"),
                    ),
                ),
                row(
                    2,
                    "moderate: lung with molecularly targeted drugs, hormone-independent breast or prostate, "
                    "renal cell carcinoma, sarcoma",
                    any_of(
                        all_of(_LUNG, is_("targeted-therapy", True)),
                        all_of(_HORMONAL, is_("hormone-dependent", False)),
                        is_("primary-tumour", "kidney", *_SARCOMA),
                    ),
                ),
                row(
                    3,
                    "rapid: lung without targeted drugs, colorectal, gastric, pancreatic, head and neck, oesophageal, "
                    "hepatocellular, melanoma, unknown origin",
                    any_of(
                        all_of(_LUNG, is_("targeted-therapy", False)),
                        is_(
                            "primary-tumour",
                            "colon", "rectum", "stomach", "pancreas", "head-neck", "oesophagus", "liver", "melanoma",
                            "unknown-primary",
                        ),
                    ),
                ),
            ),
        ),
        Item(
            "visceral",
            "Visceral or cerebral metastases",
            (
                row(
                    2,
                    "disseminated: pleural, peritoneal, leptomeningeal",
                    is_("visceral-metastases", MENINGEAL, *visceral("disseminated")),
                ),
                row(
                    1,
                    "nodular visceral or cerebral",
                    any_of(
                        is_("visceral-metastases", *visceral("nodular")),
                        is_("brain-metastases", True),
                    ),
                ),
                row(0, "none", all_of(is_("visceral-metastases", "none"), is_("brain-metastases", False))),
            ),
        ),
        Item(
            "laboratory",
            "Laboratory data",
            (
                row(
                    2,
                    "critical: platelets under 100 000/uL, calcium 10.3 mg/dL or more, bilirubin 1.4 mg/dL or more",
                    any_of(below("platelets", 100), at_least("calcium", 10.3), at_least("bilirubin", 1.4)),
                ),
                row(
                    1,
                    "abnormal: CRP 0.4 mg/dL or more, LDH 250 U/L or more, albumin under 3.7 g/dL",
                    any_of(at_least("crp", 0.4), at_least("ldh", 250), below("albumin", 3.7)),
                ),
                row(
                    0,
                    "normal",
                    all_of(
                        at_least("platelets", 100), below("calcium", 10.3), below("bilirubin", 1.4),
                        below("crp", 0.4), below("ldh", 250), at_least("albumin", 3.7),
                    ),
                ),
            ),
        ),
        Item(
            "ecog",
            "ECOG performance status",
            (row(1, "3 or 4", is_("ecog", 3, 4)), row(0, "0 to 2", is_("ecog", 0, 1, 2))),
        ),
        Item(
            "previous-chemotherapy",
            "Previous chemotherapy",
            (row(1, "yes", is_("previous-chemotherapy", True)), row(0, "no", is_("previous-chemotherapy", False))),
        ),
        Item(
            "multiple-skeletal",
            "Multiple skeletal metastases",
            (row(1, "yes", is_("bone-metastases", "multiple")), row(0, "no", is_("bone-metastases", "solitary"))),
        ),
    ),
    bands=(
        Band("low", "0-3", 0, 3, "Low risk", "low", (_survival(91, 12), _survival(78, 24))),
        Band(
            "intermediate",
            "4-6",
            4,
            6,
            "Intermediate risk",
            "moderate",
            (_survival(49, 12, "seen in a secondary source"),),
        ),
        Band("high", "7-10", 7, 10, "High risk", "high", (_survival(27, 6), _survival(6, 12))),
    ),
    sources=(KATAGIRI_2014, BINDELS_2025),
    predicts="survival",
    population="808 patients with symptomatic skeletal metastases, 749 of them not operated on, 2005-2008",
    caveats=(
        "The best of twelve models at telling patients apart (AUC 0.79 to 0.81), but not calibrated for today's "
        "patients: none of the twelve was (Bindels 2025, n = 953).",
    ),
)  # fmt: skip
