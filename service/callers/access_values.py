"""The values that may stand in the access file: each kind checks what it takes, and says what to give instead."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import ValidationError, fields, validate

from service.callers.access import ALGORITHMS, USUAL
from service.callers.openness import is_loopback
from service.callers.scopes import scope

_MOST = 1000
_ADDRESS = re.compile(r"https?://[^\s/?#@]+\Z", re.ASCII)
_PLAIN = re.compile(r"[^\x00-\x1f\x7f\u2028\u2029]+")
_FINGERPRINT = re.compile(r"([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}\Z", re.ASCII)


class OneLine(fields.String):
    """A text of one line."""

    def _deserialize(self, value: Any, *args: Any, **named: Any) -> Any:
        found = super()._deserialize(value, *args, **named)
        if not _PLAIN.fullmatch(found) or len(found) > 2048 or found != found.strip():
            raise ValidationError("Give a text of one line.")
        return found


class Place(OneLine):
    """A key set: an https address, or a file. A file is meant from the folder of the access file."""

    def _deserialize(self, value: Any, *args: Any, **named: Any) -> Any:
        found = super()._deserialize(value, *args, **named)
        return found if is_web(found) else _file_of(found)


class Web(OneLine):
    """An https address."""

    def _deserialize(self, value: Any, *args: Any, **named: Any) -> Any:
        found = super()._deserialize(value, *args, **named)
        if not is_web(found):
            raise ValidationError("Give an https address, without a user name and without a fragment.")
        return found


def is_web(place: str) -> bool:
    """Whether a place is an address that keys may be fetched from: https, or http of this machine."""
    try:
        parts = urlsplit(place)
        port_is_one = parts.port is None or parts.port > 0
    except ValueError:
        return False
    usual = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    plain = parts.username is None and parts.password is None and not parts.fragment and "\\" not in place
    return bool(usual and plain and port_is_one and parts.hostname and place.isascii())


def _file_of(given: str) -> str:
    if "://" in given:
        raise ValidationError("Give an https address, or the path of a file.")
    return given


class ScopeText(OneLine):
    """A scope of SMART."""

    def _deserialize(self, value: Any, *args: Any, **named: Any) -> Any:
        found = super()._deserialize(value, *args, **named)
        made = scope(found)
        if made is None:
            raise ValidationError("Give scopes such as system/RiskAssessment.c.")
        return str(made)


def listed(kind: fields.Field[Any], **more: Any) -> fields.List[Any]:
    """A list that is not empty."""
    return fields.List(kind, validate=validate.Length(min=1, max=_MOST, error="Give one at least."), **more)


def pinned() -> fields.List[Any]:
    """The algorithms that a signature may have."""
    one_of = validate.OneOf(ALGORITHMS, error=f"Give one of {', '.join(ALGORITHMS)}; no other proves who has signed.")
    return listed(fields.String(validate=one_of), load_default=list(USUAL))


def called() -> OneLine:
    """A name under which a caller is written down."""
    return OneLine(required=True, validate=validate.Length(max=80, error="Give a name of up to 80 characters."))


def fingerprint() -> fields.String:
    """The SHA-256 fingerprint of a certificate, as tools print it."""
    error = "Give the SHA-256 fingerprint: 64 hexadecimal digits."
    return fields.String(required=True, validate=validate.Regexp(_FINGERPRINT, error=error))


def address() -> fields.String:
    """An address of this server."""
    return fields.String(validate=validate.Regexp(_ADDRESS, error="Give an address without a path."))
