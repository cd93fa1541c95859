"""The second pass, of one patient at a time: a record in, rows out.

:func:`rows` is what every engine runs. It needs nothing but its arguments, which can be sent to another process or
machine, and keeps nothing but what was read from the maps of a site.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path

from service.assess import assess
from service.assessment import Assessment
from service.case import Lesion
from service.cohort.indexing import IndexDates
from service.cohort.record import Record, Unread
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.fhir_mapping.terminology.own_maps import load
from service.policy import DEFAULT, Policy
from service.problems import Problem, Rejected
from service.scoring.results import Result

_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Setup:
    """How every patient of a cohort is assessed."""

    as_of: str
    """The time of the assessment, such as ``2026-10-01``."""
    policy: Policy = DEFAULT
    assume_complete: bool = False
    maps: Path | None = None
    """A folder of a site's own ConceptMaps."""
    maps_version: str = STANDARD.version
    """The version of the maps in force."""
    bounds: Bounds = field(default=USUAL)
    index_dates: IndexDates | None = None
    """The time of the assessment of each patient; those who have none are left out."""


class Outcome(StrEnum):
    """What came of a patient."""

    ASSESSED = "assessed"
    NO_SPINAL_TUMOUR = "no-spinal-tumour"
    NO_INDEX_DATE = "no-index-date"
    REFUSED = "refused"
    FAULT = "fault"


_UNREAD = {Unread.NO_SIGN: Outcome.NO_SPINAL_TUMOUR, Unread.NO_INDEX_DATE: Outcome.NO_INDEX_DATE}


@dataclass(frozen=True)
class Told:
    """A problem of a record: a code of FHIR's issue types, the line and the element, and no value of the record."""

    code: str
    message: str
    place: str
    element: str


@dataclass(frozen=True)
class Row:
    """A patient and a lesion, or a patient for whom there is none."""

    record: Record
    setup: Setup
    outcome: Outcome
    reason: str | None = None
    """Why there is no lesion, as a code."""
    problems: tuple[Told, ...] = ()
    found: Assessment | None = None
    lesion: Lesion | None = None
    number: int | None = None
    """Of the lesion, from 1."""

    @property
    def as_of(self) -> str:
        """The time of the assessment: of the patient, else of all."""
        return self.record.as_of or self.setup.as_of

    @property
    def assessment(self) -> Assessment:
        """The assessment.

        Raises:
            LookupError: the row has none, for it was refused, or not read.
        """
        if self.found is None:
            raise LookupError(self.outcome)
        return self.found

    @cached_property
    def results(self) -> dict[str, Result]:
        """By score: the result of the lesion, or of the patient."""
        return {each.score.code: each for each in self.assessment.results if self.is_about(each.lesion)}

    def is_about(self, lesion: Lesion | None) -> bool:
        """Whether what is said of a lesion, or of the patient as a whole, belongs into the row."""
        return lesion is None or (self.lesion is not None and lesion.name == self.lesion.name)


class ChangedMaps(RuntimeError):
    """The maps of the site are no longer those with which the run began."""


@lru_cache(maxsize=4)
def terms(maps: Path | None, version: str) -> Terminology:
    """The maps in force, read once for a process.

    Raises:
        BadMaps: they cannot be read.
        ChangedMaps: they are of another version.
    """
    found = load(maps).terminology
    if found.version != version:
        raise ChangedMaps("The maps have changed since the run began. Begin a new one with another --out.")
    return found


def rows(records: Iterable[Record], setup: Setup) -> Iterator[Row]:
    """The rows of each patient in turn, lesions in the order of the case.

    A patient whose record is refused, or at whom the service itself fails, has one row that says so.
    """
    in_force = terms(setup.maps, setup.maps_version)
    for record in records:
        if record.unread_for is not None:
            yield Row(record, setup, _UNREAD[record.unread_for], record.unread_for)
            continue
        try:
            if record.too_large:
                message = "There is more of this patient than is read. Raise --patient-megabytes."
                raise Rejected(413, Problem("too-costly", message))
            found = assess(
                decode(record.bundle()),
                when(record.as_of or setup.as_of),
                setup.policy,
                assume_complete=setup.assume_complete,
                terms=in_force,
                bounds=setup.bounds,
            )
        except Rejected as rejected:
            told = tuple(Told(p.code, str(p.message), *record.where(p.expression)) for p in rejected.problems)
            yield Row(record, setup, Outcome.REFUSED, "refused", told)
        except Exception as fault:  # one patient is no reason to lose the others
            yield Row(record, setup, Outcome.FAULT, "fault", (_told(fault),))
        else:
            yield from _of(record, setup, found)


def _of(record: Record, setup: Setup, found: Assessment) -> Iterator[Row]:
    if not found.has_tumour:
        yield Row(record, setup, Outcome.NO_SPINAL_TUMOUR, _why(found), found=found)
    for number, lesion in enumerate(found.case.lesions, 1):
        yield Row(record, setup, Outcome.ASSESSED, found=found, lesion=lesion, number=number)


def _why(found: Assessment) -> str:
    """Why there is no lesion."""
    if found.bone_elsewhere:
        return "bone-metastasis-not-in-the-spine"
    return "tumour-not-in-the-spine" if found.case.has_cancer else "no-tumour"


def _told(fault: Exception) -> Told:
    """A fault by its kind and its place in the code: its message may hold values of the record."""
    message = "A fault of this service, and not of the record. Please report it with its place."
    return Told("exception", message, place_of(fault), type(fault).__name__)


def place_of(fault: Exception) -> str:
    """Where in this package a fault was, such as ``service/assess.py:49``."""
    frames = [f for f in traceback.extract_tb(fault.__traceback__) if Path(f.filename).is_relative_to(_PACKAGE)]
    last = frames[-1] if frames else None
    return f"{Path(last.filename).relative_to(_PACKAGE.parent)}:{last.lineno}" if last else ""
