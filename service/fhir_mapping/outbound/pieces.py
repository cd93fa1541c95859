"""What an answer is put together from, each part with the JSON that it is written as.

Most of an answer follows from the tables alone and is the same for many patients. Such a part is a :class:`Piece`: it
is made once, and its bytes are copied into each answer; so are :class:`Members` of a resource, and :class:`Lines` of a
narrative. A :class:`Made` is one resource of an answer. It is written once, and its id follows from those bytes.
:func:`written` gives the bytes of a whole, :func:`unfolded` the plain value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any

import orjson

from service.fhir_mapping.outbound.building import Resource, cleaned, name_of, narrative


class Folded:
    """A part of an answer that knows how it is written, as its ``fragment``. Nobody changes it."""

    __slots__ = ()

    def plain(self) -> Any:
        """The value in place of the part."""
        raise NotImplementedError


class Piece(Folded):
    """A part that is shared by answers."""

    __slots__ = ("_unfolded", "_value", "fragment")

    def __init__(self, value: Any) -> None:
        self.fragment = orjson.Fragment(self._written(value))
        self._value, self._unfolded = value, False

    def _written(self, value: Any) -> bytes:
        return written(value)

    def plain(self) -> Any:
        if not self._unfolded:  # most answers are written, and nobody asks for their plain value
            self._value, self._unfolded = unfolded(self._value), True
        return self._value


class Run(Piece):
    """Members of a list, one after another and at least one, that are shared by answers."""

    __slots__ = ()

    def _written(self, value: Any) -> bytes:
        return written(value)[1:-1]


class Members:
    """Members of a resource, one after another, that are shared by answers, or by the resources of one."""

    __slots__ = ("value", "written")

    def __init__(self, value: Resource) -> None:
        self.value, self.written = value, _members(value)


class Lines:
    """Lines of a narrative, one after another and at least one, that are shared by answers.

    So they have no words of the record.
    """

    __slots__ = ("lines", "written")

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        self.written = _BETWEEN.join([_kept_html(line) for line in self.lines])


class Story:
    """The narrative of a resource. ``of_record`` says that it has words of the record, which are kept nowhere."""

    __slots__ = ("_html", "_lines", "_title")

    def __init__(self, title: str, lines: Iterable[str | Lines], *, of_record: bool = False) -> None:
        self._title, self._lines = title, tuple(lines)
        self._html: Callable[[str], bytes] = _html if of_record else _kept_html

    def written(self) -> tuple[bytes, ...]:
        """The JSON, in parts."""
        html = self._html
        items = _BETWEEN.join([line.written if isinstance(line, Lines) else html(line) for line in self._lines])
        listed = (b"<ul><li>", items, b"</li></ul>") if items else ()
        return _OPENED, html(self._title), b"</b></p>", *listed, b'</div>"}'

    def plain(self) -> Resource:
        lines = [each.lines if isinstance(each, Lines) else (each,) for each in self._lines]
        return narrative(self._title, chain.from_iterable(lines))


_OPENED = b'{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><p><b>'
_BETWEEN = b"</li><li>"


def _html(text: str) -> bytes:
    """A line of a narrative, as JSON without its quotation marks."""
    return orjson.dumps(cleaned(text))[1:-1]


_kept_html = lru_cache(maxsize=8192)(_html)


class Made:
    """One resource of an answer, with the id that follows from its content, and an identifier if it can have one.

    ``content`` are its members in their order. The narrative says the same in words, so it has no part in the identity.
    """

    def __init__(self, kind: str, text: Story, *content: Members | Resource, identifier: bool = True) -> None:
        self.kind, self._text, self._content, self._identifier = kind, text, content, identifier
        members = [each.written if isinstance(each, Members) else _members(each) for each in content]
        self._rest = b",".join(filter(None, members))
        self.id = name_of(b"".join((b'{"resourceType":"', kind.encode(), b'",', self._rest, b"}")))
        self.urn = f"urn:uuid:{self.id}"

    def written(self) -> tuple[bytes, ...]:
        """The JSON, in parts: they are put together with those of the whole answer."""
        named = f',"identifier":[{{"system":"urn:ietf:rfc:3986","value":"{self.urn}"}}]' if self._identifier else ""
        first, last = f'{{"resourceType":"{self.kind}","text":', f',"id":"{self.id}"{named}}}'
        return first.encode(), *self._text.written(), b",", self._rest, last.encode()

    def plain(self) -> Resource:
        made: Resource = {"resourceType": self.kind, "text": self._text.plain()}
        for each in self._content:
            made |= unfolded(each.value if isinstance(each, Members) else each)
        made["id"] = self.id
        if self._identifier:
            made["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": self.urn}]
        return made


#: No function of Python is called for the hundreds of pieces of an answer.
_fragment = attrgetter("fragment")


def written(value: Any) -> bytes:
    """The JSON of a value with all its parts."""
    return orjson.dumps(value, default=_fragment)


def _members(value: Resource) -> bytes:
    """The members of a resource, without the braces."""
    return written(value)[1:-1]


def unfolded(value: Any) -> Any:
    """A value with plain values in place of its parts."""
    if isinstance(value, Folded):
        return value.plain()
    if isinstance(value, dict):
        return {name: unfolded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [member for each in value for member in (each.plain() if isinstance(each, Run) else (unfolded(each),))]
    return value
