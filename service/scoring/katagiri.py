"""Revised Katagiri score (2014): six factors, 0 to 10; high is bad."""

from dataclasses import replace

from service.conditions import all_of, any_of, at_least, below, is_, not_
from service.findings import LUNG, MENINGEAL, PATIENT, visceral
from service.scoring.common import NOT_CALIBRATED, TRIPLE_NEGATIVE
from service.scoring.model import (
    Band,
    Figure,
    Item,
    Kind,
    Measure,
    Reading,
    Remark,
    Score,
    Status,
    Time,
    Validation,
    row,
)
from service.scoring.sources import (
    BINDELS_2025,
    KATAGIRI_2013,
    KATAGIRI_2014,
    MUROTANI_2024,
    SAKURAI_2022,
    UGUR_2022,
)

_HORMONAL = is_("primary-tumour", "breast", "prostate")
_LUNG = is_("primary-tumour", *LUNG)
_SARCOMA = ("soft-tissue-sarcoma", "osteosarcoma", "chondrosarcoma", "ewing-sarcoma", "mpnst")


def _survival(percent: float, months: int, remark: str = "") -> Figure:
    return Figure(Measure.SURVIVAL, percent, KATAGIRI_2014, 808, Time(months), remark=remark, whole=True)


def _quoted(percent: float) -> Figure:
    """6-month survival, as it stands in the abstract of a study of other patients beside its own."""
    return Figure(
        Measure.SURVIVAL, percent, UGUR_2022, 808, Time(6), remark="quoted there for Katagiri's own cohort", whole=True
    )


KATAGIRI_REVISED = Score(
    code="katagiri-revised",
    title="Revised Katagiri score",
    kind=Kind.SURVIVAL,
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
        Band("low", "0-3", 0, 3, "Low risk", "low", (_quoted(97.9), _survival(91, 12), _survival(78, 24))),
        Band(
            "intermediate",
            "4-6",
            4,
            6,
            "Intermediate risk",
            "moderate",
            (_quoted(73.9), _survival(49, 12, "seen in a secondary source")),
        ),
        Band("high", "7-10", 7, 10, "High risk", "high", (_survival(27, 6), _survival(6, 12))),
    ),
    sources=(KATAGIRI_2014, KATAGIRI_2013),
    status=Status.SECONDARY,
    predicts="survival",
    population="808 patients with symptomatic skeletal metastases, 749 of them not operated on, 2005-2008",
    setting="any treatment; 59 of the 808 were operated on",
    clock="from registration, as far as could be read",
    validations=(
        Validation(
            "AUC at 3, 6 and 12 months", (0.79, 0.81), BINDELS_2025, 953,
            remark="the best of twelve models; 95 % intervals 0.76-0.82 to 0.79-0.84",
        ),
        Validation("hazard ratio of death, intermediate against low", 4.02, SAKURAI_2022, 376),
        Validation("hazard ratio of death, high against low", 7.09, SAKURAI_2022, 376),
        Validation("hazard ratio of death, intermediate against low", 3.34, MUROTANI_2024, 345, (2.10, 5.32)),
        Validation("hazard ratio of death, high against low", 7.77, MUROTANI_2024, 345, (4.72, 12.8)),
    ),
    remarks=(
        Remark(
            "The best of twelve models at telling patients apart (AUC 0.79 to 0.81, Bindels 2025, n = 953).", BINDELS_2025
        ),
        NOT_CALIBRATED,
        replace(TRIPLE_NEGATIVE, when=all_of(TRIPLE_NEGATIVE.when, not_(is_("hormone-dependent", False)))),
        Remark(
            "Survival of the whole cohort was 57 % at 6, 36 % at 12, 23 % at 24 and 16 % at 36 months (Katagiri 2013, "
            "n = 808).",
            KATAGIRI_2013,
        ),
        Remark(
            "Patients who were operated on did worse: of those with 1 to 3 points 83.3, 71.8 and 43.6 % were alive at 6, 12 and "
            "24 months, of those with 4 to 6 points 64.1, 43.6 and 30.1 % (Ugur 2022, n = 183).",
            UGUR_2022,
        ),
    ),
    readings=(
        Reading(
            "A review (Hong 2022, table 1) lists leucocytes and haemoglobin in the laboratory factor, and not calcium.",
            "Platelets, calcium and bilirubin are critical; CRP, LDH and albumin abnormal. Leucocytes and haemoglobin are "
            "not read. Critical outranks abnormal: never 3 points.",
        ),
        Reading("Calcium corrected for albumin or not: not verified.", "Total calcium as the laboratory gives it."),
        Reading("CRP is printed in mg/dL, and most laboratories give mg/L.", "The unit of the record is read: 0.4 mg/dL is 4 mg/L."),
        Reading(
            "The points of breast, prostate and lung depend on the treatment, not on the organ alone.",
            "The findings hormone-dependent and targeted-therapy decide; unknown leaves both points.",
        ),
        Reading(
            "Bladder, cervix, gallbladder, uterus, ovary and others are placed by no source that could be checked.",
            "The factor stays open for them: 0, 2 or 3 points.",
        ),
        Reading(
            "A study of other patients quotes the survival of Katagiri's cohort: 97.9, 91.5 and 77.2 % at 6, 12 and 24 months "
            "for the low class, where 91 and 78 % are printed at 12 and 24 months of the same cohort, and 73.9 % at 6 months "
            "for the intermediate class (Ugur 2022). The rest of its row could not be read.",
            "6-month survival of both classes is shown as quoted there; at 12 and 24 months 91 and 78 % stay.",
        ),
        Reading(
            "24-month survival of 4 to 10 points could not be verified, and a validation gives three numbers for four times "
            "(Kubota 2019).",
            "They are left out. 12-month survival of 4 to 6 points is shown as seen in a secondary source.",
        ),
    ),
)  # fmt: skip
