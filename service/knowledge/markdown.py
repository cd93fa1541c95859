"""The document as Markdown, with tables that line up in a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator

from service.knowledge import content
from service.knowledge.document import (
    Block,
    Bullets,
    Cite,
    Code,
    Entry,
    Facts,
    Gap,
    Link,
    Paragraph,
    Part,
    Section,
    Sources,
    Statements,
    Table,
    Words,
)
from service.knowledge.sources import labels

_WIDTH = 120
#: A longer cell is not made the measure of its column.
_WIDEST = 48
#: What the rule below a head needs.
_NARROWEST = 3
_HERE = "Read here: "
_MADE = "This page is made by `make docs` from the data that computes; a change to it is made there."


def render(sections: Iterable[Section], level: int = 1) -> str:
    """Sections under headings of the level, with their parts below; ends with a line break."""
    return "\n\n".join(line for section in sections for line in _section(section, level)) + "\n"


def whole() -> str:
    """The whole document, with its contents."""
    links = "".join(f"- [{section.title}](#{anchor(section.title)})\n" for section in content.sections())
    return f"# {content.TITLE}\n\n{_wrapped(_MADE, '')}\n\n{links}\n{render(content.sections(), level=2)}"


def names() -> str:
    """What can be asked for, as a list."""
    return "".join(f"- `{name}`: {section.title}\n" for name, section in content.by_id().items())


def anchor(heading: str) -> str:
    """Where a link to a heading leads, as Markdown is shown on the web."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {section.title}"
    for n, block in enumerate(section.blocks):
        if isinstance(block, (Table, Statements)) and n > 0:  # what is right below a heading needs no other
            yield _wrapped(f"{block.caption}:", "")
        yield _block(block)
    for part in section.parts:
        yield from _section(part, level + 1)


def _block(block: Block) -> str:
    return "\n".join(_lines(block))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(said):
            yield _wrapped(_words(said), "")
        case Facts(pairs):
            yield from (_wrapped(f"{name}: {_words(said)}", "- ") for name, said in pairs)
        case Bullets(items):
            yield from (_wrapped(_words(item), "- ") for item in items)
        case Table():
            yield from _table(block)
        case Statements(rows=rows):
            for differ, read in rows:
                yield _wrapped(_words(differ), "- ")
                yield _wrapped(f"{_HERE}{_words(read)}", "  - ")
        case Sources(entries):
            yield from (_wrapped(_entry(entry), "- ") for entry in entries)


def _table(table: Table) -> Iterator[str]:
    cells = [[_cell(said) for said in row] for row in (table.head, *table.rows)]
    widths = [min(max(_NARROWEST, *map(len, column)), _WIDEST) for column in zip(*cells, strict=True)]
    right = [n in table.numbers for n in range(len(widths))]
    rules = [f"{'-' * (w - 1)}:" if r else "-" * w for w, r in zip(widths, right, strict=True)]
    for n, row in enumerate((cells[0], rules, *cells[1:])):
        padded = (c.rjust(w) if r and n != 1 else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        yield f"| {' | '.join(padded)} |"


def _cell(said: Words | None) -> str:
    return _words(said).replace("|", "\\|") if said else ""


def _words(said: Words) -> str:
    return "".join(map(_part, said))


def _part(part: Part) -> str:
    match part:
        case Cite(source):
            return labels()[source]
        case Link(text, to):
            return f"[{text}]({to})" if part.is_address else text
        case Code(text):
            return f"`{text}`"
        case Gap(text):
            return text
        case _:
            return part.replace("*", "\\*")


def _entry(entry: Entry) -> str:
    source = entry.source
    about = f" ({source.what})" if source.what else ""
    cited = f" Cited in: {', '.join(link.text for link in entry.cited_in)}." if entry.cited_in else ""
    return " ".join(filter(None, (f"{entry.label}: {source}{about}.", source.url))) + cited


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
