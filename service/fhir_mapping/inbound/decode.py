"""Bytes to JSON, lazily: a record is indexed whole, and only what matters becomes Python objects.

Most of a record is claims and encounters that carry no finding. Building objects for them costs more
than everything else that is done with a record, so an object stays in the index until it is asked for.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from typing import Any

import orjson
import simdjson

from service.fhir_mapping.inbound import kinds
from service.problems import Problem, Rejected, within
from service.text import phrase, quoted, series

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
        raise Rejected(400, Problem("structure", _not_json(body, error), "Bundle")) from None


#: What people write who do not write JSON, by the character at the fault: what is wrong, and the mend.
_FAULTS = {
    "'": "Names and texts stand in double quotes",
    "/": "JSON has no comments: leave them out",
    "#": "JSON has no comments: leave them out",
    "N": "JSON has null and numbers, and no None, NaN or Infinity",
    "I": "JSON has null and numbers, and no None, NaN or Infinity",
    "T": "JSON has true and false, in small letters",
    "F": "JSON has true and false, in small letters",
    "u": "JSON has null, and no undefined",
    "\u201c": "The quotes are typographic: send plain ones",
    "\u201d": "The quotes are typographic: send plain ones",
    "\u00a0": "A no-break space stands between the elements: send plain spaces",
}


def _not_json(body: bytes, error: orjson.JSONDecodeError) -> str:
    received = kinds.received(body)
    if received:
        return received
    what = error.msg.split(":")[0].lower().rstrip(".")
    where = phrase("line {line}, column {column}", line=error.lineno, column=error.colno)
    if "UTF-8" in error.msg:
        return "This is not UTF-8, perhaps an older encoding such as ISO 8859-1. Send a Bundle as JSON, in UTF-8."
    # Only a sign of what is wrong: the character itself is not said, for it may be of the record.
    sign = error.doc[error.pos : error.pos + 1]
    if "end of data" in what:
        return phrase("This JSON breaks off ({where}). Send the whole Bundle.", where=where)
    fault = _FAULTS.get(sign) or ("Names stand in double quotes" if "string key" in what else "")
    said = phrase("This is not JSON: {what} ({where}).", what=quoted(what), where=where)
    mend = "Send a Bundle as JSON, in UTF-8."
    return series(" ", (said, phrase("{text}.", text=fault), mend) if fault else (said, mend))


def too_deep(path: str) -> Rejected:
    return Rejected(400, Problem("structure", "Nested more deeply than FHIR ever is. Send a FHIR Bundle.", path))


def text(value: Any) -> bytes:
    """An object as compact JSON.

    Raises:
        Rejected: 400 if it is nested too deeply.
    """
    if not isinstance(value, dict):
        found: bytes = value.mini
        return found
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        raise too_deep("Bundle") from None


def refuse_repeated(value: Any, path: str) -> None:
    """Refuses an object that has a member twice; looks at its own members only.

    Raises:
        Rejected: 400, naming the member.
    """
    names = list(value.keys())
    if len(names) != len(set(names)):
        raise _repeated(path, _first_repeated(names))


def _first_repeated(names: list[str]) -> str:
    """The first of the names that are there twice."""
    numbers = Counter(names)
    return next(name for name in names if numbers[name] > 1)


def plain(value: Any, content: bytes, path: str) -> dict[str, Any]:
    """An object as a ``dict``, all the way down. ``content`` is the same as compact JSON.

    Raises:
        Rejected: 400 if a member is there twice, at any depth, or it is nested too deeply.
    """
    if isinstance(value, dict):
        return value
    try:
        found: dict[str, Any] = orjson.loads(content)
        again = orjson.dumps(found)
        # Every member has one colon and strings keep theirs, so a lost colon is a lost member.
        if again != content and again.count(b":") != content.count(b":"):
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
        marked.key = _first_repeated([name for name, _ in found])
        return marked

    waiting = deque([(json.loads(given, object_pairs_hook=pairs), path)])
    while waiting:
        here, where = waiting.popleft()
        if isinstance(here, _Repeated):
            raise _repeated(where, here.key)
        if isinstance(here, dict):
            waiting += [(child, within(where, name)) for name, child in here.items()]
        elif isinstance(here, list):
            waiting += [(child, f"{where}[{n}]") for n, child in enumerate(here)]


def _repeated(path: str, name: str) -> Rejected:
    message = "This member is there twice, and only one can be meant. Send it once."
    return Rejected(400, Problem("structure", message, within(path, name)))
