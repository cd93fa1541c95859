"""The page on security holds: its example can be read, and its table has every door."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from service.api.doors import DOORS, May
from service.callers.access import Access, CdsClient, Certificate, Client, Issuer, Known
from service.callers.access_file import read_access
from service.callers.certificates import HEADER
from service.callers.openness import is_by_proxy
from service.cds_hooks.services import SERVICES
from tests.docs.pages import ROOT, blocks, page, rows

HERE = "https://hospital.example"
#: How the page says who may pass, by its first words.
WORDS = {
    May.EVERYONE: ("everyone", "a client that proves"),
    May.PROBE: ("everyone",),
    May.SCRAPER: ("whoever reaches the server without",),
    May.ASSESSOR: ("a token or certificate", "the same, and only the caller"),
    May.TRANSLATOR: ("the same scope, or",),
    May.CDS: ("the JWT of a CDS client",),
    May.PAGE: ("what `[page]`",),
    May.SESSION: ("the browser that has the session",),
}


def test_the_access_file_of_the_page_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "access.toml"
    file.write_text(blocks(page("security.md"), "toml")[0], "utf-8")
    found = read_access(file, HERE, SERVICES)
    assert all((found.issuers, found.clients, found.cds_clients, found.certificates))
    assert found.issuers[0].clients[1].scopes == ("system/RiskAssessment.c",)


def test_the_page_names_every_entry_of_the_access_file() -> None:
    told = {name for cells in rows(page("security.md"), "entry") for name in re.findall(r"`(\w+)`", cells[1])}
    parts = (Issuer, Client, CdsClient, Certificate, Known, Access)
    names = {field.name for part in parts for field in fields(part)}
    in_the_file = {"clients": "client", "page": "allow"}
    of_access = {"issuers", "cds_clients", "certificates", "id"}
    assert told == {in_the_file.get(name, name) for name in names - of_access}


def test_the_page_names_every_door_with_who_may_pass_it() -> None:
    told = {
        door: cells[1] for cells in rows(page("security.md"), "door") for door in re.findall(r"`(/[^`]*)`", cells[0])
    }
    there = {re.sub(r"<any.*:type>", "<type>", rule): may for rule, may in DOORS.items()}
    assert told.keys() == there.keys()
    for door, may in there.items():
        assert told[door].startswith(WORDS[may]), door


def test_the_page_names_the_headers_that_count() -> None:
    assert HEADER in page("security.md")
    for name in ("Forwarded", "Via", "X-Real-IP"):
        assert f"`{name}`" in page("security.md")
        assert is_by_proxy([name])


def test_the_access_file_of_the_example_site_can_be_read() -> None:
    found = read_access(ROOT / "deploy" / "site.example" / "access.toml", HERE, SERVICES)
    assert found.certificates
