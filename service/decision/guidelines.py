"""Guideline sets for emergencies and pain: what each says, as data; a policy chooses one by its code.

A thing that the text that could be read does not give is None, and is never filled in from another guideline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from service.scoring.model import Status
from service.scoring.sources import CEPO_2012, NICE_NG234, Source
from service.text import phrase

T = TypeVar("T")


@dataclass(frozen=True)
class Fact(Generic[T]):
    """One thing that a guideline says."""

    value: T
    status: Status
    source: Source
    read_in: str = ""
    """Where it was read, if not in the text of the guideline."""


@dataclass(frozen=True, eq=False)
class Guideline:
    """What one guideline says; each text is a part of a sentence, in words of this project."""

    code: str
    """The name by which a policy asks for it: issuer and year."""
    title: str
    country: str
    year: int
    sources: tuple[Source, ...]
    """The publication first."""

    dexamethasone_for: Fact[str]
    """With what it is given at once."""
    dexamethasone_start: Fact[str]
    dexamethasone_mg_daily: Fact[int]
    dexamethasone_first_mg: Fact[int] | None = None
    dexamethasone_route: Fact[str] | None = None
    dexamethasone_until: Fact[str] | None = None
    dexamethasone_stop: Fact[str] | None = None
    dexamethasone_avoid: Fact[str] | None = None
    dexamethasone_without_neurology: Fact[str] | None = None
    dexamethasone_haematological: Fact[str] | None = None

    contact_with_neurology: Fact[str] | None = None
    """How soon the coordinator is contacted where there are neurological symptoms or signs."""
    contact_pain_only: Fact[str] | None = None
    mri_hours_with_neurology: Fact[int] | None = None
    """Hours from the suspicion to MRI of the whole spine."""
    mri_overnight: Fact[str] | None = None
    mri_days_pain_only: Fact[int] | None = None
    """Days from the suspicion to MRI of the whole spine and a plan, in pain without neurology."""
    imaging: Fact[str] | None = None
    plain_radiograph: Fact[str] | None = None
    pain_red_flags: Fact[tuple[str, ...]] | None = None
    """Pain that makes a metastasis of the spine likely in somebody with cancer."""
    neurological_symptoms: Fact[tuple[str, ...]] | None = None
    """What turns pain into an emergency."""

    scales_first: Fact[str] | None = None
    radiotherapy_hours: Fact[int] | None = None
    """Hours from the decision to treat to the start of radiotherapy, where surgery is not suitable."""
    short_course: Fact[str] | None = None
    """Whose compression has radiotherapy in few fractions."""
    long_course: Fact[str] | None = None
    combined_tumours: Fact[tuple[str, ...]] | None = None
    """Values of ``primary-tumour`` whose compression is treated with drugs and radiotherapy together."""
    combined: Fact[str] | None = None
    non_mechanical_pain_gy: Fact[int] | None = None
    """Gray, in a single fraction."""
    asymptomatic: Fact[tuple[str, ...]] | None = None
    """The only reasons for radiotherapy of a metastasis without symptoms."""

    bisphosphonate_tumours: Fact[tuple[str, ...]] | None = None
    """Values of ``primary-tumour`` in which bisphosphonates are given for pain of the spine."""
    bisphosphonate_if_analgesia_fails: Fact[tuple[str, ...]] | None = None

    @property
    def short(self) -> str:
        """As it is named in a note: ``NICE 2023``."""
        return f"{self.sources[0].authors} {self.year}"

    @property
    def name(self) -> str:
        """As it is named in a reason: ``NICE 2023, NG234 and QS56, United Kingdom``."""
        return phrase("{issuer}, {title}, {country}", issuer=self.short, title=self.title, country=self.country)

    @property
    def secondary(self) -> frozenset[str]:
        """The fields of what was read in other texts than that of the guideline."""
        return frozenset(field for field, fact in facts(self) if fact and fact.status is Status.SECONDARY)


#: What each field is about, for reading.
ABOUT = {
    "contact_with_neurology": "Contact of the coordinator, with neurological symptoms or signs",
    "contact_pain_only": "Contact of the coordinator, pain alone",
    "mri_hours_with_neurology": "Hours to MRI of the whole spine, with neurological symptoms or signs",
    "mri_overnight": "MRI at night",
    "mri_days_pain_only": "Days to MRI of the whole spine and a plan, pain alone",
    "imaging": "What is imaged",
    "plain_radiograph": "Plain X-ray",
    "pain_red_flags": "Pain that suggests a metastasis of the spine",
    "neurological_symptoms": "Neurological symptoms and signs",
    "scales_first": "Before treatment",
    "radiotherapy_hours": "Hours from the decision to radiotherapy, where surgery is not suitable",
    "short_course": "Radiotherapy in few fractions",
    "long_course": "Radiotherapy in many fractions",
    "combined_tumours": "Tumours whose compression has drugs and radiotherapy together",
    "combined": "What these tumours are given",
    "non_mechanical_pain_gy": "Gray in a single fraction, non-mechanical pain",
    "asymptomatic": "Radiotherapy of a metastasis without symptoms",
    "dexamethasone_for": "Dexamethasone: given with",
    "dexamethasone_start": "Dexamethasone: begin",
    "dexamethasone_first_mg": "Dexamethasone: first dose, mg",
    "dexamethasone_mg_daily": "Dexamethasone: mg daily",
    "dexamethasone_route": "Dexamethasone: route",
    "dexamethasone_until": "Dexamethasone: until",
    "dexamethasone_stop": "Dexamethasone: stop",
    "dexamethasone_avoid": "Dexamethasone: avoid",
    "dexamethasone_without_neurology": "Dexamethasone without neurological symptoms or signs",
    "dexamethasone_haematological": "Dexamethasone in a haematological malignancy",
    "bisphosphonate_tumours": "Bisphosphonates for pain of the spine",
    "bisphosphonate_if_analgesia_fails": "Bisphosphonates for pain of the spine, if analgesia fails",
}


def facts(guideline: Guideline) -> Iterator[tuple[str, Fact[Any] | None]]:
    """The fields of :data:`ABOUT` with what the guideline says; None where the text that could be read does not."""
    for field in fields(guideline):
        if field.name in ABOUT:
            yield field.name, getattr(guideline, field.name)


def _nice(value: T) -> Fact[T]:
    return Fact(value, Status.VERIFIED, NICE_NG234)


def _of_nice(value: T, read_in: str) -> Fact[T]:
    return Fact(value, Status.SECONDARY, NICE_NG234, read_in)


def _cepo(value: T) -> Fact[T]:
    return Fact(value, Status.VERIFIED, CEPO_2012)


_SUMMARY = "a summary of the guideline"
_THREE_SUMMARIES = "three texts that quote the guideline"
_GPNOTEBOOK = "the summary of GPnotebook"
_IATROX = "the summary of iatroX"
_MEDSCAPE = "the summary of Medscape UK"
_CG75 = "Clinical Guideline 75 of 2008, which NG234 replaced"

_NICE_2023 = Guideline(
    code="nice-2023",
    title="NG234 and QS56",
    country="United Kingdom",
    year=2023,
    sources=(NICE_NG234,),
    contact_with_neurology=_of_nice("immediately", _CG75),
    contact_pain_only=_of_nice("within 24 hours", _CG75),
    mri_hours_with_neurology=_nice(24),
    mri_overnight=_of_nice("at night too, if treatment can then begin at once", _SUMMARY),
    mri_days_pain_only=_of_nice(7, _MEDSCAPE),
    imaging=_of_nice(
        "sagittal T1, STIR or both of the whole spine, sagittal T2, and axial images through each lesion; "
        "CT where MRI is contraindicated",
        _IATROX,
    ),
    plain_radiograph=_of_nice("neither shows nor excludes a metastasis or compression", _IATROX),
    pain_red_flags=_of_nice(
        (
            "pain in the thoracic or cervical spine",
            "lumbar pain that gets worse",
            "severe pain without let-up",
            "pain made worse by straining",
            "a tender spot of the spine",
            "pain at night that prevents sleep",
        ),
        _CG75,
    ),
    neurological_symptoms=_of_nice(
        (
            "radicular pain",
            "weakness of a limb",
            "difficulty in walking",
            "loss of sensation",
            "upset of bladder or bowel",
        ),
        _CG75,
    ),
    radiotherapy_hours=_nice(24),
    non_mechanical_pain_gy=_of_nice(8, _GPNOTEBOOK),
    asymptomatic=_of_nice(
        ("in a trial", "as part of a strategy for oligometastases", "for signs of impending compression on imaging"),
        _SUMMARY,
    ),
    dexamethasone_for=_of_nice("neurological symptoms or signs", _THREE_SUMMARIES),
    dexamethasone_start=_of_nice("as soon as possible", _THREE_SUMMARIES),
    dexamethasone_first_mg=_of_nice(16, _THREE_SUMMARIES),
    dexamethasone_mg_daily=_of_nice(16, _THREE_SUMMARIES),
    dexamethasone_route=_of_nice("by mouth, or the parenteral equivalent", _THREE_SUMMARIES),
    dexamethasone_until=_of_nice("surgery or radiotherapy", _THREE_SUMMARIES),
    dexamethasone_stop=_of_nice("if compression is ruled out", _THREE_SUMMARIES),
    dexamethasone_without_neurology=_of_nice(
        "only considered, in severe pain or a haematological malignancy, and not given as a routine otherwise", _SUMMARY
    ),
    dexamethasone_haematological=_of_nice("16 mg, with the advice of the multidisciplinary team", _SUMMARY),
    bisphosphonate_tumours=_of_nice(("myeloma", "breast"), _SUMMARY),
    bisphosphonate_if_analgesia_fails=_of_nice(("prostate",), _SUMMARY),
)

_CEPO_2012 = Guideline(
    code="cepo-2012",
    title="guideline of Quebec on spinal cord compression",
    country="Canada",
    year=2012,
    sources=(CEPO_2012,),
    scales_first=_cepo("score the scales of prognosis and of spinal instability"),
    short_course=_cepo("a short life expectancy"),
    long_course=_cepo("inoperable compression and a good life expectancy"),
    combined_tumours=_cepo(("myeloma", "lymphoma", "germ-cell-seminoma", "germ-cell-non-seminoma")),
    combined=_cepo(
        "a steroid, chemotherapy and radiotherapy together, as long as the spine is stable and no fragment of bone "
        "compresses the cord"
    ),
    dexamethasone_for=_cepo("symptoms"),
    dexamethasone_start=_cepo("as soon as compression is suspected"),
    dexamethasone_mg_daily=_cepo(16),
    dexamethasone_avoid=_cepo("a high loading dose"),
)

#: By the code that :attr:`service.policy.Policy.guideline` names.
GUIDELINES: dict[str, Guideline] = {guideline.code: guideline for guideline in (_NICE_2023, _CEPO_2012)}
