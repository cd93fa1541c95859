"""Assessments that were made a moment ago."""

from typing import cast

import pytest

from service.assessment import Assessment
from service.recent import Recent


def made(calls: list[str], name: str) -> Assessment:
    calls.append(name)
    return cast(Assessment, name)


def test_the_same_question_is_answered_once() -> None:
    recent, calls = Recent(2, 60), []
    assert [recent.get(b"a", lambda: made(calls, "first")) for _ in range(3)] == ["first"] * 3
    assert calls == ["first"]


def test_another_question_has_its_own_answer() -> None:
    recent, calls = Recent(2, 60), []
    assert recent.get(b"a", lambda: made(calls, "first")) == "first"
    assert recent.get(b"b", lambda: made(calls, "second")) == "second"


def test_no_more_are_kept_than_allowed() -> None:
    recent, calls = Recent(2, 60), []
    for name in "abca":
        recent.get(name.encode(), lambda name=name: made(calls, name))
    assert calls == ["a", "b", "c", "a"]


def test_nothing_is_kept_longer_than_allowed() -> None:
    recent, calls = Recent(2, 0), []
    for _ in range(2):
        recent.get(b"a", lambda: made(calls, "again"))
    assert calls == ["again", "again"]


def test_none_may_be_kept() -> None:
    recent, calls = Recent(0, 60), []
    for _ in range(2):
        recent.get(b"a", lambda: made(calls, "again"))
    assert calls == ["again", "again"]


def test_what_fails_is_not_kept() -> None:
    recent, calls = Recent(2, 60), []

    def fails() -> Assessment:
        raise ValueError("no answer")

    with pytest.raises(ValueError, match="no answer"):
        recent.get(b"a", fails)
    assert recent.get(b"a", lambda: made(calls, "then")) == "then"
