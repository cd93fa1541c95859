"""Which pages of other origins may call the CDS Hooks doors from a browser."""

from __future__ import annotations

import re

from flask import Flask
from flask_cors import CORS

from service.api.settings import Settings

_ANY = "*"
_PATHS = r"^/cds-services(/.*)?$"
_A_DAY_S = 86_400


def allow_origins(app: Flask, settings: Settings) -> None:
    """Lets the site's origins discover, call and send feedback. Nothing else is open, and credentials never are."""
    any_origin = _ANY in settings.cors_origins
    # As patterns to the end: flask-cors takes a text with a star for a pattern without one.
    origins = _ANY if any_origin else [re.compile(rf"{re.escape(each)}\Z") for each in settings.cors_origins]
    CORS(
        app,
        resources={
            _PATHS: {
                "origins": origins,
                "methods": ["GET", "POST", "OPTIONS"],
                "allow_headers": ["Authorization", "Content-Type"],
                "max_age": _A_DAY_S,
                "send_wildcard": any_origin,
                "vary_header": True,
                "supports_credentials": False,
            }
        },
    )
