"""A site's own ConceptMaps on top of those of the package, with a report of what they change.

A target may be a finding with values, a finding whose value comes with the code, a value, a vertebra, a concept, or a
code of a standard system, which then counts as if it had been sent. Of two maps for one code, the later one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service.evidence import Choice, OutsideDomain
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.fhir_mapping.terminology.compiling import BONE_SITE, meaning_of
from service.fhir_mapping.terminology.senses import said
from service.fhir_mapping.terminology.systems import (
    CONCEPT,
    FINDING,
    FINDING_VALUE,
    ICD_10,
    ICD_10_GM,
    TUMOUR,
    VERTEBRA,
    Key,
    named,
    normal,
    tidy,
)
from service.fhir_mapping.terminology.tables import COMORBIDITIES, HISTOLOGY, M_CATEGORY, METASTASIS_SITE
from service.findings import FINDINGS
from service.vertebrae import LEVELS, REGIONS

#: The code says at least as much as the target, so that what holds for the target holds for it.
_HOLDS = frozenset(("equal", "equivalent", "wider", "subsumes"))
#: Beside a finding with several values, which are alternatives, these hold as well.
_ALTERNATIVES = frozenset(("narrower", "inexact", "specializes"))
_NOTHING = frozenset(("unmatched", "disjoint"))
_TREATMENTS = frozenset(
    ("prior-radiotherapy-at-level", "prior-surgery-at-level", "previous-chemotherapy", "previous-systemic-therapy")
)
_ASKED = frozenset((*FINDINGS, HISTOLOGY, M_CATEGORY, METASTASIS_SITE, COMORBIDITIES))


class Outcome(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    UNUSABLE = "not usable"


@dataclass(frozen=True)
class Change:
    """What became of one code of a site's map."""

    map: str
    system: str
    code: str
    outcome: Outcome
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    reason: str = ""

    def line(self) -> str:
        text = f"{self.map}: {self.system}|{self.code}: {self.outcome}"
        if self.outcome is Outcome.UNUSABLE:
            return f"{text}: {self.reason}"
        if self.outcome is Outcome.CHANGED:
            return f"{text}: from {'; '.join(self.before)} to {'; '.join(self.after) or 'nothing'}"
        return f"{text}: {'; '.join(self.after)}" if self.after else text


@dataclass(frozen=True)
class Layered:
    """The maps in force, and what a site's own did to them."""

    terminology: Terminology
    changes: tuple[Change, ...] = ()
    names: tuple[str, ...] = ()
    """The maps of the site, in the order in which they were put on top."""

    def counts(self) -> dict[str, int]:
        """How many codes were added, changed, left as they were, or could not be used."""
        return {outcome.value: sum(c.outcome is outcome for c in self.changes) for outcome in Outcome}


@dataclass
class _Layer:
    """What a site's maps add to those of the package."""

    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    same_as: dict[Key, Key] = field(default_factory=dict)

    def add(self, name: str, target: str, key: Key, targets: list[dict[str, Any]]) -> None:
        element = {"code": key[1], "target": targets} if targets else {"code": key[1]}
        self.groups.setdefault(name, []).append({"source": key[0], "target": target, "element": [element]})


class _Unusable(Exception):
    """Why a line of a map is not used."""


def layered(maps: Iterable[tuple[str, Mapping[str, Any]]]) -> Layered:
    """The standard maps with a site's ConceptMaps on top, each by the name that the report gives it.

    The ConceptMaps are of R4, their structure is checked (:mod:`.own_maps` does that).
    """
    layer, seen, names = _Layer(), dict[tuple[str, Key], str](), list[str]()
    unusable: list[Change] = []
    for name, resource in maps:
        names.append(name)
        here: set[tuple[Key, str]] = set()
        for group, element in _elements(resource):
            system, code = named(group["source"]), element["code"].strip()
            key = (system, tidy(system, code))
            target = named(group.get("target", ""))
            try:
                if (key, target) in here:
                    raise _Unusable("it is in this map before, and that line counts")
                here.add((key, target))
                _put(layer, key, target, element.get("target", []))
                seen[name, key] = code
            except _Unusable as reason:
                unusable.append(Change(name, system, code, Outcome.UNUSABLE, reason=str(reason)))
    terms = Terminology(
        {name: [*groups, *layer.groups.get(name, ())] for name, groups in STANDARD.maps.items()}, layer.same_as
    )
    changed = (_change(name, key, code, terms) for (name, key), code in seen.items())
    return Layered(terms, (*changed, *unusable), tuple(names))


def _elements(resource: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    if resource.get("status") == "retired":
        return
    for group in resource.get("group", ()):
        for element in group["element"]:
            if element.get("code", "").strip():
                yield group, element


def _change(name: str, key: Key, code: str, terms: Terminology) -> Change:
    before, after = said(STANDARD, *key), said(terms, *key)
    outcome = Outcome.SAME if before == after else Outcome.CHANGED if before else Outcome.ADDED
    return Change(name, key[0], code, outcome, before, after)


def _put(layer: _Layer, key: Key, system: str, targets: list[dict[str, Any]]) -> None:
    """Puts the targets of one element where codes of their kind are looked up.

    Raises:
        _Unusable: they cannot be used, for the reason that it says.
    """
    for target in targets:
        if target.get("dependsOn"):
            raise _Unusable("the target depends on another element, which is not read")
    wanted = [t for t in targets if t["equivalence"] not in _NOTHING]
    if not wanted:
        layer.add("condition-findings", FINDING, key, [])
        layer.add("observation-findings", FINDING, key, [])
        return
    if any(not t.get("code") for t in wanted):
        raise _Unusable("the target has no code")
    layer.same_as.pop(key, None)
    weak = next((t["equivalence"] for t in wanted if t["equivalence"] not in _HOLDS | _ALTERNATIVES), None)
    if weak is not None:
        raise _Unusable(f"the equivalence {weak} does not say that the target holds; say equivalent or wider")
    if system == FINDING:
        _findings(layer, key, wanted)
        return
    narrower = next((t["equivalence"] for t in wanted if t["equivalence"] not in _HOLDS), None)
    if narrower is not None:
        raise _Unusable(
            f"the target is {narrower}: it says more than the code; say equivalent or wider, or map it wider"
        )
    if len(wanted) > 1:
        raise _Unusable("it has several targets of one system; keep the one that it means")
    _one(layer, key, system, wanted[0])


def _findings(layer: _Layer, key: Key, targets: list[dict[str, Any]]) -> None:
    """Targets that are findings: with values for a diagnosis, a treatment or an answer, without for an Observation."""
    with_values = [t for t in targets if t.get("product")]
    if not with_values:
        asked = targets[0]["code"]
        if len(targets) > 1 or asked not in _ASKED:
            raise _Unusable("an Observation code asks for one finding of CodeSystem/finding")
        layer.add("observation-findings", FINDING, key, targets)
        return
    if len(with_values) < len(targets):
        raise _Unusable("one target has a value as its product and another has none")
    yes_no = [t for t in targets if t["code"] == "boolean"]
    meant = [t for t in targets if t["code"] != "boolean"]
    try:
        meaning_of(meant)
    except OutsideDomain:
        raise _Unusable("a product is no value of the finding; see CodeSystem/finding-value") from None
    except ValueError:
        raise _Unusable("the target is no finding that a code can mean; see CodeSystem/finding") from None
    if any(t["product"][0]["value"] not in ("true", "false") for t in yes_no):
        raise _Unusable("boolean has the value true or false")
    treatments = [t for t in meant if t["code"] in _TREATMENTS]
    if treatments:
        layer.add("procedure-findings", FINDING, key, treatments)
    diagnoses = [t for t in meant if t["code"] not in _TREATMENTS]
    if diagnoses:
        own_edition = key[0] in (ICD_10, ICD_10_GM)
        layer.add("icd-10-exceptions" if own_edition else "condition-findings", FINDING, key, diagnoses)
        layer.add("metastasis-sites", FINDING, key, diagnoses)
    # An answer for the primary tumour is looked up among the diagnoses anyway.
    answers = [*yes_no, *(t for t in diagnoses if t["code"] not in (BONE_SITE, "primary-tumour"))]
    if answers:
        layer.add("answers", FINDING, key, answers)


def _one(layer: _Layer, key: Key, system: str, target: dict[str, Any]) -> None:
    code = target["code"].strip()
    if target.get("product"):
        raise _Unusable("a product is read beside a finding only")
    if system == VERTEBRA:
        if code not in LEVELS and code not in REGIONS:
            raise _Unusable("the target is no vertebra and no region; see CodeSystem/vertebra")
        layer.add("vertebrae", VERTEBRA, key, [target])
    elif system == CONCEPT:
        if not STANDARD.concepts(CONCEPT, code):
            raise _Unusable("the target is no concept; see CodeSystem/concept")
        layer.add("concepts", CONCEPT, key, [target])
    elif system in (TUMOUR, FINDING_VALUE):
        made = [{**target, "code": f, "product": [{"system": system, "value": code}]} for f in _having(system, code)]
        if not made:
            raise _Unusable("the target is a value that no finding has; see CodeSystem/finding-value")
        layer.add("condition-findings" if system == TUMOUR else "answers", FINDING, key, made)
    else:
        other = normal(system, code)
        if not STANDARD.is_known(*other):
            raise _Unusable("the target is a code that is not known here")
        layer.same_as[key] = other


def _having(system: str, value: str) -> list[str]:
    """The findings that can have a value; ``boolean`` for yes and no."""
    if value in ("true", "false"):
        return ["boolean"]
    candidates = ["primary-tumour"] if system == TUMOUR else list(FINDINGS)
    found = []
    for finding in candidates:
        if isinstance(FINDINGS[finding].domain, Choice):
            try:
                meaning_of([{"code": finding, "product": [{"value": value}]}])
            except OutsideDomain:
                continue
            found.append(finding)
    return found
