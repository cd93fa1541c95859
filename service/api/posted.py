"""What the form of the page was posted with, and what is answered to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from service.api import auditing
from service.api.settings import Settings
from service.assessment import Assessment
from service.evidence import When
from service.fhir_mapping.inbound.parameters import Question, time
from service.page import record, result
from service.page.answers import Typed, Wrong, typed
from service.page.record import EXAMPLES, Asked
from service.page.result import Result
from service.page.screen import Reading
from service.pipeline import Site, answered
from service.policy import DEFAULT
from service.problems import Problem, Rejected

#: Where a record comes from, beside the names of the examples.
UPLOADED, OF_EHR = "record", "ehr"
EXAMPLE_TITLES = {each.name: each.title for each in EXAMPLES}
_LONGEST = 64
_OF_A_FORM, _MOST_FIELDS = "application/x-www-form-urlencoded", 2000


@dataclass(frozen=True)
class Posted:
    """A form of the page."""

    typed: Typed = field(default_factory=Typed)
    content: bytes | None = None
    """The record, in JSON or XML."""
    origin: str = ""
    """Where the record comes from: the name of an example, or a word."""
    read_at: str = ""
    """When it was read from an EHR."""
    reading: Reading = field(default_factory=Reading)
    do: str = ""
    """The button that was pressed."""
    pasted: str = ""

    @property
    def alone(self) -> Posted:
        """The record without what was typed."""
        return replace(self, typed=Typed())

    def with_lesions(self) -> Posted:
        """With a group of fields for each lesion of the record, those that were typed after them."""
        assessed = answer(self.alone)
        known = record.lesions_of(assessed.case).lesions if assessed is not None else ()
        own = tuple(each for each in self.typed.lesions if each and each not in known)
        return replace(self, typed=Typed(self.typed.patient, (*known, *own) or ({},)))


def now() -> datetime:
    return datetime.now(UTC)


def limit() -> int:
    """The most bytes that a record may have."""
    settings: Settings = current_app.config["SETTINGS"]
    return min(settings.max_body_bytes, settings.max_decompressed_bytes)


def posted() -> Posted:
    """The form of the request.

    Raises:
        Rejected: 413 if it is larger than a record may be, 400 if the record in it is damaged.
    """
    # The record comes packed as base64, or as it is in a file or pasted, with the answers beside it.
    request.max_content_length = request.max_form_memory_size = 2 * limit()
    try:
        # A form of this page has some hundred fields; millions of them would keep a worker busy.
        if request.mimetype == _OF_A_FORM and request.get_data().count(b"&") > _MOST_FIELDS:
            raise Rejected(400, Problem("too-costly", "The form has too many fields. Send that of the page."))
        form = request.form
    except RequestEntityTooLarge:
        raise record.too_large(limit()) from None
    packed, do, origin = form.get("record", ""), form.get("do", ""), form.get("origin", "")
    return Posted(
        # A part of a form need not have a name.
        typed=typed((name, value) for name, value in form.items(multi=True) if name),
        content=record.unpacked(packed, limit()) if packed else None,
        origin=origin if origin in (*EXAMPLE_TITLES, OF_EHR) else UPLOADED,
        read_at=form.get("read-at", "")[:_LONGEST],
        reading=Reading(
            form.get("as-of", "")[:_LONGEST], form.get("policy", "")[:_LONGEST], form.get("assume-complete") == "true"
        ),
        do=do,
        pasted=form.get("paste", "") if do == "open" else "",
    )


def answer(sent: Posted) -> Assessment | None:
    """The assessment of what was sent; None where nothing was.

    Raises:
        Rejected: it cannot be assessed.
    """
    asked = _asked(sent)
    return None if asked is None else _of(asked, sent)


def assessed(sent: Posted) -> tuple[Asked | None, Result]:
    """What is asked and the result: an answer, what is to be mended, or nothing yet."""
    try:
        asked = _asked(sent)
    except Rejected as rejected:
        return None, result.problems(rejected.problems, ())
    if asked is None:
        return None, result.EMPTY
    if asked.typed.wrong:
        return asked, result.problems((), asked.typed.wrong)
    try:
        found = _of(asked, sent)
    except Rejected as rejected:
        of_reading = tuple(Wrong(p.expression, p.message) for p in rejected.problems if p.expression == result.AS_OF)
        return asked, result.problems((), of_reading) if of_reading else result.problems(*asked.problems(rejected))
    return asked, result.answer(found, sent.typed, asked.typed_id)


def _asked(sent: Posted) -> Asked | None:
    site: Site = current_app.config["SITE"]
    question = record.opened(sent.content, site.bounds) if sent.content is not None else None
    if question is not None:
        auditing.about(question.bundle)
    return record.asked(question, sent.typed, now(), _as_of(sent.reading))


def _as_of(reading: Reading) -> When | None:
    """The time that is asked about; None for one that is none, which is refused where the record is read."""
    try:
        return time(reading.as_of, result.AS_OF) if reading.as_of else None
    except Rejected:
        return None


def read_as(sent: Posted, question: Question) -> Iterator[dict[str, Any]]:
    """How the case is to be read, as the parameters of the operation; nothing where it is read as any other."""
    chosen = _read_as(question, sent.reading)
    if chosen.as_of is not None:
        yield {"name": "asOf", "valueDateTime": chosen.as_of.text}
    if chosen.assume_complete:
        yield {"name": "assumeComplete", "valueBoolean": True}
    if chosen.policy not in (None, DEFAULT.name):
        yield {"name": "policy", "valueString": chosen.policy}


def _of(asked: Asked, sent: Posted) -> Assessment:
    site: Site = current_app.config["SITE"]
    return answered(_read_as(asked.question, sent.reading), now().date(), site)


def _read_as(question: Question, reading: Reading) -> Question:
    """The question with what the form says of how to read it.

    Raises:
        Rejected: 422 for a time that is none.
    """
    as_of: When | None = time(reading.as_of, result.AS_OF) if reading.as_of else question.as_of
    return replace(
        question,
        as_of=as_of,
        policy=reading.policy or question.policy,
        assume_complete=reading.complete or question.assume_complete,
    )
