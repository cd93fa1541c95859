"""A cohort whose truth is known: findings, what the models say of them, and the survival that one model publishes.

Every patient is made from the seed and his number alone, one after the other: the same seed gives the same bytes, the
first thousand of a million patients are those of a thousand, and memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil, inf, log
from random import Random

from service.scoring import ENGINES
from service.scoring.laws import Law, law
from service.scoring.model import Band, Kind
from service.validation.draws import Findings, drawn
from service.validation.laws import Shift, laws

#: The first index date, the last one, and the day on which the study ends for everybody.
ACCRUAL = (date(2018, 1, 1), date(2023, 12, 31))
END_OF_STUDY = date(2025, 12, 31)
#: Days at which the probability to be alive is given: about 3, 6, 12 and 24 months.
HORIZONS = (91, 183, 365, 730)

SURVIVAL_MODELS = tuple(code for code, engine in ENGINES.items() if engine.score.kind is Kind.SURVIVAL)


@dataclass(frozen=True)
class Design:
    """What is made."""

    model: str
    """The model whose published survival is the truth."""
    patients: int
    seed: int = 0
    censoring: float = 0.05
    """The share of patients alive who are lost from sight in each year; the end of the study censors besides."""
    shift: Shift = field(default_factory=Shift)
    missing: float = 0.0
    """The probability of each finding to be missing in the record; the truth knows it all the same."""
    also: tuple[str, ...] = ()
    """Further models that predict the same patients, whose survival follows ``model``."""

    def __post_init__(self) -> None:
        for name in (self.model, *self.also):
            if name not in SURVIVAL_MODELS:
                raise ValueError(f"no survival model {name}; there are {', '.join(SURVIVAL_MODELS)}")
        laws(ENGINES[self.model].score)
        if not 1 <= self.patients <= 10_000_000:
            raise ValueError("patients: a number from 1 to 10000000")
        if not 0 <= self.censoring < 1:
            raise ValueError("censoring: a share from 0 to below 1 of the patients in each year")
        if not 0 <= self.missing < 1:
            raise ValueError("missing: a probability from 0 to below 1")
        if not (0 < self.shift.slope <= 10 and abs(self.shift.intercept) <= 10):
            raise ValueError("miscalibration: a slope above 0 and up to 10, and an intercept from -10 to 10")


@dataclass(frozen=True)
class Made:
    """One patient: what the record says, what the models say of it, what became of him, and the truth."""

    patient: str
    findings: Findings
    known: frozenset[str]
    """The findings that the record has."""
    bands: dict[str, tuple[Band, ...]]
    """The bands that each model leaves possible for the record."""
    true_band: Band
    true_day: float
    """The day of death, whether it was seen or not."""
    index: date
    end: date
    """The day of death, or the last day on which the patient was seen alive."""
    died: bool

    @property
    def period(self) -> str:
        first = self.index.year - (self.index.year - ACCRUAL[0].year) % 3
        return f"{first}-{first + 2}"


def cohort(design: Design) -> Iterator[Made]:
    """The patients, in order."""
    truth = laws(ENGINES[design.model].score)
    return (_made(design, truth, number) for number in range(1, design.patients + 1))


def _made(design: Design, truth: dict[str, Law], number: int) -> Made:
    # No secret hangs on it: a seed has to give the same patients again.
    random = Random(f"{design.seed}/{number}")  # noqa: S311
    findings = drawn(random)
    index = ACCRUAL[0] + timedelta(days=random.randrange((ACCRUAL[1] - ACCRUAL[0]).days + 1))
    case, lesion = findings.case()
    band = random.choice(ENGINES[design.model].bands(case, lesion))
    day = max(1, ceil(truth[band.code].day(design.shift.model(1 - random.random()))))
    lost = -log(1 - random.random()) / -log(1 - design.censoring) * 365.25 if design.censoring else inf
    seen = min((END_OF_STUDY - index).days, max(1, ceil(lost)) if lost < inf else inf)
    known = frozenset(code for code in findings.values if random.random() >= design.missing)
    if len(known) < len(findings.values):
        case, lesion = findings.case(known)
    return Made(
        patient=f"s{design.seed}-{number:07d}",
        findings=findings,
        known=known,
        bands={
            name: ENGINES[name].bands(case, lesion if ENGINES[name].score.scope != "patient" else None)
            for name in dict.fromkeys((design.model, *design.also))
        },
        true_band=band,
        true_day=day,
        index=index,
        end=index + timedelta(days=int(min(day, seen))),
        died=day <= seen,
    )


def predicted(bands: tuple[Band, ...], horizon: int, *, assumed: bool = False) -> tuple[float, float] | None:
    """The lowest and the highest share alive on a day, over bands that are possible; None where one publishes none.

    With ``assumed`` a law that is no more than an assumption counts as well: it is the truth of the cohort.
    """
    said = [law(band) for band in bands]
    alive = [each.alive(horizon) for each in said if each is not None and (assumed or each.published)]
    return (min(alive), max(alive)) if len(alive) == len(bands) else None
