"""Twice as large a record makes about twice the work, whatever it holds: nothing is compared each with each.

Found by fuzzing. Work is counted in calls, not timed.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from tests.support.door import check_refusal, post
from tests.support.records import bundle, condition, entry, observation, patient


def calls(work: Callable[[], Any]) -> Counter[str]:
    """How often each function is called, those of C among them."""
    found: Counter[str] = Counter()

    def seen(frame: FrameType, event: str, what: Any) -> None:
        if event == "call":
            found[frame.f_code.co_qualname] += 1
        elif event == "c_call":
            found[what.__qualname__] += 1

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


def many_names(number: int, *, beside: str = "") -> str:
    """Members of which the last is there twice."""
    names = [f'"k{n}":1' for n in range(number)]
    return ",".join([*names, f'"k{number - 1}":2']) + beside


@pytest.mark.parametrize("beside", ["", f',"x":{"1" * 400}'], ids=["", "and a number of 400 digits"])
@pytest.mark.parametrize("place", ["bundle", "resource", "deeper"])
def test_the_member_that_is_there_twice_is_found_in_one_go(client: FlaskClient, place: str, beside: str) -> None:
    record = orjson.dumps(bundle(observation("ecog", 2, note=[]))).decode()
    members = many_names(300, beside=beside)
    old, new = {
        "bundle": ('"type":"collection"', f'"type":"collection",{members}'),
        "resource": ('"note":[]', members),
        "deeper": ('"note":[]', f'"note":[{{{members}}}]'),
    }[place]
    body = record.replace(old, new, 1).encode()
    done = calls(lambda: check_refusal(post(client, body), 400))
    assert done["list.count"] < 5
    assert done["list.pop"] < 100


def test_lesions_that_are_named_often_are_joined_in_one_go(client: FlaskClient) -> None:
    def work(number: int) -> int:
        places = ["T1", "T5", "L3"] * number
        tumours = [condition("C79.51", at=place, name=f"c{n}") for n, place in enumerate(places)]
        body = orjson.dumps(bundle(*tumours))
        return calls(lambda: post(client, body)).total()

    work(5)  # what is made once
    assert work(60) < 2.6 * work(30)


def test_entries_without_a_resource_are_not_all_counted(client: FlaskClient) -> None:
    body = {"resourceType": "Bundle", "type": "collection", "entry": [entry(patient()), *[{}] * 2000]}
    done = calls(lambda: check_refusal(post(client, body), 422))
    assert done["_Walk._problem"] == 50
