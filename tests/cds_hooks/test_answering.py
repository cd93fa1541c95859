"""From a call to its cards: what is assessed, by which policy, on which day, and in what time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
import pytest

from service.assessment import Assessment
from service.cds_hooks import answering
from service.cds_hooks.answering import Budget, answer
from service.cds_hooks.asked import call_asked
from service.cds_hooks.links import Links
from service.cds_hooks.services import SERVICES
from service.fhir_mapping.inbound.decode import decode
from service.pipeline import Site
from service.policy import DEFAULT, Policy
from service.recent import Recent
from tests.support.calls import VIEW, call_of, without
from tests.support.records import Resource
from tests.support.stored import contract

DAY = date(2026, 11, 21)
Assessed = Callable[..., Assessment]


@pytest.fixture
def assessed(monkeypatch: pytest.MonkeyPatch) -> Assessed:
    """What the cards of a call are made from."""
    seen: list[Assessment] = []

    def made(assessment: Assessment, *_: Any) -> list[Resource]:
        seen.append(assessment)
        return [{"summary": "a card"}]

    monkeypatch.setattr(answering, "cards", made)

    def ask(body: Resource, site: Site | None = None) -> Assessment:
        call = call_asked(decode(orjson.dumps(body)), SERVICES[VIEW])
        answer(call, site or Site(), DAY, Links("https://cds.example"), (), Budget(time.monotonic(), 1), Recent(0, 1))
        return seen[-1]

    return ask


def advised(assessment: Assessment) -> set[tuple[str, bool]]:
    return {(each.treatment, each.settled) for each in assessment.plan.recommendations}


def test_the_day_is_the_day_of_the_call(assessed: Assessed) -> None:
    assert assessed(call_of(contract("a"))).as_of.text == "2026-11-21"


def test_what_nobody_asked_for_is_not_read_as_silence(assessed: Assessed) -> None:
    whole = assessed(call_of(contract("a")))
    assert ("cebrt", True) in advised(whole)
    part = assessed(without(call_of(contract("a")), "procedure"))
    assert part.policy.unsaid_radiotherapy == "unknown"
    assert ("cebrt", True) not in advised(part)
    assert "cebrt" in {treatment for treatment, _ in advised(part)}


def test_what_was_asked_for_and_is_not_there_is_silence(assessed: Assessed) -> None:
    body = call_of(contract("a"))
    empty = {**body, "prefetch": {**body["prefetch"], "procedure": None}}
    assert advised(assessed(empty)) == advised(assessed(body))


def test_the_default_policy_of_the_site_counts(assessed: Assessed) -> None:
    site = Site({DEFAULT.name: Policy(guideline="nice-2023", stale_after_days=30), "other": Policy("other")})
    assert assessed(call_of(contract("a")), site).policy.stale_after_days == 30


def test_a_call_with_all_prefetched_asks_no_terminology_server(assessed: Assessed) -> None:
    class Network:
        def widened(self, bundle: Any) -> Any:
            pytest.fail("a prefetched call is answered without the network")

    assert assessed(call_of(contract("a")), Site(terminology_server=Network())).has_tumour  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0.001, 0.3, 10.0])
def test_reading_ends_while_there_is_time_for_the_rest(seconds: float) -> None:
    budget = Budget(100.0, seconds)
    assert 100.0 < budget.reads_until < 100.0 + seconds


def test_what_is_remembered_is_of_the_same_record_and_the_same_policy(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Assessment] = []
    monkeypatch.setattr(answering, "cards", lambda assessment, *_: seen.append(assessment) or [{"summary": "a card"}])
    recent = Recent(8, 60)
    whole = call_of(contract("a"))
    not_asked = without(call_of(contract("a")), "procedure")
    for body in (whole, {**whole, "hookInstance": "another"}, not_asked, call_of(contract("b"))):
        call = call_asked(decode(orjson.dumps(body)), SERVICES[VIEW])
        answer(call, Site(), DAY, Links("https://cds.example"), (), Budget(time.monotonic(), 1), recent)
    assert seen[0] is seen[1]
    assert len({id(each) for each in seen}) == 3
    assert seen[2].policy.unsaid_radiotherapy == "unknown"
