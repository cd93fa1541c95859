"""What became of every line and every patient: nothing is lost without being counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from service.cohort.assessing import Outcome
from service.cohort.lines import FAULTS

_WORDS = {
    Outcome.ASSESSED: "with a tumour of the spine",
    Outcome.NO_SPINAL_TUMOUR: "without a tumour of the spine in the record",
    Outcome.NO_INDEX_DATE: "without an index date, who were not assessed",
    Outcome.REFUSED: "whose record was refused: see the columns reason and problems",
    Outcome.FAULT: "at whom this service failed: see the column problems, and report it",
}


class Unbalanced(RuntimeError):
    """Lines were lost on the way, which is a fault of this service."""


@dataclass(frozen=True)
class Summary:
    """The balance of a run."""

    files: int
    lines: int
    """All lines of the export."""
    used: int
    """Lines that are in the record of a patient."""
    shared: int
    """Lines without a patient that are there for all who refer to them."""
    blank: int
    not_needed: Mapping[str, int]
    """Lines of which nothing is read, by the type of the resource."""
    aside: Mapping[str, int]
    """Lines that could not be used, by the fault."""
    patients: int
    rows: int
    outcomes: Mapping[str, int]
    """Patients, by what came of them."""
    index_dates: int = 0
    """Patients of whom an index date is given."""
    strangers: int = 0
    """Those among them of whom the export holds nothing."""
    unread: int = 0
    """Patients without a sign of a tumour, whose records were not read."""

    @classmethod
    def of(
        cls,
        sorted_: Iterable[Mapping[str, Any]],
        assessed: Iterable[Mapping[str, Any]],
        *,
        files: int,
        index_dates: int = 0,
    ) -> Summary:
        """The balance of what was said of the sorted files and of the parts.

        Raises:
            Unbalanced: the two do not say the same, or not every line is accounted for.
        """
        first, not_needed, aside = Counter[str](), Counter[str](), Counter[str]()
        for said in sorted_:
            first.update({name: n for name, n in said.items() if isinstance(n, int)})
            not_needed.update(said.get("not_needed", {}))
            aside.update(said["aside"])
        second, outcomes = Counter[str](), Counter[str]()
        for said in assessed:
            second.update({name: n for name, n in said.items() if isinstance(n, int)})
            outcomes.update(said["outcomes"])
        made = cls(
            files=files,
            lines=first["lines"],
            used=second["lines"],
            shared=first["shared"],
            blank=first["blank"],
            not_needed=dict(sorted(not_needed.items())),
            aside=dict(sorted(aside.items())),
            patients=second["patients"],
            rows=second["rows"],
            outcomes=dict(sorted(outcomes.items())),
            index_dates=index_dates,
            strangers=index_dates - second["indexed"],
            unread=second["unread"],
        )
        accounted = made.used + made.shared + made.blank + not_needed.total() + aside.total()
        if first["owned"] != made.used or accounted != made.lines or outcomes.total() != made.patients:
            raise Unbalanced(
                f"{made.lines} lines were read and {accounted} are accounted for. This is a fault of this service: "
                "do not use the files, and please report it."
            )
        return made

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Summary:
        return cls(**said)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def whole(self) -> bool:
        """Whether every patient could be assessed who was to be, and every line used that is needed."""
        return not self.aside and not self.strangers and not {Outcome.REFUSED, Outcome.FAULT} & self.outcomes.keys()

    def text(self) -> Iterator[str]:
        """The balance for reading, line by line."""
        yield f"{self.rows:>12,}  rows of {self.patients:,} patients"
        for outcome, words in _WORDS.items():
            if self.outcomes.get(outcome):
                yield f"{self.outcomes[outcome]:>12,}  patients {words}"
            if outcome is Outcome.NO_SPINAL_TUMOUR and self.unread:
                yield f"{self.unread:>12,}  of these without any sign of a tumour, whose records were not read"
        if self.strangers:
            yield f"{self.strangers:>12,}  index dates of {self.index_dates:,} are of nobody in the export"
        yield f"{self.lines:>12,}  lines in {self.files:,} files, of which"
        yield f"{self.used:>12,}  are in the records of patients"
        if self.shared:
            yield f"{self.shared:>12,}  are shared: Medications, for the patients who refer to them"
        if self.not_needed:
            types = ", ".join(f"{kind} {n:,}" for kind, n in self.not_needed.items())
            yield f"{sum(self.not_needed.values()):>12,}  are not needed: {types}"
        if self.blank:
            yield f"{self.blank:>12,}  are blank"
        for fault, words in FAULTS.items():
            if self.aside.get(fault):
                yield f"{self.aside[fault]:>12,}  are kept aside, {fault}: {words}"
