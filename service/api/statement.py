"""The CapabilityStatement: all that the doors do, and nothing else."""

from __future__ import annotations

from typing import Any

from service import BASE, __version__
from service.api import media
from service.api.settings import Settings
from service.callers.access import Access
from service.fhir_mapping import artefacts
from service.fhir_mapping.outbound.building import narrative

KIND = "CapabilityStatement"
#: The parameters by which artefacts are searched, with their types.
SEARCH_PARAMETERS = {"_id": "token", "url": "uri", "version": "token", "name": "string"}
_TRANSPORT = "http://terminology.hl7.org/CodeSystem/message-transport"
_OPEN = (
    "This server asks nobody who they are: it serves its own machine, or the site has something before it that does. "
)
_CLOSED = (
    "Records are taken from callers with a token, as SMART Backend Services has it, or with a client certificate that "
    "the site has listed. What is published is open to everyone. "
)
_SECURITY = (
    "What is put before it ends TLS. Nothing of a record is kept, but for the answer to a request that prefers to "
    "be answered later: it is kept for a limited time, under an address that cannot be guessed."
)
_DOES = (
    "Nothing is stored: there is no create, update, patch, transaction or batch. Requests may be in JSON or XML, and "
    "answers are in JSON. Prefer: handling=strict, return=OperationOutcome and respond-async are known."
)
#: The operation of FHIR itself.
_TRANSLATE = "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate"


_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def capability_statement(settings: Settings, access: Access | None = None) -> dict[str, Any]:
    """What this server can do; ``access`` says who may call, where somebody is asked."""
    description = "Decision support for tumours of the spine"
    implementation = {"description": description}
    messaging: dict[str, Any] = {
        "documentation": f"Messages are answered at once. The event is {artefacts.EVENT}; others are answered as well, "
        "unless the request says Prefer: handling=strict.",
        "supportedMessage": [
            {"mode": "receiver", "definition": f"{BASE}/MessageDefinition/{artefacts.MESSAGE}"},
            {"mode": "sender", "definition": f"{BASE}/MessageDefinition/{artefacts.MESSAGE_ANSWER}"},
        ],
    }
    # Behind a proxy the address is what the site says, and is not said where the site does not.
    if settings.public_url:
        implementation["url"] = f"{settings.public_url}/fhir"
        where = {"protocol": {"system": _TRANSPORT, "code": "http"}}
        messaging["endpoint"] = [{**where, "address": f"{settings.public_url}/fhir/$process-message"}]
    return {
        "resourceType": KIND,
        "id": "spinemets-cds",
        "text": narrative("spinemets-cds", [description, _DOES]),
        "url": f"{BASE}/{KIND}/spinemets-cds",
        "version": __version__,
        "name": "SpinemetsCds",
        "title": "spinemets-cds",
        "status": "active",
        "experimental": False,
        "date": artefacts.DATE,
        "publisher": artefacts.PUBLISHER,
        "description": description,
        "kind": "instance",
        "software": {"name": "spinemets-cds", "version": __version__},
        "implementation": implementation,
        "fhirVersion": "4.0.1",
        "format": ["json", media.FHIR_JSON, "xml", media.FHIR_XML],
        "rest": [
            {
                "mode": "server",
                "documentation": _DOES,
                "security": _security(access),
                "resource": [_published(kind) for kind in sorted((*artefacts.KINDS, KIND))],
                "operation": [_operation(artefacts.OPERATION), _operation(artefacts.PROCESS_MESSAGE)],
            }
        ],
        "messaging": [messaging],
    }


def _security(access: Access | None) -> dict[str, Any]:
    if access is None:
        return {"cors": False, "description": f"{_OPEN}{_SECURITY}"}
    said = {"cors": False, "description": f"{_CLOSED}{_SECURITY}"}
    where = {"url": _OAUTH, "extension": [{"url": "token", "valueUri": access.token_endpoint}]}
    service = {"coding": [{"system": _SERVICE, "code": "SMART-on-FHIR"}], "text": "SMART Backend Services, OAuth 2.0"}
    return {**({"extension": [where]} if access.token_endpoint else {}), **said, "service": [service]}


def _operation(name: str) -> dict[str, Any]:
    return {"name": name, "definition": f"{BASE}/OperationDefinition/{name}"}


def _published(kind: str) -> dict[str, Any]:
    translates = {"operation": [{"name": "translate", "definition": _TRANSLATE}]} if kind == "ConceptMap" else {}
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "readHistory": False,
        "updateCreate": False,
        "conditionalCreate": False,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "searchParam": [{"name": name, "type": type_} for name, type_ in SEARCH_PARAMETERS.items()],
        **translates,
    }
