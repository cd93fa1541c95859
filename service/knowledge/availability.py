"""The section on what a site may lack: what is lost of the advice, and the best that takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from service import wording
from service.conditions import holds, is_
from service.decision import noms
from service.decision.availability import AVAILABILITY, TAKES, Loss, lost_step, to_be_had
from service.knowledge.chapters import chapters
from service.knowledge.document import Paragraph, Section, Table, Words
from service.knowledge.noms import every_way
from service.knowledge.rules import source
from service.policy import MODALITIES
from service.text import phrase, series

#: Asked for one by one, and where no radiotherapy is left: what else is lacking together follows from these.
LACKING: tuple[frozenset[str], ...] = (
    *(frozenset((modality,)) for modality in ("surgery", "srs", "cebrt")),
    frozenset(("srs", "cebrt")),
)
_MODALITIES = {
    "surgery": "surgery",
    "srs": "SRS",
    "cebrt": "conventional radiotherapy",
    "carbon-ion": "carbon-ion radiotherapy",
    "kyphoplasty": "kyphoplasty",
    "embolisation": "embolisation",
}
_INTRODUCTION = (
    "The policy says which modalities a site lacks. NOMS then gives the best that is to be had, says what is lost, and "
    "proposes referral: never conventional radiotherapy where it was given before, nor SRS at a cord that stays "
    "compressed. Where another rule advises what is not to be had, referral takes its place; a form of a treatment is "
    "then left out."
)
_HIGH = is_("escc-grade", "escc-2", "escc-3")

Outcome = tuple[tuple[str, ...], tuple[Loss, ...]]


def section() -> Section:
    given = (("Not to be had",), ("NOMS advises",), ("Where",), ("Given",))
    said = (("Lost",), ("What the proposal to refer says",), ("Source",))
    return Section(
        AVAILABILITY.plan,
        AVAILABILITY.title,
        (
            Paragraph((_INTRODUCTION,)),
            Table("What takes its place", given, tuple(_rows())),
            Table(
                "What is lost",
                said,
                tuple(((wording.treatment(loss.step),), (loss.why,), source(loss.rule.source)) for loss in losses()),
            ),
            Table("What each treatment takes", (("Modality",), ("Treatments",)), tuple(_takes())),
        ),
    )


def losses() -> tuple[Loss, ...]:
    """All that can be lost: of the rows of NOMS, and of the other rules, where forms just fall away."""
    by_noms = dict.fromkeys(loss for *_, (_, lost) in lost_rows() for loss in lost)
    steps = dict.fromkeys(step for chapter in chapters() for row in chapter.rows if not row.form_of for step in row.do)
    others = (step for step in steps if step in TAKES and step not in {loss.step for loss in by_noms})
    return (*by_noms, *map(lost_step, others))


@cache
def lost_rows() -> tuple[tuple[frozenset[str], tuple[str, ...], bool, bool, Outcome], ...]:
    """What becomes of each row of NOMS that loses a step: what lacks, its steps, high grade, irradiated before."""
    met = dict.fromkeys(
        (noms.row_for(truth).do, holds(_HIGH, truth), holds(noms.IRRADIATED, truth)) for truth in every_way()
    )
    found = (
        (lacking, do, high, irradiated, to_be_had(do, lacking, high=high, irradiated=irradiated))
        for lacking in LACKING
        for do, high, irradiated in met
    )
    return tuple(each for each in found if each[-1][1])


def _rows() -> Iterator[tuple[Words | None, ...]]:
    above = None
    for lacking in LACKING:
        mine = [each for each in lost_rows() if each[0] == lacking]
        for do in dict.fromkeys(each[1] for each in mine):
            ways = [each for each in mine if each[1] == do]
            outcomes = dict.fromkeys(steps for *_, (steps, _) in ways)
            for steps in outcomes:
                where = [_where(high, irradiated) for _, _, high, irradiated, (left, _) in ways if left == steps]
                head: Words = (_named(lacking),)
                cells: tuple[Words, ...] = ((_steps(do),), (series("; ", where),), (_steps((*steps, "referral")),))
                yield (None if lacking == above else head, *cells)
                above = lacking


def _named(lacking: frozenset[str]) -> str:
    return wording.capital(wording.listed((_MODALITIES[each] for each in MODALITIES if each in lacking), "and"))


def _where(high: bool, irradiated: bool) -> str:
    grade = "high-grade ESCC" if high else "low-grade ESCC"
    return phrase("{grade}, irradiated before", grade=grade) if irradiated else grade


def _steps(do: tuple[str, ...]) -> str:
    return series(", then ", map(wording.short, do))


def _takes() -> Iterator[tuple[Words, ...]]:
    for modality in MODALITIES:
        mine = [code for code, takes in TAKES.items() if takes == modality]
        yield (_named(frozenset((modality,))),), (series("; ", map(wording.treatment, mine)),)
