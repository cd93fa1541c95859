"""The answer, written to the record that is open: drafts, and only because its user clicked.

What is written is the answer to the record as it is then, with what the user has typed into the form. The form's
answers are written first, as a QuestionnaireResponse that the plan refers to; the same answers are written once a day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from service import BASE
from service.assessment import Assessment
from service.client import ExchangeFailed, Record, Server, Written, write
from service.client.places import on_the_server
from service.client.scopes import covers_writing
from service.client.server import decoded
from service.client.writing import check
from service.fhir_mapping.inbound.parameters import Question
from service.fhir_mapping.inbound.questionnaires import QUESTIONNAIRE
from service.fhir_mapping.outbound import answer
from service.fhir_mapping.outbound.kept import identifiers
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
_LOCATION = re.compile(rf"(?:^|/){FORM}/([A-Za-z0-9.-]{{1,64}})(?:/_history/[^/]+)?$", re.ASCII)


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
    if form is not None and (there := _there(record, form)) is None:
        # What cannot be assessed or written is known before a word is written.
        check(server, session.patient, answer(_assessed(_with(record, form, server), wish, site, now), "transaction"))
        record = _with(record, {**form, "id": _create(server, form, session.patient)}, server)
    elif form is not None:
        record = _with(_without(record, there), {**form, "id": there}, server)
    return write(server, session.patient, answer(_assessed(record, wish, site, now), "transaction"))


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


def _there(record: Record, form: dict[str, Any]) -> str | None:
    """The id of the same answers in the record, where they were written before."""
    resources = (entry["resource"] for entry in record.bundle["entry"])
    same = (r["id"] for r in resources if r["resourceType"] == FORM and form["identifier"] in _named(r))
    return next(same, None)


def _named(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"system": each.get("system"), "value": each.get("value")} for each in identifiers(resource)]


def _with(record: Record, form: dict[str, Any], server: Server) -> Record:
    entry = {"fullUrl": server.url(f"{FORM}/{form['id']}"), "resource": form}
    return replace(record, bundle={**record.bundle, "entry": [*record.bundle["entry"], entry]})


def _without(record: Record, form: str | None) -> Record:
    kept = [e for e in record.bundle["entry"] if (e["resource"]["resourceType"], e["resource"]["id"]) != (FORM, form)]
    return replace(record, bundle={**record.bundle, "entry": kept})


def _create(server: Server, form: dict[str, Any], patient: str) -> str:
    """Has the server keep the answers, and gives their id there.

    Raises:
        ExchangeFailed: it does not.
    """
    name = f"{FORMS}|{form['identifier']['value']}"
    request = {"method": "POST", "url": FORM, "ifNoneExist": f"identifier={quote(name, safe=':/|')}"}
    resource = {key: value for key, value in form.items() if key != "id"}
    sent = {"fullUrl": f"urn:uuid:{form['id']}", "resource": resource, "request": request}
    taken = server.transact({"resourceType": "Bundle", "type": "transaction", "entry": [sent]})
    if not taken.ok:
        raise ExchangeFailed(
            "Nothing was written: the server does not take the answers of the form. Ask its administrator for the "
            "right to create a QuestionnaireResponse.",
            taken.status,
        )
    said = (decoded(taken.body) or {}).get("entry")
    response = said[0].get("response") if isinstance(said, list) and said and isinstance(said[0], dict) else None
    location = response.get("location") if isinstance(response, dict) else None
    if found := _LOCATION.search(location if isinstance(location, str) else ""):
        return found[1]
    searched = server.read(server.url(FORM, {**server.whose(FORM, patient), "identifier": name}), FORM)
    for each in searched.get("entry") or ():
        kept = each.get("resource") if isinstance(each, dict) else None
        if isinstance(kept, dict) and form["identifier"] in _named(kept) and isinstance(kept.get("id"), str):
            return str(kept["id"])
    raise ExchangeFailed(
        "The server does not say where it keeps the answers of the form, so the plan was not written. Try again later; "
        "nothing is written twice."
    )
