"""Mutations: of the structure of a resource, and of the bytes that it becomes."""

from __future__ import annotations

import copy
import gzip
import marshal
from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any

from tests.fuzz import pools
from tests.fuzz.json_text import Members

_LARGEST = 3_000_000
_MOST_PLACES = 300_000


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with a key or an index of what is in it."""
    waiting = [value]
    while waiting:
        here = waiting.pop()
        children = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
        for key, child in children:
            yield here, key
            if isinstance(child, (dict, list)):
                waiting.append(child)


def spoiled(value: Any, others: Sequence[Any], rng: Random) -> Any:
    """A copy with one to six things done to it; ``others`` are values of which pieces are put into it."""
    # A seed is plain, and this copies it ten times as fast as copy does; lone surrogates go along.
    found = marshal.loads(marshal.dumps(value))
    for _ in range(rng.choice((1, 1, 1, 1, 1, 2, 2, 3, 4, 6))):
        there = list(islice(places(found), _MOST_PLACES))
        if not there or len(there) == _MOST_PLACES:
            break
        here, key = rng.choice(there)
        _spoil(found, here, key, others, rng)
    # What is repeated within what is repeated grows beyond all bounds: then it is sent as it was.
    is_sane = len(list(islice(places(found), _MOST_PLACES))) < _MOST_PLACES
    return found if is_sane else marshal.loads(marshal.dumps(value))


def _spoil(whole: Any, here: Any, key: Any, others: Sequence[Any], rng: Random) -> None:
    name = str(key) if isinstance(here, dict) else ""
    match rng.randrange(16):
        case 0:
            del here[key]
        case 1 | 2:
            here[key] = pools.anything(rng)
        case 3 | 4 | 5 | 6:
            _refit(here, key, rng)
        case 7:
            here[key] = [here[key]] if rng.random() < 0.5 else {"value": here[key]}
        case 8:
            _repeat(here, key, rng)
        case 9 | 10:
            _splice(here, key, others, rng)
        case 11:
            inner = [each for each in places(whole) if isinstance(each[0], dict)]
            there, other = rng.choice(inner) if inner else (here, key)
            there[other], here[key] = copy.deepcopy(here[key]), copy.deepcopy(there[other])
        case 12 if isinstance(here, dict):
            new = rng.choice(("extension", "component", "bodySite", "valueRange", "hasMember", "focus", "contained"))
            here[new] = pools.anything(rng) if rng.random() < 0.5 else [copy.deepcopy(here)]
        case 13 if isinstance(here, dict):
            here[f"_{name}"] = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason"}]}
        case 14 if isinstance(here, dict):
            here[pools.text(rng)] = here.pop(key)
        case _:
            text = here[key]
            here[key] = _in_text(text, rng) if isinstance(text, str) else pools.fitting(name, rng)


def _refit(here: Any, key: Any, rng: Random) -> None:
    """Another value of the kind that stands there; where a thing holds others, one of those."""
    child = here[key]
    if isinstance(child, (dict, list)) and child:
        inner = [each for each in places(child) if not isinstance(each[0][each[1]], (dict, list))]
        if inner:
            here, key = rng.choice(inner)
    here[key] = pools.fitting(str(key) if isinstance(here, dict) else "", rng)


def _repeat(here: Any, key: Any, rng: Random) -> None:
    """The same again: in a list, up to two thousand times; in an object, as a member that is there twice."""
    if isinstance(here, list):
        times = rng.choice((1, 1, 2, 10, 200, 2000))
        size = len(str(here[key]))
        here.extend(here[key] for _ in range(min(times, _LARGEST // (size + 1))))
    elif isinstance(here[key], dict):
        inner = here[key]
        name = rng.choice([*inner]) if inner else "id"
        here[key] = Members(inner, (name, inner.get(name)))


def _splice(here: Any, key: Any, others: Sequence[Any], rng: Random) -> None:
    """What stands at a place of its name in another value."""
    other = rng.choice(others)
    there = [(a, b) for a, b in places(other) if not isinstance(key, str) or b == key]
    if there:
        holder, name = rng.choice(there)
        here[key] = copy.deepcopy(holder[name])


def _in_text(text: str, rng: Random) -> str:
    """A text with something in it."""
    at = rng.randrange(len(text) + 1)
    match rng.randrange(4):
        case 0:
            return text[:at] + pools.text(rng) + text[at:]
        case 1:
            return text[:at] + text[at + rng.randrange(1, 9) :]
        case 2:
            return (
                text[:at] + chr(rng.choice((0, 9, 10, 0x7F, 0xA0, 0xD800, 0x2028, 0x202E, 0xFEFF, 0x1F600))) + text[at:]
            )
        case _:
            return rng.choice((text.upper(), text.lower(), text[::-1], f" {text} ", text * 3))


def shuffled(bundle: Any, rng: Random) -> Any:
    """A Bundle with its entries in another order."""
    if isinstance(bundle, dict) and isinstance(bundle.get("entry"), list):
        rng.shuffle(bundle["entry"])
    return bundle


# Bytes


def damaged(body: bytes, rng: Random) -> bytes:
    """Bytes with something done to them."""
    if not body:
        return b"\x00"
    at = rng.randrange(len(body))
    match rng.randrange(7):
        case 0:
            return body[:at]
        case 1:
            return body[:at] + bytes([rng.randrange(256)]) + body[at + 1 :]
        case 2:
            return body[:at] + bytes(rng.randrange(256) for _ in range(rng.randrange(1, 12))) + body[at:]
        case 3:
            end = min(len(body), at + rng.randrange(1, 60))
            return body[:at] + body[end:]
        case 4:
            end = min(len(body), at + rng.randrange(1, 200))
            return body[:end] + body[at:]
        case 5:
            return rng.choice(
                (b"\xef\xbb\xbf" + body, b"\xff\xfe" + body, body + b"\x00", body + body, b" " * 5000 + body)
            )
        case _:
            return (
                body[:at]
                + rng.choice((b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\\ud800", b"\\u0000"))
                + body[at:]
            )


def packed(body: bytes, rng: Random) -> bytes:
    """Bytes packed by gzip, one time in two with damage; or what says that it is packed and is not."""
    made = gzip.compress(body, compresslevel=1, mtime=0)
    match rng.randrange(8):
        case 0:
            return damaged(made, rng)
        case 1:
            return made[: rng.randrange(len(made))]
        case 2:
            return made + rng.choice((b"\x00" * 100, made, b"x"))
        case 3:
            return body
        case _:
            return made
