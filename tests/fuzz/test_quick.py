"""A few hundred hostile requests, always the same: ``make fuzz`` sends a hundred thousand, and others each time."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from flask import Flask

from tests.fuzz import pools
from tests.fuzz.attempts import SHARES, Attempt, Maker
from tests.fuzz.json_text import Members, Raw, nested, written
from tests.fuzz.judge import Wrong, judge
from tests.fuzz.mutate import damaged, packed, spoiled
from tests.fuzz.running import Figures, Plan, run
from tests.fuzz.seeds import Seeds, seeds
from tests.fuzz.sending import Sender
from tests.fuzz.targets import TARGETS, timed

_QUICK = 400


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Sender:
    return Sender(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(scope="module")
def made(sender: Sender) -> Seeds:
    return seeds(sender.client)


# The service


def test_nothing_that_is_sent_brings_the_service_to_a_fault(sender: Sender, made: Seeds) -> None:
    maker = Maker(made, seed=7)
    outcomes = {number: sender.send(maker.attempt(number), number) for number in range(_QUICK)}
    assert {number: outcome.wrong for number, outcome in outcomes.items() if outcome.wrong} == {}
    assert sum(outcome.status == 200 for outcome in outcomes.values()) > _QUICK / 5


@pytest.mark.parametrize("name", TARGETS)
def test_a_way_in_takes_what_it_is_begun_with_and_damage_to_it(name: str) -> None:
    target = TARGETS[name]
    way, rng = target.make(), Random(3)
    for seed in target.seeds():
        way(seed)  # untimed: what is loaded for the first of all
    way = timed(way)
    for seed in target.seeds():
        for _ in range(15):
            way(damaged(seed, rng))


# The fuzzer itself: what cannot find anything proves nothing.


def test_every_seed_is_answered_as_it_is(sender: Sender, made: Seeds) -> None:
    """A seed that is refused at once would be changed in vain."""
    tried = [Attempt("call", "POST", f"/cds-services/{name}", _JSON, _body(call)) for name, call in made.calls]
    tried += [Attempt("message", "POST", "/fhir/$process-message", _FHIR, _body(each)) for each in made.messages]
    path = "/cds-services/spinal-tumour-patient-view/feedback"
    tried += [Attempt("feedback", "POST", path, _JSON, _body(each)) for each in made.feedback]
    path = "/fhir/ConceptMap/$translate"
    tried += [Attempt("translate", "POST", path, _FHIR, _body(each)) for each in made.questions]
    for attempt in tried:
        outcome = sender.send(attempt)
        assert (outcome.status, outcome.wrong) == (200, ""), attempt.kind
    answered = [
        sender.send(Attempt("bundle", "POST", "/fhir/$assess-spinal-tumour", _FHIR, _body(each))).status == 200
        for each in made.records
    ]
    assert sum(answered) > len(answered) / 2


_FHIR = (("Content-Type", "application/fhir+json"),)
_JSON = (("Content-Type", "application/json"),)


def _body(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_same_number_makes_the_same_attempt_and_it_can_be_kept(made: Seeds) -> None:
    one, other = Maker(made, seed=1), Maker(made, seed=1)
    attempts = [one.attempt(number) for number in range(200)]
    assert attempts == [other.attempt(number) for number in range(200)]
    assert attempts != [Maker(made, seed=2).attempt(number) for number in range(200)]
    assert [Attempt.read(each.kept()) for each in attempts] == attempts
    kinds = Counter(each.kind for each in attempts)
    assert set(kinds) == set(SHARES)


def test_mutations_do_what_they_say(made: Seeds) -> None:
    rng = Random(1)
    first = made.records[0]
    before = json.dumps(first)
    results = {written(spoiled(first, made.records, rng)) for _ in range(50)}
    assert json.dumps(first) == before
    assert len(results) > 40
    assert written(Members({"a": 1}, ("a", Raw("1e999")))) == '{"a":1,"a":1e999}'
    assert written([nested(3), "\ud800"]) == '[[[[1]]],"\\ud800"]'
    assert len({damaged(b"0123456789", rng) for _ in range(50)}) > 20
    assert len({packed(b"0123456789", rng) for _ in range(50)}) > 5


@pytest.fixture
def broken(tmp_path: Path) -> Sender:
    """A service with faults in it."""
    sender = Sender(tmp_path)
    _break(sender.app)
    return sender


def _break(app: Flask) -> None:
    def crash() -> str:
        raise KeyError("x")

    def echo() -> tuple[str, int]:
        return pools.MARK, 400

    def turn() -> str:
        while True:
            pass

    names = {rule.rule: rule.endpoint for rule in app.url_map.iter_rules()}
    app.view_functions[names["/fhir/metadata"]] = crash
    app.view_functions[names["/openapi.json"]] = echo
    app.view_functions[names["/docs"]] = turn


def test_a_crash_an_echo_and_a_hang_are_found(broken: Sender) -> None:
    found = [broken.send(Attempt("read", "GET", path, ())) for path in ("/fhir/metadata", "/openapi.json", "/docs")]
    assert "status 500" in found[0].wrong
    assert "KeyError" in found[0].told
    assert "a refusal is" in found[1].wrong
    assert "hang" in found[2].wrong


def test_a_text_of_the_request_in_a_refusal_is_found(sender: Sender) -> None:
    attempt = Attempt("read", "GET", f"/fhir/Nonsense/{pools.MARK}", ())
    response = sender.client.get(attempt.path)
    judge(attempt, response, thoroughly=True)
    response.set_data(response.get_data().replace(b"There", f"There {pools.MARK}".encode()))
    with pytest.raises(Wrong, match="a text of the request"):
        judge(attempt, response, thoroughly=True)


def test_growth_is_found() -> None:
    mib = 1024 * 1024
    figures = Figures()
    figures.memory = {0: [100 * mib] * 20, 1: [*[100 * mib] * 10, *[130 * mib] * 10]}
    assert figures.grown() == ["process 1 grew from 100 to 130 MiB"]


def test_a_run_in_processes_counts_all_of_its_attempts() -> None:
    told: list[int] = []
    figures = run(Plan(count=30, seconds=600, seed=7, processes=2), told.append)
    assert (figures.made, sum(told), figures.findings) == (30, 30, {})
    assert set(figures.memory) == {0, 1}


def test_what_is_repeated_within_what_is_repeated_does_not_grow_without_end(made: Seeds) -> None:
    attempt = Maker(made, seed=20261122).attempt(67563)  # which went on for ever once
    assert len(attempt.body) < 50_000_000
