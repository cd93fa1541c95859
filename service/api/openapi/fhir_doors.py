"""The doors under ``/fhir``, as the document describes them."""

from __future__ import annotations

from service import BASE
from service.api import media
from service.api.openapi import examples
from service.api.openapi.model import (
    FHIR_CALLERS,
    FHIR_JSON,
    FHIR_XML,
    FORM,
    JSON,
    OUTCOME,
    Answer,
    Body,
    Door,
    Parameter,
    Schema,
    ref,
    refusals,
)
from service.api.statement import KIND
from service.fhir_mapping import artefacts
from service.fhir_mapping.terminology import MAPS

_GROUP = "FHIR"
_KINDS = [*artefacts.KINDS, KIND]
_BOOLEAN: Schema = {"enum": ["true", "false"]}
_ANSWERED = ("Vary",)

PREFER = Parameter(
    "Prefer",
    "header",
    "handling=strict validates every resource that carries a finding, and refuses parameters that are not known. "
    "return=OperationOutcome gives the ledger alone. respond-async answers a large record later.",
    example="handling=lenient",
)
_ANSWER_FORM = (
    Parameter("_pretty", "query", "true lays the answer out for reading.", _BOOLEAN),
    Parameter("_format", "query", "json; it stands above Accept.", {"enum": ["json", FHIR_JSON, JSON]}),
)
_OF_ASSESSMENT = (
    Parameter("asOf", "query", "The time to assess the record as of, as a FHIR dateTime.", example="2026-10-02"),
    Parameter("assumeComplete", "query", "Whether what the record does not name is absent.", _BOOLEAN),
    Parameter("policy", "query", "A policy of the site, by its name.", example="default"),
    Parameter("return", "query", "What to answer with.", {"enum": ["collection", "transaction"]}),
)
_SEARCH = (
    Parameter("_id", "query", "The id. Commas part several."),
    Parameter("url", "query", "The canonical URL, with or without |version."),
    Parameter("version", "query", "The version."),
    Parameter("name", "query", "What the name begins with; also name:exact and name:contains."),
)
_KIND = Parameter("type", "path", "The type of the artefact.", {"enum": _KINDS}, example="ValueSet")
_JOB = Parameter("name", "path", "The name of the job, as the Content-Location gave it.")
_MAP = Parameter("map_id", "path", "The ConceptMap to look in.", {"enum": [*MAPS]}, example="observation-findings")
_TRANSLATED = Answer(
    200, "Parameters with result, and a match for each finding.", {FHIR_JSON: ref("Parameters")}, _ANSWERED
)
_XML_TEXT: Schema = {"type": "string", "description": "The same resource in the XML of FHIR."}
_WHERE = "{address}"


def _either(*names: str) -> Schema:
    return {"anyOf": [ref(name) for name in names]}


def _resource(*names: str) -> dict[str, Schema]:
    schema = _either(*names) if len(names) > 1 else ref(names[0])
    return {FHIR_JSON: schema, JSON: schema, FHIR_XML: _XML_TEXT}


def _kept(says: str, schema: Schema) -> tuple[Answer, Answer]:
    """What a caller may keep, and what is said to one who has it."""
    return Answer(200, says, {FHIR_JSON: schema}, ("ETag", "Vary")), Answer(
        304, "It is as the caller has it.", {}, ("ETag",)
    )


_ASK: tuple[Parameter, ...] = (
    Parameter("system", "query", "The code system.", example="http://loinc.org"),
    Parameter("code", "query", "The code.", example="89247-1"),
    Parameter("url", "query", "The ConceptMap to look in, by its canonical URL."),
)


def _translates(path: str, *where: Parameter) -> tuple[Door, Door]:
    told = "The findings that a code of a record stands for here, the maps of the site included."
    filled = path.replace("{map_id}", "observation-findings")
    get = Door(
        "GET",
        path,
        _GROUP,
        "What a code means here" + (", in one map" if where else ""),
        told,
        (_TRANSLATED, *refusals(400, 401, 403, 404, 406, 422, 503)),
        (*where, *_ASK, *_ANSWER_FORM),
        callers=FHIR_CALLERS,
        call=f"curl '{_WHERE}{filled}?system=http://loinc.org&code=89247-1'",
        shown='{"resourceType": "Parameters", "parameter": [{"name": "result", "valueBoolean": true}]}',
    )
    post = Door(
        "POST",
        path,
        _GROUP,
        "The same, asked by Parameters" + (", in one map" if where else ""),
        f"{told} Parameters have system and code, a coding, or a codeableConcept.",
        (_TRANSLATED, *refusals(400, 401, 403, 404, 406, 413, 415, 422, 503)),
        (*where, *_ANSWER_FORM),
        Body("Parameters", _resource("Parameters"), {"a coding of LOINC": examples.TRANSLATE}),
        callers=FHIR_CALLERS,
        call=f"curl -H 'Content-Type: application/fhir+json' --data-binary @coding.json '{_WHERE}{filled}'",
        shown='{"resourceType": "Parameters", "parameter": [{"name": "result", "valueBoolean": true}]}',
    )
    return get, post


DOORS: tuple[Door, ...] = (
    Door(
        "POST",
        "/fhir/$assess-spinal-tumour",
        _GROUP,
        "Assess a record",
        "Takes the record of one patient as a Bundle, or Parameters with the Bundle and options, in JSON or XML. "
        "Answers with the scores, the plan, and what is missing. The same record gives the same answer.",
        (
            Answer(200, "The assessment.", {FHIR_JSON: _either("Answer", "OperationOutcome")}, _ANSWERED),
            Answer(202, "It is answered later, at the Content-Location.", {FHIR_JSON: OUTCOME}, ("Content-Location",)),
            *refusals(400, 401, 403, 406, 413, 415, 422, 429, 503),
        ),
        (PREFER, *_OF_ASSESSMENT, *_ANSWER_FORM),
        Body(
            "The record, or Parameters: bundle, asOf, assumeComplete, policy, return.",
            _resource("Bundle", "Parameters"),
            {"a Bundle": examples.BUNDLE, "Parameters": examples.PARAMETERS},
        ),
        FHIR_CALLERS,
        "curl -H 'Content-Type: application/fhir+json' --data-binary @record.json "
        "'{address}/fhir/$assess-spinal-tumour'",
        '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"resourceType": "CarePlan"}}]}',
    ),
    Door(
        "POST",
        "/fhir/$process-message",
        _GROUP,
        "Answer a message",
        "Takes a message Bundle, and answers with one. A fatal-error comes with 200, for the message was processed; a "
        "transient-error comes with the status of its cause, and may be sent again.",
        (
            Answer(200, "The message that answers: ok, or fatal-error.", {FHIR_JSON: ref("Message")}, _ANSWERED),
            *refusals(400, 401, 403, 406, 413, 415, 429, 503, schema=_either("OperationOutcome", "Message")),
        ),
        (PREFER, *_ANSWER_FORM),
        Body("The message.", _resource("Message"), {"a message": examples.MESSAGE}),
        FHIR_CALLERS,
        f"curl -H 'Content-Type: application/fhir+json' --data-binary @message.json '{_WHERE}/fhir/$process-message'",
        '{"resourceType": "Bundle", "type": "message", "entry": [{"resource": {"resourceType": "MessageHeader"}}]}',
    ),
    Door(
        "GET",
        "/fhir/$job-status/{name}",
        _GROUP,
        "How far an answer is that is fetched later",
        "202 while it is being made, with Retry-After; then where its results are. What the record was refused with is "
        "answered here.",
        (
            Answer(200, "It is done: where the results are.", {JSON: ref("Manifest")}, ("Expires", "Vary")),
            Answer(202, "It is being made.", {FHIR_JSON: OUTCOME}, ("X-Progress", "Retry-After")),
            *refusals(400, 401, 403, 404, 406, 413, 422, 429, 503),
        ),
        (_JOB, *_ANSWER_FORM),
        callers=FHIR_CALLERS,
        call=f"curl '{_WHERE}/fhir/$job-status/NAME'",
        shown='{"output": [{"type": "CarePlan", "url": "...", "count": 1}]}',
    ),
    Door(
        "DELETE",
        "/fhir/$job-status/{name}",
        _GROUP,
        "End it, and remove its results",
        "What is there of the answer is removed. It goes by itself after a time that the site sets.",
        (Answer(202, "It is removed.", {FHIR_JSON: OUTCOME}), *refusals(400, 401, 403, 404, 406, 413, 422, 503)),
        (_JOB, *_ANSWER_FORM),
        callers=FHIR_CALLERS,
        call=f"curl -X DELETE '{_WHERE}/fhir/$job-status/NAME'",
    ),
    Door(
        "GET",
        "/fhir/$job-output/{name}/{kind}",
        _GROUP,
        "The results of one type",
        "NDJSON: a resource on each line.",
        (
            Answer(200, "The resources.", {media.FHIR_NDJSON: {"type": "string"}}, _ANSWERED),
            *refusals(400, 401, 403, 404, 406, 413, 422, 429, 503),
        ),
        (_JOB, Parameter("kind", "path", "The type, as the status names it.", example="CarePlan")),
        callers=FHIR_CALLERS,
        call=f"curl '{_WHERE}/fhir/$job-output/NAME/CarePlan'",
    ),
    *_translates("/fhir/ConceptMap/$translate"),
    *_translates("/fhir/ConceptMap/{map_id}/$translate", _MAP),
    Door(
        "GET",
        "/fhir/metadata",
        _GROUP,
        "The CapabilityStatement",
        "What this server can do, in the words of FHIR.",
        (Answer(200, "The CapabilityStatement.", {FHIR_JSON: ref("CapabilityStatement")}, _ANSWERED), *refusals(406)),
        _ANSWER_FORM,
        call=f"curl '{_WHERE}/fhir/metadata'",
        shown='{"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1"}',
    ),
    Door(
        "GET",
        "/fhir",
        _GROUP,
        "What is here",
        "Says where to post, for those who look at the base first.",
        (Answer(200, "A sentence.", {FHIR_JSON: OUTCOME}, _ANSWERED), *refusals(406)),
        _ANSWER_FORM,
        call=f"curl '{_WHERE}/fhir'",
        shown='{"resourceType": "OperationOutcome"}',
    ),
    Door(
        "POST",
        "/fhir",
        _GROUP,
        "No transaction, no batch",
        "R4 sends transactions and batches here. This server keeps no records, so it has neither.",
        refusals(405),
        body=Body("Anything.", {FHIR_JSON: ref("Resource")}),
    ),
    Door(
        "GET",
        "/fhir/{type}",
        _GROUP,
        "Search what is published",
        "The published artefacts of a type that match every parameter.",
        (*_kept("The matches.", ref("Searchset")), *refusals(400, 404, 406)),
        (_KIND, *_SEARCH, *_ANSWER_FORM),
        call=f"curl '{_WHERE}/fhir/ValueSet?name=Vertebra'",
        shown='{"resourceType": "Bundle", "type": "searchset"}',
    ),
    Door(
        "GET",
        "/fhir/{type}/{id}",
        _GROUP,
        "Read what is published",
        f"A published artefact. Its canonical URL is {BASE}/type/id.",
        (*_kept("The artefact.", ref("Resource")), *refusals(400, 404, 406)),
        (_KIND, Parameter("id", "path", "Its id, as the search lists it.", example="spinal-tumour"), *_ANSWER_FORM),
        call=f"curl '{_WHERE}/fhir/Questionnaire/spinal-tumour'",
        shown='{"resourceType": "Questionnaire", "id": "spinal-tumour"}',
    ),
    Door(
        "GET",
        "/fhir/.well-known/smart-configuration",
        _GROUP,
        "Where tokens are had",
        "The configuration of SMART Backend Services, where the site has clients of its own.",
        (Answer(200, "The configuration.", {JSON: ref("SmartConfiguration")}), *refusals(404, 406)),
        call=f"curl '{_WHERE}/fhir/.well-known/smart-configuration'",
        shown='{"token_endpoint": "..."}',
    ),
    Door(
        "POST",
        "/auth/token",
        _GROUP,
        "A token, for a client of the site",
        "SMART Backend Services: a client proves who it is by a JWT that it has signed, and gets an access token for a "
        "few minutes.",
        (
            Answer(200, "The token.", {JSON: ref("Token")}),
            *(
                Answer(status, says, {JSON: ref("TokenError")}, headers)
                for status, says, headers in (
                    (400, "The request is wrong, or the client is not known.", ()),
                    (401, "The client is not who it says.", ()),
                    (413, "The form is too large.", ()),
                    (415, "The body is no form.", ()),
                    (503, "The keys of the client cannot be read now.", ("Retry-After",)),
                )
            ),
            *refusals(404),
        ),
        body=Body("A form.", {FORM: ref("TokenRequest")}),
        call=f"curl -d grant_type=client_credentials -d scope=system/RiskAssessment.c "
        f"-d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer "
        f"-d client_assertion=JWT '{_WHERE}/auth/token'",
        shown='{"access_token": "...", "token_type": "bearer", "expires_in": 300}',
    ),
)
