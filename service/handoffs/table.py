"""The hand-offs. Each number here was read in a publication, its abstract, or the form of its calculator."""

from service.conditions import Condition, all_of, at_least, includes, is_, not_
from service.findings import LUNG, MENINGEAL, visceral
from service.handoffs.model import Group, HandOff, Input
from service.scoring.common import AMONG_THE_NINE
from service.scoring.model import ADULTS, METASTASES, Reading, Remark, Validation
from service.scoring.sources import (
    ANDERSON_2020,
    BALAIN_2013,
    BINDELS_2025,
    BOLLEN_2014,
    BOLLEN_2015,
    BOLLEN_THESIS,
    BULTHUIS_2023,
    FLEMING_2016,
    H2_FAILS,
    KARHADE_30_DAY,
    KARHADE_2019,
    LEI_2016,
    OGURA_2017,
    PATHFX_FORM,
    PATHFX_SWEDEN_2022,
    PEREIRA_2016,
    PEREIRA_2017,
    RADES_AMBULATORY_2008,
    RADES_SURVIVAL_2008,
    SORG_FORM,
    TRUONG_2023,
    YANG_2021,
)

_SURGERY = "surgery of spinal metastases"
_FROM_SURGERY = "from surgery"
_RADIOTHERAPY = "radiotherapy of metastatic compression of the spinal cord"
_FROM_RADIOTHERAPY = "from radiotherapy"
_NO_TABLE = "No source that could be read gives its points."
_BY_ORGAN = "which tumours make which group was not found"

#: Karnofsky in the steps of Tokuhashi.
_CONDITION = (
    Group("80-100", is_("karnofsky", 80, 90, 100)),
    Group("50-70", is_("karnofsky", 50, 60, 70)),
    Group("10-40", is_("karnofsky", 10, 20, 30, 40)),
)


def _yes_no(condition: Condition, yes: str = "yes", no: str = "no") -> tuple[Group, Group]:
    return Group(yes, condition), Group(no, not_(condition))


_VISCERAL = Input(
    "visceral-metastases", "Visceral metastases", groups=_yes_no(is_("visceral-metastases", *visceral("present")))
)
_PRIMARY = Input("primary-tumour")
_WALKING = Input(
    "ambulatory-status",
    groups=_yes_no(is_("ambulatory-status", "intact", "impaired"), "able to walk", "not able to walk"),
)
_CORD = Remark(
    "it was made in patients with compression of the spinal cord",
    when=is_("escc-grade", "escc-0", "escc-1a", "escc-1b"),
)

SORG_NOMOGRAM = HandOff(
    code="sorg-nomogram",
    title="SORG nomogram",
    predicts="survival at 30, 90 and 365 days",
    why=f"{_NO_TABLE} The same holds for the SORG classic score, which asks the same.",
    setting=_SURGERY,
    clock=_FROM_SURGERY,
    inputs=(
        Input("age"),
        _PRIMARY,
        Input("ecog", "Performance status"),
        Input("vertebral-metastasis-count"),
        _VISCERAL,
        Input("brain-metastases"),
        Input("previous-systemic-therapy"),
        Input("leucocytes"),
        Input("haemoglobin"),
    ),
    cautions=(
        Remark(
            "in lung cancer targeted therapy went with survival (hazard ratio 0.30, 0.17-0.5; Truong 2023, n = 127), "
            "and the model does not ask for it",
            TRUONG_2023,
            is_("primary-tumour", *LUNG),
        ),
    ),
    validations=(
        Validation("AUC at 1 month", 0.65, PEREIRA_2017, 100),
        Validation("AUC at 3 months", 0.74, PEREIRA_2017, 100),
        Validation("AUC at 12 months", 0.78, PEREIRA_2017, 100),
    ),
    readings=(
        Reading(
            "Cut-offs of age, performance status, number of metastases and laboratory values circulate without a "
            "source that could be read.",
            "None is stated; the values go into the form as they are.",
        ),
    ),
    sources=(PEREIRA_2016,),
)

SORG_ML = HandOff(
    code="sorg-ml",
    title="SORG machine-learning models (90 days and 1 year)",
    predicts="mortality within 90 days and within 1 year",
    why="The coefficients are not public.",
    url="https://sorg-apps.shinyapps.io/spinemetssurvival/",
    setting=_SURGERY,
    clock=_FROM_SURGERY,
    also=(
        ("sorg-ml-90-day", "SORG machine-learning model, mortality within 90 days"),
        ("sorg-ml-1-year", "SORG machine-learning model, mortality within 1 year"),
    ),
    inputs=(
        Input("primary-tumour", "Primary tumour, in three groups", note=_BY_ORGAN),
        Input("ecog", groups=(Group("0-2", is_("ecog", 0, 1, 2)), Group("3-4", is_("ecog", 3, 4)))),
        Input(
            "frankel-grade",
            "ASIA impairment scale",
            groups=(
                Group("E", is_("frankel-grade", "frankel-e")),
                Group("A-D", is_("frankel-grade", *(f"frankel-{letter}" for letter in "abcd"))),
            ),
            note="the letters of ASIA and Frankel correspond by convention",
        ),
        Input("other-comorbidity"),
        _VISCERAL,
        Input("brain-metastases"),
        Input("previous-systemic-therapy"),
        Input(
            "vertebral-metastasis-count",
            "Spinal metastases, few or many",
            note="where the form draws the line was not found",
        ),
        Input("body-mass-index", low=15, high=45),
        Input("haemoglobin", low=7, high=17),
        Input("platelets", low=20, high=900),
        Input("lymphocytes", low=0.06, high=4.5),
        Input("neutrophils", low=0.8, high=60),
        Input("creatinine", low=0.3, high=6),
        Input("inr", low=0.9, high=2.1),
        Input("leucocytes", low=2, high=50),
        Input("alkaline-phosphatase", low=30, high=1200),
        Input("albumin", low=2.1, high=5.2),
    ),
    validations=(
        Validation("c-statistic for 90 days", 0.73, YANG_2021, 427, (0.67, 0.78)),
        Validation("c-statistic for 1 year", 0.74, YANG_2021, 427, (0.69, 0.79)),
        AMONG_THE_NINE,
    ),
    sources=(KARHADE_2019, SORG_FORM),
)

SORG_30_DAY = HandOff(
    code="sorg-30-day",
    title="SORG model of death within 30 days",
    predicts="mortality within 30 days",
    why="The coefficients are not public.",
    url="https://sorg-apps.shinyapps.io/spinemets/",
    setting=_SURGERY,
    clock=_FROM_SURGERY,
    inputs=(
        Input("albumin"),
        Input("functional-dependence", "Functional status"),
        Input("leucocytes"),
        Input("", "Haematocrit"),
        Input("alkaline-phosphatase"),
        Input(
            "vertebral-level",
            "Spinal location: cervical, thoracic or lumbosacral",
            groups=(
                Group("cervical", includes("vertebral-level", *(f"C{n}" for n in range(1, 8)))),
                Group("thoracic", includes("vertebral-level", *(f"T{n}" for n in range(1, 13)))),
                Group(
                    "lumbosacral",
                    includes("vertebral-level", *(f"{region}{n}" for region in "LS" for n in range(1, 6))),
                ),
            ),
            note="of the lesion that is operated on",
        ),
        Input("", "ASA class"),
    ),
    sources=(KARHADE_30_DAY,),
)

PATHFX = HandOff(
    code="pathfx",
    title="PATHFx 3.0",
    predicts="survival at 1, 3, 6, 12, 18 and 24 months",
    why="It is a Bayesian network without a table of points.",
    url="https://www.pathfx.org",
    setting="surgery or radiotherapy of metastases of any bone",
    clock="from treatment",
    inputs=(
        Input("age"),
        Input("sex"),
        _PRIMARY,
        Input("pathologic-fracture"),
        Input("ecog"),
        Input("haemoglobin", low=3, high=18),
        Input("lymphocytes", low=0, high=8),
        Input("bone-metastases"),
        Input("visceral-metastases", "Organ metastases", groups=_VISCERAL.groups, note="the brain counts as an organ"),
        Input("brain-metastases", "Organ metastases: brain"),
        Input("", "Lymph node metastases"),
    ),
    validations=(
        Validation("AUC at 1 month", 0.64, PATHFX_SWEDEN_2022, 668, (0.5, 0.71)),
        Validation("AUC at 3 months", 0.71, PATHFX_SWEDEN_2022, 668, (0.67, 0.75)),
        Validation("AUC at 6 months", 0.70, PATHFX_SWEDEN_2022, 668, (0.66, 0.77)),
        Validation("AUC at 12 months", 0.74, PATHFX_SWEDEN_2022, 668, (0.70, 0.78)),
        Validation("AUC at 18 months", 0.74, PATHFX_SWEDEN_2022, 668, (0.69, 0.78)),
        Validation("AUC at 24 months", 0.76, PATHFX_SWEDEN_2022, 668, (0.72, 0.81)),
        AMONG_THE_NINE,
    ),
    sources=(ANDERSON_2020, OGURA_2017, PATHFX_FORM),
)

BOLLEN = HandOff(
    code="bollen",
    title="Bollen model",
    predicts="survival, in four classes A to D",
    why=f"Its tree begins with a profile of the primary tumour, and {_BY_ORGAN}.",
    setting="any treatment of symptomatic spinal metastases",
    clock="",
    inputs=(
        Input(
            "primary-tumour",
            "Profile of the primary tumour: favourable, moderate or unfavourable",
            note=_BY_ORGAN,
        ),
        Input(
            "karnofsky",
            groups=(
                Group("80-100", at_least("karnofsky", 80)),
                Group("10-70", is_("karnofsky", 10, 20, 30, 40, 50, 60, 70)),
            ),
        ),
        Input(
            "visceral-metastases",
            "Visceral metastases",
            groups=_VISCERAL.groups,
            note="in the favourable profile alone do visceral and brain metastases matter",
        ),
        Input("brain-metastases", note="in the favourable profile alone"),
    ),
    exclusions=(
        ADULTS,
        METASTASES,
        Remark(
            "its cohort left out haematological and unknown primaries",
            BOLLEN_THESIS,
            is_("primary-tumour", "lymphoma", "myeloma", "plasmacytoma", "leukaemia", "unknown-primary"),
        ),
        Remark(
            "its cohort left out metastases of the sacrum",
            BOLLEN_THESIS,
            includes("vertebral-level", *(f"S{n}" for n in range(1, 6))),
        ),
        Remark("its cohort left out leptomeningeal spread", BOLLEN_THESIS, is_("visceral-metastases", MENINGEAL)),
    ),
    cautions=(
        Remark(
            "triple-negative breast cancer does not do as other breast cancer does: median survival 6.7 (2.4-10.9) "
            "against 22.5 (18.0-26.9) months (Bollen 2015, n = 111)",
            BOLLEN_2015,
            all_of(is_("primary-tumour", "breast"), not_(is_("triple-negative", False))),
        ),
    ),
    validations=(
        Validation("C-statistic", 0.71, BOLLEN_2014, 1043, external=False),
        Validation("C-statistic in other patients", 0.69, BOLLEN_2014),
        Validation("AUC at 3, 6 and 12 months", (0.76, 0.77), BINDELS_2025, 953),
    ),
    readings=(
        Reading(
            "Median survival is 31.2, 15.4, 4.8 and 1.6 months in A, B, C and D. From the published medians follows "
            "that the favourable profile is A with a Karnofsky of 80-100 and neither visceral nor brain metastases, "
            "and C with a Karnofsky of 10-70 and such metastases. The other leaves were not found in words.",
            "No class is given: the lists of primaries are missing for all of them.",
        ),
        Reading(
            "The cohort left out rare primaries, direct ingrowth and intradural tumours too.",
            "No finding tells of these; check them before the model is used.",
        ),
    ),
    sources=(BOLLEN_2014, BOLLEN_THESIS),
)

OSRI = HandOff(
    code="osri",
    title="Oswestry Spinal Risk Index (OSRI)",
    predicts="survival",
    why="OSRI is the points of the primary tumour + (2 - general condition), and the points could not be verified.",
    setting="",
    clock="",
    inputs=(
        Input("primary-tumour", "Points of the primary tumour", note="the points could not be verified"),
        Input(
            "karnofsky",
            "General condition, as in the revised Tokuhashi score",
            groups=_CONDITION,
            note="80-100 is 2, 50-70 is 1, 10-40 is 0",
        ),
    ),
    validations=(
        Validation("correlation with survival (r)", 0.798, FLEMING_2016, 121),
        Validation("AUC at 3, 6 and 12 months", (0.75, 0.77), BINDELS_2025, 953),
    ),
    sources=(BALAIN_2013, FLEMING_2016),
)

H2 = HandOff(
    code="h2-fails",
    title="H2-FAILS",
    predicts="mortality within 30 days",
    why="Heart failure gives 2 points, each of the others 1; the limits of the laboratory values were not found.",
    setting=_SURGERY,
    clock=_FROM_SURGERY,
    inputs=(
        Input("heart-failure", note="2 points"),
        Input("functional-dependence", note="1 point"),
        Input("albumin", "Low albumin", note="1 point; the limit was not found"),
        Input("inr", "High INR", note="1 point; the limit was not found"),
        Input("leucocytes", "Leukocytosis", note="1 point; the limit was not found"),
        Input("smoking", note="1 point"),
    ),
    validations=(Validation("AUC", 0.77, H2_FAILS, 1195, (0.72, 0.81), external=False),),
    readings=(
        Reading(
            "Predicted mortality is 1.8 % with 0 points and 78 % with 6.",
            "No points are added up here: without the limits three of the six are not known.",
        ),
    ),
    sources=(H2_FAILS,),
)

LIMBURG = HandOff(
    code="limburg",
    title="Limburg spinal metastases score (LSMS)",
    predicts="survival",
    why=_NO_TABLE,
    setting="surgical decompression of spinal epidural metastases",
    clock=_FROM_SURGERY,
    inputs=(
        _PRIMARY,
        Input("karnofsky"),
        _VISCERAL,
        Input(
            "vertebral-metastasis-count",
            "Multiple spinal metastases",
            groups=_yes_no(at_least("vertebral-metastasis-count", 2)),
        ),
    ),
    validations=(Validation("c-statistic", 0.75, BULTHUIS_2023, 144, (0.71, 0.80), external=False),),
    sources=(BULTHUIS_2023,),
)

LEI = HandOff(
    code="lei",
    title="Lei score (2016)",
    predicts="survival at 6 months and walking after surgery",
    why=_NO_TABLE,
    setting="surgery of metastatic compression of the spinal cord",
    clock=_FROM_SURGERY,
    inputs=(
        _PRIMARY,
        _WALKING,
        _VISCERAL,
        Input("previous-chemotherapy"),
        Input("", "Bone metastasis at the diagnosis of cancer"),
    ),
    exclusions=(ADULTS, METASTASES, _CORD),
    readings=(
        Reading(
            "6-month survival is 8.2 % with 0-2 points, 56.5 % with 3-5 and 91.5 % with 6-10 (n = 206).",
            "The bands are of no use without the points.",
        ),
    ),
    sources=(LEI_2016,),
)

_RADES = (
    _PRIMARY,
    Input("time-from-cancer-diagnosis", "From the diagnosis of cancer to the cord compression"),
    _VISCERAL,
    _WALKING,
    Input("time-developing-motor-deficit"),
)

RADES_SURVIVAL = HandOff(
    code="rades-2008-survival",
    title="Rades survival score (2008)",
    predicts="survival at 6 months",
    why=f"{_NO_TABLE} They are the 6-month survival of a factor in per cent, divided by ten.",
    setting=_RADIOTHERAPY,
    clock=_FROM_RADIOTHERAPY,
    inputs=(*_RADES, Input("bone-metastases", "Other bone metastases")),
    exclusions=(ADULTS, METASTASES, _CORD),
    readings=(
        Reading(
            "6-month survival is 4 % with 20-25 points, 11 % with 26-30 and 48 % with 31-35 (n = 1,852); of the bands "
            "above, no complete source was found.",
            "The bands are of no use without the points.",
        ),
    ),
    sources=(RADES_SURVIVAL_2008,),
)

RADES_AMBULATORY = HandOff(
    code="rades-2008-ambulatory",
    title="Rades score of walking after radiotherapy (2008)",
    predicts="walking after radiotherapy",
    why=f"{_NO_TABLE} They are the share of patients with a factor who walk, in per cent, divided by ten.",
    setting=_RADIOTHERAPY,
    clock=_FROM_RADIOTHERAPY,
    inputs=_RADES,
    exclusions=(ADULTS, METASTASES, _CORD),
    readings=(
        Reading(
            "6 % walk with up to 28 points, 44 % with 29-31, 70 % with 32-34, 86 % with 35-37 and 99 % with 38 or more "
            "(n = 2,096).",
            "The bands are of no use without the points.",
        ),
    ),
    sources=(RADES_AMBULATORY_2008,),
)

#: Every hand-off, in the order in which they are shown.
HANDOFFS = (
    SORG_NOMOGRAM,
    SORG_ML,
    SORG_30_DAY,
    PATHFX,
    BOLLEN,
    OSRI,
    LIMBURG,
    LEI,
    RADES_SURVIVAL,
    RADES_AMBULATORY,
    H2,
)

#: Every code under which a result may come back.
BY_CODE = {code: hand_off for hand_off in HANDOFFS for code, _ in hand_off.codes}
