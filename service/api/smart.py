"""SMART App Launch at ``/app``: the launch, what comes back from the login, the record that is open, writing to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, g, redirect, render_template, request, url_for

from service.api import answers, auditing, media
from service.api.settings import Settings
from service.api.smart_session import (
    CSRF_HEADER,
    HANDLE,
    NO_DATABASE,
    OVER,
    browser_secret,
    check_same_origin,
    cookie_name,
    for_change,
    may_be_called,
    needed,
    no_database,
    offered,
    opened,
    session_keeper,
    this_app,
    with_secret,
)
from service.client import ExchangeFailed
from service.language import spoken, told
from service.outgoing.addresses import split
from service.outgoing.transport import Transport
from service.problems import Problem, Rejected
from service.smart import SmartFailed, Wish, begin, failed, finish, is_handle, new_secret
from service.smart import record as read_record
from service.smart import write_back as write
from service.smart.keeper import LAUNCH_TIME
from service.smart.launch import LONGEST_S
from service.smart.opened import LIMITS
from service.storage import Unavailable
from service.text import phrase

__all__ = ["blueprint", "frame_ancestors", "offered", "opened"]

blueprint = Blueprint("smart", __name__, url_prefix="/app")

_MAX_BODY = 256 * 1024
_LAUNCH_S = 12
_NOT_SET_UP = (
    "This service cannot be launched from an EHR yet. Let the site register it there, and set "
    "SPINEMETS_SMART_CLIENT_ID and SPINEMETS_FHIR_SERVERS."
)
_STRANGER = (
    "This login was not begun in this browser, took longer than a quarter of an hour, or was used before. Start again "
    "from the EHR, and allow cookies for this service."
)
#: What a server that refuses means to the page: the status, and the code of the issue.
_REFUSED = {401: (401, "login"), 403: (403, "forbidden")}


def frame_ancestors() -> str:
    """Who may show this page in a frame, for its policy: nobody, or the EHR that has launched it."""
    settings: Settings = current_app.config["SETTINGS"]
    handle = request.args.get(HANDLE)
    if not is_handle(handle):
        return "'none'"
    try:
        found = opened(handle)
    except Unavailable:
        found = None
    if found is not None and found.session.standalone:
        return "'none'"
    return _framed(*([found.session.server] if found else []), *settings.frame_origins)


@blueprint.get("/launch")
def launch() -> Response:
    """Begins a launch: with ``iss`` and ``launch`` from an EHR, with ``iss`` alone from here; else asks where."""
    settings: Settings = current_app.config["SETTINGS"]
    if not offered():
        return _page("No record can be opened", _NOT_SET_UP, 404)
    iss = request.args.get("iss")
    if iss is None:
        where = "Choose the server that holds the record. You log in there, and choose the patient."
        return _page("Open a record", where, 200, servers=settings.fhir_servers)
    secret, state, verifier = browser_secret(), new_secret(), new_secret()
    writes = request.args.get("write") != "no"
    try:
        transport = Transport(replace(LIMITS, total_seconds=_LAUNCH_S), reach=may_be_called(), purpose="smart")
        given = request.args.get("launch")
        url, pending = begin(this_app(), transport, iss, given, state=state, verifier=verifier, write=writes)
        session_keeper().keep_launch(secret, state, pending, datetime.now(UTC))
    except (SmartFailed, ExchangeFailed, Unavailable) as error:
        return _stopped(error)
    return with_secret(redirect(url, 303), secret, int(LAUNCH_TIME.total_seconds()))


@blueprint.get("/callback")
def callback() -> Response:
    """What a user comes back with from the login: a code, or why there is none."""
    state, secret = request.args.get("state"), request.cookies.get(cookie_name())
    if not offered() or not is_handle(state) or not is_handle(secret):
        return _stopped(SmartFailed(_STRANGER))
    keeper, now = session_keeper(), datetime.now(UTC)
    try:
        pending = keeper.take_launch(secret, state, now)
        if pending is None:
            raise SmartFailed(_STRANGER)
        if "error" in request.args:
            raise failed(request.args["error"])
        transport = Transport(replace(LIMITS, total_seconds=_LAUNCH_S), reach=may_be_called(), purpose="smart")
        code, issuer = request.args.get("code"), request.args.get("iss")
        session = finish(this_app(), transport, pending, code, issuer, now=now.timestamp())
        auditing.about_patient_at(session.server, session.patient)
        handle = new_secret()
        keeper.keep_session(secret, handle, session, now)
    except (SmartFailed, ExchangeFailed, Unavailable) as error:
        return _stopped(error)
    return with_secret(redirect(f"/app?{HANDLE}={handle}", 303), secret, LONGEST_S)


@blueprint.get("/smart/status")
def status() -> Response:
    """Whether a record is open, and what may be done with it."""
    check_same_origin()
    try:
        found = opened(request.args.get(HANDLE))
    except Unavailable:
        raise no_database() from None
    if found is None:
        where = url_for("smart.launch") if offered() else None
        return _json({"open": False, "text": told(OVER), "launch": where})
    session = found.session
    return _json(
        {
            "open": True,
            "server": session.server,
            "expiresAt": datetime.fromtimestamp(session.expires_at, UTC).isoformat(timespec="seconds"),
            "mayWrite": found.may_write,
            "csrf": found.csrf,
            "needPatientBanner": session.need_patient_banner,
            "standalone": session.standalone,
        }
    )


@blueprint.get("/smart/record")
def record() -> Response:
    """The record that is open, read anew."""
    check_same_origin()
    found = needed()
    auditing.about_patient_at(found.session.server, found.session.patient)
    try:
        made = read_record(found)
        auditing.about(made.bundle)
    except ExchangeFailed as error:
        raise _refused(error) from None
    except Unavailable:
        raise no_database() from None
    return _json(
        {
            "bundle": made.bundle,
            "counts": dict(made.counts),
            "notes": [told(note) for note in made.notes],
            "own": made.own,
            "readAt": datetime.now(UTC).isoformat(timespec="seconds"),
        }
    )


@blueprint.post("/smart/write-back")
def write_back() -> Response:
    """Writes the answer to the record that is open, as drafts. Only a click of the user leads here."""
    found = for_change(request.headers.get(CSRF_HEADER, ""))
    auditing.about_patient_at(found.session.server, found.session.patient)
    wish = _wish()
    try:
        written = write(found, wish, current_app.config["SITE"], datetime.now(UTC))
    except ExchangeFailed as error:
        raise _refused(error) from None
    except SmartFailed as error:
        raise Rejected(error.status, Problem("forbidden", error.message, "Bundle")) from None
    except Unavailable:
        raise no_database() from None
    numbers = {name: getattr(written, name) for name in ("created", "updated", "unchanged", "withdrawn", "kept")}
    said = phrase(
        "The plan is in the record, as drafts: {created} created, {updated} updated, {unchanged} unchanged, "
        "{withdrawn} withdrawn.",
        **numbers,
    )
    notes = [told(note) for note in written.notes]
    return _json({**numbers, "notes": notes, "links": list(written.plans), "text": told(said)})


@blueprint.post("/smart/close")
def close() -> Response:
    """Forgets the session; its token is not kept anywhere else."""
    of_form = request.mimetype == "application/x-www-form-urlencoded"
    found = for_change(request.form.get("csrf", "") if of_form else request.headers.get(CSRF_HEADER, ""))
    auditing.about_patient_at(found.session.server, found.session.patient)
    try:
        found.keeper.close_session(found.secret, found.handle)
    except Unavailable:
        raise no_database() from None
    return redirect("/app", 303) if of_form else Response(status=204)  # type: ignore[return-value]  # werkzeug's is ours


def _refused(error: ExchangeFailed) -> Rejected:
    http, code = _REFUSED.get(error.status or 0, (502, "processing"))
    return Rejected(http, Problem(code, error.message, "Bundle"))


def _wish() -> Wish:
    """What the page wants written.

    Raises:
        Rejected: 415, 413, 400 or 422.
    """
    if request.mimetype not in media.JSON:
        message = "This is not JSON. Send it with Content-Type: application/json."
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    raw = media.body(request, _MAX_BODY)
    try:
        given = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Rejected(400, Problem("structure", "The body is not JSON. Send an object.", "Bundle")) from None
    form, policy, complete = (
        (given.get("questionnaireResponse"), given.get("policy"), given.get("assumeComplete", False))
        if isinstance(given, dict)
        else (None, None, None)
    )
    if not isinstance(policy, str | None) or not isinstance(complete, bool):
        message = "Send an object with questionnaireResponse, policy (a name) and assumeComplete, or with none of them."
        raise Rejected(422, Problem("invalid", message, "Bundle"))
    return Wish(form, policy, complete)


def _json(value: Any) -> Response:
    return answers.packed(orjson.dumps(value), "application/json", 200)


def _stopped(error: SmartFailed | ExchangeFailed | Unavailable) -> Response:
    """The page that says why a launch ended."""
    if isinstance(error, SmartFailed):
        return _page("The record was not opened", error.message, error.status)
    if isinstance(error, Unavailable):
        return _page("The record was not opened", NO_DATABASE, 503)
    return _page("The record was not opened", error.message, 502)


def _page(title: str, text: str, http: int, servers: tuple[str, ...] = ()) -> Response:
    settings: Settings = current_app.config["SETTINGS"]
    body = render_template(
        "smart.html",
        title=told(title),
        text=told(text),
        failed=http >= 400,
        servers=servers,
        home=url_for("page.start", lang=spoken()),
        go_on=told("Go on without a record of an EHR"),
        language=spoken(),
    )
    response = Response(body, http, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {_framed(*settings.frame_origins)}"
    )
    if http == 503:
        response.headers["Retry-After"] = answers.RETRY_AFTER_S
    return response


def _framed(*addresses: str) -> str:
    """The origins of addresses, as those who may show the page in a frame."""
    origins = dict.fromkeys(f"{parts.scheme}://{parts.netloc}" for parts in map(split, addresses))
    # The older header knows nobody else than the page itself, so it has to go where others may.
    g.framed = bool(origins)
    return " ".join(origins) or "'none'"
