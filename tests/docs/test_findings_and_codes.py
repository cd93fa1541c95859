"""The pages about findings and codes say what the maps and the intake do."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from service import BASE
from service.api.app import create_app
from service.api.settings import Settings
from service.assess import READS
from service.evidence import Choice, Number
from service.findings import FINDINGS, Finding
from service.problems import Ledger
from tests.docs.pages import (
    ROOT,
    blocks,
    code,
    page,
    rows,
    run,
)
from tests.docs.tables import used_by

_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD-10",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "ICD-10-GM",
    "http://fhir.de/CodeSystem/bfarm/ops": "OPS",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "ICD-O-3",
    "http://www.ama-assn.org/go/cpt": "CPT",
    "https://radelement.org": "RadElement",
    "http://www.genenames.org": "HGNC",
}


def _standard_codes() -> dict[str, str]:
    """The code systems by which each finding is read from each resource type."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    folder = ROOT / "service" / "fhir_mapping" / "terminology"
    for kind in ("Observation", "Condition", "Procedure"):
        for group in json.loads((folder / f"{kind.lower()}-findings.json").read_text("utf-8"))["group"]:
            for target in (t for element in group["element"] for t in element.get("target", [])):
                found[target["code"]][kind].add(_SYSTEMS.get(group["source"], group["source"]))
    return {
        finding: "; ".join(f"{kind} ({', '.join(sorted(systems))})" for kind, systems in kinds.items())
        for finding, kinds in found.items()
    }


def _words_of(finding: Finding) -> list[str]:
    """What the column of values has to say."""
    domain = finding.domain
    if isinstance(domain, Number):
        return [f"{domain.low:g} to {domain.high:g}", "" if domain.unit == "1" else domain.unit]
    assert isinstance(domain, Choice)
    if finding.code in ("vertebral-level", "wbb-zones", "wbb-layers", "primary-tumour"):
        return []
    if finding.code in ("ecog", "karnofsky"):
        return [f"{domain.values[0]} to {domain.values[-1]}"]
    if finding.code == "visceral-metastases":
        return ["`none`", *(f"`{word}`" for word in domain.groups)]
    return [f"`{str(value).lower() if isinstance(value, bool) else value}`" for value in domain.values]


def test_findings_lists_every_finding_with_values_codes_and_users() -> None:
    told = {code(cells[0]): cells[1:] for cells in rows(page("findings.md"), "finding")}
    assert set(told) == set(FINDINGS)
    codes, used = _standard_codes(), used_by()
    for finding in FINDINGS.values():
        title, values, standard, users = told[finding.code]
        assert title.startswith(finding.title)
        assert ("lesion or patient" in title) == finding.patient_too
        for word in _words_of(finding):
            assert word in values, (finding.code, word)
        assert standard == codes.get(finding.code, "-"), finding.code
        assert (users == "-") == (finding.code not in used) == (finding.code not in READS), finding.code


def test_findings_lists_every_tumour() -> None:
    domain = FINDINGS["primary-tumour"].domain
    assert isinstance(domain, Choice)
    section = page("findings.md").split("## Tumours\n")[1].split("\n## ")[0]
    assert set(re.findall(r"`([a-z-]+)`", section)) == {*domain.values, *domain.groups}


def test_the_observation_of_the_example_is_read() -> None:
    example = json.loads(blocks(page("findings.md"), "json")[0])
    record = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": example}]}
    response = create_app(Settings()).test_client().post("/fhir/$assess-spinal-tumour", json=record)
    components = [
        component["valueQuantity"]["value"]
        for entry in response.get_json(force=True)["entry"]
        for component in entry["resource"].get("component", [])
        if component["code"]["coding"][0]["code"] in ("sins.pain", "sins.location")
    ]
    assert components == [1, 3]


def test_every_code_of_the_ledger_is_explained() -> None:
    text = page("mapping-local-codes.md")
    told = {code(cells[0]) for cells in rows(text.split("## The ledger")[1], "code")}
    assert told == {entry.value for entry in Ledger}


_LOCAL = {"system": "http://hospital.example", "code": "1"}
_PAIN = {"system": f"{BASE}/CodeSystem/finding", "code": "sins-pain"}
_ALBUMIN = {"system": "http://loinc.org", "code": "1751-7"}
_BONE = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C79.51"}


def _seen(coding: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "status": "final", "code": {"coding": [coding]}, **more}


#: A resource for each line of the table.
_UNKNOWN: dict[str, dict[str, Any]] = {
    "a Condition that looks like a tumour": {"resourceType": "Condition", "code": {"text": "a cancer"}},
    "an Observation that names a finding": _seen({**_LOCAL, "display": "Karnofsky"}),
    "a Procedure that names radiotherapy": {
        "resourceType": "Procedure",
        "status": "completed",
        "code": {"coding": [_LOCAL], "text": "radiotherapy"},
    },
    "any other Condition, Observation": _seen(_LOCAL, valueQuantity={"value": 3, "code": "g/dL"}),
    "an Observation of `CodeSystem/finding`": _seen({**_PAIN, "code": "sins-paint"}, valueBoolean=True),
    "a known finding whose coded value": _seen(_PAIN, valueCodeableConcept={"coding": [_LOCAL]}),
    "a known finding with a value": _seen(
        _PAIN, valueCodeableConcept={"coding": [{"system": f"{BASE}/CodeSystem/finding-value", "code": "much"}]}
    ),
    "a body site that is no vertebra": {
        "resourceType": "Condition",
        "code": {"coding": [_BONE]},
        "bodySite": [{"coding": [_LOCAL]}],
    },
    "a unit that is not UCUM": _seen(_ALBUMIN, valueQuantity={"value": 3, "code": "pinch"}),
    "a measurement without a unit": _seen(_ALBUMIN, valueQuantity={"value": 3}),
}


@pytest.mark.parametrize("what", _UNKNOWN)
def test_what_is_not_known_ends_as_the_page_says(what: str) -> None:
    outcome = next(cells[1] for cells in rows(page("mapping-local-codes.md"), "what") if cells[0].startswith(what))
    record = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"id": "1", **_UNKNOWN[what]}}]}
    response = create_app(Settings()).test_client().post("/fhir/$assess-spinal-tumour", json=record)
    answer = response.get_json(force=True)
    if "422" in outcome:
        assert response.status_code == 422
        return
    issues = answer["entry"][-1]["resource"]["issue"]
    codes = {coding["code"] for issue in issues for coding in issue["details"]["coding"]}
    assert codes == set(re.findall(r"ledger: `([^`]+)`", outcome) or ["no-remarks"])


def test_every_line_about_what_is_not_known_is_tried() -> None:
    assert len(list(rows(page("mapping-local-codes.md"), "what"))) == len(_UNKNOWN)


def test_every_map_is_named() -> None:
    told = {code(cells[0]) for cells in rows(page("mapping-local-codes.md"), "map")}
    assert told == {path.name for path in (ROOT / "service" / "fhir_mapping" / "terminology").glob("*.json")}


def _local_record() -> dict[str, Any]:
    """A record with the local codes of the page."""

    def concept(kind: str, code: str, display: str) -> dict[str, Any]:
        return {"coding": [{"system": f"http://hospital.example/{kind}", "code": code, "display": display}]}

    bone = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C79.51"}]}
    site = concept("site", "BWK8", "8. Brustwirbelkörper")
    resources = [
        {"resourceType": "Condition", "id": "1", "code": bone, "bodySite": [site]},
        {"resourceType": "Condition", "id": "2", "code": concept("diagnosis", "BREAST-CA", "Mammakarzinom")},
        {
            "resourceType": "Observation",
            "id": "3",
            "status": "final",
            "code": concept("laboratory", "ALB", "Albumin"),
            "valueQuantity": {"value": 30, "system": "http://unitsofmeasure.org", "code": "g/L"},
        },
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the record and the maps of the page."""
    (tmp_path / "maps").mkdir()
    (tmp_path / "record.json").write_text(json.dumps(_local_record()), "utf-8")
    (ours,) = re.findall(
        r"^```json maps/ours.json\n(.*?)^```$", page("mapping-local-codes.md"), re.MULTILINE | re.DOTALL
    )
    (tmp_path / "maps" / "ours.json").write_text(ours, "utf-8")
    return tmp_path


def _print(site: Path, *arguments: str) -> str:
    return run(*arguments, cwd=site, PYTHONPATH=str(ROOT))


def test_each_command_of_the_page_about_codes_prints_what_it_shows(site: Path) -> None:
    pairs = re.compile(r"^```sh\nspinemets (codes [^\n]*)\n```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    shown = pairs.findall(page("mapping-local-codes.md"))
    assert len(shown) == 3
    version = re.compile(r"\b[0-9a-f]{12}\b")  # it changes with every map, and the page does not
    for command, output in shown:
        assert version.sub("VERSION", _print(site, *shlex.split(command))) == version.sub("VERSION", output)


def test_the_skeleton_holds_the_codes_of_the_map_on_the_page(site: Path) -> None:
    made = json.loads(_print(site, "codes", "--unknown", "record.json", "--skeleton"))
    ours = json.loads((site / "maps" / "ours.json").read_text("utf-8"))

    def codes(of: dict[str, Any]) -> set[tuple[str, str]]:
        return {(group["source"], element["code"]) for group in of["group"] for element in group["element"]}

    assert codes(made) == codes(ours)


def test_codes_that_are_added_as_the_page_says_are_found(site: Path) -> None:
    report = " ".join(_print(site, "assess", "record.json", "--format", "text", "--maps", "maps").split())
    assert "LESION T8" in report
    assert "O Oncology: primary tumour: breast" in report
    assert "Tomita 2 to 7" in report
    assert "poor nutrition (albumin below 3.5 g/dL)" in report


# A new score
