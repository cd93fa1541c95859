"""The detail of a card: texts in the reader's language, as GitHub Markdown that holds nothing but what is meant.

Clients render raw HTML that they find in Markdown, so every text is escaped, whoever wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.language import told

_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SPECIAL = re.compile(r"[\\`*_\[\]{}|~#!&<>]")
_LINES = re.compile(r"[\s\u0000-\u001f\u007f-\u009f\u2028\u2029]+")
#: What begins a list, a heading or a rule where it stands at the beginning of a line.
_BEGINS = re.compile(r"^(?:([-+=])|(\d+)([.)]))")
#: What becomes a link by itself.
_LINKS = re.compile(r"(?i)(?<=\w)(:)(?=//)|(?<=\bwww)(\.)|(?<=\S)(@)(?=\S)")


def escaped(text: str) -> str:
    r"""A text of one line that Markdown and HTML show as it is.

    >>> escaped("5 * 4 <b>Gy</b>"), escaped("- T8_T9")
    ('5 \\* 4 &lt;b&gt;Gy&lt;/b&gt;', '\\- T8\\_T9')
    """
    line = _LINES.sub(" ", str(text)).strip()
    line = _SPECIAL.sub(lambda found: _HTML.get(found[0]) or f"\\{found[0]}", line)
    line = _BEGINS.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", line)
    return _LINKS.sub(lambda found: f"&#{ord(found[0])};", line)


def said(text: str) -> str:
    """A text in the language of the reader, escaped."""
    return escaped(told(text))


def bold(text: str) -> str:
    return f"**{said(text)}**"


def item(text: str, head: str = "", depth: int = 0) -> str:
    """An item of a list, with a head in bold."""
    parts = [bold(head)] if head else []
    if text:
        parts.append(said(text))
    return f"{'  ' * depth}- {told(': ').join(parts)}"


def paragraphs(blocks: Iterable[Iterable[str]]) -> str:
    """Blocks of lines, with an empty line between."""
    joined = ("\n".join(block) for block in blocks)
    return "\n\n".join(block for block in joined if block)
