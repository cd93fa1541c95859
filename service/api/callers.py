"""The gate: who may pass which door, judged before the door is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, has_request_context, request

from service.api import answers
from service.api.doors import CLOSED, DIRECT, DOORS, LOCAL, NO_CERTIFICATE, NO_PAGE, May
from service.api.settings import Settings
from service.api.smart_session import HANDLE, no_database, opened
from service.callers.access import Access, Page
from service.callers.access_file import BadAccess, read_access
from service.callers.access_values import is_web
from service.callers.caller import ANONYMOUS, Caller, Kind
from service.callers.certificates import HEADER, Seen, seen
from service.callers.fetching import fetcher
from service.callers.issuing import Signer
from service.callers.judge import Judge, bearer
from service.callers.key_sets import KeySets
from service.callers.keys import BadKeys
from service.callers.openness import comes_from_here, is_by_proxy, is_said
from service.callers.refused import Reason, Refused
from service.callers.replay import Replay
from service.callers.scopes import ASSESS, TRANSLATE, Need, allows
from service.cds_hooks.services import SERVICES
from service.operations import meters
from service.operations.metering import is_quiet
from service.operations.readiness import Check
from service.outgoing.failure import ExchangeFailed
from service.problems import Problem, Rejected
from service.smart import is_handle
from service.storage import Unavailable, UsedTokens

_log = logging.getLogger("spinemets")
_REALM = "spinemets"
_FEEDBACK = "/feedback"
_CHUNK = 65_536
_WAY = "X-Forwarded-For"


_NEEDS: dict[May, Need] = {May.ASSESSOR: ASSESS, May.TRANSLATOR: TRANSLATE}


def protect(app: Flask, settings: Settings) -> None:
    """Puts the gate before all doors of an application.

    Raises:
        BadAccess: the access file, a file of keys or the settings that belong to it cannot be used.
        BadTokenKey: the key for tokens cannot be used.
    """
    app.config["JUDGE"] = _judge_of(app, settings)
    app.before_request(_let_in)


def _judge_of(app: Flask, settings: Settings) -> Judge | None:
    if settings.access is None:
        return None
    if settings.anyone_may_call:
        message = (
            "SPINEMETS_ACCESS says who may call, and SPINEMETS_ANYONE_MAY_CALL that everyone may. Set one of them."
        )
        raise BadAccess(message)
    access = read_access(settings.access, settings.public_url, SERVICES)
    places = access.key_sets
    try:
        key_sets = KeySets(places, fetcher(filter(is_web, places), settings.private_networks))
        key_sets.load_files()
    except (BadKeys, ExchangeFailed) as error:
        raise BadAccess(f"SPINEMETS_ACCESS: keys cannot be used: {error}. Correct the file.") from None
    app.config["CHECKS"].append(Check("keys", lambda: _missing(key_sets), needed=False))
    return Judge(access, key_sets, Replay(UsedTokens(app.config["DATABASE"])), Signer.of(settings.token_key))


def _missing(key_sets: KeySets) -> str | None:
    number = key_sets.missing()
    return f"{number} of the key sets were never read, so their callers cannot be judged" if number else None


def warm(app: Flask) -> None:
    """Has this process read the keys of issuers before somebody calls; after the fork, which no thread survives."""
    judge: Judge | None = app.config["JUDGE"]
    if judge is not None:
        judge.key_sets.begin()


def caller() -> Caller:
    """Who has made this request, as far as it was proved."""
    found: Caller = g.get("caller", ANONYMOUS) if has_request_context() else ANONYMOUS
    return found


def access() -> Access | None:
    """Who may call, or None where nobody is asked."""
    judge = judge_here()
    return judge.access if judge else None


def judge_here() -> Judge | None:
    """What judges callers, where it is said who may call."""
    found: Judge | None = current_app.config["JUDGE"]
    return found


def _let_in() -> Response | None:
    """Judges a request before its door does; an answer is a refusal."""
    g.caller = ANONYMOUS
    if is_quiet():  # the service asks itself, before it serves others
        return None
    door = DOORS.get(request.url_rule.rule) if request.url_rule else May.EVERYONE
    judge = judge_here()
    try:
        if judge is not None:
            judge.key_sets.begin()
            # A preflight carries no token, and learns nothing.
            if request.method != "OPTIONS":
                g.caller = _judged(judge, door)
        elif door is not May.PROBE:
            _check_open()
    except Refused as refused:
        return refusal(refused.reason)
    if door is not May.PROBE:
        meters.CALLERS.add(kind=str(g.caller.kind))
    return None


def _check_open() -> None:
    """Where nobody is asked who they are: lets in what comes from this machine.

    Raises:
        Rejected: 403 for everyone else.
    """
    settings: Settings = current_app.config["SETTINGS"]
    public = urlsplit(settings.public_url).hostname if settings.public_url else None
    peer = request.environ.get("REMOTE_ADDR")
    if not is_said(settings) and not comes_from_here(peer, request.headers.keys(), request.host, public):
        raise _forbidden(LOCAL, "address")


def _judged(judge: Judge, door: May | None) -> Caller:
    """The caller, who may pass this door.

    Raises:
        Refused: the caller may not.
        Rejected: the same, at a door that takes no token.
    """
    if door in _NEEDS:
        return _at_fhir(judge, _NEEDS[door])
    if door is May.CDS:
        return _at_cds(judge)
    if door is May.PAGE:
        return _at_page(judge)
    if door is May.SESSION:
        return _launched() or ANONYMOUS
    if door is May.SCRAPER and _is_by_proxy():
        raise _forbidden(DIRECT, "address")
    if door is None:
        raise _forbidden(CLOSED, "address")
    return ANONYMOUS


def _at_fhir(judge: Judge, need: Need) -> Caller:
    now = time.time()
    held, header = _certificate(), _authorization()
    known = judge.certificate(held, now) if held is not None and header is None else None
    found = known[0] if known else judge.token(bearer(header), held, now)
    if not allows(found.scopes, need):
        raise Refused(Reason.SCOPE)
    return found


def _at_cds(judge: Judge) -> Caller:
    now = time.time()
    named = request.view_args or {}
    service = str(named.get("service_id", named.get("name", "")))
    held, header = _certificate(), _authorization()
    known = judge.certificate(held, now) if held is not None and header is None else None
    if known is None:
        return judge.cds(bearer(header), _called(judge.access), service, now)
    if service not in known[1].services:
        raise Refused(Reason.SERVICE)
    return known[0]


def _called(access: Access) -> frozenset[str]:
    """The addresses that were called, as the site has them: what a request says of its host proves nothing.

    Clients send feedback with a token for its own address, or for that of the service.
    """
    paths = {request.path, request.path.removesuffix(_FEEDBACK)}
    return frozenset(f"{address}{path}" for address in access.addresses for path in paths)


def _at_page(judge: Judge) -> Caller:
    found = _launched()
    if found is not None or judge.access.page is Page.EVERYONE:
        return found or ANONYMOUS
    held = _certificate()
    known = judge.certificate(held, time.time()) if held is not None else None
    if judge.access.page is Page.CERTIFICATE and known is not None:
        return known[0]
    _count("none")
    text = NO_CERTIFICATE if judge.access.page is Page.CERTIFICATE else NO_PAGE
    raise Rejected(401, Problem("login", text, "Authorization"))


def _launched() -> Caller | None:
    """The user of a SMART launch whose record is open, or None."""
    handle = request.args.get(HANDLE)
    if not is_handle(handle):
        return None
    try:
        found = opened(handle)
    except Unavailable:
        raise no_database() from None
    return Caller("launch", Kind.LAUNCH, issuer=found.session.server) if found else None


def _authorization() -> str | None:
    """The header Authorization; a token that stands in the address besides would be in the logs of others.

    Raises:
        Refused: a token is there.
    """
    if "access_token" in request.args:
        raise Refused(Reason.SEVERAL)
    return request.headers.get("Authorization")


def _certificate() -> Seen | None:
    """The client certificate, if a proxy of the site says so; what others say of it is nothing."""
    return seen(request.headers.get(HEADER, "")) if _is_trusted() else None


def _is_trusted() -> bool:
    """Whether a proxy of the site has sent the request; where there is one, it may use a socket in the file system."""
    settings: Settings = current_app.config["SETTINGS"]
    peer = request.environ.get("REMOTE_ADDR")
    return bool(settings.trusted_proxies) and (peer == "" or _is_within(peer or "", settings.trusted_proxies))


def address() -> str | None:
    """Where the caller is, as far as it is known: the last address on the way that is not of a proxy of the site."""
    settings: Settings = current_app.config["SETTINGS"]
    peer = request.environ.get("REMOTE_ADDR") or None
    if not _is_trusted():
        return peer
    for said in reversed(request.headers.get(_WAY, "").split(",")):
        try:
            found = str(ip_address(said.strip()))
        except ValueError:
            return peer
        if not _is_within(found, settings.trusted_proxies):
            return found
    return peer


def _is_by_proxy() -> bool:
    """Whether a request may have come by way of a proxy.

    One of the site on this very machine is told from the other programs here by what a proxy adds, and by the name that
    was called: else nobody here could read the figures.
    """
    peer, headers = request.environ.get("REMOTE_ADDR"), request.headers.keys()
    if peer and comes_from_here(peer, headers, request.host, None):
        return False
    return is_by_proxy(headers) or _is_trusted()


def _is_within(peer: str, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    try:
        found = ip_address(peer)
    except ValueError:
        return False
    plain = (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
    return any(plain in network for network in networks)


# Refusals


def refusal(reason: Reason) -> Response:
    """The answer to a caller who is not let in, in FHIR, with what RFC 6750 has beside it."""
    _count(reason.said.counted)
    _drain()
    said = reason.said
    response = answers.refuse(Rejected(said.status, Problem(said.issue, said.text, "Authorization")))
    if said.status in (400, 401, 403):
        # Every value is a constant of ours: plain ASCII without a double quote.
        values = {"realm": _REALM, "error": said.error, "error_description": said.error and said.text}
        told = ", ".join(f'{name}="{value}"' for name, value in values.items() if value)
        response.headers["WWW-Authenticate"] = f"Bearer {told}"
    return response


def _forbidden(text: str, counted: str) -> Rejected:
    _count(counted)
    return Rejected(403, Problem("forbidden", text, "Authorization"))


def _count(word: str) -> None:
    meters.CALLERS_REFUSED.add(reason=word)
    _log.info("a caller is refused: %s", word)


def _drain() -> None:
    """Reads what is sent along: a client that is still sending would see a broken connection, and no answer."""
    settings: Settings = current_app.config["SETTINGS"]
    left = settings.max_body_bytes
    while left > 0 and (part := request.stream.read(min(left, _CHUNK))):
        left -= len(part)
