"""The first questions."""

from pathlib import Path

import pytest
from flask import Flask

from service.api import self_check
from service.api.app import create_app
from service.api.settings import Settings
from service.api.warm import warm
from service.operations import meters
from service.pipeline import Site
from tests.soak.access import PUBLIC, callers
from tests.support.figures import figure


def test_the_application_answers_its_own_examples() -> None:
    warm(create_app(Settings()))


def test_an_application_that_cannot_answer_does_not_start() -> None:
    empty = Flask("empty")
    empty.config["SITE"] = Site()
    with pytest.raises(RuntimeError, match="does not answer"):
        warm(empty)


def test_an_application_that_answers_wrongly_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(self_check, "_POINTS", 11)
    with pytest.raises(RuntimeError, match="known answer"):
        warm(create_app(Settings()))


def test_what_the_application_asks_itself_is_not_counted() -> None:
    app = create_app(Settings())
    before = figure(meters.ASSESSMENTS, door="assess", outcome="tumour")
    warm(app)
    assert figure(meters.ASSESSMENTS, door="assess", outcome="tumour") == before


def test_the_service_asks_itself_where_callers_have_to_say_who_they_are_and_nobody_audits_that(tmp_path: Path) -> None:
    trail = tmp_path / "audit.ndjson"
    access = callers(tmp_path).access
    app = create_app(
        Settings(access=access, public_url=PUBLIC, audit=trail, database=f"sqlite:///{tmp_path}/db.sqlite")
    )
    warm(app)
    assert not trail.exists() or not trail.read_bytes()
    assert app.test_client().post("/fhir/$assess-spinal-tumour", json={}).status_code == 401
