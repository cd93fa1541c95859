"""Why a clinician may not follow a card: the reasons that every card offers."""

from __future__ import annotations

from typing import Any

from service.fhir_mapping.artefacts.card_systems import OVERRIDE_REASON, OVERRIDE_REASONS


def override_reasons() -> list[dict[str, Any]]:
    """The reasons as codings."""
    return [
        {"system": OVERRIDE_REASON, "code": code, "display": display} for code, (display, _) in OVERRIDE_REASONS.items()
    ]
