"""Every score as a bar: its scale with the classes, the totals that are possible, and what would narrow them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.findings import FINDINGS, LESION
from service.page.spine import anchor
from service.reading import joined
from service.scoring.model import Band, Kind, Points, Score
from service.scoring.results import Missing, Result
from service.text import phrase, series

_MOST = 4
"""Missing findings that are named; the others are counted."""
_APART = 0.055
"""How far apart, as a share of the scale, two numbers under it have to be."""


@dataclass(frozen=True)
class Segment:
    """A class on the scale. Places and widths are shares of the scale, in per cent."""

    title: str
    meaning: str
    tone: str
    """``low``, ``moderate`` or ``high``."""
    left: float
    width: float
    possible: bool


@dataclass(frozen=True)
class Run:
    """Totals that are possible, without a gap."""

    left: float
    width: float


@dataclass(frozen=True)
class Tick:
    at: float
    label: str


@dataclass(frozen=True)
class Ask:
    """A missing finding, and what its answers would make of the score."""

    finding: str
    title: str
    outcomes: tuple[str, ...]
    """``mechanical pain: unstable``; empty where every answer leaves the same classes."""
    lesion: str
    """The anchor of the lesion that it is of; empty for a finding of the patient."""
    decides: bool
    """Whether every answer settles the class."""


@dataclass(frozen=True)
class Bar:
    code: str
    title: str
    total: str
    """``7``, ``7 to 12``."""
    classes: tuple[tuple[str, str], ...]
    """The classes that are possible: title, empty where the meaning says it, and meaning."""
    state: str
    """Exact, one class, or several."""
    exact: bool
    settled: bool
    segments: tuple[Segment, ...]
    runs: tuple[Run, ...]
    ticks: tuple[Tick, ...]
    ends: tuple[str, str]
    """What the left and the right end of the scale stand for."""
    missing: tuple[Ask, ...]
    more: str
    """How many further findings are missing; empty for none."""
    warnings: tuple[str, ...]
    """Limits of its validity, and readings on which sources disagree."""
    lead: bool
    """Whether it answers how long the patient is likely to live."""
    name: str

    @property
    def point(self) -> float:
        """Where the one total stands, in per cent."""
        return self.runs[0].left + self.runs[0].width / 2

    @property
    def text(self) -> str:
        """The picture in words."""
        classes = series("; ", (meaning for _, meaning in self.classes))
        return phrase(
            "{score}: {total}. {state}: {classes}",
            score=self.title,
            total=self.total,
            state=self.state,
            classes=classes,
        )


@dataclass(frozen=True)
class Group:
    """The scores of a lesion, or of the patient."""

    lesion: Lesion | None
    anchor: str
    title: str
    bars: tuple[Bar, ...]
    unknown: str
    """The scores of which the record says nothing, in a line; empty where there are none."""
    left_out: tuple[str, ...] = ()
    """Scores that are not given, with the reason."""


@dataclass(frozen=True)
class Bars:
    lesions: tuple[Group, ...]
    patient: Group


def bars(assessment: Assessment) -> Bars:
    """The bars of each lesion, and of the patient."""
    return Bars(
        tuple(_group(assessment, lesion) for lesion in assessment.case.lesions),
        _group(assessment, None),
    )


def _group(assessment: Assessment, lesion: Lesion | None) -> Group:
    results = [result for result in assessment.results if result.lesion is lesion]
    silent = [result for result in results if not result.informed and not result.settled]
    lead = assessment.policy.lead_model
    told = sorted((r for r in results if r not in silent), key=lambda r: (r.score.kind is not Kind.STABILITY,
                                                                          r.score.code != lead))  # fmt: skip
    return Group(
        lesion,
        anchor(lesion),
        wording.capital(wording.place(lesion)) if lesion else "Patient",
        tuple(bar(result, lead=result.score.code == lead) for result in told),
        series(", ", (_open(result) for result in silent)) if silent else "",
        tuple(_left_out(assessment)) if lesion is None else (),
    )


def _open(result: Result) -> str:
    return phrase("{score} {total}", score=wording.model(result.score), total=wording.total(result))


def _left_out(assessment: Assessment) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for left_out in assessment.not_computed:
        reasons.setdefault(left_out.reason, []).append(wording.model(left_out.score))
    for reason, names in reasons.items():
        yield phrase("Not given, {reason}: {scores}", reason=reason, scores=series(", ", names))


def bar(result: Result, *, lead: bool = False) -> Bar:
    """The bar of one result."""
    scale = _Scale(result.score)
    asks = tuple(_ask(missing, result) for missing in result.missing)
    return Bar(
        code=result.score.code,
        title=result.score.title,
        name=wording.model(result.score),
        total=wording.total(result),
        classes=tuple(("" if b.meaning.lower().startswith(b.title) else b.title, b.meaning) for b in result.bands),
        state=_state(result),
        exact=result.exact,
        settled=result.settled,
        segments=tuple(scale.segment(band, band in result.bands) for band in scale.bands),
        runs=tuple(scale.runs(result.totals)),
        ticks=tuple(scale.ticks()),
        ends=("worse", "better") if result.score.high_is_good else ("better", "worse"),
        missing=asks[:_MOST],
        more=phrase("and {n} more", n=len(asks) - _MOST) if len(asks) > _MOST else "",
        warnings=(*map(wording.outside, result.outside), *map(wording.boundary, result.boundaries)),
        lead=lead,
    )


def _state(result: Result) -> str:
    if result.exact:
        return "Exact"
    return "One class" if result.settled else "Several classes possible"


class _Scale:
    """Where totals stand: each is a cell, as wide as the smallest step between two of them."""

    def __init__(self, score: Score) -> None:
        steps = {p for item in score.items for p in item.points}
        self.step: Points = 0.5 if any(p % 1 for p in steps) else 1
        self.bands = sorted(score.bands, key=lambda band: band.low)
        self.low, self.high = self.bands[0].low, self.bands[-1].high
        self._cells = (self.high - self.low) / self.step + 1

    def _share(self, cells: float) -> float:
        return round(100 * cells / self._cells, 3)

    def _left(self, total: Points) -> float:
        return self._share((total - self.low) / self.step)

    def _width(self, low: Points, high: Points) -> float:
        return self._share((high - low) / self.step + 1)

    def segment(self, band: Band, possible: bool) -> Segment:
        width = self._width(band.low, band.high)
        return Segment(band.title, band.meaning, band.risk, self._left(band.low), width, possible)

    def runs(self, totals: Iterable[Points]) -> Iterator[Run]:
        """The possible totals; where one between them is impossible there is a gap."""
        first = last = None
        for total in sorted(totals):
            if first is None or last is None:
                first = last = total
            elif total - last > self.step:
                yield Run(self._left(first), self._width(first, last))
                first = total
            last = total
        if first is not None and last is not None:
            yield Run(self._left(first), self._width(first, last))

    def ticks(self) -> Iterator[Tick]:
        """The first total of each class, and the last of all."""
        shown: list[Points] = [self.high]
        for total in (self.low, *(band.low for band in self.bands[1:])):
            if all(abs(total - other) / self.step / self._cells > _APART for other in shown):
                shown.append(total)
        for total in sorted(shown):
            yield Tick(self._left(total) + self._share(0.5), wording.number(total))


def _ask(missing: Missing, result: Result) -> Ask:
    return Ask(
        missing.finding,
        wording.capital(wording.asked(missing.finding)),
        tuple(_outcomes(missing)),
        anchor(result.lesion) if result.lesion and FINDINGS[missing.finding].scope == LESION else "",
        missing.decides,
    )


def _outcomes(missing: Missing) -> Iterator[str]:
    """What each answer would make of the classes; nothing where all would make the same."""
    merged: dict[tuple[Band, ...], set[Hashable]] = {}
    for outcome in missing.outcomes:
        merged.setdefault(outcome.bands, set()).update(outcome.values)
    if len(merged) > 1:
        for bands, values in merged.items():
            yield phrase(
                "{answers}: {classes}",
                answers=wording.values_of(missing.finding, joined(values)),
                classes=wording.listed(band.title for band in bands),
            )
