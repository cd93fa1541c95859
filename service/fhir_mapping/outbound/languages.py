"""A finished answer in the language of the reader: every text for people, and nothing else.

The answer is made in English, and its ids follow from that. Here its texts are said anew, in copies, for its parts are
shared. Codes and their displays stay, for they are those of the code systems; so do the words of the record.
"""

from __future__ import annotations

from typing import Any

from service.fhir_mapping.outbound.building import Narrative, Resource
from service.language import ENGLISH, translator
from service.text import Text, Translate

#: The elements of an answer that are texts for people. Of these a plain string is looked up as it is.
_FOR_PEOPLE = frozenset(
    "text title description diagnostics rationale mitigation patientInstruction comment valueString display".split()
)


def in_language(resource: Resource, language: str) -> Resource:
    """The resource with its texts in a language, which it then names; the resource itself if that is English.

    Raises:
        KeyError: there is no such language.
    """
    if language == ENGLISH:
        return resource
    return Said(translator(language), language).resource(resource)


class Said:
    """Says resources by a translator."""

    def __init__(self, translate: Translate, language: str) -> None:
        self._translate, self._language = translate, language

    def resource(self, resource: Resource) -> Resource:
        said: Resource = {}
        for name, value in resource.items():
            said[name] = self._element(name, value)
            if name == "resourceType" and value != "Bundle":
                said["language"] = self._language
        return said

    def _element(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(name, value)
        if isinstance(value, list):
            return [self._element(name, each) for each in value]
        if not isinstance(value, dict):
            return value
        if "resourceType" in value:
            return self.resource(value)
        coded = "system" in value or "code" in value
        return {
            inner: each if coded and inner == "display" else self._element(inner, each) for inner, each in value.items()
        }

    def _text(self, name: str, value: str) -> str:
        if isinstance(value, Narrative):
            return value.said(self._translate, self._language)
        if isinstance(value, Text):
            return value.said(self._translate)
        return self._translate(value) if name in _FOR_PEOPLE else value
