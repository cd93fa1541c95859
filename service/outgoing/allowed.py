"""Which servers may be called: those that the site lists, and no other, whoever asks."""

from __future__ import annotations

from collections.abc import Iterable

from service.outgoing.addresses import base_address, origin, split
from service.outgoing.failure import ExchangeFailed


def allowed(given: str, servers: Iterable[str]) -> str | None:
    """The server of the list that an address names, as the list has it, or None.

    Scheme, host, port and path have to be the same; upper case in the host, a port that is the usual one and a slash
    at the end make no difference.

    >>> allowed("HTTPS://Hospital.example:443/fhir/", ["https://hospital.example/fhir"])
    'https://hospital.example/fhir'
    >>> allowed("https://hospital.example/fhir/../other", ["https://hospital.example/fhir"])
    """
    wanted = _normal(given)
    return next((server for server in servers if wanted is not None and _normal(server) == wanted), None)


def _normal(url: str) -> tuple[object, ...] | None:
    try:
        base = base_address(url)
        return (*origin(base), split(base).path)
    except ExchangeFailed:
        return None
