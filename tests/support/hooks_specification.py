"""CDS Hooks 2.0 as JSON Schemas of our own, and what a schema cannot say of an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from jsonschema import Draft202012Validator, FormatChecker

_SCHEMAS = Path(__file__).parents[1] / "cds_hooks" / "schemas"
_URGENCY = {"critical": 0, "warning": 1, "info": 2}


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = orjson.loads((_SCHEMAS / f"{name}.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker(("uuid",)))


def faults(name: str, value: Any) -> list[str]:
    """Where a value breaks a schema: discovery, request, response or feedback."""
    return [error.json_path for error in _validator(name).iter_errors(value)]


def check_response(answer: Any) -> list[dict[str, Any]]:
    """Checks an answer to a call against the specification and the contract of this service; gives its cards."""
    assert faults("response", answer) == []
    assert "systemActions" not in answer
    cards: list[dict[str, Any]] = answer["cards"]
    assert len(cards) <= 3
    assert [_URGENCY[card["indicator"]] for card in cards] == sorted(_URGENCY[card["indicator"]] for card in cards)
    names = Counter(_uuids(cards))
    assert [name for name, number in names.items() if number > 1] == []
    for card in cards:
        _check_card(card)
    return cards


def _check_card(card: dict[str, Any]) -> None:
    assert card["uuid"]
    assert "\n" not in card["summary"]
    assert card["detail"]
    assert card["source"]["url"]
    assert card["source"]["topic"]["display"]
    assert ("selectionBehavior" in card) == ("suggestions" in card)
    suggestions = card.get("suggestions", [])
    if card.get("selectionBehavior") == "at-most-one":
        assert sum(each.get("isRecommended", False) for each in suggestions) <= 1
    for suggestion in suggestions:
        assert suggestion["uuid"]
        assert suggestion["actions"]
        for action in suggestion["actions"]:
            if action["type"] == "create" and "id" in action["resource"]:
                UUID(action["resource"]["id"])  # any other might be the one of a resource that there is
    for link in card["links"]:
        assert link["type"] == "smart" or "appContext" not in link
    assert any(link["type"] == "smart" for link in card["links"])


def _uuids(cards: list[dict[str, Any]]) -> Iterator[str]:
    for card in cards:
        yield card["uuid"]
        yield from (suggestion["uuid"] for suggestion in card.get("suggestions", []))
