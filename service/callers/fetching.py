"""Fetches the keys of others: from the addresses of the access file, and from no other."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network

from service.callers.key_sets import Fetch
from service.callers.keys import MAX_BYTES
from service.outgoing.failure import ExchangeFailed
from service.outgoing.limits import Limits
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport

#: Somebody may be waiting for it.
_LIMITS = Limits(
    answer_bytes=MAX_BYTES,
    connect_seconds=2,
    read_seconds=2,
    answer_seconds=3,
    total_seconds=4,
    tries=1,
    redirects=1,
    pause_seconds=0,
)
_ACCEPT = {"Accept": "application/jwk-set+json, application/json"}


def fetcher(addresses: Iterable[str], networks: Iterable[IPv4Network | IPv6Network] = ()) -> Fetch:
    """What fetches from these addresses.

    Raises:
        ExchangeFailed: one of them is none.
    """
    reach = Reach.of(addresses, networks)

    def fetch(address: str) -> bytes:
        answer = Transport(_LIMITS, reach=reach).get(address, _ACCEPT)
        if not answer.ok:
            raise ExchangeFailed(f"The address of the keys answers HTTP {answer.status}. Correct it.", answer.status)
        return answer.body

    return fetch
