"""A line of the log is one line, in JSON or text, and says nothing that a record, a token or a library may hold."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import bound_contextvars, clear_contextvars

from service.api.settings import Settings
from service.operations import logs

#: What ends a line, or moves a terminal: CR LF, VT, FF, NEL, LS, PS, ANSI, C1, a sign that turns the direction.
HOSTILE = 'a\r\nb\x0bc\x0cd\x1b[31m\x85e\u2028f\u2029g\u202eh\x00i\x9bj\ud800"}\n{"level":"info"'


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Where all logs of the process go, in JSON; what was set up before comes back."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in ("spinemets", "gunicorn")]
    before = root.handlers[:], root.level, [each.level for each in ours]
    stream = io.StringIO()
    clear_contextvars()
    logs.configure(Settings(log_format="json", log_level="debug"), stream)
    yield stream
    logging.captureWarnings(False)
    root.handlers, level, levels = before
    root.setLevel(level)
    for each, old in zip(ours, levels, strict=True):
        each.setLevel(old)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]


def test_lines_of_both_kinds_of_logger_have_the_same_members(written: io.StringIO) -> None:
    structlog.get_logger("spinemets").warning("the disk is full", kind="OSError")
    logging.getLogger("spinemets").warning("the disk is %s", "full")
    first, second = lines(written)
    assert {"time", "level", "logger", "event"} <= first.keys() & second.keys()
    assert [first["event"], second["event"]] == ["the disk is full"] * 2
    assert [first["level"], second["level"]] == ["warning"] * 2
    assert first["kind"] == "OSError"


def test_the_request_stands_on_every_line_that_is_logged_for_it(written: io.StringIO) -> None:
    with bound_contextvars(request="abc", door="assess"):
        structlog.get_logger("spinemets").info("one")
        logging.getLogger("spinemets").info("two")
    logging.getLogger("spinemets").info("three")
    assert [(each.get("request"), each.get("door")) for each in lines(written)] == [("abc", "assess")] * 2 + [
        (None, None)
    ]


def test_an_exception_is_said_by_its_kind_and_place_alone(written: io.StringIO) -> None:
    for log in (structlog.get_logger("spinemets"), logging.getLogger("spinemets")):
        try:
            raise ValueError("Mustermann, Erika")
        except ValueError:
            log.exception("it failed")
    for each in lines(written):
        assert each["kind"] == "ValueError"
        assert each["place"].startswith("tests.operations.test_logs:")
    assert "Mustermann" not in written.getvalue()


def test_a_library_is_quoted_without_what_was_put_into_its_words(written: io.StringIO) -> None:
    log = logging.getLogger("library.pool")  # the level of one that is used here may have been set by another test
    log.warning("Retrying after connection broken by %r: %s", ValueError("Mustermann"), "/Patient/Mustermann")
    log.warning("Retrying /Patient/Mustermann")
    log.error("failed", exc_info=ValueError("Mustermann"))
    warnings.warn("Mustermann", stacklevel=1)
    assert "Mustermann" not in written.getvalue()
    assert lines(written)[0]["event"] == "Retrying after connection broken by %r: %s"


def test_a_library_is_heard_from_warnings_on(written: io.StringIO) -> None:
    logging.getLogger("alembic").info("Context impl")
    assert not written.getvalue()


@pytest.mark.parametrize("form", ["json", "text"])
def test_nothing_that_is_logged_ends_the_line_or_moves_a_terminal(written: io.StringIO, form: str) -> None:
    logs.configure(Settings(log_format=form), written)
    with bound_contextvars(request=HOSTILE):
        structlog.get_logger("spinemets").warning(HOSTILE, caller=HOSTILE, **{HOSTILE: HOSTILE})
        logging.getLogger("spinemets").warning("%s", HOSTILE)
        logging.getLogger("gunicorn.error").warning(HOSTILE)
    text = written.getvalue()
    assert len(text.splitlines()) == text.count("\n") == 3
    assert all(sign.isprintable() for sign in text.replace("\n", ""))
    if form == "json":
        assert [each["level"] for each in lines(written)] == ["warning"] * 3


@given(st.text())
def test_any_text_is_part_of_one_line(text: str) -> None:
    said = logs.safe(text)
    assert len(f"-{said}-".splitlines()) == 1
    said.encode("utf-8")
    assert len(said) <= 600 * 10


def test_what_is_neither_text_nor_number_is_said_by_its_kind(written: io.StringIO) -> None:
    structlog.get_logger("spinemets").info("it came", record={"name": "Mustermann"}, n=3)
    assert lines(written)[0]["record"] == "(dict)"
    assert lines(written)[0]["n"] == 3


def test_the_level_is_the_one_that_is_set(written: io.StringIO) -> None:
    logs.configure(Settings(log_format="json", log_level="error"), written)
    structlog.get_logger("spinemets.requests").info("one")
    structlog.get_logger("spinemets").error("two")
    assert [each["event"] for each in lines(written)] == ["two"]


def test_logs_are_text_on_a_terminal_and_json_elsewhere(written: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    for stream in (terminal, written):
        logs.configure(Settings(), stream)
        logging.getLogger("spinemets").warning("the disk is full")
    assert terminal.getvalue().endswith("the disk is full\n")
    assert not terminal.getvalue().startswith("{")
    assert lines(written)[-1]["event"] == "the disk is full"


def test_logs_that_the_process_has_set_up_stay(written: io.StringIO) -> None:
    logs.configure_if_nobody_has(Settings(log_format="text"))
    logging.getLogger("spinemets").warning("one")
    assert lines(written)[0]["event"] == "one"
