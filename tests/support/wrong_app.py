"""The application, when it is wrong: what it asks itself at the start has to find that."""

from __future__ import annotations

from flask import Flask

from service.api import app, self_check


def wrong_answer() -> Flask:
    """One that gives another answer than the one that is known."""
    self_check._POINTS = 11
    return app.create_app()


def broken_door() -> Flask:
    """One that assesses rightly, and has a door that answers nothing."""
    made = app.create_app()
    made.view_functions["cds_hooks.discover"] = lambda: ("", 500)
    return made
