"""A question whose answer is known, which the service asks itself to see whether it still answers rightly."""

from __future__ import annotations

from typing import Any

from service import BASE
from service.assess import assess
from service.fhir_mapping.inbound.dates import when
from service.pipeline import Site

#: SINS 12: junction 3, mechanical pain 3, lytic 2, alignment 0, collapse over 50 % 3, posterolateral on one side 1.
_SCORE, _POINTS, _BAND = "sins", 12.0, "indeterminate"
_FINDINGS = {
    "sins-pain": "mechanical",
    "sins-bone-lesion": "lytic",
    "sins-alignment": "normal",
    "sins-collapse": "over-50",
    "sins-posterolateral": "unilateral",
    "tumour-origin": "metastatic",
}
_LEVEL, _AS_OF = "T11", "2026-01-02"


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{BASE}/CodeSystem/{system}", "code": code}]}


#: A made-up patient.
_RECORD: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "p"}},
        *(
            {
                "resource": {
                    "resourceType": "Observation",
                    "id": f"o{n}",
                    "status": "final",
                    "subject": {"reference": "Patient/p"},
                    "effectiveDateTime": _AS_OF,
                    "code": _coded("finding", finding),
                    "bodySite": _coded("vertebra", _LEVEL),
                    "valueCodeableConcept": _coded("finding-value", value),
                }
            }
            for n, (finding, value) in enumerate(_FINDINGS.items())
        ),
    ],
}


def wrong(site: Site) -> str | None:
    """What is wrong with the answers that are given under the policies of a site; None where all is well."""
    for name, policy in sorted(site.policies.items()):
        found = assess(_RECORD, when(_AS_OF), policy, terms=site.terms)
        told = [(r.totals, [band.code for band in r.bands]) for r in found.results if r.score.code == _SCORE]
        if told != [(frozenset((_POINTS,)), [_BAND])] or not found.plan.recommendations:
            return f"A known record does not get its known answer under the policy {name}."
    return None
