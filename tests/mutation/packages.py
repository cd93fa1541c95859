"""The packages that are changed, each with the tests that have to notice."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Package:
    name: str
    enough: int
    """Per cent of all mutants that have to be killed."""
    below: tuple[str, ...]
    """Everything that it and its tests stand on; ``make lint`` holds that none of it imports the package."""
    slow: float = inf
    """Seconds from which on a test is asked of no other module than the one that its file is named for."""

    @property
    def module(self) -> str:
        return f"service.{self.name}"

    @property
    def tests(self) -> str:
        return f"tests/{self.name}"

    @property
    def folder(self) -> Path:
        return ROOT / "service" / self.name

    def name_of(self, path: Path) -> str:
        """Of a module, as it is shown: ``scoring.sins``."""
        return ".".join((self.name, *path.relative_to(self.folder).with_suffix("").parts))


_BELOW = (
    "service.case",
    "service.conditions",
    "service.conversions",
    "service.derivations",
    "service.findings",
    "service.reading",
)

#: What stands lower comes first, for a package that is loaded is no longer changed.
PACKAGES = (
    Package("scoring", 95, _BELOW),
    # Its property tests go through every way in which a record may turn out, and take minutes together.
    Package("decision", 90, (*_BELOW, "service.policy", "service.scoring", "tests.scoring.completions"), slow=1.5),
)
