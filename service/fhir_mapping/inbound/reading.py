"""What the readers of resources have in common: statements with their place, remarks, and dates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from service.evidence import Statement, Values, When
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.references import References, Subjects
from service.fhir_mapping.inbound.sites import Site
from service.fhir_mapping.inbound.slices import Value
from service.fhir_mapping.inbound.units import is_unusual
from service.fhir_mapping.terminology import Terminology
from service.handoffs import Returned
from service.problems import Ledger, LedgerEntry, Problem, Rejected

#: What a record that holds a metastasis which is not understood does not deny by silence.
SPREAD = frozenset(
    (
        "visceral-metastases",
        "brain-metastases",
        "bone-marrow-carcinomatosis",
        "extraspinal-bone-metastasis-count",
        "vertebral-metastasis-count",
    )
)


@dataclass(frozen=True)
class Said:
    """A statement, where it was made, and whether it shows by itself that there is a lesion."""

    statement: Statement
    entry: Entry
    site: Site | None = None
    anchor: bool = False
    perhaps: bool = False
    """Whether it may be about any lesion, because its place is not understood."""


@dataclass(frozen=True)
class Histology:
    """A histology that an Observation of its own gives, until the primary tumour is known that it is about."""

    values: Values
    by_itself: bool
    """Whether it names the tumour without a site, as "seminoma" does and "adenocarcinoma" does not."""
    entry: Entry
    focus: frozenset[Entry]
    """The diagnoses that the Observation names; empty where it names none."""
    then: When


@dataclass(frozen=True)
class Given:
    """A known drug that was, or perhaps was, given."""

    entry: Entry
    drug: tuple[str, str]
    """System and code."""
    meaning: tuple[tuple[str, Values], ...]
    """The findings that follow; none of a drug that no score or rule reads."""
    then: When


@dataclass(frozen=True)
class Received:
    """A result of a model that was computed elsewhere, and what it says that it rests on."""

    returned: Returned
    entry: Entry
    basis: tuple[str, ...]


@dataclass(frozen=True)
class TakenOn:
    """What an Observation takes on from the groups that it is a member of, as far as it does not say it itself."""

    place: Site | None = None
    focus: tuple[Entry, ...] = ()
    """Diagnoses."""
    then: When | None = None


_NOTHING = TakenOn()


@dataclass
class Notebook:
    """Collects what the readers find."""

    as_of: When
    subjects: Subjects
    conditions: References
    anything: References
    """Every resource of the Bundle, whatever its type."""
    reads: frozenset[str]
    """The findings that something will be made of."""
    terms: Terminology
    """Which code means what."""
    said: list[Said] = field(default_factory=list)
    histologies: list[Histology] = field(default_factory=list)
    taken_on: dict[str, TakenOn] = field(default_factory=dict)
    """By identity, what members of groups take on from these."""
    ledger: list[LedgerEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    mentioned: set[str] = field(default_factory=set)
    """Findings that the record names without saying anything that can be used; it does not deny them."""
    tumours: list[tuple[Entry, Site | None]] = field(default_factory=list)
    """Diagnoses of a tumour, which the plan addresses."""
    elsewhere: list[tuple[Entry, str]] = field(default_factory=list)
    """Bone metastases that are not known to be in the spine."""
    drugs: list[Given] = field(default_factory=list)
    unnamed: Counter[str] = field(default_factory=Counter)
    """By type, the drugs that the record does not name in a way that is known here."""
    diagnosed: list[tuple[Entry, Values, When]] = field(default_factory=list)
    """Active primary tumours, and when each was diagnosed or began, where the record says it."""
    results: list[Received] = field(default_factory=list)
    """Results of models that were computed elsewhere."""
    bounds: Bounds = USUAL
    units: set[str] = field(default_factory=set)
    """Those beside the common ones."""

    def count_units(self, value: Value, path: str) -> None:
        """Notes the units of a value before it is read.

        Raises:
            Rejected: 413, there are more of them than a record has.
        """
        limits = value.value_range
        if limits is None and value.value_quantity is None:
            return
        for each in (value.value_quantity, limits and limits.low, limits and limits.high):
            unit = each and (each.code or each.unit)
            if unit and is_unusual(unit):
                self.units.add(unit)
                self.bounds.refuse_units(len(self.units), path)

    def remark(self, entry: Entry, code: Ledger, text: str) -> None:
        self.ledger.append(entry.note(code, text))

    def taken(self, entry: Entry) -> TakenOn:
        """What an Observation takes on from its groups."""
        return self.taken_on.get(entry.identity, _NOTHING) if self.taken_on else _NOTHING

    def date(self, text: str | None, path: str) -> When:
        """The time that a date names; any time where there is none.

        Raises:
            Rejected: 422 for what is no FHIR date.
        """
        if text is None:
            return When()
        try:
            return when(text)
        except BadDate:
            message = "This is not a FHIR date. Send one such as 2026-10-01 or 2026-10-01T09:30:00Z."
            raise Rejected(422, Problem("value", message, path)) from None

    def too_late(self, entry: Entry, then: When) -> bool:
        """Whether the resource came after the time of the assessment; says so in the ledger."""
        if then.start <= self.as_of.end:
            return False
        self.remark(entry, Ledger.AFTER_AS_OF, "dated after the time of the assessment, so it is left out")
        return True
