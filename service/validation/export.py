"""The files of a synthetic cohort: the table for ``spinemets validate``, and the records as a FHIR bulk export."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import orjson

from service import BASE
from service.findings import FINDINGS, LESION
from service.scoring import ENGINES
from service.validation.laws import laws
from service.validation.synthetic import HORIZONS, Design, Made, cohort, predicted
from service.validation.table import SYNTHETIC
from service.validation.truth import concordance

Resource = dict[str, Any]

_CONDITION_STATUS = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
_UCUM = "http://unitsofmeasure.org"
_TYPES = ("Patient", "Condition", "Observation", "Encounter")
COLUMNS = (
    "patient", "index_date", "model", "bands", *(f"alive_{day}_{end}" for day in HORIZONS for end in ("low", "high")),
    "end_date", "died", "tumour", "period", SYNTHETIC,
)  # fmt: skip


def write(design: Design, folder: Path) -> Counter[str]:
    """Writes ``table.csv``, ``truth.json`` and ``fhir/*.ndjson`` into a new folder; gives the patients of each band.

    Raises:
        OSError: the folder is there, or cannot be written to.
    """
    (folder / "fhir").mkdir(parents=True)
    shares: Counter[str] = Counter()
    with ExitStack() as open_files:
        table = csv.writer(
            open_files.enter_context((folder / "table.csv").open("w", newline="", encoding="utf-8")),
            lineterminator="\n",
        )
        table.writerow(COLUMNS)
        bulk = {kind: open_files.enter_context((folder / "fhir" / f"{kind}.ndjson").open("wb")) for kind in _TYPES}
        for made in cohort(design):
            shares[made.true_band.code] += 1
            table.writerows(_rows(made, design.model))
            for resource in resources(made):
                bulk[resource["resourceType"]].write(orjson.dumps(resource, option=orjson.OPT_APPEND_NEWLINE))
    (folder / "truth.json").write_text(json.dumps(_truth(design, shares), indent=2) + "\n", encoding="utf-8")
    return shares


def _rows(made: Made, truth: str) -> Iterator[list[str]]:
    for model, bands in made.bands.items():
        said = [predicted(bands, day, assumed=model == truth) for day in HORIZONS]
        alive = [text for each in said for text in ([f"{share:.6f}" for share in each] if each else ["", ""])]
        yield [
            made.patient,
            made.index.isoformat(),
            model,
            "|".join(band.code for band in bands),
            *alive,
            made.end.isoformat(),
            "yes" if made.died else "no",
            str(made.findings.values["primary-tumour"]) if "primary-tumour" in made.known else "",
            made.period,
            "yes",
        ]


def _truth(design: Design, shares: Counter[str]) -> dict[str, Any]:
    published = laws(ENGINES[design.model].score)
    parts = {code: n / design.patients for code, n in shares.items()}
    return {
        "synthetic": True,
        "model": design.model,
        "patients": design.patients,
        "seed": design.seed,
        "lost_per_year": design.censoring,
        "missing": design.missing,
        "calibration_slope": design.shift.slope,
        "calibration_intercept": design.shift.intercept,
        "patients_by_true_band": {code: shares[code] for code in published},
        "harrell_c_of_deaths_until": {
            str(d): round(concordance(published, parts, d, design.shift), 4) for d in (365, 730)
        },
        "alive_by_true_band": {
            code: {str(day): round(design.shift.alive(law.alive(day)), 6) for day in HORIZONS}
            for code, law in published.items()
        },
        "points_of_the_law": {
            code: {"published": law.published, "days_and_alive": [list(p) for p in law.points]}
            for code, law in published.items()
        },
    }


def resources(made: Made) -> Iterator[Resource]:
    """The record of a patient: a Patient, the diagnosis of the metastasis, an Observation for each finding, a visit."""
    subject = {"reference": f"Patient/{made.patient}"}
    patient: Resource = {
        "resourceType": "Patient",
        "id": made.patient,
        "meta": {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]},
        "gender": made.findings.values["sex"],
        "birthDate": f"{made.index.year - int(made.findings.values['age'])}-01-01",
    }
    if made.died:
        patient["deceasedDateTime"] = made.end.isoformat()
    else:
        patient["deceasedBoolean"] = False
    yield patient
    if not made.died:
        yield _last_contact(made, subject)
    site = {"coding": [{"system": f"{BASE}/CodeSystem/vertebra", "code": made.findings.level}]}
    yield {
        "resourceType": "Condition",
        "id": f"{made.patient}-c1",
        "clinicalStatus": {"coding": [{"system": _CONDITION_STATUS, "code": "active"}]},
        "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
        "code": {"coding": [{"system": _ICD_10_CM, "code": "C79.51"}]},
        "bodySite": [site],
        "subject": subject,
        "onsetDateTime": made.index.isoformat(),
        "recordedDate": made.index.isoformat(),
    }
    number = 0
    for code in sorted(made.known - {"age", "sex"}):
        for value in _values(code, made.findings.values[code]):
            number += 1
            found: Resource = {
                "resourceType": "Observation",
                "id": f"{made.patient}-o{number}",
                "status": "final",
                "code": {"coding": [{"system": f"{BASE}/CodeSystem/finding", "code": code}]},
                "subject": subject,
                "effectiveDateTime": made.index.isoformat(),
                **value,
            }
            if FINDINGS[code].scope == LESION:
                found["bodySite"] = site
            if FINDINGS[code].find_out == "lab-test":
                found["category"] = [{"coding": [{"system": _CATEGORY, "code": "laboratory"}]}]
            yield found


def _last_contact(made: Made, subject: Resource) -> Resource:
    """The visit at which a patient was last seen alive."""
    day = made.end.isoformat()
    return {
        "resourceType": "Encounter",
        "id": f"{made.patient}-e1",
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": subject,
        "period": {"start": day, "end": day},
    }


def _values(code: str, value: Any) -> Iterator[Resource]:
    """The value of an Observation; organ metastases take one for each word that narrows them."""
    domain = FINDINGS[code].domain
    if isinstance(value, bool):
        yield {"valueBoolean": value}
    elif isinstance(value, str):
        system = "tumour" if code == "primary-tumour" else "finding-value"
        for word in value.split("/"):
            yield {"valueCodeableConcept": {"coding": [{"system": f"{BASE}/CodeSystem/{system}", "code": word}]}}
    elif getattr(domain, "unit", "1") == "1":
        yield {"valueInteger": value}
    else:
        yield {"valueQuantity": {"value": value, "system": _UCUM, "code": getattr(domain, "unit", "1")}}
