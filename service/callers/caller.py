"""Who has made a request, as far as it was proved."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """How a caller was told."""

    ANONYMOUS = "anonymous"
    TOKEN = "token"  # noqa: S105  # a kind, no secret
    CDS = "cds"
    CERTIFICATE = "certificate"
    LAUNCH = "launch"


@dataclass(frozen=True)
class Caller:
    """Who calls. Nothing in it is a free text of a token."""

    name: str
    """As the access file names it."""
    kind: Kind
    scopes: frozenset[str] = frozenset()
    issuer: str | None = None
    """Who vouches for it, as the access file has it; for a launch, the FHIR server of the EHR."""
    key: str = field(default="", repr=False)
    """Tells callers apart: a hash of the issuer and of who the token was given to. Empty for nobody."""


ANONYMOUS = Caller("anonymous", Kind.ANONYMOUS)
