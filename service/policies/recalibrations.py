"""The recalibrations that a policy names: files of ``spinemets validate --recalibrate``, checked before one is used.

A wrong one would move every survival figure of a model, so whatever does not fit is refused with its mend: at the
start of the server, by ``spinemets settings --check``, and on the command line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from service.decision.recalibration import can_be_recalibrated, here
from service.policy import Line, Recalibration
from service.scoring import SCORES

#: Beside the policy, so that a file of it is not taken for a policy.
FOLDER = "recalibrations"
#: What the probabilities were that the lines were fitted to. Others the service does not have.
PREDICTIONS = "published for the classes"
#: The models whose classes all have a published probability.
MODELS: Mapping[str, Any] = {score.code: score for score in SCORES if can_be_recalibrated(score)}
#: Fewer deaths by a time than these give no line to trust. A site may ask for more, never for fewer.
MIN_EVENTS = 100
_HELPS_IN = 0.9
_SHARES = ("brier_before", "brier_after", "calibration_error_before", "calibration_error_after", "helps_in")
_MOST_BYTES = 100_000
_MOST_LINES = 50


class BadRecalibration(ValueError):
    """A recalibration that cannot be used; the message says why and how to mend it, in one line."""


class Named(Schema):
    """How a policy names a file."""

    file = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,90}\.json\Z"))
    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))


class _Number(fields.Float):
    """A number of JSON, and no text that looks like one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid", input="")
        return super()._deserialize(value, attr, data, **more)


def _count(low: int) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=low, max=100_000_000))


class _LineSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    horizon = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=7300))
    events = _count(0)
    slope = _Number(required=True)
    intercept = _Number(required=True)
    brier_before = _Number(required=True)
    brier_after = _Number(required=True)
    calibration_error_before = _Number(required=True)
    calibration_error_after = _Number(required=True)
    helps_in = _Number(required=True)


class _FileSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    model = fields.String(required=True)
    version = _count(1)
    made = fields.Date(required=True)
    patients = _count(1)
    events = _count(0)
    predictions = fields.String(required=True)
    synthetic = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    horizons = fields.List(fields.Nested(_LineSchema), required=True, validate=validate.Length(min=1, max=_MOST_LINES))


def read(folder: Path, named: Iterable[Mapping[str, str]], valid_days: int, today: date) -> tuple[Recalibration, ...]:
    """The recalibrations that a policy in a folder names; one for each model at most.

    Raises:
        BadRecalibration: one of them cannot be used.
    """
    found = tuple(_read(folder / FOLDER / each["file"], each["sha256"], valid_days, today) for each in named)
    models = [each.model for each in found]
    twice = sorted({model for model in models if models.count(model) > 1})
    if twice:
        raise BadRecalibration(f"two are of the model {twice[0]}: keep one of them")
    return found


def _read(path: Path, sha256: str, valid_days: int, today: date) -> Recalibration:
    name = f"{FOLDER}/{path.name}"
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise BadRecalibration(
            f"{name}: {error.strerror}: copy it from the folder recalibrations of the report to that beside the policy"
        ) from None
    if len(content) > _MOST_BYTES:
        raise BadRecalibration(f"{name}: more than {_MOST_BYTES} bytes: this is no file of spinemets validate")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BadRecalibration(
            f"{name}: it is not the file that the policy names: find out who has changed it, and only then write its "
            f"own SHA-256 into the policy: {hashlib.sha256(content).hexdigest()}"
        )
    try:
        told: dict[str, Any] = _FileSchema().load(orjson.loads(content))
    except (orjson.JSONDecodeError, RecursionError):
        raise BadRecalibration(f"{name}: not JSON: take the file that spinemets validate wrote") from None
    except ValidationError as error:
        wrong = ", ".join(sorted(map(str, error.messages_dict)))
        raise BadRecalibration(f"{name}: {wrong}: not as spinemets validate writes it: make it again") from None
    for problem in _wrong(told, valid_days, today):
        raise BadRecalibration(f"{name}: {problem}")
    lines = tuple(Line(each["horizon"], each["slope"], each["intercept"], each["events"]) for each in told["horizons"])
    made = Recalibration(
        told["model"], told["version"], told["made"], told["patients"], told["events"], sha256,
        tuple(sorted(lines, key=lambda line: line.days)),
    )  # fmt: skip
    if not _falls(made):
        raise BadRecalibration(f"{name}: more would be alive at a later time than at an earlier one: fit it again")
    return made


def _wrong(told: dict[str, Any], valid_days: int, today: date) -> Iterator[str]:
    if told["model"] not in MODELS:
        yield (f"no model whose published probabilities can be recalibrated: name a file of one of {', '.join(MODELS)}")
    if told["predictions"] != PREDICTIONS:
        yield (
            "it was fitted to probabilities of the table, and the service gives those that are published for the "
            "classes: fit it to a table with classes, or with --cohort"
        )
    if told["synthetic"]:
        yield "it was fitted to patients who were never there (spinemets synthetic): fit it to those of the site"
    if told["made"] > today:
        yield "it was made on a day to come: mend the clock, and fit it again"
    if (today - told["made"]).days > valid_days:
        yield (
            f"it was made on {told['made']} and is older than {valid_days} days (recalibrations_valid_days): fit it "
            "again to patients of today, or take it out of the policy"
        )
    if told["events"] > told["patients"]:
        yield "more died than there were patients: fit it again"
    days = [line["horizon"] for line in told["horizons"]]
    if len(set(days)) < len(days):
        yield "two lines are of one horizon: fit it again"
    deaths = [line["events"] for line in sorted(told["horizons"], key=lambda line: line["horizon"])]
    if deaths != sorted(deaths) or deaths[-1] > told["events"]:
        yield "fewer died by a later time than by an earlier one: take the file that spinemets validate wrote"
    for line in told["horizons"]:
        yield from (f"at {line['horizon']} days {problem}" for problem in _wrong_line(line))


def _wrong_line(line: dict[str, Any]) -> Iterator[str]:
    if not all(0 <= line[name] <= 1 for name in _SHARES):
        yield "an error or a share is not from 0 to 1: take the file that spinemets validate wrote"
    if not 0 < line["slope"] <= 10:
        yield "the slope is not above 0 and at most 10, so that the order of patients would be lost: fit it again"
    if abs(line["intercept"]) > 10:
        yield "the intercept is not from -10 to 10: fit it again"
    if line["events"] < MIN_EVENTS:
        yield f"{line['events']} patients died, and {MIN_EVENTS} are needed: collect more, or leave out this horizon"
    if not (
        line["brier_after"] < line["brier_before"]
        and line["calibration_error_after"] < line["calibration_error_before"]
        and line["helps_in"] >= _HELPS_IN
    ):
        yield "it does not help patients who were not used for the fit: use the published figures"


def _falls(made: Recalibration) -> bool:
    return all(
        later.alive <= earlier.alive
        for band in MODELS[made.model].bands
        for earlier, later in pairwise(here(band, made))
    )
