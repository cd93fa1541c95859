"""What is wrong with the settings and with what they name: the work of ``spinemets settings --check``.

It alone of the command line needs the application, so nothing but that command may load it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from runpy import run_module
from typing import Any

from sqlalchemy import make_url

from service import policies
from service.api.app import create_app
from service.api.settings import PREFIX, Settings
from service.api.warm import warm
from service.audit import BadKey, read_key
from service.audit.hashing import key_beside, made_beside
from service.callers.issuing import Signer
from service.callers.openness import refuse_open
from service.fhir_mapping.terminology.own_maps import load
from service.storage import Database

_OTHERS = 0o077


def problems(settings: Settings) -> Iterator[str]:
    """What is wrong with what the settings name, each in a line with the mend."""
    left = settings
    # What is wrong with one does not hide what is wrong with another.
    for name, look in _looks(settings).items():
        wrong = _wrong(look)
        if wrong is not None:
            yield wrong if PREFIX in wrong else f"{PREFIX}{name.upper()}: {wrong}"
            left = _without(left, name)
    # What would be made or changed is left out: somebody else may be asking than who serves.
    apart = replace(left, jobs=None, database=None, audit=None, audit_required=False, metrics=None, log_level="error")
    wrong = _wrong(lambda: warm(create_app(apart)))
    if wrong is not None:
        yield wrong
    wrong = _wrong(lambda: _address(settings))
    if wrong is not None:
        yield wrong


def _without(settings: Settings, name: str) -> Settings:
    none: dict[str, Any] = {name: None}
    return replace(settings, **none)


def _looks(settings: Settings) -> dict[str, Callable[[], object]]:
    """What can be wrong by itself, by the setting that names it."""
    return {
        "policies": lambda: policies.load_all(settings.policies),
        "maps": lambda: load(settings.maps),
        "database": lambda: _database(settings.database),
        "token_key": lambda: Signer.of(settings.token_key),
        "jobs": lambda: _folder("jobs", settings.jobs, private=True),
        "metrics": lambda: _folder("metrics", settings.metrics, private=False),
        "audit": lambda: _audit(settings),
    }


def _database(url: str | None) -> None:
    """Looks at the database, and opens nothing.

    Raises:
        ValueError: its address is none, or the folder of its file is not there.
    """
    Database(url)
    file = make_url(url) if url is not None else None
    if file is not None and file.get_backend_name() == "sqlite" and file.database and file.database != ":memory:":
        _there("database", Path(file.database).parent)


def _there(name: str, folder: Path) -> None:
    """Looks at a folder that the server does not make.

    Raises:
        ValueError: it is not there, or cannot be written to.
    """
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(
            f"{PREFIX}{name.upper()}: the folder of the file is not there, or this user may not write to it. Make it."
        )


def _audit(settings: Settings) -> None:
    """Looks at the file of the audit trail and its key, which are made at the start where they are not there.

    Raises:
        ValueError: the file cannot be written, or the key cannot be used.
    """
    if settings.audit is None:
        return
    _there("audit", settings.audit.parent)
    if settings.audit.exists() and not settings.audit.is_file():
        raise ValueError("SPINEMETS_AUDIT: this is no file. Name one, such as audit.jsonl in that folder.")
    if settings.audit.exists() and not os.access(settings.audit, os.R_OK | os.W_OK):
        raise ValueError("SPINEMETS_AUDIT: this user may not read and write the file. Make it its own.")
    try:
        if settings.audit_key is not None:
            read_key(settings.audit_key)
        elif key_beside(settings.audit).exists():
            made_beside(settings.audit)
    except BadKey as error:
        raise ValueError(f"SPINEMETS_AUDIT_KEY: {error}") from None


def _wrong(look: Callable[[], object]) -> str | None:
    try:
        look()
    except (ValueError, RuntimeError) as error:
        return str(error)
    except OSError as error:
        return f"A file or folder cannot be used: {error.strerror}."
    return None


def _folder(name: str, folder: Path | None, *, private: bool) -> None:
    """Looks at a folder that is to be written to, which the server makes where it is not there.

    Raises:
        ValueError: it cannot be used.
    """
    if folder is None:
        return
    variable = f"{PREFIX}{name.upper()}"
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        raise ValueError(f"{variable}: there is no folder that this user may write to. Make it, or give another one.")
    if private and folder.exists() and folder.stat().st_mode & _OTHERS:
        raise ValueError(f"{variable}: others may look into the folder. Use chmod 700.")


def _address(settings: Settings) -> None:
    """Looks at the address that the server would bind to, and who could reach it.

    Raises:
        OpenServer: others could, and nobody has said who may call.
    """
    refuse_open([run_module("service.server.gunicorn_conf")["bind"]], settings)
