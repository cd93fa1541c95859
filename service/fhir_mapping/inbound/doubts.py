"""What the words of a diagnosis say of how sure it is; they count where no status says it."""

from __future__ import annotations

import re

from service.fhir_mapping.inbound.slices import CodeableConcept
from service.fhir_mapping.inbound.tumours import reads_like_tumour
from service.fhir_mapping.terminology import Terminology

_DOUBT = re.compile(
    r"suspect|suspicion|suspicious|verdacht|\bV\.? ?a\.|\bV\. ?a\b|rule[ds]?[ -]out|ausschluss|ausgeschlossen|excluded"
    r"|differential|\bD/?D\b|probabl|possibl|unlikely|fraglich|wahrscheinlich|m(?:ö|oe)glich"
    r"|^\W*(?:no|keine?[mnrs]?|denies)\b(?!-)|negative for|absence of|\bfree of\b|\bfrei von\b"
    r"|\b(?:no|not any|without|ohne|keine?[mnrs]?)\s+(?:\w+\s+){0,2}(?:evidence|sign|indication|anhalt|anzeichen"
    r"|hinweis|nachweis)|\?\s*$",
    re.IGNORECASE,
)
#: No diagnosis has so many. Words that have them are not taken for a fact.
_MOST_CLAUSES = 60
_NO = re.compile(r"\W*(?:no|not any|without|ohne|keine?[mnrs]?)\s+\w", re.IGNORECASE)
_CLAUSES = re.compile(
    r"[,;:()\[\]\n]|\s[-–/]\s|(?<=\w{3})\.\s|\b(?:mit|with|und|and|aber|but|bei)\b",
    re.IGNORECASE,
)
_SPREAD = re.compile(
    r"metasta|filia[er]|\bmets?\b|\bM[01]\b|lymphkn|lymph node|nodal|\bLK\b|rezidiv|recurr|relaps|progres|infiltrat",
    re.IGNORECASE,
)


def doubted(concept: CodeableConcept, terms: Terminology) -> bool:
    """Whether the words of a diagnosis doubt or deny it. What they say of something else does not count."""
    of_spread = any(terms.is_metastasis(coding.system, coding.code) for coding in concept.coding)
    return any(_doubts(word, of_spread=of_spread) for word in concept.words)


def _doubts(words: str, *, of_spread: bool) -> bool:
    """Whether words doubt the tumour that they are about, or its metastasis.

    >>> _doubts("Mammakarzinom, kein Anhalt für Metastasen", of_spread=False)
    False
    >>> _doubts("Mammakarzinom, V.a. Knochenmetastasen", of_spread=True)
    True
    """
    first, *others = [clause for clause in _CLAUSES.split(words) if clause.strip()] or [words]
    if len(others) > _MOST_CLAUSES:
        return True
    clauses = [first, *(clause for clause in others if not _denies_another(clause, of_spread=of_spread))]
    about = [clause for clause in clauses if not _is_about_another(clause, of_spread=of_spread)]
    return any(_DOUBT.search(clause) for clause in about or clauses)


def _denies_another(clause: str, *, of_spread: bool) -> bool:
    """Whether a clause denies what is not the diagnosis, such as "no cord compression"."""
    named = _SPREAD.search(clause) if of_spread else reads_like_tumour(clause)
    return not named and _NO.match(clause) is not None


def _is_about_another(clause: str, *, of_spread: bool) -> bool:
    # A clause that names no tumour at all, such as "suspected", is about what stands beside it.
    is_of_spread = _SPREAD.search(clause) is not None
    return reads_like_tumour(clause) and not is_of_spread if of_spread else is_of_spread
