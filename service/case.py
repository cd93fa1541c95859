"""A case: one patient at one time, with the lesions of the spine and the evidence for each finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from service.evidence import Evidence, Span, Values, together
from service.findings import FINDINGS, LESION
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
    """System and value of an identifier of the patient, where the record has one."""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    lesions: tuple[Lesion, ...] = ()
    conditions: tuple[str, ...] = ()
    """References of the tumour diagnoses of the patient."""
    has_cancer: bool = False
    """Whether the record names a tumour at all, of the spine or elsewhere."""

    def about(self, finding: str, lesion: Lesion | None = None) -> Evidence:
        """The evidence for a finding: the lesion's own, else the patient's, else unknown.

        Of the patient as a whole, a finding of lesions is what the lesions say together, where the record does not
        give it for the patient. A lesion never learns from that what only another lesion has.
        """
        found = lesion.evidence.get(finding) if lesion is not None else None
        found = found or self.evidence.get(finding)
        if found is None and lesion is None and FINDINGS[finding].scope == LESION:
            found = self._of_lesions(finding)
        return found or _UNKNOWN[finding]

    @cached_property
    def _joined(self) -> dict[str, Evidence | None]:
        """What was asked for before: many rules and scores read the same."""
        return {}

    def _of_lesions(self, finding: str) -> Evidence | None:
        """What the lesions say of a finding together; None where none of them says anything."""
        if finding not in self._joined:
            self._joined[finding] = self._join(finding)
        return self._joined[finding]

    def _join(self, finding: str) -> Evidence | None:
        own = [lesion.evidence[finding] for lesion in self.lesions if finding in lesion.evidence]
        return together(own, self._values_of_lesions(finding)) if own else None

    def _values_of_lesions(self, finding: str) -> Values:
        each = [(lesion.evidence.get(finding) or _UNKNOWN[finding]).values for lesion in self.lesions]
        if len(each) < 2:
            return each[0] if each else _UNKNOWN[finding].values
        return _any(each) if FINDINGS[finding].is_yes_no else frozenset().union(*each)

    @property
    def age(self) -> int | None:
        """Full years, where the record leaves no more than one number open."""
        age = self.about("age")
        return next((int(span.low) for span in age.values if isinstance(span, Span)), None) if age.certain else None

    @property
    def sex(self) -> str | None:
        """``female`` or ``male``, where the record leaves one of them open."""
        sex = self.about("sex")
        return str(next(iter(sex.values))) if sex.certain else None

    def possible(self, finding: str, lesion: Lesion | None = None) -> Values:
        """The values that :meth:`about` leaves open."""
        found = lesion.evidence.get(finding) if lesion is not None else None
        found = found or self.evidence.get(finding)
        if found is None and lesion is None and FINDINGS[finding].scope == LESION:
            return self._values_of_lesions(finding)
        return (found or _UNKNOWN[finding]).values


def _any(each: Iterable[Values]) -> Values:
    """Whether any of several has it: yes if one certainly does, no if none can."""
    listed = list(each)
    if frozenset((True,)) in listed:
        return frozenset((True,))
    return frozenset().union(*listed)
