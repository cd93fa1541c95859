"""The look-ups: what a code says of a diagnosis, a procedure, a drug, an observation, an answer or a site.

A code is looked up by what it says itself, and else by the concept that it belongs to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property

import orjson

from service.evidence import Values, meet
from service.fhir_mapping.terminology.compiling import Group, Meaning, by_stem, elements, meanings, values_of
from service.fhir_mapping.terminology.morphology import METASTATIC, NO_CANCER, IcdO, parsed
from service.fhir_mapping.terminology.systems import (
    CONCEPT,
    FINDING,
    ICD_O_3,
    SCORE,
    VERTEBRA,
    Key,
    normal,
    remembered,
)
from service.findings import FINDINGS
from service.vertebrae import LEVELS, REGIONS

#: Targets of Observation codes that are no findings: what narrows the primary tumour, and what depends on a gene.
HISTOLOGY = "histology"
VARIANT = "genomic-variant"
#: The level of a lesion is a finding that no Observation gives: a code for it says where the rest of it is.
LEVEL = "vertebral-level"
#: Further targets of Observation codes, which :meth:`Terminology.asks` alone gives.
M_CATEGORY = "distant-metastasis-category"
METASTASIS_SITE = "distant-metastasis-site"
METASTASIS_HISTORY = "metastasis-history"
COMORBIDITIES = "comorbidities"

#: The ConceptMaps by which a record is read.
MAPS = (
    "condition-findings",
    "icd-10-exceptions",
    "metastasis-sites",
    "history-findings",
    "histology-refines",
    "observation-findings",
    "procedure-findings",
    "answers",
    "vertebrae",
    "concepts",
    "drug-concepts",
    "concept-findings",
)

_PRIMARY = "primary-tumour"
_ORIGIN = "tumour-origin"
_DIAGNOSES = ("primary.", "secondary.", "finding.", "comorbidity.")
_TREATMENTS = ("treatment.", "other.no_treatment", "other.local_treatment")
#: The concepts of morphologies that are not those of a primary cancer, by their behaviour.
_OF_BEHAVIOUR = {
    "0": "other.benign",
    "1": "other.uncertain_behaviour",
    "2": "other.in_situ",
    METASTATIC: "secondary.any",
}
_OF_DRUGS = frozenset(("previous-chemotherapy", "previous-systemic-therapy"))
_NOT_DRUGS = ("treatment.radiotherapy", "treatment.spine_surgery", "treatment.intent")


class Terminology:
    """Which code means what, compiled from ConceptMaps to look-ups that remember their answers."""

    def __init__(self, maps: Mapping[str, Iterable[Group]], same_as: Mapping[Key, Key] | None = None) -> None:
        """``maps`` are the groups of each of :data:`MAPS`; of two that map one code, the later one counts.

        ``same_as`` are codes that mean what another code means.

        Raises:
            ValueError: a map names a finding or value that there is not.
        """
        self.maps = {name: list(maps[name]) for name in MAPS}
        self.same_as = dict(same_as or {})
        tables = {name: meanings(self.maps[name]) for name in MAPS[:5]}
        said = meanings(self.maps["concept-findings"])
        self._of_concept = {concept: meaning for (_, concept), meaning in said.items()}
        concepts = {
            key: tuple(target["code"] for target in targets)
            for name in ("concepts", "drug-concepts")
            for key, targets in elements(self.maps[name])
        }
        self._drug_codes = frozenset(key for key, _ in elements(self.maps["drug-concepts"]))
        self._refines = tables["histology-refines"]
        self._conditions = tables["condition-findings"]
        self._diagnosed = by_stem(self._conditions)
        self._excepted = by_stem(tables["icd-10-exceptions"])
        self._sites = by_stem(tables["metastasis-sites"])
        self._concepts = by_stem(concepts)
        self._procedures = by_stem(meanings(self.maps["procedure-findings"]))
        self._observations = {
            key: targets[0]["code"] if targets else None for key, targets in elements(self.maps["observation-findings"])
        }
        self._vertebrae = {key: ts[0]["code"] for key, ts in elements(self.maps["vertebrae"]) if ts}
        answers = list(elements(self.maps["answers"]))
        self._answers = {
            (key, target["code"]): values_of(target["code"], [p["value"] for p in target["product"]])
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
        self.concepts = remembered(lambda key: self._concepts_of(self._same(key)))
        """The concepts of ``CodeSystem/concept`` that a code belongs to."""
        self.condition = remembered(lambda key: self._condition(self._same(key)))
        """What a diagnosis code says: empty if it is known and carries no finding, None if unknown."""
        self.refines = remembered(lambda key: self._refined(self._same(key)))
        """What a histology code says where the site agrees, or None."""
        self.procedure = remembered(lambda key: self._procedure(self._same(key)))
        """What a procedure code says: empty if it is known and carries no finding, None if it is unknown."""
        self.drug = remembered(lambda key: self._drug(self._same(key)))
        """What a drug code says: empty if it is known and carries no finding, None if it is unknown."""
        self.metastasis_site = remembered(lambda key: self._sites(self._same(key)))
        """What a metastasis at a site says: empty if it carries no finding, None if the site is unknown."""
        past = by_stem(tables["history-findings"])
        self.history = remembered(lambda key: dict(past(self._same(key)) or ()).get(_PRIMARY))
        """The primary tumours that a code for a past cancer names, or None."""
        self.observation = remembered(lambda key: self._asked(self._same(key)))
        """What an Observation code asks about (a finding, ``HISTOLOGY`` or ``VARIANT``), and if it is known at all."""
        self.asks = remembered(lambda key: self._observations.get(self._same(key)))
        """What an Observation code asks about, by the target of the map, be it a finding or not; None if nothing."""
        self.vertebra = remembered(lambda key: self._level(self._same(key)))
        """The level (``T6``) or region (``thoracic``) that a body site code names, or None."""

    def answer(self, finding: str, system: str | None, code: str | None) -> Values | None:
        """The possible values that a coded answer from a standard code system stands for, or None."""
        key = self._same(normal(system, code))
        if FINDINGS[finding].is_yes_no and key in self._yes_no:
            return frozenset((self._yes_no[key],))
        found = self._answers.get((key, finding))
        if found is None and finding == _PRIMARY:
            found = dict(self.condition(system, code) or ()).get(finding)
        return found

    def answers(self, system: str | None, code: str | None) -> tuple[tuple[str, Values], ...]:
        """Every finding that a coded answer can give a value to; ``boolean`` stands for each that is yes or no."""
        key = self._same(normal(system, code))
        yes_no = (("boolean", frozenset((self._yes_no[key],))),) if key in self._yes_no else ()
        return (
            *yes_no,
            *((finding, values) for (answered, finding), values in self._answers.items() if answered == key),
        )

    def says_nothing(self, system: str | None, code: str | None) -> bool:
        """Whether a coded answer is known to give no value, such as "indeterminate"."""
        return self._same(normal(system, code)) in self._silent

    def histology(self, system: str | None, code: str | None) -> Values | None:
        """The primary tumours that a histology code leaves possible where the site agrees, or None."""
        key = self._same(normal(system, code))
        parts = _icd_o(key)
        if parts is None:
            return dict(self.refines(system, code) or self.condition(system, code) or ()).get(_PRIMARY)
        exact = (ICD_O_3, parts.exact or parts.histology or "")
        own = None if parts.behaviour == METASTATIC else self._of_morphology(exact)
        return dict(self._refined(key) or own or ()).get(_PRIMARY)

    def behaviour(self, system: str | None, code: str | None) -> str | None:
        """The behaviour digit of an ICD-O-3 morphology (``0`` benign, ``2`` in situ, ``6`` metastatic), or None."""
        parts = _icd_o(self._same(normal(system, code)))
        return parts.behaviour if parts else None

    def is_metastasis(self, system: str | None, code: str | None) -> bool:
        """Whether a code says that there is a metastasis, wherever it is."""
        if self.behaviour(system, code) == METASTATIC:
            return True
        return any(concept.startswith("secondary.") for concept in self.concepts(system, code))

    def is_known(self, system: str | None, code: str | None) -> bool:
        """Whether any map knows a code."""
        key = self._same(normal(system, code))
        return (
            self.condition(system, code) is not None
            or self.procedure(system, code) is not None
            or self.drug(system, code) is not None
            or self.observation(system, code)[1]
            or bool(self.concepts(system, code))
            or self.histology(system, code) is not None
            or self.vertebra(system, code) is not None
            or self.metastasis_site(system, code) is not None
            or key in self._silent
            or bool(self.answers(system, code))
        )

    def codes_of(self, finding: str, system: str) -> tuple[str, ...]:
        """The codes of a system by which an Observation gives a finding."""
        return tuple(sorted(c for (s, c), found in self._observations.items() if found == finding and s == system))

    def map_of(self, kind: str, system: str | None, code: str | None) -> str:
        """The ConceptMap that decides what a code says as a ``diagnosis``, a ``procedure`` or a ``histology``."""
        key = self._same(normal(system, code))
        if kind == "procedure":
            return "procedure-findings" if self._procedures(key) is not None else "concept-findings"
        parts = _icd_o(key)
        if kind == "histology":
            histology = (ICD_O_3, parts.histology or "") if parts else key
            return "histology-refines" if histology in self._refines else "concept-findings"
        if parts is not None and parts.morphology is not None:
            if parts.behaviour == METASTATIC:
                return "metastasis-sites"
            key = (ICD_O_3, parts.topography or parts.exact or "")
        if self._excepted(key) is not None:
            return "icd-10-exceptions"
        return "condition-findings" if self._diagnosed(key) is not None else "concept-findings"

    @cached_property
    def version(self) -> str:
        """A short name for the maps in force: two terminologies that have it in common mean the same."""
        content = orjson.dumps([self.maps, sorted((*key, *same) for key, same in self.same_as.items())])
        return hashlib.sha256(content).hexdigest()[:12]

    def _same(self, key: Key) -> Key:
        return self.same_as.get(key, key)

    def _concepts_of(self, key: Key) -> tuple[str, ...]:
        if key[0] == CONCEPT:
            return (key[1],) if key[1] in self._of_concept else ()
        parts = _icd_o(key)
        if parts is None or parts.morphology is None:
            return () if _is_broken(key) else self._concepts(key) or ()
        own = self._concepts((ICD_O_3, parts.exact or parts.histology or "")) or ()
        if parts.behaviour in _OF_BEHAVIOUR and not own:
            return (_OF_BEHAVIOUR[parts.behaviour],)
        if parts.topography is None:
            return own
        # Beside a site, a morphology that many sites share belongs to the concepts that go with this one.
        site = self._concepts((ICD_O_3, parts.topography)) or ()
        values = dict(self._condition((ICD_O_3, parts.topography)) or ()).get(_PRIMARY)
        if values and self._refined((ICD_O_3, parts.histology or "")):
            own = tuple(c for c in own if meet(values, dict(self._of_concept.get(c, ())).get(_PRIMARY, values)))
        return tuple(dict.fromkeys((*own, *site)))

    def _by_concept(self, key: Key, prefixes: tuple[str, ...], but: tuple[str, ...] = ()) -> Meaning | None:
        """What the concepts of a code say of one kind of resource; None where none of them is of that kind."""
        concepts = [c for c in self._concepts_of(key) if c.startswith(prefixes) and not (but and c.startswith(but))]
        if not concepts:
            return None
        return tuple(dict.fromkeys(said for concept in concepts for said in self._of_concept.get(concept, ())))

    def _condition(self, key: Key) -> Meaning | None:
        parts = _icd_o(key)
        if parts is not None and parts.morphology is not None:
            return self._with_origin(self._tumour(parts), parts)
        if _is_broken(key):
            return None
        for look_up in (self._excepted, self._diagnosed):
            found = look_up(key)
            if found is not None:
                return found
        return self._by_concept(key, _DIAGNOSES)

    def _of_morphology(self, key: Key) -> Meaning | None:
        """What a morphology says without a site; None for one that depends on the site."""
        found = self._conditions.get(key)
        return found if found is not None or self._refined(key) else self._by_concept(key, _DIAGNOSES)

    def _tumour(self, parts: IcdO) -> Meaning | None:
        """What a morphology of ICD-O-3 says, with the site where it is in the same string."""
        if parts.behaviour == METASTATIC:
            return self._sites((ICD_O_3, parts.topography)) or () if parts.topography else ()
        own = self._of_morphology((ICD_O_3, parts.exact)) if parts.exact else None
        if own is not None:
            return own
        if parts.topography is None:  # a tumour, of which the site has to say which
            return () if parts.exact else None
        if parts.behaviour in NO_CANCER:
            return ()
        if parts.histology and (named_by_itself := self._of_morphology((ICD_O_3, parts.histology))):
            return named_by_itself
        site = self._condition((ICD_O_3, parts.topography))
        narrower = dict(self._refined((ICD_O_3, parts.histology or "")) or ()).get(_PRIMARY)
        if site is None or narrower is None:
            return site
        return tuple((f, meet(values, narrower) or values) if f == _PRIMARY else (f, values) for f, values in site)

    def _with_origin(self, tumour: Meaning | None, parts: IcdO) -> Meaning | None:
        """A primary tumour, with what its site says of where it began."""
        if not tumour or parts.topography is None or parts.behaviour == METASTATIC:
            return tumour
        origin = dict(self._condition((ICD_O_3, parts.topography)) or ()).get(_ORIGIN)
        known = dict(tumour)
        return (*tumour, (_ORIGIN, origin)) if origin and _PRIMARY in known and _ORIGIN not in known else tumour

    def _refined(self, key: Key) -> Meaning | None:
        parts = _icd_o(key)
        if parts is None or parts.histology is None:
            return self._refines.get(key)
        key = (ICD_O_3, parts.histology)
        found = self._refines.get(key)
        return found if found is not None else self._by_concept(key, ("histology.",))

    def _procedure(self, key: Key) -> Meaning | None:
        found = self._procedures(key)
        if found is not None or key in self._drug_codes:
            return found
        return self._by_concept(key, _TREATMENTS)

    def _drug(self, key: Key) -> Meaning | None:
        found = self._procedures(key)
        if found is not None:
            return tuple((finding, values) for finding, values in found if finding in _OF_DRUGS)
        return self._by_concept(key, _TREATMENTS, but=_NOT_DRUGS)

    def _asked(self, key: Key) -> tuple[str | None, bool]:
        if key[0] == FINDING:
            return (key[1] if key[1] in FINDINGS else None), True
        if key[0] == SCORE:
            return None, True  # no finding, but the result of a model
        finding = self._observations.get(key)
        return finding if finding in FINDINGS or finding in (HISTOLOGY, VARIANT) else None, key in self._observations

    def _level(self, key: Key) -> str | None:
        if key[0] == VERTEBRA:
            return key[1] if key[1] in LEVELS or key[1] in REGIONS else None
        return self._vertebrae.get(key)


def _icd_o(key: Key) -> IcdO | None:
    return parsed(key[1]) if key[0] == ICD_O_3 else None


def _is_broken(key: Key) -> bool:
    """Whether a code under the name of ICD-O-3 has parts that are none of it."""
    return key[0] == ICD_O_3 and parsed(key[1]) is None
