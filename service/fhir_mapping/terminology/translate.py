"""``ConceptMap/$translate`` as a function: what a code means, as Parameters of FHIR R4."""

from __future__ import annotations

from typing import Any

from service import BASE
from service.fhir_mapping.terminology import FINDING_VALUE, TUMOUR, Terminology
from service.fhir_mapping.terminology.senses import Sense, senses


def translate(terms: Terminology, system: str, code: str, *, map_id: str | None = None) -> dict[str, Any]:
    """The answer of ``$translate`` for a code, from all maps or from the one with an id.

    Whether the code is valid in its system is not judged: that is for a terminology server.
    """
    found = [s for s in senses(terms, system, code) if map_id in (None, s.map)]
    matches = [_match(sense) for sense in found if sense.target]
    parameters: list[dict[str, Any]] = [{"name": "result", "valueBoolean": bool(matches)}]
    if not matches:
        text = "known, and carries no finding" if found else "no map here knows the code"
        parameters.append({"name": "message", "valueString": text})
    parameters += matches
    return {"resourceType": "Parameters", "parameter": parameters}


def _match(sense: Sense) -> dict[str, Any]:
    equivalence = "wider" if len(sense.values) <= 1 else "narrower"
    part: list[dict[str, Any]] = [
        {"name": "equivalence", "valueCode": equivalence},
        {"name": "concept", "valueCoding": {"system": sense.system, "code": sense.target}},
    ]
    values = TUMOUR if sense.target == "primary-tumour" else FINDING_VALUE
    part += [
        {
            "name": "product",
            "part": [
                {"name": "element", "valueUri": FINDING_VALUE},
                {"name": "concept", "valueCoding": {"system": values, "code": value}},
            ],
        }
        for value in sense.values
    ]
    part.append({"name": "source", "valueUri": f"{BASE}/ConceptMap/{sense.map}"})
    return {"name": "match", "part": part}
