"""Every door, who may pass it where it is said who may call, and what others are told."""

from __future__ import annotations

from enum import Enum, auto

from service.fhir_mapping import artefacts


class May(Enum):
    """Who may pass a door, where it is said who may call."""

    EVERYONE = auto()
    """Nothing of a patient is there, and an answer costs little; or the door judges by itself."""
    PROBE = auto()
    """Everyone, from wherever, whatever is set."""
    ASSESSOR = auto()
    TRANSLATOR = auto()
    CDS = auto()
    PAGE = auto()
    SESSION = auto()
    """Whoever has the session of a SMART launch, which the door looks for itself."""
    SCRAPER = auto()
    """Whoever reaches the server without the proxy."""


_ARTEFACTS = f"/fhir/<any({', '.join((*artefacts.KINDS, 'CapabilityStatement'))}):type>"
#: Every door. One that is not here is closed.
DOORS = {
    "/": May.EVERYONE,
    "/healthz": May.PROBE,
    "/readyz": May.PROBE,
    "/metrics": May.SCRAPER,
    "/openapi.json": May.EVERYONE,
    "/docs": May.EVERYONE,
    "/knowledge": May.EVERYONE,
    "/knowledge/<section>": May.EVERYONE,
    "/auth/token": May.EVERYONE,
    "/fhir": May.EVERYONE,
    "/fhir/metadata": May.EVERYONE,
    "/fhir/.well-known/smart-configuration": May.EVERYONE,
    _ARTEFACTS: May.EVERYONE,
    f"{_ARTEFACTS}/<id>": May.EVERYONE,
    "/fhir/ConceptMap/$translate": May.TRANSLATOR,
    "/fhir/ConceptMap/<map_id>/$translate": May.TRANSLATOR,
    "/fhir/$assess-spinal-tumour": May.ASSESSOR,
    "/fhir/$process-message": May.ASSESSOR,
    "/fhir/$job-status/<name>": May.ASSESSOR,
    "/fhir/$job-output/<name>/<kind>": May.ASSESSOR,
    "/cds-services": May.EVERYONE,
    "/cds-services/<service_id>": May.CDS,
    "/cds-services/<name>/feedback": May.CDS,
    "/app": May.PAGE,
    "/app/download/<kind>": May.PAGE,
    "/app/static/<path:filename>": May.EVERYONE,
    "/app/launch": May.EVERYONE,
    "/app/callback": May.EVERYONE,
    "/app/smart/status": May.SESSION,
    "/app/smart/record": May.SESSION,
    "/app/smart/write-back": May.SESSION,
    "/app/smart/close": May.SESSION,
}

LOCAL = (
    "This server asks nobody who they are, and so it serves its own machine alone. Let the site set SPINEMETS_ACCESS, "
    "the file that says who may call, and use a token."
)
NO_PAGE = "The page is for records that are opened in the EHR. Open the record there, and start this service from it."
NO_CERTIFICATE = "The page is for browsers with a client certificate that the site has listed. Use such a certificate."
DIRECT = "This door is not open by way of a proxy. Use the address of the server itself."
CLOSED = "This door is not open. Use another one."
NO_CLIENTS = "This server gives no tokens. Let the site list the client in the access file, or get one where it says."
