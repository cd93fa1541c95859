"""The cards of the service in a hook of HealthChain, as its documentation has it: a function with a decorator.

It runs in an environment of its own, see ``environment.py``. The handler gets a checked model of the call and
gives cards that are checked again; in between is the same function as behind the door of the service, which is given
as dictionaries what a model of HealthChain keeps of a call.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from service.cds_hooks.answering import Budget, answer
from service.cds_hooks.asked import call_asked
from service.cds_hooks.links import Links
from service.cds_hooks.services import service_named
from service.pipeline import Site
from service.recent import Recent

SERVICE = "spinal-tumour-patient-view"
_SECONDS = 10.0
_REMEMBERED = 256
_REMEMBERED_SECONDS = 120


def create() -> Any:
    """The application for uvicorn."""
    from healthchain.gateway import CDSHooksService, HealthChainAPI  # noqa: PLC0415  # only there where this is served

    site, recent, links = Site(), Recent(_REMEMBERED, _REMEMBERED_SECONDS), Links("http://127.0.0.1")
    hooks = CDSHooksService()
    service = service_named(SERVICE)

    @hooks.hook(service.hook, id=SERVICE, title=service.title, description=service.description)
    def handle(request: Any) -> dict[str, Any]:
        body = {
            "hook": request.hook,
            "hookInstance": request.hookInstance,
            "context": request.context.model_dump(),
            "prefetch": request.prefetch,
        }
        budget = Budget(time.monotonic(), _SECONDS)
        today = datetime.now(UTC).date()
        made = answer(call_asked(body, service), site, today, links, (), budget, recent)
        return {"cards": [_as_required(card) for card in made["cards"]]}

    app = HealthChainAPI()
    app.register_service(hooks)
    return app


def _as_required(card: dict[str, Any]) -> dict[str, Any]:
    """A card with what CDS Hooks leaves open and HealthChain requires; else it would answer without any card."""
    links = [{"autoLaunchable": None, **link} for link in card["links"]]
    suggestions = [{"isRecommended": None, **each} for each in card.get("suggestions", ())]
    return {**card, "links": links, **({"suggestions": suggestions} if suggestions else {})}
