"""ConceptMaps as tables: which code of which system has which targets, checked against what there is to mean."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from service.evidence import Choice, Values
from service.fhir_mapping.terminology.systems import ICD_10_CM, ICD_10_FAMILY, STEMMED, Key, tidy
from service.findings import FINDINGS

#: A target that is no finding: where the metastasis is that a code for a bone metastasis names.
BONE_SITE = "bone-metastasis-site"

Meaning = tuple[tuple[str, Values], ...]
"""Findings, each with the values that a code leaves possible. All of them hold."""

Group = Mapping[str, Any]
"""A group of a ConceptMap: a source system, a target system, and elements."""

T = TypeVar("T")

#: A code of ICD-10 is no longer, without its dot; what is, is two codes in one, or a text.
_LONGEST_ICD = 8


def elements(groups: Iterable[Group]) -> Iterator[tuple[Key, list[dict[str, Any]]]]:
    """The elements of groups by system and code, with their targets."""
    for group in groups:
        source = group["source"]
        for element in group["element"]:
            yield (source, tidy(source, element["code"])), element.get("target", [])


def values_of(finding: str, words: Iterable[str]) -> Values:
    """The values of a finding that words stand for.

    Raises:
        ValueError: there is no such finding, or no such value of it.
    """
    if finding == BONE_SITE:
        return frozenset(words)
    if finding not in FINDINGS:
        raise ValueError(f"a ConceptMap names the finding {finding}, and there is none")
    domain = FINDINGS[finding].domain
    if not isinstance(domain, Choice):
        raise ValueError(f"a code cannot mean a value of {finding}")
    plain: dict[str, Hashable] = {str(v).lower() if isinstance(v, bool | int) else str(v): v for v in domain.values}
    return frozenset().union(*(domain.only(plain.get(word, word)) for word in words))


def meaning_of(targets: Iterable[Mapping[str, Any]]) -> Meaning:
    """What the targets of an element say together.

    Raises:
        ValueError: a target or product names what there is not.
    """
    return tuple((t["code"], values_of(t["code"], [p["value"] for p in t["product"]])) for t in targets)


def meanings(groups: Iterable[Group]) -> dict[Key, Meaning]:
    """What each code of groups says. Equal targets are compiled once."""
    known: dict[str, Meaning] = {}
    found: dict[Key, Meaning] = {}
    for key, targets in elements(groups):
        same = repr(targets)
        if same not in known:
            known[same] = meaning_of(targets)
        found[key] = known[same]
    return found


def by_stem(table: Mapping[Key, T]) -> Callable[[Key], T | None]:
    """A look-up of a code, or where its system has stems of the longest one that begins it.

    What a national edition of ICD-10 has of its own goes before what all of them have from the first.
    """
    longest = max((len(code) for _, code in table), default=0)

    def find(key: Key) -> T | None:
        found = table.get(key)
        system, code = key
        if found is not None or system not in STEMMED or "/" in code:
            return found
        if system in ICD_10_FAMILY and len(code) > _LONGEST_ICD:
            return None
        for base in (system, ICD_10_CM) if system in ICD_10_FAMILY else (system,):
            for n in range(min(len(code), longest), 1, -1):
                if (base, code[:n]) in table:
                    return table[base, code[:n]]
        return None

    return find
