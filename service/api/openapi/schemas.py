"""The schemas of the document. They hold what every caller can count on; the profiles of FHIR say the rest."""

from __future__ import annotations

from typing import Any

from service import BASE
from service.cds_hooks.services import SERVICES
from service.language import LANGUAGES
from service.operations.readiness import State

#: http://hl7.org/fhir/R4/valueset-bundle-type.html
_BUNDLES = "document message transaction transaction-response batch batch-response history searchset collection"
#: http://hl7.org/fhir/R4/valueset-issue-type.html
_ISSUES = """invalid structure required value invariant security login unknown expired forbidden suppressed processing
not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly business-rule
conflict transient lock-error no-store exception timeout incomplete throttled informational"""
LANGUAGE = {"enum": [*LANGUAGES]}
_STATES = [each.value for each in State]
_TEXT = {"type": "string", "minLength": 1}
_ID = {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"}
_WEB = {"type": "string", "pattern": "^https?://[^/]"}


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", "properties": properties}
    return {**made, "required": required.split()} if required else made


def _list(of: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": of, **more}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _resource(kind: str, required: str = "", **properties: Any) -> dict[str, Any]:
    return _object(f"resourceType {required}", resourceType={"const": kind}, **properties)


_CODING = _object(system={"type": "string"}, code=_TEXT, display={"type": "string"})
_CODEABLE = _object(coding=_list(_ref("Coding")), text={"type": "string"})
_ENTRY = _object(
    fullUrl={"type": "string", "description": "The address of the resource, by which others refer to it."},
    resource=_ref("Resource"),
    request=_object(method={"type": "string"}, url={"type": "string"}),
)

SCHEMAS: dict[str, dict[str, Any]] = {
    "Resource": {
        **_object("resourceType", resourceType={"type": "string", "pattern": "^[A-Z][A-Za-z]+$"}, id=_ID),
        "description": "A resource of FHIR R4 (4.0.1).",
    },
    "Coding": _CODING,
    "CodeableConcept": _CODEABLE,
    "Bundle": {
        **_resource(
            "Bundle",
            "type",
            type={"enum": _BUNDLES.split()},
            timestamp={"type": "string", "description": "An instant. Its day is what the record is assessed as of."},
            entry=_list(_ENTRY),
        ),
        "description": "The record of one patient as a Bundle of FHIR R4. Only what carries findings is read.",
    },
    "Parameters": {
        **_resource("Parameters", "parameter", parameter=_list(_ref("Parameter"), minItems=1)),
        "description": "Parameters of FHIR R4.",
    },
    "Parameter": _object(
        "name",
        name=_TEXT,
        resource=_ref("Resource"),
        valueDateTime={"type": "string"},
        valueBoolean={"type": "boolean"},
        valueString={"type": "string"},
        valueCode={"type": "string"},
        valueUri={"type": "string"},
        valueCoding=_ref("Coding"),
        valueCodeableConcept=_ref("CodeableConcept"),
    ),
    "Answer": {
        **_resource(
            "Bundle", "type entry", type={"enum": ["collection", "transaction"]}, entry=_list(_ENTRY, minItems=1)
        ),
        "description": "CarePlan, GuidanceResponse, RiskAssessments, Observations, ServiceRequests, Goals, Device, "
        "Provenance, and an OperationOutcome that says what became of the input.",
    },
    "Message": {
        **_resource(
            "Bundle",
            "type entry",
            type={"const": "message"},
            timestamp={"type": "string"},
            entry=_list(_object("resource", fullUrl={"type": "string"}, resource=_ref("Resource")), minItems=1),
        ),
        "description": "A message of FHIR R4: its first entry is the MessageHeader.",
    },
    "Searchset": _resource(
        "Bundle",
        "type total",
        type={"const": "searchset"},
        total={"type": "integer", "minimum": 0},
        entry=_list(_ENTRY),
    ),
    "OperationOutcome": {
        **_resource("OperationOutcome", "issue", issue=_list(_ref("Issue"), minItems=1)),
        "description": "What is wrong, each problem with the element that it is about and the mend.",
    },
    "Issue": _object(
        "severity code",
        severity={"enum": ["fatal", "error", "warning", "information"]},
        code={"enum": _ISSUES.split()},
        diagnostics=_TEXT,
        expression=_list(_TEXT, minItems=1),
        details=_ref("CodeableConcept"),
    ),
    "CapabilityStatement": _resource(
        "CapabilityStatement", "status fhirVersion format rest", fhirVersion={"const": "4.0.1"}
    ),
    "Manifest": {
        **_object(
            "transactionTime request requiresAccessToken output error",
            transactionTime={"type": "string", "format": "date-time"},
            request={"type": "string"},
            requiresAccessToken={"type": "boolean"},
            output=_list(_object("type url count", type=_TEXT, url=_TEXT, count={"type": "integer", "minimum": 1})),
            error={"type": "array"},
        ),
        "description": "Where the results of a job are.",
    },
    "Discovery": _object(
        "services",
        services=_list(
            _object("hook description id", hook=_TEXT, title=_TEXT, description=_TEXT, id={"enum": [*SERVICES]})
        ),
    ),
    "CdsCall": {
        **_object(
            "hook hookInstance context",
            hook={"enum": [each.hook for each in SERVICES.values()]},
            hookInstance={"type": "string", "format": "uuid"},
            fhirServer=_WEB,
            fhirAuthorization=_object(
                "access_token token_type expires_in scope subject",
                access_token=_TEXT,
                token_type={"const": "Bearer"},
                expires_in={"type": "integer"},
                scope={"type": "string"},
                subject={"type": "string"},
            ),
            context=_object(
                "userId patientId",
                userId={"type": "string", "pattern": "^(Practitioner|PractitionerRole|Patient|RelatedPerson)/."},
                patientId=_TEXT,
                encounterId={"type": "string"},
                selections=_list({"type": "string"}),
                draftOrders=_ref("Bundle"),
            ),
            prefetch={
                "type": "object",
                "additionalProperties": {"anyOf": [{"type": "null"}, _ref("Resource")]},
                "description": "What discovery asks for, by its keys.",
            },
        ),
        "description": "A call of CDS Hooks 2.0.",
    },
    "Cards": _object("cards", cards=_list(_ref("Card"), maxItems=3)),
    "Card": _object(
        "uuid summary detail indicator source",
        uuid=_TEXT,
        summary={"type": "string", "minLength": 1, "maxLength": 139},
        detail={"type": "string", "minLength": 1, "description": "GitHub Markdown. Texts of the record are escaped."},
        indicator={"enum": ["info", "warning", "critical"]},
        source=_object("label", label=_TEXT, url=_WEB, topic=_ref("Coding")),
        suggestions=_list(_object("label", label=_TEXT, uuid=_TEXT, actions={"type": "array"}), minItems=1),
        selectionBehavior={"enum": ["at-most-one", "any"]},
        overrideReasons=_list(_ref("Coding")),
        links=_list(_object("label url type", label=_TEXT, url=_WEB, type={"enum": ["absolute", "smart"]})),
    ),
    "Feedback": _object(
        "feedback",
        feedback=_list(
            _object(
                "card outcome outcomeTimestamp",
                card={"type": "string", "format": "uuid"},
                outcome={"enum": ["accepted", "overridden"]},
                acceptedSuggestions=_list(_object("id", id={**_TEXT, "maxLength": 64}), maxItems=50),
                overrideReason=_object(
                    reason=_object("code", code={**_TEXT, "maxLength": 256}, system={"type": "string"}),
                    userComment={"type": "string", "maxLength": 4000},
                ),
                outcomeTimestamp={"type": "string", "format": "date-time"},
            ),
            maxItems=100,
        ),
    ),
    "PageForm": {
        **_object(
            "",
            **{
                "do": {"type": "string", "description": "The button: open, add, remove:N, ehr, or nothing."},
                "paste": {"type": "string", "description": "A record that was pasted, with do=open."},
                "record": {"type": "string", "description": "The record that is open, packed by gzip, in base64."},
                "origin": {"type": "string", "description": "Where it comes from: record, ehr, or an example."},
                "as-of": {"type": "string", "description": "The time to assess it as of."},
                "policy": {"type": "string", "description": "The policy of the site, by its name."},
                "assume-complete": {"enum": ["true", ""], "description": "Whether what is not there is absent."},
            },
        ),
        "additionalProperties": {"type": "string"},
        "description": "The form of the page. Every finding is a field by its code, those of a lesion as "
        f"lesion.N.code. The findings are in {BASE}/CodeSystem/finding.",
    },
    "WriteBack": _object(
        questionnaireResponse={"anyOf": [{"type": "null"}, _ref("Resource")]},
        policy={"type": ["string", "null"]},
        assumeComplete={"type": "boolean"},
    ),
    "Token": _object(
        "access_token token_type expires_in scope",
        access_token=_TEXT,
        token_type={"const": "bearer"},
        expires_in={"type": "integer", "minimum": 1},
        scope={"type": "string"},
    ),
    "TokenError": _object("error", error=_TEXT, error_description={"type": "string"}),
    "TokenRequest": _object(
        "grant_type client_assertion_type client_assertion scope",
        grant_type={"const": "client_credentials"},
        client_assertion_type={"const": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
        client_assertion={"type": "string", "description": "A JWT that the client has signed, by RS384 or ES384."},
        scope={"type": "string", "description": "Such as system/RiskAssessment.c."},
    ),
    "SmartConfiguration": _object(
        "token_endpoint grant_types_supported capabilities",
        token_endpoint=_TEXT,
        grant_types_supported=_list(_TEXT),
        capabilities=_list(_TEXT),
    ),
    "Alive": _object("status version knowledge", status={"const": "ok"}, version=_TEXT, knowledge=_TEXT),
    "Ready": _object(
        "status checks version knowledge",
        status={"enum": _STATES},
        checks={
            "type": "object",
            "description": "What was looked at, by its name.",
            "additionalProperties": _object(
                "status ms says", status={"enum": _STATES}, ms={"type": "number", "minimum": 0}, says=_TEXT
            ),
        },
        version=_TEXT,
        knowledge=_TEXT,
    ),
}
