"""What README and docs say is true: commands, outputs, scores, settings, links."""

from __future__ import annotations

import difflib
import json
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from service import BASE, derivations, policies
from service.api.app import create_app
from service.api.settings import Settings
from service.assess import READS
from service.decision import noms
from service.decision.emergency import ALARMS
from service.evidence import Choice, Number
from service.findings import FINDINGS, Finding
from service.policy import DEFAULT, Policy
from service.problems import Ledger
from service.scoring import ENGINES, SCORES
from service.scoring.model import Score

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.glob("*.md"))]
README = (ROOT / "README.md").read_text("utf-8")
CUT = "[...]"


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def blocks(text: str, kind: str) -> list[str]:
    """The fenced blocks of a kind, such as ``sh``."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def rows(text: str, first: str) -> Iterator[list[str]]:
    """The rows of the table whose first head is ``first``."""
    inside = False
    for line in text.splitlines():
        if not line.startswith("|"):
            inside = False
            continue
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        cells = [cell.strip("| ") for cell in cells]
        if inside and not set(line) <= set("|- "):
            yield cells
        inside = inside or cells[0] == first


def code(cell: str) -> str:
    return cell.strip("`")


def run(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """What ``spinemets`` prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(cwd), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def assess_command(text: str) -> list[str]:
    """The arguments of the first ``spinemets assess`` in a page."""
    found = re.search(r"^\.venv/bin/spinemets (assess .*)$", text, re.MULTILINE)
    assert found, "the page has no `.venv/bin/spinemets assess` command"
    return shlex.split(found[1])


def check_is_cut_from(shown: str, true: str) -> None:
    """Checks that each stretch between cuts stands in the true output, whole and in order."""
    lines = true.rstrip("\n").splitlines()
    stretches: list[list[str]] = [[]]
    for line in shown.rstrip("\n").splitlines():
        if line == CUT:
            stretches.append([])
        else:
            stretches[-1].append(line)
    at = 0
    for n, stretch in enumerate(stretches):
        starts = range(at, len(lines) - len(stretch) + 1)
        start = next((i for i in starts if lines[i : i + len(stretch)] == stretch), None)
        if start is None:
            pytest.fail(_difference(stretch, lines[at:]))
        assert n > 0 or start == 0, "the output begins elsewhere: mark the cut"
        at = start + len(stretch)
    assert at == len(lines) or not stretches[-1], "the output goes on: mark the cut"


def _difference(stretch: list[str], lines: list[str]) -> str:
    size = len(stretch)
    nearest = max(
        (lines[i : i + size] for i in range(max(1, len(lines) - size + 1))),
        key=lambda part: difflib.SequenceMatcher(None, "\n".join(part), "\n".join(stretch)).quick_ratio(),
    )
    return "the page shows what the product does not print:\n" + "\n".join(
        difflib.unified_diff(stretch, nearest, "page", "product", lineterm="")
    )


def check_is_part_of(shown: Any, true: Any, path: str = "$") -> None:
    """Checks that shown JSON is the true one with members and list elements left out."""
    if isinstance(shown, dict):
        assert isinstance(true, dict), path
        for name, value in shown.items():
            assert name in true, f"{path}.{name} is not in the answer"
            check_is_part_of(value, true[name], f"{path}.{name}")
    elif isinstance(shown, list):
        rest = iter(true)
        for n, value in enumerate(shown):
            assert any(_is_part_of(value, each) for each in rest), f"{path}[{n}] is not in the answer: {value}"
    else:
        assert shown == true, f"{path} is {true!r}, and the page says {shown!r}"


def _is_part_of(shown: Any, true: Any) -> bool:
    try:
        check_is_part_of(shown, true)
    except AssertionError:
        return False
    return True


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the product that a test may change."""
    shutil.copytree(ROOT / "service", tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


# Commands and outputs


def test_every_make_target_that_a_page_names_exists() -> None:
    there = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in PAGES:
        in_code = " ".join(re.findall(r"`[^`\n]+`|^```.*?^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL))
        named = set(re.findall(r"(?:^|[`\n ])make ([a-z]+)\b", in_code))
        assert named <= there, path.name
    assert re.findall(r"^make (\w+)", README, re.MULTILINE) == ["run", "test"]


def test_the_command_of_the_readme_is_installed_under_its_name() -> None:
    assert "spinemets = service.cli:main" in (ROOT / "setup.cfg").read_text("utf-8")


def test_the_report_in_the_readme_is_what_the_command_prints() -> None:
    check_is_cut_from(blocks(README, "text")[0], run(*assess_command(README)))


def test_the_json_in_the_readme_is_part_of_what_the_call_answers() -> None:
    call = re.search(r"curl -H '(.*?): (.*?)' --data-binary @(\S+) \\\n\s*'http://127\.0\.0\.1:8000(.*?)'", README)
    assert call, "the README has no curl call"
    header, media, record, path = call.groups()
    body = (ROOT / record).read_bytes()
    response = create_app(Settings()).test_client().post(path, data=body, headers={header: media})
    assert response.status_code == 200
    check_is_part_of(json.loads(blocks(README, "json")[0]), response.get_json(force=True))


def test_the_report_and_the_json_of_the_readme_are_of_one_record() -> None:
    assert README.count(assess_command(README)[1]) == 2


def test_another_process_gives_the_same_bytes() -> None:
    record = assess_command(README)[1]
    answers = {run("assess", record, PYTHONHASHSEED=str(seed)) for seed in range(1, 5)}
    assert len(answers) == 1, "the order of a set shows in the answer"


# The README


def test_the_readme_lists_every_score_with_source_range_and_bands() -> None:
    listed = {code(cells[1]): cells for cells in rows(README, "score")}
    assert list(listed) == [score.code for score in SCORES]
    for score in SCORES:
        title, _, source, span, bands = listed[score.code]
        assert title == score.title
        assert source == str(score.sources[0])
        assert span == _span(score.bands[0].low, score.bands[-1].high)
        found = [band.strip().split(" ", 1)[0] for band in bands.split(";")]
        assert found == [_span(band.low, band.high) for band in score.bands]


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def test_the_readme_says_which_scores_are_of_a_lesion_and_in_which_high_is_good() -> None:
    assert [s.code for s in SCORES if s.scope == "lesion"] == ["sins"]
    assert {s.code for s in SCORES if s.high_is_good} == {"tokuhashi-revised", "bauer-modified", "nesms"}


def test_the_readme_lists_every_door_and_no_other() -> None:
    told = {door for cells in rows(README, "door") for door in re.findall(r"`([^`]+)`", cells[0])}
    rules = create_app(Settings()).url_map.iter_rules()
    there = {
        f"{method} {rule.rule}"
        for rule in rules
        if rule.endpoint != "fhir.unknown"
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    there -= {"GET /fhir/$assess-spinal-tumour"}  # answered with 405, which is no door
    assert {door for door in told if " /" in door} == there
    commands = {door.split()[1] for door in told if door.startswith("spinemets ")}
    offered = re.findall(r"^    (\w+) {2,}", run("--help"), re.MULTILINE)
    assert commands == set(offered)


def test_the_picture_shows_the_ranges_that_the_engine_computes() -> None:
    from tests.core.cases import case, lesion  # noqa: PLC0415  # only here

    picture = (DOCS / "images" / "narrowing.svg").read_text("utf-8")
    lines = re.findall(r'<g data-adds="(.*?)" data-low="(\d+)" data-high="(\d+)">(.*?)</g>', picture, re.DOTALL)
    assert lines
    known: dict[str, str] = {}
    for adds, low, high, drawn in lines:
        if adds:
            finding, value = adds.split("=")
            known[finding.replace("-", "_")] = value
        one = lesion("C2", **known)
        result = ENGINES["sins"].result(case(one), one)
        assert (result.low, result.high) == (int(low), int(high)), adds
        assert re.findall(r'class="number".*?>(\d+)<', drawn) == list(dict.fromkeys((low, high)))
        words = re.findall(r'class="small".*?>(.*?)<', drawn)[0].split(":")[0]
        bands = [band.title for band in result.bands]
        assert words == ("any band" if len(bands) == len(result.score.bands) else " or ".join(bands))


# The pages


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = path.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), target
        if anchor:
            heads = re.findall(r"^#+ (.*)$", there.read_text("utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-") for head in heads}, target


def test_every_page_is_reached_from_the_readme() -> None:
    assert {f"docs/{path.name}" for path in DOCS.glob("*.md")} <= set(re.findall(r"\]\((docs/[^)#]+)\)", README))


HOSTS = frozenset(
    """127.0.0.1 hospital.example w3id.org hl7.org www.hl7.org loinc.org ucum.org snomed.info doi.org semver.org
    keepachangelog.com cir.nii.ac.jp gvonetwork.wixsite.com revistas.uautonoma.cl www.plexusmd.com""".split()
)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_the_project_speaks_of_itself_alone(path: Path) -> None:
    """No place of the machine that it was written on, and no address but those of standards and sources."""
    text = path.read_text("utf-8")
    assert not [place for place in (ROOT, ROOT.parent, Path.home()) if len(place.parts) > 1 and f"{place}/" in text]
    assert set(re.findall(r"https?://([\w.-]+)", text)) <= HOSTS


def test_a_path_that_a_page_names_in_code_exists() -> None:
    named = re.compile(r"`((?:service|tests|deploy|examples)/[\w./-]+)`")
    example = "tests/scoring/test_van_der_linden.py service/scoring/van_der_linden.py".split()
    for path in PAGES:
        for name in named.findall(path.read_text("utf-8")):
            assert name in example or (ROOT / name).exists(), f"{path.name}: {name}"


def test_architecture_names_every_room_of_the_package() -> None:
    told = {code(cells[0]) for cells in rows(page("architecture.md"), "room")}
    there = {
        f"service/{path.name}"
        for path in (ROOT / "service").iterdir()
        if (path.suffix == ".py" and path.name != "__init__.py") or (path / "__init__.py").exists()
    }
    assert told == there


def test_architecture_shows_the_direction_of_imports_that_is_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each["type"] == "layers")
    assert blocks(page("architecture.md"), "text")[1].splitlines() == layers


def test_deployment_documents_every_setting_with_its_default() -> None:
    told = {code(cells[0]): cells[1:] for cells in rows(page("deployment.md"), "variable")}
    for setting in fields(Settings):
        default, does = told[f"SPINEMETS_{setting.name.upper()}"]
        assert default == ("none" if setting.default is None else str(setting.default))
        assert does.endswith(".")
    named = {name for name in told if name.startswith("SPINEMETS_")}
    assert named == {f"SPINEMETS_{setting.name.upper()}" for setting in fields(Settings)}


def test_deployment_documents_what_gunicorn_reads_from_the_environment_and_how_it_is_set() -> None:
    text = page("deployment.md")
    path = ROOT / "deploy" / "gunicorn.conf.py"
    told = {code(cells[0]) for cells in rows(text, "variable")}
    assert {name for name in told if not name.startswith("SPINEMETS_")} == set(
        re.findall(r"environ\.get\(['\"](\w+)", path.read_text("utf-8"))
    )
    config = runpy.run_path(str(path))
    settings = {code(cells[0]): cells[1] for cells in rows(text, "setting")}
    assert settings
    for name, value in settings.items():
        assert value == str(config[name]), name


def test_deployment_names_the_limit_of_entries() -> None:
    from service.fhir_mapping.inbound.bundle import MAX_ENTRIES  # noqa: PLC0415  # only here

    limits = {cells[0]: cells[1] for cells in rows(page("deployment.md"), "limit")}
    assert limits["entries of a Bundle"] == str(MAX_ENTRIES)


def test_policy_documents_every_setting_with_its_default() -> None:
    told = {code(cells[0]): code(cells[1]) for cells in rows(page("policy.md"), "setting")}
    defaults = {field.name: str(getattr(DEFAULT, field.name)) for field in fields(Policy)}
    assert told == {name: value.lower() if value in ("True", "False") else value for name, value in defaults.items()}


def test_the_policy_of_the_example_can_be_loaded_and_has_every_setting(tmp_path: Path) -> None:
    example = blocks(page("policy.md"), "json")[0]
    (tmp_path / "site.json").write_text(example)
    policy = policies.load(tmp_path / "site.json")
    given = json.loads(example)
    assert given == {field.name: getattr(policy, field.name) for field in fields(Policy)}


def test_policy_lists_the_findings_that_grow_old() -> None:
    told = re.search(r"The findings that change: (.*)\. A diagnosis", page("policy.md"))
    assert told
    assert re.findall(r"`([^`]+)`", told[1]) == [f.code for f in FINDINGS.values() if f.changes]


# Findings and codes

_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED CT",
    "http://loinc.org": "LOINC",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD-10-CM",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "ICD-O-3",
    "http://www.ama-assn.org/go/cpt": "CPT",
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


def _used_by() -> dict[str, set[str]]:
    used: dict[str, set[str]] = defaultdict(set)
    for name, engine in ENGINES.items():
        for finding in engine.reads:
            used[finding].add(name)
    for finding in (*(atom.finding for atom in noms.TESTS), "sins-collapse", "tumour-origin"):
        used[finding].add("noms")
    for finding in (*ALARMS, "escc-grade", "myelopathy"):
        used[finding].add("emergency")
    for to, origin, _ in derivations._CONVERSIONS:
        if not used[origin]:
            used[origin].add(f"as `{to}`")
    return used


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
    codes, used = _standard_codes(), _used_by()
    for finding in FINDINGS.values():
        title, values, standard, users = told[finding.code]
        assert title.startswith(finding.title)
        assert ("lesion or patient" in title) == finding.patient_too
        for word in _words_of(finding):
            assert word in values, (finding.code, word)
        assert standard == codes.get(finding.code, "-"), finding.code
        assert set(users.split(", ")) == (used[finding.code] or {"-"}), finding.code
        assert (users == "-") == (finding.code not in READS), finding.code


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


def test_codes_that_are_added_as_the_page_says_are_found(copy: Path) -> None:
    added = re.findall(r"^```json ([a-z-]+)\n(.*?)^```$", page("mapping-local-codes.md"), re.MULTILINE | re.DOTALL)
    assert len(added) == 3
    systems = {}
    for name, group in added:
        path = copy / "service" / "fhir_mapping" / "terminology" / f"{name}.json"
        whole = json.loads(path.read_text("utf-8"))
        whole["group"].append(json.loads(group))
        path.write_text(json.dumps(whole), "utf-8")
        systems[name] = json.loads(group)["source"], json.loads(group)["element"][0]["code"]

    def concept(name: str) -> dict[str, Any]:
        return {"coding": [dict(zip(("system", "code"), systems[name], strict=True))]}

    bone = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C79.51"}]}
    quantity = {"value": 30, "system": "http://unitsofmeasure.org", "code": "g/L"}
    resources = [
        {"resourceType": "Condition", "id": "1", "code": bone, "bodySite": [concept("vertebrae")]},
        {"resourceType": "Condition", "id": "2", "code": concept("condition-findings")},
        {
            "resourceType": "Observation",
            "id": "3",
            "status": "final",
            "code": concept("observation-findings"),
            "valueQuantity": quantity,
        },
    ]
    record = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    (copy / "record.json").write_text(json.dumps(record), "utf-8")
    report = run("assess", "record.json", "--format", "text", cwd=copy)
    assert "LESION T8" in report
    assert re.search(r"1  Growth of the primary tumour: slow: breast", report)
    assert re.search(r"0  Serum albumin: below 3.5 g/dL", report)


# A new score


def test_the_score_of_the_page_computes_and_shows_at_every_door(copy: Path) -> None:
    source, module, line, scores = blocks(page("adding-a-score.md"), "python")
    name = re.search(r"`service/scoring/(\w+)\.py`", page("adding-a-score.md").split("## 2.")[1])
    assert name
    folder = copy / "service" / "scoring"
    with (folder / "sources.py").open("a", encoding="utf-8") as sources:
        sources.write(source)
    (folder / f"{name[1]}.py").write_text(module, "utf-8")
    init = (folder / "__init__.py").read_text("utf-8")
    init, replaced = re.subn(r"^SCORES = \(.*?\)\n", line + scores, init, flags=re.MULTILINE | re.DOTALL)
    assert replaced == 1
    (folder / "__init__.py").write_text(init, "utf-8")
    shutil.copytree(ROOT / "examples", copy / "examples")

    arguments = assess_command(page("adding-a-score.md"))
    shown = blocks(page("adding-a-score.md"), "text")[0]
    check_is_cut_from(f"{CUT}\n{shown}{CUT}\n", run(*arguments, cwd=copy))
    answer = json.loads(run("assess", arguments[1], cwd=copy))
    made = {
        (entry["resource"]["resourceType"], key)
        for entry in answer["entry"]
        for key in ("code", "method")
        for coding in entry["resource"].get(key, {}).get("coding", [])
        if coding == {**coding, "system": f"{BASE}/CodeSystem/score", "code": "van-der-linden"}
    }
    assert made == {("Observation", "code"), ("RiskAssessment", "method")}


def test_the_line_of_scores_on_the_page_has_all_that_there_are() -> None:
    scores = blocks(page("adding-a-score.md"), "python")[3]
    names = re.findall(r"[A-Z_]{4,}", scores)[1:]
    import service.scoring  # noqa: PLC0415  # looked up by name

    there = [name for name, value in vars(service.scoring).items() if isinstance(value, Score)]
    assert set(there) <= set(names)


# Safety


def test_every_hazard_names_tests_that_exist() -> None:
    hazards = list(rows(page("safety.md"), "hazard"))
    assert len(hazards) >= 10
    for cells in hazards:
        assert len(cells) == 4, cells
        assert all(cells)
        named = re.findall(r"\]\(\.\./(tests/[^)]+)\)((?:,? `\w+`)+)", cells[3])
        assert named, cells[0]
        for path, names in named:
            text = (ROOT / path).read_text("utf-8")
            for name in re.findall(r"`(\w+)`", names):
                now = [p.name for p in (ROOT / "tests").rglob("test_*.py") if f"def {name}(" in p.read_text("utf-8")]
                assert f"def {name}(" in text, f"{cells[0]}: {name} is not in {path}; found in {now}"


def test_the_changelog_has_the_section_on_answers_that_change() -> None:
    unreleased = (ROOT / "CHANGELOG.md").read_text("utf-8").split("## [Unreleased]")[1].split("\n## ")[0]
    assert "### Answers that change\n\n- " in unreleased
    assert "### Added\n\n- " in unreleased
