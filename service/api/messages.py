"""The door for messages: ``POST /fhir/$process-message``."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from service.api import answers, auditing, media
from service.api.fhir import resource_sent
from service.api.preferences import preferences
from service.api.settings import Settings
from service.fhir_mapping import messages
from service.fhir_mapping.inbound.parameters import Question
from service.fhir_mapping.inbound.strict import validate
from service.fhir_mapping.outbound import answer
from service.pipeline import Site, answered
from service.problems import Problem, Rejected

_log = logging.getLogger("spinemets")
blueprint = Blueprint("messages", __name__, url_prefix="/fhir")
_IN_URL = ("async", "response-url")
#: What may be otherwise when the same message is sent again.
_TRANSIENT = (429, 500, 503)


@blueprint.post("/$process-message")
def process_message() -> Response:
    """Answers a message with a message.

    What is no Bundle cannot be answered with a message, and is refused as everywhere. For a message the status follows
    the operation as R4 defines it: 200 says that the message was processed and that the body is the response to it,
    whatever the response says; so a ``fatal-error`` comes with 200, and an engine files it instead of sending the same
    again. A ``transient-error`` comes with the status of its cause, on which engines do send again.
    """
    settings: Settings = current_app.config["SETTINGS"]
    strict = preferences(request).strict
    if strict:
        media.check_parameters(request, _IN_URL)
    if request.args.get("async", "false") != "false" or "response-url" in request.args:
        message = "Messages are answered at once, in the response. Leave out async and response-url."
        raise Rejected(400, Problem("not-supported", message, "Parameters"))
    bundle, _ = resource_sent()
    if bundle.get("resourceType") != "Bundle":
        message = "This operation takes a message, and nothing around it. Send the Bundle of type message as the body."
        raise Rejected(400, Problem("structure", message, "Bundle"))
    auditing.about(bundle)
    received = messages.header(bundle)
    address = settings.public_url and f"{settings.public_url}{request.path}"
    try:
        return answers.said(messages.answered(received, _assessed(bundle, strict=strict), address))
    except Rejected as rejected:
        refusal = rejected
    except Exception as error:  # a fault of ours, which the sender is told as a message as well
        _log.error("request %s failed: %s", g.get("request_id", ""), type(error).__name__)
        told = "The service has a fault and gives no answer. Send the message again; if that fails, report it."
        refusal = Rejected(500, Problem("exception", told, "Bundle"))
    transient = refusal.status in _TRANSIENT
    response = answers.said(messages.refused(received, refusal, address, transient=transient))
    if transient:
        response.status_code = refusal.status
        response.headers["Retry-After"] = answers.RETRY_AFTER_S
    return response


def _assessed(bundle: Any, *, strict: bool) -> Any:
    site: Site = current_app.config["SITE"]
    messages.check(bundle, strict=strict)
    if strict:
        validate(bundle, site.bounds)
    return answer(answered(Question(bundle), datetime.now(UTC).date(), site))
