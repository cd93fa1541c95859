"""What the two renderings say, read back into one form: the words of a section, and its tables cell by cell."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser

from service.api.app import create_app
from service.api.settings import Settings
from service.knowledge import content, markdown

KINDS = ("markdown", "html")
_EMPTY = frozenset(("meta", "br", "link", "img", "hr", "input"))


@dataclass
class Rendered:
    """A section as a reader sees it."""

    text: str
    """All its words, with one space between them."""
    rows: list[tuple[str, ...]] = field(default_factory=list)
    """The rows of all its tables; a cell that stands for several rows is in each."""


@cache
def rendered(kind: str, name: str) -> Rendered:
    """A section by itself."""
    if kind == "html":
        return of_html(page(f"/{name}"))
    return of_markdown(markdown.render([content.alone(content.by_id()[name])]))


@cache
def page(path: str = "") -> str:
    response = create_app(Settings()).test_client().get(f"/knowledge{path}")
    assert response.status_code == 200, path
    return response.text


def words(text: str) -> str:
    return " ".join(text.split())


def of_markdown(text: str) -> Rendered:
    rows: list[tuple[str, ...]] = []
    for line in text.splitlines():
        if line.startswith("| "):
            cells = tuple(cell.strip().replace("`", "") for cell in line.strip("|").split(" | "))
            cells = tuple(cell.replace("\\|", "|").strip("| ") for cell in cells)
            if not re.fullmatch(r"[-: ]+", "".join(cells)):
                rows.append(cells if cells[0] or not rows else (rows[-1][0], *cells[1:]))
    plain = re.sub(r"^\s*- (Read here: )?", "", text, flags=re.MULTILINE)
    return Rendered(words(plain.replace("`", "").replace("\\*", "*")), rows)


class Reader(HTMLParser):
    """Reads a page, and refuses one whose elements are not closed in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.rows: list[list[str]] = []
        self._span: tuple[int, str] = (0, "")
        self._rowspan = 1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.elements.append((tag, given))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag not in _EMPTY:
            self.open.append(tag)
        if tag == "tr":
            left, text = self._span
            self.rows.append([text] if left else [])
            self._span = (max(left - 1, 0), text)
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self._rowspan = int(given.get("rowspan") or 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes what is not open"
        if tag == "th" and self._rowspan > 1:
            self._span = (self._rowspan - 1, self.rows[-1][0])
            self._rowspan = 1
        if tag not in ("a", "code", "span"):
            self.texts.append(" ")

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.texts.append(data)
        if self.rows and ("th" in self.open or "td" in self.open):
            self.rows[-1][-1] += data


@cache
def read(text: str) -> Reader:
    """A page that was read to its end.

    Raises:
        AssertionError: an element is left open, or closed out of order.
    """
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert not reader.open, reader.open
    return reader


def of_html(text: str) -> Rendered:
    reader = read(text)
    return Rendered(words("".join(reader.texts)), [tuple(words(cell) for cell in row) for row in reader.rows])
