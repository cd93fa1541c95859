"""The application with doors that take their time, and one that fails: for tests of the server under it."""

from __future__ import annotations

import time

from flask import Flask, Response, request

from service.api import app as ours


def create_app() -> Flask:
    """The application, and beside its own doors some for tests."""
    app = ours.create_app()
    app.add_url_rule("/test/sleep", view_func=_sleep, methods=["GET", "POST"])
    app.add_url_rule("/test/stubborn", view_func=_stubborn)
    app.add_url_rule("/test/large", view_func=_large)
    return app


def _sleep() -> Response:
    time.sleep(float(request.args["seconds"]))
    return Response(b"slept", content_type="text/plain")


def _stubborn() -> Response:
    """Goes on after every exception that it is allowed to catch."""
    end = time.monotonic() + float(request.args["seconds"])
    while time.monotonic() < end:
        try:
            time.sleep(0.01)
        except Exception:
            continue
    return Response(b"done", content_type="text/plain")


def _large() -> Response:
    return Response(b"x" * (64 * 1024 * 1024), content_type="text/plain")
