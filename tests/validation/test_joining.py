"""From an export by ``spinemets cohort`` to the table that is evaluated, with everybody accounted for."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from service.cli import main
from service.tabular import TableRefused
from service.validation.joining import joined
from service.validation.outcomes import Outcome, Outcomes, recorded, stated
from service.validation.table import Row, Table, read

TODAY = date(2026, 11, 1)
#: The studies of made cohorts begin in 2018, take patients until the end of 2023 and end with 2025.
AS_OF = date(2023, 12, 31)
PATIENTS = 24


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made cohort: its table, its export, and the cohort that comes of the export."""
    folder = tmp_path_factory.mktemp("made")
    arguments = ["--patients", str(PATIENTS), "--seed", "5", "--model", "katagiri-revised", "--missing", "0.02"]
    assert main(["synthetic", str(folder / "c"), *arguments, "--also", "nesms"]) == 0
    export, out = str(folder / "c" / "fhir"), str(folder / "cohort")
    assert main(["cohort", export, "--out", out, "--as-of", AS_OF.isoformat(), "--quiet", "--processes", "1"]) == 0
    return folder


@pytest.fixture(scope="module")
def table(made: Path) -> Table:
    return read(made / "c" / "table.csv", TODAY)


def outcomes_csv(path: Path, table: Table, *, named: str = "{}") -> Path:
    told = {row.patient: row for row in table.rows}
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(("patient", "index_date", "end_date", "died"))
        for row in told.values():
            assert row.end is not None
            died = "yes" if row.died else "no"
            lines.writerow((named.format(row.patient), row.index.isoformat(), row.end.isoformat(), died))
    return path


def said(table: Table) -> dict[str, int]:
    return {each.says: each.patients for each in table.balance}


def of(table: Table, model: str) -> Iterator[Row]:
    return (row for row in table.rows if row.model == model)


@pytest.mark.parametrize("named", ["{}", "Patient/{}"])
def test_the_cohort_of_an_export_gives_the_table_that_it_was_made_with(
    named: str, made: Path, table: Table, tmp_path: Path
) -> None:
    found = joined(made / "cohort", stated(outcomes_csv(tmp_path / "o.csv", table, named=named), TODAY), TODAY)
    for model in ("katagiri-revised", "nesms"):
        expected = {f"Patient/{row.patient}": row for row in of(table, model)}
        got = {row.patient: row for row in of(found, model)}
        assert got.keys() == expected.keys()
        for name, row in got.items():
            wanted = expected[name]
            assert (row.index, row.end, row.died) == (wanted.index, wanted.end, wanted.died)
            # In a record, findings that are there may say what those that are missing would.
            assert set(row.bands) <= set(wanted.bands)
            assert row.bands
        assert sum(len(row.bands) == 1 for row in got.values()) > PATIENTS / 2
    tumours = {f"Patient/{row.patient}": row.tumour for row in table.rows if row.tumour}
    assert {row.patient: row.tumour for row in found.rows if row.patient in tumours} == tumours
    assert {row.period for row in found.rows} == {str(row.index.year) for row in table.rows}


def test_an_export_gives_deaths_and_last_contacts_after_the_day_of_the_assessment(made: Path, table: Table) -> None:
    found = joined(made / "cohort", recorded(made / "c" / "fhir", TODAY), TODAY)
    told = {f"Patient/{row.patient}": row for row in table.rows}
    later = {name: row for name, row in told.items() if row.end is not None and row.end >= AS_OF}
    assert 2 < len(later) < PATIENTS
    assert {(r.patient, r.index, r.end, r.died) for r in found.rows} == {
        (name, AS_OF, row.end, row.died) for name, row in later.items()
    }
    gone = [row for row in told.values() if row.end is not None and row.end < AS_OF]
    balance = said(found)
    assert balance["patients of the cohort"] == PATIENTS
    assert balance["had died before the index date"] == sum(row.died for row in gone) > 0
    assert balance.get("was last seen before the index date", 0) == sum(not row.died for row in gone)


def test_whoever_is_in_one_and_not_in_the_other_is_counted(made: Path, table: Table) -> None:
    names = sorted({f"Patient/{row.patient}" for row in table.rows})
    known = {name: Outcome(AS_OF, died=False) for name in names[:-3]} | {
        f"Patient/other{n}": Outcome(AS_OF, died=True) for n in range(7)
    }
    known[names[0]] = Outcome(None, died=True)
    found = joined(made / "cohort", Outcomes(known, ""), TODAY)
    assert len({row.patient for row in found.rows}) == PATIENTS - 3
    balance = said(found)
    assert balance["nothing is known of the outcome"] == 3
    assert balance["in the outcomes, and not in the cohort"] == 7
    assert balance["dead on a day that is not known"] == 1


def test_findings_from_after_the_index_date_are_a_caution(made: Path, table: Table) -> None:
    names = {f"Patient/{row.patient}" for row in table.rows}
    early = Outcomes({name: Outcome(AS_OF, died=False, index=date(2018, 1, 1)) for name in names}, "")
    (caution,) = [each for each in joined(made / "cohort", early, TODAY).balance if "after the index" in each.says]
    assert caution.kind == "caution"
    assert caution.patients >= PATIENTS - 1


def cohort(folder: Path, *rows: dict[str, object], **columns: pa.DataType) -> Path:
    """A cohort by hand: one file, with the columns that are read."""
    types = {
        "patient": pa.string(), "outcome": pa.string(), "as_of": pa.string(), "evidence_last": pa.date32(),
        "prism_bands": pa.list_(pa.string()), "nesms_bands": pa.list_(pa.string()), "nesms_outside": pa.bool_(),
        **columns,
    }  # fmt: skip
    usual = {"outcome": "assessed", "as_of": "2023-12-31"}
    folder.mkdir()
    parquet.write_table(
        pa.table(
            {name: pa.array([({**usual, **row}).get(name) for row in rows], kind) for name, kind in types.items()}
        ),
        folder / "part-00000.parquet",
    )
    return folder


KNOWN = Outcomes({f"Patient/{n}": Outcome(date(2025, 1, 1), died=True) for n in range(5)}, "")


def test_lesions_that_differ_leave_every_class_of_theirs_possible(tmp_path: Path) -> None:
    rows = [
        {"patient": "Patient/1", "prism_bands": ["poor"], "nesms_bands": ["2"]},
        {"patient": "Patient/1", "prism_bands": ["good"], "nesms_bands": ["2"]},
        {"patient": "Patient/2", "prism_bands": ["good"], "nesms_bands": ["2"], "nesms_outside": True},
        {"patient": "Patient/2", "prism_bands": ["good"], "nesms_bands": ["2"], "nesms_outside": True},
    ]
    found = joined(cohort(tmp_path / "c", *rows), KNOWN, TODAY)
    assert {(row.patient, row.model): set(row.bands) for row in found.rows} == {
        ("Patient/1", "prism"): {"poor", "good"}, ("Patient/1", "nesms"): {"2"},
        ("Patient/2", "prism"): {"good"}, ("Patient/2", "nesms"): {"2"},
    }  # fmt: skip
    balance = said(found)
    (lesions,) = [number for says, number in balance.items() if "lesions of different classes" in says]
    assert lesions == 1
    assert balance["New England Spinal Metastasis Score (NESMS): not made for such patients"] == 1


def test_a_patient_without_scores_is_left_out_with_the_reason(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"patient": "Patient/1", "nesms_bands": ["2"]},
        {"patient": "Patient/2", "outcome": "no-spinal-tumour"},
        {"patient": "Patient/3", "outcome": "refused"},
        {"patient": "Patient/3b", "outcome": "no-index-date"},
        {"patient": "Patient/4"},
    ]
    found = joined(cohort(tmp_path / "c", *rows), KNOWN, TODAY)
    assert [row.patient for row in found.rows] == ["Patient/1"]
    left_out = {each.says for each in found.balance if each.kind == "left out" and each.patients}
    assert left_out == {
        "no tumour of the spine in the record",
        "the record was refused by spinemets cohort",
        "spinemets cohort was given no index date",
        "no survival model gives anything",
        "in the outcomes, and not in the cohort",
    }


def test_probabilities_that_somebody_added_to_the_cohort_are_read(tmp_path: Path) -> None:
    own = {f"mine_alive_{days}_{end}": pa.float64() for days in (90, 365) for end in ("low", "high")}
    shares = {
        "mine_alive_90_low": 0.6,
        "mine_alive_90_high": 0.7,
        "mine_alive_365_low": 0.2,
        "mine_alive_365_high": 0.2,
    }
    found = joined(cohort(tmp_path / "c", {"patient": "Patient/1", **shares}, **own), KNOWN, TODAY)
    (row,) = found.rows
    assert (row.model, row.alive, found.horizons) == ("mine", ((0.6, 0.7), (0.2, 0.2)), (90, 365))
    for wrong in (
        {"mine_alive_90_low": 30.0},
        {"mine_alive_90_low": 0.9},
        {"mine_alive_365_low": 0.65, "mine_alive_365_high": 0.8},
    ):
        bad = {"patient": "Patient/1", **shares, **wrong}
        with pytest.raises(TableRefused):
            joined(cohort(tmp_path / f"c{len(list(tmp_path.iterdir()))}", bad, **own), KNOWN, TODAY)


@pytest.mark.parametrize(
    "row",
    [
        {"patient": None},
        {"patient": "x" * 201},
        {"patient": "Patient/1", "as_of": "yesterday"},
        {"patient": "Patient/1", "nesms_bands": ["=1+1"]},
        {"patient": "Patient/1", "outcome": None},
    ],
)
def test_a_broken_cohort_is_refused(row: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(TableRefused):
        joined(cohort(tmp_path / "c", row), KNOWN, TODAY)


def test_what_is_no_cohort_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="make it by spinemets cohort"):
        joined(tmp_path, KNOWN, TODAY)
    (tmp_path / "part-00000.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(TableRefused, match="no cohort"):
        joined(tmp_path, KNOWN, TODAY)


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    rows = [{"patient": "Patient/1", "as_of": day, "nesms_bands": ["2"]} for day in ("2023-01-01", "2024-01-01")]
    with pytest.raises(TableRefused, match="two times"):
        joined(cohort(tmp_path / "c", *rows), KNOWN, TODAY)


def export(folder: Path, *resources: object) -> Path:
    folder.mkdir()
    (folder / "all.ndjson").write_text("".join(f"{json.dumps(each)}\n" for each in resources), "utf-8")
    return folder


def seen(kind: str, patient: str = "Patient/1", **more: object) -> dict[str, object]:
    return {"resourceType": kind, "subject": {"reference": patient}, **more}


def test_the_last_contact_is_the_latest_day_on_which_something_was_done_with_the_patient(tmp_path: Path) -> None:
    found = recorded(
        export(
            tmp_path / "x",
            {"resourceType": "Patient", "id": "1", "deceasedBoolean": False, "birthDate": "1950-01-01"},
            seen("Encounter", status="finished", period={"start": "2024-01-01", "end": "2024-01-09T10:00:00+02:00"}),
            seen("Observation", "https://x.example/fhir/Patient/1", status="final", effectiveDateTime="2024-03"),
            seen("Observation", status="cancelled", effectiveDateTime="2025-01-01"),
            seen("Encounter", status="planned", period={"start": "2025-02-01"}),
            seen("Procedure", status="completed", performedDateTime="2099-01-01"),
            seen("Claim", status="active", created="2025-06-01"),
            seen("Immunization", "urn:uuid:2", status="completed", occurrenceDateTime="2024-02-30"),
            ["no resource"],
        ),
        TODAY,
    )
    assert found.of == {"Patient/1": Outcome(date(2024, 3, 1), died=False)}
    assert found.from_records


def test_a_death_counts_only_on_a_day_that_is_said_in_full(tmp_path: Path) -> None:
    dead = {"1": "2024-05-06T08:00:00Z", "2": "2024-05", "3": True, "4": "2030-01-01"}
    patients = [
        {"resourceType": "Patient", "id": name, "deceasedBoolean" if value is True else "deceasedDateTime": value}
        for name, value in dead.items()
    ]
    found = recorded(
        export(
            tmp_path / "x", *patients, seen("Procedure", status="completed", performedDateTime="2024-06-01"),
            seen("Encounter", "Patient/3", status="finished", period={"end": "2024-01-01"}),
        ),
        TODAY,
    ).of  # fmt: skip
    assert found["Patient/1"] == Outcome(date(2024, 5, 6), died=True, after_death=True)
    for name in ("2", "3", "4"):
        assert found[f"Patient/{name}"] == Outcome(None, died=True)


def test_the_command_joins_them_in_one_step(
    made: Path, table: Table, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    csv_file = outcomes_csv(tmp_path / "o.csv", table)
    call = ["validate", str(csv_file), "--cohort", str(made / "cohort"), "--bootstrap", "0"]
    assert main([*call, "--report", str(tmp_path / "out")]) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))
    assert {row["what"] for row in results["balance"]} >= {"patients of the cohort"}
    assert {row["model"] for row in results["patients"]} >= {"katagiri-revised", "nesms"}
    written = "".join(
        p.read_text("utf-8") for p in (tmp_path / "out").rglob("*") if p.suffix in (".csv", ".json", ".html")
    )
    assert not [row.patient for row in table.rows if row.patient in written]
    assert main([*call[:2], "x", "--report", "y"]) == 2
    assert main([*call[:2]]) == 2
    assert main([*call, "--cohort", str(tmp_path / "none"), "--report", str(tmp_path / "z")]) == 2
    assert main(["validate", str(made / "c" / "fhir"), str(tmp_path / "z")]) == 2
    assert "Name the cohort beside an export" in capsys.readouterr().err
    assert main(["validate", str(made / "c" / "fhir"), str(tmp_path / "e"), *call[2:]]) == 0
    from_records = (tmp_path / "e" / "report.html").read_text("utf-8")
    assert "alive as far as this hospital knows" in from_records
    # The patients of the export are tagged so; the hospital's own table does not say it.
    assert "Patients who were never there." in from_records
    assert "never there" not in written
    csv_file.write_text(
        "".join(
            f"{line},{'synthetic' if not n else 'yes'}\n"
            for n, line in enumerate(csv_file.read_text("utf-8").splitlines())
        ),
        "utf-8",
    )
    assert stated(csv_file, TODAY).synthetic


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("patient,died\n1,yes\n", "column end_date is missing"),
        (
            "patient,end_date,died\n1,2024-01-01,yes\nPatient/1,2024-01-01,yes\n",
            "row 2: patient: the patient is there twice",
        ),
        ("patient,end_date,died\n,2024-01-01,yes\n", "the cell is empty"),
        ("patient,index_date,end_date,died\n1,2024-01-02,2024-01-01,yes\n", "before the index date"),
        ("patient,end_date,died\n=1,2024-01-01,yes\n", "a spreadsheet would compute"),
        ("patient,end_date,died\n1,2024-01-01,maybe\n", "write yes, no"),
    ],
)
def test_wrong_outcomes_are_refused(lines: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_text(lines, "utf-8")
    with pytest.raises(TableRefused, match=says):
        stated(tmp_path / "o.csv", TODAY)
