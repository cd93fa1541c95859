"""What is accepted of a validator's complaints, and why: the list in ``accepted.json``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import orjson

FILE = Path(__file__).with_name("accepted.json")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A complaint that is accepted: a pattern of its message, and the reason."""

    message: re.Pattern[str]
    reason: str


def accepted(validator: str) -> list[Accepted]:
    """The complaints of a validator that are accepted, by its name in the list."""
    listed = orjson.loads(FILE.read_bytes())[validator]
    return [Accepted(re.compile(each["message"]), each["reason"]) for each in listed]
