"""FHIR in XML to FHIR in JSON, so that a record is read in one way however it is written.

The parser reads no document type, no entity and nothing from elsewhere, and the tree is never built: each element
becomes its member of the JSON as it ends. What an element is comes from the definitions of the standard; a value that
is wrong is passed on as it stands, for the reader of that element to name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape, quoteattr

import orjson
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from service.fhir_mapping.inbound import kinds
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.bundle import READ
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.inbound.definitions import RESOURCE, XHTML, Element, elements, resource_elements
from service.fhir_mapping.inbound.envelope import entries
from service.problems import Problem, Rejected, within
from service.text import phrase

FHIR = "http://hl7.org/fhir"
_XHTML = "http://www.w3.org/1999/xhtml"
_MOST_PROBLEMS = 50
_ENVELOPES = ("Bundle", "Parameters", "MessageHeader")
_CHUNK = 64 * 1024
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?", re.ASCII)
_BOOLEANS = {"true": True, "false": False}


def from_xml(body: bytes, bounds: Bounds = USUAL) -> Any:
    """The JSON value of a resource in XML, as :func:`decode` gives it.

    Raises:
        Rejected: 400 if it is not FHIR in XML, or is nested too deeply; 415 for JSON and for another version of FHIR;
            422 if it has elements that R4 does not have.
    """
    if not body.strip():
        raise Rejected(400, Problem("required", "The body is empty. Send a Bundle.", "Bundle"))
    if body.lstrip()[:1] in (b"{", b"["):
        message = "This is JSON, sent as XML. Send it with Content-Type: application/fhir+json."
        raise Rejected(415, Problem("not-supported", message, "Content-Type"))
    # What begins an element or a reference, less comments and instructions: refused before seconds are spent on it.
    begun = body.count(b"<") - body.count(b"</") - body.count(b"<!") - body.count(b"<?")
    bounds.refuse_elements(begun + body.count(b"&"))
    builder = _Builder(bounds)
    parser = DefusedXMLParser(target=builder, forbid_dtd=True)
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK])
        parser.close()
    except DefusedXmlException:
        message = "A document type or an entity is not read. Leave out <!DOCTYPE>."
        raise Rejected(400, Problem("security", message, "Bundle")) from None
    except ParseError as error:
        raise _not_xml(body, error) from None
    except (ValueError, LookupError):  # an encoding that is unknown, or is not the one that is declared
        message = "The encoding of this XML is not read here. Send UTF-8."
        raise Rejected(400, Problem("structure", message, "Bundle")) from None
    found = decode(orjson.dumps(builder.made))
    if builder.problems:
        _refuse_other_version(builder.made)
        raise Rejected(422, *builder.problems[:_MOST_PROBLEMS])
    return found


def _not_xml(body: bytes, error: ParseError) -> Rejected:
    received = None if FHIR.encode() in body[:_CHUNK] else kinds.received(body)
    if received:
        return Rejected(400, Problem("structure", received, "Bundle"))
    line, column = error.position
    what = str(error).split(":", maxsplit=1)[0]
    message = phrase(
        "This is not XML: {what} (line {line}, column {number}). Send a Bundle that is well-formed, in UTF-8.",
        what=what,
        line=line,
        number=column + 1,
    )
    return Rejected(400, Problem("structure", message, "Bundle"))


def _refuse_other_version(made: Any) -> None:
    """An element that R4 does not have is first of all a sign of another version."""
    listed = made.get("parameter") if made.get("resourceType") == "Parameters" else [{"resource": made}]
    for each in listed if isinstance(listed, list) else ():
        try:
            entries(each.get("resource") if isinstance(each, dict) else None)
        except Rejected as rejected:
            if rejected.status == 415:
                raise


class _Frame:
    """An element that has begun: what it is, and what it holds so far."""

    __slots__ = (
        "extensions",
        "holds_resource",
        "is_read",
        "known",
        "lists",
        "members",
        "name",
        "path",
        "primitive",
        "value",
    )

    def __init__(self, name: str, path: str, known: Mapping[str, Element] | None, *, is_read: bool) -> None:
        self.name = name
        self.path = path
        self.is_read = is_read
        """Whether it belongs to a resource that is read: in others, what R4 does not have does no harm."""
        self.known = known
        """The elements that it may have, or None where that is not known."""
        self.members: dict[str, Any] = {}
        self.lists: set[str] = set()
        """The members that repeat."""
        self.extensions: dict[str, list[Any]] = {}
        """Beside primitive members, value by value: their id and extensions."""
        self.primitive: str | None = None
        self.value: Any = None
        self.holds_resource = False


class _Builder:
    """Takes the events of the parser and makes the JSON of the resource."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self.made: Any = None
        self.problems: list[Problem] = []
        self._stack: list[_Frame] = []
        self._div: list[str] | None = None
        self._div_depth = 0
        self._entries = 0
        self._elements = 0

    # What the parser calls

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += max(1, len(attributes) - 2)  # those of FHIR have a value, an id and a namespace at most
        self._bounds.refuse_elements(self._elements)
        space, name = tag[1:].split("}", maxsplit=1) if tag.startswith("{") else ("", tag)
        if len(self._stack) + self._div_depth >= self._bounds.depth:
            raise self._bounds.too_deep("Bundle")
        if self._div is not None:
            self._open_div(name, attributes)
        elif not self._stack:
            self._begin(space, name)
        elif space == _XHTML:
            self._begin_div(name, attributes)
        elif space != FHIR:
            self._wrong(
                self._stack[-1],
                phrase("An element here is not in the namespace {namespace}. Put it there.", namespace=FHIR),
            )
            self._stack.append(self._stranger(self._stack[-1], name))
        elif self._stack[-1].holds_resource:
            self._begin_resource(self._stack[-1], name)
        else:
            self._begin_element(self._stack[-1], name, attributes)

    def data(self, text: str) -> None:
        if self._div is not None:
            self._div.append(escape(text))
        elif self._stack and not text.isspace():
            self._wrong(self._stack[-1], "Text stands between the elements. Put it into the attribute value.")

    def end(self, tag: str) -> None:
        if self._div is not None:
            self._close_div(tag.rsplit("}", maxsplit=1)[-1])
            return
        frame = self._stack.pop()
        made = _finished(frame)
        if not self._stack:
            self.made = made
        elif self._stack[-1].holds_resource:
            self._stack[-1].value = made
        else:
            self._attach(self._stack[-1], frame, made)

    def close(self) -> None:
        """The end of the document; what was made is in ``made``."""

    # Elements and resources

    def _begin(self, space: str, name: str) -> None:
        if space != FHIR:
            raise Rejected(400, Problem("structure", kinds.xml_kind(space, name, FHIR), "Bundle"))
        root = _Frame(name, within("", name)[1:] or "Bundle", resource_elements(name), is_read=True)
        root.members["resourceType"] = name
        self._stack.append(root)

    def _begin_resource(self, holder: _Frame, name: str) -> None:
        known = resource_elements(name)
        path = "Bundle" if name == "Bundle" and holder.path.startswith("Parameters.") else holder.path
        frame = _Frame(name, path, known, is_read=known is None or name in READ or name in _ENVELOPES)
        if known is None:
            self._wrong(frame, "This type of resource cannot be read from XML here. Leave it out, or send R4 as JSON.")
        if holder.value is not None:
            self._wrong(holder, "There are two resources here, and one can be meant. Send each in an entry of its own.")
        frame.members["resourceType"] = name
        self._stack.append(frame)

    def _begin_element(self, parent: _Frame, name: str, attributes: dict[str, str]) -> None:
        element = parent.known.get(name) if parent.known is not None else None
        if element is None and parent.primitive and name == "extension":
            element = Element("Extension", many=True)
        if name == "entry" and parent.members.get("resourceType") == "Bundle":
            self._entries += 1
            self._bounds.refuse_number(self._entries, f"{parent.path}.entry")
        frame = self._stranger(parent, name) if element is None else self._member(parent, name, element)
        if element is None and (parent.known is not None or parent.primitive):
            self._wrong(frame, "FHIR R4 has no such element here. Leave it out, or correct its name.")
        self._stack.append(frame)
        for key, text in attributes.items():
            if key == "value" and frame.primitive:
                frame.value = _primitive(frame.primitive, text)
            elif key == "value":
                # Kept, for a code where R4 has a concept shows that the version is another.
                frame.value = text
                if frame.known is not None:
                    self._wrong(frame, "This element has elements and no value. Send it as FHIR R4 defines it.")
            elif key == "id" or (key == "url" and frame.known is not None and "url" in frame.known):
                frame.members[key] = text
            elif not key.startswith("{"):
                self._wrong(frame, "FHIR has the attributes value, id and url only. Leave out the others.")

    def _member(self, parent: _Frame, name: str, element: Element) -> _Frame:
        path = f"{parent.path}.{name}"
        if element.many:
            parent.lists.add(name)
            path += f"[{len(parent.members.get(name, ()))}]"
        known = None if element.is_primitive else elements(element.kind)
        frame = _Frame(name, path, known, is_read=parent.is_read)
        if not element.many and (name in parent.members or f"_{name}" in parent.members):
            self._wrong(frame, "This element is there twice, and only one can be meant. Send it once.")
        frame.holds_resource = element.kind == RESOURCE
        frame.primitive = element.kind if element.is_primitive else None
        return frame

    def _stranger(self, parent: _Frame, name: str) -> _Frame:
        return _Frame(name, within(parent.path, name), None, is_read=parent.is_read)

    def _attach(self, parent: _Frame, frame: _Frame, made: Any) -> None:
        name = frame.name
        if name not in parent.lists:
            if made is not None:
                parent.members.setdefault(name, made)
            if frame.primitive and frame.members:
                parent.members[f"_{name}"] = frame.members
            return
        parent.members.setdefault(name, []).append(made)
        if frame.primitive:
            parent.extensions.setdefault(name, []).append(frame.members or None)

    def _wrong(self, frame: _Frame, message: str) -> None:
        if frame.is_read and len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem("structure", message, frame.path))

    # Narratives

    def _begin_div(self, name: str, attributes: dict[str, str]) -> None:
        parent = self._stack[-1]
        element = parent.known.get(name) if parent.known else None
        if element is None or element.kind != XHTML:
            self._wrong(parent, "XHTML stands where FHIR has none. Put it into the div of a narrative.")
        self._div = []
        self._open_div(name, {"xmlns": _XHTML, **attributes})

    def _open_div(self, name: str, attributes: dict[str, str]) -> None:
        assert self._div is not None  # noqa: S101  # only called within one
        named = "".join(f" {key}={quoteattr(text)}" for key, text in attributes.items() if not key.startswith("{"))
        self._div.append(f"<{name}{named}>")
        self._div_depth += 1

    def _close_div(self, name: str) -> None:
        assert self._div is not None  # noqa: S101  # only called within one
        self._div.append(f"</{name}>")
        self._div_depth -= 1
        if not self._div_depth:
            self._stack[-1].members.setdefault("div", "".join(self._div))
            self._div = None


def _finished(frame: _Frame) -> Any:
    """What an element that has ended is in JSON."""
    if frame.holds_resource or frame.primitive:
        return frame.value
    if frame.value is not None and not frame.members:
        return frame.value
    for name, beside in frame.extensions.items():
        if any(beside):
            frame.members[f"_{name}"] = beside
    return frame.members


def _primitive(kind: str, text: str) -> Any:
    """A value of a primitive type; one that is none of that type stays as it is written."""
    if kind == "boolean":
        return _BOOLEANS.get(text, text)
    if kind in ("integer", "decimal") and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "decimal" and _DECIMAL.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
