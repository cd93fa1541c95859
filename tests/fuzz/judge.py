"""What an answer has to be, whatever was sent."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from werkzeug.test import TestResponse

from tests.fuzz.attempts import ASSESS, FHIR, MESSAGE, Attempt
from tests.fuzz.pools import MARK
from tests.support.door import ISSUE_TYPES
from tests.support.hooks_specification import check_response

_XHTML = "{http://www.w3.org/1999/xhtml}"
_NARRATIVE = frozenset("div p b ul ol li table thead tbody tr th td span br i em strong h1 h2 h3 caption code".split())
_NOTHING = (204, 304)
_LAUNCHES = ("/app/launch", "/app/callback")
#: Statuses with which a refusal may come.
_REFUSALS = frozenset((400, 401, 403, 404, 405, 406, 412, 413, 414, 415, 416, 417, 422, 429, 431))


class Wrong(Exception):
    """What is wrong with an answer."""


def _want(holds: object, what: str) -> None:
    if not holds:
        raise Wrong(what)


def content(response: TestResponse) -> bytes:
    data = response.get_data()
    return gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data


def judge(attempt: Attempt, response: TestResponse, *, thoroughly: bool) -> None:
    """Looks at an answer; ``thoroughly`` takes a few milliseconds more.

    Raises:
        Wrong: it is not as it has to be.
    """
    status = response.status_code
    # A launch that is not set up says 503; nothing else here is ever busy.
    _want(status < 500 or (status == 503 and attempt.path.startswith(_LAUNCHES)), f"status {status}")
    _want(response.headers.get("X-Request-Id"), "no X-Request-Id")
    for name, value in response.headers:
        _want(not set(value) & set("\r\n\x00"), f"a control character in the header {name}")
        _want(MARK not in value or name in ("X-Request-Id", "Location"), f"a text of the request in the header {name}")
    if status in _NOTHING or attempt.method in ("HEAD", "OPTIONS"):
        return
    data = content(response)
    path = attempt.path.split("?")[0]
    if status >= 400:
        _want(status in _REFUSALS or status == 503, f"status {status}")
        _refusal(path, response, data)
    elif response.mimetype.endswith("json"):
        _answer(path, response, orjson.loads(data), thoroughly=thoroughly)
    elif response.mimetype == "application/pdf":
        _want(data.startswith(b"%PDF-"), "no PDF")


def _refusal(path: str, response: TestResponse, data: bytes) -> None:
    if (path == "/app" or path.startswith((*_LAUNCHES, "/app/download", "/knowledge/"))) and response.mimetype != FHIR:
        # The page with what was typed is given back to whoever typed it, so only its form is looked at.
        _want(response.mimetype == "text/html", f"a refusal of the page is {response.mimetype}")
        _want("<!doctype html" in data.decode()[:200] or "<div" in data.decode(), "a refusal of the page is no page")
        return
    if path == "/auth/token":
        return
    _want(response.mimetype == "application/fhir+json", f"a refusal is {response.mimetype}")
    refused = orjson.loads(data)
    _want(MARK not in data.decode(), "a text of the request is in the refusal")
    _outcome(refused, errors=True)


def _outcome(outcome: Any, *, errors: bool) -> None:
    _want(outcome["resourceType"] == "OperationOutcome" and outcome["issue"], "no OperationOutcome")
    for issue in outcome["issue"]:
        _want(issue["code"] in ISSUE_TYPES, "an issue has a code that there is not")
        if errors:
            _want(
                issue["severity"] == "error" and issue["expression"] and all(issue["expression"]),
                "an issue is no error",
            )
            _want(issue["diagnostics"].endswith((".", "\u3002")), "a problem is not said in a sentence")
            _want("Traceback" not in issue["diagnostics"], "a trace is shown")
            _want(len(issue["diagnostics"]) < 4000, "a problem is said at length")


def _answer(path: str, response: TestResponse, answer: Any, *, thoroughly: bool) -> None:
    if path == ASSESS and response.status_code == 200:
        _assessment(answer, thoroughly=thoroughly)
    elif path == MESSAGE:
        _want(answer["type"] == "message", "the answer to a message is none")
        _want(answer["entry"][0]["resource"]["response"]["code"] in ("ok", "fatal-error"), "no response")
        outcomes = [
            each["resource"] for each in answer["entry"] if each["resource"]["resourceType"] == "OperationOutcome"
        ]
        if answer["entry"][0]["resource"]["response"]["code"] == "fatal-error":
            for outcome in outcomes:
                _want(MARK not in orjson.dumps(outcome).decode(), "a text of the request is in the refusal")
    elif path.startswith("/cds-services/") and not path.endswith("feedback"):
        _want(len(answer["cards"]) <= 3, "more than three cards")
        if thoroughly:
            try:
                check_response(answer)
            except (AssertionError, KeyError) as error:
                raise Wrong(f"cards: {error}"[:200]) from None


def _assessment(answer: Any, *, thoroughly: bool) -> None:
    if answer["resourceType"] == "OperationOutcome":  # Prefer: return=OperationOutcome
        _outcome(answer, errors=False)
        return
    _want(answer["type"] in ("collection", "transaction") and answer["entry"], "no entries")
    kinds = {entry["resource"]["resourceType"] for entry in answer["entry"]}
    _want({"GuidanceResponse", "Device"} <= kinds, "an answer without its parts")
    if thoroughly:
        for resource in _resources(answer):
            _narrative(resource)


def _resources(answer: Any) -> Iterator[Any]:
    for entry in answer["entry"]:
        yield entry["resource"]
        yield from entry["resource"].get("contained", ())


def _narrative(resource: Any) -> None:
    said = resource.get("text")
    if said is None:
        return
    try:
        root = fromstring(said["div"])
    except (ParseError, DefusedXmlException) as error:
        raise Wrong(f"the narrative of a {resource['resourceType']} is no XML: {error}") from None
    for element in root.iter():
        _want(element.tag.removeprefix(_XHTML) in _NARRATIVE, f"a narrative has the element {element.tag[:40]}")
        _want(not set(element.attrib) - {"class", "lang", "{http://www.w3.org/XML/1998/namespace}lang"}, "an attribute")
