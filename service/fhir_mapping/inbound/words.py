"""Words that are looked for in texts of any length, by RE2: its time grows with the text, whatever stands in it.

Patterns are those of :mod:`re`, without looking around and without references to groups; case does not count. ``\\b``
knows the letters of ASCII alone, so it also lies between one of those and another letter; ``\\w`` knows Latin ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, TypeVar

import re2

from service.fhir_mapping.inbound.memory import Memory

T = TypeVar("T")

_OPTIONS = re2.Options()
_OPTIONS.case_sensitive = False
_OPTIONS.never_capture = True
_OPTIONS.log_errors = False
#: Bytes for the states that texts lead to. They are dropped and made anew where there would be more.
_OPTIONS.max_mem = 32 * 1024 * 1024
#: Letters with their accents. Those of all scripts would make a set of patterns ten times as large.
_WORD = r"0-9A-Za-z_\x{c0}-\x{24f}"
_SHORT = 256
_IN_A_CLASS = re.compile(r"\[[^\]]*\\[wW]")


class Words(Generic[T]):
    """What is said by those of several patterns that a text has. All are looked for at once.

    >>> words = Words([("frac?k?tur", {"fracture"}), (r"patholog\\w+ frac?k?tur", {"tumour", "fracture"})])
    >>> sorted(words.of("Pathologische Fraktur")), words.of("none")
    (['fracture', 'tumour'], frozenset())
    """

    def __init__(self, table: Iterable[tuple[str, Iterable[T]]]) -> None:
        self._set = re2.Set.SearchSet(_OPTIONS)
        said: list[frozenset[T]] = []
        for pattern, those in table:
            if _IN_A_CLASS.search(pattern):
                raise ValueError(rf"\w or \W within brackets is not supported: {pattern}")
            self._set.Add(pattern.replace(r"\w", f"[{_WORD}]").replace(r"\W", f"[^{_WORD}]"))
            said.append(frozenset(those))
        self._set.Compile()
        self._said = tuple(said)
        self._nothing: frozenset[T] = frozenset()
        # A record repeats its few short texts; what is long is not kept.
        self._found = Memory(self._search, most=1024, is_short=lambda text: len(text) <= _SHORT)

    def of(self, text: str) -> frozenset[T]:
        """All that the patterns say that a text has."""
        found = self._found[text]
        return self._nothing.union(*(self._said[n] for n in found)) if found else self._nothing

    def are_in(self, text: str) -> bool:
        """Whether a text has any of the patterns."""
        return bool(self._found[text])

    def _search(self, text: str) -> list[int]:
        # Halves of surrogates are no text that any pattern has.
        found: list[int] | None = self._set.Match(text.encode("utf-8", "replace"))
        return found or []


def worded(pattern: str) -> Words[bool]:
    """One pattern, to ask whether a text has it."""
    return Words([(pattern, (True,))])
