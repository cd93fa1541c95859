"""Judges who calls: an access token, the JWT of a CDS client, the assertion of a backend service, a certificate."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from typing import Any

from service.callers import tokens
from service.callers.access import Access, CdsClient, Certificate, Client, Issuer, Known
from service.callers.caller import Caller, Kind
from service.callers.certificates import Seen
from service.callers.issuing import LASTS_S, TYPE, Signer
from service.callers.key_sets import KeySets
from service.callers.keys import Key
from service.callers.refused import Reason, Refused
from service.callers.replay import Replay
from service.callers.scopes import granted
from service.callers.tokens import Token

#: Longest time that a token for one use may be valid: as CDS Hooks and SMART have it.
ONCE_S = 300
#: Longest time that the access token of another server may be valid.
_ACCESS_S = 24 * 60 * 60
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([A-Za-z0-9._~+/-]+=*)", re.ASCII)
_ONE_SCHEME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+( |\Z)", re.ASCII)
_OF_ACCESS = ("", "jwt", TYPE)
_THUMBPRINT = "x5t#S256"


def bearer(header: str | None) -> str:
    """The token in a header Authorization.

    Raises:
        Refused: there is none, there are several, or it is in another scheme.
    """
    if header is None or not header.strip():
        raise Refused(Reason.NONE)
    if len(header) > tokens.MAX_BYTES + len("Bearer "):
        raise Refused(Reason.OVERSIZED)
    found = _BEARER.fullmatch(header.strip())
    if found:
        return found[1]
    # Several headers arrive as one, with commas between; no token has one.
    if "," in header:
        raise Refused(Reason.SEVERAL)
    is_bearer = header.strip().lower().startswith("bearer")
    raise Refused(Reason.MALFORMED if is_bearer or not _ONE_SCHEME.match(header.strip()) else Reason.SCHEME)


class Judge:
    """Knows the access file and the keys, and remembers what was used. All methods raise :class:`Refused`."""

    def __init__(self, access: Access, key_sets: KeySets, replay: Replay, signer: Signer) -> None:
        self.access = access
        self.key_sets = key_sets
        self.signer = signer
        self._replay = replay
        self._issuers = {each.iss: each for each in access.issuers}
        self._clients = {each.client_id: each for each in access.clients}
        self._certificates = {each.sha256: each for each in access.certificates}

    def token(self, text: str, certificate: Seen | None, now: float) -> Caller:
        """The caller at a FHIR door, by an access token."""
        token = tokens.taken_apart(text)
        iss = tokens.text_claim(token, "iss", Reason.ISSUER)
        if iss == self.access.public and self._clients:
            return self._own(token, now)
        issuer = self._issuers.get(iss)
        if issuer is None:
            raise Refused(Reason.ISSUER)
        tokens.check_algorithm(token, issuer.algorithms)
        tokens.check_type(token, _OF_ACCESS)
        tokens.check_signature(token, self._keys(issuer.jwks, token))
        tokens.check_audience(token, issuer.audience.__eq__)
        expires = tokens.check_times(token, now, _ACCESS_S)
        _check_binding(token, certificate, now)
        who, known = _given_to(token, issuer)
        scopes = tokens.scopes_of(token) or frozenset(known.scopes if known else ())
        if issuer.single_use:
            self._replay.check("token", iss, tokens.text_claim(token, "jti"), expires, now)
        name = known.name if known else issuer.name
        return Caller(name, Kind.TOKEN, scopes, iss, _key("token", iss, who))

    def cds(self, text: str, addresses: Collection[str], service: str, now: float) -> Caller:
        """The caller of a CDS Hooks service, by its JWT; ``addresses`` are those that it may have called."""
        token = tokens.taken_apart(text)
        iss = tokens.text_claim(token, "iss", Reason.ISSUER)
        client = self._cds_client(iss, tokens.optional_text(token, "tenant"))
        tokens.check_algorithm(token, client.algorithms)
        tokens.check_type(token, ("jwt",))
        tokens.check_signature(token, self._keys(_place(token, client), token, named=True))
        tokens.check_audience(token, lambda each: each in addresses)
        expires = tokens.check_times(token, now, ONCE_S, issued=True)
        jti = tokens.text_claim(token, "jti")
        if client.services is not None and service not in client.services:
            raise Refused(Reason.SERVICE)
        self._replay.check("cds", iss, jti, expires, now)
        return Caller(client.name, Kind.CDS, issuer=iss, key=_key("cds", iss, client.tenant or ""))

    def client(self, assertion: str, now: float) -> Client:
        """The backend service that asks for a token, by its assertion (RFC 7523)."""
        token = tokens.taken_apart(assertion)
        client = self._clients.get(tokens.text_claim(token, "iss", Reason.ISSUER))
        if client is None or tokens.text_claim(token, "sub", Reason.ISSUER) != client.client_id:
            raise Refused(Reason.ISSUER)
        tokens.check_algorithm(token, client.algorithms)
        tokens.check_type(token, ("jwt",))
        if token.header.get("jku", client.jwks) != client.jwks:
            raise Refused(Reason.KEY_SET)
        tokens.check_signature(token, self._keys(client.jwks, token, named=True))
        tokens.check_audience(token, lambda each: each in self.access.token_urls)
        expires = tokens.check_times(token, now, ONCE_S)
        self._replay.check("client", client.client_id, tokens.text_claim(token, "jti"), expires, now)
        return client

    def certificate(self, seen: Seen, now: float) -> tuple[Caller, Certificate] | None:
        """The caller with a certificate of the access file, or None."""
        found = self._certificates.get(seen.sha256)
        if found is None:
            return None
        if not seen.is_valid_at(now):
            raise Refused(Reason.CERTIFICATE)
        key = _key("certificate", found.sha256, "")
        return Caller(found.name, Kind.CERTIFICATE, frozenset(found.scopes), key=key), found

    def _own(self, token: Token, now: float) -> Caller:
        """The caller with a token that this server has given."""
        tokens.check_algorithm(token, (self.signer.algorithm,))
        tokens.check_type(token, (TYPE,))
        tokens.check_signature(token, self.signer.fitting(token.kid))
        tokens.check_audience(token, self.access.fhir_url.__eq__)
        tokens.check_times(token, now, LASTS_S)
        client = self._clients.get(tokens.text_claim(token, "client_id"))
        if client is None:
            raise Refused(Reason.CLIENT)
        scopes = frozenset(granted(tokens.scopes_of(token), client.scopes))
        return Caller(client.name, Kind.TOKEN, scopes, self.access.public, _key("client", client.client_id, ""))

    def _cds_client(self, iss: str, tenant: str | None) -> CdsClient:
        """The entry of the access file: that of the tenant, or else the one for all."""
        of_issuer = {each.tenant: each for each in self.access.cds_clients if each.iss == iss}
        found = of_issuer.get(tenant) or of_issuer.get(None)
        if found is None:
            raise Refused(Reason.ISSUER)
        return found

    def _keys(self, place: str, token: Token, *, named: bool = False) -> tuple[Key, ...]:
        if named and token.kid is None:
            raise Refused(Reason.KEY)
        return self.key_sets.of(place).fitting(token.kid, token.algorithm)


def _place(token: Token, client: CdsClient) -> str:
    """The key set of a CDS client: the one that its token names, if that is listed for this client, or its own."""
    jku: Any = token.header.get("jku")
    if jku is None:
        return client.jwks or client.jku[0]
    if not isinstance(jku, str) or jku not in (client.jwks, *client.jku):
        raise Refused(Reason.KEY_SET)
    return jku


def _check_binding(token: Token, certificate: Seen | None, now: float) -> None:
    """A token that is bound to a certificate comes with it (RFC 8705); one bound otherwise is no bearer token."""
    if "cnf" not in token.claims:
        return
    bound = token.claims["cnf"]
    if not isinstance(bound, dict) or set(bound) != {_THUMBPRINT}:
        raise Refused(Reason.BINDING)
    if certificate is None or bound[_THUMBPRINT] != certificate.thumbprint or not certificate.is_valid_at(now):
        raise Refused(Reason.CERTIFICATE)


def _given_to(token: Token, issuer: Issuer) -> tuple[str, Known | None]:
    """Who a token was given to, and what the access file says of that client."""
    named = (tokens.optional_text(token, name) for name in ("client_id", "azp", "appid"))
    client = next((each for each in named if each is not None), None)
    subject = tokens.optional_text(token, "sub")
    if not issuer.clients:
        return f"{client or ''} {subject or ''}", None
    known = next((each for each in issuer.clients if each.id == (client or subject)), None)
    if known is None:
        raise Refused(Reason.CLIENT)
    return f"{client or ''} {subject or ''}", known


def _key(kind: str, issuer: str, who: str) -> str:
    said = "".join(f"{len(part)}:{part}" for part in (kind, issuer, who))
    return hashlib.sha256(said.encode()).hexdigest()
