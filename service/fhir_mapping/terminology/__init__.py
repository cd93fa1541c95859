"""Which code means what: the ConceptMaps of this folder, compiled to hash look-ups once.

Codes are data: a change of meaning is a change of a ConceptMap here, never of this file. ICD codes
are looked up by the longest stem that begins them, other codes as they are. Versions after a ``|``
are dropped, ``urn:oid:`` names and the national ICD-10 systems stand for the system they name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from service.evidence import Choice, Values
from service.fhir_mapping.terminology.systems import (
    FINDING,
    FINDING_VALUE,
    ICD_10_CM,
    ICD_O_3,
    LOINC,
    RADELEMENT,
    SCORE,
    SNOMED,
    TUMOUR,
    VERTEBRA,
    Key,
    normal,
    remembered,
    tidy,
)
from service.findings import FINDINGS
from service.vertebrae import LEVELS, REGIONS

__all__ = [
    "BONE_SITE",
    "FINDING",
    "FINDING_VALUE",
    "HISTOLOGY",
    "ICD_10_CM",
    "ICD_O_3",
    "LEVEL",
    "LOINC",
    "MAPS",
    "RADELEMENT",
    "SCORE",
    "SNOMED",
    "STANDARD",
    "TUMOUR",
    "VARIANT",
    "VERTEBRA",
    "Terminology",
    "also",
    "groups_of",
    "normal",
    "standard_codings",
    "tidy",
]

#: A target that is no finding: where the metastasis is that a code for a bone metastasis names.
BONE_SITE = "bone-metastasis-site"
#: Targets of Observation codes that are no findings: what narrows the primary tumour, and what depends on a gene.
HISTOLOGY = "histology"
VARIANT = "genomic-variant"
#: The level of a lesion is a finding that no Observation gives: a code for it says where the rest of it is.
LEVEL = "vertebral-level"

Meaning = tuple[tuple[str, Values], ...]
"""Findings, each with the values that a code leaves possible. All of them hold."""

Group = Mapping[str, Any]
"""A group of a ConceptMap: a source system, a target system, and elements."""

#: The ConceptMaps by which a record is read.
MAPS = (
    "condition-findings",
    "histology-refines",
    "observation-findings",
    "procedure-findings",
    "answers",
    "vertebrae",
)


class Terminology:
    """Which code means what, compiled from ConceptMaps to look-ups that remember their answers."""

    def __init__(self, maps: Mapping[str, Iterable[Group]]) -> None:
        """``maps`` are the groups of each of :data:`MAPS`; of two that map one code, the later one counts.

        Raises:
            ValueError: a map names a finding or value that there is not.
        """
        conditions = _meanings(maps["condition-findings"])
        refines = _meanings(maps["histology-refines"])
        observations = {
            key: targets[0]["code"] if targets else None for key, targets in _elements(maps["observation-findings"])
        }
        vertebrae = {key: targets[0]["code"] for key, targets in _elements(maps["vertebrae"]) if targets}
        answers = list(_elements(maps["answers"]))
        self._observations = observations
        self._answers = {
            (key, target["code"]): _values(target["code"], [target["product"][0]["value"]])
            for key, targets in answers
            for target in targets
            if target["code"] != "boolean"
        }
        self._yes_no = {
            key: target["product"][0]["value"] == "true"
            for key, targets in answers
            for target in targets
            if target["code"] == "boolean"
        }
        self._silent = {key for key, targets in answers if not targets}
        self.condition = remembered(_by_stem(conditions))
        """What a diagnosis code says: empty if it is known and carries no finding, None if unknown."""
        self.refines = remembered(refines.get)
        """What a histology code says where the site agrees, or None."""
        self.procedure = remembered(_by_stem(_meanings(maps["procedure-findings"])))
        """What a procedure code says, or None if it is unknown."""
        self.observation = remembered(lambda key: _asked(key, observations))
        """What an Observation code asks about (a finding, ``HISTOLOGY`` or ``VARIANT``), and if it is known at all."""
        self.vertebra = remembered(lambda key: _level(key, vertebrae))
        """The level (``T6``) or region (``thoracic``) that a body site code names, or None."""

    def answer(self, finding: str, system: str | None, code: str | None) -> Values | None:
        """The possible values that a coded answer from a standard code system stands for, or None."""
        key = normal(system, code)
        if FINDINGS[finding].is_yes_no and key in self._yes_no:
            return frozenset((self._yes_no[key],))
        found = self._answers.get((key, finding))
        if found is None and finding == "primary-tumour":
            found = dict(self.condition(system, code) or ()).get(finding)
        return found

    def says_nothing(self, system: str | None, code: str | None) -> bool:
        """Whether a coded answer is known to give no value, such as "indeterminate"."""
        return normal(system, code) in self._silent

    def histology(self, system: str | None, code: str | None) -> Values | None:
        """The primary tumours that a histology code leaves possible where the site agrees, or None."""
        return dict(self.refines(system, code) or self.condition(system, code) or ()).get("primary-tumour")

    def codes_of(self, finding: str, system: str) -> tuple[str, ...]:
        """The codes of a system by which an Observation gives a finding."""
        return tuple(sorted(c for (s, c), found in self._observations.items() if found == finding and s == system))


def groups_of(name: str) -> list[dict[str, Any]]:
    """The groups of one of the maps of this folder."""
    text = resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    groups: list[dict[str, Any]] = json.loads(text)["group"]
    return groups


def _elements(groups: Iterable[Group]) -> Iterator[tuple[Key, list[dict[str, Any]]]]:
    for group in groups:
        for element in group["element"]:
            yield (group["source"], tidy(group["source"], element["code"])), element.get("target", [])


def _values(finding: str, words: list[str]) -> Values:
    if finding == BONE_SITE:
        return frozenset(words)
    if finding not in FINDINGS:
        raise ValueError(f"a ConceptMap names the finding {finding}, and there is none")
    domain = FINDINGS[finding].domain
    if not isinstance(domain, Choice):
        raise ValueError(f"a code cannot mean a value of {finding}")
    plain: dict[str, Hashable] = {str(v).lower() if isinstance(v, bool | int) else str(v): v for v in domain.values}
    return frozenset().union(*(domain.only(plain.get(word, word)) for word in words))


def _meanings(groups: Iterable[Group]) -> dict[Key, Meaning]:
    return {
        key: tuple((t["code"], _values(t["code"], [p["value"] for p in t["product"]])) for t in targets)
        for key, targets in _elements(groups)
    }


def _by_stem(table: dict[Key, Meaning]) -> Callable[[Key], Meaning | None]:
    longest = max(len(code) for _, code in table)

    def find(key: Key) -> Meaning | None:
        found = table.get(key)
        if found is not None or key[0] not in (ICD_10_CM, ICD_O_3) or "/" in key[1]:
            return found
        stems = ((key[0], key[1][:n]) for n in range(min(len(key[1]) - 1, longest), 2, -1))
        return next((table[stem] for stem in stems if stem in table), None)

    return find


def _asked(key: Key, observations: Mapping[Key, str | None]) -> tuple[str | None, bool]:
    if key[0] == FINDING:
        return (key[1] if key[1] in FINDINGS else None), True
    if key[0] == SCORE:
        return None, True  # no finding, but the result of a model
    finding = observations.get(key)
    return finding if finding in FINDINGS or finding in (HISTOLOGY, VARIANT) else None, key in observations


def _level(key: Key, vertebrae: Mapping[Key, str]) -> str | None:
    if key[0] == VERTEBRA:
        return key[1] if key[1] in LEVELS or key[1] in REGIONS else None
    return vertebrae.get(key)


STANDARD = Terminology({name: groups_of(name) for name in MAPS})
"""The maps of this folder, with nothing on top."""

_ALSO = {
    (group["source"], element["code"]): tuple({"system": group["target"], "code": t["code"]} for t in element["target"])
    for group in groups_of("score-elements")
    for element in group["element"]
}


@lru_cache(maxsize=256)
def standard_codings(finding: str) -> tuple[dict[str, str], ...]:
    """The LOINC codes that ask for a finding, for a request for data."""
    return tuple({"system": LOINC, "code": code} for code in STANDARD.codes_of(finding, LOINC))


def also(system: str, code: str) -> tuple[dict[str, str], ...]:
    """The codings of other systems that stand beside one of ours in an answer."""
    return _ALSO.get((system, code), ())
