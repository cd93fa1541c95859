"""The parts of pages that follow from the data: the scores in the README, and who uses each finding.

``python -m tests.docs.tables`` writes them; a test says when they are out of date.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

from service import conversions, handoffs
from service.api.app import create_app
from service.api.settings import Settings
from service.cohort.columns import COLUMNS
from service.decision import LEAD_MODELS
from service.decision.tables import readers as plan_readers
from service.findings import FINDINGS
from service.operations.meters import METERS
from service.scoring import ENGINES, SCORES
from service.scoring.model import Score
from tests.docs import hazards
from tests.docs.pages import ROOT

#: As many values of a label are listed in the table.
_FEW = 16
#: A page that the text of a setting names.
_PAGE = re.compile(r"([a-z-]+\.md)")
_PART = re.compile(r"(<!-- (\w+): written by make docs -->\n).*?(<!-- end -->)", re.DOTALL)


def scores() -> str:
    """A line a score: what it predicts, its range and its classes."""
    lines = ["| score | code | source | about | range | classes |", "| --- | --- | --- | --- | --- | --- |"]
    for s in SCORES:
        lines.append(f"| {s.title} | `{s.code}` | {s.sources[0]} | {s.predicts} | {_range(s)} | {_classes(s)} |")
    return "\n".join(lines) + "\n"


def directions() -> str:
    """Of a lesion or the patient, and in which high is good."""
    lesion = ", ".join(f"`{s.code}`" for s in SCORES if s.scope == "lesion")
    good = ", ".join(f"`{s.code}`" for s in SCORES if s.high_is_good)
    whose = f"Computed for each lesion: {lesion}; the others for the patient."
    return f"{whose} High is good in {good}, and bad in the rest.\n"


def settings() -> str:
    """A line a setting: the variable, its default and what it does."""
    lines = ["| variable | default | does |", "| --- | --- | --- |"]
    for each in fields(Settings):
        usual = each.default
        shown = (
            ",".join(usual) if isinstance(usual, tuple) else str(usual).lower() if isinstance(usual, bool) else usual
        )
        default = f"`{shown}`" if shown not in (None, "") else "none"
        does = _PAGE.sub(r"[\1](\1)", each.metadata["does"])
        lines.append(f"| `SPINEMETS_{each.name.upper()}` | {default} | {does} |")
    return "\n".join(lines) + "\n"


def metrics() -> str:
    """A line a figure: its name, kind, labels with what they may be, and what it says."""
    lines = ["| figure | kind | labels | says |", "| --- | --- | --- | --- |"]
    for meter in METERS:
        labels = ", ".join(f"`{name}`" + _values(known) for name, known in meter.labels.items())
        lines.append(f"| `{meter.name}` | {meter.kind} | {labels or 'none'} | {meter.does} |")
    with TemporaryDirectory() as folder:
        trail = Path(folder) / "audit.jsonl"
        gauges = create_app(Settings(audit=trail, database=f"sqlite:///{folder}/db")).config["GAUGES"]
    for gauge in sorted(gauges, key=lambda each: each.name):
        labels = ", ".join(f"`{name}`" for name in gauge.labels)
        lines.append(f"| `{gauge.name}` | gauge | {labels or 'none'} | {gauge.does} |")
    return "\n".join(lines) + "\n"


def columns() -> str:
    """A line a column of a cohort: its name, type, unit and what it says."""
    lines = ["| column | type | unit | says |", "| --- | --- | --- | --- |"]
    lines += [f"| `{c.name}` | {_type(str(c.type))} | {c.unit} | {c.says} |" for c in COLUMNS]
    return "\n".join(lines) + "\n"


def _type(name: str) -> str:
    """A type of Arrow for reading: ``list of string``, ``list of {code: string}``."""
    inner = re.fullmatch(r"list<(?:item|element): (.*)>", name)
    if inner:
        return f"list of {_type(inner[1])}"
    members = re.fullmatch(r"struct<(.*)>", name)
    return "{" + re.sub(r"list<(?:item|element): (\w+)>", r"list of \1", members[1]) + "}" if members else name


def _values(known: tuple[str, ...]) -> str:
    return f" ({', '.join(known)})" if 0 < len(known) <= _FEW else ""


def _range(score: Score) -> str:
    low = min(band.low for band in score.bands)
    high = max(band.high for band in score.bands)
    return f"{low:g} to {high:g}"


def _classes(score: Score) -> str:
    return "; ".join(band.title for band in score.bands)


def with_parts(text: str) -> str:
    """A page with its parts as the data gives them."""
    parts = {
        "scores": scores,
        "directions": directions,
        "settings": settings,
        "metrics": metrics,
        "columns": columns,
        "hazard_overview": hazards.overview,
        "hazard_scales": hazards.scales,
        "hazard_log": hazards.log,
    }
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]()}\n{found[3]}", text)


def used_by() -> dict[str, list[str]]:
    """For each finding that something reads: the scores, rules and hand-offs, or the finding that follows from it."""
    used: dict[str, list[str]] = defaultdict(list)
    readers = {
        **{code: engine.mentions for code, engine in ENGINES.items()},
        **plan_readers(),
        "hand-offs": handoffs.READS,
    }
    for reader, findings in readers.items():
        for finding in sorted(set(findings)):
            used[finding].append(reader)
    for to, origins, _ in conversions.RULES:
        for origin in origins:
            if not used[origin]:
                used[origin].append(f"as `{to}`")
    return used


def with_users(text: str) -> str:
    """The page of the findings with its last column as the data gives it."""
    used = used_by()
    lines = []
    for line in text.splitlines():
        cells = line.split(" | ")
        code = cells[0].removeprefix("| `").removesuffix("`")
        if line.startswith("| `") and code in FINDINGS:
            cells[-1] = f"{', '.join(used.get(code, ())) or '-'} |"
        lines.append(" | ".join(cells))
    return "\n".join(lines) + "\n"


def growing_old(text: str) -> str:
    """The page of the policy with the findings that change, and the scores that can lead."""
    leads = ", ".join(f"`{code}`" for code in LEAD_MODELS)
    text = re.sub(r"(<!-- lead models: written by make docs -->).*?(<!-- end -->)", rf"\1{leads}\2", text)
    listed = ", ".join(f"`{finding.code}`" for finding in FINDINGS.values() if finding.changes)
    return re.sub(r"(The findings that change: ).*?(\. A diagnosis)", rf"\1{listed}\2", text)


PAGES = {
    "README.md": with_parts,
    "docs/settings.md": with_parts,
    "docs/operations.md": with_parts,
    "docs/hazards.md": with_parts,
    "docs/cohort.md": with_parts,
    "docs/findings.md": with_users,
    "docs/policy.md": growing_old,
}


if __name__ == "__main__":
    for name, write in PAGES.items():
        path = ROOT / name
        path.write_text(write(path.read_text("utf-8")), "utf-8")
