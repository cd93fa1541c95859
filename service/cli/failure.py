"""What a command says in one line before it leaves."""

from __future__ import annotations

#: The exit code for bad input.
BAD_INPUT = 2
#: The exit code for a fault of this program, as ``EX_SOFTWARE`` of sysexits.h.
FAULT = 70


class Failure(Exception):
    """Something to say in one line on standard error before leaving with exit code 2."""
