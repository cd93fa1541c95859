"""A case: one patient at one time, with the lesions of the spine and the evidence for each finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.evidence import Evidence, Values
from service.findings import FINDINGS
from service.vertebrae import Run

_UNKNOWN = {code: Evidence(finding.domain.unknown) for code, finding in FINDINGS.items()}


@dataclass(frozen=True)
class Lesion:
    """One spinal level, or the run of contiguous levels that the record names as one."""

    name: str
    """``T8``, ``T8-T9``, a region such as ``thoracic``, or ``spine`` where no level is given."""
    levels: Run = ()
    """The levels; empty where the record does not say which."""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    conditions: tuple[str, ...] = ()
    """References of the diagnoses that name this lesion."""


@dataclass(frozen=True)
class Case:
    """What is known of the patient. Findings that are not in ``evidence`` are unknown."""

    patient: str = ""
    """Reference of the patient as the sender names it."""
    patient_identifier: tuple[str | None, str | None] | None = None
    """System and value, where the sender names the patient by an identifier alone."""
    age: int | None = None
    sex: str | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    lesions: tuple[Lesion, ...] = ()
    conditions: tuple[str, ...] = ()
    """References of the tumour diagnoses of the patient."""
    has_cancer: bool = False
    """Whether the record names a tumour at all, of the spine or elsewhere."""

    def about(self, finding: str, lesion: Lesion | None = None) -> Evidence:
        """The evidence for a finding: the lesion's own, else the patient's, else unknown."""
        found = lesion.evidence.get(finding) if lesion is not None else None
        return found or self.evidence.get(finding) or _UNKNOWN[finding]

    def possible(self, finding: str, lesion: Lesion | None = None) -> Values:
        return self.about(finding, lesion).values
