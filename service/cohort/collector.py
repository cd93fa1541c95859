"""The garbage collector of Python, in a process that assesses one patient after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: Objects that are made and not released, collections of the young, and of those that are older.
_SELDOM = (20_000, 10, 20)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Looks for garbage less often: nearly all objects of an assessment go without being looked for."""
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
