"""Which language the reader has: ``lang`` of the URL, else ``Accept-Language``."""

from __future__ import annotations

from flask import Request

from service.language import ENGLISH, LANGUAGES

PARAMETER = "lang"


def language(request: Request) -> str:
    """The language to answer in, the best of those that there are."""
    asked = request.args.get(PARAMETER)
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or ENGLISH
