"""The pages of a search: each is followed to the last, within bounds and on one server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from service.client.server import Server
from service.outgoing.addresses import joined, origin
from service.outgoing.failure import ExchangeFailed
from service.outgoing.limits import Limits
from service.text import phrase


class Budget:
    """What may still be taken of one record."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._pages = 0
        self._entries = 0

    def page(self) -> None:
        self._pages += 1
        if self._pages > self._limits.pages:
            raise ExchangeFailed(
                phrase("The record has more than {number} pages. Ask for larger ones.", number=self._limits.pages)
            )

    def entries(self, number: int) -> None:
        self._entries += number
        if self._entries > self._limits.entries:
            raise ExchangeFailed(
                phrase("The record has more than {number} entries. It is not read.", number=self._limits.entries)
            )


def pages(server: Server, url: str, what: str, budget: Budget) -> Iterator[list[dict[str, Any]]]:
    """The entries of each page; each of them has a resource.

    Raises:
        ExchangeFailed: a page cannot be had, or leads astray. What came before it is no answer.
    """
    seen: set[str] = set()
    here: str | None = url
    while here is not None:
        seen.add(here)
        budget.page()
        page = _page(server, here, what, first=here == url)
        listed = page.get("entry", [])
        if page["resourceType"] != "Bundle" or not isinstance(listed, list):
            raise ExchangeFailed(
                phrase("The server answers a search for {what} with something other than a Bundle.", what=what)
            )
        budget.entries(len(listed))
        if not all(isinstance(e, dict) and isinstance(e.get("resource"), dict) for e in listed):
            raise ExchangeFailed(f"The server answers a search for {what} with entries that hold no resource.")
        yield listed
        here = _next(page, here)
        if here in seen:
            raise ExchangeFailed(
                phrase("The pages of {what} go round in a circle, so the record is not known to be whole.", what=what)
            )


def _page(server: Server, url: str, what: str, *, first: bool) -> dict[str, Any]:
    try:
        return server.read(url, what)
    except ExchangeFailed as failed:
        if first:
            raise
        # The status of a later page says nothing about whether the type may be searched at all.
        raise ExchangeFailed(
            phrase("A page after the first of {what} failed, so nothing is read. {why}", what=what, why=failed.message)
        ) from None


def _next(page: dict[str, Any], here: str) -> str | None:
    links = page.get("link")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("relation") == "next":
            there = link.get("url")
            if not isinstance(there, str) or not there:
                raise ExchangeFailed("A page of the server has a next one without address.")
            # Relative to the page, as a browser reads it.
            found = joined(here, there)
            if origin(found) != origin(here):
                raise ExchangeFailed(
                    "The next page is at another address than the server, and neither token nor patient are sent "
                    "there. Give the address that the server uses for itself, or set its public address right."
                )
            return found
    return None
