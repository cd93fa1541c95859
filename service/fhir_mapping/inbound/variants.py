"""Variants of genes: a finding where the gene is one that a score asks about."""

from __future__ import annotations

from service.evidence import Values
from service.fhir_mapping import terminology
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.slices import CodeableConcept, Variant, slice_of
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.fhir_mapping.inbound.values import read
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS
from service.problems import Ledger
from service.text import phrase

_GENE = "48018-6"
#: Components that name one variant (HGVS, ClinVar): that this one is absent says nothing of the others.
_ONE_VARIANT = frozenset(("48004-6", "48005-3", "81290-9", "81252-9"))
#: More or fewer copies of a gene are no mutation of it.
_COPIES = frozenset(
    (
        (terminology.SNOMED, "12645001"),
        ("http://www.sequenceontology.org", "SO:0001742"),
        ("http://www.sequenceontology.org", "SO:0001743"),
    )
)


def read_variant(entry: Entry, terms: Terminology) -> tuple[str, Values]:
    """The finding that a variant is about, with its values.

    Raises:
        NotReadable: it says nothing that can be used, for the reason it holds.
        Rejected: 422 for a value of the wrong kind.
    """
    observation = slice_of(Variant, entry.resource, entry.path)
    genes = [c.value_codeable_concept for c in observation.component if _GENE in _loinc(c.code)]
    asked = [finding for gene in genes if gene and (finding := _finding(gene, terms))]
    if not asked:
        raise NotReadable(Ledger.NOT_READ, "known, but no score or rule reads it")
    title = FINDINGS[asked[0]].title
    values = read(asked[0], observation, entry.path, terms, ours=False)
    if True in values:
        concepts = [*observation.interpretation, *(c.value_codeable_concept for c in observation.component)]
        if any(terminology.normal(c.system, c.code) in _COPIES for each in concepts if each for c in each.coding):
            raise NotReadable(
                Ledger.NO_VALUE, phrase("{finding}: more or fewer copies of the gene are no mutation", finding=title)
            )
        if len(genes) > 1:
            raise NotReadable(
                Ledger.NO_VALUE, phrase("{finding}: of several genes, so not said of which", finding=title)
            )
    elif any(_loinc(c.code) & _ONE_VARIANT for c in observation.component):
        raise NotReadable(
            Ledger.NO_VALUE, phrase("{finding}: one variant is absent, which says nothing of the others", finding=title)
        )
    return asked[0], values


def _loinc(concept: CodeableConcept) -> frozenset[str]:
    keys = (terminology.normal(c.system, c.code) for c in concept.coding)
    return frozenset(code for system, code in keys if system == terminology.LOINC)


def _finding(gene: CodeableConcept, terms: Terminology) -> str | None:
    return next((f for c in gene.coding if (f := terms.observation(c.system, c.code)[0])), None)
