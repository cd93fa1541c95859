"""What atheris calls: the ways into the service, each by itself, with the exceptions that it may raise."""
# ruff: noqa: PLC0415  # what is imported within a function is imported while atheris instruments it

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

import orjson

from tests.fuzz.limits import LONGEST_S


@dataclass(frozen=True)
class Target:
    """A way in."""

    make: Callable[[], Callable[[bytes], None]]
    seeds: Callable[[], Iterator[bytes]]


class TooSlow(Exception):
    """An input took more than two seconds of processor time."""


def _record() -> Callable[[bytes], None]:
    """The whole way of a record: decoding, intake, scores, plan, answer."""
    from service.fhir_mapping.inbound.decode import decode
    from service.fhir_mapping.inbound.parameters import question
    from service.fhir_mapping.inbound.strict import validate
    from service.fhir_mapping.outbound import answer
    from service.pipeline import Site, answered
    from service.problems import Rejected

    site, today = Site(), date(2026, 10, 2)

    def way(data: bytes) -> None:
        try:
            asked = question(decode(data[1:]))
            if data[:1] == b"!":
                validate(asked.bundle)
            orjson.dumps(answer(answered(asked, today, site), asked.form))
        except Rejected:
            return

    return way


def _xml() -> Callable[[bytes], None]:
    from service.fhir_mapping.inbound.parameters import question
    from service.fhir_mapping.inbound.xml import from_xml
    from service.pipeline import Site, answered
    from service.problems import Rejected

    site, today = Site(), date(2026, 10, 2)

    def way(data: bytes) -> None:
        try:
            answered(question(from_xml(data)), today, site)
        except Rejected:
            return

    return way


def _token() -> Callable[[bytes], None]:
    """A header Authorization, and the token in it up to its signature."""
    from service.callers import scopes, tokens
    from service.callers.judge import bearer
    from service.callers.refused import Refused

    def way(data: bytes) -> None:
        try:
            token = tokens.taken_apart(bearer(data.decode("latin-1")))
            tokens.check_algorithm(token, ("ES384", "RS384"))
            tokens.text_claim(token, "iss")
            tokens.check_audience(token, "x".__eq__)
            tokens.check_times(token, 1_790_000_000.0, 300)
            scopes.granted(tokens.scopes_of(token), ("system/*.cruds",))
        except Refused:
            return

    return way


def _headers() -> Callable[[bytes], None]:
    """The headers that say what is sent and what is wanted."""
    from flask import Request
    from werkzeug.test import EnvironBuilder

    from service.api import languages, media
    from service.api.preferences import preferences
    from service.problems import Rejected

    names = ("Content-Type", "Accept", "Accept-Language", "Prefer", "X-Request-Id", "Content-Encoding")

    def way(data: bytes) -> None:
        lines = data.decode("latin-1").replace("\r", "").split("\n")
        given = {name: line for name, line in zip(names, lines, strict=False) if line}
        query = {"_format": lines[-1]} if len(lines) > len(names) else {}
        request = Request(EnvironBuilder(method="POST", headers=given, query_string=query, data=data).get_environ())
        for judge in (media.content_type, media.accepted, media.request_id, preferences, languages.language):
            try:
                judge(request)
            except Rejected:
                continue
        try:
            media.body(request, 1_000_000)
        except Rejected:
            return

    return way


def _values() -> Callable[[bytes], None]:
    """Dates, quantities with their units, and answers that are typed."""
    from service.fhir_mapping.inbound.dates import BadDate, when
    from service.fhir_mapping.inbound.units import UnknownUnit, convert
    from service.page.answers import typed

    def way(data: bytes) -> None:
        text = data.decode("utf-8", "surrogatepass") if _is_text(data) else data.decode("latin-1")
        with suppress(BadDate):
            when(text)
        with suppress(UnknownUnit):
            convert(3.5, text, "albumin", "g/dL")
        name, _, value = text.partition("=")
        typed([(name, value), ("albumin", text), ("lesion.0.level", text), ("age", text)])

    return way


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True


def _records() -> Iterator[bytes]:
    from service.api.openapi import examples
    from tests.support.stored import CASES, contract

    for value in (examples.BUNDLE, examples.PARAMETERS, *(contract(case) for case in CASES)):
        yield b" " + orjson.dumps(value)
        yield b"!" + orjson.dumps(value)


def _documents() -> Iterator[bytes]:
    from service.api.openapi import examples
    from tests.support.as_xml import as_xml
    from tests.support.stored import CASES, contract

    yield from (as_xml(value) for value in (examples.BUNDLE, *(contract(case) for case in CASES)))


def _headings() -> Iterator[bytes]:
    yield b"application/fhir+json; fhirVersion=4.0\n*/*;q=0.5\nja,en;q=0.3\nhandling=strict; return=minimal\nabc\ngzip"
    yield b"application/fhir+xml\napplication/fhir+json\n*\nrespond-async\n\n\njson"


def _authorizations() -> Iterator[bytes]:
    # {"alg":"ES384","kid":"a"} . {"iss":"x","aud":"x","exp":1790000100,"iat":1790000000,"jti":"j","scope":"system/*.c"}
    yield (
        b"Bearer eyJhbGciOiJFUzM4NCIsImtpZCI6ImEifQ.eyJpc3MiOiJ4IiwiYXVkIjoieCIsImV4cCI6MTc5MDAwMDEwMCwiaWF0IjoxNzkwMD"
        b"AwMDAwLCJqdGkiOiJqIiwic2NvcGUiOiJzeXN0ZW0vKi5jIn0.c2ln"
    )
    yield b"bearer eyJhbGciOiJub25lIn0.e30.eA"


def _texts() -> Iterator[bytes]:
    for text in ("2026-10-01T10:00:00.5+02:00", "2026-02", "g/dL", "10*3/uL", "(m.s)/kg2{x}", "age=62", "ecog=<3.5"):
        yield text.encode()


TARGETS = {
    "record": Target(_record, _records),
    "xml": Target(_xml, _documents),
    "token": Target(_token, _authorizations),
    "headers": Target(_headers, _headings),
    "values": Target(_values, _texts),
}


def timed(way: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """A way in that says when it took too long."""

    def called(data: bytes) -> None:
        begun = time.process_time()
        way(data)
        if time.process_time() - begun > LONGEST_S:
            raise TooSlow(f"{time.process_time() - begun:.1f} s of processor time")

    return called


def main() -> None:
    import atheris

    target = TARGETS[sys.argv.pop(1)]
    with atheris.instrument_imports(include=["service"]):
        way = timed(target.make())
    for seed in target.seeds():  # what is slow only the first time, such as a model that is built
        target.make()(seed)
    atheris.Setup(sys.argv, way)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
