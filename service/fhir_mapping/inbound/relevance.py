"""Which resources are worth reading: by a code that is known, or by words that read like one.

What only the words tell is not used; the ledger names it, so that a site can map the code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson

from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import OBJECT, text
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.inbound.slices import CodeableConcept
from service.fhir_mapping.inbound.words import worded
from service.fhir_mapping.terminology import Terminology

_SHORT = 1024


class Relevance:
    """Tells whether a coded concept matters; a record repeats its few codes many times, so it remembers."""

    def __init__(self, known: Callable[[Terminology, str, str], bool], words: str | None = None) -> None:
        self._known = known
        self._words = worded(words) if words is not None else None
        # What is long is no code that comes again, and texts of a record are not kept.
        self._judged = Memory(self._judge, most=8192, is_short=lambda asked: len(asked[0]) <= _SHORT)

    def of(self, concept: Any, terms: Terminology) -> bool:
        """Whether a concept, as it was decoded, is known or reads as if it should be. Never fails."""
        return isinstance(concept, OBJECT) and self.of_text(text(concept), terms)

    def of_member(self, entry: Entry, name: str, terms: Terminology) -> bool:
        """The same of a concept of a resource, of which several readers ask."""
        content = entry.text(name)
        return content is not None and self._judged[content, terms]

    def of_text(self, content: bytes, terms: Terminology) -> bool:
        """The same of a concept as compact JSON."""
        return self._judged[content, terms]

    def reads_alike(self, concept: CodeableConcept) -> bool:
        """Whether the words of a concept read as if it should be known."""
        return any(map(self._is_alike, concept.words))

    def _judge(self, asked: tuple[bytes, Terminology]) -> bool:
        concept, terms = asked
        code = orjson.loads(concept)
        words = [code.get("text")]
        for coding in _codings(code):
            system, symbol = coding.get("system"), coding.get("code")
            words.append(coding.get("display"))
            if isinstance(system, str) and isinstance(symbol, str) and self._known(terms, system, symbol):
                return True
        return any(self._is_alike(word) for word in words)

    def _is_alike(self, word: object) -> bool:
        return self._words is not None and isinstance(word, str) and self._words.are_in(word)


def _codings(code: dict[str, Any]) -> Iterator[dict[str, Any]]:
    codings = code.get("coding")
    return (coding for coding in (codings if isinstance(codings, list) else ()) if isinstance(coding, dict))
