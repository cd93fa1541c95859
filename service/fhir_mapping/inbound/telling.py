"""Which resources could tell of a tumour or of the spine, told of each by itself, whatever else its record holds.

Most patients of a hospital have no tumour. Of a record none of whose resources tells, an assessment finds neither a
tumour nor a lesion, and has nothing to remark on one; so a cohort does not read it. Where it is in doubt, it tells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from service.evidence import Number
from service.fhir_mapping.inbound import (
    background,
    conditions,
    diagnoses,
    drugs,
    observations,
    procedures,
    questionnaires,
    releases,
    reports,
    results,
    strangers,
)
from service.fhir_mapping.inbound.bundle import READ, Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, text
from service.fhir_mapping.inbound.members import members_of
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS, FindOut
from service.problems import Rejected

#: Findings that people without a tumour have too.
OF_ANYBODY = frozenset(
    """
    age body-mass-index diabetes ecog functional-dependence heart-failure karnofsky other-comorbidity sex smoking
    """.split()
) | {code for code, each in FINDINGS.items() if each.find_out is FindOut.LAB and isinstance(each.domain, Number)}

_SHORT = 1024
#: Types of which a code that is not understood may be a tumour. No treatment makes one.
_MAY_BE_ONE = frozenset(("Condition", "Observation"))
_DRUG = "medicationCodeableConcept"

#: By type: the element that says what a resource is about, and whether what it says could be a tumour.
_BY_CODE: dict[str, tuple[str, Callable[[bytes, Terminology], bool]]] = {
    "Condition": ("code", lambda content, terms: diagnoses.speaks_of_spine_or_tumour(content, terms, OF_ANYBODY)),
    "MedicationAdministration": (_DRUG, drugs.speaks_of_tumour),
    "MedicationDispense": (_DRUG, drugs.speaks_of_tumour),
    "MedicationRequest": (_DRUG, drugs.speaks_of_tumour),
    "MedicationStatement": (_DRUG, drugs.speaks_of_tumour),
    "Observation": ("code", lambda content, terms: observations.speaks_of_spine_or_tumour(content, terms, OF_ANYBODY)),
    "Procedure": ("code", procedures.speaks_of_spine_or_tumour),
}
_Speaks = Callable[[Entry, Terminology], bool]
#: By type: the members in which anything else could be, and whether it is.
_OTHERWISE: dict[str, tuple[frozenset[str], _Speaks]] = {
    **{kind: (frozenset(found.members), background.speaks) for kind, found in background.KINDS.items()},
    "Condition": (frozenset(("extension",)), lambda entry, _: conditions.has_histology(entry)),
    "DiagnosticReport": (frozenset(("code", "conclusion", "conclusionCode")), reports.relevant),
    "Observation": (frozenset(("component", "valueCodeableConcept")), observations.parts_or_value_speak),
    "Procedure": (frozenset(("category", "reasonCode", "reasonReference")), procedures.category_or_reason_speak),
    "QuestionnaireResponse": (frozenset(("questionnaire",)), questionnaires.relevant),
    "RiskAssessment": (
        frozenset(background.KINDS["RiskAssessment"].members),
        lambda entry, terms: results.relevant(entry, terms) or background.speaks(entry, terms),
    ),
}
#: By type: the members that call for more than a look at the code.
_MORE = {
    kind: _OTHERWISE.get(kind, (frozenset[str](), None))[0] | {"contained"} | (releases.SIGNS.get(kind) or frozenset())
    for kind in releases.TYPES
}


def tells(kind: str, raw: Any, terms: Terminology) -> bool:
    """Whether a resource, as it was decoded, could tell of a tumour or of the spine. Never fails.

    So could one that would be refused, and one that means what cannot be known here.
    """
    names, repeated = members_of(raw)
    more = _MORE.get(kind)
    if more is None or repeated:
        return True
    by_code = _BY_CODE.get(kind)
    try:
        if by_code is not None and by_code[0] in names:
            concept = raw[by_code[0]]
            if not isinstance(concept, OBJECT) or _TELLS[kind, text(concept), terms]:
                return True
        return not more.isdisjoint(names) and _tells_otherwise(Entry("", kind, raw, None), terms)
    except Rejected:
        return True


def _tells_otherwise(entry: Entry, terms: Terminology) -> bool:
    releases.refuse_others(entry)
    otherwise = _OTHERWISE.get(entry.kind)
    return (otherwise is not None and otherwise[1](entry, terms)) or _contained(entry, terms)


def _judge(asked: tuple[str, bytes, Terminology]) -> bool:
    kind, content, terms = asked
    try:
        if kind in _MAY_BE_ONE and strangers.may_be_anything(content, terms):
            return True
        return _BY_CODE[kind][1](content, terms)
    except msgspec.ValidationError:
        return True


_TELLS = Memory(_judge, most=16384, is_short=lambda asked: len(asked[1]) <= _SHORT)


def _contained(entry: Entry, terms: Terminology) -> bool:
    """Whether what a resource contains could tell."""
    listed = entry.get("contained")
    for inside in listed if isinstance(listed, ARRAY) else ():
        of_type = inside.get("resourceType") if isinstance(inside, OBJECT) else None
        if isinstance(of_type, str) and of_type in READ and tells(of_type, inside, terms):
            return True
    return False
