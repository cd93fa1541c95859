"""What a server says of its authorization is asked for once in a while, however many launches there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.outgoing.limits import Limits
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport
from service.smart.configuration import Configurations
from service.smart.failure import SmartFailed
from tests.support.fhir_server import Fault
from tests.support.smart_ehr import Ehr

PATH = "GET .well-known/smart-configuration"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ask(ehr: Ehr, clock: Clock) -> Callable[[], Any]:
    kept = Configurations(clock)
    transport = Transport(Limits(tries=1), reach=Reach.of([ehr.store.base]))
    return lambda: kept.of(transport, ehr.store.base)


def test_many_launches_ask_a_server_once(browser: FlaskClient, ehr: Ehr) -> None:
    for _ in range(20):
        assert browser.get(f"/app/launch?iss={ehr.store.base}&launch=a").status_code == 303
    assert len(ehr.store.paths(PATH)) == 1


def test_many_launches_ask_a_server_that_fails_once(browser: FlaskClient, ehr: Ehr) -> None:
    ehr.store.faults.append(Fault("smart-configuration", 500, times=99))
    texts = {browser.get(f"/app/launch?iss={ehr.store.base}&launch=a").text for _ in range(20)}
    assert len(ehr.store.paths(PATH)) == 1
    assert len(texts) == 1
    assert "overloaded" in texts.pop()


def test_after_some_minutes_it_is_asked_again(ask: Callable[[], Any], ehr: Ehr, clock: Clock) -> None:
    first = ask()
    ehr.configuration = {"issuer": "https://other.example"}
    clock.now = 299
    assert ask() == first
    clock.now = 301
    assert ask().issuer == "https://other.example"


@pytest.mark.parametrize("fault", [Fault("smart-", 503), Fault("smart-", 404), Fault("smart-", 200, body=b"[")])
def test_a_failure_is_remembered_for_seconds_only(ask: Callable[[], Any], ehr: Ehr, clock: Clock, fault: Fault) -> None:
    ehr.store.faults.append(fault)
    for _ in range(3):
        with pytest.raises(SmartFailed):
            ask()
    assert len(ehr.store.paths(PATH)) == 1
    clock.now = 6
    assert ask().token_endpoint


def test_what_a_server_lists_is_kept_as_far_as_it_matters(ask: Callable[[], Any], ehr: Ehr) -> None:
    ehr.configuration = {"capabilities": ["permission-v2", *(f"x-{n}" for n in range(10_000))]}
    assert ask().capabilities == {"permission-v2"}
