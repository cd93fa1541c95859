"""Addresses of servers: their parts, their origin, the one form in which they are compared."""

from __future__ import annotations

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

from service.outgoing.failure import ExchangeFailed

PORTS = {"http": 80, "https": 443}


def split(url: str) -> SplitResult:
    """The parts of an address.

    Raises:
        ExchangeFailed: it is not one.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what checks it
    except ValueError:
        message = "An address of the server is not one. Give one such as https://hospital.example/fhir."
        raise ExchangeFailed(message) from None
    return parts


def joined(url: str, there: str) -> str:
    """An address as it is meant on the page of another.

    Raises:
        ExchangeFailed: it is none.
    """
    try:
        return urljoin(url, there)
    except ValueError:
        raise ExchangeFailed("The server leads to something that is no address. Correct it there.") from None


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what has to be the same for a token to be sent along."""
    parts = split(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("hospital.example")
    (True, True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def base_address(url: str) -> str:
    """A base address without what does not belong to it.

    >>> base_address(" https://hospital.example/fhir/metadata ")
    'https://hospital.example/fhir'

    Raises:
        ExchangeFailed: it is none.
    """
    plain = url.strip().rstrip("/").removesuffix("/metadata").rstrip("/")
    parts = split(plain)
    if not plain.isascii() or not plain.isprintable() or " " in plain or not parts.scheme or not parts.netloc:
        raise ExchangeFailed(
            "The address of the server is not one. Give the whole of it: https://hospital.example/fhir."
        )
    if parts.username or parts.password:
        raise ExchangeFailed("The address of the server holds a password. Leave it out, and give a token.")
    if parts.query or parts.fragment:
        raise ExchangeFailed("The address of the server has a query. Give the base address alone.")
    return plain
