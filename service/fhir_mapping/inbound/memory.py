"""Answers that are remembered while there are few: a record repeats its codes, units and forms many times over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(dict[K, V]):
    """The answers of a function by what was asked. Ask for one with ``memory[key]``.

    Once there are as many answers as it may keep it forgets all of them, which costs less than knowing the oldest.

    >>> squares = Memory(lambda number: number**2, most=2)
    >>> squares[3], squares[4], len(squares), squares[5], len(squares)
    (9, 16, 2, 25, 1)
    """

    def __init__(self, answer: Callable[[K], V], most: int, is_short: Callable[[K], bool] = lambda _: True) -> None:
        """``is_short`` says what may be kept: what is long does not come again, and texts of a record are not kept."""
        super().__init__()
        self._answer = answer
        self._most = most
        self._is_short = is_short

    def __missing__(self, key: K) -> V:
        found = self._answer(key)
        if self._is_short(key):
            if len(self) >= self._most:
                self.clear()
            self[key] = found
        return found
