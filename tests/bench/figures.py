"""What the suite measures: named figures, the targets of the product, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

#: The sections in the order in which they run.
SECTIONS = ("assessment", "http", "cds", "start", "memory", "cohort")
#: The entries of the records.
SIZES = (50, 500, 5_000, 50_000)

#: Higher is better for figures whose name begins so; for all others lower is.
_HIGH_IS_GOOD = ("calls/s", "patients/s", "share of echo", "calls/s to HealthChain")
#: What says how a run went, and is neither good nor bad.
_ONLY_TOLD = ("load client", "echo:", "HealthChain:", "orjson.loads:")


@dataclass(frozen=True)
class Target:
    """A limit for the figures of a section whose name fits a pattern."""

    section: str
    pattern: str
    limit: float

    @property
    def at_least(self) -> bool:
        """Whether values have to be above the limit."""
        return high_is_good(self.pattern)

    def met(self, value: float) -> bool:
        """Whether a value is within the limit."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.limit:g}"


#: The first that fits counts. Where nothing fits, a figure has no target.
TARGETS = (
    Target("assessment", "ms: 50 *", 2.0),
    Target("assessment", "ratio: 500 *", 1.0),
    Target("assessment", "ratio: 5000 *", 1.0),
    Target("assessment", "ratio: 50000 *", 1.0),
    Target("assessment", "linear: *", 1.2),
    Target("http", "share of echo: *", 0.7),
    Target("cds", "p99 ms: *", 50.0),
    Target("cds", "calls/s to HealthChain*", 1.0),
    Target("start", "s to ready", 1.5),
    Target("start", "ms to import the core", 50.0),
    Target("memory", "growth: *", 1.0),
    Target("memory", "linear: *", 1.2),
    Target("cohort", "ratio: *, one in 50", 2.0),
    Target("cohort", "patients/s: 50 lines, one in 50", 1000.0),
)


@dataclass
class Section:
    """The figures of one section of one run, by name."""

    name: str
    ratios: dict[str, float] = field(default_factory=dict)
    """To something else that was measured beside it; they are what can be compared between machines."""
    figures: dict[str, float] = field(default_factory=dict)
    """Times, rates and sizes."""
    left_out: list[str] = field(default_factory=list)
    """What could not be measured, each with its reason."""

    def missed(self) -> list[str]:
        """The figures that have a target and do not reach it."""
        found = []
        for name, value in {**self.ratios, **self.figures}.items():
            limit = target(self.name, name)
            if limit and not limit.met(value):
                found.append(f"{name} is {value:.3g}, target {limit}")
        return found


def target(section: str, name: str) -> Target | None:
    """The target of a figure, if it has one.

    >>> str(target("assessment", "ratio: 500 pretty, off"))
    'at most 1'
    >>> target("assessment", "ratio: 50 pretty, off")
    >>> str(target("http", "share of echo: 50 entries"))
    'at least 0.7'
    """
    return next((each for each in TARGETS if each.section == section and fnmatchcase(name, each.pattern)), None)


def high_is_good(name: str) -> bool:
    """Whether a higher figure of this name is a better one.

    >>> high_is_good("calls/s: 50 entries"), high_is_good("ms: 50 pretty, off")
    (True, False)
    """
    return name.startswith(_HIGH_IS_GOOD)


def is_judged(name: str) -> bool:
    """Whether a figure of this name says something about the product.

    >>> is_judged("load client, share of a processor")
    False
    """
    return not name.startswith(_ONLY_TOLD)
