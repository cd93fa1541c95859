"""What a site decides: the few settings that change an answer, with their defaults and reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

#: What a site may not have. The plan then gives the best that is to be had, says what was lost, and proposes referral.
MODALITIES = ("surgery", "srs", "cebrt", "carbon-ion", "kyphoplasty", "embolisation")


#: Days after which a recalibration is no longer used: in three years treatment changes.
VALID_DAYS = 1095


@dataclass(frozen=True)
class Line:
    """What a recalibration says of one time: ``logit(dead) = intercept + slope * logit(dead as published)``."""

    days: int
    slope: float
    """More than 0, so that the order of the classes stays."""
    intercept: float
    events: int
    """Deaths by that time among the patients of the fit."""


@dataclass(frozen=True)
class Recalibration:
    """A survival model fitted to the patients of the site, as ``spinemets validate --recalibrate`` writes it."""

    model: str
    version: int
    made: date
    patients: int
    events: int
    sha256: str
    """Of the file, in hexadecimal."""
    lines: tuple[Line, ...]
    """By days, rising."""
    until: date | None = None
    """The last day on which the policy has it used."""
    lapsed: bool = False
    """Too old at the time of an assessment, so that the published figures count."""


@dataclass(frozen=True)
class Policy:
    """A site's policy."""

    name: str = "default"
    stale_after_days: int = 90
    """Findings that change (laboratory, performance, neurology) are marked stale when older than this."""
    use_stale: bool = True
    """Whether stale findings still count; if not, they leave the finding unknown."""
    escc_1c: str = "low"
    """How NOMS reads an ESCC grade of 1c, ``low`` or ``high``; the board decides together either way."""
    unsaid_radiotherapy: str = "none"
    """How silence about earlier radiotherapy at a level is read: ``none`` given, with a note, or ``unknown``."""
    staging: str = "unknown"
    """What metastases that a staged record does not mention are: ``unknown``, or absent where staging is ``said`` to
    be complete, or where there is ``imaging``, a PET, as well."""
    lead_model: str = "katagiri-revised"
    """The survival score that answers how long the patient is likely to live."""
    survival_threshold_months: int = 3
    """Expected survival under which the patient is not fit for an operation, unless a clinician judges so."""
    minimally_invasive_under_months: int = 6
    """Expected survival under which an operation should be minimally invasive."""
    guideline: str = "nice-2023"
    """The guideline whose time limits and doses an emergency follows."""
    unavailable: frozenset[str] = frozenset()
    """Modalities of :data:`MODALITIES` that are not to be had at the site."""
    recalibrations: tuple[Recalibration, ...] = ()
    """Survival models that were fitted to the patients of the site; one for each model at most."""
    recalibrations_valid_days: int = VALID_DAYS
    """Days after its fit from which a recalibration is no longer used."""

    def on(self, day: date) -> Policy:
        """The policy on a day: recalibrations that are too old by then have lapsed."""
        valid = timedelta(days=self.recalibrations_valid_days)
        known = ((each, each.made + valid) for each in self.recalibrations)
        return replace(
            self, recalibrations=tuple(replace(each, until=until, lapsed=day > until) for each, until in known)
        )

    @property
    def in_use(self) -> tuple[Recalibration, ...]:
        """The recalibrations that have not lapsed."""
        return tuple(each for each in self.recalibrations if not each.lapsed)

    def recalibration(self, model: str) -> Recalibration | None:
        """The recalibration of a model that is in use."""
        return next((each for each in self.in_use if each.model == model), None)


DEFAULT = Policy()
