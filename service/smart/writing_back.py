"""The answer, written to the record that is open: drafts, and only because its user clicked.

What is written is the answer to the record as it is then, with what the user has typed into the form. The form's
answers are a QuestionnaireResponse that the plan refers to, in the same transaction; they are written once a day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from service import BASE
from service.assessment import Assessment
from service.client import Record, Server, Written, write
from service.client.places import on_the_server
from service.client.scopes import covers_writing
from service.client.writing import is_named
from service.fhir_mapping.inbound.parameters import Question
from service.fhir_mapping.inbound.questionnaires import QUESTIONNAIRE
from service.fhir_mapping.outbound import answer
from service.pipeline import Site, answered
from service.problems import Problem, Rejected
from service.smart.failure import SmartFailed
from service.smart.launch import FORM
from service.smart.opened import Opened
from service.smart.reading import read

#: System of the identifiers of forms, by which the same answers are found again.
FORMS = f"{BASE}/identifier/form"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, FORMS)
_MOST_ITEMS = 2000
_DEEPEST = 10
_VALUE = re.compile(r"value(Boolean|Decimal|Integer|Date|DateTime|String|Coding|Quantity)", re.ASCII)


@dataclass(frozen=True)
class Wish:
    """What the user wants written."""

    form: Any = field(default=None, repr=False)
    """The QuestionnaireResponse of the page; None where nothing was typed."""
    policy: str | None = None
    assume_complete: bool = False


def write_back(opened: Opened, wish: Wish, site: Site, now: datetime) -> Written:
    """Reads the record that is open, assesses it, and makes the server hold the answer.

    Raises:
        SmartFailed: the user has no right to write.
        Rejected: 422, the record or the form cannot be assessed.
        ExchangeFailed: the server does not give the record, or does not take the answer.
        Unavailable: the token has to be renewed, and the database does not answer.
    """
    session = opened.session
    if not opened.may_write or (wish.form is not None and not covers_writing(session.scope, FORM)):
        raise SmartFailed(
            "You have no right to write all of the plan to this record. Ask the administrator of the EHR for the "
            "right to create and update what is written, and start again.",
            403,
        )
    form = _form(wish.form, session.patient, now) if wish.form is not None else None
    server = opened.connect()
    record = read(opened, server)
    if form is not None:
        record, form = _with(record, form, server)
    made = answer(_assessed(record, wish, site, now), "transaction")
    return write(server, session.patient, made, (form,) if form is not None else ())


def _assessed(record: Record, wish: Wish, site: Site, now: datetime) -> Assessment:
    try:
        asked = Question(record.bundle, assume_complete=wish.assume_complete, policy=wish.policy)
        return answered(asked, now.date(), site)
    except Rejected as rejected:
        # The user sees the record in the EHR, and not the Bundle that was made of it.
        places = (replace(each, expression=on_the_server(each.expression, record)) for each in rejected.problems)
        raise Rejected(rejected.status, *places) from None


def _form(given: Any, patient: str, now: datetime) -> dict[str, Any]:
    """The answers as they are written: those to the questions, and nothing else that a browser may have sent.

    Raises:
        Rejected: 422, there are none.
    """
    if not isinstance(given, dict) or given.get("resourceType") != FORM:
        raise Rejected(422, Problem("invalid", "These are not the answers of the form. Send them again.", FORM))
    items = list(_items(given.get("item"), _DEEPEST))
    if not items or sum(1 for _ in _flat(items)) > _MOST_ITEMS:
        message = "The form has no answers, or too many. Send those that were typed, or leave the form out."
        raise Rejected(422, Problem("invalid", message, f"{FORM}.item"))
    day = now.date().isoformat()
    key = uuid.uuid5(_NAMESPACE, orjson.dumps([patient, day, items], option=orjson.OPT_SORT_KEYS).decode())
    return {
        "resourceType": FORM,
        "id": str(key),
        "identifier": {"system": FORMS, "value": str(key)},
        "questionnaire": QUESTIONNAIRE,
        "status": "completed",
        "subject": {"reference": f"Patient/{patient}"},
        "authored": now.isoformat(timespec="seconds"),
        "item": items,
    }


def _items(given: Any, deep: int) -> Iterator[dict[str, Any]]:
    wrong = Rejected(422, Problem("invalid", "The answers of the form are broken. Send them again.", f"{FORM}.item"))
    if given is None:
        return
    if not isinstance(given, list) or deep == 0:
        raise wrong
    for each in given:
        if not isinstance(each, dict) or not isinstance(each.get("linkId"), str):
            raise wrong
        answers = each.get("answer", [])
        if not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
            raise wrong
        kept = [{name: v for name, v in one.items() if _VALUE.fullmatch(name)} for one in answers]
        item: dict[str, Any] = {"linkId": each["linkId"]}
        if said := [one for one in kept if one]:
            item["answer"] = said
        if within := list(_items(each.get("item"), deep - 1)):
            item["item"] = within
        if len(item) > 1:
            yield item


def _flat(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from _flat(item.get("item", []))


def _with(record: Record, form: dict[str, Any], server: Server) -> tuple[Record, dict[str, Any]]:
    """The record with the answers, and the answers as they are written.

    The answers have the id that is made here, whatever the server calls them, and the time at which they were written
    first: so the same answers to the same record give the same plan.
    """
    entries = record.bundle["entry"]
    forms = [each["resource"] for each in entries if each["resource"]["resourceType"] == FORM]
    there = [each for each in forms if is_named(each, form["identifier"])]
    first = min((each["authored"] for each in there if isinstance(each.get("authored"), str)), default=form["authored"])
    made = {**form, "authored": first}
    kept = [each for each in entries if not any(each["resource"] is one for one in there)]
    entry = {"fullUrl": server.url(f"{FORM}/{form['id']}"), "resource": made}
    return replace(record, bundle={**record.bundle, "entry": [*kept, entry]}), made
