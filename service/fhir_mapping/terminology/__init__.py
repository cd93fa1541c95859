"""Which code means what: the ConceptMaps of this folder, compiled to hash look-ups once.

Codes are data: a change of meaning is a change of a ConceptMap here, never of this file. ICD codes
are looked up by the longest stem that begins them, other codes as they are. Versions after a ``|``
are dropped, ``urn:oid:`` names and the national ICD-10 systems stand for the system they name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from functools import lru_cache
from importlib import resources
from typing import Any, TypeVar

from service import BASE
from service.evidence import Choice, Values
from service.findings import FINDINGS
from service.vertebrae import LEVELS, REGIONS

FINDING = f"{BASE}/CodeSystem/finding"
FINDING_VALUE = f"{BASE}/CodeSystem/finding-value"
TUMOUR = f"{BASE}/CodeSystem/tumour"
VERTEBRA = f"{BASE}/CodeSystem/vertebra"
SCORE = f"{BASE}/CodeSystem/score"

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_O_3 = "http://terminology.hl7.org/CodeSystem/icd-o-3"
RADELEMENT = "https://radelement.org"

_SAME_SYSTEM = {
    "http://hl7.org/fhir/sid/icd-10": ICD_10_CM,
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": ICD_10_CM,
    "http://fhir.de/CodeSystem/dimdi/icd-10-gm": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.3": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.6.96": SNOMED,
    "urn:oid:2.16.840.1.113883.6.1": LOINC,
    "urn:oid:2.16.840.1.113883.6.43.1": ICD_O_3,
    "urn:oid:2.16.840.1.113883.6.12": "http://www.ama-assn.org/go/cpt",
    "http://terminology.hl7.org/CodeSystem/icd-o-3-topography": ICD_O_3,
    "urn:oid:2.16.840.1.113883.6.43.1.1": ICD_O_3,
    "http://www.genenames.org/geneId": "http://www.genenames.org",
}

#: A target that is no finding: where the metastasis is that a code for a bone metastasis names.
BONE_SITE = "bone-metastasis-site"
#: Targets of Observation codes that are no findings: what narrows the primary tumour, and what depends on a gene.
HISTOLOGY = "histology"
VARIANT = "genomic-variant"
#: The level of a lesion is a finding that no Observation gives: a code for it says where the rest of it is.
LEVEL = "vertebral-level"

Meaning = tuple[tuple[str, Values], ...]
"""Findings, each with the values that a code leaves possible. All of them hold."""

Key = tuple[str, str]


def _groups(name: str) -> list[dict[str, Any]]:
    text = resources.files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    groups: list[dict[str, Any]] = json.loads(text)["group"]
    return groups


def _elements(name: str) -> Iterator[tuple[Key, list[dict[str, Any]]]]:
    for group in _groups(name):
        for element in group["element"]:
            yield (group["source"], _tidy(group["source"], element["code"])), element.get("target", [])


def _tidy(system: str, code: str) -> str:
    code = code.strip()
    return code.upper().replace(".", "") if system in (ICD_10_CM, ICD_O_3) else code


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


def _meanings(name: str) -> dict[Key, Meaning]:
    return {
        key: tuple((t["code"], _values(t["code"], [p["value"] for p in t["product"]])) for t in targets)
        for key, targets in _elements(name)
    }


_CONDITIONS = _meanings("condition-findings")
_REFINES = _meanings("histology-refines")
_PROCEDURES = _meanings("procedure-findings")
_OBSERVATIONS = {key: targets[0]["code"] if targets else None for key, targets in _elements("observation-findings")}
_ANSWERS = {
    (key, target["code"]): _values(target["code"], [target["product"][0]["value"]])
    for key, targets in _elements("answers")
    for target in targets
    if target["code"] != "boolean"
}
_YES_NO = {
    key: target["product"][0]["value"] == "true"
    for key, targets in _elements("answers")
    for target in targets
    if target["code"] == "boolean"
}
_SILENT = {key for key, targets in _elements("answers") if not targets}
_ALSO = {
    (group["source"], element["code"]): tuple({"system": group["target"], "code": t["code"]} for t in element["target"])
    for group in _groups("score-elements")
    for element in group["element"]
}
_VERTEBRAE = {key: targets[0]["code"] for key, targets in _elements("vertebrae") if targets}


#: No code is longer than this; what is, is none, and is not remembered.
_LONGEST = 256

R = TypeVar("R")


def _remembered(look_up: Callable[[Key], R]) -> Callable[[str | None, str | None], R]:
    """A look-up by system and code that remembers its answers, and forgets what is too long to be a code."""
    quick = lru_cache(maxsize=16_384)(lambda system, code: look_up(_normal(system, code)))

    def found(system: str | None, code: str | None) -> R:
        if len(system or "") > _LONGEST or len(code or "") > _LONGEST:
            return look_up(("", ""))
        return quick(system, code)

    return found


def _normal(system: str | None, code: str | None) -> Key:
    system = (system or "").split("|", 1)[0].strip().rstrip("/")
    system = _SAME_SYSTEM.get(system, system)
    return system, _tidy(system, code or "")


def _by_stem(table: dict[Key, Meaning]) -> Callable[[Key], Meaning | None]:
    longest = max(len(code) for _, code in table)

    def find(key: Key) -> Meaning | None:
        found = table.get(key)
        if found is not None or key[0] not in (ICD_10_CM, ICD_O_3) or "/" in key[1]:
            return found
        stems = ((key[0], key[1][:n]) for n in range(min(len(key[1]) - 1, longest), 2, -1))
        return next((table[stem] for stem in stems if stem in table), None)

    return find


def _observation(key: Key) -> tuple[str | None, bool]:
    if key[0] == FINDING:
        return (key[1] if key[1] in FINDINGS else None), True
    if key[0] == SCORE:
        return None, True  # no finding, but the result of a model
    finding = _OBSERVATIONS.get(key)
    return finding if finding in FINDINGS or finding in (HISTOLOGY, VARIANT) else None, key in _OBSERVATIONS


def _vertebra(key: Key) -> str | None:
    if key[0] == VERTEBRA:
        return key[1] if key[1] in LEVELS or key[1] in REGIONS else None
    return _VERTEBRAE.get(key)


normal = _remembered(lambda key: key)
"""A coding as the maps name it."""
condition = _remembered(_by_stem(_CONDITIONS))
"""What a diagnosis code says: empty if it is known and carries no finding, None if unknown."""
refines = _remembered(_REFINES.get)
"""What a histology code says where the site agrees, or None."""
procedure = _remembered(_by_stem(_PROCEDURES))
"""What a procedure code says, or None if it is unknown."""
observation = _remembered(_observation)
"""What an Observation code asks about (a finding, ``HISTOLOGY`` or ``VARIANT``), and whether it is known at all."""
vertebra = _remembered(_vertebra)
"""The level (``T6``) or region (``thoracic``) that a body site code names, or None."""


def answer(finding: str, system: str | None, code: str | None) -> Values | None:
    """The possible values that a coded answer from a standard code system stands for, or None."""
    key = normal(system, code)
    if FINDINGS[finding].is_yes_no and key in _YES_NO:
        return frozenset((_YES_NO[key],))
    found = _ANSWERS.get((key, finding))
    if found is None and finding == "primary-tumour":
        found = dict(condition(system, code) or ()).get(finding)
    return found


def says_nothing(system: str | None, code: str | None) -> bool:
    """Whether a coded answer is known to give no value, such as "indeterminate"."""
    return normal(system, code) in _SILENT


def histology(system: str | None, code: str | None) -> Values | None:
    """The primary tumours that a histology code leaves possible where the site agrees, or None."""
    return dict(refines(system, code) or condition(system, code) or ()).get("primary-tumour")


@lru_cache(maxsize=256)
def standard_codings(finding: str) -> tuple[dict[str, str], ...]:
    """The LOINC codes that ask for a finding, for a request for data."""
    return tuple(
        {"system": system, "code": code}
        for (system, code), found in sorted(_OBSERVATIONS.items())
        if found == finding and system == LOINC
    )


def also(system: str, code: str) -> tuple[dict[str, str], ...]:
    """The codings of other systems that stand beside one of ours in an answer."""
    return _ALSO.get((system, code), ())
