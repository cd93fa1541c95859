"""Scopes of SMART: what a token allows, in the letters of version 2 and the words of version 1.

Only ``system/`` scopes count here, for no person is behind a backend service. A scope with a query, such as
``system/Observation.rs?category=laboratory``, allows less than it seems, and is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]{1,40})\.(\*|read|write|c?r?u?d?s?)", re.ASCII)
_WORDS = {"*": "cruds", "read": "rs", "write": "cud"}
_LETTERS = "cruds"
_ANY = "*"
_MOST = 200


@dataclass(frozen=True)
class Scope:
    """What may be done with a type: ``c``, ``r``, ``u``, ``d`` and ``s``."""

    kind: str
    letters: frozenset[str]

    def __str__(self) -> str:
        return f"system/{self.kind}.{''.join(letter for letter in _LETTERS if letter in self.letters)}"

    def covers(self, other: Scope) -> bool:
        """Whether it allows all that the other does."""
        return self.kind in (_ANY, other.kind) and other.letters <= self.letters

    def meet(self, other: Scope) -> Scope | None:
        """What both allow, or None."""
        kind = other.kind if self.kind == _ANY else self.kind if other.kind in (_ANY, self.kind) else None
        letters = self.letters & other.letters
        return Scope(kind, letters) if kind and letters else None


def scope(text: str) -> Scope | None:
    """A scope, or None where it is none that counts here.

    >>> str(scope("system/RiskAssessment.write")), str(scope("system/*.*")), scope("user/RiskAssessment.c")
    ('system/RiskAssessment.cud', 'system/*.cruds', None)
    """
    found = _SCOPE.fullmatch(text)
    if found is None or not found[2]:
        return None
    return Scope(found[1], frozenset(_WORDS.get(found[2], found[2])))


def scopes(texts: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes among some texts."""
    return tuple(made for text in list(texts)[:_MOST] if (made := scope(text)) is not None)


#: What a request needs: any one of these.
Need = tuple[Scope, ...]
ASSESS: Need = scopes(["system/RiskAssessment.c"])
#: Whoever may send a record may ask what its codes mean: an assessment says the same.
TRANSLATE: Need = scopes(["system/ConceptMap.r", "system/RiskAssessment.c"])


def allows(granted: Iterable[str], need: Need) -> bool:
    """Whether what was granted covers what is needed.

    >>> allows(["system/*.c"], ASSESS), allows(["system/RiskAssessment.rs"], ASSESS), allows([], ASSESS)
    (True, False, False)
    """
    held = scopes(granted)
    return any(one.covers(each) for one in held for each in need)


def granted(asked: Iterable[str], allowed: Iterable[str]) -> tuple[str, ...]:
    """What is given of the scopes that a client asks for, no more than it may have, in a stable order.

    >>> granted(["system/*.cruds", "openid"], ["system/RiskAssessment.c"])
    ('system/RiskAssessment.c',)
    """
    may = scopes(allowed)
    met = (one.meet(each) for one in scopes(asked) for each in may)
    return tuple(sorted({str(each) for each in met if each is not None}))
