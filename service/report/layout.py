"""Lines of a width that fits a terminal and a page, in the language of the reader."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator

from service.language import ENGLISH, spoken, told

WIDTH = 100
#: Where what the report leaves out stands.
ELSEWHERE = "see the FHIR answer"

#: What a line is made of: a run of letters without a space, spaces, or one character that is as wide as two.
_WIDE = "\u1100-\u11ff\u2e80-\u303e\u3041-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6"
_UNITS = re.compile(f"[{_WIDE}]|[^{_WIDE}\\s]+|\\s+")
#: No line begins with one of these, nor ends with one of those.
_NOT_FIRST = frozenset("、。，．・：；？！）〕］｝〉》」』】ーァィゥェォッャュョヮぁぃぅぇぉっゃゅょゎ々％)],.;:!?%")
_NOT_LAST = frozenset("（〔［｛〈《「『【([")


def wrapped(words: str, indent: str, hang: int | None = None) -> list[str]:
    """Words as lines. ``hang`` is how far the lines after the first are moved in, as far as the first by default."""
    words = "".join(c if c.isprintable() else " " for c in told(words))  # the record's words make no line of their own
    below = " " * (len(indent) if hang is None else hang)
    if spoken() == ENGLISH:
        return textwrap.wrap(words, WIDTH, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False)
    return _wrapped(words, indent, below)


def titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A part of the report under its title; nothing where it is empty."""
    found = [*lines]
    if found:
        yield ""
        yield told(title)
        yield from found


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: the letters of East Asia take two each."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c) for c in text)


def filled(text: str, width: int) -> str:
    """A text with spaces behind it, up to a number of columns."""
    return text + " " * (width - columns(text))


def _wrapped(words: str, indent: str, below: str) -> list[str]:
    """Lines by columns: a language without spaces is broken between letters."""
    lines: list[str] = []
    line = ""
    for unit in _unbreakable(words):
        rest = unit if line else unit.lstrip()
        if line and columns(line) + columns(unit.rstrip()) > WIDTH - len(below if lines else indent):
            lines.append(line.rstrip())
            line, rest = "", unit.lstrip()
        while columns(rest) > (room := WIDTH - len(below if lines else indent)):  # longer than a line
            kept = _fitting(rest, room)
            lines.append(kept)
            rest = rest[len(kept) :]
        line += rest
    if line.strip():
        lines.append(line.rstrip())
    return [(below if n else indent) + each for n, each in enumerate(lines)]


def _unbreakable(words: str) -> Iterator[str]:
    """Units that stay together: punctuation stays with what is before it, an opening bracket with what follows."""
    unit = ""
    for found in _UNITS.findall(words):
        if unit and found[0] not in _NOT_FIRST and unit[-1] not in _NOT_LAST:
            yield unit
            unit = ""
        unit += found
    if unit:
        yield unit


def _fitting(unit: str, room: int) -> str:
    kept = ""
    for c in unit:
        if columns(kept + c) > room:
            break
        kept += c
    return kept or unit[:1]
