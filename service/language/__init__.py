"""The language of the reader: catalogues that say the English texts of :mod:`service.text` in other languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from service.language.catalogue import ENGLISH, LANGUAGES, NAMES, catalogue, translator
from service.text import say

__all__ = ["ENGLISH", "LANGUAGES", "NAMES", "catalogue", "speaking", "spoken", "told", "translator"]

_SPOKEN: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Everything that :func:`told` says within is in this language. For doors and reports, never for the engine."""
    token = _SPOKEN.set(language)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def spoken() -> str:
    """The language of the reader."""
    return _SPOKEN.get()


def told(text: str) -> str:
    """A text in the language of the reader."""
    language = _SPOKEN.get()
    return str(text) if language == ENGLISH else str(say(text, translator(language)))
