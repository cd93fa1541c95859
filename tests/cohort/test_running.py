"""A whole run: from the files of an export to those of a table, with every line accounted for."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.cohort import indexing, manifest, parts
from service.cohort.assessing import Setup
from service.cohort.lines import Fault
from service.cohort.local import local
from service.cohort.manifest import Bounds, CannotRun
from service.cohort.running import run
from service.cohort.spill import Key
from service.cohort.summary import Summary, Unbalanced
from tests.cohort import exports

SETUP = Setup("2026-10-01")
FEW = ("breast-two-levels", "kidney-complete", "colon-no-spinal-tumour")


def lines(*listed: exports.Resource) -> bytes:
    return b"".join(map(exports.line, listed))


def export(folder: Path, **files: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def table(out: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(out).to_pylist()
    return found


def without_places(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (row["patient"], row["lesion_number"] or 0))


def aside(out: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in (out / manifest.ASIDE).read_bytes().splitlines()]


@pytest.fixture(scope="module")
def listed() -> list[exports.Resource]:
    return [each for name in FEW for each in exports.resources(name)]


@pytest.fixture(scope="module")
def usual(listed: list[exports.Resource], tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The rows of an export with a file for each type."""
    folder = tmp_path_factory.mktemp("usual")
    run(exports.write(folder / "export", listed), folder / "out", SETUP)
    return table(folder / "out")


def test_the_form_of_an_export_does_not_matter(
    listed: list[exports.Resource], usual: list[dict[str, Any]], tmp_path: Path
) -> None:
    """One file that mixes types, packed files, any names, folders in the folder: the rows are the same."""
    halves = [listed[0::2], listed[1::2]]
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "first").write_bytes(gzip.compress(lines(*halves[0])))
    (tmp_path / "a" / "SECOND.json").write_bytes(lines(*halves[1]).replace(b"\n", b"\r\n\r\n"))
    (tmp_path / "a" / ".hidden").write_bytes(b"no export")
    summary = run(tmp_path / "a", tmp_path / "out", SETUP)
    assert without_places(table(tmp_path / "out")) == without_places(usual)
    assert (summary.files, summary.blank) == (2, len(halves[1]))
    assert summary.whole


def test_who_has_no_sign_of_a_tumour_is_a_row_and_is_not_read(
    listed: list[exports.Resource], usual: list[dict[str, Any]], tmp_path: Path
) -> None:
    summary = run(exports.write(tmp_path / "export", [*listed, *exports.untroubled("well")]), tmp_path / "out", SETUP)
    (row,) = [row for row in table(tmp_path / "out") if row["patient"] == "Patient/well"]
    assert (row["outcome"], row["reason"], row["resources"]) == ("no-spinal-tumour", "no-sign-of-a-tumour", 3)
    told = {"patient", "outcome", "reason", "resources", "as_of", "policy", "assume_complete", "knowledge", "software"}
    assert {name for name, value in row.items() if value not in (None, [])} == {*told, "maps"}
    assert without_places([each for each in table(tmp_path / "out") if each != row]) == without_places(usual)
    assert (summary.outcomes["no-spinal-tumour"], summary.unread) == (2, 1)
    assert "           1  of these without any sign of a tumour, whose records were not read" in summary.text()
    assert summary.used == sum(
        each["resources"] for each in {row["patient"]: row for row in table(tmp_path / "out")}.values()
    )


@pytest.mark.parametrize("whose", [{"reference": "Patient/well"}, {"identifier": {"system": "urn:mrn", "value": "7"}}])
def test_one_line_that_tells_has_all_lines_read_wherever_it_is(whose: dict[str, Any], tmp_path: Path) -> None:
    patient, *others = exports.untroubled("well")
    patient["identifier"] = [{"system": "urn:mrn", "value": "7"}]
    tells = {**exports.condition("Patient/well", 1), "subject": whose}
    export(tmp_path / "export", a=lines(patient, *others), z=lines(tells))
    run(tmp_path / "export", tmp_path / "out", SETUP, bounds=Bounds(part_bytes=20))
    (row,) = table(tmp_path / "out")
    assert (row["outcome"], row["resources"]) == ("refused", 4)
    assert [each["place"] for each in row["problems"]] == ["a:3"]


@pytest.mark.parametrize("slices", [1, 3])
def test_what_is_not_read_changes_no_row_of_the_others(
    slices: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same export with every line taken for one that tells."""
    listed = [each for name in exports.NAMES for each in exports.resources(name)]
    exports.write(tmp_path / "export", [*listed, *(each for n in range(30) for each in exports.untroubled(f"w{n}"))])
    if slices > 1:
        monkeypatch.setattr("service.cohort.sorting.key_of", lambda patient: Key(7, patient.encode()))
    bounds = Bounds(part_bytes=400_000)
    run(tmp_path / "export", tmp_path / "out", SETUP, bounds=bounds)
    monkeypatch.setattr("service.cohort.whose.tells", lambda *_: True)
    run(tmp_path / "export", tmp_path / "all", SETUP, bounds=bounds)
    found, read = table(tmp_path / "out"), table(tmp_path / "all")
    unread = [row["patient"] for row in found if row["reason"] == "no-sign-of-a-tumour"]
    assert sorted(unread) == sorted(f"Patient/w{n}" for n in range(30))
    assert [orjson.loads((tmp_path / name / manifest.SUMMARY).read_bytes())["unread"] for name in ("out", "all")] == [
        30,
        0,
    ]
    assert [row for row in found if row["patient"] not in unread] == [
        row for row in read if row["patient"] not in unread
    ]
    assert {row["outcome"] for row in read if row["patient"] in unread} == {"refused"}


def test_a_row_at_an_index_date_is_that_of_a_run_at_this_time(listed: list[exports.Resource], tmp_path: Path) -> None:
    names = sorted({exports.patient_of(exports.resources(name)) for name in FEW})
    dates = dict(zip(names, ("2019-06-30", "2023-03-02", "2026-01-01"), strict=True))
    export = exports.write(tmp_path / "export", listed)
    (tmp_path / "dates.csv").write_text(
        "\n".join(["index_date,patient", *(f"{day},{who}" for who, day in dates.items())])
    )
    at_index = replace(SETUP, index_dates=indexing.given(tmp_path / "dates.csv"))
    summary = run(export, tmp_path / "out", at_index, bounds=Bounds(part_bytes=10_000), engine=local(2))
    assert (summary.index_dates, summary.strangers, summary.whole) == (3, 0, True)
    alone = []
    for who, day in dates.items():
        run(export, tmp_path / day, Setup(day))
        alone += [row for row in table(tmp_path / day) if row["patient"] == who]
    assert without_places(table(tmp_path / "out")) == without_places(alone)
    assert {row["as_of"] for row in alone} == set(dates.values())
    assert without_places(alone) != without_places(table(tmp_path / "2026-01-01"))


def test_small_parts_hold_the_same_rows_each_patient_in_one_in_order(
    listed: list[exports.Resource], usual: list[dict[str, Any]], tmp_path: Path
) -> None:
    bounds = Bounds(part_bytes=10_000)
    run(exports.write(tmp_path / "export", listed), tmp_path / "out", SETUP, bounds=bounds)
    files = sorted((tmp_path / "out").glob("part-*.parquet"))
    assert len(files) > len(FEW)
    seen: Counter[str] = Counter()
    for file in files:
        patients = [(row["patient"], row["lesion_number"] or 0) for row in pq.read_table(file).to_pylist()]
        assert patients == sorted(patients)
        seen.update({patient for patient, _ in patients})
    assert set(seen.values()) == {1}
    assert without_places(table(tmp_path / "out")) == without_places(usual)


def test_two_runs_with_any_number_of_processes_give_equal_files(listed: list[exports.Resource], tmp_path: Path) -> None:
    broken = lines(*listed) + b"{\n"
    export(tmp_path / "export", one=lines(*listed[:40]), two=broken)
    for name, processes in (("first", 1), ("second", 2)):
        run(tmp_path / "export", tmp_path / name, SETUP, bounds=Bounds(part_bytes=50_000), engine=local(processes))
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("first", "second")
    )
    assert first == second
    assert len(first) > 4


@pytest.mark.parametrize("most", [50, 300, 5000])
def test_a_file_that_is_read_in_ranges_gives_equal_files(
    most: int, listed: list[exports.Resource], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all that has a number of a line: broken lines, a place of a problem, patients named by an identifier."""
    named = exports.condition("", 7, subject={"identifier": {"value": "1"}}, onsetDateTime="never")
    unclear = exports.condition("", 8, subject={"identifier": {"value": "2"}})
    twins = [{"resourceType": "Patient", "id": name, "identifier": [{"value": "2"}]} for name in "ab"]
    refused = exports.condition("Patient/refused", 9, onsetDateTime="never")
    shared = {"resourceType": "Medication", "id": "m", "code": {"text": "a drug"}}
    content = b"\r\n{\n".join(map(lines, [*listed[:40], named, unclear, shared, *twins, refused])) + b'{"cut'
    export(tmp_path / "export", all=content, packed=gzip.compress(lines(*listed[40:])), small=b"{}\n")
    run(tmp_path / "export", tmp_path / "whole", SETUP)
    monkeypatch.setattr("service.cohort.sorting._RANGE", most)
    run(tmp_path / "export", tmp_path / "ranges", SETUP)
    whole, ranges = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("whole", "ranges")
    )
    assert whole == ranges
    told = aside(tmp_path / "ranges")
    assert [each["line"] for each in told if each["fault"] == "cut-off"] == [content.count(b"\n") + 1]
    assert len(told) > 40
    places = {p["place"] for row in table(tmp_path / "ranges") for p in row["problems"]}
    numbers = [content[: content.index(exports.line(each).rstrip())].count(b"\n") + 1 for each in (named, refused)]
    assert places == {f"all:{number}" for number in numbers}


def test_a_problem_of_what_is_shared_has_its_place_where_others_are_named_by_identifiers(tmp_path: Path) -> None:
    """Lines that were placed by identifier are a source of their own, and move none of the others."""
    named = exports.condition("", 1, subject={"identifier": {"value": "1"}})
    order = {
        "resourceType": "MedicationRequest",
        "status": "completed",
        "intent": "order",
        "subject": {"reference": "Patient/b"},
        "medicationReference": {"reference": "Medication/m"},
        "id": "r",
    }
    drug = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "56946"}]}
    twice = lines({"resourceType": "Medication", "id": "m", "code": drug}).replace(b"}\n", b',"code":{}}\n')
    export(tmp_path / "export", a=lines(named), b=lines(exports.condition("Patient/b", 2), order), c=twice)
    run(tmp_path / "export", tmp_path / "out", SETUP)
    (refused,) = [row for row in table(tmp_path / "out") if row["outcome"] == "refused"]
    assert refused["patient"] == "Patient/b"
    assert [each["place"] for each in refused["problems"]] == ["c:1"]


@pytest.mark.parametrize("severity", ["fatal", "error", "warning"])
def test_an_export_that_says_that_it_is_not_whole_cannot_be_assumed_complete(severity: str, tmp_path: Path) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "incomplete"}]}
    note = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    export(tmp_path / "export", a=lines(exports.condition("Patient/a", 1), note), errors=lines(outcome))
    with pytest.raises(CannotRun, match=r"errors: the server reports .* leave out --assume-complete"):
        run(tmp_path / "export", tmp_path / "out", replace(SETUP, assume_complete=True))
    summary = run(tmp_path / "export", tmp_path / "another", SETUP)
    assert summary.aside == {"incomplete-export": 1}
    assert summary.not_needed == {"OperationOutcome": 1}
    assert not summary.whole
    (tmp_path / "export" / "errors").unlink()
    assert run(tmp_path / "export", tmp_path / "third", replace(SETUP, assume_complete=True)).whole


def test_a_shared_medication_reaches_every_patient_who_refers_to_it(tmp_path: Path) -> None:
    """Cabozantinib makes previous systemic therapy known; whether it is found by reference shows in the evidence."""
    drug = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "56946"}]}
    names = ("Medication/m", "https://hospital.example/fhir/Medication/m", "Medication/m/_history/1", "urn:uuid:m")

    def order(n: int, **medication: Any) -> exports.Resource:
        return {
            "resourceType": "MedicationRequest",
            "id": f"r{n}",
            "status": "completed",
            "intent": "order",
            "subject": {"reference": f"Patient/p{n}"},
            "authoredOn": "2026-01-01",
            **medication,
        }

    orders = [order(n, medicationReference={"reference": name}) for n, name in enumerate(names)]
    last = len(names)
    orders.append(order(last, medicationCodeableConcept=drug))
    conditions = [exports.condition(f"Patient/p{n}", n) for n in range(last + 1)]
    medication = {"resourceType": "Medication", "id": "m", "code": drug}
    other = {"resourceType": "Medication", "id": "other", "code": {"text": "nobody refers to it"}}
    export(tmp_path / "export", a=lines(*orders), b=lines(*conditions), c=lines(medication, other))
    summary = run(tmp_path / "export", tmp_path / "out", SETUP)
    told = {
        row["patient"]: {e["finding"]: e["values"] for e in row["evidence"]}.get("previous-systemic-therapy")
        for row in table(tmp_path / "out")
    }
    assert told == {f"Patient/p{n}": ["true"] for n in range(last + 1)}
    assert (summary.shared, summary.used) == (2, 2 * (last + 1))


def test_patients_who_are_named_by_an_identifier_are_found_in_any_file(tmp_path: Path) -> None:
    patients = [
        {"resourceType": "Patient", "id": "a", "identifier": [{"system": "urn:mrn", "value": "1"}]},
        {"resourceType": "Patient", "id": "b", "identifier": [{"system": "urn:mrn", "value": "2"}]},
        {"resourceType": "Patient", "id": "c", "identifier": [{"system": "urn:ssn", "value": "9"}]},
        {"resourceType": "Patient", "id": "d", "identifier": [{"system": "urn:ssn", "value": "9"}]},
    ]
    whose: list[dict[str, Any]] = [
        {"reference": "Patient?identifier=urn:mrn|1"},
        {"identifier": {"system": "urn:mrn", "value": "2"}},
        {"reference": "Patient?identifier=urn:ssn|9"},
        {"reference": "Patient?identifier=urn:mrn|stranger"},
    ]
    conditions = [exports.condition("", n, subject=each) for n, each in enumerate(whose)]
    export(tmp_path / "export", a=lines(*conditions), z=lines(*patients))
    summary = run(tmp_path / "export", tmp_path / "out", SETUP)
    assert {row["patient"]: row["lesion"] for row in table(tmp_path / "out")} == {
        "Patient/a": "T8",
        "Patient/b": "T8",
        "Patient/c": None,
        "Patient/d": None,
        "Patient?identifier=urn:mrn|stranger": "T8",
    }
    assert summary.aside == {"unclear-patient": 1}
    assert [(each["file"], each["line"]) for each in aside(tmp_path / "out")] == [("a", 3)]


def test_references_by_uuid_join_what_an_export_names_by_id(tmp_path: Path) -> None:
    urn = {"reference": "urn:uuid:5e8f-a"}
    condition = exports.condition("", 1, subject=urn, id="77-c")
    sins = {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": urn,
        "focus": [{"reference": "urn:uuid:77-c"}],
        "code": {"coding": [{"system": "https://w3id.org/spinemets/CodeSystem/finding", "code": "sins-alignment"}]},
        "valueCodeableConcept": {
            "coding": [{"system": "https://w3id.org/spinemets/CodeSystem/finding-value", "code": "normal"}]
        },
    }
    export(tmp_path / "export", all=lines({"resourceType": "Patient", "id": "5e8f-a"}, condition, sins))
    run(tmp_path / "export", tmp_path / "out", SETUP)
    (row,) = table(tmp_path / "out")
    assert (row["outcome"], row["lesion"]) == ("assessed", "T8")
    assert {"scope": "lesion", "values": ["normal"]}.items() <= {
        k: v for e in row["evidence"] if e["finding"] == "sins-alignment" for k, v in e.items()
    }.items()


def test_a_byte_order_mark_within_a_file_costs_no_record(tmp_path: Path) -> None:
    """Files that were joined, and packed files one after the other, have it where the second begins."""
    listed = [exports.line(exports.condition("Patient/a", n)) for n in range(3)]
    marked = [b"\xef\xbb\xbf" + each for each in listed]
    export(tmp_path / "export", joined=b"".join(marked[:2]), packed=gzip.compress(b"") + gzip.compress(marked[2]))
    assert run(tmp_path / "export", tmp_path / "out", SETUP).whole
    (row,) = table(tmp_path / "out")
    assert (row["outcome"], row["lesion"], row["resources"]) == ("assessed", "T8", 3)


def test_broken_lines_are_kept_aside_and_the_others_are_used(tmp_path: Path) -> None:
    good = exports.condition("Patient/a", 1)
    whole = lines(good).rstrip()
    content = b"\n".join(
        [
            whole,
            b"no JSON",
            b'{"resourceType": "Observation", "note": "\xe9"}',
            b"{}",
            b"",
            orjson.dumps({"resourceType": "Bundle"}),
            orjson.dumps({"resourceType": "Patient"}),
            orjson.dumps({"resourceType": "Observation", "id": "1"}),
            orjson.dumps(exports.condition("Group/1", 1)),
            orjson.dumps(exports.condition("?", 1)),
            b'{"resourceType": "Observation", "note": "' + b"x" * 5000 + b'"}',
            orjson.dumps({"resourceType": "Encounter", "subject": {"reference": "Patient/a"}}),
            orjson.dumps({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}),
            whole[:-20],
        ]
    )
    packed = gzip.compress(lines(exports.condition("Patient/b", 2)) * 50)[:-30]
    export(tmp_path / "export", all=content, packed=packed)
    summary = run(tmp_path / "export", tmp_path / "out", SETUP, bounds=Bounds(longest_line=4000))
    told = [(each["file"], each["line"], each["fault"]) for each in aside(tmp_path / "out")]
    assert told[:-1] == [
        ("all", 2, "not-json"),
        ("all", 3, "not-utf-8"),
        ("all", 4, "no-resource"),
        ("all", 6, "bundle"),
        ("all", 7, "no-id"),
        ("all", 8, "no-patient"),
        ("all", 9, "not-a-patient"),
        ("all", 10, "unclear-patient"),
        ("all", 11, "too-long"),
        ("all", 13, "incomplete-export"),
        ("all", 14, "cut-off"),
    ]
    assert told[-1][::2] == ("packed", "broken-gzip")
    assert summary.aside == dict.fromkeys(sorted(Fault), 1)
    assert summary.not_needed == {"Encounter": 1}
    assert summary.blank == 1
    assert not summary.whole
    assert {row["patient"] for row in table(tmp_path / "out")} <= {"Patient/a", "Patient/b"}
    by_line = {each["line"]: each for each in aside(tmp_path / "out") if each["file"] == "all"}
    assert by_line[2]["content"] == "no JSON"
    assert "base64" in by_line[3]
    assert (by_line[11]["bytes"], by_line[11]["cut"]) == (5043, True)


def test_files_of_a_run_can_be_read_by_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        export(tmp_path / "export", all=lines(exports.condition("Patient/a", 1)) + b"broken")
        run(tmp_path / "export", tmp_path / "out", SETUP)
    finally:
        os.umask(before)
    out = tmp_path / "out"
    assert out.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert not (out / manifest.WORK).exists()


def test_a_patient_of_whom_there_is_too_much_has_a_row_that_says_so(tmp_path: Path) -> None:
    many = [exports.condition("Patient/large", n) for n in range(20)]
    export(tmp_path / "export", all=lines(*many, exports.condition("Patient/small", 1)))
    summary = run(tmp_path / "export", tmp_path / "out", SETUP, bounds=Bounds(patient_bytes=2000))
    told = {row["patient"]: (row["outcome"], [p["code"] for p in row["problems"]]) for row in table(tmp_path / "out")}
    assert told == {"Patient/large": ("refused", ["too-costly"]), "Patient/small": ("assessed", [])}
    assert summary.used == 21


def test_a_bucket_that_is_too_large_is_read_in_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All patients in one bucket: what a process holds stays within the bound all the same."""
    monkeypatch.setattr("service.cohort.sorting.key_of", lambda patient: Key(7, patient.encode()))
    export(tmp_path / "export", all=lines(*(exports.condition(f"Patient/{n}", n) for n in range(30))))
    held: list[int] = []
    read = parts._read
    monkeypatch.setattr(parts, "_read", lambda job: [found := read(job), held.append(len(found))][0])
    run(tmp_path / "export", tmp_path / "out", SETUP, bounds=Bounds(part_bytes=1000))
    assert len(table(tmp_path / "out")) == sum(held) == 30
    assert max(held) <= 10


def test_an_export_without_a_patient_gives_an_empty_table(tmp_path: Path) -> None:
    export(tmp_path / "export", all=b"")
    summary = run(tmp_path / "export", tmp_path / "out", SETUP)
    assert table(tmp_path / "out") == []
    assert (summary.lines, summary.patients, summary.whole) == (0, 0, True)
    assert run(tmp_path / "export", tmp_path / "out", SETUP) == summary, "that of a run that is finished"


# The balance

_KINDS = st.sampled_from(["Condition", "Observation", "Patient", "Medication", "Claim", "Bundle", ""])
_SUBJECTS = st.sampled_from(["Patient/a", "Patient/b", "urn:uuid:a", "Group/1", "Patient?identifier=s|1", ""])
_LINES = st.one_of(
    st.builds(
        lambda kind, subject, name, system: orjson.dumps(
            {
                "resourceType": kind,
                "id": name,
                "subject": {"reference": subject},
                "identifier": [{"system": system, "value": "1"}],
            }
        ),
        _KINDS,
        _SUBJECTS,
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(["s", "t"]),
    ),
    st.sampled_from([b"", b" ", b"{", b"{}", b"\xff", b"x" * 400]),
)


@settings(deadline=None, max_examples=50)
@given(
    files=st.lists(st.tuples(st.lists(_LINES, max_size=6), st.booleans(), st.integers(0, 20)), min_size=1, max_size=4)
)
def test_every_line_is_accounted_for(
    files: list[tuple[list[bytes], bool, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("balance")
    expected = 0
    broken = 0
    for n, (listed, packed, cut) in enumerate(files):
        content = b"".join(each + b"\n" for each in listed)
        if packed:
            content = gzip.compress(content)
            content = content[: len(content) - cut] if cut else content
            broken += bool(cut)
        expected += len(listed) if not (packed and cut) else 0
        export(folder / "export", **{f"f{n}": content})
    summary = run(folder / "export", folder / "out", SETUP, bounds=Bounds(longest_line=300, part_bytes=200))
    accounted = summary.used + summary.shared + summary.blank
    accounted += sum(summary.not_needed.values()) + sum(summary.aside.values())
    assert accounted == summary.lines
    if not broken:
        assert summary.lines == expected
    rows = table(folder / "out")
    assert sum(row["resources"] for row in rows) == summary.used
    assert len({row["patient"] for row in rows}) == summary.patients == sum(summary.outcomes.values())
    assert len(aside(folder / "out")) == sum(summary.aside.values())


def test_a_line_that_is_lost_on_the_way_is_a_fault_and_no_summary() -> None:
    sorted_ = {"lines": 3, "owned": 2, "shared": 0, "blank": 0, "not_needed": {}, "aside": {"not-json": 1}}
    assessed = {"lines": 2, "patients": 1, "rows": 1, "outcomes": {"assessed": 1}}
    assert Summary.of([sorted_], [assessed], files=1).lines == 3
    for lost in ({**assessed, "lines": 1}, {**assessed, "patients": 2}):
        with pytest.raises(Unbalanced, match="report"):
            Summary.of([sorted_], [lost], files=1)
    with pytest.raises(Unbalanced):
        Summary.of([{**sorted_, "lines": 4}], [assessed], files=1)


# What is refused


@pytest.mark.parametrize("kind", ["linked folder", "broken link", "pipe"])
def test_what_is_not_looked_into_is_refused_and_not_passed_over(kind: str, tmp_path: Path) -> None:
    folder = export(tmp_path / "export" / "nested", all=lines(exports.condition("Patient/a", 1)))
    export(tmp_path / "elsewhere", more=lines(exports.condition("Patient/b", 2)))
    if kind == "pipe":
        os.mkfifo(folder / "odd")
    else:
        (folder / "odd").symlink_to(tmp_path / ("elsewhere" if kind == "linked folder" else "nowhere"))
    with pytest.raises(CannotRun, match=r"export/nested/odd: neither a file nor a folder.*take it out"):
        run(tmp_path / "export", tmp_path / "out", SETUP)
    (folder / "odd").rename(folder / ".odd")
    (folder / "linked").symlink_to(tmp_path / "elsewhere" / "more")
    assert run(tmp_path / "export", tmp_path / "out", SETUP).files == 2


def test_a_folder_that_cannot_be_read_is_refused_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "export" / "locked"
    export(tmp_path / "export", all=b"")
    export(locked, more=lines(exports.condition("Patient/b", 2)))
    look = os.scandir

    def scandir(path: str) -> Any:
        if os.fspath(path) == str(locked):
            raise PermissionError(13, "Permission denied", str(locked))
        return look(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(PermissionError, match="locked"):
        run(tmp_path / "export", tmp_path / "out", SETUP)
    assert not (tmp_path / "out").exists()


def test_a_folder_without_an_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotRun, match="no such folder"):
        run(tmp_path / "none", tmp_path / "out", SETUP)
    (tmp_path / "empty").mkdir()
    with pytest.raises(CannotRun, match="no file"):
        run(tmp_path / "empty", tmp_path / "out", SETUP)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("out", ["export/out", "export", "."])
def test_the_folders_are_beside_one_another(out: str, tmp_path: Path) -> None:
    export(tmp_path / "export", all=b"")
    with pytest.raises(CannotRun, match="beside the export"):
        run(tmp_path / "export", tmp_path / out, SETUP)


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    export(tmp_path / "export", all=b"")
    export(tmp_path / "out", thesis=b"mine")
    with pytest.raises(CannotRun, match="no folder of a cohort"):
        run(tmp_path / "export", tmp_path / "out", SETUP)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["thesis"]
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CannotRun, match="no folder of a cohort"):
        run(tmp_path / "export", tmp_path / "file", SETUP)


@pytest.mark.parametrize("name", [b"caf\xe9.ndjson", b"two\nlines"])
def test_a_file_whose_name_cannot_be_written_is_refused(name: bytes, tmp_path: Path) -> None:
    export(tmp_path / "export", all=b"")
    with open(os.path.join(os.fsencode(tmp_path / "export"), name), "wb"):
        pass
    with pytest.raises(CannotRun, match="Rename it"):
        run(tmp_path / "export", tmp_path / "out", SETUP)


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    condition = exports.condition("", 1, subject={"identifier": {"value": "1"}})
    export(tmp_path / "a?b#c%20 d" / "export", all=lines(condition))
    run(tmp_path / "a?b#c%20 d" / "export", tmp_path / "a?b#c%20 d" / "out", SETUP)
    assert [row["patient"] for row in table(tmp_path / "a?b#c%20 d" / "out")] == ["Patient?identifier=|1"]
