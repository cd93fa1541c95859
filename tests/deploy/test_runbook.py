"""The runbook has a section for each alert, and for nothing that is no alert."""

from __future__ import annotations

import re

import yaml

from tests.deploy.files import DEPLOY, ROOT

RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
ALERTS = [
    rule["alert"]
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]


def test_each_alert_has_its_section_in_the_order_of_the_alerts() -> None:
    assert ALERTS
    assert re.findall(r"^## (Spinemets\w+)$", RUNBOOK, re.MULTILINE) == ALERTS


def test_each_section_says_something() -> None:
    sections = re.split(r"^##? .*$", RUNBOOK, flags=re.MULTILINE)[1:]
    assert all(len(section) > 100 or not section.strip() for section in sections)
