"""The doors of the page, of SMART App Launch and of the knowledge, as the document describes them."""

from __future__ import annotations

from service.api.openapi import examples
from service.api.openapi.model import (
    FHIR_JSON,
    FORM,
    FORM_WITH_FILES,
    HTML,
    JSON,
    Answer,
    Body,
    Door,
    Parameter,
    Schema,
    ref,
    refusals,
)
from service.api.openapi.schemas import LANGUAGE

_PAGE, _SMART, _READ = "The page", "SMART App Launch", "To read"
_TEXT: Schema = {"type": "string"}
_LANGUAGE = Parameter("lang", "query", "The language; it stands above Accept-Language.", LANGUAGE)
_SESSION = Parameter("smart", "query", "Which of the records is meant that are open in this browser.")
_FORM = Body(
    "The form of the page, with a record, with findings, or with both.",
    {FORM: ref("PageForm"), FORM_WITH_FILES: ref("PageForm")},
    {"a case that is typed": examples.FORM},
)
_CSRF = Parameter("X-CSRF-Token", "header", "The token of the session, as status gives it.")


def _html(status: int, says: str, *headers: str) -> Answer:
    return Answer(status, says, {HTML: _TEXT}, headers)


def _errors(*statuses: int) -> tuple[Answer, ...]:
    return refusals(*statuses, media=HTML, schema=_TEXT)


DOORS: tuple[Door, ...] = (
    Door(
        "GET",
        "/app",
        _PAGE,
        "The page",
        "The empty form, or an example. Nothing of a case is kept by the server.",
        (_html(200, "The page.", "Vary"), _html(422, "The page, with what is to be mended."), *_errors(401, 403, 503)),
        (Parameter("example", "query", "An example, by its name.", example="breast-settled"), _LANGUAGE),
        call="curl '{address}/app?example=breast-settled'",
    ),
    Door(
        "POST",
        "/app",
        _PAGE,
        "The page with a case",
        "The form as it was posted, with the result.",
        (_html(200, "The page with the result.", "Vary"), *_errors(400, 401, 403, 413, 415, 422, 502, 503)),
        (_LANGUAGE,),
        _FORM,
        call="curl -d primary-tumour=kidney -d lesion.0.level=T8 '{address}/app'",
    ),
    Door(
        "POST",
        "/app/download/{kind}",
        _PAGE,
        "Something to keep",
        "The sheet for the board, the report, the answer in FHIR, or the case.",
        (
            Answer(
                200,
                "The file.",
                {
                    HTML: _TEXT,
                    "application/pdf": {"type": "string", "format": "binary"},
                    "text/plain": _TEXT,
                    FHIR_JSON: {"anyOf": [ref("Answer"), ref("Bundle"), ref("Parameters")]},
                },
            ),
            *_errors(400, 401, 403, 404, 413, 415, 422, 503),
        ),
        (
            Parameter(
                "kind",
                "path",
                "What to keep.",
                {"enum": ["sheet", "pdf", "text", "answer", "case"]},
                example="text",
            ),
            _LANGUAGE,
        ),
        _FORM,
        call="curl -d primary-tumour=kidney -d lesion.0.level=T8 '{address}/app/download/text'",
    ),
    Door(
        "GET",
        "/app/static/{filename}",
        _PAGE,
        "A file of the page",
        "The style and the script of the page.",
        (
            Answer(
                200,
                "The file.",
                {"text/css": _TEXT, "text/javascript": _TEXT, "image/svg+xml": _TEXT, "text/plain": _TEXT},
                ("ETag",),
            ),
            Answer(206, "A part of it.", {"text/css": _TEXT, "text/javascript": _TEXT}),
            Answer(304, "It is as the caller has it."),
            *refusals(404, 416, media=FHIR_JSON),
        ),
        (Parameter("filename", "path", "Its name.", example="app.css"),),
        call="curl '{address}/app/static/app.css'",
    ),
    Door(
        "GET",
        "/app/launch",
        _SMART,
        "Begin a launch",
        "SMART App Launch 2: from an EHR with iss and launch, or from here with iss alone.",
        (
            _html(200, "The choice of a server."),
            Answer(303, "To the login of the EHR.", {HTML: _TEXT}, ("Location", "Set-Cookie")),
            *_errors(400, 403, 404, 502, 503),
        ),
        (
            Parameter("iss", "query", "The FHIR server that holds the record. The site names those that there are."),
            Parameter("launch", "query", "What the EHR gave to this launch."),
            Parameter("write", "query", "no asks for no right to write.", {"enum": ["yes", "no"]}),
            _LANGUAGE,
        ),
    ),
    Door(
        "GET",
        "/app/callback",
        _SMART,
        "Come back from the login",
        "What the EHR sends the browser to after the login.",
        (
            Answer(303, "To the page.", {HTML: _TEXT}, ("Location", "Set-Cookie")),
            *_errors(400, 403, 502, 503),
        ),
        (
            Parameter("state", "query", "What tells this login from others."),
            Parameter("code", "query", "What is exchanged for a token."),
            Parameter("error", "query", "Why there is no code."),
            Parameter("iss", "query", "Who has answered (RFC 9207)."),
        ),
    ),
    Door(
        "GET",
        "/app/smart/status",
        _SMART,
        "Whether a record is open",
        "Whether a record is open, and what may be done with it.",
        (
            Answer(200, "How it stands.", {JSON: {"type": "object", "required": ["open"]}}, ("Vary",)),
            *refusals(401, 403, 503),
        ),
        (_SESSION,),
    ),
    Door(
        "GET",
        "/app/smart/record",
        _SMART,
        "The record that is open",
        "The record, read anew from the EHR.",
        (
            Answer(200, "The record.", {JSON: {"type": "object", "required": ["bundle"]}}, ("Vary",)),
            *refusals(401, 403, 502, 503),
        ),
        (_SESSION,),
    ),
    Door(
        "POST",
        "/app/smart/write-back",
        _SMART,
        "Write the plan to the record",
        "Writes the answer to the record that is open, as drafts. Only a click of the user leads here.",
        (
            Answer(200, "It is written.", {JSON: {"type": "object", "required": ["created"]}}, ("Vary",)),
            *refusals(400, 401, 403, 413, 415, 422, 502, 503),
        ),
        (_SESSION, _CSRF),
        Body("What is to be written.", {JSON: ref("WriteBack")}),
    ),
    Door(
        "POST",
        "/app/smart/close",
        _SMART,
        "Close the record",
        "Forgets the session. Its token is not kept anywhere else.",
        (
            Answer(204, "It is closed."),
            Answer(303, "It is closed; to the page.", {HTML: _TEXT}, ("Location",)),
            *refusals(401, 403, 413, 503),
        ),
        (_SESSION, _CSRF),
        Body(
            "Nothing, or the token as csrf of a form.",
            {FORM: {"type": "object", "properties": {"csrf": _TEXT}}},
        ),
    ),
    Door(
        "GET",
        "/knowledge",
        _READ,
        "Every score, rule and source",
        "All of it on one page.",
        (_html(200, "The page.", "ETag", "Vary"), Answer(304, "It is as the caller has it."), *refusals()),
        (_LANGUAGE,),
        call="curl '{address}/knowledge'",
    ),
    Door(
        "GET",
        "/knowledge/{section}",
        _READ,
        "One section of it",
        "A score, a rule or another section, with the sources that it cites.",
        (
            _html(200, "The page.", "ETag", "Vary"),
            Answer(304, "It is as the caller has it."),
            _html(404, "There is no such section; a page with those that there are."),
            *refusals(),
        ),
        (Parameter("section", "path", "The section, by its name.", example="sins"), _LANGUAGE),
        call="curl '{address}/knowledge/sins'",
    ),
    Door(
        "GET",
        "/",
        _READ,
        "The start page",
        "Where everything is.",
        (_html(200, "The page."), *refusals()),
        (_LANGUAGE,),
    ),
)
