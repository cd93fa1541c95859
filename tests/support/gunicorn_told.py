"""gunicorn's settings as they are, and a file that says when the first worker is about to leave."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from service.server import gunicorn_conf
from service.server.gunicorn_conf import *  # noqa: F403

#: The variable that names the file.
TOLD = "TESTS_WARM"


def when_ready(server: Any) -> None:
    gunicorn_conf.when_ready(server)
    Path(os.environ[TOLD]).write_text(" ".join(map(str, server.WORKERS)))
