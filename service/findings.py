"""The findings: every input of the scores and rules, with the values that it can have.

The codes are those of the interface (``CodeSystem/finding`` and ``CodeSystem/finding-value``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from service.evidence import Choice, Domain, Number, Span, Values
from service.text import phrase, series
from service.vertebrae import LEVELS, ORDER, run_name

PATIENT = "patient"
LESION = "lesion"


class FindOut(StrEnum):
    """How a missing finding is found out: the treatment code of the request that asks for it."""

    MRI = "mri-whole-spine"
    CT = "ct-spine"
    STAGING = "staging"
    LAB = "lab-test"
    BIOPSY = "biopsy"
    ASK = "mdt-review"
    """No test: somebody examines or asks the patient, or looks into the notes."""


@dataclass(frozen=True)
class Finding:
    code: str
    title: str
    scope: str
    domain: Domain
    find_out: FindOut = FindOut.ASK
    labels: Mapping[Hashable, str] = field(default_factory=dict)
    when_complete: Hashable | None = None
    """The value that a record declared complete gives by not mentioning the finding."""
    changes: bool = False
    """Changes from week to week (labs, performance, neurology), so that age makes it stale."""
    patient_too: bool = False
    """A lesion finding that also counts when the record gives it for the patient as a whole."""
    from_percent: tuple[tuple[Span, Values], ...] = ()
    """What a percentage means, for a finding with listed values that may come as a number."""

    @cached_property
    def is_yes_no(self) -> bool:
        return self.domain.unknown == frozenset((False, True))

    def label(self, value: Hashable) -> str:
        """How a listed value is said: ``ESCC 1b``, ``T8-T9``, ``zones 1, 2, 9``."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            if ORDER.keys() >= set(value):
                return run_name(value)
            # Zones and layers are a set, not a run: each is named, after the last word of the title.
            return phrase("{part} {values}", part=self.title.split()[-1], values=series(", ", map(str, value)))
        return self.labels.get(value, str(value).replace("-", " "))


def _yes_no(code: str, title: str, scope: str = PATIENT, **more: object) -> Finding:
    options: dict[str, object] = {"when_complete": False, **more}
    return Finding(code, title, scope, Choice((False, True)), **options)  # type: ignore[arg-type]  # typed by Finding


def _choice(code: str, title: str, scope: str, values: str, **more: object) -> Finding:
    return Finding(code, title, scope, Choice(tuple(values.split())), **more)  # type: ignore[arg-type]  # as above


def _escc(code: str, title: str) -> Finding:
    return _yes_no(code, title, LESION, find_out=FindOut.MRI, changes=True, when_complete=None)


def _lab(code: str, title: str, unit: str, high: float, low: float = 0) -> Finding:
    """A laboratory value. Below ``low`` nobody lives: a value there is one in another unit."""
    return Finding(code, title, PATIENT, Number(unit, low, high), FindOut.LAB, changes=True)


TUMOURS = tuple(
    """lung-nsclc lung-sclc breast prostate kidney thyroid liver gallbladder-biliary stomach oesophagus pancreas
    small-bowel colon rectum bladder uterus cervix ovary germ-cell-seminoma germ-cell-non-seminoma head-neck melanoma
    neuroendocrine lymphoma myeloma plasmacytoma leukaemia mesothelioma thymus adrenal soft-tissue-sarcoma osteosarcoma
    chondrosarcoma ewing-sarcoma chordoma giant-cell-tumour-of-bone mpnst schwannoma unknown-primary other""".split()
)
LUNG = frozenset(("lung-nsclc", "lung-sclc"))
#: No birth date makes anybody older than this, in years; one that would is a placeholder.
OLDEST = 150
#: Frankel C and D in steps, so that D0 and D1, of whom not all walk, are told from D2 and D3.
MODIFIED_FRANKEL = ("a", "b", "c1", "c2", "d0", "d1", "d2", "d3", "e")

_ORGAN = [(a, b) for a in ("removable", "unremovable") for b in ("treatable", "untreatable")]
_VISCERAL = {
    f"{operable}/{treatable}/{spread}": {operable, treatable, spread, "present"}
    for operable, treatable in _ORGAN
    for spread in ("nodular", "disseminated")
}
#: Meningeal spread is "disseminated" for Katagiri and no organ metastasis for the other scores.
MENINGEAL = "meningeal-only"
VISCERAL = Choice(
    ("none", MENINGEAL, *_VISCERAL),
    groups={
        **{
            word: frozenset(value for value, words in _VISCERAL.items() if word in words)
            for word in (
                "present", "removable", "unremovable", "treatable", "untreatable", "nodular", "disseminated",
            )
        },
        "leptomeningeal": frozenset((MENINGEAL, *(v for v, w in _VISCERAL.items() if "disseminated" in w))),
    },
)  # fmt: skip


def visceral(word: str) -> Values:
    """The states of organ metastases that a code such as ``removable`` stands for."""
    return VISCERAL.only(word)


_COUNTS = Number("1", 0, 999, whole=True)
#: The paper has over and under 50 %, and leaves out 50 % itself: whoever scores it says how it is read.
_COLLAPSE_PERCENT = (
    (Span(50, 100, low_open=True), frozenset(("over-50",))),
    (Span(50, 50), frozenset(("exactly-50",))),
    (Span(0, 50, low_open=True, high_open=True), frozenset(("under-50",))),
    (Span(0, 0), frozenset(("no-collapse-over-50-involved", "none"))),
)

_ALL: tuple[Finding, ...] = (
    # The lesion: stability (SINS)
    Finding("vertebral-level", "Vertebral level", LESION, Choice(tuple((level,) for level in LEVELS)), FindOut.MRI),
    _choice(
        "sins-pain",
        "Pain",
        LESION,
        "mechanical occasional-non-mechanical pain-free",
        changes=True,
        labels={"occasional-non-mechanical": "occasional, not mechanical", "pain-free": "pain-free"},
    ),
    _choice("sins-bone-lesion", "Bone lesion quality", LESION, "lytic mixed blastic", find_out=FindOut.CT),
    _choice(
        "sins-alignment",
        "Spinal alignment",
        LESION,
        "subluxation-translation de-novo-deformity normal",
        find_out=FindOut.CT,
        labels={"subluxation-translation": "subluxation or translation"},
    ),
    Finding(
        "sins-collapse",
        "Vertebral body collapse",
        LESION,
        Choice(
            ("over-50", "exactly-50", "under-50", "no-collapse-over-50-involved", "none"),
            unless_said=frozenset(("exactly-50",)),
        ),
        FindOut.CT,
        labels={
            "over-50": "over 50 %",
            "exactly-50": "exactly 50 %",
            "under-50": "under 50 %",
            "no-collapse-over-50-involved": "none, over 50 % of the body involved",
        },
        from_percent=_COLLAPSE_PERCENT,
    ),
    _choice(
        "sins-posterolateral",
        "Posterolateral involvement",
        LESION,
        "bilateral unilateral none",
        find_out=FindOut.CT,
    ),
    _yes_no(
        "posterior-wall-intact",
        "Posterior wall of the vertebra intact",
        LESION,
        when_complete=None,
        find_out=FindOut.CT,
    ),
    # What the board made of an indeterminate SINS, once it has decided.
    _choice(
        "mechanical-stability",
        "Stability, judged by a clinician",
        LESION,
        "stable unstable",
        changes=True,
    ),
    # The lesion: neurology and treatment
    _choice(
        "escc-grade",
        "Epidural spinal cord compression (ESCC) grade",
        LESION,
        "escc-0 escc-1a escc-1b escc-1c escc-2 escc-3",
        find_out=FindOut.MRI,
        changes=True,
        labels={f"escc-{g}": f"ESCC {g}" for g in ("0", "1a", "1b", "1c", "2", "3")},
    ),
    # What the grade is made of, on axial T2 images at the worst level; silence about a feature denies none.
    _escc("escc-epidural-extension", "Epidural extension"),
    _escc("escc-thecal-sac-deformed", "Thecal sac deformed"),
    _escc("escc-cord-abutted", "Spinal cord abutted"),
    _escc("escc-cord-compressed", "Spinal cord compressed on imaging"),
    _escc("escc-csf-visible", "Cerebrospinal fluid visible around the cord"),
    Finding(
        "contiguous-level-count",
        "Number of contiguous vertebral bodies affected",
        LESION,
        Number("1", 1, 31, whole=True),
        FindOut.MRI,
        changes=True,
    ),
    _yes_no("myelopathy", "Myelopathy", LESION, patient_too=True, changes=True),
    _yes_no("radiculopathy", "Radiculopathy", LESION, patient_too=True, changes=True),
    _yes_no("sphincter-dysfunction", "Sphincter dysfunction", LESION, patient_too=True, changes=True),
    _yes_no("progressive-deficit", "New or progressive deficit", LESION, patient_too=True, changes=True),
    _yes_no("spinal-cord-compression", "Spinal cord compression", LESION, patient_too=True, changes=True),
    _yes_no("cauda-equina-syndrome", "Cauda equina syndrome", LESION, patient_too=True, changes=True),
    _yes_no("prior-radiotherapy-at-level", "Earlier radiotherapy at the level", LESION),
    _yes_no("prior-surgery-at-level", "Earlier surgery at the level", LESION),
    _choice(
        "tumour-origin",
        "Origin of the tumour",
        LESION,
        "metastatic primary dumbbell",
        find_out=FindOut.BIOPSY,
    ),
    _yes_no("pathologic-fracture", "Pathologic fracture", LESION, patient_too=True, find_out=FindOut.CT),
    Finding("dumbbell-diameter", "Diameter of the dumbbell tumour", LESION, Number("cm", 0, 50), FindOut.MRI),
    _choice(
        "dumbbell-boundary",
        "Boundary of the dumbbell tumour",
        LESION,
        "distinguishable indistinguishable",
        find_out=FindOut.MRI,
    ),
    _yes_no("dumbbell-lobulated", "Irregular lobulation", LESION, find_out=FindOut.MRI, when_complete=None),
    _yes_no("dumbbell-osteolysis", "Osteolysis", LESION, find_out=FindOut.CT, when_complete=None),
    # The patient
    Finding("age", "Age", PATIENT, Number("a", 0, OLDEST)),
    _choice("sex", "Sex", PATIENT, "female male"),
    # The patient: tumour
    Finding(
        "primary-tumour",
        "Primary tumour",
        PATIENT,
        Choice(
            TUMOURS,
            groups={
                "lung": LUNG,
                "germ-cell": frozenset(("germ-cell-seminoma", "germ-cell-non-seminoma")),
            },
        ),
        FindOut.BIOPSY,
        labels={
            "lung-nsclc": "lung, non-small-cell",
            "lung-sclc": "lung, small-cell",
            "gallbladder-biliary": "gallbladder or bile duct",
            "germ-cell-seminoma": "germ cell, seminoma",
            "germ-cell-non-seminoma": "germ cell, non-seminoma",
            "head-neck": "head and neck",
            "soft-tissue-sarcoma": "soft-tissue sarcoma",
            "ewing-sarcoma": "Ewing sarcoma",
            "giant-cell-tumour-of-bone": "giant cell tumour of bone",
            "mpnst": "MPNST",
        },
    ),
    _yes_no("hormone-dependent", "Hormone-dependent tumour", when_complete=None),
    _yes_no("targeted-therapy", "Molecularly targeted therapy", when_complete=None),
    _yes_no("egfr-mutation", "EGFR mutation", when_complete=None, find_out=FindOut.BIOPSY),
    _yes_no("oestrogen-receptor", "Oestrogen receptor positive", when_complete=None, find_out=FindOut.BIOPSY),
    _yes_no("progesterone-receptor", "Progesterone receptor positive", when_complete=None, find_out=FindOut.BIOPSY),
    _yes_no("her2", "HER2 positive", when_complete=None, find_out=FindOut.BIOPSY),
    _yes_no("triple-negative", "Triple-negative breast cancer", when_complete=None, find_out=FindOut.BIOPSY),
    Finding(
        "vertebral-metastasis-count",
        "Number of vertebral metastases",
        PATIENT,
        Number("1", 0, 999, whole=True, unknown_low=1),
        FindOut.MRI,
        changes=True,
    ),
    Finding(
        "extraspinal-bone-metastasis-count",
        "Number of extraspinal bone metastases",
        PATIENT,
        _COUNTS,
        FindOut.STAGING,
        when_complete=Span.point(0),
    ),
    _choice("bone-metastases", "Bone metastases", PATIENT, "solitary multiple", find_out=FindOut.STAGING),
    Finding(
        "visceral-metastases",
        "Metastases to internal organs",
        PATIENT,
        VISCERAL,
        FindOut.STAGING,
        labels={MENINGEAL: "meningeal spread only"},
        when_complete="none",
    ),
    _yes_no("brain-metastases", "Brain metastases", find_out=FindOut.STAGING),
    _yes_no("bone-marrow-carcinomatosis", "Bone marrow carcinomatosis", find_out=FindOut.STAGING),
    Finding(
        "metastatic-organ-system-count",
        "Other organ systems with metastases",
        PATIENT,
        # Of the eleven organ systems of the body, bone is not counted.
        Number("1", 0, 10, whole=True),
        FindOut.STAGING,
    ),
    # The patient: condition
    Finding(
        "ecog",
        "ECOG performance status",
        PATIENT,
        Choice((0, 1, 2, 3, 4, 5), unless_said=frozenset((5,))),
        changes=True,
    ),
    Finding(
        "karnofsky",
        "Karnofsky performance status",
        PATIENT,
        Choice(tuple(range(0, 101, 10)), unless_said=frozenset((0,))),
        changes=True,
    ),
    _choice(
        "ambulatory-status",
        "Walking",
        PATIENT,
        "intact impaired non-ambulatory",
        changes=True,
        labels={"non-ambulatory": "not able to walk"},
    ),
    _choice(
        "frankel-grade",
        "Frankel grade",
        PATIENT,
        "frankel-a frankel-b frankel-c frankel-d frankel-e",
        changes=True,
        labels={f"frankel-{g}": f"Frankel {g.upper()}" for g in "abcde"},
    ),
    Finding(
        "modified-frankel",
        "Modified Frankel grade",
        PATIENT,
        Choice(tuple(f"modified-frankel-{grade}" for grade in MODIFIED_FRANKEL)),
        changes=True,
        labels={f"modified-frankel-{grade}": f"modified Frankel {grade.upper()}" for grade in MODIFIED_FRANKEL},
    ),
    _choice(
        "asia-impairment",
        "ASIA impairment scale",
        PATIENT,
        "asia-a asia-b asia-c asia-d asia-e",
        changes=True,
        labels={f"asia-{g}": f"ASIA {g.upper()}" for g in "abcde"},
    ),
    _yes_no("pain-controlled", "Pain controlled", when_complete=None, changes=True),
    _choice("surgical-fitness", "Fitness for surgery, judged by a clinician", PATIENT, "fit unfit", changes=True),
    Finding(
        "life-expectancy",
        "Life expectancy, judged by a clinician",
        PATIENT,
        Number("mo", 0, 1200),
        changes=True,
    ),
    Finding("time-from-cancer-diagnosis", "Time from cancer diagnosis", PATIENT, Number("mo", 0, 1200)),
    Finding("time-developing-motor-deficit", "Time developing motor deficit", PATIENT, Number("d", 0, 36500)),
    # The patient: other illness
    _yes_no("heart-failure", "Heart failure"),
    _yes_no("diabetes", "Diabetes mellitus"),
    _yes_no("smoking", "Smoking", when_complete=None),
    _yes_no("functional-dependence", "Dependent on others in daily life", when_complete=None, changes=True),
    _yes_no("other-comorbidity", "Other comorbidity", when_complete=None),
    Finding("body-mass-index", "Body mass index", PATIENT, Number("kg/m2", 5, 150), changes=True),
    # The patient: treatment
    _yes_no("previous-chemotherapy", "Previous chemotherapy"),
    _yes_no("previous-systemic-therapy", "Previous systemic therapy"),
    _choice(
        "prior-therapy-response",
        "Response to earlier treatment",
        PATIENT,
        "response stable progression",
        changes=True,
        labels={"stable": "stable disease"},
    ),
    _yes_no("staging-complete", "Staging complete", when_complete=True, find_out=FindOut.STAGING),
    # Laboratory: the unit is the one in which the scores print their cut-offs.
    # A nephrotic syndrome leaves 0.6 and more; less has only who is born without any, one in a million.
    _lab("albumin", "Serum albumin", "g/dL", 10, low=0.5),
    # The lowest that were survived are between 1 and 2.
    _lab("haemoglobin", "Haemoglobin", "g/dL", 30, low=1),
    _lab("leucocytes", "Leucocytes", "10*3/uL", 1000),
    # Differential counts are sent per microlitre under the unit of thousands, in an example of mCODE too.
    _lab("lymphocytes", "Lymphocytes", "10*3/uL", 100_000),
    _lab("neutrophils", "Neutrophils", "10*3/uL", 100_000),
    # Aplasia leaves one or two thousand; of leucocytes and their kinds it may leave none.
    _lab("platelets", "Platelets", "10*3/uL", 5000, low=0.5),
    _lab("crp", "C-reactive protein", "mg/dL", 150),
    # An inborn lack of the enzyme leaves some tens of units; single units are microkatals.
    _lab("ldh", "Lactate dehydrogenase", "U/L", 100_000, low=5),
    # Hypophosphatasia leaves some units.
    _lab("alkaline-phosphatase", "Alkaline phosphatase", "U/L", 100_000, low=1),
    _lab("bilirubin", "Total bilirubin", "mg/dL", 100),
    # The lowest that were survived are above 3; what is usual in mmol/L lies below.
    _lab("calcium", "Total calcium", "mg/dL", 30, low=3),
    # No source gives the limit of calcium for it, so it is said by whoever judges it and never worked out.
    _yes_no("hypercalcaemia", "Hypercalcaemia", when_complete=None, find_out=FindOut.LAB, changes=True),
    # Assays begin at 0.1.
    _lab("creatinine", "Creatinine", "mg/dL", 60, low=0.05),
    # A clotting factor that was given brings it to 0.6, and hardly lower.
    _lab("inr", "INR", "1", 30, low=0.3),
    # Several zones and layers hold at once: a value is the tuple of all of them.
    Finding("wbb-zones", "WBB zones", LESION, Choice((tuple(range(1, 13)),)), FindOut.MRI),
    Finding("wbb-layers", "WBB layers", LESION, Choice((("A", "B", "C", "D", "E"),)), FindOut.MRI),
)

FINDINGS: dict[str, Finding] = {finding.code: finding for finding in _ALL}
