"""What a command says in one line before it leaves."""

from __future__ import annotations

#: The exit code for bad input.
BAD_INPUT = 2


class Failure(Exception):
    """Something to say in one line on standard error before leaving with exit code 2."""
