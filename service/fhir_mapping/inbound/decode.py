"""Bytes to JSON, lazily: a record is indexed whole, and only what matters becomes Python objects.

Most of a record is claims and encounters that carry no finding. Building objects for them costs more
than everything else that is done with a record, so an object stays in the index until it is asked for.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
import simdjson

from service.problems import Problem, Rejected

OBJECT = (simdjson.Object, dict)
ARRAY = (simdjson.Array, list)


def decode(body: bytes) -> Any:
    """The JSON value of a body; objects and arrays in it answer like ``dict`` and ``list`` to reading.

    Raises:
        Rejected: 400 if it is empty, not JSON, or nested too deeply.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    if not body.strip():
        raise Rejected(400, Problem("required", "The body is empty. Send a Bundle as JSON.", "Bundle"))
    try:
        return simdjson.Parser().parse(body)
    except (ValueError, RuntimeError):
        return _decoded_in_full(body)


def _decoded_in_full(body: bytes) -> Any:
    """What the index cannot hold, such as integers of a hundred digits; else the reason in words."""
    try:
        value = orjson.loads(body)
        _refuse_repeated_within(body, "Bundle")
        return value
    except RecursionError:
        raise too_deep("Bundle") from None
    except orjson.JSONDecodeError as error:
        if "ecursion" in str(error) or "depth" in str(error):
            raise too_deep("Bundle") from None
        what = error.msg.split(":")[0].lower().rstrip(".")
        where = f"line {error.lineno}, column {error.colno}"
        message = f"This is not JSON: {what} ({where}). Send a Bundle as JSON, in UTF-8."
        raise Rejected(400, Problem("structure", message, "Bundle")) from None


def too_deep(path: str) -> Rejected:
    return Rejected(400, Problem("structure", "Nested more deeply than FHIR ever is. Send a FHIR Bundle.", path))


def text(value: Any) -> bytes:
    """An object as compact JSON.

    Raises:
        Rejected: 400 if it is nested too deeply.
    """
    if not isinstance(value, dict):
        return bytes(value.mini)
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise too_deep("Bundle") from None


def repeats(names: list[str]) -> bool:
    """Whether a name is there twice."""
    return len(names) != len(set(names))


def refuse_repeated(value: Any, path: str) -> None:
    """Refuses an object that has a member twice; looks at its own members only.

    Raises:
        Rejected: 400, naming the member.
    """
    names = list(value.keys())
    if repeats(names):
        raise _repeated(path, next(name for name in names if names.count(name) > 1))


def plain(value: Any, content: bytes, path: str) -> dict[str, Any]:
    """An object as a ``dict``, all the way down. ``content`` is the same as compact JSON.

    Raises:
        Rejected: 400 if a member is there twice, at any depth, or it is nested too deeply.
    """
    if isinstance(value, dict):
        return value
    try:
        found: dict[str, Any] = orjson.loads(content)
        # Every member has one colon and strings keep theirs, so a lost colon is a lost member.
        if content.count(b":") != orjson.dumps(found).count(b":"):
            _refuse_repeated_within(content, path)
    except (RecursionError, orjson.JSONDecodeError, orjson.JSONEncodeError):
        raise too_deep(path) from None
    return found


class _Repeated(dict[str, Any]):
    """An object with a member that is there twice."""

    key = ""


def _refuse_repeated_within(given: bytes, path: str) -> None:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(found)) == len(found):
            return dict(found)
        marked = _Repeated(found)
        names = [name for name, _ in found]
        marked.key = next(name for name in names if names.count(name) > 1)
        return marked

    waiting = [(json.loads(given, object_pairs_hook=pairs), path)]
    while waiting:
        here, where = waiting.pop(0)
        if isinstance(here, _Repeated):
            raise _repeated(where, here.key)
        if isinstance(here, dict):
            waiting += [(child, f"{where}.{name}") for name, child in here.items()]
        elif isinstance(here, list):
            waiting += [(child, f"{where}[{n}]") for n, child in enumerate(here)]


def _repeated(path: str, name: str) -> Rejected:
    message = "This member is there twice, and only one can be meant. Send it once."
    return Rejected(400, Problem("structure", message, f"{path}.{name}" if name.isidentifier() else path))
