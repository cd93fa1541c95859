"""Which open record a request of a browser is about, and whether a page of this service has sent it.

An EHR may show the page in a frame, where a browser sends only cookies that say ``SameSite=None``; so ours does, with
``Secure`` and apart for each site that frames it, and whatever changes something asks for the origin and a token of
the session besides. Without https the cookie is ``SameSite=Lax``, and frames of other sites do not work.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Any

from flask import Response, current_app, request

from service.api.settings import Settings
from service.client.user import Client
from service.outgoing.reach import Reach
from service.problems import Problem, Rejected
from service.smart import App, Keeper, Opened, is_handle, new_secret
from service.smart.configuration import Configurations
from service.smart.launch import LONGEST_S
from service.smart.opened import LIMITS
from service.storage import Sessions, Unavailable

HANDLE = "smart"
"""The parameter of the URL that says which of the open records of a browser is meant."""
CSRF_HEADER = "X-CSRF-Token"
#: Where the application keeps what servers have said of themselves.
_SAID = "smart-configurations"
OVER = "No record is open here any more: the session is over, or was begun in another browser. Open the record again."
NO_DATABASE = "The database of this service does not answer now. Try again later."


def offered() -> bool:
    """Whether a record can be opened in an EHR at all."""
    settings: Settings = current_app.config["SETTINGS"]
    return bool(settings.smart_client_id and settings.fhir_servers)


def opened(handle: str | None) -> Opened | None:
    """The record that is open in this browser under a handle, or None.

    Raises:
        Unavailable: the database does not answer.
    """
    secret = request.cookies.get(cookie_name())
    if not is_handle(handle) or not is_handle(secret) or not offered():
        return None
    kept = session_keeper()
    session = kept.session(secret, handle, datetime.now(UTC))
    return Opened(session, this_app().client, kept, secret, handle, may_be_called(), LIMITS) if session else None


def this_app() -> App:
    """This service, as the site has registered it with EHRs."""
    settings: Settings = current_app.config["SETTINGS"]
    client = Client(settings.smart_client_id or "", settings.smart_client_secret)
    said: Configurations = current_app.extensions.setdefault(_SAID, Configurations())
    return App(client, settings.fhir_servers, f"{public_address()}/app/callback", said)


def may_be_called() -> Reach:
    """The servers of EHRs, as the site lists them."""
    settings: Settings = current_app.config["SETTINGS"]
    return Reach.of(settings.fhir_servers, settings.private_networks)


def session_keeper() -> Keeper:
    """What keeps launches and sessions."""
    return Keeper(Sessions(current_app.config["DATABASE"]))


def public_address() -> str:
    """Where the browser reaches this service."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.public_url or request.host_url.rstrip("/")


def _is_https() -> bool:
    return public_address().startswith("https://")


def cookie_name() -> str:
    """The prefix has browsers refuse a cookie that a neighbouring host sets, or that came over http."""
    return "__Host-spinemets" if _is_https() else "spinemets"


def browser_secret() -> str:
    """The secret of this browser: one for all its open records, made when it has none."""
    given = request.cookies.get(cookie_name())
    return given if given is not None and is_handle(given) else new_secret()


def with_secret(response: Any, secret: str, seconds: int) -> Response:
    """An answer that gives a browser its secret, for so many seconds at least."""
    https = _is_https()
    # A launch does not shorten the time of records that are open already.
    lasts = max(seconds, LONGEST_S) if cookie_name() in request.cookies else seconds
    response.set_cookie(
        cookie_name(),
        secret,
        max_age=lasts,
        path="/",
        secure=https,
        httponly=True,
        samesite="None" if https else "Lax",
        partitioned=https,
    )
    made: Response = response
    return made


def needed() -> Opened:
    """The open record that the request is about.

    Raises:
        Rejected: 401 where there is none, 503 while the database does not answer.
    """
    try:
        found = opened(request.args.get(HANDLE))
    except Unavailable:
        raise no_database() from None
    if found is None:
        raise Rejected(401, Problem("login", OVER, "Bundle"))
    return found


def for_change(token: str) -> Opened:
    """The open record that the request is to change.

    Raises:
        Rejected: 403 unless a page of this service sent it for this record.
    """
    check_same_origin()
    if request.headers.get("Origin") != public_address():
        raise _from_elsewhere()
    found = needed()
    if not hmac.compare_digest(token.encode(), found.csrf.encode()):
        raise _from_elsewhere()
    return found


def check_same_origin() -> None:
    """Refuses what a page of another site has sent; browsers say so."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise _from_elsewhere()


def _from_elsewhere() -> Rejected:
    message = "This is for the page of this service alone, and its token was not sent along. Load the page anew."
    return Rejected(403, Problem("forbidden", message, "Bundle"))


def no_database() -> Rejected:
    """What a script is told while the database does not answer."""
    return Rejected(503, Problem("transient", NO_DATABASE, "Bundle"))
