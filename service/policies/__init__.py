"""Policies as files: JSON, checked, with every setting of :class:`service.policy.Policy` optional."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields, post_load, validate

from service.decision import GUIDELINES, LEAD_MODELS
from service.policies.recalibrations import BadRecalibration, Named, read
from service.policy import DEFAULT, MODALITIES, VALID_DAYS, Policy
from service.scoring import SCORES


class BadPolicy(ValueError):
    """A policy file that cannot be used; the message says why, in one line."""


class _PolicySchema(Schema):
    name = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,63}$"))
    stale_after_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=3650))
    escc_1c = fields.String(validate=validate.OneOf(("low", "high")))
    use_stale = fields.Boolean(truthy={True}, falsy={False})
    unsaid_radiotherapy = fields.String(validate=validate.OneOf(("none", "unknown")))
    staging = fields.String(validate=validate.OneOf(("unknown", "said", "imaging")))
    lead_model = fields.String(validate=validate.OneOf(LEAD_MODELS))
    survival_threshold_months = fields.Integer(strict=True, validate=validate.Range(min=1, max=24))
    minimally_invasive_under_months = fields.Integer(strict=True, validate=validate.Range(min=1, max=24))
    guideline = fields.String(validate=validate.OneOf(tuple(GUIDELINES)))
    unavailable = fields.List(fields.String(validate=validate.OneOf(MODALITIES)))
    recalibrations = fields.List(fields.Nested(Named), validate=validate.Length(max=len(SCORES)))
    recalibrations_valid_days = fields.Integer(strict=True, validate=validate.Range(min=1, max=3650))

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {**data, "unavailable": frozenset(data.get("unavailable", ()))}


def load(path: Path, today: date | None = None) -> Policy:
    """The policy in a file, on a day: today in UTC where none is given.

    Raises:
        BadPolicy: it cannot be read, is not JSON, has a setting that is wrong, or names a recalibration that cannot be
            used, such as one that is too old by then.
    """
    try:
        told: dict[str, Any] = _PolicySchema().load(orjson.loads(path.read_bytes()))
        days = told.get("recalibrations_valid_days", VALID_DAYS)
        named = told.pop("recalibrations", ())
        own = read(path.parent, named, days, today or datetime.now(UTC).date())
    except OSError as error:
        raise BadPolicy(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise BadPolicy(f"{path}: not JSON: {error}") from None
    except ValidationError as error:
        wrong = error.messages_dict
        raise BadPolicy(f"{path}: " + "; ".join(f"{name}: {_words(said)}" for name, said in wrong.items())) from None
    except BadRecalibration as error:
        raise BadPolicy(f"{path}: recalibrations: {error}") from None
    return Policy(**told, recalibrations=own)


def _words(said: Any) -> str:
    """What is wrong with a setting; of a list, what is wrong with each member."""
    if isinstance(said, dict):
        return " ".join(f"{_place(n)}: {_words(each)}" for n, each in said.items())
    return " ".join(map(str, said))


def _place(n: Any) -> str:
    return f"number {n + 1}" if isinstance(n, int) else str(n)


def load_all(folder: Path | None) -> Mapping[str, Policy]:
    """The policies of a folder by name, with the default one.

    Raises:
        BadPolicy: there is no such folder, a file in it is wrong, or two have one name.
    """
    if folder is not None and not folder.is_dir():
        raise BadPolicy(f"{folder}: no such folder")
    found = {DEFAULT.name: DEFAULT}
    for path in sorted(folder.glob("*.json")) if folder else ():
        policy = load(path)
        if policy.name in found and policy.name != DEFAULT.name:
            raise BadPolicy(f"{path}: there are two policies named {policy.name}")
        found[policy.name] = policy
    return found
