"""What speaks against an order, as a table: each check with when it holds, its reason and its source."""

from __future__ import annotations

from dataclasses import dataclass

from service.conditions import Condition, all_of, any_of, below, is_, not_
from service.decision import en_bloc, kyphoplasty, primary_tumours, radiotherapy
from service.decision.emergency import EMERGENCY
from service.decision.model import Checklist, Rule
from service.decision.noms import (
    EMBOLISATION,
    FIT,
    IRRADIATED,
    IS_INDETERMINATE,
    IS_STABLE,
    IS_UNSTABLE,
    NOMS,
    UNFIT,
)
from service.decision.tumours import HYPERVASCULAR, RESISTANT
from service.scoring.sources import BADVE_2021, CEPO_2012, HONG_2022, MORIMOTO_2024, PROVAN_2019

RADIOTHERAPY, SURGERY = "radiotherapy", "surgery"
#: What an order may say without saying which.
KINDS = (RADIOTHERAPY, SURGERY)

EN_BLOC = ("en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper")
DECOMPRESSIONS = ("decompression-stabilisation", "separation-surgery")
OPEN = (*DECOMPRESSIONS, *EN_BLOC, SURGERY)
#: Operations on the spine that are not through a needle.
OPERATIONS = (*OPEN, "stabilisation", "mis-fixation")
CONVENTIONAL = ("cebrt", "short-course-rt")
RADIATION = (*CONVENTIONAL, "srs", "carbon-ion", RADIOTHERAPY)

_HIGH = is_("escc-grade", "escc-2", "escc-3")
_LOW = is_("escc-grade", "escc-0", "escc-1a", "escc-1b")
_OPERATED = is_("prior-surgery-at-level", True)
_BLOOD_OR_GERM_CELL = is_(
    "primary-tumour",
    "lymphoma", "leukaemia", "myeloma", "plasmacytoma", "germ-cell-seminoma", "germ-cell-non-seminoma",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Check:
    """One thing that speaks against an order of a lesion."""

    code: str
    rule: Rule
    on: tuple[str, ...]
    """Treatments that it is about."""
    when: Condition
    why: str
    perhaps: str = ""
    """What is said where the record leaves open whether it holds; nothing if empty."""
    told: tuple[str, ...] = ()
    """Findings of which the record has to speak for that."""
    may_be: tuple[str, ...] = ()
    """Orders that may turn out to be one of these treatments."""
    met_by: tuple[str, ...] = ()
    """Treatments of the same lesion, ordered or under way, with which it is no concern."""
    unless_advised: bool = False
    """Left out where the plan settles on what is ordered."""
    in_emergency: bool = True
    """Whether it is said where the lesion is an emergency, in which an operation does not wait."""
    instead: tuple[str, ...] = ()
    """What takes the place of the order, if the plan settles on it."""
    beside: tuple[str, ...] = ()
    """What goes with the order."""
    unless: Condition | None = None
    """Left out where this certainly holds."""
    metastases: bool = False
    """Whether it is about metastases only."""
    grave: bool = True
    """Whether the patient may come to harm by it."""
    barred: bool = False
    """Whether the treatment is contraindicated, so that the order should go."""


@dataclass(frozen=True, eq=False)
class ByCriteria:
    """A treatment with criteria that have to hold together."""

    checklist: Checklist
    on: tuple[str, ...]
    for_metastases: bool
    """Whether it is for metastases; else for primary tumours."""


@dataclass(frozen=True, eq=False)
class GradedFirst:
    """What has to be known before an operation."""

    rule: Rule
    on: tuple[str, ...]


CHECKS: tuple[Check, ...] = (
    Check(
        "irradiated-before",
        Rule("radiotherapy", "Radiotherapy of an irradiated level", BADVE_2021),
        CONVENTIONAL,
        IRRADIATED,
        radiotherapy.BARS[0].why,
        perhaps="the level was perhaps irradiated before; if so, conventional radiotherapy again may injure the cord",
        may_be=(RADIOTHERAPY,),
        instead=("srs",),
        barred=True,
    ),
    Check(
        "srs-at-compressed-cord",
        Rule("radiotherapy", "SRS at a compressed cord", BADVE_2021),
        ("srs",),
        _HIGH,
        radiotherapy.SRS_AT_COMPRESSED_CORD.why,
        perhaps="the ESCC grade may be 2 or 3; the dose that the tumour needs is then not safe unless somebody "
        "decompresses the cord first",
        met_by=(*DECOMPRESSIONS, *EN_BLOC, SURGERY),
        instead=("cebrt",),
        beside=("decompression-stabilisation",),
        metastases=True,
        barred=True,
    ),
    Check(
        "unstable-irradiated-alone",
        NOMS,
        RADIATION,
        all_of(IS_UNSTABLE, not_(_OPERATED)),
        "the spine is unstable and nothing stabilises it: NOMS stabilises first; radiotherapy does not mend "
        "instability",
        met_by=OPERATIONS,
        beside=("stabilisation",),
        metastases=True,
    ),
    Check(
        "srs-before-stability-is-decided",
        Rule("radiotherapy", "SRS and stability", HONG_2022),
        ("srs",),
        all_of(
            IS_INDETERMINATE,
            not_(IS_STABLE),
            any_of(
                is_("sins-bone-lesion", "lytic"),
                is_("sins-alignment", "subluxation-translation", "de-novo-deformity"),
            ),
            not_(_OPERATED),
        ),
        "SINS 7-12 in a lytic or malaligned spine: decide on stabilisation before SRS, not after",
        met_by=OPERATIONS,
        grave=False,
    ),
    Check(
        "resistant-to-conventional",
        NOMS,
        CONVENTIONAL,
        all_of(_LOW, RESISTANT),
        "it hardly answers to conventional radiotherapy; NOMS gives SRS where the cord is free",
        unless_advised=True,
        instead=("srs",),
        # For the last weeks a few fractions are enough, whatever the tumour.
        unless=below("life-expectancy", 3),
        metastases=True,
        grave=False,
    ),
    Check(
        "not-decompressed",
        NOMS,
        ("stabilisation", "mis-fixation"),
        all_of(_HIGH, RESISTANT, FIT),
        "NOMS decompresses the cord as well; high-grade ESCC of a radioresistant tumour in one who is fit",
        met_by=DECOMPRESSIONS,
        unless_advised=True,
        instead=("decompression-stabilisation",),
        metastases=True,
        grave=False,
    ),
    Check(
        "unfit-for-surgery",
        Rule("surgery", "What speaks against an operation", MORIMOTO_2024),
        (*OPEN, "stabilisation"),
        UNFIT,
        "the patient is judged unfit for surgery; decide together, minimally invasive stabilisation first",
        unless_advised=True,
        in_emergency=False,
    ),
    Check(
        "drugs-and-radiotherapy-first",
        Rule("surgery", "Cord compression by blood and germ-cell tumours", CEPO_2012),
        OPERATIONS,
        all_of(_BLOOD_OR_GERM_CELL, IS_STABLE),
        "drugs and radiotherapy come first; blood and germ-cell tumours of a stable spine are given steroids, "
        "chemotherapy and radiotherapy, unless a fragment of bone presses on the cord",
        unless_advised=True,
        in_emergency=False,
    ),
    Check(
        "not-embolised",
        EMBOLISATION,
        OPERATIONS,
        HYPERVASCULAR,
        "a hypervascular tumour, and no embolisation is ordered; embolise within the 24 hours before the operation",
        met_by=("embolisation",),
        beside=("embolisation",),
        grave=False,
    ),
    Check(
        "platelets-low",
        Rule("surgery", "Platelets before an operation", PROVAN_2019),
        (*OPERATIONS, "kyphoplasty"),
        all_of(below("platelets", 100), FIT),
        "platelets below 100 000/uL: correct them before the operation",
        grave=False,
    ),
    Check(
        "kyphoplasty-in-paralysis",
        kyphoplasty.KYPHOPLASTY,
        ("kyphoplasty",),
        any_of(is_("myelopathy", True), is_("progressive-deficit", True)),
        kyphoplasty.BARS[0].why,
        barred=True,
    ),
    Check(
        "kyphoplasty-with-broken-wall",
        kyphoplasty.KYPHOPLASTY,
        ("kyphoplasty",),
        is_("posterior-wall-intact", False),
        kyphoplasty.BARS[1].why,
        barred=True,
    ),
    Check(
        "kyphoplasty-at-compressed-cord",
        kyphoplasty.KYPHOPLASTY,
        ("kyphoplasty",),
        _HIGH,
        "the cord is compressed, which kyphoplasty does not relieve",
        met_by=DECOMPRESSIONS,
        barred=True,
    ),
    Check(
        "steroid-before-tissue",
        EMERGENCY,
        ("dexamethasone",),
        is_("primary-tumour", "unknown-primary"),
        "nobody knows yet what tumour it is, and it may be a lymphoma; talk to oncology or haematology before the "
        "first dose, for a steroid can spoil the biopsy",
        grave=False,
    ),
)

BY_CRITERIA: tuple[ByCriteria, ...] = (
    *(ByCriteria(checklist, ("kyphoplasty",), for_metastases=True) for checklist in kyphoplasty.CHECKLISTS),
    *(ByCriteria(checklist, EN_BLOC, for_metastases=True) for checklist in en_bloc.CHECKLISTS),
    *(ByCriteria(checklist, EN_BLOC, for_metastases=False) for checklist in primary_tumours.CHECKLISTS),
)

GRADED_FIRST = GradedFirst(NOMS, (*DECOMPRESSIONS, "stabilisation", "mis-fixation", SURGERY))
