"""Every door, and who may pass it where it is said who may call."""

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
