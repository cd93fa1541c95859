"""The page at ``/app``: a case by hand, from a record or from an example; nothing of it is kept here.

A form of HTML is all that it needs. A script posts the same form while one types, and takes the result alone.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from service import KNOWLEDGE_VERSION, __version__, report
from service.api import answers, auditing, media
from service.api.posted import EXAMPLE_TITLES, OF_EHR, UPLOADED, Posted, answer, assessed, limit, now, posted, read_as
from service.api.smart import frame_ancestors, offered
from service.api.smart_session import HANDLE, check_same_origin, needed
from service.client import ExchangeFailed
from service.fhir_mapping.outbound import answer as fhir_answer
from service.fhir_mapping.outbound.languages import in_language
from service.language import LANGUAGES, NAMES, spoken, told
from service.page import record, screen, sheet
from service.page.answers import Typed
from service.page.record import EXAMPLES, Asked
from service.page.result import Result
from service.page.screen import Banner, Screen
from service.pipeline import Site
from service.problems import Problem, Rejected
from service.smart import is_handle
from service.smart import record as read_record
from service.text import phrase

_FOLDER = files("service.page")
blueprint = Blueprint(
    "page",
    __name__,
    url_prefix="/app",
    template_folder=str(_FOLDER.joinpath("templates")),
    static_folder=str(_FOLDER.joinpath("static")),
    static_url_path="/static",
)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {}"
)
_HTML = "text/html; charset=utf-8"
_DOWNLOADS = ("sheet", "pdf", "text", "answer", "case")
_REMOVE = "remove:"
_LESIONS, _RESULT = "_lesions.html", "_result.html"
_EMPTY_FILE = "The file is empty. Choose another one, drop one, or paste a Bundle."
_ERROR, _OVER = 400, 401
_A_DAY = 86400


@blueprint.record_once
def _ready(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(told=told, asset=_asset)


# Doors


def index() -> Response:
    """The page at the root: where everything is."""
    text = render_template(
        "index.html",
        language=spoken(),
        address=request.host_url.rstrip("/"),
        version=__version__,
        knowledge=KNOWLEDGE_VERSION,
    )
    response = Response(text, content_type=_HTML)
    response.headers["Content-Security-Policy"] = _POLICY.format("'none'")
    return response


@blueprint.get("")
def start() -> Response:
    """The empty form, or an example."""
    name = request.args.get("example", "")
    content = record.example(name)
    if content is None:
        return _page(Posted(typed=Typed(lesions=({},))))
    return _page(Posted(content=content, origin=name).with_lesions())


@blueprint.post("")
def show() -> Response:
    """The form as it was posted, with the result; for the script, the part that has changed alone."""
    sent = posted()
    if sent.do == "open":
        return _opened(sent)
    if sent.do == "ehr":
        return _page(_of_ehr(sent).with_lesions())
    if sent.do == "add":
        return _page(replace(sent, typed=sent.typed.with_lesion()), _LESIONS, added=True)
    n = sent.do.removeprefix(_REMOVE)
    if sent.do.startswith(_REMOVE) and n.isascii() and n.isdigit():
        return _page(replace(sent, typed=sent.typed.without_lesion(int(n[:4]))), _LESIONS, removed=True)
    return _page(sent, _RESULT)


@blueprint.post("/download/<kind>")
def download(kind: str) -> Response:
    """Something to keep. The names of the files say nothing of the patient."""
    if kind not in _DOWNLOADS:
        raise Rejected(404, Problem("not-found", f"There is no such file. There are {', '.join(_DOWNLOADS)}."))
    sent = posted()
    asked, result = assessed(sent)
    found = result.assessment
    if found is None or asked is None:
        return _page(sent)
    if kind == "sheet":
        response = Response(sheet.html(found), content_type=_HTML)
        response.headers["Content-Security-Policy"] = sheet.POLICY
        return response
    if kind == "pdf":
        from service.page.pdf import pdf  # noqa: PLC0415  # what writes PDF takes long to load, and is rarely needed

        return _file(pdf(found, spoken()), "application/pdf", "spinal-tumour-sheet.pdf")
    if kind == "text":
        return _file(report.text(found).encode(), "text/plain; charset=utf-8", "spinal-tumour-report.txt")
    if kind == "answer":
        return _json(in_language(fhir_answer(found), spoken()), "spinal-tumour-answer.json")
    return _json(record.case(sent.content, asked, now(), *read_as(sent, asked.question)), "spinal-tumour-case.json")


def _file(data: bytes, kind: str, name: str) -> Response:
    response = Response(data, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _json(resource: Any, name: str) -> Response:
    return _file(orjson.dumps(resource, option=orjson.OPT_INDENT_2), f"{media.FHIR_JSON}; charset=utf-8", name)


# A record


def _opened(sent: Posted) -> Response:
    """The page with the record that was uploaded or pasted, or with what is wrong with it."""
    file = request.files.get("file")
    chosen = file is not None and bool(file.filename)
    content = file.read() if file is not None and chosen else sent.pasted.encode()
    try:
        if len(content) > limit():
            raise record.too_large(limit())
        if not content.strip():
            message = _EMPTY_FILE if chosen else "There is no record yet. Choose a file, drop one, or paste a Bundle."
            raise Rejected(400, Problem("required", message))
        fresh = replace(sent, content=content, origin=UPLOADED, pasted="")
        answer(fresh.alone)
    except Rejected as rejected:
        return _page(sent, of_record=rejected)
    return _page(fresh.with_lesions())


def _of_ehr(sent: Posted) -> Posted:
    """With the record that the user has opened in an EHR, read now.

    Raises:
        Rejected: 401 where none is open, 403 and 502 as its server answers.
    """
    check_same_origin()
    opened = needed()
    auditing.about_patient_at(opened.session.server, opened.session.patient)
    try:
        found = read_record(opened)
    except ExchangeFailed as error:
        status = error.status if error.status in (401, 403) else 502
        raise Rejected(status, Problem("processing", error.args[0])) from None
    at = now().strftime("%Y-%m-%d %H:%M UTC")
    return replace(sent, content=orjson.dumps(found.bundle), origin=OF_EHR, read_at=at)


# The page


def _page(
    sent: Posted, part: str = "", *, of_record: Rejected | None = None, added: bool = False, removed: bool = False
) -> Response:
    """The whole page, or for the script the part that it has asked for."""
    asked, result = assessed(sent)
    by_script = bool(part) and request.headers.get("HX-Request") == "true"
    handle = _handle()
    site: Site = current_app.config["SITE"]
    made = Screen(
        language=spoken(),
        languages=tuple((code, NAMES[code]) for code in LANGUAGES if code != spoken()),
        addresses=_addresses(handle),
        typed=sent.typed,
        known={} if sent.content is None or (by_script and part == _RESULT) else _known(sent),
        result=result,
        record=record.packed(sent.content) if sent.content is not None and not by_script else "",
        origin=sent.origin,
        read_at=sent.read_at,
        record_problems=of_record.problems if of_record else (),
        pasted=sent.pasted,
        reading=sent.reading,
        policies=tuple(sorted(site.policies)),
        banner=_banner(sent, result),
        launch=url_for("smart.launch", lang=spoken()) if offered() else "",
        most_bytes=limit(),
        too_large=record.too_large(limit()).problems[0].message,
        handle=handle,
        to_read=bool(handle) and sent.content is None and request.method == "GET",
        write_body=_wish(sent, asked) if handle else "",
        added=added,
        removed=removed,
    )
    status = of_record.status if of_record else 422 if result.kind == "problems" else 200
    if not by_script:
        return answers.packed(render_template("app.html", page=made).encode(), _HTML, status)
    text = render_template(part, page=made)
    if part != _RESULT:
        inside = render_template(_RESULT, page=made)
        text += f'<div id="result" tabindex="-1" hx-swap-oob="innerHTML">{inside}</div>'
    return answers.packed(text.encode(), _HTML, status)


def _known(sent: Posted) -> Mapping[str, str]:
    """What the record says without what was typed."""
    try:
        alone = answer(sent.alone)
    except Rejected:
        return {}
    return screen.known(alone.case, sent.typed) if alone is not None else {}


def _banner(sent: Posted, result: Result) -> Banner | None:
    if sent.content is None or result.kind == "empty":
        return None
    if sent.origin in EXAMPLE_TITLES:
        return Banner(phrase("Example, a made-up patient: {title}.", title=EXAMPLE_TITLES[sent.origin]))
    if sent.origin == OF_EHR:
        return Banner(phrase("Record of the EHR, read at {time}.", time=sent.read_at), record.patient_in(sent.content))
    return Banner("Your record. It is in this page alone, and gone with it.")


def _wish(sent: Posted, asked: Asked | None) -> str:
    """What a click on writing back sends, as JSON."""
    wish: dict[str, Any] = {"assumeComplete": sent.reading.complete}
    if sent.reading.policy:
        wish["policy"] = sent.reading.policy
    if asked is not None and asked.typed_id:
        wish["questionnaireResponse"] = asked.typed_resource
    return orjson.dumps(wish).decode()


def _handle() -> str:
    given = request.args.get(HANDLE, "")
    return given if is_handle(given) else ""


def _addresses(handle: str) -> dict[str, str]:
    """Where links and buttons lead: language and session stay, and nothing of the case is in them."""
    kept: dict[str, Any] = {HANDLE: handle} if handle else {}
    here = {**kept, "lang": spoken()}
    return {
        "start": url_for("page.start", lang=spoken()),
        "show": url_for("page.show", **here),
        **{f"in {code}": url_for("page.show", lang=code, **kept) for code in LANGUAGES},
        **{f"example {each.name}": url_for("page.start", example=each.name, lang=spoken()) for each in EXAMPLES},
        **{f"download {kind}": url_for("page.download", kind=kind, **here) for kind in _DOWNLOADS},
    }


# What every answer carries


@lru_cache(maxsize=32)
def _version(name: str) -> str:
    return sha256(_FOLDER.joinpath("static", name).read_bytes()).hexdigest()[:12]


def _asset(name: str) -> str:
    """The address of a file of the page, which changes with its content."""
    return url_for("page.static", filename=name, v=_version(name))


@blueprint.after_request
def _finish(response: Response) -> Response:
    """The page's own policy; and what went wrong as a page, where the doors for machines say it in FHIR."""
    if request.endpoint == "page.static":
        response.cache_control.no_cache = None
        response.cache_control.public = True
        response.cache_control.max_age = _A_DAY
        return response
    if response.status_code >= _ERROR and response.mimetype == media.FHIR_JSON:
        _as_page(response)
    response.headers.setdefault("Content-Security-Policy", _POLICY.format(frame_ancestors()))
    return response


@dataclass(frozen=True)
class _Error:
    title: str
    messages: tuple[str, ...]


def _as_page(response: Response) -> None:
    data = response.get_data()
    outcome = orjson.loads(gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data)
    error = _Error("This did not work", tuple(each.get("diagnostics", "") for each in outcome.get("issue", ())))
    name = "_error.html" if request.headers.get("HX-Request") == "true" else "error.html"
    again = url_for("smart.launch", lang=spoken()) if response.status_code == _OVER and offered() else ""
    start = url_for("page.start", lang=spoken())
    text = render_template(name, error=error, language=spoken(), start=start, again=again)
    response.headers.pop("Content-Encoding", None)
    response.content_type = _HTML
    response.set_data(text)
