"""Addresses of servers: their parts, their origin, the one form in which they are compared."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from service.outgoing.failure import ExchangeFailed

PORTS = {"http": 80, "https": 443}
Origin = tuple[str, str, int | None]

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
#: A name whose last part is a number is no name: resolvers take it for an address, each in its own way.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.ASCII)
_LONGEST_NAME = 253


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


def origin(url: str) -> Origin:
    """Scheme, host and port: what has to be the same for a token to be sent along."""
    parts = split(url)
    port = PORTS.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, (parts.hostname or "").lower(), port


def callable_origin(url: str) -> Origin:
    """The origin of an address that can be called, its host in the one form in which hosts are compared.

    Anything that two programs may read in two ways is refused.

    >>> callable_origin("HTTPS://Hospital.example.:443/fhir")
    ('https', 'hospital.example', 443)
    >>> callable_origin("https://[0:0:0:0:0:0:0:1]/")
    ('https', '::1', 443)

    Raises:
        ExchangeFailed: it is no plain address of http or https.
    """
    parts = split(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ExchangeFailed("An address of the server is not one of https. Give one that begins with https://.")
    if _CONTROL.search(url) or url != url.strip():
        raise _odd()
    # Without the path, which names patients and differs each time.
    made = _callable(parts.scheme, parts.netloc)
    if made is None:
        raise _odd()
    return made


@lru_cache(maxsize=256)
def _callable(scheme: str, netloc: str) -> Origin | None:
    """The origin of an address that can be called; None where it is written oddly."""
    bare = f"{scheme}://{netloc}"
    scheme, name, port = origin(bare)
    host = plain_host(name)
    if host is None or "@" in netloc or "\\" in netloc or port == 0:
        return None
    try:
        seen = parse_url(bare)  # as the library reads it that calls it
    except LocationParseError:
        return None
    as_seen = (seen.scheme, plain_host(seen.host or ""), seen.port or PORTS[scheme])
    return (scheme, host, port) if as_seen == (scheme, host, port) else None


def _odd() -> ExchangeFailed:
    return ExchangeFailed(
        "An address of the server is written in an odd way, so it is not called. Give one such as "
        "https://hospital.example/fhir: a name or an address, without user, password or zone."
    )


def plain_host(host: str) -> str | None:
    """A host in the one form in which hosts are compared; None for what is neither a name nor an address.

    >>> plain_host("Hospital.Example."), plain_host("127.0.0.1"), plain_host("[::0001]")
    ('hospital.example', '127.0.0.1', '::1')
    >>> plain_host("2130706433"), plain_host("0177.0.0.1"), plain_host("127.1"), plain_host("fe80::1%eth0")
    (None, None, None, None)
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if "%" in bare:
        return None
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        name = bare.lower().removesuffix(".")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        return None
    return name


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
