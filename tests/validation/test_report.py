"""What is written: readable without scripts, with every name escaped, without a patient, and the same each time."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from service.cli import main
from service.validation.comparison import Comparison, Verdict
from service.validation.summary import summarised
from service.validation.table import Counted
from service.validation.tables import hidden

NASTY = "<script>alert(1)</script>"
#: A name that would be a formula in a picture, and a mark of a page.
ODD = '<img src="x" onerror="go()"> $\\frac{1}{'


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 patients of two models, one of which has an odd name; a tumour with a nasty one; a few without an outcome."""
    folder = tmp_path_factory.mktemp("made")
    made = ["--patients", "160", "--seed", "3", "--model", "nesms", "--also", "tomita", "--missing", "0.01"]
    assert main(["synthetic", str(folder / "c"), *made]) == 0
    with (folder / "c" / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    twin = [{**row, "model": ODD, "bands": ""} for row in rows if row["model"] == "nesms"]
    patients = sorted({row["patient"] for row in rows})
    lost, rare = set(patients[:7]), set(patients[10:13])
    for row in (*rows, *twin):
        row["tumour"] = "rare" if row["patient"] in rare else NASTY if row["tumour"] == "breast" else "other"
        if row["patient"] in lost:
            row["end_date"] = ""
    with (folder / "table.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, rows[0].keys())
        lines.writeheader()
        lines.writerows((*rows, *twin))
    return folder / "table.csv"


def validated(table: Path, out: Path, *more: str) -> Path:
    assert main(["validate", str(table), str(out), "--bootstrap", "4", *more]) == 0
    return out


@pytest.fixture(scope="module")
def out(table: Path) -> Path:
    return validated(table, table.parent / "out")


class Page(HTMLParser):
    """The elements of a page, and the attributes that it would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "xlink:href"):
                self.links.add(value or "")


def test_the_page_has_no_script_and_fetches_nothing(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    page = Page(text)
    assert not page.elements & {"script", "img", "iframe", "object", "embed", "link", "form", "base", "foreignobject"}
    assert not {name for name in page.attributes if name.startswith("on")}
    assert all(link.startswith("#") for link in page.links)
    assert "default-src 'none'" in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {f"#{name}" for name in page.ids}
    assert len(page.ids) == len(set(page.ids))
    assert page.elements >= {"svg", "table", "caption", "figure", "h1", "h2"}


def test_names_are_shown_as_they_are_and_do_nothing(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "&lt;img src=" in text
    assert {path.suffix for path in (out / "figures").iterdir()} == {".svg", ".png"}
    assert all(re.fullmatch(r"[\w-]+\.(svg|png)", path.name) for path in (out / "figures").iterdir())


def test_no_patient_is_in_anything_that_is_written(table: Path, out: Path) -> None:
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    known = {row["patient"] for row in rows} | {row["end_date"] for row in rows} - {""}
    written = [path for path in out.rglob("*") if path.suffix in (".csv", ".json", ".html", ".svg")]
    assert len(written) > 8
    for path in written:
        text = path.read_text("utf-8")
        assert not [value for value in known if value in text], path.name


def test_the_same_table_and_seed_give_the_same_bytes(table: Path, out: Path, tmp_path: Path) -> None:
    again = validated(table, tmp_path / "again")
    for path in (p for p in out.rglob("*") if p.is_file()):
        assert (again / path.relative_to(out)).read_bytes() == path.read_bytes(), path.name


def test_every_patient_is_counted_somewhere(out: Path) -> None:
    results = json.loads((out / "results.json").read_text("utf-8"))
    for row in results["patients"]:
        assert row["patients"] + row["outcome_missing"] == 160
        assert row["one_prediction"] + row["range_of_predictions"] == row["patients"]
    figures = {(f["model"], f["measure"], f["horizon_days"]): f for f in results["figures"] if not f["part"]}
    share = figures["nesms", "alive_predicted", 365]
    assert share["all_patients_at_worst"] < share["all_patients_at_best"]


def test_the_summary_says_which_models_could_not_be_compared_and_what_it_does_not_mean(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    results = json.loads((out / "results.json").read_text("utf-8"))
    # Twins cannot be told apart.
    assert results["verdict"] == "leaning"
    assert "these data cannot tell it from" in text
    assert "Not compared (it gives no probability to be alive): Tomita score." in text
    assert "What this does not mean" in text


def test_few_patients_are_withheld_and_cannot_be_worked_out(out: Path) -> None:
    with (out / "tables" / "strata.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["by"] == "tumour" and row["model"] == "nesms"]
    shown = {row["name"]: row["patients"] for row in rows}
    assert shown["rare"] == "withheld"
    # With one more, or the total less the others would be its number.
    assert list(shown.values()).count("withheld") == 2 < len(shown)
    assert all(not row["value"] for row in rows if row["patients"] == "withheld")
    text = (out / "report.html").read_text("utf-8")
    assert "rare" in text
    assert "withheld" in text


def test_nothing_is_shown_of_a_handful_of_patients(table: Path, tmp_path: Path) -> None:
    head, *rows = table.read_text("utf-8").splitlines(keepends=True)
    few = tmp_path / "few.csv"
    few.write_text(head + "".join([row for row in rows if ",nesms," in row][20:24]), "utf-8")
    results = json.loads((validated(few, tmp_path / "out") / "results.json").read_text("utf-8"))
    assert results["figures"] == results["strata"] == []
    assert results["verdict"] == "none"
    assert {row["at_risk"] for row in results["survival"]} == {"withheld"}
    assert results["patients"][0]["patients"] == "<5"


def test_a_model_that_is_worse_than_the_average_is_not_praised(tmp_path: Path) -> None:
    """Half of the patients die in a month, whatever is said of them; the model says that nearly all live, or none."""
    path = tmp_path / "t.csv"
    lines = ["patient,index_date,model,alive_90_low,alive_90_high,end_date,died"]
    for n in range(80):
        end, died = ("2020-01-31", "yes") if n % 2 else ("2021-01-01", "no")
        share = "0.9" if n % 4 < 2 else "0.1"
        lines.append(f"x{n},2020-01-01,mine,{share},{share},{end},{died}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    out = validated(path, tmp_path / "out")
    assert "no model fits here as it is" in (out / "report.html").read_text("utf-8")


def test_all_is_shown_where_that_is_asked_for(table: Path, tmp_path: Path) -> None:
    out = validated(table, tmp_path / "all", "--smallest-cell", "1", "--bootstrap", "0")
    assert "withheld" not in (out / "tables" / "strata.csv").read_text("utf-8")


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([9, 8, 3], {2, 1}), ([9, 4, 3], {1, 2}), ([9, 8], set()), ([3], {0}), ([9, 0, 2], {0, 2}), ([0, 0], set())],
)
def test_one_small_part_takes_the_next_with_it(sizes: list[int], expected: set[int]) -> None:
    assert hidden(sizes, 5) == expected


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--bootstrap", "-1"], "--bootstrap"),
        (["--bootstrap", "99999"], "--bootstrap"),
        (["--seed", "-1"], "--seed"),
        (["--smallest-cell", "0"], "--smallest-cell"),
        (["--recalibrate", "none"], "a model that the table does not have"),
    ],
)
def test_a_wrong_call_is_refused_and_nothing_is_written(
    arguments: list[str], says: str, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(table), str(tmp_path / "x"), *arguments]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_a_folder_that_holds_something_is_left_alone(
    table: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", str(table), str(out)]) == 2
    assert "name a new folder" in capsys.readouterr().err
    assert main(["validate", str(tmp_path / "nothing.csv"), str(tmp_path / "y")]) == 2
    assert capsys.readouterr().err == "spinemets: a file cannot be read or written: No such file or directory\n"


def test_a_refused_recalibration_says_why_and_leaves_the_report(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["validate", str(table), str(tmp_path / "r"), "--bootstrap", "0", "--recalibrate", "tomita"]
    assert main(arguments) == 2
    assert "--recalibrate: refused: at least 50 draws" in capsys.readouterr().err
    assert (tmp_path / "r" / "report.html").exists()
    assert not (tmp_path / "r" / "recalibrations").exists()


def test_the_page_says_first_what_it_means_and_how_its_pictures_are_read(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    order = [text.index(part) for part in ('class="verdict"', "What this does not mean", "Who was counted", "<svg")]
    assert order == sorted(order)
    pictures = re.findall(r'role="img" aria-label="([^"]+)"', text)
    assert len(pictures) == text.count("<svg")
    assert all("The tables below have its figures." in said for said in pictures)
    assert text.count("<figcaption>") == len(pictures)
    assert re.search(r"After \d+ months it said \d+% would be alive, and \d+% were", text)


def test_numbers_at_risk_stand_under_the_curves(out: Path) -> None:
    """As many as in the table, and none of them small."""
    with (out / "tables" / "survival.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "nesms" and row["at_risk"].isdigit()]
    drawn = (out / "figures" / "nesms-survival.svg").read_text("utf-8")
    assert "at risk" in drawn
    assert all(f">{row['at_risk']}<" in drawn for row in rows)
    assert len(rows) > 5


def test_a_caution_of_many_patients_heads_the_page() -> None:
    few, many = (Counted("odd", number, "caution") for number in (9, 10))
    nothing = Comparison(Verdict.NONE, (), 0, 0, (), {})
    for caution, said in ((few, ()), (many, ("10% of the patients of the cohort: odd.",))):
        assert summarised([], nothing, [Counted("all", 100, "all"), caution]).cautions == said
