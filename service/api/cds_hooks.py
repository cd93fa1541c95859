"""The CDS Hooks door: ``GET /cds-services``, and ``POST /cds-services/{id}``."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from werkzeug.http import parse_options_header

from service.api import answers, auditing, media
from service.api.settings import Settings
from service.cds_hooks.answering import Budget, answer
from service.cds_hooks.asked import call_asked
from service.cds_hooks.links import Links
from service.cds_hooks.services import discovery, service_named
from service.fhir_mapping.inbound.decode import decode
from service.pipeline import Site
from service.problems import Problem, Rejected

PATH = "/cds-services"
JSON = "application/json"
blueprint = Blueprint("cds_hooks", __name__, url_prefix=PATH)


@blueprint.get("", strict_slashes=False)
def discover() -> Response:
    """Discovery: the services that there are. What the caller accepts is not judged: clients ask for all sorts."""
    return _said(discovery())


@blueprint.post("/<service_id>")
def call(service_id: str) -> Response:
    """Calls a service."""
    arrived = time.monotonic()
    settings: Settings = current_app.config["SETTINGS"]
    site: Site = current_app.config["SITE"]
    asked = call_asked(body_sent(settings), service_named(service_id))
    auditing.about_patient_at(asked.fhir_server, asked.patient_id)
    auditing.about({"entry": [{"resource": (asked.prefetch or {}).get("patient")}]})
    auditing.asked_by(asked.user_id)
    links = Links(settings.public_url or request.host_url.rstrip("/"))
    budget = Budget(arrived, settings.cds_budget_ms / 1000)
    today = datetime.now(UTC).date()
    return _said(
        answer(
            asked,
            site,
            today,
            links,
            settings.fhir_servers,
            budget,
            current_app.config["RECENT"],
            settings.private_networks,
        )
    )


def body_sent(settings: Settings) -> Any:
    """The JSON of the body.

    Raises:
        Rejected: 400, 413 or 415 where it is none.
    """
    given, _ = parse_options_header(request.headers.get("Content-Type", ""))
    if given.strip().lower() not in media.JSON:
        message = f"Calls of CDS Hooks are JSON. Send Content-Type: {JSON}."
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    try:
        return decode(media.body(request, settings.max_body_bytes, settings.max_decompressed_bytes))
    except Rejected as rejected:
        raise Rejected(rejected.status, *map(_of_a_call, rejected.problems)) from None


def _of_a_call(problem: Problem) -> Problem:
    """A problem of the body: what is said of Bundles at the other doors is said of calls here."""
    message = problem.message.replace("FHIR R4 Bundle", "call").replace("FHIR Bundle", "call").replace("Bundle", "call")
    return replace(problem, message=message, expression=problem.expression.replace("Bundle", "$this", 1))


def _said(content: Any) -> Response:
    response = answers.packed(orjson.dumps(content), JSON)
    response.vary.add("Accept-Language")
    return response
