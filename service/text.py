"""Texts that know how they were made: plain English strings, which can be said in another language later.

The engine makes every text once, in English, and identifiers follow from it. Nothing below a door knows which language
the reader has. So a text that is put together from parts keeps its parts: it *is* its English string (it compares,
sorts and serialises as one), and :func:`say` puts it together again in another language.

A plain string is looked up as it is, so a constant of a table needs no wrapping. What an f-string, ``+`` or
``str.join`` makes of a text has no parts any more, and stays English: use :func:`phrase`, :func:`series` and
:func:`cased` instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from string import Formatter

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
        there = str(say(self.whole, translate))
        return str(self) if there == self.whole else there


class Quoted(Text):
    """The words of the record, or of a citation: said as they are. ``quoted`` makes it."""

    __slots__ = ()

    def said(self, translate: Translate) -> str:
        return str(self)


def quoted(words: str) -> Quoted:
    """Words that are not ours: no catalogue says them otherwise, whatever they happen to be."""
    return Quoted(words)


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


class Worded:
    """A text as a key: equal to what is said alike in every language, for equal English may have other parts.

    >>> Worded(phrase("no {what}", what="deficit")) == Worded("no deficit")
    False
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __hash__(self) -> int:
        return hash(self.text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Worded) and (self.text is other.text or _alike(self.text, other.text))


def _alike(one: object, other: object) -> bool:
    """Whether two values are one text, parts and all."""
    if one is other:
        return True
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, Phrase) and isinstance(other, Phrase):
        names = [*one.values]
        same = one.template == other.template and names == [*other.values]
        return same and all(_alike(one.values[name], other.values[name]) for name in names)
    if isinstance(one, Series) and isinstance(other, Series):
        same = one.separator == other.separator and len(one.parts) == len(other.parts)
        return same and all(map(_alike, one.parts, other.parts))
    if isinstance(one, Cased) and isinstance(other, Cased):
        return _alike(one.whole, other.whole)
    return True


def say(value: object, translate: Translate) -> object:
    """A value in another language: texts and plain strings are; anything else is left alone.

    >>> german = {"no {finding}": "keine {finding}", "myelopathy": "Myelopathie"}
    >>> say(phrase("no {finding}", finding="myelopathy"), lambda english: german.get(english, english))
    'keine Myelopathie'
    """
    if isinstance(value, Text):
        return value.said(translate)
    return translate(value) if isinstance(value, str) else value


# Taking texts apart by their English


def split(text: str, separator: str, most: int = -1) -> list[str]:
    """As ``str.split`` does, with pieces that keep their parts; pieces of a plain string are looked up one by one.

    >>> where = phrase("{what} at {place}", what=series("; ", ["stable", "ESCC 1a"]), place="T8")
    >>> split(where, "; ")
    ['stable', 'ESCC 1a at T8']
    """
    plain = str(text).split(separator, most)
    if len(plain) == 1:
        return [text]
    pieces = _pieces(text, separator, most) if isinstance(text, Text) else plain
    return pieces if pieces == plain else plain


def partition(text: str, separator: str) -> tuple[str, str, str]:
    """As ``str.partition`` does, with pieces that keep their parts."""
    first, *rest = split(text, separator, 1)
    return (first, separator, rest[0]) if rest else (first, "", "")


def rpartition(text: str, separator: str) -> tuple[str, str, str]:
    """As ``str.rpartition`` does, with pieces that keep their parts."""
    if not isinstance(text, Text):
        return text.rpartition(separator)
    *before, last = split(text, separator)
    return (series(separator, before) if len(before) > 1 else before[0], separator, last) if before else ("", "", last)


def replaced(text: str, old: str, new: str) -> str:
    """As ``str.replace`` does, in the parts of a text.

    >>> replaced(phrase("if {what}", what=series(", ", ["unstable (SINS)", "fit"])), " (SINS)", "")
    'if unstable, fit'
    """
    plain = str(text).replace(old, new)
    if plain == text:
        return text
    if text == old:
        return new
    made: str = plain
    if isinstance(text, Series):
        made = series(text.separator, (replaced(part, old, new) for part in text.parts))
    elif isinstance(text, Phrase):
        values = {name: replaced(v, old, new) if isinstance(v, str) else v for name, v in text.values.items()}
        made = phrase(text.template.replace(old, new), **values)
    elif isinstance(text, Cased):
        made = _cased_as(replaced(text.whole, old, new), plain)
    return made if made == plain else plain


def _pieces(text: str, separator: str, most: int) -> list[str]:
    """The pieces of a text, at the first ``most`` separators; plain strings of what cannot be taken apart there."""
    if not most or separator not in text:
        return [text]
    if isinstance(text, Series):
        return _of_series(text, separator, most)
    if isinstance(text, Phrase):
        return [*_of_phrase(text, separator, most)]
    if isinstance(text, Cased):
        first, *rest = _pieces(text.whole, separator, most)
        return [_cased_as(first, str(text)[: len(first)]), *rest]
    return text.split(separator, most)


def _of_series(text: Series, separator: str, most: int) -> list[str]:
    groups: list[list[str]] = [[]]
    for part in text.parts:
        if groups[-1] and text.separator == separator and len(groups) - 1 != most:
            groups.append([])
        first, *rest = _pieces(part, separator, most if most < 0 else most - len(groups) + 1)
        groups[-1].append(first)
        groups += ([piece] for piece in rest)
    return [series(text.separator, group) if len(group) > 1 else group[0] for group in groups]


def _of_phrase(text: Phrase, separator: str, most: int) -> Iterator[str]:
    values, template = dict(text.values), ""
    for literal, name, _, _ in Formatter().parse(text.template):
        first, *rest = literal.split(separator, most)
        template += first
        for piece in rest:
            yield _whole(template, values)
            template, most = piece, most - 1
        if name is None:
            continue
        value = values[name]
        pieces = _pieces(value, separator, most) if isinstance(value, str) else [str(value)]
        template += f"{{{name}}}"
        if len(pieces) > 1:
            yield _whole(template, {**values, name: pieces[0]})
            yield from pieces[1:-1]
            most -= len(pieces) - 1
            values[name], template = pieces[-1], f"{{{name}}}"
    yield _whole(template, values)


def _whole(template: str, values: Mapping[str, object]) -> str:
    """A phrase of the values that its template names; a template that is a value alone is that value."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    if not names:
        return template.format()
    if len(names) == 1 and template == f"{{{names[0]}}}":
        value = values[names[0]]
        return value if isinstance(value, str) else str(value)
    return phrase(template, **{name: values[name] for name in names})


def _cased_as(whole: str, english: str) -> str:
    if whole == english:
        return whole
    made = Cased(english)
    made.whole = whole
    return made
