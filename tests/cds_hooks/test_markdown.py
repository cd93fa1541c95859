"""Texts as Markdown that shows them and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cds_hooks.markdown import bold, escaped, item, paragraphs, said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SINS 7-12 (stable), ESCC 1a", "SINS 7-12 (stable), ESCC 1a"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("a & b", "a &amp; b"),
        ("[x](javascript:y)", "\\[x\\](javascript:y)"),
        ("# head", "\\# head"),
        ("1. first", "1\\. first"),
        ("- item\n- another", "\\- item - another"),
        ("a | b ~~c~~ `d`", "a \\| b \\~\\~c\\~\\~ \\`d\\`"),
        ("https://evil.example", "https&#58;//evil.example"),
        ("www.evil.example a@b.c", "www&#46;evil.example a&#64;b.c"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_signs_of_markdown_and_html_are_shown_as_they_are(text: str, expected: str) -> None:
    assert escaped(text) == expected


@given(st.text())
def test_no_text_can_open_a_tag_a_link_or_a_line(text: str) -> None:
    shown = escaped(text)
    assert "<" not in shown
    assert ">" not in shown
    assert "\n" not in shown
    assert "\r" not in shown
    assert re.search(r"(?<!\\)(?:\\\\)*[*_`\[\]{}|~#!]", re.sub(r"&#\d+;", "", shown)) is None
    assert not re.match(r"[-+=]|\d+[.)]", shown)


def test_texts_are_escaped_wherever_they_stand_on_a_card() -> None:
    assert said("<b>a</b>") == "&lt;b&gt;a&lt;/b&gt;"
    assert bold("a*b") == "**a\\*b**"
    assert item("[x](y)", "<i>") == "- **&lt;i&gt;**: \\[x\\](y)"


def test_blocks_have_an_empty_line_between() -> None:
    assert paragraphs((("a", "b"), (), ("c",))) == "a\nb\n\nc"
    assert item("text", "Head", depth=1) == "  - **Head**: text"
    assert item("", "Head") == "- **Head**"
