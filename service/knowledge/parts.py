"""What several sections have in common."""

from __future__ import annotations

from collections.abc import Iterable

from service.conditions import ALWAYS
from service.knowledge.document import Bullets, Section, Statements, Words, cite
from service.knowledge.read_as import read_as, title
from service.scoring.model import Reading, Remark
from service.text import phrase

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
    said: list[str] = [remark.text]
    if remark.when is not ALWAYS:
        said.append(phrase(" ({condition})", condition=read_as(remark.when)))
    if remark.shows:
        said.append(phrase(" It is shown with: {finding}.", finding=title(remark.shows)))
    return (*said, *cite(remark.source))
