"""What is wrong with an input, and what became of each resource that was read.

:class:`Rejected` is the one exception of the intake: a list of problems with a status, each naming
the element and the mend. A :class:`LedgerEntry` is no error; it keeps anything from being dropped
in silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

#: As FHIR names its elements. Any other name may be of a patient, put where a name of FHIR belongs.
_ELEMENT = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}", re.ASCII)


def within(path: str, name: str) -> str:
    """The path of a member, or that of its holder where its name is not such as FHIR has them.

    >>> within("Bundle.entry[0]", "fullUrl"), within("Bundle.entry[0]", "Ann Lee")
    ('Bundle.entry[0].fullUrl', 'Bundle.entry[0]')
    """
    return f"{path}.{name}" if _ELEMENT.fullmatch(name) else path


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. ``code`` is an issue-type code of FHIR."""

    code: str
    message: str
    """What is wrong and how to mend it. Never holds a value from the record."""
    expression: str = "Bundle"


class Rejected(Exception):
    """The input cannot be assessed.

    ``status`` is the HTTP status: 400 not parseable or not a Bundle, 422 parseable and wrong, and
    as :mod:`service.api` says for the rest.
    """

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__("; ".join(f"{p.expression}: {p.message}" for p in problems))
        self.status = status
        self.problems = problems


class Ledger(StrEnum):
    """What became of a resource; the codes of ``CodeSystem/ledger``."""

    CONFLICT = "conflict"
    SUPERSEDED = "superseded"
    REPEATED = "repeated"
    PRELIMINARY = "preliminary"
    STALE = "stale"
    UNDATED = "undated"
    NOT_ACTIVE = "not-active"
    DECLARED = "declared-complete"
    STATUS = "status"
    REFUTED = "refuted"
    UNCONFIRMED = "unconfirmed"
    RESOLVED = "resolved"
    AFTER_AS_OF = "after-as-of"
    DATA_ABSENT = "data-absent"
    NO_VALUE = "no-value"
    NO_UNIT = "no-unit"
    UNASSIGNED = "unassigned"
    NOT_IN_SPINE = "not-in-the-spine"
    NOT_READ = "not-read"
    OTHER_PATIENT = "other-patient"
    UNNAMED_PATIENT = "unnamed-patient"
    DECEASED = "deceased"
    INCOMPLETE = "incomplete"
    NOT_UNDERSTOOD = "not-understood"
    TERMINOLOGY_SERVER = "terminology-server"
    NOT_GIVEN = "score-not-given"


#: What a code of the ledger says: (used, understood).
USED = frozenset(
    (
        Ledger.CONFLICT,
        Ledger.PRELIMINARY,
        Ledger.STALE,
        Ledger.UNDATED,
        Ledger.NOT_ACTIVE,
        Ledger.UNNAMED_PATIENT,
        Ledger.DECLARED,
        Ledger.TERMINOLOGY_SERVER,
    )
)


class LedgerEntry(NamedTuple):
    """A remark on an input resource; a long record has many, which are sorted."""

    resource: str
    """The resource as the sender names it, such as ``Observation/o2``."""
    code: Ledger
    text: str
    expression: str

    @property
    def used(self) -> bool:
        return self.code in USED
