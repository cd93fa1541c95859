"""The result of what was typed or opened: the answer with its pictures, or what is to be mended."""

from __future__ import annotations

from dataclasses import dataclass

from service import KNOWLEDGE_VERSION
from service.assessment import Assessment
from service.case import Lesion
from service.page.answers import Typed, Wrong
from service.page.bars import Bars, bars
from service.page.bars import Group as Bar
from service.page.evidence import Points, points
from service.page.evidence import of_lesion as points_of
from service.page.form import fields
from service.page.spine import Spine, spine
from service.page.survival import Survival, survival
from service.page.view import Calculator, View, view
from service.problems import Problem
from service.text import cased, phrase
from service.wording import capital, place

AS_OF = "as-of"
"""The field with the time of the assessment."""


@dataclass(frozen=True)
class FieldProblem:
    """Something that is wrong, with the field that it is about where it is about one."""

    message: str
    expression: str = ""
    name: str = ""
    title: str = ""

    @property
    def field(self) -> str:
        """The id of the field."""
        return f"f-{self.name}".replace(".", "-") if self.name else ""


@dataclass(frozen=True)
class Result:
    """What is said of the case: nothing yet, why there is no answer, or the answer."""

    kind: str
    problems: tuple[FieldProblem, ...] = ()
    assessment: Assessment | None = None
    view: View | None = None
    spine: Spine | None = None
    bars: Bars | None = None
    survival: Survival | None = None
    points: tuple[Points, ...] = ()

    @property
    def status(self) -> str:
        """A sentence for who cannot see that the result has changed."""
        if self.kind == "problems":
            return phrase("No answer: {count} to be mended.", count=len(self.problems))
        if self.view is None:
            return ""
        return self._first or "No tumour of the spine is proven in this record, so no score is given."

    @property
    def short(self) -> str:
        if self.kind == "problems":
            return "There is no answer until this is mended"
        return self._first if self.view is not None else ""

    @property
    def _first(self) -> str:
        if self.view is None:
            return ""
        return self.view.alarm or next(iter(self.view.head), "")

    @property
    def more(self) -> str:
        return phrase("{count} more", count=len(self.view.more_needs) if self.view else 0)

    @property
    def made(self) -> str:
        """With what the answer was made."""
        if self.assessment is None:
            return ""
        return phrase(
            "As of {day}. Policy {policy}, knowledge {knowledge}.",
            day=self.assessment.as_of.text[:10],
            policy=self.assessment.policy.name,
            knowledge=KNOWLEDGE_VERSION,
        )

    def bars_of(self, lesion: Lesion) -> Bar | None:
        listed = self.bars.lesions if self.bars else ()
        return next((group for group in listed if group.lesion is lesion), None)

    def points_of(self, lesion: Lesion | None) -> tuple[Points, ...]:
        return tuple(points_of(self.points, lesion))

    def scores_title(self, lesion: Lesion) -> str:
        return phrase("Scores of {place}", place=cased(place(lesion), capital))

    def known(self, calculator: Calculator) -> str:
        return phrase("{known} of {inputs} inputs known", known=calculator.known, inputs=calculator.inputs)


EMPTY = Result("empty")


def answer(assessment: Assessment, typed: Typed, sent: str) -> Result:
    """The result of an assessment with its pictures."""
    has_tumour = assessment.has_tumour
    return Result(
        "answer",
        assessment=assessment,
        view=view(assessment, typed, sent),
        spine=spine(assessment) if has_tumour else None,
        bars=bars(assessment) if has_tumour else None,
        survival=survival(assessment) if has_tumour else None,
        points=points(assessment) if has_tumour else (),
    )


def problems(of_record: tuple[Problem, ...], of_form: tuple[Wrong, ...]) -> Result:
    """The result where there is no answer."""
    told_of_form = (FieldProblem(each.message, name=each.field, title=_title(each.field)) for each in of_form)
    told_of_record = (FieldProblem(each.message, each.expression) for each in of_record)
    return Result("problems", (*told_of_form, *told_of_record))


def _title(name: str) -> str:
    code = name.rpartition(".")[2]
    return fields()[code].title if code in fields() else "As of" if code == AS_OF else "Level"
