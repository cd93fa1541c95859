"""The page of licences names what the image is built from, and no licence has come in that nobody has thought about."""

from __future__ import annotations

import re

from tests.deploy.files import ROOT, locked, plain

PAGE = (ROOT / "docs" / "licences.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([\w.-]+) \| (\d\S*) \| (.+) \|$", PAGE, re.MULTILINE)
#: They ask for a notice, and for nothing more of a product that uses them.
FREE = set("Apache-2.0 BSD-2-Clause BSD-3-Clause ISC MIT MIT-0 MIT-CMU PSF-2.0".split())
#: They ask for more, and the page says of each what that is.
NAMED = {"LGPL-3.0-only": {"psycopg", "psycopg-binary"}, "MPL-2.0": {"certifi", "orjson", "tqdm"}}


def parts(expression: str) -> set[str]:
    """The licences of an SPDX expression that have to be kept to: of ``A OR B`` the free one does."""
    found = set()
    for part in re.split(r" AND ", expression.replace("(", "").replace(")", "")):
        choices = set(part.split(" OR "))
        found |= (choices & FREE) or choices
    return found


def test_the_page_lists_what_the_lock_has() -> None:
    assert {plain(name): version for name, version, _ in ROWS} == locked("requirements.lock")


def test_every_licence_is_one_that_is_known_and_those_that_ask_for_more_are_named() -> None:
    asking: dict[str, set[str]] = {}
    for name, _, expression in ROWS:
        for licence in parts(expression) - FREE:
            asking.setdefault(licence, set()).add(name)
    assert asking == NAMED
    for licence, names in NAMED.items():
        assert licence.removesuffix("-only") in PAGE
        assert all(f"`{name}`" in PAGE for name in names)
