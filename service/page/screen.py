"""One screen of the page: the form with what was typed and what the record says, and the result beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from service import KNOWLEDGE_VERSION, __version__, wording
from service.case import Case, Lesion
from service.evidence import Evidence
from service.findings import FINDINGS
from service.page.answers import Typed, lesion_field
from service.page.form import LEVEL, LEVEL_TO, MOST_LESIONS, Group, codes, of_lesion, of_patient, regions
from service.page.record import EXAMPLES, group_of
from service.page.result import EMPTY, Result
from service.page.spine import anchor
from service.problems import Problem
from service.text import phrase, series

NOTHING_TYPED = "No lesion of the spine is described yet, so no score is given."
_FIRST_GROUPS = 1
"""Groups of the patient that stand before the lesions."""
_REGION_NAMES = {
    "cervical": "cervical spine",
    "thoracic": "thoracic spine",
    "lumbar": "lumbar spine",
    "sacral": "sacrum",
}


@dataclass(frozen=True)
class LesionForm:
    """The fields of one lesion."""

    number: int
    values: Mapping[str, str]
    anchor: str
    """The part of the result that is about it."""
    focus: bool = False

    @property
    def title(self) -> str:
        return phrase("Lesion {number}", number=self.number)

    @property
    def remove(self) -> str:
        return phrase("Remove lesion {number}", number=self.number)


@dataclass(frozen=True)
class Reading:
    """How the record is to be read."""

    as_of: str = ""
    policy: str = ""
    complete: bool = False

    @property
    def any(self) -> bool:
        return bool(self.as_of or self.complete)


@dataclass(frozen=True)
class Banner:
    """Where the record comes from."""

    text: str
    who: str = ""


@dataclass(frozen=True)
class Bare:
    """A lesion of the form of which only the level is said."""

    n: int
    title: str

    @property
    def href(self) -> str:
        return f"#f-{lesion_field(self.n, 'tumour-origin')}".replace(".", "-")


@dataclass(frozen=True)
class Disagreement:
    """A finding that was typed and of which the record says something else."""

    title: str
    href: str
    stays: str
    """What stays possible."""


@dataclass(frozen=True)
class Download:
    """Something to keep."""

    label: str
    href: str
    opens: bool = False


@dataclass(frozen=True)
class Shown:
    """An example as a link."""

    title: str
    about: str
    href: str


@dataclass(frozen=True)
class Screen:
    """All that the templates read."""

    language: str
    languages: tuple[tuple[str, str], ...]
    addresses: Mapping[str, str]
    typed: Typed = field(default_factory=Typed)
    known: Mapping[str, str] = field(default_factory=dict)
    result: Result = EMPTY
    record: str = ""
    origin: str = ""
    read_at: str = ""
    record_problems: tuple[Problem, ...] = ()
    pasted: str = ""
    reading: Reading = Reading()
    policies: tuple[str, ...] = ()
    banner: Banner | None = None
    launch: str = ""
    most_bytes: int = 0
    """What a record may have."""
    too_large: str = ""
    """What is said of one that has more."""
    handle: str = ""
    """Of the record that is open in an EHR."""
    to_read: bool = False
    """Whether that record is still to be read."""
    write_body: str = ""
    added: bool = False
    removed: bool = False

    version = __version__
    knowledge = KNOWLEDGE_VERSION
    title = "Tumour of the spine: from findings to a plan"

    @property
    def action(self) -> str:
        return self.addresses["show"]

    @property
    def status(self) -> str:
        """What is said to who does not see the result."""
        if self.banner is None and self.result.view is not None and not self.result.view.has_tumour:
            return NOTHING_TYPED
        return self.result.status

    @property
    def start(self) -> str:
        return self.addresses["start"]

    def in_language(self, code: str) -> str:
        return self.addresses[f"in {code}"]

    @property
    def begun(self) -> bool:
        """Whether there is a case already."""
        return bool(self.record) or self.result.kind != "empty" or self.to_read

    @property
    def unsaved(self) -> bool:
        """Whether leaving the page loses something that only the user has."""
        own = {*self.typed.patient, *(name for lesion in self.typed.lesions for name in lesion)} - {LEVEL, LEVEL_TO}
        return bool(own)

    @property
    def bare(self) -> list[Bare]:
        """Lesions of the form of which only the level is said, so that they are left out."""
        known_ = {group_of(lesion, self.typed) for lesion in self._lesions_found}
        return [
            Bare(n, phrase("Lesion {number}", number=n + 1))
            for n, lesion in enumerate(self.typed.lesions)
            if lesion and lesion.keys() <= {LEVEL, LEVEL_TO} and n not in known_
        ]

    @property
    def _lesions_found(self) -> tuple[Lesion, ...]:
        return self.result.assessment.case.lesions if self.result.assessment is not None else ()

    @property
    def disagreements(self) -> list[Disagreement]:
        """What was typed and the record contradicts."""
        if self.banner is None or self.result.assessment is None:
            return []
        return [*_disagreements(self.result.assessment.case, self.typed)]

    @property
    def wrong(self) -> Mapping[str, str]:
        """What is to be mended, by the name of the field."""
        return {each.name: each.message for each in self.result.problems if each.name}

    @property
    def values(self) -> Mapping[str, str]:
        return self.typed.named

    @property
    def lesions(self) -> list[LesionForm]:
        listed = self.typed.lesions or ({},)
        places: dict[int | None, str] = {}
        if self.result.assessment is not None:
            for lesion in self.result.assessment.case.lesions:
                places.setdefault(group_of(lesion, self.typed), anchor(lesion))
        last = len(listed) - 1
        return [
            LesionForm(n + 1, values, places.get(n, ""), focus=self.added and n == last)
            for n, values in enumerate(listed)
        ]

    @property
    def may_add(self) -> bool:
        return len(self.typed.lesions) < MOST_LESIONS

    @property
    def first_groups(self) -> tuple[Group, ...]:
        return of_patient()[:_FIRST_GROUPS]

    @property
    def other_groups(self) -> tuple[Group, ...]:
        return of_patient()[_FIRST_GROUPS:]

    @property
    def lesion_groups(self) -> tuple[Group, ...]:
        return of_lesion()

    regions = tuple((_REGION_NAMES[name], run) for name, run in regions())
    parts = tuple((words, name) for name, words in _REGION_NAMES.items())

    def answered(self, group: Group, prefix: str) -> int:
        """How many questions of a group have an answer."""
        names = (f"{prefix}{each.code}" for each in group.fields)
        return sum(1 for name in names if self.values.get(name))

    def is_open(self, group: Group, prefix: str) -> bool:
        return any(
            self.values.get(f"{prefix}{each.code}") or f"{prefix}{each.code}" in self.wrong for each in group.fields
        )

    @property
    def examples(self) -> list[Shown]:
        return [Shown(each.title, each.about, self.addresses[f"example {each.name}"]) for each in EXAMPLES]

    @property
    def downloads(self) -> list[Download]:
        return [
            Download(label, self.addresses[f"download {kind}"], opens=kind == "sheet")
            for kind, label in (
                ("sheet", "Sheet for the board"),
                ("pdf", "Sheet as PDF"),
                ("text", "Report as text"),
                ("answer", "Answer as FHIR"),
                ("case", "Case as FHIR"),
            )
        ]


def known(case: Case, typed: Typed) -> dict[str, str]:
    """What the record says beside each field that it answers."""
    found: dict[str, str] = {}
    for code in codes(within_lesion=False):
        _say(found, code, code, case.evidence.get(code))
    for lesion in case.lesions:
        n = group_of(lesion, typed)
        if n is not None:
            for code in codes(within_lesion=True):
                _say(found, lesion_field(n, code), code, case.about(code, lesion))
    return found


def _disagreements(case: Case, typed: Typed) -> Iterator[Disagreement]:
    for code in codes(within_lesion=False):
        if code in typed.patient:
            yield from _disagreement(code, code, case.evidence.get(code))
    for lesion in case.lesions:
        n = group_of(lesion, typed)
        if n is not None:
            for code in codes(within_lesion=True):
                if code in typed.lesions[n]:
                    yield from _disagreement(code, lesion_field(n, code), case.about(code, lesion))


def _disagreement(code: str, name: str, evidence: Evidence | None) -> Iterator[Disagreement]:
    if evidence is not None and evidence.conflict and not evidence.derived_from:
        said = wording.values_of(code, evidence.values)
        stays = phrase("the record says otherwise, and neither is later, so each stays possible: {values}", values=said)
        yield Disagreement(FINDINGS[code].title, f"#f-{name}".replace(".", "-"), stays)


def _say(found: dict[str, str], name: str, code: str, evidence: Evidence | None) -> None:
    if evidence is not None and evidence.statements:
        said: str = wording.values_of(code, evidence.values)
        days = sorted({each.when.text[:10] for each in evidence.statements if each.when.text and not each.lasting})
        parts: list[str] = [phrase("Record: {value}", value=said)]
        if evidence.derived_from:
            parts.append("worked out")
        if evidence.conflict:
            parts.append("sources disagree")
        if days and not evidence.derived_from:
            parts.append(days[-1])
        found[name] = series(", ", parts)
