"""A record whose every word of the patient is a mark that stands nowhere else, and where the marks are looked for."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from service import BASE
from tests.support.records import Resource, bundle, metastasis, observation, patient, primary

#: What all marks begin with. Their rest says where they stood.
MARK = "Qz7kPat"
#: Marks that have to be of another form: a date of birth, a value.
BORN, VALUE = "1931-07-19", 3.1415927
FAULT, SLOW = f"{MARK}Fault", f"{MARK}Slow"
_BEFORE, _AFTER = r"(?i)[A-Za-z0-9%_.-]{0,20}", "[A-Za-z0-9]{0,20}"
_MARKS = re.compile(f"{_BEFORE}(?:{MARK}|{BORN}|{re.escape(str(VALUE))}){_AFTER}".encode())


def mark(where: str) -> str:
    return f"{MARK}{where}"


def record(*more: Resource, name: str = mark("Id")) -> Resource:
    """The record of a patient with findings, from a server."""
    subject = {"subject": {"reference": f"Patient/{name}"}}
    person = patient(name) | {
        "identifier": [{"system": f"https://hospital.example/{mark('System')}", "value": mark("Mrn")}],
        "name": [{"family": mark("Family"), "given": [mark("Given")], "text": mark("Name")}],
        "birthDate": BORN,
        "telecom": [{"system": "phone", "value": mark("Phone")}],
        "address": [{"line": [mark("Street")], "city": mark("City"), "postalCode": mark("Zip")}],
        "contact": [{"name": {"text": mark("Contact")}}],
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{mark("Narrative")}</div>'},
        "extension": [{"url": f"https://hospital.example/{mark('Url')}", "valueString": mark("Extension")}],
    }
    note = {"note": [{"text": mark("Note")}], "performer": [{"display": mark("Performer")}]}
    findings = [
        {**metastasis("T8", name=mark("Metastasis")), **subject, **note},
        {**primary("breast", name=mark("Primary")), **subject},
        {**observation("albumin", (VALUE, "g/dL"), name=mark("Albumin")), **subject},
        {**observation("ecog", 1, name=mark("Ecog")), **subject, "code": _named("ecog")},
        {
            **observation("unknown", {"valueString": mark("ValueString")}, system=f"https://x.example/{mark('Codes')}"),
            **subject,
        },
    ]
    made = bundle(person, *findings, *({**each, **subject} for each in more))
    for entry in made["entry"]:
        entry["fullUrl"] = f"https://hospital.example/{mark('Base')}/{_path(entry['resource'])}"
    return {**made, "id": mark("Bundle")}


def _named(finding: str) -> Resource:
    coding = {"system": f"{BASE}/CodeSystem/finding", "code": finding, "display": mark("Display")}
    return {"coding": [coding], "text": mark("CodeText")}


def _path(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def wrong() -> Iterator[tuple[str, Resource]]:
    """Records that are refused, each with a mark where the fault is."""
    yield "value", record(observation("ecog", {"valueString": mark("Ecog9")}))
    yield "code", record(observation("sins-pain", mark("Pain")))
    yield "unit", record(observation("albumin", (VALUE, mark("Unit"))))
    yield "date", record(observation("ecog", 1, day=mark("Date")))
    yield "birth", record() | {"entry": [{"resource": patient(birthDate=mark("Birth"))}, {"resource": metastasis()}]}
    yield "timestamp", record() | {"timestamp": mark("Time")}
    yield "type", record() | {"type": mark("Type")}
    yield (
        "resource-type",
        record({"resourceType": mark("Kind"), "id": "x"}) | {"type": "searchset", "total": mark("No")},
    )
    both = record()
    yield "several", both | {"entry": [*both["entry"], *record(name=mark("Other"))["entry"]]}
    twice = record()
    changed = {**twice["entry"][1], "resource": {**twice["entry"][1]["resource"], "status": "preliminary"}}
    yield "twice", twice | {"entry": [*twice["entry"], changed]}
    stranger = {**metastasis(), "subject": {"reference": f"Patient/{mark('Stranger')}"}}
    yield "stranger", both | {"entry": [*both["entry"], {"fullUrl": f"urn:x:{mark('Urn')}", "resource": stranger}]}
    yield "no-resource", both | {"entry": [{"fullUrl": mark("Empty"), mark("Member"): 1}]}
    yield "no-bundle", both["entry"][0]["resource"]
    wrong_member = {**metastasis(), "status": {mark("M"): 1}}
    entry = {"fullUrl": f"https://x.example/{mark('F')}", "resource": wrong_member}
    yield "member", both | {"entry": [entry]}


def marks_in(content: bytes) -> set[str]:
    """The marks in bytes, packed or not."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    return {found.decode("latin-1") for found in _MARKS.findall(content)}


def marks_under(folder: Path) -> dict[str, set[str]]:
    """The files in a folder that have marks in their content or their name."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        marks = marks_in(name.encode())
        if path.is_file():
            marks |= marks_in(path.read_bytes())
        if marks:
            found[name] = marks
    return found
