"""The form: the fields of the Questionnaire in the groups and the order in which a clinician fills them in.

What a field asks, its kind and its unit come from the Questionnaire and the findings; here is where it stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from service.conditions import Is
from service.evidence import Choice
from service.fhir_mapping.artefacts import given
from service.fhir_mapping.artefacts.questionnaire import LESION_ITEM, LEVEL_ITEM, questionnaire
from service.findings import FINDINGS, Finding
from service.page.hints import HINTS, OPTIONS, UNITS
from service.scoring import SCORES
from service.text import cased, phrase
from service.vertebrae import LEVELS, REGIONS
from service.wording import capital

#: A patient with more is not typed in by hand.
MOST_LESIONS = 12
LEVEL, LEVEL_TO = LEVEL_ITEM, "level-to"
UNIT = ".unit"
_FEW = 7
_SHORT = 24
"""Letters of an option that stands beside others."""


@dataclass(frozen=True)
class Option:
    """A listed value: its code, what it is called, and more words where a table has them."""

    code: str
    label: str
    words: str = ""
    points: str = ""


@dataclass(frozen=True)
class Unit:
    """A unit by its UCUM code, and as it is printed."""

    code: str
    label: str


@dataclass(frozen=True)
class Field:
    """One question. ``kind`` is how it is asked: yes-no, choice, select, parts, number, count or words."""

    code: str
    title: str
    kind: str
    options: tuple[Option, ...] = ()
    parts: tuple[tuple[Option, ...], ...] = ()
    """Further choices that narrow the answer, such as removable or unremovable."""
    narrows: str = ""
    """The answer that they narrow."""
    units: tuple[Unit, ...] = ()
    hint: str = ""

    @property
    def is_table(self) -> bool:
        """Whether the options are lines of a table, for they say more than a word or two."""
        return any(option.words or len(option.label) > _SHORT for option in self.options if option.code)

    @property
    def unit_label(self) -> str:
        return phrase("Unit of {finding}", finding=self.title)


@dataclass(frozen=True)
class Group:
    """Fields under a title; ``folded`` are shown on demand."""

    id: str
    title: str
    fields: tuple[Field, ...]
    folded: bool = False
    about: str = ""
    """A sentence under the title."""
    knowledge: str = ""
    """The section of the knowledge that has the table."""


#: Where a finding stands: id of the group, its title, whether it is folded, the findings.
_PATIENT: tuple[tuple[str, str, bool, str], ...] = (
    ("tumour", "Tumour and patient", False, "primary-tumour age sex ecog ambulatory-status"),
    (
        "spread",
        "Spread",
        False,
        "visceral-metastases brain-metastases vertebral-metastasis-count extraspinal-bone-metastasis-count",
    ),
    ("laboratory", "Laboratory", True, "albumin haemoglobin crp ldh platelets calcium bilirubin leucocytes "
     "lymphocytes neutrophils alkaline-phosphatase creatinine inr hypercalcaemia"),
    ("treatment", "Treatment so far", True, "previous-systemic-therapy previous-chemotherapy targeted-therapy "
     "prior-therapy-response time-from-cancer-diagnosis"),
    ("markers", "Markers of the tumour", True, "hormone-dependent egfr-mutation oestrogen-receptor "
     "progesterone-receptor her2 triple-negative"),
    ("staging", "More on the spread", True, "staging-complete bone-metastases metastatic-organ-system-count "
     "bone-marrow-carcinomatosis"),
    ("condition", "More on the general condition", True, "karnofsky frankel-grade asia-impairment modified-frankel "
     "time-developing-motor-deficit pain-controlled functional-dependence body-mass-index heart-failure diabetes "
     "smoking other-comorbidity"),
    ("judgement", "Judged by a clinician", True, "surgical-fitness life-expectancy"),
)  # fmt: skip
_LESION: tuple[tuple[str, str, bool, str], ...] = (
    ("origin", "What it is", False, "tumour-origin"),
    ("sins", "Stability (SINS)", False, "sins-pain sins-bone-lesion sins-alignment sins-collapse sins-posterolateral"),
    ("neurology", "Compression and neurology", False, "escc-grade myelopathy progressive-deficit "
     "sphincter-dysfunction"),
    ("before", "Treated here before", False, "prior-radiotherapy-at-level prior-surgery-at-level"),
    ("signs", "More on the neurology", True, "radiculopathy cauda-equina-syndrome spinal-cord-compression"),
    ("imaging", "More on the imaging", True, "contiguous-level-count posterior-wall-intact pathologic-fracture "
     "escc-epidural-extension escc-thecal-sac-deformed escc-cord-abutted escc-cord-compressed escc-csf-visible"),
    ("stability", "What the board decides on stability", True, "mechanical-stability"),
    ("primary", "A primary or dumbbell tumour", True, "wbb-zones wbb-layers dumbbell-diameter dumbbell-boundary "
     "dumbbell-lobulated dumbbell-osteolysis"),
)  # fmt: skip
_ABOUT = {
    "laboratory": "The latest values. < and > are understood, such as <3.5.",
    "sins": "Each answer with its points. The level gives points too.",
    "judgement": "What is said here stands above what is worked out.",
}
_KNOWLEDGE = {"sins": "sins", "primary": "primary-tumour", "laboratory": "katagiri-revised"}
_REST = ("more", "More")


@lru_cache(maxsize=1)
def of_patient() -> tuple[Group, ...]:
    """The groups of the patient."""
    return tuple(_groups(_PATIENT, _items(within_lesion=False)))


@lru_cache(maxsize=1)
def of_lesion() -> tuple[Group, ...]:
    """The groups of one lesion; its level is asked before them."""
    return tuple(_groups(_LESION, _items(within_lesion=True)))


@lru_cache(maxsize=1)
def fields() -> Mapping[str, Field]:
    """Every field by its code."""
    return {field.code: field for group in (*of_patient(), *of_lesion()) for field in group.fields}


def codes(*, within_lesion: bool) -> list[str]:
    """The codes of the fields in the order of the Questionnaire."""
    return [*_items(within_lesion=within_lesion)]


def regions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The parts of the spine with their levels."""
    return tuple(
        (name, tuple(level for level in (LEVELS[:1] if name == "cervical" else ())) + run)
        for name, run in REGIONS.items()
        if name != "spine"
    )


@lru_cache(maxsize=2)
def _items(*, within_lesion: bool) -> dict[str, Any]:
    items = questionnaire()["item"]
    lesion = next(item for item in items if item["linkId"] == LESION_ITEM)
    listed = lesion["item"] if within_lesion else items
    return {item["linkId"]: item for item in listed if item["linkId"] not in (LESION_ITEM, LEVEL_ITEM)}


def _groups(table: tuple[tuple[str, str, bool, str], ...], items: Mapping[str, Any]) -> Iterator[Group]:
    placed: set[str] = set()
    for name, title, folded, listed in table:
        placed |= set(listed.split())
        found = tuple(_field(items[code]) for code in listed.split())
        yield Group(name, title, found, folded, _ABOUT.get(name, ""), _KNOWLEDGE.get(name, ""))
    # A finding that nobody has placed yet is still asked.
    rest = tuple(_field(item) for code, item in items.items() if code not in placed)
    if rest:
        yield Group(*_REST, rest, folded=True)


def _field(item: Mapping[str, Any]) -> Field:
    finding = FINDINGS[item["linkId"]]
    options = tuple(_options(finding)) if item["type"] == "choice" else ()
    parts = tuple(_parts(finding)) if item.get("repeats") else ()
    kinds = {"boolean": "yes-no", "quantity": "number", "integer": "count", "string": "words"}
    kind = kinds.get(item["type"]) or ("parts" if parts else "choice" if len(options) <= _FEW else "select")
    if parts:
        options = tuple(option for option in options if option.code in _main(finding))
    return Field(
        finding.code,
        item["text"],
        kind,
        options,
        parts,
        _whole(finding.domain) if parts and isinstance(finding.domain, Choice) else "",
        tuple(_units(item)),
        HINTS.get(finding.code, ""),
    )


def _options(finding: Finding) -> Iterator[Option]:
    """The listed values, a group before the first of its members. Who is asked about is alive."""
    domain = finding.domain
    assert isinstance(domain, Choice)  # noqa: S101  # the Questionnaire has a choice for nothing else
    placed: set[str] = set()
    parents = given.parents(finding) if not given.several(finding) else {}
    dead = {given.code_of(value) for value in domain.unless_said if isinstance(value, int)}
    labels = given.codes(finding)
    for value in labels:
        for code in (*parents.get(value, ()), value):
            if code not in placed and code not in dead:
                placed.add(code)
                label = cased(labels[code], capital)
                if code in domain.groups and not given.several(finding):
                    label = phrase("{value}, type not known", value=label)
                yield _worded(finding.code, code, label)


def _worded(finding: str, code: str, label: str) -> Option:
    """An option in the words of the table that reads it, with its points."""
    words, points = _rows().get((finding, code), ("", ""))
    title = OPTIONS.get((finding, code), "")
    return Option(code, cased(words, capital) if words else label, title, points)


@lru_cache(maxsize=1)
def _rows() -> Mapping[tuple[str, str], tuple[str, str]]:
    """Words and points of the rows of SINS by finding and value; a row of several values keeps their names."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    (sins,) = (score for score in SCORES if score.code == "sins")
    for row in (row for item in sins.items for row in item.rows):
        if isinstance(row.when, Is) and len(row.points) == 1:
            alone = len(row.when.values) == 1
            for value in row.when.values:
                words = row.label if alone else ""
                found[row.when.finding, given.code_of(value)] = (words, f"{row.points[0]:g}")
    return found


def _parts(finding: Finding) -> Iterator[tuple[Option, ...]]:
    """The pairs of groups that halve what another group holds: removable or unremovable, and so on."""
    domain = finding.domain
    assert isinstance(domain, Choice)  # noqa: S101  # as above
    groups = [*domain.groups.items()]
    whole = domain.groups[_whole(domain)]
    for n, (left, some) in enumerate(groups):
        for right, others in groups[n + 1 :]:
            if not some & others and some | others == whole:
                words = OPTIONS.get((finding.code, left), "")
                yield tuple(Option(code, cased(finding.label(code), capital), words) for code in (left, right))


def _whole(domain: Choice) -> str:
    """The group that holds the most."""
    return max(domain.groups, key=lambda name: len(domain.groups[name]))


def _main(finding: Finding) -> set[str]:
    """What is asked first where answers narrow one another: the largest group, and what is outside of it."""
    domain = finding.domain
    assert isinstance(domain, Choice)  # noqa: S101  # as above
    whole = _whole(domain)
    return {whole, *(given.code_of(value) for value in domain.values if value not in domain.groups[whole])}


def _units(item: Mapping[str, Any]) -> Iterator[Unit]:
    for extension in item.get("extension", ()):
        if extension["url"].endswith("questionnaire-unitOption"):
            first = extension["valueCoding"]["code"]
            for code in (first, *(c for c in UNITS.more.get(item["linkId"], ()) if c != first)):
                yield Unit(code, UNITS.printed.get(code, code))
