"""The Markdown: the page in docs is what the data gives, and its tables line up."""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

import pytest

from service.knowledge import content, markdown
from service.knowledge.document import Code, Gap, Link, Paragraph, Section, Table

ROOT = Path(__file__).parents[2]
WHOLE = markdown.whole()


def test_the_page_in_docs_is_what_the_data_gives() -> None:
    there = (ROOT / "docs" / "knowledge.md").read_text("utf-8")
    assert there == WHOLE, "docs/knowledge.md is out of date: run make docs"


def test_every_section_is_in_the_whole() -> None:
    for section in content.sections():
        assert f"\n## {section.title}\n" in WHOLE
        assert markdown.render([section], level=2) in WHOLE


def test_every_link_of_the_contents_leads_to_a_heading() -> None:
    headings = {markdown.anchor(heading) for heading in re.findall(r"^#+ (.*)$", WHOLE, re.MULTILINE)}
    links = re.findall(r"^- \[.*\]\(#(.*)\)$", WHOLE, re.MULTILINE)
    assert len(links) == len(content.sections())
    assert set(links) <= headings


def test_the_rows_of_a_table_have_one_number_of_cells_and_short_cells_line_up() -> None:
    tables = [list(lines) for inside, lines in groupby(WHOLE.splitlines(), lambda line: line.startswith("|")) if inside]
    assert len(tables) > 30
    for lines in tables:
        assert len({len(re.findall(r" \||^\|", line.replace("\\|", ""))) for line in lines}) == 1, lines[0]
        rule = lines[1]
        for line in lines:
            assert len(line) >= len(rule)
            if all(len(cell.strip()) <= 48 for cell in line.split(" | ")):
                assert len(line) == len(rule), line


def test_the_text_is_plain_and_its_lines_are_not_long() -> None:
    assert WHOLE.isascii()
    assert all(line == line.rstrip() for line in WHOLE.splitlines())
    for line in WHOLE.splitlines():
        assert line.startswith("|") or len(line) <= 120 or " " not in line.strip("- "), line


def test_no_word_of_the_text_is_taken_for_a_sign() -> None:
    for line in WHOLE.splitlines():
        plain = re.sub(r"`[^`]*`|https://\S+|\\\*", "", line)
        assert "*" not in plain, line
        assert not re.search(r"<[a-zA-Z/]", plain), line


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("2 * 3 * 4", r"2 \* 3 \* 4"),
        (Code("sins"), "`sins`"),
        (Gap("open"), "open"),
        (Link("here", "https://doi.org/1"), "[here](https://doi.org/1)"),
        (Link("SINS", "sins"), "SINS"),
    ],
)
def test_a_part_is_written(part: str, text: str) -> None:
    assert markdown.render([Section("a", "A", (Paragraph((part,)),))]) == f"# A\n\n{text}\n"


def test_a_cell_that_is_longer_than_its_column_breaks_no_other() -> None:
    long = "x" * 60
    table = Table("t", (("a",), ("b",)), (((long,), ("1",)), (None, ("2 | 3",))), frozenset((1,)))
    text = markdown.render([Section("a", "A", (table,))])
    assert text.splitlines()[2:] == [
        f"| {'a':48} | {'b':>6} |",
        f"| {'-' * 48} | -----: |",
        f"| {long} |      1 |",
        f"| {'':48} | 2 \\| 3 |",
    ]
