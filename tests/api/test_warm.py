"""The first questions."""

import pytest
from flask import Flask

from service.api.app import create_app
from service.api.settings import Settings
from service.api.warm import warm


def test_the_application_answers_its_own_examples() -> None:
    warm(create_app(Settings()))


def test_an_application_that_cannot_answer_does_not_start() -> None:
    with pytest.raises(RuntimeError, match="does not answer"):
        warm(Flask("empty"))
