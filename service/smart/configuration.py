"""What a server says of its authorization: ``.well-known/smart-configuration``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from service.client import ExchangeFailed
from service.outgoing.transport import Transport
from service.smart.failure import SmartFailed

_LAUNCHES = {"launch-ehr": False, "launch-standalone": True}


@dataclass(frozen=True)
class Configuration:
    """Where users log in, and what may be asked for."""

    authorization_endpoint: str
    token_endpoint: str
    issuer: str | None = None
    capabilities: frozenset[str] = frozenset()

    @property
    def first(self) -> bool:
        """Whether scopes are those of the first version of SMART alone."""
        return "permission-v1" in self.capabilities and "permission-v2" not in self.capabilities


def discover(transport: Transport, base: str, *, standalone: bool) -> Configuration:
    """What the server with this base address says.

    Raises:
        SmartFailed: it is no SMART server, or not one that this service can be launched from.
        ExchangeFailed: it does not answer.
    """
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
    # A code and a secret are sent there.
    for endpoint in (authorization, token):
        transport.also(endpoint)
        if not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint or "#" in endpoint:
            raise ExchangeFailed("The server leads to something that is no address. Correct it there.")
    capabilities = _texts(said.get("capabilities"))
    launches = _LAUNCHES.keys() & capabilities
    if launches and not any(_LAUNCHES[each] is standalone for each in launches):
        message = (
            "This server opens records only from within the EHR. Open the record there, and start this service from it."
            if standalone
            else "This server does not launch services from within the EHR. Open the record from here instead."
        )
        raise SmartFailed(message, 502)
    methods = said.get("code_challenge_methods_supported")
    # Servers of the first version of SMART do not say; one that does not know a challenge leaves it aside.
    if methods is not None and "S256" not in _texts(methods):
        raise SmartFailed(
            "This server does not protect the login with a code challenge (PKCE with S256), as SMART asks. Ask its "
            "administrator to switch it on.",
            502,
        )
    issuer = said.get("issuer")
    return Configuration(authorization, token, issuer if isinstance(issuer, str) else None, capabilities)


def _texts(given: Any) -> frozenset[str]:
    return frozenset(each for each in given if isinstance(each, str)) if isinstance(given, list) else frozenset()


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
