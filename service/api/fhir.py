"""The FHIR door: ``POST /fhir/$assess-spinal-tumour``, the CapabilityStatement, and the base of the server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, current_app, request

from service.api import answers, asynchronous, auditing, callers, media, statement
from service.api.preferences import preferences
from service.api.settings import Settings
from service.assessment import Assessment
from service.fhir_mapping import artefacts
from service.fhir_mapping.inbound import kinds
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.parameters import Question, question
from service.fhir_mapping.inbound.strict import validate
from service.fhir_mapping.inbound.xml import from_xml
from service.fhir_mapping.outbound import answer, answer_json
from service.fhir_mapping.outbound.languages import in_language
from service.language import ENGLISH, spoken
from service.pipeline import Site, answered
from service.problems import Problem, Rejected
from service.text import phrase

OPERATION = artefacts.OPERATION
blueprint = Blueprint("fhir", __name__, url_prefix="/fhir")
#: The parameters that the URL may have: all but the resource, which is the body.
IN_URL = {"asOf": "valueDateTime", "assumeComplete": "valueBoolean", "policy": "valueString", "return": "valueCode"}
_YES_NO = {"true": True, "false": False}


def resource_sent() -> tuple[Any, int]:
    """The resource in the body, in JSON or XML, and how many bytes it has.

    Raises:
        Rejected: it is not FHIR R4 in JSON or XML, or the caller takes no JSON.
    """
    settings: Settings = current_app.config["SETTINGS"]
    site: Site = current_app.config["SITE"]
    form = media.content_type(request)
    answers.negotiate()
    body = media.body(request, settings.max_body_bytes, settings.max_decompressed_bytes)
    found = from_xml(body, site.bounds) if form == media.FHIR_XML else decode(body)
    kinds.refuse_other(found)
    return found, len(body)


@blueprint.post(f"/${OPERATION}")
def assess_spinal_tumour() -> Response:
    """Assesses the Bundle in the body."""
    site: Site = current_app.config["SITE"]
    wished = preferences(request)
    if wished.strict:
        media.check_parameters(request, tuple(IN_URL))
    resource, size = resource_sent()
    asked = _with_url(question(resource))
    auditing.about(asked.bundle)
    today = datetime.now(UTC).date()

    language = spoken()  # an answer that is fetched later is made in the language of who asked for it

    def assessed() -> Assessment:
        if wished.strict:
            validate(asked.bundle, site.bounds)
        return answered(asked, today, site)

    def work() -> Any:
        return in_language(answer(assessed(), asked.form), language)

    if wished.asynchronous and asynchronous.is_worth_it(size):
        taken = asynchronous.begin(work, tuple(IN_URL), wished)
        if taken is not None:
            return taken
    # return=minimal is for what changes a server. Nothing is kept here that could be read later: the answer is given.
    if wished.returned != "OperationOutcome":
        if language == ENGLISH and not media.wants_pretty(request):  # as most machines ask
            return answers.in_reader_s_language(answers.respond_json(answer_json(assessed(), asked.form)))
        return answers.in_reader_s_language(answers.respond(work()))
    response = answers.in_reader_s_language(answers.respond(asynchronous.ledger(work())))
    response.headers["Preference-Applied"] = "return=OperationOutcome"
    return response


def _with_url(asked: Question) -> Question:
    """The question with the parameters of the URL, as FHIR allows where the body is the one resource.

    Raises:
        Rejected: 400 for a name in other letters, 422 for a value that is wrong, or is in the body as well.
    """
    known = {name.lower(): name for name in IN_URL}
    meant = next((known[name.lower()] for name in request.args if name not in IN_URL and name.lower() in known), None)
    if meant:
        message: str = phrase("The names of parameters are case-sensitive. Send {meant}.", meant=meant)
        raise Rejected(400, Problem("not-supported", message, "Parameters"))
    given = [(name, value) for name, value in request.args.items(multi=True) if name in IN_URL]
    if not given:
        return asked
    listed: list[dict[str, Any]] = [{"name": "bundle", "resource": asked.bundle}]
    listed += [
        {"name": name, IN_URL[name]: _YES_NO.get(value, value) if name == "assumeComplete" else value}
        for name, value in given
    ]
    try:
        of_url = question({"resourceType": "Parameters", "parameter": listed})
    except Rejected as rejected:
        name = given[-1][0] if len(given) == 1 else "Parameters.parameter"
        problems = (replace(problem, expression=name) for problem in rejected.problems)
        raise Rejected(rejected.status, *problems) from None
    if asked != Question(asked.bundle):
        message = "There are parameters in the URL and in the body. Send all of them in one place."
        raise Rejected(422, Problem("invalid", message, "Parameters.parameter"))
    return of_url


@blueprint.get("/metadata")
def metadata() -> Response:
    """The CapabilityStatement."""
    answers.negotiate()
    return answers.respond(statement.capability_statement(current_app.config["SETTINGS"], callers.access()))


@blueprint.get("")
def base() -> Response:
    """What is here. R4 has no reading of the base itself, and people look there first."""
    answers.negotiate()
    return answers.inform(
        phrase(
            "This is the base of a FHIR R4 server that keeps no records. POST a Bundle to "
            "/fhir/${operation}, or a message to /fhir/$process-message; GET /fhir/metadata says what else "
            "there is.",
            operation=OPERATION,
        )
    )


@blueprint.post("")
def batch() -> Response:
    """A transaction or batch, which R4 sends here; a server that has neither says 405."""
    message = phrase(
        "This server runs no transaction or batch, for it keeps no records. POST the Bundle to "
        "/fhir/${operation} to have it assessed.",
        operation=OPERATION,
    )
    response = answers.refuse(Rejected(405, Problem("not-supported", message, "Bundle")))
    response.headers["Allow"] = "GET, HEAD, OPTIONS"
    return response
