"""What the page on operations, the alerts and the dashboard name is there."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from joserfc.jwk import ECKey, KeySet

from service.api.app import create_app
from service.api.settings import Settings
from service.operations.metering import OTHER, OURS, Histogram
from service.operations.meters import METERS
from tests.docs.pages import ROOT, code, page, rows
from tests.support.door import PATH

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "spinemets.json"
PAGE = page("operations.md")
LABEL = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application with all that adds checks and figures."""
    folder: Path = tmp_path_factory.mktemp("operations")
    keys = KeySet([ECKey.generate_key("P-384", {"kid": "1", "use": "sig"})])
    (folder / "keys.json").write_text(json.dumps(keys.as_dict(private=False)))
    (folder / "access.toml").write_text(
        '[[issuer]]\nname = "login"\niss = "https://login.hospital.example"\njwks = "keys.json"\n'
    )
    return create_app(
        Settings(
            access=folder / "access.toml",
            audit=folder / "audit.jsonl",
            database=f"sqlite:///{folder}/db",
            public_url="https://hospital.example",
        )
    )


def expressions() -> Iterator[str]:
    """Every expression of the alerts and of the dashboard."""
    yield from re.findall(r"expr: (?:>-\n)?(.*?)\n        (?=\w+:|for|labels)", ALERTS.read_text("utf-8"), re.DOTALL)
    for panel in json.loads(DASHBOARD.read_text("utf-8"))["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


EXPRESSIONS = list(expressions())


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_alert_or_panel_reads_figures_that_there_are(app: Flask, expression: str) -> None:
    named = set(re.findall(r"\bspinemets_\w+", expression))
    of_meters = {meter.name: meter for meter in METERS if meter.kind == "counter"}
    spread = {f"{meter.name}_bucket": meter for meter in METERS if isinstance(meter, Histogram)}
    gauges = {gauge.name: gauge for gauge in app.config["GAUGES"]}
    assert named or expression.startswith("up{")
    assert named <= of_meters.keys() | spread.keys() | gauges.keys()
    for selector in re.findall(r"(spinemets_\w+)\{([^}]*)\}", expression):
        meter = of_meters.get(selector[0]) or spread.get(selector[0])
        for label, _, values in LABEL.findall(selector[1]):
            known = meter.labels.get(label) if meter else OURS if label in gauges[selector[0]].labels else None
            assert known is not None, label
            for value in values.split("|"):
                assert known is OURS or value == OTHER or any(re.fullmatch(value, each) for each in known), value
    for kept in re.findall(r"\bby \(([^)]*)\)", expression):
        listed = {name.strip() for name in kept.split(",")} - {"le", "instance"}
        assert listed <= {label for name in named for label in _labels(name, {**of_meters, **spread, **gauges})}


def _labels(name: str, known: dict[str, Any]) -> tuple[str, ...]:
    return tuple(known[name].labels)


def test_every_figure_is_on_the_dashboard() -> None:
    shown = " ".join(EXPRESSIONS)
    assert not [meter.name for meter in METERS if meter.name not in shown]


def test_the_dashboard_has_panels_that_do_not_overlap() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken
        taken |= cells
    assert len({panel["id"] for panel in panels}) == len(panels)


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool, of Prometheus, is not installed")
@pytest.mark.parametrize("arguments", [("rules", "alerts.yml"), ("config", "scrape.yml")])
def test_prometheus_itself_can_read_them(arguments: tuple[str, str]) -> None:
    done = subprocess.run(
        ["promtool", "check", *arguments], cwd=ALERTS.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_names_every_check(app: Flask) -> None:
    told = {code(cells[0]) for cells in rows(PAGE, "check")}
    assert told == {check.name for check in app.config["CHECKS"]}


def test_the_page_names_every_member_of_a_line(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    told = {name for cells in rows(PAGE, "member") for name in re.findall(r"`(\w+)`", cells[0])}
    of_requests = {code(cells[0]) for cells in rows(PAGE, "member") if cells[2].startswith("`request`")}
    with caplog.at_level(logging.INFO, "spinemets"):
        app.test_client().post(PATH, data=b"{").get_data()
    line = next(record.msg for record in caplog.records if record.name == "spinemets.requests")
    assert of_requests <= line.keys() <= told


def test_the_lines_that_the_page_shows_have_the_members_of_the_table() -> None:
    shown = [json.loads(each) for each in re.findall(r"^\{.*\}$", PAGE, re.MULTILINE)]
    told = {name for cells in rows(PAGE, "member") for name in re.findall(r"`(\w+)`", cells[0])}
    assert shown
    assert all(each.keys() <= told for each in shown)
