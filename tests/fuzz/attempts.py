"""One attempt: a request that is made of a seed by a number, and that can be kept and sent again."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from service.api.openapi.document import DESCRIBED
from tests.fuzz import pools
from tests.fuzz.json_text import written
from tests.fuzz.mutate import damaged, packed, shuffled, spoiled
from tests.fuzz.seeds import Seeds
from tests.support.as_xml import as_xml
from tests.support.calls import HOOKS

ASSESS, MESSAGE, TRANSLATE = "/fhir/$assess-spinal-tumour", "/fhir/$process-message", "/fhir/ConceptMap/$translate"
JSON, FHIR, XML = "application/json", "application/fhir+json", "application/fhir+xml"
FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "boundary"


@dataclass(frozen=True)
class Attempt:
    """A request."""

    kind: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def kept(self) -> str:
        """As JSON, to be sent again."""
        body = base64.b64encode(self.body).decode()
        return json.dumps(
            {"kind": self.kind, "method": self.method, "path": self.path, "headers": self.headers, "body": body}
        )

    @classmethod
    def read(cls, text: str) -> Attempt:
        found = json.loads(text)
        headers = tuple((name, value) for name, value in found["headers"])
        return cls(found["kind"], found["method"], found["path"], headers, base64.b64decode(found["body"]))


#: How often each kind comes, of a hundred.
SHARES = {
    "bundle": 40,
    "parameters": 8,
    "xml": 8,
    "message": 8,
    "call": 16,
    "feedback": 4,
    "form": 5,
    "translate": 4,
    "later": 2,
    "read": 5,
}


class Maker:
    """Makes the attempts of a run: the same for the same number and the same seed."""

    def __init__(self, seeds: Seeds, seed: int) -> None:
        self._seeds = seeds
        self._seed = seed
        self._kinds = [kind for kind, share in SHARES.items() for _ in range(share)]

    def attempt(self, number: int) -> Attempt:
        """The attempt of a number."""
        rng = Random(self._seed * 1_000_003 + number)
        kind = rng.choice(self._kinds)
        made: Attempt = getattr(self, f"_{kind}")(rng)
        return _disguised(made, rng)

    def _record(self, rng: Random) -> Any:
        seed = rng.choice(self._seeds.large if rng.random() < 0.01 else self._seeds.records)
        found = spoiled(seed, self._seeds.records, rng)
        return shuffled(found, rng) if rng.random() < 0.1 else found

    def _bundle(self, rng: Random) -> Attempt:
        return Attempt("bundle", "POST", ASSESS + _query(rng), _type(FHIR), _json(self._record(rng)))

    def _later(self, rng: Random) -> Attempt:
        headers = (*_type(FHIR), ("Prefer", "respond-async"))
        return Attempt("later", "POST", ASSESS + _query(rng), headers, _json(self._record(rng)))

    def _parameters(self, rng: Random) -> Attempt:
        given: list[Any] = [
            {"name": "bundle", "resource": rng.choice(self._seeds.records)},
            {"name": "asOf", "valueDateTime": rng.choice(("2026-10-02", *pools.DATES))},
            {"name": "assumeComplete", "valueBoolean": True},
            {"name": "policy", "valueString": rng.choice(("default", pools.text(rng)))},
            {"name": "return", "valueCode": rng.choice(("collection", "transaction"))},
        ]
        asked = {"resourceType": "Parameters", "parameter": rng.sample(given, rng.randrange(1, 6))}
        return Attempt("parameters", "POST", ASSESS, _type(FHIR), _json(spoiled(asked, self._seeds.records, rng)))

    def _xml(self, rng: Random) -> Attempt:
        for _ in range(5):
            try:
                body = as_xml(self._record(rng))
                break
            except (KeyError, AttributeError, TypeError, RecursionError, ValueError):
                continue  # no XML can say what this has become
        else:
            body = as_xml(self._seeds.records[0])
        if rng.random() < 0.6:
            body = _spoiled_xml(body, rng)
        return Attempt("xml", "POST", rng.choice((ASSESS, ASSESS, ASSESS, MESSAGE)), _type(XML), body)

    def _message(self, rng: Random) -> Attempt:
        body = _json(spoiled(rng.choice(self._seeds.messages), self._seeds.records, rng))
        return Attempt("message", "POST", MESSAGE, _type(FHIR), body)

    def _call(self, rng: Random) -> Attempt:
        name, seed = rng.choice(self._seeds.calls)
        name = rng.choice((*HOOKS, "x")) if rng.random() < 0.05 else name
        body = _json(spoiled(seed, self._seeds.records, rng))
        return Attempt("call", "POST", f"/cds-services/{name}", _type(JSON), body)

    def _feedback(self, rng: Random) -> Attempt:
        body = _json(spoiled(rng.choice(self._seeds.feedback), self._seeds.feedback, rng))
        return Attempt("feedback", "POST", f"/cds-services/{rng.choice([*HOOKS])}/feedback", _type(JSON), body)

    def _form(self, rng: Random) -> Attempt:
        fields = dict(rng.choice(self._seeds.forms))
        for _ in range(rng.randrange(4)):
            name = rng.choice([*fields, "do", "origin", "lesion.9.level", "lesion.99999999.x", "x"])
            fields[name] = rng.choice(
                (pools.text(rng), str(pools.fitting("value", rng)), "remove:0", "add", "open", "ehr")
            )
        path = rng.choice(
            ("/app", "/app", *(f"/app/download/{each}" for each in ("sheet", "pdf", "text", "answer", "case")))
        )
        path += rng.choice(("", "?lang=ja", "?lang=xx", "?smart=x"))
        if rng.random() < 0.3:
            file = _json(self._record(rng))
            return Attempt(
                "form", "POST", "/app", _type(f"multipart/form-data; boundary={_BOUNDARY}"), _parts(fields, file)
            )
        body = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in fields.items()])
        return Attempt("form", "POST", path, _type(FORM), body.encode())

    def _translate(self, rng: Random) -> Attempt:
        if rng.random() < 0.4:
            body = _json(spoiled(rng.choice(self._seeds.questions), self._seeds.questions, rng))
            return Attempt("translate", "POST", TRANSLATE, _type(FHIR), body)
        asked = {"system": rng.choice(pools.SYSTEMS), "code": rng.choice((*pools.CODES, pools.text(rng)))}
        path = rng.choice((TRANSLATE, f"/fhir/ConceptMap/{_segment(rng)}/$translate"))
        return Attempt("translate", "GET", f"{path}?{_encoded(asked)}", ())

    def _read(self, rng: Random) -> Attempt:
        """Any door, with anything in its path and its query."""
        door = rng.choice(DESCRIBED)
        path = door.path
        for each in door.parameters:
            if each.where == "path":
                given = rng.choice((each.example or "x", _segment(rng)))
                path = path.replace(f"{{{each.name}}}", given)
        asked = {each.name: pools.text(rng) for each in door.parameters if each.where == "query" and rng.random() < 0.4}
        method = rng.choice(
            (door.method, door.method, "GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE")
        )
        body = pools.text(rng).encode("utf-8", "surrogatepass") if method in ("POST", "PUT", "PATCH") else b""
        return Attempt("read", method, f"{path}?{_encoded(asked)}" if asked else path, (), body)


def _json(value: Any) -> bytes:
    return written(value).encode("utf-8", "surrogatepass")


def _type(name: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", name),)


def _segment(rng: Random) -> str:
    return quote(pools.text(rng)[:200].encode("utf-8", "surrogatepass"), safe="") or "x"


def _encoded(asked: dict[str, str]) -> str:
    return urlencode([(name, value[:3000].encode("utf-8", "surrogatepass")) for name, value in asked.items()])


def _query(rng: Random) -> str:
    if rng.random() < 0.85:
        return ""
    names = ("asOf", "assumeComplete", "policy", "return", "_format", "_pretty", "lang", "x")
    asked = {name: rng.choice((*pools.DATES, "true", "transaction", "json", "ja", pools.text(rng))) for name in names}
    return "?" + _encoded({name: value for name, value in asked.items() if rng.random() < 0.3})


_ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd">',
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<?xml version="1.1" encoding="utf-7"?>',
    "<?xml-stylesheet href='x'?>",
    "<!-- x -->" * 50,
)


def _spoiled_xml(body: bytes, rng: Random) -> bytes:
    text = body.decode("utf-8", "replace")
    spots = [n for n, each in enumerate(text) if each == "<"] or [0]
    at = rng.choice(spots)
    match rng.randrange(6):
        case 0:
            text = rng.choice(_ENTITIES) + text
        case 1:
            text = text.replace('value="', 'value="&c;&e;&#0;', 1)
        case 2:
            depth = rng.choice((5, 90, 400, 3000))
            text = text[:at] + "<extension>" * depth + "</extension>" * depth + text[at:]
        case 3:
            text = text[:at] + f"<x:y xmlns:x='u'>{escape(pools.text(rng))}</x:y>" + text[at:]
        case 4:
            text = text[:at] + f"<![CDATA[{pools.text(rng)}]]>" + text[at:]
        case _:
            text = text.replace("http://hl7.org/fhir", rng.choice(("", "x", "http://www.w3.org/1999/xhtml")), 1)
    return text.encode("utf-8", "surrogatepass")


def _parts(fields: dict[str, str], file: bytes) -> bytes:
    """A form with a file."""
    made = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value.encode("utf-8", "surrogatepass")
        + b"\r\n"
        for name, value in {**fields, "do": "open"}.items()
    ]
    made.append(
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.json"\r\n\r\n'.encode()
        + file
        + b"\r\n"
    )
    return b"".join(made) + f"--{_BOUNDARY}--\r\n".encode()


def _disguised(made: Attempt, rng: Random) -> Attempt:
    """The attempt with damage to its bytes, packed, and with other headers; most often as it is."""
    body, headers = made.body, list(made.headers)
    if body and rng.random() < 0.08:
        for _ in range(rng.randrange(1, 4)):
            body = damaged(body, rng)
    if body and rng.random() < 0.05:
        body = packed(body, rng)
        headers.append(("Content-Encoding", "gzip"))
    if rng.random() < 0.12:
        for _ in range(rng.randrange(1, 4)):
            name, values = rng.choice(pools.HEADERS)
            headers = [each for each in headers if each[0] != name]
            headers.append((name, rng.choice(values)))
    return Attempt(made.kind, made.method, made.path, tuple(headers), body)
