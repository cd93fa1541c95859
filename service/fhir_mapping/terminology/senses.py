"""What a code means, said out: every map that knows it, with what it makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from service.evidence import Values
from service.fhir_mapping.terminology import HISTOLOGY, VARIANT, Meaning, Terminology
from service.fhir_mapping.terminology.systems import CONCEPT, FINDING, TITLES, VERTEBRA
from service.findings import FINDINGS


@dataclass(frozen=True)
class Sense:
    """One thing that a code means."""

    kind: str
    """In which kind of element it means that: ``diagnosis``, ``procedure``, ``body site``."""
    map: str
    """The ConceptMap that says so."""
    system: str
    """The code system of the target."""
    target: str
    """The finding, concept or level; empty where the code is known and carries none."""
    values: tuple[str, ...] = ()
    """The values that the finding may have; empty where the value comes with the code."""

    def words(self) -> str:
        if not self.target:
            return f"{self.kind}: known, carries no finding"
        if self.system == FINDING and self.kind == "observation":
            title = FINDINGS[self.target].title if self.target in FINDINGS else self.target
            return f"{self.kind}: asks for {self.target} ({title})"
        return f"{self.kind}: {self.target}" + (f" = {' or '.join(self.values)}" if self.values else "")


def senses(terms: Terminology, system: str | None, code: str | None) -> tuple[Sense, ...]:
    """Everything that a code means, by the map that says so; empty where no map knows it."""
    return tuple(_senses(terms, system, code))


def _senses(terms: Terminology, system: str | None, code: str | None) -> Iterator[Sense]:
    yield from _meant("diagnosis", terms.map_of("diagnosis", system, code), terms.condition(system, code))
    if terms.condition(system, code) is None:
        by = terms.map_of("histology", system, code)
        yield from _meant("histology, beside a site", by, terms.refines(system, code))
        yield from _meant("site of a metastasis", "metastasis-sites", terms.metastasis_site(system, code))
    yield from _meant("procedure", terms.map_of("procedure", system, code), terms.procedure(system, code))
    yield from _meant("drug", terms.map_of("procedure", system, code), terms.drug(system, code))
    past = terms.history(system, code)
    if past:
        yield from _meant("past cancer", "history-findings", (("primary-tumour", past),))
    asked = terms.asks(system, code)
    if asked is not None:
        yield Sense("observation", "observation-findings", FINDING, asked)
    elif terms.observation(system, code)[1]:
        yield Sense("observation", "observation-findings", FINDING, terms.observation(system, code)[0] or "")
    for finding, values in terms.answers(system, code):
        yield Sense("answer", "answers", FINDING, finding, _sorted(values))
    if terms.says_nothing(system, code):
        yield Sense("answer", "answers", FINDING, "")
    level = terms.vertebra(system, code)
    if level:
        yield Sense("body site", "vertebrae", VERTEBRA, level)
    for concept in terms.concepts(system, code):
        yield Sense("concept", "concepts", CONCEPT, concept)


def _meant(kind: str, name: str, meaning: Meaning | None) -> Iterator[Sense]:
    if meaning is None:
        return
    if not meaning:
        yield Sense(kind, name, FINDING, "")
    for finding, values in meaning:
        yield Sense(kind, name, FINDING, finding, _sorted(values))


def _sorted(values: Values) -> tuple[str, ...]:
    return tuple(sorted(str(v).lower() if isinstance(v, bool) else str(v) for v in values))


def feeding(terms: Terminology) -> dict[str, dict[str, list[str]]]:
    """The codes that feed each finding by themselves, by the title of their system, as the maps list them."""
    found: dict[str, dict[str, list[str]]] = {finding: {} for finding in FINDINGS}
    named = {HISTOLOGY: "primary-tumour", VARIANT: "egfr-mutation"}
    for name in ("condition-findings", "icd-10-exceptions", "procedure-findings", "observation-findings"):
        for group in terms.maps[name]:
            for element in group["element"]:
                for target in element.get("target", ()):
                    finding = named.get(target["code"], target["code"])
                    if finding in found:
                        source: str = group["source"]
                        codes = found[finding].setdefault(TITLES.get(source, source), [])
                        codes.append(element["code"])
    return {finding: {s: sorted(set(codes)) for s, codes in by.items()} for finding, by in found.items()}


def said(terms: Terminology, system: str | None, code: str | None) -> tuple[str, ...]:
    """What a code means in words, each once: to compare two terminologies, or to print."""
    return tuple(dict.fromkeys(sense.words() for sense in senses(terms, system, code)))
