"""The CapabilityStatement: all that the doors do, and nothing else."""

from __future__ import annotations

from typing import Any

from service import BASE, __version__
from service.api import media
from service.api.settings import Settings
from service.fhir_mapping import artefacts
from service.fhir_mapping.outbound.building import narrative

KIND = "CapabilityStatement"
#: The parameters by which artefacts are searched, with their types.
SEARCH_PARAMETERS = {"_id": "token", "url": "uri", "version": "token", "name": "string"}
_TRANSPORT = "http://terminology.hl7.org/CodeSystem/message-transport"
_SECURITY = (
    "The service authenticates nobody yet, and listens on its own machine alone. What is put before it ends TLS and "
    "lets in those who may send records. Nothing of a record is kept, but for the answer to a request that prefers to "
    "be answered later: it is kept for a limited time, under an address that cannot be guessed."
)
_DOES = (
    "Nothing is stored: there is no create, update, patch, transaction or batch. Requests may be in JSON or XML, and "
    "answers are in JSON. Prefer: handling=strict, return=OperationOutcome and respond-async are known."
)
#: The operation of FHIR itself.
_TRANSLATE = "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate"


def capability_statement(settings: Settings) -> dict[str, Any]:
    """What this server can do."""
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
                "security": {"cors": False, "description": _SECURITY},
                "resource": [_published(kind) for kind in sorted((*artefacts.KINDS, KIND))],
                "operation": [_operation(artefacts.OPERATION), _operation(artefacts.PROCESS_MESSAGE)],
            }
        ],
        "messaging": [messaging],
    }


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
