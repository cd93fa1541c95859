"""What a caller prefers: the header ``Prefer`` of RFC 7240, as FHIR uses it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.request import parse_http_list

from flask import Request

_RETURNS = {name.lower(): name for name in ("minimal", "representation", "OperationOutcome")}


@dataclass(frozen=True)
class Preferences:
    """The preferences that are known; a preference is a wish, so what is not known, or is no such value, is ignored."""

    strict: bool = False
    """``handling=strict``"""
    returned: str | None = None
    """``return``: minimal, representation or OperationOutcome"""
    asynchronous: bool = False
    """``respond-async``"""


def preferences(request: Request) -> Preferences:
    """The preferences of a request, from all of its headers ``Prefer``. What is said first counts."""
    said: dict[str, str] = {}
    for each in parse_http_list(",".join(request.headers.getlist("Prefer"))):
        # A semicolon parts a preference from its parameters, and some callers part preferences with it.
        for part in each.split(";"):
            name, _, value = part.partition("=")
            said.setdefault(name.strip().lower(), value.strip().strip('"').strip().lower())
    return Preferences(
        strict=said.get("handling") == "strict",
        returned=_RETURNS.get(said.get("return", "")),
        asynchronous="respond-async" in said,
    )
