"""The hazard log: ``docs/hazards.toml``, and the page that is made from it.

Severity, likelihood and the matrix of risk are those that DCB0129 (clinical risk management of health IT, NHS England)
gives as an example; ISO 14971 leaves them to the manufacturer.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import dataclass
from itertools import groupby

from tests.docs.pages import ROOT

SEVERITY = {
    "minor": "Little or no harm to one patient.",
    "significant": "Harm that is soon over, or distress, of one patient.",
    "considerable": "Severe harm or distress of one patient that is not soon over, or lesser harm of several.",
    "major": "Death, permanent harm or severe distress of one patient.",
    "catastrophic": "Death or permanent harm of several patients.",
}
LIKELIHOOD = {
    "very low": "Hardly ever, if at all.",
    "low": "It could be, and on most occasions it will not.",
    "medium": "It may be.",
    "high": "It will be on most occasions.",
    "very high": "Nearly every time.",
}
#: The risk, 1 to 5, by likelihood and, from minor to catastrophic, severity.
MATRIX = {
    "very high": (3, 4, 4, 5, 5),
    "high": (2, 3, 3, 4, 5),
    "medium": (2, 2, 3, 3, 4),
    "low": (1, 2, 2, 3, 4),
    "very low": (1, 1, 2, 2, 3),
}
ACCEPTABLE = {
    5: "unacceptable",
    4: "unacceptable until controlled",
    3: "undesirable: to be made as low as is reasonable, and the site decides",
    2: "acceptable where further control costs more than it gains",
    1: "acceptable",
}


@dataclass(frozen=True)
class Hazard:
    """What could harm a patient, what controls it, and the tests that prove the control."""

    number: int
    group: str
    title: str
    cause: str
    harm: str
    severity: str
    before: str
    control: str
    after: str
    tests: tuple[str, ...]
    """Each a file and the name of a test, as pytest names them."""

    @property
    def id(self) -> str:
        return f"H{self.number:02}"

    def risk(self, likelihood: str) -> int:
        """The risk at a likelihood, 1 to 5."""
        return MATRIX[likelihood][list(SEVERITY).index(self.severity)]


def hazards() -> tuple[Hazard, ...]:
    """All hazards, in the order of the file."""
    listed = tomllib.loads((ROOT / "docs" / "hazards.toml").read_text("utf-8"))["hazard"]
    return tuple(Hazard(n, **{**each, "tests": tuple(each["tests"])}) for n, each in enumerate(listed, 1))


def log() -> str:
    """The hazards in full, by group."""
    lines = []
    for group, found in groupby(hazards(), lambda hazard: hazard.group):
        lines += [f"## {group}", ""]
        for hazard in found:
            lines += _one(hazard)
    return "\n".join(lines).rstrip() + "\n"


def overview() -> str:
    """How many hazards have which risk, before and after their controls."""
    all_of_them = hazards()
    before = Counter(hazard.risk(hazard.before) for hazard in all_of_them)
    after = Counter(hazard.risk(hazard.after) for hazard in all_of_them)
    lines = ["| risk | means | hazards before control | after |", "| --- | --- | --- | --- |"]
    lines += [f"| {risk} | {means} | {before[risk]} | {after[risk]} |" for risk, means in ACCEPTABLE.items()]
    high = ", ".join(f"[{h.id}](#{_anchor(h)})" for h in all_of_them if h.risk(h.after) >= 3)
    lines += ["", f"What is left at 3 or more, and for a site to accept or to control further: {high or 'none'}."]
    return "\n".join(lines) + "\n"


def scales() -> str:
    """The words for severity and likelihood, and the matrix."""
    lines = ["| severity | means |", "| --- | --- |", *(f"| {name} | {means} |" for name, means in SEVERITY.items())]
    lines += ["", "| likelihood | means |", "| --- | --- |"]
    lines += [f"| {name} | {means} |" for name, means in LIKELIHOOD.items()]
    lines += ["", f"| risk | {' | '.join(SEVERITY)} |", f"| --- |{' --- |' * len(SEVERITY)}"]
    lines += [f"| {name} | {' | '.join(map(str, row))} |" for name, row in MATRIX.items()]
    return "\n".join(lines) + "\n"


def _one(hazard: Hazard) -> list[str]:
    tests = []
    for path, named in groupby(hazard.tests, lambda test: test.split("::")[0]):
        names = ", ".join(f"`{test.split('::')[1]}`" for test in named)
        tests.append(f"[{path.removeprefix('tests/')}](../{path}) {names}")
    return [
        f"### {hazard.id} {hazard.title}",
        "",
        f"- Cause: {hazard.cause}.",
        f"- Harm: {hazard.harm} Severity {hazard.severity}; before control likelihood {hazard.before}, "
        f"risk {hazard.risk(hazard.before)}.",
        f"- Control: {hazard.control}.",
        f"- Left: likelihood {hazard.after}, risk {hazard.risk(hazard.after)}.",
        f"- Proved by {'; '.join(tests)}.",
        "",
    ]


def _anchor(hazard: Hazard) -> str:
    head = f"{hazard.id} {hazard.title}".lower()
    return "".join(c for c in head if c.isalnum() or c in " -").replace(" ", "-")
