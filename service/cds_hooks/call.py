"""A call of a service: what CDS Hooks 2.0 puts around the record, checked and named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PATIENT_VIEW = "patient-view"
ORDER_SELECT = "order-select"
ORDER_SIGN = "order-sign"
#: The hooks at which orders are being written; there the cards speak of these orders.
ORDER_HOOKS = frozenset((ORDER_SELECT, ORDER_SIGN))


@dataclass(frozen=True)
class Authorization:
    """The caller's leave to read from its FHIR server."""

    access_token: str = field(repr=False)
    scope: str = ""
    """What was granted, as SMART writes it; empty where the caller does not say."""
    patient: str | None = None
    """The one patient whom the token is for, where it is for one."""


@dataclass(frozen=True)
class Call:
    """A call, without the record: that is put together from ``prefetch`` and, where that is allowed, the server."""

    service: str
    """The id of the service that is called, such as ``spinal-tumour-order-sign``."""
    hook: str
    instance: str
    """The UUID of the hook's firing (``hookInstance``); the ids of cards follow from it."""
    patient_id: str
    user_id: str
    """Who looks, as the caller refers to it, such as ``Practitioner/7``."""
    encounter_id: str | None = None
    selections: tuple[str, ...] = ()
    """References to those draft orders that the user has just chosen, ``MedicationRequest/7``; for order-select."""
    draft_orders: dict[str, Any] | None = None
    """The Bundle of unsigned orders, decoded; None where the hook has none."""
    prefetch: Any = field(default=None, repr=False)
    """What was prefetched, by its key; answers to reading like a ``dict``. None where there is nothing."""
    fhir_server: str | None = None
    authorization: Authorization | None = None

    @property
    def about_orders(self) -> bool:
        """Whether orders are being written."""
        return self.hook in ORDER_HOOKS
