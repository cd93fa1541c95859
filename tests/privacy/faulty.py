"""The service with faults for some records: one is a mistake of ours that speaks of the patient, one takes too long."""

from __future__ import annotations

import time
from typing import Any

from flask import Flask

from service import pipeline
from service.api.app import create_app as create
from tests.privacy.marks import FAULT, SLOW, mark

_assess = pipeline.assess


def _faulty(bundle: Any, *given: Any, **named: Any) -> Any:
    names = [entry["resource"].get("id") for entry in bundle["entry"]] if "entry" in bundle else []
    if FAULT in names:
        raise ZeroDivisionError(f"no luck with {mark('Message')}")
    if SLOW in names:
        time.sleep(60)
    return _assess(bundle, *given, **named)


def create_app() -> Flask:
    """The application with the faults."""
    pipeline.assess = _faulty
    return create()
