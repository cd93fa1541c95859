"""The spine with its lesions: what the drawing shows of an assessment, and where."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.evidence import Values
from service.findings import FINDINGS
from service.page import anatomy
from service.scoring.results import Result
from service.text import phrase, series
from service.vertebrae import ORDER

OPEN = "open"
"""The band is not settled."""
_GRADES = tuple(str(grade) for grade in FINDINGS["escc-grade"].domain.values)  # type: ignore[union-attr]
_HIGH = frozenset(("escc-2", "escc-3"))
#: How far tumour reaches into the canal, as a share of it: what the drawing makes of each grade.
_DEPTH = {"escc-0": 0.0, "escc-1a": 0.12, "escc-1b": 0.22, "escc-1c": 0.34, "escc-2": 0.6, "escc-3": 0.95}
#: The drawing: millimetres of the anatomy are units here.
_LEFT, _TOP, _RIGHT, _BOTTOM = anatomy.extent()
_NAME = 6.0
_LABELS_RIGHT = _LEFT - 44.0
_MARGIN = 8.0


@dataclass(frozen=True)
class Labels:
    """How the labels beside the drawing are made."""

    width: float
    height: float
    gap: float


FULL = Labels(136.0, 36.0, 5.0)
COMPACT = Labels(64.0, 22.0, 3.0)
"""Where a table beside the drawing says the rest."""


@dataclass(frozen=True)
class Level:
    """A vertebra without what is in it."""

    name: str
    body: str
    process: str
    name_at: tuple[float, float]
    affected: bool


@dataclass(frozen=True)
class Mark:
    """A lesion in the drawing."""

    place: str
    anchor: str
    label: str
    """All that its colour, pattern and ring show, in words."""
    stability: str
    """``stable``, ``indeterminate``, ``unstable`` or ``open``."""
    sins: str
    grade: str
    """What stands in the ring: ``2``, ``1a-1c``, ``?``."""
    compression: str
    """``low``, ``high`` or ``open``."""
    bodies: tuple[str, ...] = ()
    outlines: tuple[anatomy.Outline, ...] = ()
    """The same, for other renderers."""
    within: anatomy.Outline = ()
    """Tumour in the canal, as much of it as is certain."""
    at_most: anatomy.Outline = ()
    """Tumour in the canal, as much of it as is possible."""
    top: float = 0.0
    """The upper edge of its label."""
    span: tuple[tuple[float, float], tuple[float, float]] = ((0.0, 0.0), (0.0, 0.0))
    """Where the label points: the fronts of its first and of its last level."""

    @property
    def within_path(self) -> str:
        return anatomy.drawn(self.within)

    @property
    def at_most_path(self) -> str:
        return anatomy.drawn(self.at_most)


@dataclass(frozen=True)
class Spine:
    levels: tuple[Level, ...]
    marks: tuple[Mark, ...]
    """Lesions of known levels, from the head down."""
    beside: tuple[Mark, ...]
    """Lesions of which the record gives no level."""
    description: str
    pill: tuple[float, float, float] = (_LABELS_RIGHT - FULL.width, FULL.width, FULL.height)
    """Left edge, width and height of a label."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, width and height of the drawing."""
        left = self.pill[0] - _MARGIN if self.marks else _LEFT - 40
        return left, _TOP - _MARGIN, _RIGHT + _MARGIN - left, _BOTTOM - _TOP + 2 * _MARGIN

    @property
    def canal(self) -> str:
        return anatomy.drawn(anatomy.CANAL)

    @property
    def cord(self) -> str:
        return anatomy.drawn(anatomy.CORD)

    @property
    def roots(self) -> tuple[str, ...]:
        return tuple(map(anatomy.drawn, anatomy.ROOTS))

    @property
    def discs(self) -> tuple[str, ...]:
        return tuple(map(anatomy.drawn, anatomy.DISCS))


def anchor(lesion: Lesion | None) -> str:
    """The name under which the part of the page about a lesion is found.

    >>> anchor(Lesion("T8-T9"))
    'lesion-T8-T9'
    """
    return f"lesion-{lesion.name}" if lesion is not None else "patient"


def spine(assessment: Assessment, *, labels: Labels = FULL) -> Spine:
    """The drawing of an assessment; without lesions it shows the spine alone."""
    made = [(lesion, _mark(assessment, lesion)) for lesion in assessment.case.lesions]
    placed = sorted((each for each in made if each[0].levels), key=lambda each: ORDER[each[0].levels[0]])
    step = min(labels.height + labels.gap, (_BOTTOM - _TOP) / max(len(placed), 1))
    height = step - labels.gap
    marks = _spread([mark for _, mark in placed], height, step)
    beside = tuple(mark for lesion, mark in made if not lesion.levels)
    affected = {level for lesion, _ in placed for level in lesion.levels}
    return Spine(
        tuple(_level(vertebra, vertebra.level in affected) for vertebra in anatomy.SPINE),
        marks,
        beside,
        series("; ", [mark.label for mark in (*marks, *beside)]) if made else "No lesion of the spine in the record",
        (_LABELS_RIGHT - labels.width, labels.width, height),
    )


def _level(vertebra: anatomy.Vertebra, affected: bool) -> Level:
    x, y = vertebra.front
    return Level(
        vertebra.level,
        anatomy.drawn(vertebra.body),
        anatomy.drawn(vertebra.process),
        (x - _NAME, y + 3.2),
        affected,
    )


def _mark(assessment: Assessment, lesion: Lesion) -> Mark:
    case = assessment.plan.judged or assessment.case
    sins = next((r for r in assessment.results if r.score.code == "sins" and r.lesion is lesion), None)
    grade = case.about("escc-grade", lesion)
    certain, possible = _depths(grade.values if grade.statements else None)
    return Mark(
        place=wording.capital(wording.place(lesion)),
        anchor=anchor(lesion),
        label=_label(lesion, sins, grade.values if grade.statements else None),
        stability=sins.bands[0].code if sins and sins.settled else OPEN,
        sins=phrase("SINS {total}", total=wording.total(sins)) if sins else "SINS not given",
        grade=_ring(grade.values) if grade.statements else "?",
        compression=_compression(grade.values) if grade.statements else OPEN,
        bodies=tuple(anatomy.drawn(anatomy.SPINE[ORDER[level]].body) for level in lesion.levels),
        outlines=tuple(anatomy.SPINE[ORDER[level]].body for level in lesion.levels),
        within=anatomy.bulge(lesion.levels, certain) if certain and lesion.levels else (),
        at_most=anatomy.bulge(lesion.levels, possible) if possible > certain and lesion.levels else (),
        span=_fronts(lesion.levels),
    )


def _label(lesion: Lesion, sins: Result | None, grades: Values | None) -> str:
    parts: list[str] = []
    if sins is not None:
        bands = wording.listed(band.title for band in sins.bands)
        parts.append(phrase("SINS {total}, {bands}", total=wording.total(sins), bands=bands))
    parts.append("ESCC grade not known" if grades is None else wording.known("escc-grade", grades))
    return phrase("{place}: {state}", place=wording.capital(wording.place(lesion)), state=series("; ", parts))


def _ring(values: Values) -> str:
    """``2``, ``1a-1c``, ``0/2``."""
    grades = [grade for grade in _GRADES if grade in values]
    if len(grades) == len(_GRADES):
        return "?"
    names = [grade.removeprefix("escc-") for grade in grades]
    first = _GRADES.index(grades[0])
    if len(names) > 1:
        run = grades == [*_GRADES[first : first + len(grades)]]
        return f"{names[0]}-{names[-1]}" if run else "/".join(names[:2])
    return names[0]


def _compression(values: Values) -> str:
    if values <= _HIGH:
        return "high"
    return OPEN if values & _HIGH else "low"


def _depths(values: Values | None) -> tuple[float, float]:
    """How deep the tumour is in the canal, certainly and at most; nothing is drawn where no grade is known."""
    depths = [_DEPTH[grade] for grade in _GRADES if values and grade in values]
    if not depths or len(depths) == len(_GRADES):
        return 0.0, 0.0
    return min(depths), max(depths)


def _fronts(levels: Sequence[str]) -> tuple[tuple[float, float], tuple[float, float]]:
    if not levels:
        return (0.0, 0.0), (0.0, 0.0)
    first, last = (anatomy.SPINE[ORDER[level]].front for level in (levels[0], levels[-1]))
    return first, last


def _spread(marks: Iterable[Mark], height: float, step: float) -> tuple[Mark, ...]:
    """Labels beside their levels, moved apart where they would touch."""
    listed = list(marks)
    tops = [(mark.span[0][1] + mark.span[1][1]) / 2 - height / 2 for mark in listed]
    for n in range(len(tops)):
        tops[n] = max(tops[n], tops[n - 1] + step if n else _TOP)
    limit = _BOTTOM - height
    for n in reversed(range(len(tops))):
        tops[n] = min(tops[n], limit)
        limit = tops[n] - step
    # What was pushed down from above goes back up by half of it, where there is room.
    for _ in range(4):
        for n, mark in enumerate(listed):
            wanted = (mark.span[0][1] + mark.span[1][1]) / 2 - height / 2
            low = tops[n - 1] + step if n else _TOP
            high = tops[n + 1] - step if n + 1 < len(tops) else _BOTTOM - height
            around = [wanted] if n + 1 == len(tops) or tops[n + 1] > tops[n] + step + 1 else [wanted, tops[n]]
            tops[n] = min(max(sum(around) / len(around), low), high)
    return tuple(replace(mark, top=top) for mark, top in zip(listed, tops, strict=True))
