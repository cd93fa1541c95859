"""The look-ups: what a code says of a diagnosis, a procedure, a drug, an observation, an answer or a site.

They take a code as a record has it, know which codes mean what another one does, and remember their answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property

import orjson

from service.evidence import Values
from service.fhir_mapping.terminology.compiling import Group
from service.fhir_mapping.terminology.morphology import METASTATIC
from service.fhir_mapping.terminology.systems import Key, normal, remembered
from service.fhir_mapping.terminology.tables import MAPS, PRIMARY, Tables, icd_o
from service.findings import FINDINGS


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
        tables = self._tables = Tables(self.maps)
        self.concepts = remembered(lambda key: tables.concepts(self._same(key)))
        """The concepts of ``CodeSystem/concept`` that a code belongs to."""
        self.condition = remembered(lambda key: tables.condition(self._same(key)))
        """What a diagnosis code says: empty if it is known and carries no finding, None if unknown."""
        self.refines = remembered(lambda key: tables.refined(self._same(key)))
        """What a histology code says where the site agrees, or None."""
        self.procedure = remembered(lambda key: tables.procedure(self._same(key)))
        """What a procedure code says: empty if it is known and carries no finding, None if it is unknown."""
        self.drug = remembered(lambda key: tables.drug(self._same(key)))
        """What a drug code says: empty if it is known and carries no finding, None if it is unknown."""
        self.histology = remembered(lambda key: tables.histology(self._same(key)))
        """The primary tumours that a histology code leaves possible where the site agrees, or None."""
        self.metastasis_site = remembered(lambda key: tables.sites(self._same(key)))
        """What a metastasis at a site says: empty if it carries no finding, None if the site is unknown."""
        self.history = remembered(lambda key: dict(tables.history(self._same(key)) or ()).get(PRIMARY))
        """The primary tumours that a code for a past cancer names, or None."""
        self.observation = remembered(lambda key: tables.asked(self._same(key)))
        """What an Observation code asks about (a finding, ``HISTOLOGY`` or ``VARIANT``), and if it is known at all."""
        self.asks = remembered(lambda key: tables.observations.get(self._same(key)))
        """What an Observation code asks about, by the target of the map, be it a finding or not; None if nothing."""
        self.vertebra = remembered(lambda key: tables.level(self._same(key)))
        """The level (``T6``) or region (``thoracic``) that a body site code names, or None."""

    def answer(self, finding: str, system: str | None, code: str | None) -> Values | None:
        """The possible values that a coded answer from a standard code system stands for, or None."""
        key = self._same(normal(system, code))
        if FINDINGS[finding].is_yes_no and key in self._tables.yes_no:
            return frozenset((self._tables.yes_no[key],))
        found = self._tables.answers.get((key, finding))
        if found is None and finding == PRIMARY:
            found = dict(self.condition(system, code) or ()).get(finding)
        return found

    def answers(self, system: str | None, code: str | None) -> tuple[tuple[str, Values], ...]:
        """Every finding that a coded answer can give a value to; ``boolean`` stands for each that is yes or no."""
        key = self._same(normal(system, code))
        yes_no = (("boolean", frozenset((self._tables.yes_no[key],))),) if key in self._tables.yes_no else ()
        return (
            *yes_no,
            *((finding, values) for (answered, finding), values in self._tables.answers.items() if answered == key),
        )

    def says_nothing(self, system: str | None, code: str | None) -> bool:
        """Whether a coded answer is known to give no value, such as "indeterminate"."""
        return self._same(normal(system, code)) in self._tables.silent

    def behaviour(self, system: str | None, code: str | None) -> str | None:
        """The behaviour digit of an ICD-O-3 morphology (``0`` benign, ``2`` in situ, ``6`` metastatic), or None."""
        parts = icd_o(self._same(normal(system, code)))
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
            or key in self._tables.silent
            or bool(self.answers(system, code))
        )

    def map_of(self, kind: str, system: str | None, code: str | None) -> str:
        """The ConceptMap that decides what a code says as a ``diagnosis``, a ``procedure`` or a ``histology``."""
        return self._tables.map_of(kind, self._same(normal(system, code)))

    def codes_of(self, finding: str, system: str) -> tuple[str, ...]:
        """The codes of a system by which an Observation gives a finding."""
        return tuple(
            sorted(c for (s, c), found in self._tables.observations.items() if found == finding and s == system)
        )

    @cached_property
    def version(self) -> str:
        """A short name for the maps in force: two terminologies that have it in common mean the same."""
        content = orjson.dumps([self.maps, sorted((*key, *same) for key, same in self.same_as.items())])
        return hashlib.sha256(content).hexdigest()[:12]

    def _same(self, key: Key) -> Key:
        return self.same_as.get(key, key)
