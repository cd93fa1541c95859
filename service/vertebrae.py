"""The vertebrae, from the occiput (``C0``) to ``S5``, and runs of neighbouring ones."""

from __future__ import annotations

from collections.abc import Iterable

Run = tuple[str, ...]
"""Contiguous levels from cranial to caudal, such as ``("T8", "T9")``."""

LEVELS: Run = (
    *(f"C{n}" for n in range(8)),
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    *(f"S{n}" for n in range(1, 6)),
)
ORDER = {level: n for n, level in enumerate(LEVELS)}

REGIONS: dict[str, Run] = {
    "cervical": LEVELS[1:8],
    "thoracic": LEVELS[8:20],
    "lumbar": LEVELS[20:25],
    "sacral": LEVELS[25:],
    "spine": LEVELS,
}


def levels(first: str, last: str) -> Run:
    """All levels from the first to the last, both included."""
    return LEVELS[ORDER[first] : ORDER[last] + 1]


def runs(names: Iterable[str]) -> tuple[Run, ...]:
    """Levels grouped into contiguous runs.

    >>> runs(["T9", "L3", "T8"])
    (('T8', 'T9'), ('L3',))
    """
    grouped: list[list[str]] = []
    for name in sorted(set(names), key=ORDER.__getitem__):
        if grouped and ORDER[name] == ORDER[grouped[-1][-1]] + 1:
            grouped[-1].append(name)
        else:
            grouped.append([name])
    return tuple(tuple(group) for group in grouped)


def run_name(run: Run) -> str:
    """``T8`` for one level, ``T8-T9`` for a run."""
    return run[0] if len(run) == 1 else f"{run[0]}-{run[-1]}"
