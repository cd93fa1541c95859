"""``spinemets codes``: what a code means, what a site's maps change, and which codes no map knows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.findings import FINDINGS
from tests.support.records import bundle, condition, observation

OURS = "http://hospital.example/codes"


class Ran:
    def __init__(self, capture: pytest.CaptureFixture[str], code: int) -> None:
        captured = capture.readouterr()
        self.code, self.out, self.err = code, captured.out, captured.err


@pytest.fixture
def codes(capfd: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: str | Path) -> Ran:
        code = main(["codes", *map(str, arguments)])
        sys.stdout.flush()
        return Ran(capfd, code)

    return call


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def a_map(*elements: dict[str, Any], target: str = "http://snomed.info/sct") -> dict[str, Any]:
    group = {"source": OURS, "target": target, "element": list(elements)}
    return {"resourceType": "ConceptMap", "status": "active", "group": [group]}


def line(code: str, target: str, equivalence: str = "equivalent") -> dict[str, Any]:
    return {"code": code, "target": [{"code": target, "equivalence": equivalence}]}


def test_alone_it_lists_every_finding_with_its_codes(codes: Any) -> None:
    ran = codes()
    assert ran.code == 0
    for finding in FINDINGS.values():
        assert f"{finding.code}  {finding.title}\n" in ran.out
    assert "1751-7" in ran.out


def test_a_code_by_itself_is_looked_up_in_every_system(codes: Any) -> None:
    out = codes("C79.51").out
    assert "http://hl7.org/fhir/sid/icd-10-cm|C79.51 (ICD-10-CM)" in out
    assert "http://fhir.de/CodeSystem/bfarm/icd-10-gm|C79.51 (ICD-10-GM)" in out
    assert "diagnosis: bone-metastasis-site = unspecified    [condition-findings]" in out


def test_a_code_with_its_system_is_looked_up_there_alone(codes: Any) -> None:
    out = codes("urn:oid:2.16.840.1.113883.6.90|C79.51").out
    assert out.startswith("http://hl7.org/fhir/sid/icd-10-cm|C79.51 (ICD-10-CM)\n")
    assert "icd-10-gm" not in out


def test_a_code_that_no_map_knows_is_said_to_be_unknown(codes: Any) -> None:
    ran = codes("Q99.9", "http://snomed.info/sct|1")
    assert ran.code == 0
    assert ran.out == "Q99.9: no map knows it\nhttp://snomed.info/sct|1: no map knows it\n"


def test_the_report_of_a_sites_maps(codes: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.json", a_map(line("X", "94602001"), line("Y", "1"), line("Z", "94602001", "narrower")))
    out = codes("--maps", tmp_path).out.splitlines()
    assert (
        out[0]
        == f"a.json: {OURS}|X: added: diagnosis: bone-metastasis-site = spine; concept: secondary.vertebral_column"
    )
    assert out[1] == f"a.json: {OURS}|Y: not usable: the target is a code that is not known here"
    assert out[-1].startswith("1 map: 1 added, 0 changed, 0 same, 2 not usable; version of the maps in force: ")


def test_a_local_code_is_explained_by_the_sites_maps(codes: Any, tmp_path: Path) -> None:
    write(tmp_path / "a.json", a_map(line("X", "94602001")))
    out = codes(f"{OURS}|X", "--maps", tmp_path).out
    assert out.startswith(f"{OURS}|X (a code system of the site)\n    diagnosis: bone-metastasis-site = spine")


def test_unknown_codes_of_records_and_of_lines_of_ndjson(codes: Any, tmp_path: Path) -> None:
    record = write(tmp_path / "r.json", bundle(condition("X", OURS), condition("C50.9")))
    lines = write(
        tmp_path / "r.ndjson", "\n".join(json.dumps(observation("X", 1, system=OURS)) for _ in range(3)) + "\n"
    )
    old = write(tmp_path / "o.json", bundle(condition("198.5", "http://hl7.org/fhir/sid/icd-9-cm")))
    out = codes("--unknown", record, lines, old).out.splitlines()
    assert out == [
        f"     3  Observation.code  {OURS}|X  ",
        "     1  Condition.code  http://hl7.org/fhir/sid/icd-9-cm|198.5      [ICD-9-CM is not read]",
        f"     1  Condition.code  {OURS}|X  ",
        "3 codes that no map knows",
    ]


def test_a_code_that_a_site_has_mapped_is_no_longer_unknown(codes: Any, tmp_path: Path) -> None:
    record = write(tmp_path / "r.json", bundle(condition("X", OURS)))
    write(tmp_path / "maps" / "a.json", a_map(line("X", "94602001")))
    assert codes("--unknown", record).out.endswith("1 code that no map knows\n")
    assert codes("--unknown", record, "--maps", tmp_path / "maps").out == "0 codes that no map knows\n"


def test_the_skeleton_filled_in_is_a_map(codes: Any, tmp_path: Path) -> None:
    record = write(tmp_path / "r.json", bundle(condition("X", OURS)))
    made = json.loads(codes("--unknown", record, "--skeleton").out)
    (element,) = made["group"][0]["element"]
    assert element["target"][0]["equivalence"] == "unmatched"
    made["group"][0]["target"] = "http://snomed.info/sct"
    element["target"] = [{"code": "94602001", "equivalence": "equivalent"}]
    write(tmp_path / "maps" / "a.json", made)
    assert "1 map: 1 added" in codes("--maps", tmp_path / "maps").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--maps", "none"), "no such folder"),
        (("--unknown", "none.json"), "none.json: No such file"),
        (("--unknown", "broken.json"), "broken.json: not JSON"),
        (("--skeleton",), "--skeleton needs --unknown"),
        (("--maps", "."), "broken.json: not JSON"),
    ],
)
def test_bad_input_ends_with_one_line(
    codes: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "broken.json", "{")
    ran = codes(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("spinemets: ")
    assert words in ran.err
    assert len(ran.err.splitlines()) == 1
