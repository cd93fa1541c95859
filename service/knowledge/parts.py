"""What several sections have in common."""

from __future__ import annotations

from collections.abc import Iterable

from service.conditions import ALWAYS
from service.knowledge.document import Bullets, Section, Statements, Words, cite
from service.knowledge.read_as import read_as, title
from service.scoring.model import Reading, Remark

DISAGREE = "Where sources disagree"


def disagree(section: str, readings: tuple[Reading, ...]) -> tuple[Section, ...]:
    """The part on where sources disagree; none where they do not."""
    return (Section(f"{section}-readings", DISAGREE, (statements(readings),)),) if readings else ()


def statements(readings: Iterable[Reading], caption: str = DISAGREE) -> Statements:
    """What sources say, beside how it is read."""
    rows = tuple(((reading.differ,), (reading.read,)) for reading in readings)
    return Statements(caption, ("What the sources say", "How it is read here"), rows)


def bullets(remarks: Iterable[Remark]) -> Bullets:
    """Remarks with the patients that they are said of, and their sources."""
    return Bullets(tuple(map(_remark, remarks)))


def _remark(remark: Remark) -> Words:
    when = "" if remark.when is ALWAYS else f" ({read_as(remark.when)})"
    shows = f" It is shown with: {title(remark.shows)}." if remark.shows else ""
    return (f"{remark.text}{when}{shows}", *cite(remark.source))
