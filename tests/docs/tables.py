"""The parts of the README that follow from the data: the table of the scores.

``python -m tests.docs.tables`` writes them; a test says when they are out of date.
"""

from __future__ import annotations

import re

from service.scoring import SCORES
from service.scoring.model import Score
from tests.docs.pages import ROOT

_PART = re.compile(r"(<!-- (\w+): written by make docs -->\n).*?(<!-- end -->)", re.DOTALL)


def scores() -> str:
    """A line a score: what it predicts, its range and its classes."""
    lines = ["| score | code | source | about | range | classes |", "| --- | --- | --- | --- | --- | --- |"]
    lines += [
        f"| {s.title} | `{s.code}` | {s.sources[0]} | {s.predicts} | {_range(s)} | {_classes(s)} |" for s in SCORES
    ]
    return "\n".join(lines) + "\n"


def directions() -> str:
    """Of a lesion or the patient, and in which high is good."""
    lesion = ", ".join(f"`{s.code}`" for s in SCORES if s.scope == "lesion")
    good = ", ".join(f"`{s.code}`" for s in SCORES if s.high_is_good)
    return f"Computed for each lesion: {lesion}; the others for the patient. High is good in {good}, and bad in the rest.\n"


def _range(score: Score) -> str:
    low = min(band.low for band in score.bands)
    high = max(band.high for band in score.bands)
    return f"{low:g} to {high:g}"


def _classes(score: Score) -> str:
    return "; ".join(band.title for band in score.bands)


def written(text: str) -> str:
    """A page with its parts as the data gives them."""
    parts = {"scores": scores, "directions": directions}
    return _PART.sub(lambda found: f"{found[1]}\n{parts[found[2]]()}\n{found[3]}", text)


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text("utf-8")), "utf-8")
