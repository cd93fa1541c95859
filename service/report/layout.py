"""Lines of a width that fits a terminal and a page."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

WIDTH = 100
#: Where what the report leaves out stands.
ELSEWHERE = "see the FHIR answer"


def wrapped(words: str, indent: str, hang: int | None = None) -> list[str]:
    """Words as lines. ``hang`` is how far the lines after the first are moved in, as far as the first by default."""
    words = "".join(c if c.isprintable() else " " for c in words)  # the record's words make no line of their own
    below = " " * (len(indent) if hang is None else hang)
    return textwrap.wrap(words, WIDTH, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False)


def titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A part of the report under its title; nothing where it is empty."""
    found = [*lines]
    if found:
        yield ""
        yield title
        yield from found
