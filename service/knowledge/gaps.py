"""What the table of an item has no line for, so that every number of its points stays possible."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import product

from service.conditions import Above, AtLeast, atoms, holds_for
from service.evidence import Choice
from service.findings import FINDINGS
from service.knowledge.read_as import about, all_said, values_said
from service.scoring.model import Item


def without_a_line(item: Item) -> str:
    """The values that no line applies to, in words; nothing where the lines leave no gap.

    >>> from service.scoring.rades import RADES_SHORT_SURVIVAL
    >>> without_a_line(RADES_SHORT_SURVIVAL.items[0])
    'ECOG performance status: 0, 1 or 5'
    """
    reads = item.reads
    every = {code: _tried(item, code) for code in reads}
    left = [
        combination
        for combination in product(*every.values())
        if not any(holds_for(row.when, dict(zip(reads, combination, strict=True))) for row in item.rows)
    ]
    said = []
    for code, values in zip(reads, zip(*left, strict=True), strict=False):
        alone = frozenset(values)
        if len(alone) < len(every[code]):
            said.append(about(code, values_said(code, alone)))
    return all_said(said) if said else ""


def _tried(item: Item, code: str) -> tuple[Hashable, ...]:
    """Values that stand for all that the lines can tell apart."""
    domain = FINDINGS[code].domain
    if isinstance(domain, Choice):
        return tuple(domain.values)
    tests = [atom for row in item.rows for atom in atoms(row.when) if atom.finding == code]
    limits = sorted({test.limit for test in tests if isinstance(test, (AtLeast, Above))})
    step = 1 if domain.whole else 0.001
    near = (n for limit in limits for n in (limit - step, limit, limit + step))
    return tuple(dict.fromkeys((domain.low, *(n for n in near if domain.low <= n <= domain.high), domain.high)))
