"""``python -m tests.bench.exports``: an export of as many made patients as are wanted, of about ten lines each.

Patients are made one by one, so a million take no more memory than ten, and each follows from the seed and its number
alone: the first thousand of a million are those of an export of a thousand. About one in ten has a metastasis in the
spine. Now and then there is what real exports have: a line that is broken or blank, a patient who is named by an
identifier, a value that is refused, a Medication of which others are told only the reference.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Any

import orjson

Resource = dict[str, Any]

_FINDING = "https://w3id.org/spinemets/CodeSystem/finding"
_VALUE = "https://w3id.org/spinemets/CodeSystem/finding-value"
_VERTEBRA = "https://w3id.org/spinemets/CodeSystem/vertebra"
_ICD_10 = "http://hl7.org/fhir/sid/icd-10-cm"
_RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
_LEVELS = ("C5", "C7", "T4", "T6", "T8", "T10", "T12", "L1", "L3", "L4")
_PRIMARIES = ("C50.911", "C61", "C34.11", "C64.1", "C18.7", "C73", "C90.00", "C22.0")
_OTHERS = ("I10", "E11.9", "J45.909", "M54.5", "K21.9", "F32.9")
#: LOINC code, unit, lowest and highest value.
_LABORATORY = (
    ("1751-7", "g/dL", 2.0, 5.0),
    ("718-7", "g/dL", 7.0, 16.0),
    ("2160-0", "mg/dL", 0.5, 2.5),
    ("777-3", "10*3/uL", 60.0, 450.0),
    ("17861-6", "mg/dL", 8.0, 13.0),
    ("1988-5", "mg/L", 0.5, 90.0),
)
#: Codes of findings at a lesion, with the values that are given.
_AT_LESION = {
    "sins-pain": ("mechanical", "occasional-non-mechanical", "pain-free"),
    "sins-bone-lesion": ("lytic", "mixed", "blastic"),
    "sins-alignment": ("subluxation-translation", "de-novo-deformity", "normal"),
    "sins-collapse": ("over-50", "under-50", "none"),
    "sins-posterolateral": ("bilateral", "unilateral", "none"),
    "escc-grade": ("escc-0", "escc-1b", "escc-2", "escc-3"),
}
_OF_PATIENT = {"frankel-grade": ("frankel-c", "frankel-d", "frankel-e"), "surgical-fitness": ("fit", "unfit")}
_DRUGS = ("56946", "1860", "40048", "72965", "10324")
_MEDICATIONS = 50
#: The types, each a file of its own.
TYPES = ("Condition", "Encounter", "Claim", "Medication", "MedicationRequest", "Observation", "Patient")


def patient(seed: int, n: int) -> Iterator[Resource | bytes]:
    """The lines of a patient: resources, and bytes of lines that are none."""
    random = Random(seed * 1_000_003 + n)
    name = f"p{n:07}"
    subject: Resource = {"reference": f"Patient/{name}"}
    mrn = {"system": "https://hospital.example/mrn", "value": f"{n:07}"}
    born = f"{random.randint(1930, 1990)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    yield {
        "resourceType": "Patient",
        "id": name,
        "identifier": [mrn],
        "gender": random.choice(("female", "male")),
        "birthDate": born,
    }
    if random.random() < 0.1:
        yield from _tumour(random, name, subject)
    else:
        yield _condition(f"{name}-o", subject, random.choice(_OTHERS))
    for k, (code, unit, low, high) in enumerate(random.sample(_LABORATORY, 4)):
        quantity = {"value": round(random.uniform(low, high), 1), "system": "http://unitsofmeasure.org", "code": unit}
        whose = {"identifier": mrn} if random.random() < 0.002 else subject
        yield _observation(f"{name}-l{k}", whose, "http://loinc.org", code, random, valueQuantity=quantity)
    for kind in ("Encounter", "Claim"):
        more: Resource = {"class": {"code": "AMB"}} if kind == "Encounter" else {"use": "claim", "type": {"text": "x"}}
        member = "subject" if kind == "Encounter" else "patient"
        yield {"resourceType": kind, "id": f"{name}-{kind}", "status": "finished", member: subject, **more}
    if random.random() < 0.5:
        yield {
            "resourceType": "MedicationRequest",
            "id": f"{name}-m",
            "status": "completed",
            "intent": "order",
            "subject": subject,
            "authoredOn": f"2026-0{random.randint(1, 9)}-01",
            "medicationReference": {"reference": f"Medication/m{random.randrange(_MEDICATIONS)}"},
        }
    if random.random() < 0.0005:
        yield _condition(f"{name}-r", subject, "I10", onsetDateTime="long ago")
    if random.random() < 0.0005:
        yield random.choice((b"", b"{", b'{"resourceType":"Observation","note":"\xe9"}', b"{}"))


def _tumour(random: Random, name: str, subject: Resource) -> Iterator[Resource]:
    level = {"coding": [{"system": _VERTEBRA, "code": random.choice(_LEVELS)}]}
    yield _condition(f"{name}-p", subject, random.choice(_PRIMARIES))
    yield _condition(f"{name}-s", subject, "C79.51", bodySite=[level])
    for code, values in (*_AT_LESION.items(), *_OF_PATIENT.items()):
        if random.random() < 0.7:
            value = {"coding": [{"system": _VALUE, "code": random.choice(values)}]}
            where: Resource = {"bodySite": level} if code in _AT_LESION else {}
            yield _observation(f"{name}-{code}", subject, _FINDING, code, random, valueCodeableConcept=value, **where)


def _condition(name: str, subject: Resource, code: str, **more: Any) -> Resource:
    coded = {"coding": [{"system": _ICD_10, "code": code}]}
    return {"resourceType": "Condition", "id": name, "subject": subject, "code": coded, **more}


def _observation(name: str, subject: Resource, system: str, code: str, random: Random, **more: Any) -> Resource:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "subject": subject,
        "code": {"coding": [{"system": system, "code": code}]},
        "effectiveDateTime": f"2026-0{random.randint(1, 9)}-{random.randint(1, 28):02}",
        **more,
    }


def medications() -> Iterator[Resource]:
    """What all patients share."""
    for n in range(_MEDICATIONS):
        code = {"coding": [{"system": _RXNORM, "code": _DRUGS[n % len(_DRUGS)]}]}
        yield {"resourceType": "Medication", "id": f"m{n}", "code": code}


def write(folder: Path, patients: int, seed: int = 1) -> tuple[int, int]:
    """An export, a file for each type; gives its lines and bytes."""
    folder.mkdir(parents=True)
    lines = size = 0
    with ExitStack() as stack:
        files = {kind: stack.enter_context((folder / f"{kind}.ndjson").open("wb")) for kind in TYPES}
        for resource in medications():
            size += files["Medication"].write(orjson.dumps(resource, option=orjson.OPT_APPEND_NEWLINE))
            lines += 1
        for n in range(patients):
            for each in patient(seed, n):
                lines += 1
                if isinstance(each, bytes):
                    size += files["Observation"].write(each + b"\n")
                else:
                    content = orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE)
                    size += files[each["resourceType"]].write(content)
    return lines, size


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.exports", description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder that is not there yet")
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines, size = write(options.folder, options.patients, options.seed)
    print(f"{options.patients:,} patients, {lines:,} lines, {size / 1e6:,.1f} MB")


if __name__ == "__main__":
    main()
