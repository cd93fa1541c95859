"""All that is said about one record: what every way of writing an answer starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service.case import Case
from service.decision.model import NotComputed, Plan
from service.evidence import When
from service.handoffs import Collected, Returned
from service.policy import Policy
from service.problems import LedgerEntry
from service.scoring.results import Result


@dataclass(frozen=True)
class Assessment:
    """All of it for one Bundle."""

    case: Case
    results: tuple[Result, ...]
    not_computed: tuple[NotComputed, ...]
    plan: Plan
    ledger: tuple[LedgerEntry, ...]
    inputs: Mapping[str, str]
    """The resources that it rests on: reference, and type."""
    bone_elsewhere: bool
    """There is a bone metastasis that is not known to be in the spine."""
    as_of: When
    policy: Policy
    handoffs: tuple[Collected, ...] = ()
    """Models that are computed elsewhere, with what the record says of their inputs."""
    maps: str | None = None
    """The version of the maps of codes, where a site has its own on top of those of the package."""
    returned: tuple[Returned, ...] = ()
    """Results of such models that came with the record."""

    @property
    def has_tumour(self) -> bool:
        """Whether the record shows a tumour of the spine."""
        return bool(self.case.lesions)

    @property
    def complete(self) -> bool:
        """Whether nothing that is missing could change the answer."""
        return not self.plan.needed
