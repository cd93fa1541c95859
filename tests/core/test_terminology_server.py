"""An optional terminology server: it widens what is known, within its time, and is never needed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from service.fhir_mapping.inbound import take_in
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.parameters import Question
from service.fhir_mapping.terminology import SNOMED, STANDARD
from service.pipeline import Site, answered
from service.policy import DEFAULT
from service.problems import Ledger
from service.terminology_server import BadServer, Limits, TerminologyServer
from tests.support.records import AS_OF, LOINC, bundle, condition, metastasis, observation

#: Codes that no map knows. Two steps lead from them to the breast, one to spine and kidney, others to nothing.
BREAST, BETWEEN, BOTH, OTHER, ROUND = "900000001", "900000002", "900000003", "900000004", "900000005"
PARENTS = {
    BREAST: [BETWEEN],
    BETWEEN: ["254837009"],
    BOTH: ["94602001", "363518003"],
    OTHER: ["64572001"],
    ROUND: [ROUND, "900000006"],
    "900000006": [ROUND],
}


class Fake:
    """A server with a few codes, that counts what it is asked and can be made to fail."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.body: bytes | None = None
        self.status = 200
        self.hold: threading.Event | None = None
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                fake.asked.append(query)
                if fake.hold is not None:
                    fake.hold.wait(20)
                code = query["code"][0]
                body = fake.body if fake.body is not None else json.dumps(parameters(code)).encode()
                self.send_response(fake.status if code in PARENTS else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/fhir"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def codes(self) -> list[str]:
        return [query["code"][0] for query in self.asked]


def related(how: str, code: str) -> dict[str, Any]:
    return {"name": "property", "part": [{"name": "code", "valueCode": how}, {"name": "value", "valueCode": code}]}


def parameters(code: str) -> dict[str, Any]:
    return {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "display", "valueString": "x"},
            *(
                {
                    "name": "property",
                    "part": [{"name": "code", "valueCode": "parent"}, {"name": "value", "valueCode": p}],
                }
                for p in PARENTS.get(code, ())
            ),
            {"name": "property", "part": [{"name": "code", "valueCode": "child"}, {"name": "value", "valueCode": "1"}]},
        ],
    }


@pytest.fixture
def fake() -> Iterator[Fake]:
    made = Fake()
    yield made
    if made.hold:
        made.hold.set()
    made.server.shutdown()
    made.server.server_close()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def record(*codes: str) -> dict[str, Any]:
    return bundle(metastasis(), *(condition(code, SNOMED) for code in codes))


def tumour(server: TerminologyServer, code: str) -> Any:
    return dict(server.widened(record(code)).terminology.condition(SNOMED, code) or ()).get("primary-tumour")


def test_a_code_says_what_the_nearest_known_code_above_it_says(fake: Fake) -> None:
    assert STANDARD.condition(SNOMED, BREAST) is None
    assert tumour(TerminologyServer(fake.base), BREAST) == {"breast"}
    assert fake.codes() == [BREAST, BETWEEN]
    assert fake.asked[0] == {"system": [SNOMED], "code": [BREAST], "property": ["parent"]}


def test_a_code_says_what_all_codes_above_it_say(fake: Fake) -> None:
    terms = TerminologyServer(fake.base).widened(record(BOTH)).terminology
    assert dict(terms.condition(SNOMED, BOTH) or ()) == {
        "bone-metastasis-site": {"spine"},
        "primary-tumour": {"kidney"},
    }
    assert terms.is_metastasis(SNOMED, BOTH)


def test_the_record_is_read_by_it_and_the_remark_says_so(fake: Fake) -> None:
    sent = record(BREAST)
    widened = TerminologyServer(fake.base).widened(sent)
    case = take_in(sent, when(AS_OF), DEFAULT, terms=widened.terminology).case
    assert case.about("primary-tumour").values == {"breast"}
    (remark,) = widened.remarks
    assert remark.code is Ledger.TERMINOLOGY_SERVER
    assert remark.text == "1 code read by the terminology server, as what it is a kind of"


def test_a_record_as_it_was_decoded_is_understood_too(fake: Fake) -> None:
    body = json.dumps(record(BREAST)).encode()
    assert TerminologyServer(fake.base).widened(decode(body)).remarks


@pytest.mark.parametrize("code", [OTHER, ROUND, "900000099"])
def test_a_code_above_which_nothing_is_known_stays_unknown_without_a_remark(fake: Fake, code: str) -> None:
    server = TerminologyServer(fake.base)
    widened = server.widened(record(code))
    assert widened.terminology is STANDARD
    assert widened.remarks == ()


def test_only_unknown_codes_of_snomed_ct_in_diagnoses_and_procedures_are_asked_for(fake: Fake) -> None:
    sent = bundle(
        condition("C50.9"),
        condition("254837009", SNOMED),
        condition("X9", "http://hospital.example"),
        condition("9 OR 1=1", SNOMED),
        observation("12345-6", 1, system=LOINC),
        observation(BREAST, 1, system=SNOMED),
    )
    TerminologyServer(fake.base).widened(sent)
    assert fake.asked == []


def test_answers_are_remembered_for_their_time(fake: Fake) -> None:
    clock = Clock()
    server = TerminologyServer(fake.base, limits=Limits(keep=100), clock=clock)
    first = server.widened(record(BREAST, OTHER)).terminology
    asked = len(fake.asked)
    assert server.widened(record(OTHER, BREAST)).terminology is first
    assert len(fake.asked) == asked
    clock.now = 101
    server.widened(record(BREAST))
    assert len(fake.asked) > asked


@pytest.mark.parametrize("body", [b"", b"[", b"<html>", b"x" * 2_000_000])
def test_an_answer_that_is_none_leaves_all_as_it_is_but_for_a_remark(fake: Fake, body: bytes) -> None:
    fake.body = body
    widened = TerminologyServer(fake.base).widened(record(BREAST))
    assert widened.terminology is STANDARD
    (remark,) = widened.remarks
    assert remark.text == "the terminology server did not answer in time: 1 code stayed unknown"
    assert BREAST not in remark.text


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b"3", b'{"parameter": 3}', b'{"parameter": [{"name": "property", "part": 3}]}']
)
def test_an_answer_of_another_form_says_nothing(fake: Fake, body: bytes) -> None:
    fake.body = body
    assert TerminologyServer(fake.base).widened(record(BREAST)).terminology is STANDARD


@pytest.mark.parametrize("status", [301, 401, 429, 500, 503])
def test_after_a_failure_it_is_left_alone_for_a_while(fake: Fake, status: int) -> None:
    clock = Clock()
    fake.status = status
    server = TerminologyServer(fake.base, clock=clock)
    assert server.widened(record(BREAST, BOTH)).remarks[0].text.endswith("2 codes stayed unknown")
    assert server.widened(record(BREAST)).remarks
    assert len(fake.asked) == 1
    fake.status, clock.now = 200, 61
    assert tumour(server, BREAST) == {"breast"}


def test_a_slow_server_costs_no_more_than_the_budget(fake: Fake) -> None:
    fake.hold = threading.Event()
    server = TerminologyServer(fake.base, limits=Limits(budget=0.2, each=0.1))
    widened = server.widened(record(BREAST, BOTH))
    assert widened.terminology is STANDARD
    assert widened.remarks[0].text.endswith("2 codes stayed unknown")
    assert len(fake.asked) == 1


def test_a_server_that_is_not_there_is_not_needed() -> None:
    widened = TerminologyServer("http://127.0.0.1:9/fhir").widened(record(BREAST))
    assert widened.terminology is STANDARD
    assert len(widened.remarks) == 1


@pytest.mark.parametrize(
    "base", ["", "host", "ftp://host/fhir", "http://host/fhir", "https://", "http://[", "file:///etc"]
)
def test_an_address_that_is_none_is_refused_in_one_line(base: str) -> None:
    with pytest.raises(BadServer) as refused:
        TerminologyServer(base)
    assert "https" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("broken", [None, 3, {}, {"resourceType": "Bundle", "entry": 3}])
def test_what_is_no_record_is_nobodys_business(fake: Fake, broken: object) -> None:
    assert TerminologyServer(fake.base).widened(broken).terminology is STANDARD
    assert fake.asked == []


def test_a_question_is_answered_with_what_the_server_knows_and_says_so_in_the_ledger(fake: Fake) -> None:
    asked = Question(record(BREAST))
    found = answered(asked, date(2026, 10, 2), Site(terminology_server=TerminologyServer(fake.base)))
    assert [line.code for line in found.ledger] == ["terminology-server"]
    assert found.case.possible("primary-tumour") == {"breast"}
    assert found.maps is not None
    without = answered(asked, date(2026, 10, 2), Site())
    assert without.maps is None
    assert len(without.case.possible("primary-tumour")) > 1
