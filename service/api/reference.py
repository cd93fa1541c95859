"""The doors for those who build on this service: ``GET /openapi.json``, and ``GET /docs``, the same to read."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

import orjson
from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup

from service import KNOWLEDGE_VERSION, __version__
from service.api import answers
from service.api.openapi.document import described, document, paths_of
from service.api.openapi.model import Door
from service.api.openapi.schemas import SCHEMAS
from service.api.settings import Settings

blueprint = Blueprint("reference", __name__)
_AN_HOUR = 3600
_STYLE = "".join(
    files("service.api").joinpath("static", name).read_text("utf-8") for name in ("knowledge.css", "reference.css")
)
#: The style is part of the page; nothing else may load or run.
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The document: the doors that this server has, and no other."""
    settings: Settings = current_app.config["SETTINGS"]
    made = document(_doors(), settings.public_url or "/", protected=settings.access is not None)
    return _kept(answers.packed(orjson.dumps(made), "application/json"), orjson.dumps(made))


@blueprint.get("/docs")
def docs() -> Response:
    """The document as a page."""
    settings: Settings = current_app.config["SETTINGS"]
    groups: dict[str, list[Door]] = {}
    for door in _doors():
        groups.setdefault(door.group, []).append(door)
    text = render_template(
        "reference.html",
        groups=groups,
        address=settings.public_url or request.host_url.rstrip("/"),
        protected=settings.access is not None,
        pretty=lambda value: orjson.dumps(value, option=orjson.OPT_INDENT_2).decode(),
        schemas=SCHEMAS,
        version=__version__,
        knowledge=KNOWLEDGE_VERSION,
        style=Markup(_STYLE),  # noqa: S704  # files of the package
    ).encode()
    response = answers.packed(text, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Content-Language"] = "en"
    return _kept(response, text)


def _doors() -> tuple[Door, ...]:
    return described(paths_of(current_app.url_map.iter_rules()))


def _kept(response: Response, content: bytes) -> Response:
    """An answer that callers may keep, or 304 for one who has it already."""
    response.cache_control.public = True
    response.cache_control.max_age = _AN_HOUR
    # Weak, because it is one tag for the packed and the plain form.
    response.set_etag(sha256(content).hexdigest()[:32], weak=True)
    response.make_conditional(request)
    return response
