"""Where each score puts each primary tumour, read off the tables that compute: a pivot of them, and never a copy."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

from service.conditions import holds_for
from service.findings import FINDINGS
from service.scoring import SCORES
from service.scoring.model import Item, Points, Row, Score
from service.scoring.sources import Source

PRIMARY = "primary-tumour"
_BOTH = (True, False)


@dataclass(frozen=True, eq=False)
class Column:
    """Items that class the primary tumour, with the scores that share them."""

    scores: tuple[Score, ...]
    items: tuple[Item, ...]

    @property
    def moved_by(self) -> tuple[str, ...]:
        """The findings that move a tumour from one line to another."""
        return tuple(dict.fromkeys(code for item in self.items for code in item.reads if code != PRIMARY))


@dataclass(frozen=True)
class Way:
    """The points of a tumour where some findings are as said."""

    when: tuple[tuple[str, bool], ...]
    """None where nothing moves the tumour."""
    points: tuple[Points, ...]
    """One number; several where all is known and no source says which."""
    labels: tuple[str, ...]
    """The lines that apply, one for each item; none of an item without a line."""
    source: Source | None
    """Where the line was read; None where there is none, or it says that no source gives the points."""


@cache
def columns() -> tuple[Column, ...]:
    """The scores that class tumours by themselves, or with findings that are yes or no."""
    found: dict[tuple[Item, ...], list[Score]] = {}
    for score in SCORES:
        items = tuple(item for item in score.items if PRIMARY in item.reads)
        if items and all(FINDINGS[code].is_yes_no for item in items for code in item.reads if code != PRIMARY):
            found.setdefault(items, []).append(score)
    return tuple(Column(tuple(scores), items) for items, scores in found.items())


def others() -> tuple[Score, ...]:
    """Scores that read the tumour together with findings of another kind, so that it has no points of its own."""
    classed = {score for column in columns() for score in column.scores}
    return tuple(s for s in SCORES if s not in classed and any(PRIMARY in item.reads for item in s.items))


def ways(tumour: str, column: Column) -> tuple[Way, ...]:
    """Every way in which a score may put a tumour, by the findings that move it."""
    movers = column.moved_by
    by_answers = {answers: _lines(tumour, column, dict(zip(movers, answers, strict=True))) for answers in _all(movers)}
    telling = tuple(mover for n, mover in enumerate(movers) if _tells(by_answers, n))
    found = []
    for answers in _all(telling):
        when = dict(zip(telling, answers, strict=True))
        lines = by_answers[tuple(when.get(mover, True) for mover in movers)]
        found.append(_way(tuple(when.items()), column, lines))
    return tuple(found)


def _all(movers: tuple[str, ...]) -> tuple[tuple[bool, ...], ...]:
    return tuple(product(_BOTH, repeat=len(movers)))


def _lines(tumour: str, column: Column, when: Mapping[str, bool]) -> tuple[Row | None, ...]:
    """The line of each item that applies first; None where none does."""
    values: dict[str, Hashable] = {PRIMARY: tumour, **when}
    return tuple(next((row for row in item.rows if holds_for(row.when, values)), None) for item in column.items)


def _tells(by_answers: Mapping[tuple[bool, ...], tuple[Row | None, ...]], n: int) -> bool:
    """Whether the answer to one finding makes a difference."""
    return any(
        lines != by_answers[*answers[:n], not answers[n], *answers[n + 1 :]] for answers, lines in by_answers.items()
    )


def _way(when: tuple[tuple[str, bool], ...], column: Column, lines: tuple[Row | None, ...]) -> Way:
    each = [row.points if row else tuple(item.points) for row, item in zip(lines, column.items, strict=True)]
    points = tuple(sorted({sum(chosen) for chosen in product(*each)}))
    rows = [row for row in lines if row]
    sources = [row.source or column.scores[0].sources[0] for row in rows]
    return Way(when, points, tuple(row.label for row in rows), sources[0] if len(points) == 1 else None)
