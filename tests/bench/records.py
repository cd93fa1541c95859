"""Records to measure with: a Synthea history of any length, and the findings about a tumour of the spine.

Everything is made from ``examples/`` and from a seed, so every run measures the same bytes.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import orjson

from service.evidence import Choice
from service.findings import FINDINGS

_EXAMPLES = Path(__file__).parents[2] / "examples"
_HISTORIES = ("prostate-emergency.json", "colon-no-spinal-tumour.json")  # with laboratory, and with claims
_FINDINGS = "kidney-complete.json"
_ADDED = 30  # the entries of a spinal tumour, at the end of that example

_FINDING = "https://w3id.org/spinemets/CodeSystem/finding"
_VALUE = "https://w3id.org/spinemets/CodeSystem/finding-value"
_VERTEBRA = "https://w3id.org/spinemets/CodeSystem/vertebra"
_LEVELS = "T4 T5 T6 T7 T8 T9 T10 T11 T12 L1 L2 L3 L4".split()

_TUMOUR = re.compile(r"neoplas|carcinoma|cancer|tumou?r|metasta", re.IGNORECASE)
_SCREENED = re.compile(rf"{_TUMOUR.pattern}|biopsy|chemotherap|radi(?:o|ation )therap", re.IGNORECASE)
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_DATE = re.compile(r"(?<=\")(\d{4})-(\d\d)-(\d\d)(?=[T\"])")

Entry = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """One record in the two ways in which a record is written."""

    entries: int
    pretty: bytes
    compact: bytes


def record(entries: int, variant: int, lesions: int = 1) -> Record:
    """A record of so many entries; every variant has other values, dates and ids, and other findings missing.

    Without ``lesions`` it is that of somebody who has no tumour and was never treated for one.
    """
    random = Random(f"{entries} entries, {lesions} lesions, variant {variant}")
    later = variant % 15
    patient, *keepers, history = _history()
    if not lesions:
        history = _without_tumour()
    subject = patient["fullUrl"]
    findings = _findings(random, subject, lesions) if lesions else []
    listed = [patient, *keepers]
    copy = 0
    while (room := entries - len(listed) - len(findings)) > 0:
        part = history if room >= len(history) else random.sample(history, room)
        listed += [_varied(entry, random) for entry in _copied(part, later - 29 * copy, random, listed[:3])]
        copy += 1
    keepers, findings = (orjson.loads(_shifted(orjson.dumps(each).decode(), later)) for each in (keepers, findings))
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "timestamp": f"2023-03-{14 + later}T09:00:00Z",
        "entry": [patient, *keepers, *listed[1 + len(keepers) :], *findings],
    }
    return Record(len(bundle["entry"]), orjson.dumps(bundle, option=orjson.OPT_INDENT_2), orjson.dumps(bundle))


@cache
def _history() -> list[Any]:
    """A patient, an organization, a practitioner, and the list of all that happened."""
    read = [_read(name) for name in _HISTORIES]
    first = read[0][:3]
    happened: list[Entry] = []
    for listed in read:
        # Both histories become those of one person, who has gone to one place.
        text = orjson.dumps(listed[3:]).decode()
        for n in range(3):
            text = text.replace(_bare(listed[n]), _bare(first[n]))
        happened += [entry for entry in orjson.loads(text) if not _about_tumour(entry)]
    return [*first, happened]


@cache
def _without_tumour() -> list[Entry]:
    """What may happen to anybody. Laboratory stays, that of screening too."""
    return [entry for entry in _history()[-1] if _of_anybody(entry["resource"])]


def _of_anybody(resource: dict[str, Any]) -> bool:
    return resource["resourceType"] == "Observation" or not _SCREENED.search(str(resource))


@cache
def _read(name: str) -> list[Entry]:
    entries: list[Entry] = orjson.loads((_EXAMPLES / name).read_bytes())["entry"]
    return entries


def _bare(entry: Entry) -> str:
    return str(entry["fullUrl"]).removeprefix("urn:uuid:")


def _about_tumour(entry: Entry) -> bool:
    """Whether it says that there is a tumour: a record says that once, however long it is."""
    resource = entry["resource"]
    in_spine = any(coding.get("system") == _FINDING for coding in resource.get("code", {}).get("coding", ()))
    said = resource["resourceType"] == "Condition" and _TUMOUR.search(str(resource.get("code")))
    return in_spine or bool(said)


def _copied(part: list[Entry], days: int, random: Random, kept: list[Entry]) -> list[Entry]:
    """The same events at another time, with ids of their own that still refer to one another."""
    names = {_bare(entry): _bare(entry) for entry in kept}

    def fresh(found: re.Match[str]) -> str:
        return names.setdefault(found[0], str(uuid.UUID(int=random.getrandbits(128), version=4)))

    text = _UUID.sub(fresh, orjson.dumps(part).decode())
    return list(orjson.loads(_shifted(text, days)))


def _shifted(text: str, days: int) -> str:
    by = timedelta(days=days)
    return _DATE.sub(lambda m: (date(int(m[1]), int(m[2]), int(m[3])) + by).isoformat(), text)


def _varied(entry: Entry, random: Random) -> Entry:
    quantity = entry["resource"].get("valueQuantity")
    if quantity:
        long = isinstance(quantity["value"], float) and len(str(quantity["value"])) > 8
        value = quantity["value"] * random.uniform(0.8, 1.2)
        quantity["value"] = value if long else round(value, 1)
    return entry


def _findings(random: Random, subject: str, lesions: int) -> list[Entry]:
    """The cancer, the lesions and what was found; about a third of the findings is missing."""
    levels = random.sample(_LEVELS, lesions)
    found: list[Entry] = []
    for entry in _read(_FINDINGS)[-_ADDED:]:
        resource = entry["resource"]
        sites = resource.get("bodySite", ())
        local = "Vertebra" in str(sites)
        if resource["resourceType"] != "Condition" and random.random() < 1 / 3:
            continue
        for level in levels if local else [""]:
            made = orjson.loads(orjson.dumps(resource))
            if local:
                site = {"coding": [{"system": _VERTEBRA, "code": level}], "text": f"Vertebra {level}"}
                made["bodySite"] = [site] if isinstance(sites, list) else site
            made["id"] = str(uuid.UUID(int=random.getrandbits(128), version=4))
            made["subject"] = {"reference": subject}
            another_value(made, random)
            request = {"method": "POST", "url": made["resourceType"]}
            found.append({"fullUrl": f"urn:uuid:{made['id']}", "resource": made, "request": request})
    return found


def another_value(resource: Entry, random: Random) -> None:
    """Puts any value that the finding can have in place of the one it has."""
    code = resource["code"]["coding"][0]["code"]
    if "valueBoolean" in resource:
        resource["valueBoolean"] = random.random() < 0.5
    elif "valueInteger" in resource:
        resource["valueInteger"] = 10 * random.randint(1, 10) if code == "89243-0" else random.randint(1, 4)
    elif "valueQuantity" in resource:
        resource["valueQuantity"]["value"] = round(resource["valueQuantity"]["value"] * random.uniform(0.5, 2), 2)
    elif "valueCodeableConcept" in resource:
        domain = FINDINGS[code].domain
        assert isinstance(domain, Choice)
        values = sorted(v for v in (*domain.values, *domain.groups) if isinstance(v, str) and "/" not in v)
        resource["valueCodeableConcept"] = {"coding": [{"system": _VALUE, "code": random.choice(values)}]}
