"""What is remembered: few answers, and short questions."""

from __future__ import annotations

from service.fhir_mapping.inbound.members import members_of
from service.fhir_mapping.inbound.memory import Memory


def test_an_answer_is_found_once() -> None:
    asked: list[str] = []
    memory = Memory(lambda key: asked.append(key) or len(key), most=4)  # type: ignore[func-returns-value]
    assert [memory["ab"], memory["ab"], memory["abc"]] == [2, 2, 3]
    assert asked == ["ab", "abc"]


def test_there_are_never_more_answers_than_it_may_keep() -> None:
    memory = Memory(str, most=10)
    for number in range(1000):
        assert memory[number] == str(number)
        assert len(memory) <= 10


def test_what_is_long_is_answered_and_not_kept() -> None:
    memory = Memory(len, most=10, is_short=lambda text: len(text) < 5)
    assert (memory["a name of somebody"], memory["code"]) == (18, 4)
    assert list(memory) == ["code"]


def test_the_names_of_members_tell_whether_one_is_there_twice() -> None:
    assert members_of({"id": 1, "code": 2}) == (frozenset(("id", "code")), False)
    assert members_of(["id", "code", "id"]) == (frozenset(("id", "code")), True)
