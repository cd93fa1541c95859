"""The doors of CDS Hooks, as the document describes them."""

from __future__ import annotations

from service.api.openapi import examples
from service.api.openapi.model import CDS_CALLERS, JSON, Answer, Body, Door, Parameter, ref, refusals
from service.cds_hooks.services import SERVICES

_GROUP = "CDS Hooks"
_NAMES = [*SERVICES]


def _service(name: str) -> Parameter:
    return Parameter(name, "path", "The service, as discovery names it.", {"enum": _NAMES}, example=_NAMES[0])


DOORS: tuple[Door, ...] = (
    Door(
        "GET",
        "/cds-services",
        _GROUP,
        "Discovery",
        "The services that there are, each with what it wants prefetched.",
        (Answer(200, "The services.", {JSON: ref("Discovery")}, ("Vary",)), *refusals(401, 403)),
        call="curl '{address}/cds-services'",
        shown='{"services": [{"hook": "patient-view", "id": "spinal-tumour-patient-view"}]}',
    ),
    Door(
        "POST",
        "/cds-services/{service_id}",
        _GROUP,
        "Call a service",
        "Answers with at most three cards, the urgent first; with none where there is no tumour of the spine. What was "
        "not prefetched is read from fhirServer, where the site allows that server.",
        (
            Answer(200, "The cards.", {JSON: ref("Cards")}, ("Vary",)),
            *refusals(400, 401, 403, 404, 412, 413, 415, 422, 429, 503),
        ),
        (_service("service_id"),),
        Body("The call.", {JSON: ref("CdsCall")}, {"patient-view": examples.CALL}),
        CDS_CALLERS,
        "curl -H 'Content-Type: application/json' --data-binary @call.json "
        "'{address}/cds-services/spinal-tumour-patient-view'",
        '{"cards": [{"summary": "...", "indicator": "info", "source": {"label": "..."}}]}',
    ),
    Door(
        "POST",
        "/cds-services/{name}/feedback",
        _GROUP,
        "What became of cards",
        "Keeps what users made of cards: all of the body, or nothing.",
        (Answer(200, "It is kept.", {JSON: {"type": "object"}}), *refusals(400, 401, 403, 404, 413, 415, 429, 503)),
        (_service("name"),),
        Body("The feedback.", {JSON: ref("Feedback")}, {"a card that was overridden": examples.FEEDBACK}),
        CDS_CALLERS,
        "curl -H 'Content-Type: application/json' --data-binary @feedback.json "
        "'{address}/cds-services/spinal-tumour-patient-view/feedback'",
        "{}",
    ),
)
