"""What a site decides: the few settings that change an answer, with their defaults and reasons."""

from __future__ import annotations

from dataclasses import dataclass


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


DEFAULT = Policy()
