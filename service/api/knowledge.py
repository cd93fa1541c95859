"""The doors for reading: ``GET /knowledge`` and a page for each of its sections, as HTML that needs nothing else.

The document is English; what a reader sees of it is said in his language as the page is made. A page is made once:
everyone may ask for it, and it takes a long time.
"""

from __future__ import annotations

import gzip
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from service import KNOWLEDGE_VERSION, __version__
from service.api.languages import PARAMETER
from service.knowledge import content
from service.knowledge.document import Cite, Link, Section, Sources, Table, Words
from service.knowledge.sources import entry_id, labels
from service.language import ENGLISH, LANGUAGES, NAMES, spoken, told
from service.scoring import ENGINES
from service.scoring.sources import Source
from service.text import phrase

blueprint = Blueprint("knowledge", __name__, url_prefix="/knowledge")

_AN_HOUR = 3600
_STYLE = files("service.api").joinpath("static", "knowledge.css").read_text("utf-8")
#: The style is part of the page, so that a page that is kept is whole; nothing else may load or run.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NO_SUCH_PAGE = 404
blueprint.add_app_template_global(told)


@dataclass(frozen=True)
class _Page:
    """What a template needs to know of the page beside its sections."""

    sections: tuple[Section, ...]
    whole: bool

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(_ids(self.sections))

    def href(self, link: Link) -> str:
        """The address of a link: on this page where it can be."""
        return link.to if link.is_address else self.section(link.to)

    def section(self, name: str) -> str:
        return f"#{name}" if name in self.ids else self.address("knowledge.one", section=name)

    def source(self, cited: Cite) -> str:
        name = entry_id(cited.source)
        return f"#{name}" if name in self.ids else f"{self.address('knowledge.one', section='sources')}#{name}"

    def address(self, endpoint: str, **names: Any) -> str:
        """The address of another page, in the language that was asked for by the address of this one."""
        kept: dict[str, Any] = {PARAMETER: spoken()} if PARAMETER in request.args else {}
        return url_for(endpoint, **names, **kept)

    def languages(self) -> tuple[tuple[str, str], ...]:
        """The languages that the page is not in, with their own names."""
        return tuple((code, NAMES[code]) for code in LANGUAGES if code != spoken())

    def in_language(self, code: str) -> str:
        """This page in another language."""
        asked: dict[str, Any] = {PARAMETER: code}
        if self.whole or not self.sections:
            return url_for("knowledge.everything", **asked)
        return url_for("knowledge.one", section=self.sections[0].id, **asked)

    @property
    def version(self) -> str:
        return phrase(
            "Version {version}, knowledge {knowledge}. Made from the data that computes.",
            version=__version__,
            knowledge=KNOWLEDGE_VERSION,
        )

    def said(self, source: Source) -> str:
        """A publication, with what was taken from it."""
        cited = str(source)
        return phrase("{source}: {what}." if source.what else "{source}.", source=cited, what=source.what)

    def contents(self) -> Iterator[tuple[str, tuple[tuple[Section, Section | None], ...]]]:
        """The groups of the contents: each section, and again with its parts where it is read by itself."""
        here = {section.id: section for section in self.sections}
        every = [(s, here.get(s.id) if not self.whole else None) for s in content.sections()]
        scores = tuple(each for each in every if each[0].id in ENGINES)
        yield "", tuple(every[:1])
        yield "Scores", scores
        yield "Rules and more", tuple(each for each in every[1:] if each not in scores)


@blueprint.get("")
def everything() -> Response:
    """Every score, rule and source on one page."""
    return _kept(*_made(None, spoken(), PARAMETER in request.args, request.script_root))


@blueprint.get("/<section>")
def one(section: str) -> Response:
    """One section with the sources that it cites."""
    if section not in content.IDS:
        return _answer(_text(_Page((), whole=False), "No such page").encode(), _NO_SUCH_PAGE)
    return _kept(*_made(section, spoken(), PARAMETER in request.args, request.script_root))


@lru_cache(maxsize=256)
def _made(section: str | None, language: str, is_asked_for: bool, root: str) -> tuple[bytes, str]:
    """A page, packed, with its tag. What it is made of beside the section is all that its addresses hang on.

    All are kept: the sections in each language, each also with the language in its addresses, and the whole document.
    """
    if section is None:
        text = _text(_Page(content.sections(), whole=True), content.TITLE)
    else:
        found = content.by_id()[section]
        text = _text(_Page((content.alone(found),), whole=False), found.title)
    return gzip.compress(text.encode(), mtime=0), sha256(text.encode()).hexdigest()[:32]


def _text(page: _Page, title: str) -> str:
    return render_template(
        "knowledge.html",
        page=page,
        title=title,
        document=content.TITLE,
        style=Markup(_STYLE),  # noqa: S704  # a file of the package
        label=lambda cited: labels()[cited.source],
        kind=lambda thing: type(thing).__name__,
        groups=_groups,
        language=spoken(),
    )


def _answer(text: bytes, status: int = 200) -> Response:
    response = Response(text, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.vary.add("Accept-Language")
    if spoken() != ENGLISH:
        response.headers["Content-Language"] = spoken()
    return response


def _kept(packed: bytes, tag: str) -> Response:
    """A page that callers may keep, or 304 for one who has it already."""
    if request.accept_encodings["gzip"] > 0:
        response = _answer(packed)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = _answer(gzip.decompress(packed))
    response.vary.add("Accept-Encoding")
    response.cache_control.public = True
    response.cache_control.max_age = _AN_HOUR
    response.set_etag(tag, weak=True)
    response.make_conditional(request)
    return response


def _ids(sections: Iterable[Section]) -> Iterator[str]:
    for section in sections:
        yield section.id
        yield from (entry.id for block in section.blocks if isinstance(block, Sources) for entry in block.entries)
        yield from _ids(section.parts)


def _groups(table: Table) -> list[list[tuple[Words | None, ...]]]:
    """The rows of a table in groups that share their first cell."""
    groups: list[list[tuple[Words | None, ...]]] = []
    for row in table.rows:
        if row[0] is None:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups
