"""A table is hostile until it is checked; what is wrong is said with its place and mend, and never with its value."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from pyarrow import parquet

from service.tabular import TableRefused
from service.validation import table
from service.validation.table import read

TODAY = date(2026, 1, 1)
COLUMNS = [
    *"patient index_date model bands alive_180_low alive_180_high alive_365_low alive_365_high".split(),
    *"end_date died tumour".split(),
]
GOOD = dict(zip(COLUMNS, "p1 2020-01-31 nesms 2 0.5 0.6 0.3 0.4 2021-02-28 yes breast".split(), strict=True))


def written(path: Path, *rows: dict[str, str], columns: list[str] = COLUMNS) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, columns)
        lines.writeheader()
        lines.writerows(rows)
    return path


def refused(path: Path) -> str:
    with pytest.raises(TableRefused) as raised:
        read(path, TODAY)
    return str(raised.value)


def test_a_good_row_is_read(tmp_path: Path) -> None:
    found = read(written(tmp_path / "t.csv", GOOD), TODAY)
    (row,) = found.rows
    assert found.horizons == (180, 365)
    assert row.alive == ((0.5, 0.6), (0.3, 0.4))
    assert (row.index, row.end, row.died) == (date(2020, 1, 31), date(2021, 2, 28), True)
    assert (row.bands, row.tumour, row.period) == (("2",), "breast", "")


@pytest.mark.parametrize(
    ("died", "end", "read_as"), [("", "2021-01-01", False), ("NO", "2021-01-01", False), ("1", "", True)]
)
def test_nothing_in_died_is_a_last_contact_and_no_end_a_missing_outcome(
    died: str, end: str, read_as: bool, tmp_path: Path
) -> None:
    (row,) = read(written(tmp_path / "t.csv", {**GOOD, "died": died, "end_date": end}), TODAY).rows
    assert row.died is read_as
    assert (row.end is None) == (not end)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("patient", "=cmd|' /C calc'!A0", "row 1: patient: a spreadsheet would compute"),
        ("tumour", "@SUM(A1)", "row 1: tumour: a spreadsheet"),
        ("model", "-2+3", "row 1: model: a spreadsheet"),
        (
            "model",
            "a\tb",
            "row 1: model: the cell has a tab, a new line or another sign that is not seen: take it away",
        ),
        ("tumour", "a\nb", "row 1: tumour: the cell has a tab, a new line"),
        ("patient", "p\x00", "row 1: patient: the cell has a tab, a new line"),
        ("bands", "two", "row 1: bands: the classes of nesms are 0, 1, 2, 3: write these, with a bar between them"),
        ("bands", "1|4", "row 1: bands: the classes of nesms are"),
        ("patient", "", "patient: the cell is empty"),
        ("model", "", "model: the cell is empty"),
        ("tumour", "x" * 201, "more than 200 letters"),
        ("index_date", "31.01.2020", "index_date: write a date as 2024-05-31"),
        ("index_date", "2020-02-30", "index_date: write a date"),
        ("index_date", "", "index_date: the cell is empty"),
        ("index_date", "1899-01-01", "index_date: a day from 1950-01-01 to today"),
        ("end_date", "2030-01-01", "end_date: a day from"),
        ("end_date", "2020-01-30", "end_date: it is before the index date: mend one of the two"),
        ("died", "perhaps", "died: write yes, no, or nothing"),
        ("alive_365_low", "30", "divide a percentage by 100"),
        ("alive_365_low", "-0.1", "write a number from 0 to 1"),
        ("alive_365_low", "nan", "write a number from 0 to 1"),
        ("alive_365_low", "1e999", "a probability is at most 1"),
        ("alive_365_low", "0,3", "write a number from 0 to 1 with a point"),
        ("alive_365_low", "0.45", "alive_365: the low end is above the high one"),
        ("alive_365_low", "", "alive_365: one end is missing"),
        ("alive_365_high", "0.9", "more are alive at a later day"),
    ],
)
def test_a_wrong_cell_is_refused_with_its_mend_and_without_its_value(
    column: str, value: str, says: str, tmp_path: Path
) -> None:
    said = refused(written(tmp_path / "t.csv", {**GOOD, column: value}))
    assert says in said
    assert len(value) < 4 or value not in said


def test_a_patient_twice_or_with_two_outcomes_is_refused(tmp_path: Path) -> None:
    assert "row 2: patient: the patient has this model twice" in refused(written(tmp_path / "a.csv", GOOD, GOOD))
    other = {**GOOD, "model": "mine", "died": "no"}
    assert "row 2: end_date: the patient has another date or outcome" in refused(
        written(tmp_path / "b.csv", GOOD, other)
    )


def test_a_row_without_any_prediction_is_refused(tmp_path: Path) -> None:
    empty = {name: "" for name in COLUMNS if name.startswith("alive")} | {"bands": ""}
    assert "there is no prediction" in refused(written(tmp_path / "t.csv", {**GOOD, **empty}))


def test_all_problems_are_counted(tmp_path: Path) -> None:
    rows = [{**GOOD, "patient": f"p{n}", "died": "perhaps"} for n in range(30)]
    said = refused(written(tmp_path / "t.csv", *rows))
    assert said.count("row ") == 3
    assert said.endswith("(and 27 more)")


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ([c for c in COLUMNS if c != "died"], "the column died is missing"),
        ([c for c in COLUMNS if c != "alive_365_low"], "belong together"),
        ([*COLUMNS, "alive_9999_low", "alive_9999_high"], "at most 7300 days"),
        ([c for c in COLUMNS if not c.startswith(("alive", "bands"))], "there is no prediction"),
        ([*COLUMNS, "died"], "two columns have one name"),
        ([*COLUMNS, *(f"c{n}" for n in range(100))], "more than 100 columns"),
        ([*COLUMNS, "x" * 201], "has more than 200 letters"),
    ],
)
def test_a_wrong_head_is_refused(columns: list[str], says: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(",".join(columns) + "\n", "utf-8")
    assert says in refused(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"a,b\n", ",".join(COLUMNS).encode(), ",".join(COLUMNS).encode() + b'\n"x', b"\x00" * 50],
)
def test_what_is_no_table_is_refused(content: bytes, tmp_path: Path) -> None:
    for name in ("t.csv", "t.parquet"):
        (tmp_path / name).write_bytes(content)
        assert refused(tmp_path / name)


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (";".join(COLUMNS), "semicolons part the cells: save it as CSV with commas, and numbers with a point"),
        ("\t".join(COLUMNS), "tabs part the cells"),
        (",".join(COLUMNS).upper(), "write its name in small letters"),
        (",".join(COLUMNS) + '\n"p', "line 2 is no CSV with commas: a quotation mark is left open"),
        (",".join(COLUMNS) + "\n" + "p" * 20_000, "or a cell has more than 10000 letters"),
    ],
)
def test_what_a_spreadsheet_may_have_written_is_refused_with_its_mend(head: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(head + "\n", "utf-8-sig")
    assert says in refused(path)


def test_blanks_around_the_names_of_columns_are_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", GOOD)
    path.write_text(path.read_text("utf-8").replace("died,", " died ,", 1), "utf-8")
    assert read(path, TODAY).rows[0].died


def test_what_many_rows_have_in_common_is_kept_once(tmp_path: Path) -> None:
    """A table may have a million rows; 330,000 patients of three models took 1.7 GB."""
    rows = [{**GOOD, "patient": f"patient {n // 2}", "model": f"m{n % 2}"} for n in range(20)]
    found = read(written(tmp_path / "t.csv", *rows), TODAY).rows
    for name, kinds in (("patient", 10), ("model", 2), ("index", 1), ("end", 1), ("alive", 1), ("tumour", 1)):
        assert len({id(getattr(row, name)) for row in found}) == kinds, name


def test_too_much_is_refused_before_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{**GOOD, "patient": f"p{n}", "model": f"m{n}"} for n in range(5)]
    path = written(tmp_path / "t.csv", *rows)
    monkeypatch.setattr(table, "MAX_MODELS", 4)
    assert "more than 4 models" in refused(path)
    monkeypatch.setattr(table, "MAX_ROWS", 3)
    assert "more than 3 rows" in refused(path)
    monkeypatch.setattr(table, "MAX_BYTES", 10)
    assert "more than 10 bytes" in refused(path)


def test_parquet_says_the_same_as_csv(tmp_path: Path) -> None:
    typed: dict[str, list[object]] = {name: [value] for name, value in GOOD.items()}
    typed |= {name: [float(GOOD[name])] for name in COLUMNS if name.startswith("alive")}
    typed |= {"index_date": [date(2020, 1, 31)], "end_date": [date(2021, 2, 28)], "died": [True], "bands": [["2"]]}
    parquet.write_table(pa.table(typed), tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet", TODAY).rows == read(written(tmp_path / "t.csv", GOOD), TODAY).rows


def test_columns_that_mean_nothing_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", {**GOOD, "ward": "7"}, columns=[*COLUMNS, "ward"])
    assert read(path, TODAY).unread == ("ward",)


@settings(max_examples=30)
@given(some.lists(some.text(max_size=12), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, cells: list[str]) -> None:
    path = written(tmp_path_factory.mktemp("any") / "t.csv", dict(zip(COLUMNS, cells, strict=True)))
    with pytest.raises(TableRefused):
        read(path, TODAY)
