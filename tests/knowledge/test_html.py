"""The pages: well-formed, with links that lead somewhere, nothing from elsewhere, and strict headers."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest
from flask import render_template
from markupsafe import escape

from service.api import knowledge
from service.api.app import create_app
from service.api.settings import Settings
from service.knowledge import content
from service.knowledge.document import Facts, Paragraph, Section, Statements, Table
from tests.knowledge.rendered import page, read

PATHS = ("", *(f"/{name}" for name in content.by_id()))
each_path = pytest.mark.parametrize("path", PATHS)
CLIENT = create_app(Settings()).test_client()


@each_path
def test_a_page_is_well_formed_and_its_ids_are_unique(path: str) -> None:
    reader = read(page(path))
    assert len(reader.ids) == len(set(reader.ids)), [name for name in reader.ids if reader.ids.count(name) > 1]


@each_path
def test_every_link_leads_somewhere(path: str) -> None:
    reader = read(page(path))
    for link in reader.links:
        if link.startswith("#"):
            assert link[1:] in reader.ids, link
        elif link.startswith("/"):
            there, _, anchor = link.partition("#")
            assert there.startswith("/knowledge")
            found = read(page(there.removeprefix("/knowledge")))
            assert not anchor or anchor in found.ids, link
        else:
            assert link.startswith("https://")


@each_path
def test_the_contents_name_every_section(path: str) -> None:
    links = read(page(path)).links
    for name in content.by_id():
        assert (f"#{name}" in links) or (f"/knowledge/{name}" in links), name


@each_path
def test_nothing_is_loaded_from_elsewhere_and_nothing_runs(path: str) -> None:
    for tag, attributes in read(page(path)).elements:
        assert tag not in ("script", "link", "img", "iframe", "object", "embed", "form", "base")
        assert not {"src", "style", "action", "srcset"} & set(attributes)
        assert not [name for name in attributes if name.startswith("on")]


@each_path
def test_a_table_has_a_caption_and_its_heads_say_what_they_are_heads_of(path: str) -> None:
    text = page(path)
    assert text.count("<table") == text.count("<caption>")
    for tag, attributes in read(text).elements:
        if tag == "th":
            assert attributes["scope"] in ("col", "row", "rowgroup")
            assert (attributes["scope"] == "rowgroup") == ("rowspan" in attributes)


@each_path
def test_the_rows_of_a_table_are_of_one_length(path: str) -> None:
    reader = read(page(path))
    heads = [n for n, (tag, _) in enumerate(reader.elements) if tag == "table"]
    assert len(heads) == page(path).count("</table>")
    assert all(len(row) >= 2 for row in reader.rows)


@each_path
def test_headings_leave_out_no_level(path: str) -> None:
    levels = [int(tag[1]) for tag, _ in read(page(path)).elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@each_path
def test_the_policy_allows_just_the_style_of_the_page(path: str) -> None:
    response = CLIENT.get(f"/knowledge{path}")
    (style,) = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = response.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy


def test_a_page_has_the_headers_of_every_answer() -> None:
    response = CLIENT.get("/knowledge/sins", headers={"X-Request-Id": "abc"})
    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["X-Request-Id"] == "abc"


def test_who_has_the_page_already_gets_304() -> None:
    first = CLIENT.get("/knowledge/noms")
    again = CLIENT.get("/knowledge/noms", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert "max-age" in first.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["nope", "SINS", "<b>", "sins%00", "..%2fnoms"])
def test_a_page_that_there_is_not_is_404_and_names_those_that_there_are(name: str) -> None:
    response = CLIENT.get(f"/knowledge/{name}")
    assert response.status_code == 404
    if response.mimetype == "text/html":
        assert "/knowledge/sins" in read(response.text).links
        assert f">{name}<" not in response.text
        assert "max-age" not in response.headers.get("Cache-Control", "")


def test_only_reading_is_allowed() -> None:
    assert CLIENT.post("/knowledge").status_code == 405


def test_the_links_hold_below_a_prefix() -> None:
    text = create_app(Settings()).test_client().get("/knowledge/sins", base_url="http://localhost/cds/").text
    inside = [link for link in read(text).links if link.startswith("/")]
    assert inside
    assert all(link.startswith("/cds/knowledge") for link in inside)


def test_words_are_escaped() -> None:
    sign = "<b>&\"'</b>"
    section = Section(
        "odd",
        sign,
        (
            Paragraph((sign,)),
            Facts(((sign, (sign,)),)),
            Table(sign, ((sign,),), (((sign,),),)),
            Statements(sign, (sign, sign), (((sign,), (sign,)),)),
        ),
    )
    with create_app(Settings()).test_request_context("/knowledge/odd"):
        text = render_template(
            "knowledge.html",
            page=knowledge._Page((section,), whole=False),
            title=sign,
            document="",
            style="",
            label=str,
            kind=lambda thing: type(thing).__name__,
            groups=knowledge._groups,
            version="",
            knowledge="",
        )
    assert "<b>" not in text
    assert str(escape(sign)) in text


def test_a_page_is_made_once_and_is_the_same_packed_and_in_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everyone may ask for it, and it takes a long time."""
    client = create_app(Settings()).test_client()
    asked = ("/knowledge", "/knowledge?lang=ja", "/knowledge?lang=en")
    first = [client.get(path).get_data() for path in asked]
    assert first[0] != first[1]

    def fail(*_: object, **__: object) -> str:
        raise AssertionError

    monkeypatch.setattr(knowledge, "render_template", fail)
    assert [client.get(path).get_data() for path in asked] == first
    packed = client.get("/knowledge", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.get_data()) == first[0]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert client.get("/knowledge", headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304
