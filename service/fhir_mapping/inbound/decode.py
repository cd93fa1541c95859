"""Bytes to JSON, with the checks that a fast parser does not make."""

from __future__ import annotations

import json
from typing import Any

import orjson

from service.problems import Problem, Rejected


def decode(body: bytes) -> Any:
    """The JSON value of a body.

    Raises:
        Rejected: 400 if it is empty, not JSON, nested too deeply, or has a member twice.
    """
    if not body.strip():
        raise Rejected(400, Problem("required", "The body is empty. Send a Bundle as JSON.", "Bundle"))
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "ecursion" in str(error):
            raise _too_deep() from None
        where = f"line {error.lineno}, column {error.colno}"
        message = f"This is not JSON: {error.msg.lower().rstrip('.')} ({where}). Send a Bundle as JSON."
        raise Rejected(400, Problem("structure", message, "Bundle")) from None
    if _may_repeat(body, value):
        _refuse_repeated(body)
    return value


def _too_deep() -> Rejected:
    return Rejected(400, Problem("structure", "Nested more deeply than FHIR ever is. Send a FHIR Bundle.", "Bundle"))


def _may_repeat(body: bytes, value: Any) -> bool:
    """Whether a member may be there twice: parsing has then lost a colon.

    Every member has one colon, and strings keep theirs, unless one is written as an escape.
    """
    try:
        again = orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise _too_deep() from None
    return body.count(b":") != again.count(b":")


class _Repeated(dict[str, Any]):
    """An object with a member that is there twice."""

    key = ""


def _refuse_repeated(body: bytes) -> None:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(found)
        if len(plain) == len(found):
            return plain
        marked = _Repeated(plain)
        names = [name for name, _ in found]
        marked.key = next(name for name in names if names.count(name) > 1)
        return marked

    try:
        value = json.loads(body, object_pairs_hook=pairs)
    except RecursionError:
        raise _too_deep() from None
    where = _find(value)
    if where is not None:
        message = "This member is there twice, and only one can be meant. Send it once."
        raise Rejected(400, Problem("structure", message, where))


def _find(value: Any) -> str | None:
    """The path of the first repeated member, or None."""
    waiting = [(value, str(value.get("resourceType", "Bundle")) if isinstance(value, dict) else "Bundle")]
    while waiting:
        here, path = waiting.pop(0)
        if isinstance(here, _Repeated):
            return f"{path}.{here.key}" if here.key.isalnum() else path
        if isinstance(here, dict):
            waiting += [(child, f"{path}.{name}") for name, child in here.items() if str(name).isalnum()]
            waiting += [(child, path) for name, child in here.items() if not str(name).isalnum()]
        elif isinstance(here, list):
            waiting += [(child, f"{path}[{n}]") for n, child in enumerate(here)]
    return None
