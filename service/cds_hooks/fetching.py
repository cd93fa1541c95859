"""Reading what was not prefetched from the FHIR server of the caller: allowed servers alone, while there is time.

CDS Hooks 2.0, "FHIR Resource Access". The address that is spoken to is the one of the site's settings; that of the call
only chooses it. What cannot be read in time is not read: the call goes on without it, or is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import parse_qsl

from requests import Session

from service.cds_hooks.call import Call
from service.cds_hooks.prefetch import DRUGS, TEMPLATES, came_along
from service.client.auth import BearerToken
from service.client.paging import Budget, pages
from service.client.scopes import covers
from service.client.server import Server, is_of, issues
from service.outgoing.addresses import base_address, origin, split
from service.outgoing.failure import ExchangeFailed
from service.outgoing.limits import Limits
from service.outgoing.networks import Network
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport, connections

LIMITS = Limits(
    page_size=1000,
    pages=50,
    entries=20_000,
    answer_bytes=16 * 1024 * 1024,
    record_bytes=64 * 1024 * 1024,
    tries=2,
    backoff_seconds=0.01,
    pause_seconds=0.05,
    redirects=0,
)
#: Calls are as short as the time that a clinician waits, so a busy server is not asked again.
_CONNECTIONS = Limits(tries=1)
_READS_AT_ONCE = 16
_MOST_MEDICATIONS = 50
_Entry = dict[str, Any]

_NO_ACCESS = "send fhirServer and fhirAuthorization, so that it can be read."
_NOT_ALLOWED = (
    "let the site add the FHIR server of the call to SPINEMETS_FHIR_SERVERS; it is not in the list, so it is not asked."
)
_NO_TIME = (
    "let the site raise SPINEMETS_CDS_BUDGET_MS: the FHIR server of the call did not give it within the time of a call."
)
_NO_RIGHT = "give the access token a scope that covers it."
_BAD_TOKEN = "send an access token that can be one: that of the call is not used."  # noqa: S105  # says so of one


@dataclass(frozen=True)
class Reads:
    """What was read, and why the rest was not."""

    entries: Mapping[str, Sequence[_Entry]] = field(default_factory=dict)
    """The entries of each type that was read to its end."""
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def late(self) -> frozenset[str]:
        """What might have been read, had there been more time."""
        return frozenset(kind for kind, reason in self.reasons.items() if reason == _NO_TIME)

    def mend(self, kind: str) -> str:
        """What is to be done so that a type can be read."""
        return self.reasons.get(kind, _NO_ACCESS)


@dataclass(frozen=True)
class Reader:
    """Reads for one call, until an instant of the monotonic clock."""

    call: Call
    allowed: tuple[str, ...]
    """Base addresses of the servers that may be read."""
    until: float
    networks: tuple[Network, ...] = ()
    """Private networks that they may be in."""

    def read(self, kinds: Sequence[str]) -> Reads:
        """Reads types of the record, all at once."""
        server = self._server()
        if isinstance(server, str):
            return Reads(reasons=dict.fromkeys(kinds, server))
        scope = self.call.authorization.scope if self.call.authorization else ""
        asked = [kind for kind in kinds if not scope or covers(scope, kind)]
        budget = Budget(LIMITS)
        patient = self.call.patient_id
        done, reasons = self._all({kind: partial(_read, server, kind, patient, budget) for kind in asked})
        return Reads(done, {**dict.fromkeys(set(kinds) - set(asked), _NO_RIGHT), **reasons})

    def medications(self, names: Sequence[str]) -> tuple[list[_Entry], bool]:
        """The Medications with these ids, and whether all of them could be read."""
        server = self._server()
        if isinstance(server, str):
            return [], False
        asked = names[:_MOST_MEDICATIONS]
        done, _ = self._all({name: partial(_one, server, "Medication", name) for name in asked})
        return [entry for entries in done.values() for entry in entries], len(done) == len(names)

    def _server(self) -> Server | str:
        """The server of the call, or why it is not read."""
        call = self.call
        if call.fhir_server is None or call.authorization is None:
            return _NO_ACCESS
        base = _listed(self.allowed).get(_normal(call.fhir_server) or "")
        if base is None:
            return _NOT_ALLOWED
        try:
            token = BearerToken(call.authorization.access_token)
        except ExchangeFailed:
            return _BAD_TOKEN
        limits = replace(LIMITS, total_seconds=max(self.until - time.monotonic(), 0))
        reach = _reach(base, self.networks)
        return Server(base, Transport(limits, reach=reach, pool=_pool(reach)), token)

    def _all(self, work: Mapping[str, Callable[[], list[_Entry]]]) -> tuple[dict[str, list[_Entry]], dict[str, str]]:
        """Does all at once, and waits for none of it longer than there is time."""
        running: dict[str, Future[list[_Entry]]] = {name: _threads().submit(each) for name, each in work.items()}
        wait(running.values(), timeout=max(self.until - time.monotonic(), 0))
        done: dict[str, list[_Entry]] = {}
        reasons: dict[str, str] = {}
        for name, future in running.items():
            if not future.done():
                future.cancel()
                reasons[name] = _NO_TIME
                continue
            try:
                done[name] = future.result()
            except ExchangeFailed as failed:
                late = time.monotonic() >= self.until
                reasons[name] = _NO_TIME if late else f"see to the FHIR server of the call. {failed}"
        return done, reasons


def _read(server: Server, kind: str, patient: str, budget: Budget) -> list[_Entry]:
    """All entries of a type.

    Raises:
        ExchangeFailed: they cannot be read to the end, or are about somebody else.
    """
    if kind == "Patient":
        return _one(server, kind, patient)
    kinds = (kind, "Medication") if kind in DRUGS else (kind,)
    found: list[_Entry] = []
    narrowed = dict(parse_qsl(TEMPLATES[kind].parameters))
    url = server.url(kind, {"patient": patient, **narrowed, "_count": str(LIMITS.page_size)})
    for page in pages(server, url, kind, budget):
        for entry in page:
            resource = entry["resource"]
            of_type = resource.get("resourceType")
            if of_type == "OperationOutcome":
                if any(each.startswith(("error", "fatal")) for each in issues(resource)):
                    raise ExchangeFailed(f"The server gives {kind} only in part. Ask for the right to read the rest.")
            elif of_type in kinds:
                if not is_of(resource, patient):
                    raise ExchangeFailed("The server answers with the record of another patient. Correct its search.")
                found.append(entry)
            elif not came_along(entry):
                raise ExchangeFailed(f"The server answers a search for {kind} with other types. Correct its search.")
    return found


def _one(server: Server, kind: str, name: str) -> list[_Entry]:
    read = server.read(server.url(f"{kind}/{name}"), kind)
    if read["resourceType"] != kind or read.get("id") != name:
        raise ExchangeFailed(f"The server answers with something other than this {kind}. Check its address.")
    return [{"fullUrl": f"{server.base}/{kind}/{name}", "resource": read}]


def _normal(url: str) -> str | None:
    """An address in the one form in which addresses are compared; None for what is none.

    >>> _normal("HTTPS://EHR.example:443/fhir/") == _normal("https://ehr.example/fhir")
    True
    """
    try:
        base = base_address(url)
        scheme, host, port = origin(base)
        return f"{scheme}://{host}:{port}{split(base).path}"
    except ExchangeFailed:
        return None


@lru_cache(maxsize=16)
def _listed(allowed: tuple[str, ...]) -> Mapping[str, str]:
    """The allowed addresses by the form in which they are compared."""
    return {normal: base_address(url) for url in allowed if (normal := _normal(url))}


@lru_cache(maxsize=64)
def _reach(base: str, networks: tuple[Network, ...]) -> Reach:
    return Reach.of([base], networks)


@lru_cache(maxsize=64)
def _pool(reach: Reach) -> Session:
    """The connections to a server: a handshake for each call would take most of its time."""
    return connections(_CONNECTIONS, reach)


@cache
def _threads() -> ThreadPoolExecutor:
    """Made at the first need, and so in the worker that needs it."""
    return ThreadPoolExecutor(_READS_AT_ONCE, thread_name_prefix="cds-read")
