"""The rows of a cohort say what an assessment of the same record says."""

from __future__ import annotations

import math
import pickle
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from service.assess import assess
from service.assessment import Assessment
from service.cohort import assessing
from service.cohort.assessing import Outcome, Setup, rows
from service.cohort.batches import batches
from service.cohort.columns import COLUMNS, SCHEMA
from service.cohort.record import Record, Resource
from service.cohort.running import run
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.decode import decode
from service.fhir_mapping.outbound import answer
from service.policy import DEFAULT, Policy
from service.scoring import SCORES
from tests.cohort import exports

AS_OF = "2026-10-01"
SETUP = Setup(AS_OF)


def record(name: str) -> Record:
    listed = exports.resources(name)
    lines = (Resource(orjson.dumps(each), f"{each['resourceType']}.ndjson:{n}") for n, each in enumerate(listed, 1))
    return Record(exports.patient_of(listed), tuple(lines))


def assessed(name: str, policy: Policy = DEFAULT) -> Assessment:
    """The example as it is, with all that no assessment reads."""
    return assess(decode((exports.EXAMPLES / f"{name}.json").read_bytes()), when(AS_OF), policy)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("cohort")
    exports.write(folder / "export", [each for name in exports.NAMES for each in exports.resources(name)])
    run(folder / "export", folder / "out", SETUP)
    found: list[dict[str, Any]] = pq.read_table(folder / "out").to_pylist()
    return found


def of(table: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    patient = exports.patient_of(exports.resources(name))
    return [row for row in table if row["patient"] == patient]


@pytest.mark.parametrize("name", exports.NAMES)
def test_there_is_a_row_for_each_lesion_of_the_assessment(table: list[dict[str, Any]], name: str) -> None:
    found, here = assessed(name), of(table, name)
    assert [row["lesion"] for row in here] == ([lesion.name for lesion in found.case.lesions] or [None])
    assert [row["levels"] for row in here] == ([[*lesion.levels] for lesion in found.case.lesions] or [None])
    assert [row["lesion_number"] for row in here] == ([*range(1, len(found.case.lesions) + 1)] or [None])
    assert {row["outcome"] for row in here} == {"assessed" if found.has_tumour else "no-spinal-tumour"}


@pytest.mark.parametrize("name", exports.NAMES)
def test_every_score_is_that_of_the_assessment_of_the_whole_record(table: list[dict[str, Any]], name: str) -> None:
    found = assessed(name)
    for row in of(table, name):
        results = {r.score.code: r for r in found.results if r.lesion is None or r.lesion.name == row["lesion"]}
        for score in SCORES:
            column, result = score.code.replace("-", "_"), results.get(score.code)
            told = [row[f"{column}_{what}"] for what in ("low", "high", "band", "bands", "missing")]
            if result is None:
                assert told == [None] * 5
                continue
            bands = [band.code for band in result.bands]
            only = bands[0] if len(bands) == 1 else None
            assert told == [result.low, result.high, only, bands, [each.finding for each in result.missing]]


@pytest.mark.parametrize("name", exports.NAMES)
def test_plan_and_evidence_are_those_of_the_assessment(table: list[dict[str, Any]], name: str) -> None:
    found = assessed(name)
    for row in of(table, name):
        mine = [r for r in found.plan.recommendations if r.lesion is None or r.lesion.name == row["lesion"]]
        assert [(r["treatment"], r["settled"]) for r in row["recommendations"]] == [
            (r.treatment, r.settled) for r in mine
        ]
        assert set(row["treatments"]) == {r.treatment for r in mine if r.settled}
        assert set(row["treatments_possible"]) == {r.treatment for r in mine if not r.settled}
        urgent = {r.settled for r in mine if r.urgent}
        assert row["emergency"] == ("certain" if True in urgent else "possible" if urgent else "none")
        needed = (n.finding for n in found.plan.needed if n.lesion is None or n.lesion.name == row["lesion"])
        assert row["missing"] == [*dict.fromkeys(needed)]
        lesion = next((each for each in found.case.lesions if each.name == row["lesion"]), None)
        told = {("patient", code): e for code, e in found.case.evidence.items()}
        told |= {("lesion", code): e for code, e in lesion.evidence.items()} if lesion else {}
        assert {(e["scope"], e["finding"]): (len(e["values"]), e["conflict"]) for e in row["evidence"]} == {
            key: (len(e.values), e.conflict) for key, e in told.items()
        }
        assert sorted(row["conflicts"]) == sorted(code for (_, code), e in told.items() if e.conflict)
        assert sum(each["number"] for each in row["remarks"]) == len(found.ledger)
        assert row["complete"] is found.complete


def test_a_percentage_is_the_range_over_the_bands_that_are_possible(table: list[dict[str, Any]]) -> None:
    (row,) = of(table, "breast-settled")
    assert row["katagiri_revised_bands"] == ["low", "intermediate"]
    assert (row["katagiri_revised_survival_6mo_low"], row["katagiri_revised_survival_6mo_high"]) == (74.0, 98.1) or (
        row["katagiri_revised_survival_6mo_low"] < row["katagiri_revised_survival_6mo_high"]
    )
    of_bands = {
        band.code: [f.value for f in band.figures if f.at and f.at.value == 6]
        for score in SCORES
        if score.code == "katagiri-revised"
        for band in score.bands
    }
    values = [*of_bands["low"], *of_bands["intermediate"]]
    assert row["katagiri_revised_survival_6mo_low"] == min(values)
    assert row["katagiri_revised_survival_6mo_high"] == max(values)


def test_a_percentage_is_null_where_a_possible_band_has_none(table: list[dict[str, Any]]) -> None:
    told = [row for row in table if row["rades_short_survival_bands"]]
    assert told
    for row in told:
        published = row["rades_short_survival_bands"] == ["24-25"]
        assert (row["rades_short_survival_mortality_2mo_low"] is not None) is published


def test_every_row_says_how_it_was_made(table: list[dict[str, Any]]) -> None:
    policy = replace(DEFAULT, name="ours", lead_model="tokuhashi-revised")
    setup = Setup("2026-10", policy, assume_complete=True)
    (batch,) = batches([record("kidney-complete")], setup)
    (row,) = batch.to_pylist()
    assert (row["as_of"], row["policy"], row["assume_complete"]) == ("2026-10", "ours", True)
    assert row["prognosis_by"] == "tokuhashi-revised"
    assert row["knowledge"] == table[0]["knowledge"]


@pytest.mark.parametrize(
    ("code", "reason"),
    [("C18.9", "tumour-not-in-the-spine"), ("I10", "no-tumour"), ("C79.51", "bone-metastasis-not-in-the-spine")],
)
def test_a_patient_without_a_lesion_has_one_row_that_says_why(code: str, reason: str) -> None:
    condition = exports.condition("Patient/a", 1)
    condition["code"]["coding"][0]["code"] = code
    del condition["bodySite"]
    (row,) = rows([Record("Patient/a", (Resource(orjson.dumps(condition)),))], SETUP)
    assert (row.outcome, row.reason, row.lesion) == (Outcome.NO_SPINAL_TUMOUR, reason, None)


def test_a_refused_record_is_a_row_with_codes_and_elements_and_no_value() -> None:
    ecog = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/a"},
        "code": {"coding": [{"system": "https://w3id.org/spinemets/CodeSystem/finding", "code": "ecog"}]},
        "valueInteger": 777123,
    }
    listed = (
        Resource(orjson.dumps(exports.condition("Patient/a", 1)), "a.ndjson:1"),
        Resource(orjson.dumps(ecog), "b.ndjson:9"),
    )
    (batch,) = batches([Record("Patient/a", listed)], SETUP)
    (row,) = batch.to_pylist()
    assert (row["outcome"], row["reason"]) == ("refused", "refused")
    (problem,) = row["problems"]
    assert (problem["place"], problem["element"].split("[")[0]) == ("b.ndjson:9", "value")
    assert "777123" not in str(row)
    assert row["sins_low"] is None
    assert row["emergency"] is None


def test_a_fault_of_the_service_is_a_row_and_the_others_are_assessed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = assessing.assess

    def fails(bundle: Any, *given: Any, **named: Any) -> Assessment:
        if b"Patient/bad" in bundle.mini:
            raise ZeroDivisionError("Ann Lee")
        return whole(bundle, *given, **named)

    monkeypatch.setattr(assessing, "assess", fails)
    listed = [
        Record(name, (Resource(orjson.dumps(exports.condition(name, 1))),)) for name in ("Patient/bad", "Patient/good")
    ]
    (batch,) = batches(listed, SETUP)
    bad, good = batch.to_pylist()
    assert (bad["outcome"], good["outcome"]) == ("fault", "assessed")
    assert bad["problems"][0]["element"] == "ZeroDivisionError"
    assert bad["problems"][0]["place"].startswith("service/cohort/assessing.py:")
    assert "Ann Lee" not in str(bad)


def test_no_more_than_two_patients_are_held_however_many_there_are() -> None:
    line = orjson.dumps(exports.condition("Patient/a", 1))
    alive: set[int] = set()
    most = 0

    def endless(number: int) -> Iterator[Record]:
        nonlocal most
        for n in range(number):
            made = Record(f"Patient/{n}", (Resource(line),))
            alive.add(n)
            weakref.finalize(made, alive.discard, n)
            most = max(most, len(alive))
            yield made
            del made

    written = sum(batch.num_rows for batch in batches(endless(60), SETUP, size=8))
    assert written == 60
    assert most <= 2, "one that is assessed, and one that is fetched"


def test_a_batch_has_the_rows_that_it_may_have() -> None:
    listed = [record("breast-two-levels") for _ in range(3)]
    assert [batch.num_rows for batch in batches(listed, SETUP, size=4)] == [4, 2]


def test_what_an_engine_runs_can_be_sent_to_another_machine() -> None:
    function, setup, listed = pickle.loads(pickle.dumps((batches, SETUP, [record("breast-settled")])))
    (there,), (here,) = function(listed, setup), batches(listed, SETUP)
    assert there.equals(here)
    assert there.schema == SCHEMA


def test_maps_that_have_changed_are_noticed(tmp_path: Path) -> None:
    with pytest.raises(assessing.ChangedMaps, match="another --out"):
        next(rows([], replace(SETUP, maps_version="another")))


def test_every_column_is_described_and_named_once() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert all(column.says and column.name.isidentifier() and column.name == column.name.lower() for column in COLUMNS)
    assert {column.unit for column in COLUMNS} == {"", "points", "%", "months", "day, UTC"}


def test_no_number_of_a_table_is_infinite(table: list[dict[str, Any]]) -> None:
    numbers = [value for row in table for value in row.values() if isinstance(value, float)]
    assert numbers
    assert all(map(math.isfinite, numbers))


@pytest.mark.parametrize(
    ("focus", "outcome"),
    [
        ("Device/d", "assessed"),
        ("https://hospital.example/fhir/Encounter/e", "assessed"),
        ("Condition/none", "refused"),
    ],
)
def test_a_focus_on_what_is_not_read_is_no_reason_to_refuse(focus: str, outcome: str) -> None:
    """A whole Bundle holds the device or the encounter; of an export it was left out."""
    pain = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "subject": {"reference": "Patient/a"},
        "focus": [{"reference": focus}],
        "code": {"coding": [{"system": "https://w3id.org/spinemets/CodeSystem/finding", "code": "sins-pain"}]},
        "valueCodeableConcept": {
            "coding": [{"system": "https://w3id.org/spinemets/CodeSystem/finding-value", "code": "pain-free"}]
        },
    }
    listed = [exports.condition("Patient/a", 1), pain]
    found = Record("Patient/a", tuple(Resource(orjson.dumps(each), "x:1") for each in listed))
    assert [row.outcome for row in rows([found], SETUP)] == [outcome]
    kind, name = focus.split("/")[-2:]
    whole = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": each} for each in (*listed, {"resourceType": kind, "id": name})],
    }
    if outcome == "assessed":
        (row,) = rows([found], SETUP)
        assert row.found is not None
        assert answer(row.found) == answer(assess(decode(orjson.dumps(whole)), when(AS_OF)))


@pytest.mark.parametrize(
    "name",
    [
        b'"id":"a.b"',
        b'"id" : "a.b"',
        b'"id":"a\\u002eb"',
        b'"id":"a.b","contained":[{"id":"x"}]',
        b'"contained":[{"id":"x"}],"id":"a.b","valueDecimal":' + b"9" * 100,
    ],
)
def test_what_is_named_by_a_uuid_is_found_however_its_id_is_written(name: bytes) -> None:
    """And nothing else is: not what contains something of that id, and not what refers to it."""
    named = Resource(b'{"resourceType":"Condition",' + name + b"}")
    refers = Resource(b'{"resourceType":"Observation","id":"o","focus":[{"reference":"urn:uuid:a.b"}]}')
    contains = Resource(b'{"resourceType":"Observation","id":"p","contained":[{"id":"a.b"}]}')
    whole = orjson.loads(Record("Patient/a", (refers, named, contains)).bundle().replace(b"9" * 100, b"9"))
    assert [entry.get("fullUrl") for entry in whole["entry"]] == [None, "urn:uuid:a.b", None]


def test_what_cannot_be_decoded_in_full_is_a_row_and_no_end_of_the_run() -> None:
    content = (
        b'{"resourceType":"Observation","focus":[{"reference":"Device/\\ud800"}],"subject":{"reference":"urn:uuid:a"}}'
    )
    (row,) = rows([Record("Patient/a", (Resource(content),))], SETUP)
    assert row.lesion is None
