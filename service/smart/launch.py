"""The launch: from an EHR or from here, over the login of the user, to a session."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from service.client import ExchangeFailed, patient_id
from service.client.reading import NEEDED
from service.client.scopes import TYPES, WRITTEN, Scopes, covers
from service.client.user import Client, Grant, TokenRefused, ask_token
from service.outgoing.allowed import allowed
from service.outgoing.transport import Transport
from service.smart.configuration import Configuration, Configurations, launchable
from service.smart.failure import SmartFailed
from service.smart.session import Session
from service.text import phrase, series

#: A session lasts as long as its token, and no longer than this.
LONGEST_S = 8 * 3600
#: What the form of the page makes is written with the plan, so that the plan can refer to it.
FORM = "QuestionnaireResponse"
_LONGEST_LAUNCH = 4096
_LONGEST_CODE = 8192

_REGISTER = "Ask its administrator to register this service with the address that ends in /app/callback."
_LATER = "The login of the EHR fails or is overloaded. Try again later."
#: Why a user comes back without a code (RFC 6749, section 4.1.2.1), in plain words.
_ERRORS: Mapping[str, tuple[str, int]] = {
    "access_denied": (
        "The EHR did not give leave to read the record: you declined, or you have no right to it. Start again if that "
        "was a mistake.",
        403,
    ),
    "invalid_scope": (
        "The EHR does not give this service the rights that it asks for. Ask its administrator to allow reading, and "
        "writing drafts; where only reading is wanted, launch with write=no.",
        403,
    ),
    "unauthorized_client": (f"This service may not be launched from this EHR. {_REGISTER}", 403),
    "invalid_request": (f"The EHR did not understand the launch. {_REGISTER}", 502),
    "unsupported_response_type": (f"The EHR did not understand the launch. {_REGISTER}", 502),
    "login_required": ("You are not logged in to the EHR any more. Log in there, and start again.", 403),
    "interaction_required": ("The EHR has something to ask you first. Log in there, and start again.", 403),
    "consent_required": ("The EHR has something to ask you first. Log in there, and start again.", 403),
    "server_error": (_LATER, 502),
    "temporarily_unavailable": (_LATER, 502),
}
_OTHER = ("The EHR ended the login without saying why. Start again; if it happens again, ask its administrator.", 502)
#: Why a token endpoint gives no token for a code (RFC 6749, section 5.2).
_TOKEN_ERRORS: Mapping[str | None, str] = {
    "invalid_grant": "The login took too long, or was used already. Start again from the EHR.",
    "invalid_client": "The EHR does not know this service. Let its client id and secret be corrected here "
    "(SPINEMETS_SMART_CLIENT_ID, SPINEMETS_SMART_CLIENT_SECRET).",
    "unauthorized_client": f"This service may not be launched from this EHR. {_REGISTER}",
    "invalid_scope": _ERRORS["invalid_scope"][0],
}


@dataclass(frozen=True)
class App:
    """This service, as an app of EHRs."""

    client: Client
    servers: tuple[str, ...]
    """Base addresses of the FHIR servers that it may be launched from."""
    redirect_uri: str
    configurations: Configurations = field(default_factory=Configurations, compare=False)


@dataclass(frozen=True)
class Pending:
    """A launch whose user is logging in."""

    server: str
    token_endpoint: str
    issuer: str | None
    scope: str
    verifier: str = field(repr=False)
    redirect_uri: str
    standalone: bool


def begin(
    app: App, transport: Transport, iss: str, launch: str | None, *, state: str, verifier: str, write: bool = True
) -> tuple[str, Pending]:
    """Where the user goes to log in, and what has to be known when they come back.

    ``launch`` is what the EHR gave; without it the user chooses the patient there. ``state`` and ``verifier`` are new
    random values; without ``write`` only the right to read is asked for.

    Raises:
        SmartFailed: this server is not one to be launched from.
        ExchangeFailed: it does not answer.
    """
    server = allowed(iss, app.servers)
    if server is None:
        raise SmartFailed(
            "This EHR is not one that this service may be launched from. Let the site add its FHIR server to "
            "SPINEMETS_FHIR_SERVERS.",
            403,
        )
    if launch is not None and not (0 < len(launch) <= _LONGEST_LAUNCH and launch.isascii() and launch.isprintable()):
        raise SmartFailed("The EHR started the launch with something that is no launch. Start it again there.")
    said = launchable(app.configurations.of(transport, server), standalone=launch is None)
    rights = scope(said, standalone=launch is None, write=write)
    asked = {
        "response_type": "code",
        "client_id": app.client.id,
        "redirect_uri": app.redirect_uri,
        "scope": rights,
        "state": state,
        "aud": iss.strip(),  # servers compare it with what they gave as iss
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    if launch is not None:
        asked["launch"] = launch
    endpoint = said.authorization_endpoint
    url = f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"
    pending = Pending(
        server=server,
        token_endpoint=said.token_endpoint,
        issuer=said.issuer,
        scope=rights,
        verifier=verifier,
        redirect_uri=app.redirect_uri,
        standalone=launch is None,
    )
    return url, pending


def scope(said: Configuration, *, standalone: bool, write: bool) -> str:
    """The rights that are asked for: to read what the intake reads and, with ``write``, to write what is answered.

    Who the user is, is not asked: nothing here needs it.
    """
    kinds = Scopes(TYPES, (*WRITTEN, FORM) if write else (), "patient").text(first=said.first)
    parts = ["launch/patient" if standalone else "launch", kinds]
    if "permission-online" in said.capabilities:
        parts.append("online_access")
    return " ".join(parts)


def challenge(verifier: str) -> str:
    """The code challenge for a verifier (RFC 7636, section 4.2).

    >>> challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def failed(error: str) -> SmartFailed:
    """What an error that a user comes back with means."""
    return SmartFailed(*_ERRORS.get(error, _OTHER))


def finish(
    app: App, transport: Transport, pending: Pending, code: str | None, issuer: str | None, *, now: float
) -> Session:
    """The session that a user comes back with a code for. ``issuer`` is the ``iss`` of the answer, where there is one.

    Raises:
        SmartFailed: the EHR gives no session.
        ExchangeFailed: it does not answer.
    """
    if issuer is not None and pending.issuer is not None and issuer != pending.issuer:  # RFC 9207
        raise SmartFailed("The login came back from another place than it was sent to. Start again from the EHR.", 403)
    if not code or len(code) > _LONGEST_CODE or not code.isascii() or not code.isprintable():
        raise SmartFailed("The EHR sent you back without a code. Start again from the EHR.", 502)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": pending.redirect_uri,
        "code_verifier": pending.verifier,
    }
    try:
        grant = ask_token(transport.also(pending.token_endpoint), pending.token_endpoint, app.client, form)
    except TokenRefused as refused:
        if refused.error is None and (refused.status or 0) >= 500:
            raise SmartFailed(_LATER, 502) from None
        message = _TOKEN_ERRORS.get(refused.error, "The EHR gives no leave to read. Start again; its log says why.")
        raise SmartFailed(message, 502) from None
    return _session(pending, grant, now)


def _session(pending: Pending, grant: Grant, now: float) -> Session:
    given = grant.context.get("patient")
    try:
        patient = patient_id(given if isinstance(given, str) else "")
    except ExchangeFailed:
        raise SmartFailed(
            "The EHR did not say which patient is open. Open the record of one patient there, and start again from it.",
            422,
        ) from None
    granted = grant.scope or pending.scope
    lacking = sorted(kind for kind in NEEDED if not covers(granted, kind))
    if lacking:
        message = phrase(
            "You gave no leave to read {kinds}, and without that an answer would be wrong. Start again, and allow it.",
            kinds=series(", ", lacking),
        )
        raise SmartFailed(message, 403)
    until = now + min(grant.expires_in, LONGEST_S)
    return Session(
        server=pending.server,
        patient=patient,
        scope=granted,
        token_endpoint=pending.token_endpoint,
        access_token=grant.access_token,
        until=until,
        expires_at=now + LONGEST_S if grant.refresh_token else until,
        refresh_token=grant.refresh_token,
        need_patient_banner=grant.context.get("need_patient_banner") is not False,
        standalone=pending.standalone,
    )
