"""``POST /cds-services/{id}/feedback``: what users made of cards, as CDS Hooks 2.0 has clients tell it.

A comment may speak of a patient: it is kept for whoever looks after the cards, and is never logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate, validates_schema

from service import KNOWLEDGE_VERSION
from service.api import media
from service.api.settings import Settings
from service.cds_hooks.services import service_named
from service.problems import Problem, Rejected
from service.storage import Database, Feedback, Unavailable, keep
from service.text import phrase, series

blueprint = Blueprint("feedback", __name__, url_prefix="/cds-services")

MAX_BYTES = 256 * 1024
MAX_FEEDBACK = 100
MAX_SUGGESTIONS = 50
MAX_COMMENT = 4000
_MAX_PROBLEMS = 50
_NO_CONTROLS = validate.Regexp(re.compile(r"[^\x00-\x1f\x7f]+\Z"), error="no-text")
#: JSON has no other, and a database may refuse them.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LAST = datetime(9000, 1, 1, tzinfo=UTC)

#: What is wrong with a field, by the word that its check gives.
_WRONG: Mapping[str, str] = {
    "required": "It is missing. Add it.",
    "object": "This is not an object. Send one.",
    "list": "This is not a list. Send one.",
    "text": "This is not a text. Send one in double quotes.",
    "no-text": "It is empty, or holds control characters. Send a plain text.",
    "uuid": "This is not the uuid of a card. Send the one that the card has.",
    "outcome": "There are two outcomes. Send accepted or overridden.",
    "time": "This is not a time. Send one such as 2026-10-01T09:30:00Z.",
    "suggestions": "A card is accepted by its suggestions. Add acceptedSuggestions with the id of each.",
    "long": "It is too long. Shorten it.",
}
_LIMITS = {
    "many": phrase("There are too many. Send up to {number} at a time.", number=MAX_FEEDBACK),
    "many-suggestions": phrase("There are too many. Send up to {number} at a time.", number=MAX_SUGGESTIONS),
    "long-comment": phrase("It is too long. Shorten it to {number} characters.", number=MAX_COMMENT),
}


def _text(longest: int, **more: Any) -> fields.String:
    checks = [_NO_CONTROLS, validate.Length(max=longest, error="long")]
    return fields.String(validate=checks, error_messages=_MESSAGES, **more)


_MESSAGES: dict[str, Any] = {"required": "required", "null": "required", "invalid": "text"}
_OF_LIST: dict[str, Any] = {**_MESSAGES, "invalid": "list"}
_OF_OBJECT: dict[str, Any] = {**_MESSAGES, "invalid": "object", "type": "object"}


class _Lenient(Schema):
    """Clients send fields of their own."""

    class Meta:
        unknown = EXCLUDE

    error_messages = _OF_OBJECT  # as marshmallow has it


class _Accepted(_Lenient):
    id = _text(64, required=True)


class _Coding(_Lenient):
    # The sandbox sends the code alone. A display is left out: the code says the same in fewer ways.
    code = _text(256, required=True)
    system = _text(1024, load_default=None, allow_none=True)


class _Reason(_Lenient):
    reason = fields.Nested(_Coding, load_default=None, allow_none=True, error_messages=_OF_OBJECT)
    comment = fields.String(
        data_key="userComment",
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MAX_COMMENT, error="long-comment"),
        error_messages=_MESSAGES,
    )


class _Feedback(_Lenient):
    card = fields.UUID(required=True, error_messages={**_MESSAGES, "invalid_uuid": "uuid"})
    outcome = fields.String(
        required=True, validate=validate.OneOf(("accepted", "overridden"), error="outcome"), error_messages=_MESSAGES
    )
    suggestions = fields.List(
        fields.Nested(_Accepted, error_messages=_OF_OBJECT),
        data_key="acceptedSuggestions",
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=MAX_SUGGESTIONS, error="many-suggestions"),
        error_messages=_OF_LIST,
    )
    reason = fields.Nested(
        _Reason, data_key="overrideReason", load_default=None, allow_none=True, error_messages=_OF_OBJECT
    )
    outcome_at = fields.AwareDateTime(
        data_key="outcomeTimestamp",
        required=True,
        default_timezone=UTC,  # the specification has it in UTC
        validate=validate.Range(min=_FIRST, max=_LAST, error="time"),
        error_messages={**_MESSAGES, "invalid": "time", "invalid_awareness": "time", "format": "time"},
    )

    @pre_load
    def _take_plural(self, data: Any, **_: Any) -> Any:
        """A reason under the name that it has on cards: so a large EHR documents it."""
        if isinstance(data, dict) and isinstance(data.get("overrideReasons"), dict) and "overrideReason" not in data:
            return {**data, "overrideReason": data["overrideReasons"]}
        return data

    @validates_schema
    def _check_suggestions(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("outcome") == "accepted" and not data.get("suggestions"):
            raise ValidationError("suggestions", "acceptedSuggestions")

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Feedback:
        why = data["reason"] or {}
        coding = why.get("reason") or {}
        comment = _CONTROLS.sub(" ", why.get("comment") or "").strip()
        return Feedback(
            card=str(data["card"]),
            outcome=data["outcome"],
            outcome_at=data["outcome_at"],
            suggestions=tuple(each["id"] for each in data["suggestions"] or ()),
            reason_code=coding.get("code"),
            reason_system=coding.get("system"),
            comment=comment or None,
        )


class _Body(_Lenient):
    feedback = fields.List(
        fields.Nested(_Feedback, error_messages=_OF_OBJECT),
        required=True,
        validate=validate.Length(max=MAX_FEEDBACK, error="many"),
        error_messages=_OF_LIST,
    )

    @pre_load
    def _check_number(self, data: Any, **_: Any) -> Any:
        """Refuses a list that is too long before each of it is looked at."""
        given = data.get("feedback") if isinstance(data, dict) else None
        if isinstance(given, list) and len(given) > MAX_FEEDBACK:
            raise ValidationError("many", "feedback")
        return data


@blueprint.post("/<name>/feedback")
def feedback(name: str) -> Response:
    """Keeps the feedback in the body, all of it or nothing."""
    service = service_named(name)
    given = read(_body())
    database: Database = current_app.config["DATABASE"]
    try:
        keep(database, service.id, given, now=datetime.now(UTC), knowledge=KNOWLEDGE_VERSION)
    except Unavailable:
        message = "The database does not answer now, and nothing of the feedback was kept. Send it again later."
        raise Rejected(503, Problem("transient", message, "feedback")) from None
    return Response(b"{}", content_type="application/json")


def read(body: Any) -> list[Feedback]:
    """The feedback of a decoded body.

    Raises:
        Rejected: 400 with each element that is wrong.
    """
    if not isinstance(body, dict):
        message = "The body is not an object. Send an object with a list named feedback."
        raise Rejected(400, Problem("structure", message, "feedback"))
    try:
        found: list[Feedback] = _Body().load(body)["feedback"]
    except ValidationError as error:
        problems = list(_problems(error.messages))[:_MAX_PROBLEMS]
        raise Rejected(400, *problems) from None
    return found


def _body() -> Any:
    """The decoded body.

    Raises:
        Rejected: 415 if it is of another type, 413 if it is too large, 400 if it is not JSON.
    """
    settings: Settings = current_app.config["SETTINGS"]
    if request.mimetype not in media.JSON:
        message = "Feedback is JSON. Send it with Content-Type: application/json."
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    try:
        raw = media.body(request, min(MAX_BYTES, settings.max_body_bytes))
    except Rejected as rejected:
        if rejected.status != 413:
            raise
        message = "The body is too large. Send less feedback at a time."
        raise Rejected(413, Problem("too-long", message, "feedback")) from None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        message = "The body is not JSON. Send an object with a list named feedback."
        raise Rejected(400, Problem("structure", message, "feedback")) from None


def _problems(messages: Any, path: str = "") -> Iterator[Problem]:
    """What marshmallow found, each at its element."""
    if isinstance(messages, dict):
        for name, said in messages.items():
            if name == "_schema":
                yield from _problems(said, path)
            else:
                yield from _problems(said, f"{path}[{name}]" if isinstance(name, int) else f"{path}.{name}".lstrip("."))
        return
    words = [str(word) for word in messages]
    texts = series(" ", [_LIMITS.get(word) or _WRONG.get(word) or "It is wrong. Correct it." for word in words])
    yield Problem("required" if "required" in words else "value", texts, path or "feedback")
