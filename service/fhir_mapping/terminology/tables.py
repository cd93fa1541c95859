"""What a code says by the maps: by its own line, else by the concept that it belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from service.evidence import Values, meet
from service.fhir_mapping.terminology.compiling import Group, Meaning, by_stem, elements, meanings, values_of
from service.fhir_mapping.terminology.morphology import METASTATIC, NO_CANCER, IcdO, parsed
from service.fhir_mapping.terminology.systems import CONCEPT, FINDING, ICD_O_3, SCORE, VERTEBRA, Key
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

PRIMARY = "primary-tumour"
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


class Tables:
    """The maps, compiled. Keys are systems and codes as ``systems.normal`` gives them."""

    def __init__(self, maps: Mapping[str, Iterable[Group]]) -> None:
        """``maps`` are the groups of each of :data:`MAPS`; of two that map one code, the later one counts.

        Raises:
            ValueError: a map names a finding or value that there is not.
        """
        said = meanings(maps["concept-findings"])
        self._of_concept = {concept: meaning for (_, concept), meaning in said.items()}
        concepts = {
            key: tuple(target["code"] for target in targets)
            for name in ("concepts", "drug-concepts")
            for key, targets in elements(maps[name])
        }
        self._drug_codes = frozenset(key for key, _ in elements(maps["drug-concepts"]))
        self._refines = meanings(maps["histology-refines"])
        self._conditions = meanings(maps["condition-findings"])
        self._diagnosed = by_stem(self._conditions)
        self._excepted = by_stem(meanings(maps["icd-10-exceptions"]))
        self.sites = by_stem(meanings(maps["metastasis-sites"]))
        self._concepts = by_stem(concepts)
        self._procedures = by_stem(meanings(maps["procedure-findings"]))
        self.observations = {
            key: targets[0]["code"] if targets else None for key, targets in elements(maps["observation-findings"])
        }
        self._vertebrae = {key: ts[0]["code"] for key, ts in elements(maps["vertebrae"]) if ts}
        answers = list(elements(maps["answers"]))
        self.answers = {
            (key, target["code"]): values_of(target["code"], [p["value"] for p in target["product"]])
            for key, targets in answers
            for target in targets
            if target["code"] != "boolean"
        }
        self.yes_no = {
            key: target["product"][0]["value"] == "true"
            for key, targets in answers
            for target in targets
            if target["code"] == "boolean"
        }
        self.history = by_stem(meanings(maps["history-findings"]))
        self.silent = {key for key, targets in answers if not targets}

    def concepts(self, key: Key) -> tuple[str, ...]:
        """The concepts of ``CodeSystem/concept`` that a code belongs to."""
        if key[0] == CONCEPT:
            return (key[1],) if key[1] in self._of_concept else ()
        parts = icd_o(key)
        if parts is None or parts.morphology is None:
            return () if _is_broken(key) else self._concepts(key) or ()
        own = self._concepts((ICD_O_3, parts.exact or parts.histology or "")) or ()
        if parts.behaviour in _OF_BEHAVIOUR and not own:
            return (_OF_BEHAVIOUR[parts.behaviour],)
        if parts.topography is None:
            return own
        # Beside a site, a morphology that many sites share belongs to the concepts that go with this one.
        site = self._concepts((ICD_O_3, parts.topography)) or ()
        values = dict(self.condition((ICD_O_3, parts.topography)) or ()).get(PRIMARY)
        if values and self.refined((ICD_O_3, parts.histology or "")):
            own = tuple(c for c in own if meet(values, dict(self._of_concept.get(c, ())).get(PRIMARY, values)))
        return tuple(dict.fromkeys((*own, *site)))

    def _by_concept(self, key: Key, prefixes: tuple[str, ...], but: tuple[str, ...] = ()) -> Meaning | None:
        """What the concepts of a code say of one kind of resource; None where none of them is of that kind."""
        concepts = [c for c in self.concepts(key) if c.startswith(prefixes) and not (but and c.startswith(but))]
        if not concepts:
            return None
        return tuple(dict.fromkeys(said for concept in concepts for said in self._of_concept.get(concept, ())))

    def condition(self, key: Key) -> Meaning | None:
        """What a diagnosis says: empty if it is known and carries no finding, None if unknown."""
        parts = icd_o(key)
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
        return found if found is not None or self.refined(key) else self._by_concept(key, _DIAGNOSES)

    def _tumour(self, parts: IcdO) -> Meaning | None:
        """What a morphology of ICD-O-3 says, with the site where it is in the same string."""
        if parts.behaviour == METASTATIC:
            return self.sites((ICD_O_3, parts.topography)) or () if parts.topography else ()
        own = self._of_morphology((ICD_O_3, parts.exact)) if parts.exact else None
        if own is not None:
            return own
        if parts.topography is None:  # a tumour, of which the site has to say which
            return () if parts.exact else None
        if parts.behaviour in NO_CANCER:
            return ()
        if parts.histology and (named_by_itself := self._of_morphology((ICD_O_3, parts.histology))):
            return named_by_itself
        site = self.condition((ICD_O_3, parts.topography))
        narrower = dict(self.refined((ICD_O_3, parts.histology or "")) or ()).get(PRIMARY)
        if site is None or narrower is None:
            return site
        return tuple((f, meet(values, narrower) or values) if f == PRIMARY else (f, values) for f, values in site)

    def _with_origin(self, tumour: Meaning | None, parts: IcdO) -> Meaning | None:
        """A primary tumour, with what its site says of where it began."""
        if not tumour or parts.topography is None or parts.behaviour == METASTATIC:
            return tumour
        origin = dict(self.condition((ICD_O_3, parts.topography)) or ()).get(_ORIGIN)
        known = dict(tumour)
        return (*tumour, (_ORIGIN, origin)) if origin and PRIMARY in known and _ORIGIN not in known else tumour

    def refined(self, key: Key) -> Meaning | None:
        """What a histology says where the site agrees, or None."""
        parts = icd_o(key)
        if parts is None or parts.histology is None:
            return self._refines.get(key)
        key = (ICD_O_3, parts.histology)
        found = self._refines.get(key)
        return found if found is not None else self._by_concept(key, ("histology.",))

    def histology(self, key: Key) -> Values | None:
        """The primary tumours that a histology leaves possible where the site agrees, or None."""
        parts = icd_o(key)
        if parts is None:
            return dict(self.refined(key) or self.condition(key) or ()).get(PRIMARY)
        exact = (ICD_O_3, parts.exact or parts.histology or "")
        own = None if parts.behaviour == METASTATIC else self._of_morphology(exact)
        return dict(self.refined(key) or own or ()).get(PRIMARY)

    def procedure(self, key: Key) -> Meaning | None:
        """What a procedure says: empty if it is known and carries no finding, None if it is unknown."""
        found = self._procedures(key)
        if found is not None or key in self._drug_codes:
            return found
        return self._by_concept(key, _TREATMENTS)

    def drug(self, key: Key) -> Meaning | None:
        """What a drug says, as of a procedure."""
        found = self._procedures(key)
        if found is not None:
            return tuple((finding, values) for finding, values in found if finding in _OF_DRUGS)
        return self._by_concept(key, _TREATMENTS, but=_NOT_DRUGS)

    def asked(self, key: Key) -> tuple[str | None, bool]:
        """What an Observation asks about (a finding, ``HISTOLOGY`` or ``VARIANT``), and if it is known at all."""
        if key[0] == FINDING:
            return (key[1] if key[1] in FINDINGS else None), True
        if key[0] == SCORE:
            return None, True  # no finding, but the result of a model
        finding = self.observations.get(key)
        return finding if finding in FINDINGS or finding in (HISTOLOGY, VARIANT) else None, key in self.observations

    def level(self, key: Key) -> str | None:
        """The level (``T6``) or region (``thoracic``) that a body site names, or None."""
        if key[0] == VERTEBRA:
            return key[1] if key[1] in LEVELS or key[1] in REGIONS else None
        return self._vertebrae.get(key)

    def map_of(self, kind: str, key: Key) -> str:
        """The ConceptMap that decides what a code says as a ``diagnosis``, a ``procedure`` or a ``histology``."""
        if kind == "procedure":
            return "procedure-findings" if self._procedures(key) is not None else "concept-findings"
        parts = icd_o(key)
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


def icd_o(key: Key) -> IcdO | None:
    """The parts of a code of ICD-O-3; None for any other code, and for what is none."""
    return parsed(key[1]) if key[0] == ICD_O_3 else None


def _is_broken(key: Key) -> bool:
    """Whether a code under the name of ICD-O-3 has parts that are none of it."""
    return key[0] == ICD_O_3 and parsed(key[1]) is None
