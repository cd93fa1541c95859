"""Exports made from the records of ``examples/``: the resources of a Bundle as lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = tuple(sorted(path.stem for path in EXAMPLES.glob("*.json")))

Resource = dict[str, Any]


def resources(name: str) -> list[Resource]:
    """The resources of an example, each with the id by which others refer to it, as a server exports it."""
    listed = []
    for entry in orjson.loads((EXAMPLES / f"{name}.json").read_bytes())["entry"]:
        resource = entry["resource"]
        url = entry.get("fullUrl", "")
        if url.startswith("urn:uuid:") and f'"{url}"' not in str(resource.get("id")):
            resource.setdefault("id", url.removeprefix("urn:uuid:"))
        listed.append(resource)
    return listed


def patient_of(listed: Iterable[Resource]) -> str:
    return next(f"Patient/{each['id']}" for each in listed if each["resourceType"] == "Patient")


def line(resource: Resource) -> bytes:
    return orjson.dumps(resource) + b"\n"


def write(folder: Path, listed: Iterable[Resource]) -> Path:
    """An export with a file for each type."""
    folder.mkdir(parents=True, exist_ok=True)
    by_type: dict[str, list[bytes]] = defaultdict(list)
    for each in listed:
        by_type[each["resourceType"]].append(line(each))
    for kind, lines in by_type.items():
        (folder / f"{kind}.ndjson").write_bytes(b"".join(lines))
    return folder


def condition(patient: str, n: int, **more: Any) -> Resource:
    """A resource of a patient from which a lesion follows."""
    return {
        "resourceType": "Condition",
        "id": f"c{n}",
        "subject": {"reference": patient},
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C79.51"}]},
        "bodySite": [{"coding": [{"system": "https://w3id.org/spinemets/CodeSystem/vertebra", "code": "T8"}]}],
        **more,
    }


def untroubled(name: str) -> list[Resource]:
    """Somebody who has no tumour, with a value that would be refused if it was read."""
    subject = {"reference": f"Patient/{name}"}
    code = {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}
    return [
        {"resourceType": "Patient", "id": name},
        {"resourceType": "Condition", "id": "f", "subject": subject, "code": {"text": "Influenza"}},
        {
            "resourceType": "Observation",
            "id": "h",
            "status": "final",
            "subject": subject,
            "code": code,
            "effectiveDateTime": "yesterday",
            "valueInteger": 12,
        },
        {"resourceType": "Claim", "id": "c", "patient": subject},
    ]
