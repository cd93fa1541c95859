"""From a call to its cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from service.cds_hooks.call import Call
from service.cds_hooks.cards import cards
from service.cds_hooks.fetching import Reader
from service.cds_hooks.links import Links
from service.cds_hooks.prefetch import found
from service.cds_hooks.record import record_of
from service.evidence import When
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.parameters import Question
from service.outgoing.networks import Network
from service.pipeline import Site, answered
from service.policy import DEFAULT
from service.problems import Rejected
from service.recent import Recent

#: What is kept of the time of a call for the assessment and the cards, at most.
_FOR_THE_REST_S = 0.1


@dataclass(frozen=True)
class Budget:
    """The time that a call may take, on the monotonic clock."""

    arrived: float
    seconds: float

    @property
    def reads_until(self) -> float:
        """The instant at which reading ends, so that what is left can still be done."""
        return self.arrived + self.seconds - min(_FOR_THE_REST_S, self.seconds / 3)


def answer(
    call: Call,
    site: Site,
    today: date,
    links: Links,
    servers: Sequence[str],
    budget: Budget,
    recent: Recent,
    networks: Sequence[Network] = (),
) -> dict[str, list[dict[str, Any]]]:
    """The answer to a call: its cards, of which there may be none. The servers may be in these private networks.

    Raises:
        Rejected: there is no answer, and an empty one would be wrong.
    """
    reader = Reader(call, tuple(servers), budget.reads_until, tuple(networks))
    record = record_of(call, found(call, site.bounds), reader)
    policy = record.cautious(site.policies[DEFAULT.name])
    # Codes that only a terminology server knows stay unknown: prefetched calls are answered without the network.
    here = replace(site, policies={DEFAULT.name: policy}, terminology_server=None)
    as_of: When = when(today.isoformat())
    digest = record.digest + repr((as_of.text, policy, site.terms.version)).encode()
    try:
        assessment = recent.get(digest, lambda: answered(Question(record.bundle, as_of), today, here))
    except Rejected as rejected:
        raise record.placed(rejected) from None
    made = cards(assessment, call, record.bundle, links, record.gaps, site.terms)
    if not made:
        record.refuse_emptiness()
    return {"cards": made}
