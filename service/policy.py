"""What a site decides: the few settings that change an answer, with their defaults and reasons."""

from __future__ import annotations

from dataclasses import dataclass

#: What a site may not have. The plan then gives the best that is to be had, says what was lost, and proposes referral.
MODALITIES = ("surgery", "srs", "cebrt", "carbon-ion", "kyphoplasty", "embolisation")


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


DEFAULT = Policy()
