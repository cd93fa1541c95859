"""Words on a page of PDF: fonts that have every letter, and styles for Latin and for Japanese."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import groupby
from unicodedata import normalize
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont

from service.language import spoken, told
from service.page.drawing import INK

_LATIN, _LATIN_BOLD, _JAPANESE = "Helvetica", "Helvetica-Bold", "HeiseiKakuGo-W5"
#: Greek letters and signs that the standard font Symbol has.
_GREEK = re.compile("[\u0391-\u03a9\u03b1-\u03c9\u2190-\u2194\u2264\u2265\u2260\u2248\u221e\u221a]")

pdfmetrics.registerFont(UnicodeCIDFont(_JAPANESE))


def in_style(size: float, *, bold: bool = False, colour: Color = INK, right: bool = False) -> ParagraphStyle:
    return _styled(size, bold, colour, right, spoken() == "ja")


@cache
def _styled(size: float, bold: bool, colour: Color, right: bool, japanese: bool) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size} {bold} {colour.hexval()} {right} {japanese}",
        fontName=_JAPANESE if japanese else _LATIN_BOLD if bold else _LATIN,
        fontSize=size,
        leading=size * (1.32 if japanese else 1.24),
        textColor=colour,
        alignment=TA_RIGHT if right else TA_LEFT,
        wordWrap="CJK" if japanese else None,
        splitLongWords=1,
    )


def marked(text: str, *, bold: bool = False) -> str:
    """A text for a paragraph, each run of letters in a font that has them."""
    latin = _LATIN_BOLD if bold else _LATIN
    printed = "".join(_printed(c) for c in text)
    runs = ((key, "".join(run)) for key, run in groupby(printed, key=lambda c: not _is_latin(c)))
    return "".join(f'<font name="{_JAPANESE if japanese else latin}">{escape(run)}</font>' for japanese, run in runs)


def _printed(letter: str) -> str:
    """The letter, or what stands for it where no font has it: its plain form, else a question mark."""
    if not letter.isprintable():
        return " "
    if _is_latin(letter) or _is_encoded(letter, "shift_jis"):
        return letter
    plain = "".join(c for c in normalize("NFKD", letter) if _is_latin(c))
    return plain or "?"


@lru_cache(maxsize=8192)
def _is_latin(letter: str) -> bool:
    """Whether Helvetica has it, or Symbol, which takes its place for signs and Greek."""
    return _is_encoded(letter, "cp1252") or (_GREEK.search(letter) is not None)


def _is_encoded(letter: str, encoding: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def words(text: str, *, bold: bool = False) -> str:
    """A text in the language of the reader, for a paragraph."""
    return marked(told(text), bold=bold)
