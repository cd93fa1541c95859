"""A record that a user has opened: where it is, whose it is, and the leave to read it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import orjson

Made = TypeVar("Made")


@dataclass(frozen=True)
class Session:
    """What is known of an open record between two requests. Times are in seconds since 1970."""

    server: str
    """The base address of the FHIR server, as the site lists it."""
    patient: str = field(repr=False)
    scope: str
    """What was granted."""
    token_endpoint: str
    access_token: str = field(repr=False)
    until: float
    """When the token is over."""
    expires_at: float
    """When the session is."""
    refresh_token: str | None = field(default=None, repr=False)
    need_patient_banner: bool = True
    """Whether the page has to show who the patient is, because the EHR around it does not."""
    standalone: bool = False


def packed(value: Any) -> bytes:
    """A frozen dataclass as bytes."""
    return orjson.dumps(asdict(value))


def unpacked(kind: type[Made], content: bytes) -> Made:
    """What :func:`packed` made.

    Raises:
        ValueError, TypeError: it is not one of this kind, such as one that another version made.
    """
    return kind(**orjson.loads(content))
