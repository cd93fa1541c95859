"""A service that only decodes a body and encodes it again: what is left when nothing is decided.

It is a Flask application under the gunicorn configuration of the service, worker class included.
"""

from __future__ import annotations

import orjson
from flask import Flask, Response, request

from service.api import callers, warm

PATH = "/echo"


def echo() -> Flask:
    """The application for gunicorn, in a process that serves nothing else."""
    # The configuration asks the service its first questions, to which there are no answers here.
    for module, name in ((warm, "check"), (warm, "warm"), (callers, "warm")):
        assert hasattr(module, name)
        setattr(module, name, lambda app: None)
    app = Flask(__name__)

    @app.get("/readyz")
    def ready() -> Response:
        return Response(b"{}", content_type="application/json")

    @app.post(PATH)
    def call() -> Response:
        return Response(orjson.dumps(orjson.loads(request.get_data())), content_type="application/json")

    return app
