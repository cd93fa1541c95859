"""Policies with a recalibration, as objects and as the files that a site has."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from service.policy import Line, Recalibration

MADE = date(2026, 5, 1)
#: Nearly twice as many die by 3 months, and by 12, as is published.
LINES = (Line(91, 0.9, 0.7, 210), Line(365, 0.8, 0.6, 480))


def recalibration(model: str = "katagiri-revised", lines: tuple[Line, ...] = LINES) -> Recalibration:
    return Recalibration(model, 3, MADE, 812, 530, "ab" * 32, lines)


def content(**changed: Any) -> dict[str, Any]:
    """What ``spinemets validate --recalibrate`` writes."""
    line = {
        "brier_before": 0.24, "brier_after": 0.2, "calibration_error_before": 0.15, "calibration_error_after": 0.03,
        "helps_in": 1.0,
    }  # fmt: skip
    horizons = [
        {"horizon": each.days, "events": each.events, "slope": each.slope, "intercept": each.intercept, **line}
        for each in LINES
    ]
    return {
        "model": "katagiri-revised", "version": 3, "made": MADE.isoformat(), "data_sha256": "cd" * 32, "patients": 812,
        "events": 530, "patients_with_a_range_left_out": 12, "predictions": "published for the classes",
        "scale": "logit", "horizons": horizons, "seed": 1, "draws": 200, **changed,
    }  # fmt: skip


def written(
    folder: Path, told: bytes | dict[str, Any], name: str = "katagiri-revised-0003.json", **policy: Any
) -> Path:
    """The file of a policy, with the recalibration that it names beside it."""
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()
    (folder / "recalibrations").mkdir(exist_ok=True)
    (folder / "recalibrations" / name).write_bytes(raw)
    named = {"file": name, "sha256": hashlib.sha256(raw).hexdigest()}
    path = folder / "site.json"
    path.write_text(json.dumps({"name": "site", "recalibrations": [named], **policy}), "utf-8")
    return path
