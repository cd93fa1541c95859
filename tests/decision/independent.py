"""The NOMS table once more, as a plain function: what the plan is held against.

Written from the published table (Laufer 2013) and from what is agreed for the cells that it leaves open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

SENSITIVE = (
    "lymphoma myeloma plasmacytoma germ-cell-seminoma germ-cell-non-seminoma lung-sclc "
    "breast prostate ovary neuroendocrine"
).split()
#: Sarcoma is resistant; Ewing sarcoma is the one that no source names, so nobody guesses.
RESISTANT = (
    "kidney thyroid liver colon rectum lung-nsclc melanoma soft-tissue-sarcoma osteosarcoma chondrosarcoma mpnst"
).split()
BLEEDS = ("kidney", "thyroid")

ESCC = ("escc-0", "escc-1a", "escc-1b", "escc-1c", "escc-2", "escc-3")
STABILITY = ("stable", "indeterminate", "indeterminate-high", "collapse", "unstable")
JUDGED = ("stable", "unstable")
FITNESS = ("fit", "unfit")

#: (high grade, sensitive, stable, fit) -> treatments; None where the column does not matter.
TABLE: tuple[tuple[tuple[bool, bool, bool, bool | None], tuple[str, ...]], ...] = (
    ((False, True, True, None), ("cebrt",)),
    ((False, True, False, None), ("stabilisation", "cebrt")),
    ((False, False, True, None), ("srs",)),
    ((False, False, False, None), ("stabilisation", "srs")),
    ((True, True, True, None), ("cebrt",)),
    ((True, True, False, None), ("stabilisation", "cebrt")),
    ((True, False, True, True), ("decompression-stabilisation", "srs")),
    ((True, False, True, False), ("cebrt",)),
    ((True, False, False, True), ("decompression-stabilisation", "srs")),
    ((True, False, False, False), ("stabilisation", "cebrt")),
)


def published(high: bool, sensitive: bool, stable: bool, fit: bool) -> tuple[str, ...]:
    """The row of the table."""
    (found,) = [do for (h, s, m, f), do in TABLE if (h, s, m) == (high, sensitive, stable) and f in (None, fit)]
    return found


def leaves_open(way: Mapping[str, Any]) -> bool:
    """Whether the table has no cell for this, even if the stability were known."""
    return bool(
        (way["myelopathy"] and way["escc-grade"] not in ("escc-2", "escc-3"))
        or way["prior-radiotherapy-at-level"]
        or way["primary-tumour"] not in (*SENSITIVE, *RESISTANT)
    )


def is_open(way: Mapping[str, Any]) -> bool:
    """Whether the table has no cell for this."""
    return leaves_open(way) or way["stability"].startswith("indeterminate")


def is_stable(way: Mapping[str, Any]) -> bool:
    """Over 50 % collapse with SINS 7-12 is stabilised (Kim 2020); other SINS of 7-12 are as the board decides."""
    if way["stability"].startswith("indeterminate"):
        return bool(way["mechanical-stability"] == "stable")
    return bool(way["stability"] == "stable")


#: What a clinician may have judged against SINS.
CONTRARY = {"stable": "unstable", "collapse": "stable", "unstable": "stable"}


def noms(way: Mapping[str, Any], lacking: Iterable[str] = (), *, judged: bool = False) -> tuple[str, ...]:
    """The treatments in their order for one way in which the findings may be."""
    high = way["escc-grade"] in ("escc-2", "escc-3")
    fit = way["surgical-fitness"] == "fit"
    stable = is_stable(way)
    tumour = way["primary-tumour"]
    irradiated = way["prior-radiotherapy-at-level"]
    if way["myelopathy"] and not high:
        steps: list[str] = []
    elif irradiated:
        # As if resistant, and never conventional radiotherapy again.
        steps = [step for step in published(high, False, stable, fit) if step != "cebrt"]
    elif tumour in SENSITIVE or tumour in RESISTANT:
        steps = list(published(high, tumour in SENSITIVE, stable, fit))
    else:
        steps = [] if stable else ["stabilisation"]
    operation = bool({"stabilisation", "decompression-stabilisation"} & set(steps))
    steps, lost = had(steps, set(lacking), compressed=high, irradiated=irradiated)
    operated = operation and "surgery" not in lacking
    if operated and tumour in BLEEDS:
        if "embolisation" in lacking:
            lost = True
        else:
            steps.insert(0, "embolisation")
    if (
        leaves_open(way)
        or (way["stability"].startswith("indeterminate") and not judged)
        or way["escc-grade"] == "escc-1c"
        or (operation and not fit)
        or (judged and CONTRARY.get(way["stability"]) == way["mechanical-stability"])
    ):
        steps.append("mdt-review")
    return (*steps, *(("referral",) if lost else ()))


def had(steps: list[str], lacking: set[str], *, compressed: bool, irradiated: bool) -> tuple[list[str], bool]:
    """What is left of the steps at a site, and whether anything is lost."""
    left = [step for step in steps if "stabilisation" not in step or "surgery" not in lacking]
    lost = left != steps
    found = []
    for step in left:
        # A cord that nobody decompresses is no place for SRS.
        choices = ["srs", "cebrt"] if step == "srs" else ["cebrt", "srs"] if step == "cebrt" else [step]
        possible = [
            choice
            for choice in choices
            if choice not in lacking
            and not (choice == "cebrt" and irradiated)
            and not (choice == "srs" and compressed and "decompression-stabilisation" not in left)
        ]
        found += possible[:1]
        lost = lost or possible[:1] != [step]
    return found, lost


def ways(possible: Mapping[str, Iterable[Any]]) -> list[dict[str, Any]]:
    """Every way in which the findings may be."""
    return [dict(zip(possible, chosen, strict=True)) for chosen in product(*possible.values())]
