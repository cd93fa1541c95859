"""The guard of a server that asks nobody who they are: it serves its own machine, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

#: What a proxy adds, and how the names of more begin. None of it comes from a program that speaks to this server.
OF_A_PROXY = frozenset(
    "client-ip fastly-client-ip forwarded true-client-ip via x-client-certificate x-client-ip x-cluster-client-ip "
    "x-forwarded x-original-forwarded-for x-original-host x-original-url x-real-ip x-rewrite-url".split()
)
_BEGINNINGS = ("cf-", "x-amzn-", "x-arr-", "x-azure-", "x-envoy-", "x-forwarded-", "x-proxy")
_MEND = (
    "Set SPINEMETS_ACCESS to the file that says who may call, or let everyone call in plain words with "
    "SPINEMETS_ANYONE_MAY_CALL=true. Without either, serve on 127.0.0.1."
)


class OpenServer(ValueError):
    """The server would be open to others, and nobody has said that it may; the message is one line with the mend."""


class Says(Protocol):
    """What the settings say of it."""

    @property
    def access(self) -> Path | None: ...

    @property
    def anyone_may_call(self) -> bool: ...

    @property
    def public_url(self) -> str | None: ...


def refuse_open(addresses: Iterable[str], settings: Says) -> None:
    """Lets a server start that others can reach only where it is said who may call.

    ``addresses`` are those that gunicorn binds to: ``127.0.0.1:8000``, ``[::1]:8000``, ``unix:/run/spinemets.sock``.

    Raises:
        OpenServer: one of them is not of this machine alone, or the server is known by a public name.
    """
    if is_said(settings):
        return
    if any(not _is_of_this_machine(address) for address in addresses):
        raise OpenServer(f"The server would be open to everyone who can reach it. {_MEND}")
    if settings.public_url and not is_loopback(urlsplit(settings.public_url).hostname or ""):
        raise OpenServer(
            f"SPINEMETS_PUBLIC_URL says that others reach the server, and it would be open to them. {_MEND}"
        )


def is_said(settings: Says) -> bool:
    """Whether it is said who may call."""
    return settings.access is not None or settings.anyone_may_call


def comes_from_here(peer: str | None, headers: Iterable[str], host: str, public_host: str | None) -> bool:
    """Whether a request is one of this machine, made to it by one of its own names.

    ``peer`` is the address of whoever has connected; an empty one is that of a socket in the file system, whose rights
    say who may connect. A page of a stranger that a browser here shows can reach this machine by a name of its own, so
    the name counts as well.
    """
    if peer is None or (peer and not is_loopback(peer)) or is_by_proxy(headers):
        return False
    named = _host_of(host)
    return is_loopback(named) or (public_host is not None and named == public_host)


def is_by_proxy(headers: Iterable[str]) -> bool:
    """Whether a proxy has passed a request on, by the names of its headers."""
    return any(name in OF_A_PROXY or name.startswith(_BEGINNINGS) for name in map(str.lower, headers))


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine.

    >>> [is_loopback(each) for each in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "0.0.0.0", "")]
    [True, True, True, True, False, False]
    """
    try:
        found = ip_address(host.strip("[]"))
    except ValueError:
        return host.lower().rstrip(".") == "localhost"
    inner = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (inner or found).is_loopback


def _is_of_this_machine(address: str) -> bool:
    """Whether only this machine reaches what is bound there; gunicorn takes ``:8000`` for every address."""
    if address.startswith("unix:"):
        return True
    # A descriptor was opened by somebody else: it may be anything.
    return not address.startswith("fd://") and is_loopback(
        _host_of(address.removeprefix("tcp://").removeprefix("http://"))
    )


def _host_of(address: str) -> str:
    """The host of ``host:port`` or ``[::1]:port``."""
    if address.startswith("["):
        return address[1:].partition("]")[0].lower()
    return address.partition(":")[0].lower() if address.count(":") <= 1 else address.lower()
