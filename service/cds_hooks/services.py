"""The services that there are, and what discovery says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.cds_hooks.call import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW
from service.cds_hooks.prefetch import TEMPLATES
from service.language import told
from service.problems import Problem, Rejected
from service.text import phrase, series

_REQUIRED = tuple(each.key for each in TEMPLATES.values() if each.needed)
_USAGE = phrase(
    "Needs {keys}, prefetched or readable from a FHIR server that the site allows. What else is missing stays unknown, "
    "and the cards say so.",
    keys=series(", ", _REQUIRED),
)


@dataclass(frozen=True)
class Service:
    """A service, at one hook."""

    id: str
    hook: str
    title: str
    description: str


SERVICES = {
    service.id: service
    for service in (
        Service(
            "spinal-tumour-patient-view",
            PATIENT_VIEW,
            "Tumours of the spine: plan",
            "What is to be decided about a tumour of the spine: emergencies, stability, treatment by NOMS with its "
            "reasons and sources, and what to find out first.",
        ),
        Service(
            "spinal-tumour-order-select",
            ORDER_SELECT,
            "Tumours of the spine: orders being chosen",
            "Speaks up where an order that is being chosen does not fit a tumour of the spine, such as conventional "
            "radiotherapy at a level that was irradiated before.",
        ),
        Service(
            "spinal-tumour-order-sign",
            ORDER_SIGN,
            "Tumours of the spine: orders to be signed",
            "Speaks up where an order that is about to be signed does not fit a tumour of the spine, such as an "
            "operation without a known SINS or ESCC grade.",
        ),
    )
}


def service_named(name: str) -> Service:
    """The service with an id.

    Raises:
        Rejected: 404 if there is none.
    """
    found = SERVICES.get(name)
    if found is None:
        message = f"There is no such service. There are {', '.join(SERVICES)}; GET /cds-services describes them."
        raise Rejected(404, Problem("not-found", message, "id"))
    return found


def discovery() -> dict[str, Any]:
    """The answer to discovery, in the language of the reader."""
    prefetch = {each.key: each.template for each in TEMPLATES.values()}
    return {
        "services": [
            {
                "hook": service.hook,
                "title": told(service.title),
                "description": told(service.description),
                "id": service.id,
                "prefetch": prefetch,
                "usageRequirements": told(_USAGE),
            }
            for service in SERVICES.values()
        ]
    }
