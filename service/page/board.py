"""What stands on the sheet for the tumour board: one page, whatever the record, with all that was left out counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from service import KNOWLEDGE_VERSION, __version__, summary, wording
from service.assessment import Assessment
from service.case import Lesion
from service.decision.model import Needed
from service.decision.prognosis import HORIZONS, Outlook, Prognosis
from service.findings import FINDINGS
from service.page.spine import COMPACT, Spine, spine
from service.report import changes
from service.report.plan import places
from service.scoring.results import Result
from service.text import phrase, series

_LONGEST = 300
"""Letters of the advice for a lesion."""
_LONG = 70
"""Letters of advice that is not said twice."""
_REQUESTS = "missing-data"
_FEWEST_MODELS = 2
#: How many lines of each list are enough, from the first round of shortening to the last, and how many go at once.
_ENOUGH = (
    (("missing", 16, 2),),
    (("against", 4, 1), ("changes", 6, 1), ("missing", 10, 2), ("sources", 10, 1)),
    (("against", 2, 1), ("changes", 3, 1), ("missing", 6, 2), ("sources", 6, 1)),
    (("against", 1, 1), ("changes", 1, 1), ("missing", 4, 2), ("sources", 3, 1)),
)


@dataclass(frozen=True)
class LesionLine:
    """A lesion in the table."""

    place: str
    stability: str
    """``stable``, ``indeterminate``, ``unstable`` or ``open``."""
    sins: str
    grade: str
    advice: str
    urgent: bool


@dataclass(frozen=True)
class ModelLine:
    """A model in the table of survival."""

    name: str
    total: str
    answers: tuple[str, ...]
    counts: bool
    outside: bool
    """Whether the patient is outside of its validity."""


@dataclass(frozen=True)
class Part:
    """A list under a title; ``more`` says how many of its lines are left out."""

    title: str
    lines: tuple[str, ...]
    more: int = 0

    def cut(self, most: int) -> Part:
        """The first lines only."""
        if len(self.lines) <= most:
            return self
        return replace(self, lines=self.lines[:most], more=self.more + len(self.lines) - most)


@dataclass(frozen=True)
class Sheet:
    """Everything on the sheet, in the order of the page."""

    title: str
    as_of: str
    patient: str
    """Age, sex and tumour: never a name."""
    head: tuple[str, ...]
    emergency: bool
    """Whether the first line of the head is one."""
    spine: Spine
    lesions: tuple[LesionLine, ...]
    more_lesions: int
    care: tuple[LesionLine, ...]
    """What is advised for the patient as a whole, as a last line of the table."""
    models: tuple[ModelLine, ...]
    more_models: int
    missing: Part
    changes: Part
    against: Part
    sources: Part
    caveat: str
    version: str
    horizons: tuple[int, ...] = HORIZONS

    @property
    def months(self) -> tuple[str, ...]:
        return tuple(phrase("{n} months", n=n) for n in self.horizons)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The lists that are not empty."""
        return tuple(part for part in (self.missing, self.changes, self.against) if part.lines or part.more)


def sheet(assessment: Assessment) -> Sheet:
    """The sheet with nothing left out, whether or not that is one page."""
    found = assessment.plan.prognosis
    head = tuple(summary.head(assessment))
    emergency = any(r.urgent for r in assessment.plan.recommendations)
    if not assessment.has_tumour:
        head = (*head[:emergency], "No tumour of the spine is proven in this record, so no score is given.",
                *head[emergency:])  # fmt: skip
    own = phrase(", maps {version}", version=assessment.maps) if assessment.maps else ""
    return Sheet(
        title="Tumour of the spine: advice for the board",
        as_of=phrase("as of {date}", date=assessment.as_of.text),
        patient=series(", ", _patient(assessment)),
        head=head,
        emergency=emergency,
        spine=spine(assessment, labels=COMPACT),
        lesions=tuple(_alike(_lesion(assessment, lesion) for lesion in assessment.case.lesions)),
        more_lesions=0,
        care=tuple(_of_patient(assessment)),
        models=tuple(_models(found)) if found else (),
        more_models=0,
        missing=Part("What is missing, the most decisive first", tuple(_missing(assessment))),
        changes=Part("What would change the plan", tuple(_changes(assessment))),
        against=Part("Not advised", tuple(wording.against(assessment.plan))),
        sources=Part("Sources", tuple(_sources(assessment))),
        caveat=wording.caveat(assessment.policy),
        version=phrase(
            "spinemets-cds {version}, knowledge {knowledge}, policy {policy}{maps}",
            version=__version__,
            knowledge=KNOWLEDGE_VERSION,
            policy=assessment.policy.name,
            maps=own,
        ),
    )


def shorter(full: Sheet) -> Iterator[Sheet]:
    """The sheet, then shorter and shorter ones.

    First what is missing beyond the most decisive; then in turn what is not advised, what would change the plan, what
    is missing, and sources; then models that do not count; lesions last. The head is never shortened.
    """
    yield full
    for enough in _ENOUGH:
        while any(len(getattr(full, name).lines) > most for name, most, _ in enough):
            for name, most, at_once in enough:
                part: Part = getattr(full, name)
                if len(part.lines) > most:
                    cut: dict[str, Any] = {name: part.cut(max(most, len(part.lines) - at_once))}
                    full = replace(full, **cut)
                    yield full
    while len(full.models) > _FEWEST_MODELS:
        full = replace(full, models=full.models[:-1], more_models=full.more_models + 1)
        yield full
    while len(full.lesions) > 1:
        full = replace(full, lesions=full.lesions[:-1], more_lesions=full.more_lesions + 1)
        yield full


def more(n: int) -> str:
    """What stands in the place of what was left out."""
    return phrase("and {n} more: see the full answer", n=n)


def _patient(assessment: Assessment) -> Iterator[str]:
    case = assessment.case
    if case.age is not None:
        yield phrase("{n} years", n=case.age)
    if case.sex:
        yield case.sex
    primary = case.about("primary-tumour")
    if primary.statements:
        yield wording.known("primary-tumour", primary.values)


def _lesion(assessment: Assessment, lesion: Lesion) -> LesionLine:
    case = assessment.plan.judged or assessment.case
    sins = next((r for r in assessment.results if r.score.code == "sins" and r.lesion is lesion), None)
    grade = case.about("escc-grade", lesion)
    own = [r for r in assessment.plan.recommendations if r.lesion is not None and r.lesion.name == lesion.name]
    later = [r for r in own if not r.urgent]
    urgent = [r for r in own if r.urgent]
    see = "EMERGENCY, see above." if any(r.settled for r in urgent) else "POSSIBLE EMERGENCY, see above."
    advice = wording.outline(later, wording.left_open(case, lesion), _LONGEST) if later else ""
    return LesionLine(
        wording.capital(wording.place(lesion)),
        sins.bands[0].code if sins and sins.settled else "open",
        _sins(sins) if sins else "",
        wording.known("escc-grade", grade.values) if grade.statements else "not known",
        series(" ", filter(None, (see if urgent else "", advice))),
        bool(urgent),
    )


def _alike(lines: Iterable[LesionLine]) -> Iterator[LesionLine]:
    """What was said of a lesion before, and is long, is said once."""
    before: dict[str, str] = {}
    for line in lines:
        place = before.setdefault(line.advice, line.place)
        long = len(line.advice) > _LONG
        yield replace(line, advice=phrase("as for {places}", places=place)) if long and place != line.place else line


def _of_patient(assessment: Assessment) -> Iterator[LesionLine]:
    """What is advised for the patient as a whole, beside what is only to be found out."""
    case = assessment.plan.judged or assessment.case
    possible = wording.left_open(case, None)
    steps: dict[str, None] = {}
    for each in assessment.plan.recommendations:
        if each.lesion is None and each.advice[0].rule.plan != _REQUESTS:
            name = wording.short(each.treatment)
            when = "" if each.settled else wording.condition(each, possible, brief=True)
            steps[phrase("{treatment} {condition}", treatment=name, condition=when) if when else name] = None
    if steps:
        yield LesionLine("Patient", "open", "", "", wording.capital(series("; ", steps)), urgent=False)


def _sins(result: Result) -> str:
    """``12, indeterminate``, ``9 to 18``."""
    if not result.settled:
        return wording.total(result)
    return phrase("{total}, {band}", total=wording.total(result), band=result.bands[0].title)


def _models(found: Prognosis) -> Iterator[ModelLine]:
    """A clinician's estimate, the model that counts, and the others that say anything."""
    if found.judged:
        yield ModelLine("A clinician's estimate", "", _answers(found), counts=True, outside=False)
    leads = [o for o in found.models if o is found.lead]
    for outlook in (*leads, *(o for o in found.models if o is not found.lead)):
        counts = outlook is found.lead and not found.judged
        answers = _answers(outlook)
        if counts or any(answer != "?" for answer in answers):
            yield ModelLine(
                wording.model_at(outlook),
                wording.total(outlook.result),
                answers,
                counts,
                bool(outlook.result.outside),
            )


def _answers(found: Outlook | Prognosis) -> tuple[str, ...]:
    words = {True: "yes", False: "no", None: "?"}
    return tuple(words[found.outlives(months)] for months in HORIZONS)


def _missing(assessment: Assessment) -> Iterator[str]:
    by_finding: dict[str, list[Needed]] = {}
    for need in assessment.plan.needed:
        by_finding.setdefault(need.finding, []).append(need)
    for code, needs in by_finding.items():
        how = summary.WAYS.get(FINDINGS[code].find_out)
        where = summary.wanted_at(needs, len(assessment.case.lesions))
        text = phrase("{finding}{place}", finding=wording.capital(wording.asked(code)), place=where)
        yield phrase("{text} ({source})", text=text, source=how) if how else text


def _changes(assessment: Assessment) -> Iterator[str]:
    # Of each lesion the most important first, then of each the next.
    every = [(places(lesions), texts) for texts, lesions in changes.by_lesion(assessment).items()]
    for n in range(max((len(texts) for _, texts in every), default=0)):
        for place, texts in every:
            if n < len(texts):
                yield series(": ", (place, texts[n]))


def _sources(assessment: Assessment) -> Iterable[str]:
    """The rules that advise something, then the scores that are settled or that count."""
    plan = assessment.plan
    advice = [advice for each in plan.recommendations for advice in each.advice]
    rules = [advice.rule.source for advice in sorted(advice, key=lambda advice: bool(advice.paths))]
    lead = assessment.policy.lead_model
    used = {code for each in plan.recommendations for code in each.scores}
    scores = [r.score.sources[0] for r in assessment.results if r.score.code in used or r.score.code == lead]
    return dict.fromkeys(source.short for source in (*rules, *scores) if source is not None)
