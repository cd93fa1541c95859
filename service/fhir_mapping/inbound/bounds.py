"""How much a record may be: what is beyond it is refused before anything is made of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

from service.problems import Problem, Rejected
from service.text import phrase

_KEPT = b'[]{}"\\'
_LEFT_OUT = bytes(set(range(256)) - set(_KEPT))
_STEPS = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


@dataclass(frozen=True)
class Bounds:
    """The bounds of a record."""

    entries: int = 100_000
    """Most entries of a Bundle, with those of the Bundles in it."""
    depth: int = 100
    """Deepest nesting of a resource that is read; no resource of FHIR comes near it."""
    text_bytes: int = 8 * 1024 * 1024
    """Longest single text in a resource that is read."""
    findings: int = 5_000
    """Most findings that are read: resources that carry them, components of Observations, answers in questionnaires."""
    members: int = 50_000
    """Most members of groups of Observations, each counted in every group that has it."""
    code_bytes: int = 16 * 1024
    """Longest code of a resource, with its words, as compact JSON: each is searched for what it may mean."""
    units: int = 50
    """Most units beside the common ones: each is parsed, which takes milliseconds."""
    xml_elements: int = 150_000
    """Most elements, and references such as ``&amp;``, of a record in XML. One of the largest size has fewer, unless it
    is made to keep a server busy."""

    def refuse_elements(self, found: int) -> None:
        """
        Raises:
            Rejected: 413, there are too many elements.
        """
        if found > self.xml_elements:
            message: str = phrase(
                "More than {number} elements and references. Send the record as JSON, or less of it.",
                number=self.xml_elements,
            )
            raise Rejected(413, Problem("too-costly", message, "Bundle"))

    def refuse_number(self, entries: int, path: str) -> None:
        """
        Raises:
            Rejected: 413, there are too many entries.
        """
        if entries > self.entries:
            message: str = phrase(
                "More than {number} entries. Send fewer, or let the site raise SPINEMETS_MAX_ENTRIES.",
                number=self.entries,
            )
            raise Rejected(413, Problem("too-costly", message, path))

    def refuse_findings(self, found: int) -> None:
        """
        Raises:
            Rejected: 413, there would be too many findings to read.
        """
        if found > self.findings:
            message: str = phrase(
                "More than {number} findings are in the record. Send the latest of them, or let the site raise "
                "SPINEMETS_MAX_FINDINGS.",
                number=self.findings,
            )
            raise Rejected(413, Problem("too-costly", message, "Bundle.entry"))

    def refuse_members(self, found: int) -> None:
        """
        Raises:
            Rejected: 413, there are too many members of groups.
        """
        if found > self.members:
            message: str = phrase(
                "More than {number} members of groups. Send each Observation in one group.", number=self.members
            )
            raise Rejected(413, Problem("too-costly", message, "Bundle.entry.resource.hasMember"))

    def refuse_units(self, found: int, path: str) -> None:
        """
        Raises:
            Rejected: 413, there are more units than a record has.
        """
        if found > self.units:
            message: str = phrase(
                "More than {number} different units that are not common. Send UCUM, such as {unit}.",
                number=self.units,
                unit="g/dL",
            )
            raise Rejected(413, Problem("too-costly", message, path))

    def refuse_code(self, content: bytes, path: str) -> None:
        """
        Raises:
            Rejected: 413, a code is longer than any that means something.
        """
        if len(content) > self.code_bytes:
            message: str = phrase(
                "A code with its words is longer than {number} bytes. Send the code, and leave long texts to notes.",
                number=self.code_bytes,
            )
            raise Rejected(413, Problem("too-long", message, path))

    def refuse_content(self, content: bytes, path: str) -> None:
        """Judges a resource as compact JSON. Nearly all are too small to be beyond a bound, which costs little to see.

        Raises:
            Rejected: 400 if it is nested too deeply, 413 if a text in it is too long.
        """
        if content.count(b"{") + content.count(b"[") > self.depth and depth(content) > self.depth:
            raise self.too_deep(path)
        if len(content) > self.text_bytes and _longest_text(content) > self.text_bytes:
            message: str = phrase(
                "A text is longer than {number} bytes. Leave it out, for it carries no finding, or let the site raise "
                "SPINEMETS_MAX_TEXT_BYTES.",
                number=self.text_bytes,
            )
            raise Rejected(413, Problem("too-long", message, path))

    def too_deep(self, path: str) -> Rejected:
        """The refusal of what is nested too deeply."""
        message: str = phrase(
            "Nested more deeply than {number} levels. Send a FHIR Bundle, or let the site raise SPINEMETS_MAX_DEPTH.",
            number=self.depth,
        )
        return Rejected(400, Problem("structure", message, path))


USUAL = Bounds()


def depth(content: bytes) -> int:
    """The deepest nesting of JSON.

    >>> depth(b'{"a": [{"b": "]]}}{"}], "c": []}')
    3
    """
    # What is left are brackets and strings, nearly all of them empty by now.
    brackets = content.translate(None, _LEFT_OUT).replace(b'""', b"")
    if b'"' in brackets:
        brackets = _STRING.sub(b"", content).translate(None, _LEFT_OUT)
    return max(accumulate(map(_STEPS.__getitem__, brackets)), default=0)


def _longest_text(content: bytes) -> int:
    return max((len(found[0]) - 2 for found in _STRING.finditer(content)), default=0)
