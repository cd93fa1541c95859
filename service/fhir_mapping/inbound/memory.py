"""Answers that are remembered: about codes, units and forms, which a record repeats, and about one object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")
_LONGEST = 64


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


class once(Generic[V]):  # noqa: N801  # it is used like property
    """A property that is found out when it is first asked for, and from then on is an attribute like any other."""

    def __init__(self, find: Callable[[Any], V]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    def __get__(self, instance: Any, owner: type | None = None) -> V:
        found = self._find(instance)
        setattr(instance, self._name, found)
        return found


def is_brief(*texts: str | None) -> bool:
    """Whether codes and units are worth remembering: what is long is neither, and texts of a record are not kept."""
    return all(text is None or len(text) <= _LONGEST for text in texts)
