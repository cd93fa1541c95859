"""The first questions."""

from pathlib import Path

import pytest
from flask import Flask

from service.api.app import create_app
from service.api.settings import Settings
from service.api.warm import warm
from tests.soak.access import PUBLIC, callers


def test_the_application_answers_its_own_examples() -> None:
    warm(create_app(Settings()))


def test_an_application_that_cannot_answer_does_not_start() -> None:
    with pytest.raises(RuntimeError, match="does not answer"):
        warm(Flask("empty"))


def test_the_service_asks_itself_where_callers_have_to_say_who_they_are_and_nobody_audits_that(tmp_path: Path) -> None:
    trail = tmp_path / "audit.ndjson"
    access = callers(tmp_path).access
    app = create_app(
        Settings(access=access, public_url=PUBLIC, audit=trail, database=f"sqlite:///{tmp_path}/db.sqlite")
    )
    warm(app)
    assert not trail.exists() or not trail.read_bytes()
    assert app.test_client().post("/fhir/$assess-spinal-tumour", json={}).status_code == 401
