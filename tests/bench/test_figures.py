"""Targets, the history and its comparison, the tables and the picture; no test looks at how long anything took."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench import history, page, picture
from tests.bench.figures import SECTIONS, TARGETS, Section, is_judged, target
from tests.docs.pages import page as doc


def _line(section: Section, /, **changed: Any) -> dict[str, Any]:
    return {**history.line_of(section, quick=False), **changed}


def _http(share: float, calls: float = 100.0) -> Section:
    return Section("http", {"share of echo: 50 entries": share}, {"calls/s: 50 entries": calls})


def test_a_figure_that_falls_short_of_its_target_is_told_with_both() -> None:
    assert _http(0.7).missed() == []
    assert _http(0.69).missed() == ["share of echo: 50 entries is 0.69, target at least 0.7"]
    assert Section("start", figures={"s to ready": 1.51}).missed() == ["s to ready is 1.51, target at most 1.5"]


def test_a_history_gives_back_what_was_added_to_it_and_ratios_come_first(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    lines = [_line(_http(0.5)), _line(Section("start", figures={"s to ready": 1.0}, left_out=["so it is"]))]
    history.append(lines[:1], file)
    history.append(lines[1:], file)
    assert history.read(file) == lines
    assert file.read_bytes().startswith(b'{"section":"http","ratios":{"share of echo: 50 entries":0.5}')


def test_a_line_of_the_history_tells_the_machine_by_its_processor_alone() -> None:
    said = str(_line(_http(0.5)))
    assert "/" not in re.sub(r"calls/s", "", said)
    assert not re.search(str(Path.home().name), said)


@pytest.mark.parametrize("broken", [b"{", b"[]", b'{"section": "http"}', b"\xff"])
def test_a_line_that_is_none_of_a_run_is_named(tmp_path: Path, broken: bytes) -> None:
    file = tmp_path / "history.jsonl"
    history.append([_line(_http(0.5))], file)
    file.write_bytes(file.read_bytes() + broken + b"\n")
    with pytest.raises(SystemExit, match=r"Line 2 of history\.jsonl"):
        history.read(file)


def test_what_is_worse_by_more_than_a_tenth_is_told_ratios_first() -> None:
    before = [_line(_http(0.5)), _line(Section("start", figures={"s to ready": 1.0}))]
    now = [_line(Section("start", figures={"s to ready": 1.2})), _line(_http(0.4, 80))]
    assert [str(each) for each in history.worse(before, now)] == [
        "http, share of echo: 50 entries: 0.5 before, 0.4 now",
        "start, s to ready: 1 before, 1.2 now",
        "http, calls/s: 50 entries: 100 before, 80 now",
    ]


def test_figures_are_compared_with_the_last_run_of_their_kind_alone() -> None:
    now = [_line(_http(0.4))]
    for other in ({"processor": "another"}, {"cores": 1000}, {"quick": True}, {"python": "3.0"}, {"section": "cds"}):
        assert not [*history.worse([_line(_http(0.9), **other)], now)]
    assert not [*history.worse([_line(_http(0.9)), _line(_http(0.41))], now)]
    assert not [*history.worse([], now)]


@given(st.floats(0.01, 1e6), st.floats(1.2, 100))
def test_a_rate_that_falls_is_worse_and_one_that_rises_is_not(rate: float, times: float) -> None:
    low, high = ([_line(_http(1, each))] for each in (rate, rate * times))
    assert [each.name for each in history.worse(high, low)] == ["calls/s: 50 entries"]
    assert not [*history.worse(low, high)]


def test_what_only_says_how_a_run_went_is_not_judged() -> None:
    names = ["load client, share of a processor", "echo: calls/s", "HealthChain: CPU ms", "orjson.loads: ms, 50"]
    assert not [name for name in names if is_judged(name)]
    assert is_judged("calls/s: 50 entries")


def test_each_target_is_of_a_section_and_is_the_one_that_is_found() -> None:
    for each in TARGETS:
        assert each.section in SECTIONS
        assert target(each.section, each.pattern.replace("*", "x")) == each


def _runs() -> list[dict[str, Any]]:
    name = "pretty, collector off"
    ratios = {f"ratio: {size} {form}, collector {on}": 2.0 for size in (50, 500) for form in ("pretty", "compact")
              for on in ("off", "on")}  # fmt: skip
    figures = {each.replace("ratio", "ms"): 3.0 for each in ratios}
    figures |= {
        f"orjson.loads: ms, {size} {form}, collector off": 1.5 for size in (50, 500) for form in ("pretty", "compact")
    }
    assert f"ratio: 500 {name}" in ratios
    return [_line(Section("assessment", ratios, figures)), _line(_http(0.8), date="2026-11-01T00:00Z")]


def test_the_tables_are_those_of_the_last_whole_run() -> None:
    runs = [_line(_http(0.1)), *_runs(), _line(_http(0.2), quick=True)]
    parts = [f"<!-- {name}: written by make bench -->\nold\n<!-- end -->\n" for name in ("http", "standing")]
    text = "between".join(parts)
    written = page.with_parts(text, runs)
    assert "| share of echo: 50 entries | 0.8 |" in written
    assert "| http, share of echo: 50 entries | at least 0.7 | 0.8 | met |" in written
    assert "| assessment, ratio: 500 pretty, collector off | at most 1 | 2 | **missed** |" in written
    assert "2026-11-01, commit" in written
    assert "old" not in written
    assert page.with_parts(written, runs) == written


def test_the_page_has_a_table_for_every_section() -> None:
    assert set(re.findall(r"<!-- (\w+): written by make bench -->", doc("performance.md"))) == {"standing", *SECTIONS}


def test_the_figures_of_the_page_come_from_the_committed_history() -> None:
    runs = history.read()
    shown = re.findall(r"^(\S+), commit (\S+), knowledge (\S+), Python", doc("performance.md"), re.MULTILINE)
    assert len(shown) + doc("performance.md").count("Not measured yet.") == len(SECTIONS)
    assert set(shown) <= {(run["date"][:10], run["commit"], run["knowledge"]) for run in runs}


def test_the_picture_shows_what_was_measured_with_its_targets() -> None:
    drawn = picture.svg(_runs())
    for words in (
        "Assessment by the length of the record",
        "target at most 1, from 500",
        "target at least 0.7",
        "2026-11",
    ):
        assert words in drawn
    assert drawn.count("not measured yet") == 3


def test_runs_of_other_machines_are_not_in_the_picture(tmp_path: Path) -> None:
    alone, mixed, none = (tmp_path / name for name in ("alone.svg", "mixed.svg", "none.svg"))
    picture.write(_runs(), alone)
    picture.write([_line(_http(0.3), processor="another"), *_runs(), _line(_http(0.3), quick=True)], mixed)
    picture.write([], none)
    assert alone.read_text() == mixed.read_text()
    assert not none.exists()
