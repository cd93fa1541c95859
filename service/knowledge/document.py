"""A document that is neither Markdown nor HTML: sections of blocks, with words, citations and links in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.scoring.sources import Source


@dataclass(frozen=True)
class Cite:
    """A citation; its label leads to the list of sources."""

    source: Source


@dataclass(frozen=True)
class Link:
    """Words that lead to a section of the document, or to an address."""

    text: str
    to: str
    """The id of a section, or an address with its scheme."""

    @property
    def is_address(self) -> bool:
        return "://" in self.to


@dataclass(frozen=True)
class Code:
    """A code of the interface."""

    text: str


@dataclass(frozen=True)
class Gap:
    """Words that stand where no source says anything, so that what is read there stays open."""

    text: str


Part = str | Cite | Link | Code | Gap
Words = tuple[Part, ...]


@dataclass(frozen=True)
class Paragraph:
    words: Words


@dataclass(frozen=True)
class Facts:
    """Names with what is said of each."""

    pairs: tuple[tuple[str, Words], ...]


@dataclass(frozen=True)
class Bullets:
    items: tuple[Words, ...]


@dataclass(frozen=True)
class Table:
    """Rows below heads. The first cell of a row is its head; None stands for the cell above."""

    caption: str
    head: tuple[Words, ...]
    rows: tuple[tuple[Words | None, ...], ...]
    numbers: frozenset[int] = frozenset()
    """Columns that hold numbers."""


@dataclass(frozen=True)
class Statements:
    """Pairs of sentences, too long for the cells of a table of text."""

    caption: str
    head: tuple[str, str]
    rows: tuple[tuple[Words, Words], ...]


@dataclass(frozen=True)
class Entry:
    """A source with its label, and the sections that cite it."""

    id: str
    label: str
    source: Source
    cited_in: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Sources:
    entries: tuple[Entry, ...]


Block = Paragraph | Facts | Bullets | Table | Statements | Sources


@dataclass(frozen=True)
class Section:
    """A part of the document with its own id, by which it is asked for and linked to."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()


def cite(source: Source | None) -> Words:
    """A citation at the end of a sentence; nothing for none."""
    return (" [", Cite(source), "]") if source else ()


def cites(sources: tuple[Source, ...]) -> Words:
    """Citations with commas between them; nothing for none."""
    found: list[Part] = []
    for source in sources:
        found += [", ", Cite(source)] if found else [Cite(source)]
    return tuple(found)


def spoken(section: Section) -> Iterator[Words]:
    """All words of a section and its parts, without the titles."""
    for block in section.blocks:
        match block:
            case Paragraph(said):
                yield said
            case Facts(pairs):
                yield from (said for _, said in pairs)
            case Bullets(items):
                yield from items
            case Table(head=head, rows=rows):
                yield from head
                yield from (cell for row in rows for cell in row if cell is not None)
            case Statements(rows=statements):
                yield from (cell for statement in statements for cell in statement)
            case Sources():
                pass
    for part in section.parts:
        yield from spoken(part)


def cited(section: Section) -> tuple[Source, ...]:
    """The sources that a section cites, in the order of their first citation."""
    parts = (part for said in spoken(section) for part in said)
    return tuple(dict.fromkeys(part.source for part in parts if isinstance(part, Cite)))
