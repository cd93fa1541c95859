"""What a server says of its authorization: ``.well-known/smart-configuration``."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import orjson
from cachetools import TLRUCache

from service.client import ExchangeFailed
from service.outgoing.transport import Transport
from service.smart.failure import SmartFailed

_LAUNCHES = {"launch-ehr": False, "launch-standalone": True}
#: What is kept of what a server lists.
_CAPABILITIES = frozenset((*_LAUNCHES, "permission-v1", "permission-v2", "permission-online"))
_CHALLENGES = frozenset(("S256",))
_MOST = 64
_KEPT_S = 300
_FAILURE_S = 5


@dataclass(frozen=True)
class Configuration:
    """Where users log in, and what may be asked for."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str | None = None
    capabilities: frozenset[str] = frozenset()
    challenges: frozenset[str] | None = None
    """The methods of PKCE; None where it does not say."""

    @property
    def first(self) -> bool:
        """Whether scopes are those of the first version of SMART alone."""
        return "permission-v1" in self.capabilities and "permission-v2" not in self.capabilities


class Configurations:
    """What servers have said of their authorization, for some minutes; and for some seconds, that they did not.

    Anyone may begin a launch. So a server is asked once for many of them, and the less often the worse it fares. One
    object serves all threads.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._kept: TLRUCache[str, Configuration | _Failed] = TLRUCache(_MOST, _kept_until, timer=timer)

    def of(self, transport: Transport, base: str) -> Configuration:
        """What the server with this base address says.

        Raises:
            SmartFailed: it is no SMART server.
            ExchangeFailed: it does not answer.
        """
        with self._lock:
            found = self._kept.get(base)
        if found is None:
            try:
                found = _asked(transport, base)
            except (ExchangeFailed, SmartFailed) as failed:
                found = _Failed(failed)
            with self._lock:
                self._kept[base] = found
        if isinstance(found, _Failed):
            raise copy(found.failure)  # one that is raised twice keeps what it was raised in
        return found


@dataclass(frozen=True)
class _Failed:
    failure: ExchangeFailed | SmartFailed


def _kept_until(_: str, found: Configuration | _Failed, now: float) -> float:
    return now + (_FAILURE_S if isinstance(found, _Failed) else _KEPT_S)


def launchable(said: Configuration, *, standalone: bool) -> Configuration:
    """What a server says, where this service can be launched from it.

    Raises:
        SmartFailed: it cannot.
    """
    launches = _LAUNCHES.keys() & said.capabilities
    if launches and not any(_LAUNCHES[each] is standalone for each in launches):
        message = (
            "This server opens records only from within the EHR. Open the record there, and start this service from it."
            if standalone
            else "This server does not launch services from within the EHR. Open the record from here instead."
        )
        raise SmartFailed(message, 502)
    # Servers of the first version of SMART do not say; one that does not know a challenge leaves it aside.
    if said.challenges is not None and "S256" not in said.challenges:
        raise SmartFailed(
            "This server does not protect the login with a code challenge (PKCE with S256), as SMART asks. Ask its "
            "administrator to switch it on.",
            502,
        )
    return said


def _asked(transport: Transport, base: str) -> Configuration:
    answer = transport.get(f"{base}/.well-known/smart-configuration", {"Accept": "application/json"})
    said = _object(answer.body) if answer.ok else {}
    authorization, token = said.get("authorization_endpoint"), said.get("token_endpoint")
    if not isinstance(authorization, str) or not isinstance(token, str):
        if answer.status >= 500:
            raise SmartFailed("The server of the EHR fails or is overloaded. Try again later.", 502)
        raise SmartFailed(
            "This server does not say where users log in (.well-known/smart-configuration), so nothing can be opened "
            "there. Ask its administrator to switch on SMART App Launch.",
            502,
        )
    for endpoint in (authorization, token):
        if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint or "#" in endpoint:
            raise ExchangeFailed("The server leads to something that is no address. Correct it there.")
    # The browser is sent to the one; a code and a secret are sent from here to the other.
    transport.check_secure(authorization)
    transport.also(token)
    issuer, methods = said.get("issuer"), said.get("code_challenge_methods_supported")
    return Configuration(
        authorization,
        token,
        issuer if isinstance(issuer, str) else None,
        _texts(said.get("capabilities")) & _CAPABILITIES,
        None if methods is None else _texts(methods) & _CHALLENGES,
    )


def _texts(given: Any) -> frozenset[str]:
    return frozenset(each for each in given if isinstance(each, str)) if isinstance(given, list) else frozenset()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
