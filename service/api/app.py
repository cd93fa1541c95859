"""The application: doors, errors, and what every answer carries."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from service import policies
from service.api import (
    answers,
    artefacts,
    asynchronous,
    auditing,
    callers,
    cds_hooks,
    cors,
    feedback,
    fhir,
    knowledge,
    languages,
    limits,
    media,
    messages,
    operations,
    page,
    reference,
    smart,
    terminology,
    token,
    watching,
)
from service.api.jobs import Jobs
from service.api.settings import Settings
from service.fhir_mapping.terminology.own_maps import load
from service.language import speaking
from service.operations import logs
from service.pipeline import Site
from service.problems import Problem, Rejected
from service.recent import Recent
from service.storage import Database
from service.terminology_server import TerminologyServer
from service.text import phrase, quoted

_log = logging.getLogger("spinemets")
_ISSUES = {
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    413: "too-long",
    429: "throttled",
}
_MENDS = {
    404: phrase(
        "There is no such resource or operation here. POST a Bundle to /fhir/${operation}.", operation=fhir.OPERATION
    ),
    405: "This method is not allowed here. Use one that the header Allow names.",
}
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}


def create_app(settings: Settings | None = None) -> Flask:
    """The application, ready to serve.

    Raises:
        policies.BadPolicy: a policy file is wrong.
        BadServer: the address of the terminology server is wrong.
        BadMaps: a map of codes is wrong.
        BadDatabase: the database that is set cannot be used.
        BadSettings: a setting is wrong.
        BadAudit: the audit trail cannot be written.
        BadAccess, BadTokenKey: the access file, or a key that belongs to it, cannot be used.
        OSError, ValueError: the folder for jobs cannot be made, or is not private.
    """
    app = Flask(__name__, static_folder=None)
    # A path with two slashes is no path here: an answer that leads on would lead to the host that a caller names.
    app.url_map.merge_slashes = False
    app.config["SETTINGS"] = settings or Settings.from_environment()
    app.config["CHECKS"], app.config["GAUGES"] = [], []
    app.config["SITE"] = _site(app.config["SETTINGS"])
    app.config["JOBS"] = _jobs(app.config["SETTINGS"])
    app.config["RECENT"] = Recent(app.config["SETTINGS"].remembered, app.config["SETTINGS"].remembered_seconds)
    app.config["DATABASE"] = _database(app.config["SETTINGS"])
    app.register_blueprint(fhir.blueprint)
    app.register_blueprint(messages.blueprint)
    app.register_blueprint(asynchronous.blueprint)
    app.register_blueprint(artefacts.blueprint)
    app.register_blueprint(terminology.blueprint)
    app.register_blueprint(knowledge.blueprint)
    app.register_blueprint(cds_hooks.blueprint)
    app.register_blueprint(feedback.blueprint)
    app.register_blueprint(smart.blueprint)
    app.register_blueprint(page.blueprint)
    app.register_blueprint(reference.blueprint)
    cors.allow_origins(app, app.config["SETTINGS"])
    app.before_request(_begin)
    limits.guard(app)
    callers.protect(app, app.config["SETTINGS"])
    token.offer(app)
    app.after_request(_finish)
    auditing.audit(app, app.config["SETTINGS"])
    app.teardown_request(_end)
    app.register_error_handler(Rejected, answers.refuse)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _crash)
    app.add_url_rule("/", view_func=page.index)
    operations.install(app, app.config["SETTINGS"])
    watching.watch(app)
    return app


def _site(settings: Settings) -> Site:
    """The policies of the site, and its maps on top of those of the package."""
    layered = load(settings.maps)
    if settings.maps is not None:
        said = ", ".join(f"{count} {outcome}" for outcome, count in layered.counts().items())
        _log.info("maps of the site: %s", said)
    url, terms = settings.terminology_server, layered.terminology
    asked = TerminologyServer(url, terms, networks=settings.private_networks) if url else None
    return Site(policies.load_all(settings.policies), terms, asked, watching.assessed, limits.bounds(settings))


def _jobs(settings: Settings) -> Jobs | None:
    """The answers that are fetched later. Made before the workers are, so that they share one folder."""
    try:
        return Jobs(settings.jobs, settings.max_jobs, settings.job_seconds)
    except OSError:
        if settings.jobs is not None:
            raise
        _log.warning("no folder for jobs can be made, so every request is answered at once; set SPINEMETS_JOBS")
        return None


def _database(settings: Settings) -> Database:
    """The database. Made before the workers are, which then connect to it each by itself."""
    made = Database(settings.database)
    made.start()
    return made


def _begin() -> None:
    g.request_id = media.request_id(request)
    watching.begin()
    g.spoken = speaking(languages.language(request))
    g.spoken.__enter__()
    jobs: Jobs | None = current_app.config["JOBS"]
    if jobs is not None:
        jobs.sweep_now_and_then()


def _end(error: BaseException | None) -> None:
    if spoken := g.pop("spoken", None):
        spoken.__exit__(None, None, None)


def _finish(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    if g.get("framed"):
        del response.headers["X-Frame-Options"]
    return response


def _http_error(error: HTTPException) -> Response:
    """What Flask itself refuses, such as an unknown path or method."""
    status = error.code or 500
    message = _MENDS.get(status, f"{error.description}")
    response = answers.refuse(Rejected(status, Problem(_ISSUES.get(status, "processing"), message, "Bundle")))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def _crash(error: Exception) -> Response:
    """A mistake of ours: said so, without a trace and without a word of the record."""
    where = logs.place(error.__traceback__)
    _log.error("request %s failed: %s at %s", g.get("request_id", ""), type(error).__name__, where)
    message = phrase(
        "The service has a fault and gives no answer. Report it with the request id {request}.",
        request=quoted(g.get("request_id", "")),
    )
    return answers.refuse(Rejected(500, Problem("exception", message, "Bundle")))
