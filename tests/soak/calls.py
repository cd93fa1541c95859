"""The calls of the load, as bytes, each with the answer that is right: it was made before, by one process, undisturbed."""

from __future__ import annotations

import itertools
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Flask

from service.assess import assess
from service.fhir_mapping.inbound import time_of
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.outbound import answer
from tests.bench.cds import body as cds_body
from tests.bench.records import record
from tests.soak.access import Callers
from tests.support.calls import SIGN, VIEW, call_of
from tests.support.stored import CONTRACT, EXAMPLES

FHIR, JSON, FORM = "application/fhir+json", "application/json", "application/x-www-form-urlencoded"
ASSESS, MESSAGE = "/fhir/$assess-spinal-tumour", "/fhir/$process-message"
#: What differs from answer to answer by design: the id and the time of a message, and the secrets of a page.
_BY_DESIGN = re.compile(
    rb'"(?:id|lastUpdated|timestamp|fullUrl|reference)": ?"(?:urn:uuid:)?MESSAGE"|nonce-[A-Za-z0-9_-]+'
)


@dataclass(frozen=True)
class Right:
    """The answer that a call has to get."""

    status: int
    body: bytes | None = field(default=None, repr=False)
    """None where the status says it all."""


@dataclass(frozen=True)
class Call:
    """One kind of call with its body; it is sent many times."""

    kind: str
    door: str
    """As the metrics name it."""
    method: str
    path: str
    right: Right
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = ()
    needs: str = ""
    """``token`` or ``proof``: what shows who calls."""
    audited: bool = False
    plain: Callable[[bytes], bytes] = bytes
    """Takes out of an answer what differs by design."""


@dataclass(frozen=True)
class Kind:
    """A kind of call, how often it comes, and the calls in turn."""

    name: str
    weight: float
    turn: Iterator[Call]


def without_secrets(body: bytes) -> bytes:
    return _BY_DESIGN.sub(b"", body)
