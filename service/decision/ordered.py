"""An order that is being written or is under way, and the lesions that it is for."""

from __future__ import annotations

from dataclasses import dataclass

from service.case import Case, Lesion
from service.evidence import When
from service.vertebrae import REGIONS, Run


@dataclass(frozen=True)
class Order:
    """An order as it is being written, or one that is under way."""

    treatment: str
    """A treatment of the plan, or ``radiotherapy`` or ``surgery`` where the order does not say which."""
    reference: str = ""
    """The order as the sender names it; empty where it has no name."""
    levels: Run = ()
    region: str | None = None
    """A region of the spine, where no levels are named."""
    diagnoses: tuple[str, ...] = ()
    """References of the diagnoses that it is for."""
    begins: When | None = None
    """When it is planned for; None where it does not say."""

    @property
    def placed(self) -> bool:
        """Whether it says where in the spine."""
        return bool(self.levels or self.region)


def lesions_of(order: Order, case: Case) -> tuple[Lesion, ...]:
    """The lesions that an order is for; all of them where it names no place."""
    if order.placed:
        levels = frozenset(order.levels or REGIONS[order.region or "spine"])
        return tuple(lesion for lesion in case.lesions if levels.intersection(lesion.levels or _region(lesion)))
    return _named(order, case) or case.lesions


def names_lesion(order: Order, case: Case) -> bool:
    """Whether an order is for the diagnosis of a lesion, wherever that is."""
    return bool(_named(order, case))


def _named(order: Order, case: Case) -> tuple[Lesion, ...]:
    return tuple(
        lesion for lesion in case.lesions if any(_same(a, b) for a in order.diagnoses for b in lesion.conditions)
    )


def _region(lesion: Lesion) -> Run:
    return REGIONS.get(lesion.name, ())


def _same(left: str, right: str) -> bool:
    """Whether two references name one resource, one of them perhaps with its server."""
    return left == right or left.endswith(f"/{right}") or right.endswith(f"/{left}")
