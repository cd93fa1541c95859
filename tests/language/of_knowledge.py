"""What the pages of the knowledge say: every text of the document, and what stands around it."""

from __future__ import annotations

from collections.abc import Iterator

from service.knowledge import content
from service.knowledge.document import (
    Block,
    Bullets,
    Cite,
    Code,
    Facts,
    Link,
    Paragraph,
    Part,
    Section,
    Sources,
    Statements,
    Table,
    Words,
)


def texts() -> Iterator[str]:
    """The texts as the pages look them up; codes and the labels of citations are nobody's to say otherwise."""
    yield content.TITLE
    for section in content.sections():
        yield from _of_section(section)


def _of_section(section: Section) -> Iterator[str]:
    yield section.title
    for block in section.blocks:
        yield from _of_block(block)
    for part in section.parts:
        yield from _of_section(part)


def _of_block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(said):
            yield from _of_words(said)
        case Facts(pairs):
            for name, said in pairs:
                yield from (name, *_of_words(said))
        case Bullets(items):
            yield from (text for said in items for text in _of_words(said))
        case Table(caption, head, rows):
            yield caption
            yield from (text for said in head for text in _of_words(said))
            yield from (text for row in rows for said in row if said is not None for text in _of_words(said))
        case Statements(caption, head, rows):
            yield from (caption, *head)
            yield from (text for row in rows for said in row for text in _of_words(said))
        case Sources(entries):
            yield from (entry.source.what for entry in entries)


def _of_words(said: Words) -> Iterator[str]:
    yield from (text for part in said if (text := _of_part(part)))


def _of_part(part: Part) -> str:
    if isinstance(part, (Cite, Code)) or (isinstance(part, Link) and part.is_address):
        return ""
    return part if isinstance(part, str) else part.text
