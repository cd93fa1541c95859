"""Texts that know how they were made: plain English strings, which can be said in another language later.

The engine makes every text once, in English, and identifiers follow from it. Nothing below a door knows which language
the reader has. So a text that is put together from parts keeps its parts: it *is* its English string (it compares,
sorts and serialises as one), and :func:`say` puts it together again in another language.

A plain string is looked up as it is, so a constant of a table needs no wrapping. What an f-string, ``+`` or
``str.join`` makes of a text has no parts any more, and stays English: use :func:`phrase`, :func:`series` and
:func:`cased` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

Translate = Callable[[str], str]
"""Gives an English text or template in a language; what it does not know, it gives back."""


class Text(str):
    """A string that can be said in another language."""

    __slots__ = ()

    def said(self, translate: Translate) -> str:
        """The text put together anew."""
        return translate(str(self))


class Phrase(Text):
    """A template with values. ``phrase`` makes it."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, object]

    def said(self, translate: Translate) -> str:
        values = {name: say(value, translate) for name, value in self.values.items()}
        return translate(self.template).format_map(values)


class Series(Text):
    """Texts one after another. ``series`` makes it."""

    __slots__ = ("parts", "separator")
    parts: tuple[str, ...]
    separator: str

    def said(self, translate: Translate) -> str:
        return translate(self.separator).join(str(say(part, translate)) for part in self.parts)


class Cased(Text):
    """A text whose English form has another first letter. ``cased`` makes it."""

    __slots__ = ("whole",)
    whole: str

    def said(self, translate: Translate) -> str:
        there = translate(str(self))  # a translator may have given the form itself
        return there if there != str(self) else str(say(self.whole, translate))


def phrase(template: str, /, **values: object) -> Phrase:
    """An English template with its values, which may be texts themselves.

    >>> phrase("{score} of {total} points", score="SINS", total=7)
    'SINS of 7 points'
    """
    made = Phrase(template.format_map(values))
    made.template, made.values = template, values
    return made


def series(separator: str, parts: Iterable[str]) -> Series:
    """Texts with a separator between them, as ``separator.join(parts)`` does; the separator is translated too.

    >>> series("; ", ["stable", "low-grade ESCC"])
    'stable; low-grade ESCC'
    """
    listed = tuple(parts)
    made = Series(separator.join(listed))
    made.parts, made.separator = listed, separator
    return made


def cased(whole: str, how: Callable[[str], str]) -> str:
    """A text with another first letter, where English asks for one; other languages say the whole text as it is.

    >>> cased("Myelopathy", str.lower)
    'myelopathy'
    """
    changed = how(str(whole))
    if changed == whole:
        return whole
    made = Cased(changed)
    made.whole = whole
    return made


def say(value: object, translate: Translate) -> object:
    """A value in another language: texts and plain strings are; anything else is left alone.

    >>> german = {"no {finding}": "keine {finding}", "myelopathy": "Myelopathie"}
    >>> say(phrase("no {finding}", finding="myelopathy"), lambda english: german.get(english, english))
    'keine Myelopathie'
    """
    if isinstance(value, Text):
        return value.said(translate)
    return translate(value) if isinstance(value, str) else value
