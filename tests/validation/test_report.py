"""What is written: readable without scripts, with every name escaped, without a patient, and the same each time."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from service.cli import main
from service.validation.comparison import Comparison, Verdict
from service.validation.figures import _LINES, AT_RISK, shown_curve
from service.validation.summary import summarised
from service.validation.table import Counted
from service.validation.withholding import hidden
from tests.validation.cohorts import sample

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
    assert main(["validate", str(table), str(out), "--bootstrap", "0", *more]) == 0
    return out


@pytest.fixture(scope="module")
def out(table: Path) -> Path:
    return validated(table, table.parent / "out", "--bootstrap", "50")


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
    again = validated(table, tmp_path / "again", "--bootstrap", "50")
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


def of_model(out: Path, name: str, model: str) -> list[dict[str, str]]:
    with (out / "tables" / f"{name}.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["model"] == model]


def test_no_table_has_a_share_alive_of_few_that_another_withholds(out: Path, table: Path) -> None:
    """The share alive of a class, where four or fewer are left, is their number."""
    for model in ("nesms", "tomita", ODD):
        few = {
            (row["class"], row["day"])
            for row in of_model(out, "survival", model)
            if row["at_risk"] in ("0", "withheld") or row["at_risk"].startswith("<")
        }
        shown = {
            (row["part"], row["horizon_days"]): row["value"]
            for row in of_model(out, "figures", model)
            if row["measure"] == "observed_alive"
        }
        assert few
        assert shown
        assert not few & shown.keys()
    medians = [row["part"] for row in of_model(out, "figures", "nesms") if row["measure"] == "median_days"]
    few_died = {row["class"] for row in of_model(out, "classes", "nesms") if not row["deaths"].isdigit()}
    assert few_died
    assert not few_died & set(medians)
    everything = validated(table, table.parent / "everything", "--smallest-cell", "1", "--bootstrap", "0")
    assert len(of_model(everything, "figures", "nesms")) > len(of_model(out, "figures", "nesms"))


def test_the_net_benefit_of_acting_on_few_is_withheld(tmp_path: Path) -> None:
    """Three are told to die, of whom one does: the net benefit at high thresholds would say so."""
    path = tmp_path / "t.csv"
    lines = ["patient,index_date,model,alive_183_low,alive_183_high,end_date,died"]
    for n in range(60):
        end, died = ("2020-02-20", "yes") if n % 3 == 0 else ("2021-01-01", "no")
        lines.append(f"x{n},2020-01-01,mine,{0.1 if n < 3 else 0.6},{0.1 if n < 3 else 0.6},{end},{died}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    found = {
        row["part"]: row["value"]
        for row in of_model(validated(path, tmp_path / "out"), "figures", "mine")
        if row["measure"] == "net_benefit"
    }
    assert "0.40" in found
    assert "0.80" not in found
    assert found["0.95"] == "0.0"


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
    assert "It is no better than telling every patient the average: no model fits here as it is" in (
        out / "report.html"
    ).read_text("utf-8")


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


def test_the_first_picture_lays_what_the_model_says_on_what_came_of_all_patients(out: Path) -> None:
    text = (out / "report.html").read_text("utf-8")
    pictures = re.findall(r'role="img" aria-label="([^"]+)"', text)
    first = [n for n, said in enumerate(pictures) if "as it was (Kaplan-Meier) and as the model says" in said]
    assert [pictures[n + 1].partition(": ")[2].startswith("share alive by class") for n in first] == [True, True]
    drawn = (out / "figures" / "nesms-average.svg").read_text("utf-8")
    for said in ("as it was", "as the model says", "months after the index date", "100%"):
        assert f">{said}<" in drawn
    assert [month for month in ("0", "3", "6", "12", "18", "24") if f">{month}<" not in drawn] == []
    # Of a model that gives no probability there is none.
    assert not (out / "figures" / "tomita-average.svg").exists()


def test_classes_are_named_with_their_points_and_times_in_months(out: Path) -> None:
    """A class "0" or "low" alone says nothing to those who do not know the score by heart."""
    text = (out / "report.html").read_text("utf-8")
    assert "<td>3 points</td>" in text
    assert "<td>1 point</td>" in text
    assert "alive after 12 months" in text
    assert "days</th>" not in text
    assert ">3 points<" in (out / "figures" / "nesms-survival.svg").read_text("utf-8")
    assert ">after 6 months<" in (out / "figures" / "nesms-calibration.svg").read_text("utf-8")


def test_more_lines_than_one_sees_at_once_differ_in_more_than_their_colour() -> None:
    assert len({str(dashes) for _, dashes, _ in _LINES}) == len({sign for *_, sign in _LINES}) == len(_LINES)


def test_the_curve_is_drawn_once_a_month_and_at_every_day_that_has_numbers_below() -> None:
    days, alive = shown_curve(sample([float(n) for n in range(1, 1001)], [1] * 1000), 5)
    assert set(AT_RISK) <= set(days.tolist())
    assert np.diff(days).min() >= 30
    assert alive[days == 365] == pytest.approx(0.635)


def test_models_without_probabilities_are_said_not_to_be_compared_for_want_of_patients() -> None:
    said = summarised([], Comparison(Verdict.NONE, (), 0, 0, (), {"tomita": "it gives no probability to be alive"}))
    assert said.verdict == "These data do not say which model fits best: none of the models could be compared."
    assert "Tomita score" in said.sentences[0]


def test_few_draws_give_no_interval_and_no_word_about_chance(table: Path, tmp_path: Path) -> None:
    out = validated(table, tmp_path / "few", "--bootstrap", "49")
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert {row["low_95"] for row in (*results["figures"], *results["strata"])} == {None}
    text = (out / "report.html").read_text("utf-8")
    assert "Whether that is more than chance was not computed: it takes at least 50 draws" in text
    assert "within the play of chance" not in text
    assert "these data cannot tell it" not in text
    assert "95 % intervals over" not in text


def test_a_report_of_patients_who_were_never_there_says_so_first(out: Path, table: Path, tmp_path: Path) -> None:
    assert json.loads((out / "results.json").read_text("utf-8"))["about"]["synthetic"] is True
    text = (out / "report.html").read_text("utf-8")
    assert text.index("Patients who were never there.") < text.index('class="verdict"')
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    real = tmp_path / "real.csv"
    with real.open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, rows[0].keys())
        lines.writeheader()
        lines.writerows({**row, "synthetic": ""} for row in rows)
    assert "never there" not in (validated(real, tmp_path / "real") / "report.html").read_text("utf-8")


def test_a_recalibration_to_patients_who_were_never_there_says_so(tmp_path: Path) -> None:
    made = ["--patients", "1500", "--seed", "9", "--model", "katagiri-revised", "--miscalibration", "0.6,0.7"]
    assert main(["synthetic", str(tmp_path / "c"), *made]) == 0
    more = ["--bootstrap", "50", "--recalibrate", "katagiri-revised"]
    out = validated(tmp_path / "c" / "table.csv", tmp_path / "out", *more)
    assert json.loads((out / "recalibrations" / "katagiri-revised-0001.json").read_text("utf-8"))["synthetic"] is True


def test_times_of_which_a_model_publishes_nothing_are_said_before_anybody_relies_on_them(
    table: Path, tmp_path: Path
) -> None:
    """NESMS publishes a year, and van der Linden two: at 24 months one of them is worked out."""
    with table.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] == "nesms"]
    classes = {"0": "a", "1": "a", "2": "b", "3": "c"}
    path = tmp_path / "bands.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.DictWriter(file, "patient index_date model bands end_date died".split(), extrasaction="ignore")
        lines.writeheader()
        lines.writerows(rows)
        lines.writerows(
            {**row, "model": "van-der-linden", "bands": classes[row["bands"]]}
            for row in rows
            if row["bands"] in classes
        )
    text = (validated(path, tmp_path / "out") / "report.html").read_text("utf-8")
    head, _, rest = text.partition("What this does not mean")
    assert "nothing is published as late as 24 months (New England Spinal Metastasis Score (NESMS)): patients" in head
    assert rest.count("nothing is published as late as 24 months") == 1


def test_a_caution_of_many_patients_heads_the_page() -> None:
    few, many = (Counted("odd", number, "caution") for number in (9, 10))
    nothing = Comparison(Verdict.NONE, (), 0, 0, (), {})
    for caution, said in ((few, ()), (many, ("10% of the patients of the cohort: odd.",))):
        assert summarised([], nothing, [Counted("all", 100, "all"), caution]).cautions == said
