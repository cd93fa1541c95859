"""What the access file says: issuers, clients, CDS clients, certificates, and who may use the page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

#: The algorithms that a site may list: signatures alone, with a public half that proves nothing when it is stolen.
ALGORITHMS = tuple("RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split())
USUAL = ("RS384", "ES384")
"""Those of SMART and CDS Hooks."""


@dataclass(frozen=True)
class Known:
    """A client of an issuer, by the id under which the issuer knows it."""

    id: str
    name: str
    scopes: tuple[str, ...] = ()
    """What it may do where its tokens name no scope."""


@dataclass(frozen=True)
class Issuer:
    """An authorization server whose access tokens are taken at the FHIR doors."""

    iss: str
    name: str
    audience: str
    jwks: str
    """An https address, or the path of a file."""
    algorithms: tuple[str, ...] = USUAL
    single_use: bool = False
    token_endpoint: str | None = None
    """Where clients get tokens, to be said in the SMART configuration."""
    clients: tuple[Known, ...] = ()
    """Only these, where there are any."""


@dataclass(frozen=True)
class Client:
    """A backend service that gets its tokens from this server."""

    client_id: str
    name: str
    jwks: str
    scopes: tuple[str, ...]
    algorithms: tuple[str, ...] = USUAL


@dataclass(frozen=True)
class CdsClient:
    """An EHR that calls the CDS Hooks services."""

    iss: str
    name: str
    jwks: str | None = None
    jku: tuple[str, ...] = ()
    """The addresses of key sets that its tokens may name, letter by letter."""
    algorithms: tuple[str, ...] = USUAL
    services: tuple[str, ...] | None = None
    """The services that it may call; None for all."""
    tenant: str | None = None


@dataclass(frozen=True)
class Certificate:
    """A client certificate, which the proxy has seen."""

    sha256: str
    """The fingerprint of the whole certificate, as 64 hexadecimal digits in lower case."""
    name: str
    scopes: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class Page(StrEnum):
    """Who may use the page."""

    LAUNCHED = "launched"
    CERTIFICATE = "certificate"
    EVERYONE = "everyone"


@dataclass(frozen=True)
class Access:
    """Who may call what."""

    addresses: tuple[str, ...]
    """Where callers reach this server, each without a path; the first is the public one."""
    issuers: tuple[Issuer, ...] = ()
    clients: tuple[Client, ...] = ()
    cds_clients: tuple[CdsClient, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    page: Page = Page.LAUNCHED

    @property
    def public(self) -> str:
        return self.addresses[0]

    @property
    def token_url(self) -> str:
        """Where this server gives tokens."""
        return f"{self.public}/auth/token"

    @property
    def token_endpoint(self) -> str | None:
        """Where clients get tokens: here, or at the first issuer that names such an address; None where nobody says."""
        if self.clients:
            return self.token_url
        return next((each.token_endpoint for each in self.issuers if each.token_endpoint), None)

    @property
    def token_urls(self) -> tuple[str, ...]:
        """The same by every address of this server."""
        return tuple(f"{address}/auth/token" for address in self.addresses)

    @property
    def fhir_url(self) -> str:
        return f"{self.public}/fhir"

    @property
    def key_sets(self) -> dict[str, str]:
        """All addresses and files that keys are read from, each with the name of whose they are."""
        listed = [(each.jwks, each.name) for each in self.issuers]
        listed += [(each.jwks, each.name) for each in self.clients]
        listed += [(place, each.name) for each in self.cds_clients for place in (each.jwks, *each.jku) if place]
        return dict(listed)
