"""``spinemets settings``: what is set and where, and whether the server would start with it."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from runpy import run_module
from typing import Any

from service import policies
from service.api.app import create_app
from service.api.settings import PREFIX, BadSettings, Settings, origins, strangers
from service.api.warm import warm
from service.callers.openness import refuse_open
from service.cli.failure import BAD_INPUT, Failure
from service.fhir_mapping.terminology.own_maps import load
from service.operations.logs import safe
from service.storage import Database

_OTHERS = 0o077
_USER_OF_A_URL = re.compile(r"//[^/]*@")
_DEFAULT, _SECRET = "default", "(set, not shown)"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "settings",
        help="print the settings in force, and check them",
        description="Prints every setting of the server, what is in force and where it was given: in the environment, "
        "in the file that SPINEMETS_CONFIG names, or nowhere. Secrets are not shown. With --check nothing is printed "
        "but what is wrong, a line each on standard error: of the settings, of the files that they name, and of the "
        "answers that the application gives to its examples. Nothing is served, made or changed, and the database is "
        "not asked. Exit code 0, or 2 where something is wrong.",
        epilog="Example: SPINEMETS_POLICIES=policies spinemets settings --check",
    )
    parser.add_argument("--check", action="store_true", help="check the settings and what they name")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    try:
        settings, where = Settings.from_environment(), origins()
    except BadSettings as error:
        raise Failure(str(error)) from None
    if not options.check:
        for line in table(settings, where):
            print(line)
        return 0
    wrong = [*(f"{name} is no setting. Correct or remove it." for name in strangers()), *problems(settings)]
    for each in wrong:
        print(f"spinemets: {safe(each)}", file=sys.stderr)
    if not wrong:
        print("The settings are right: the application answers its examples with them.")
    return BAD_INPUT if wrong else 0


def table(settings: Settings, where: Any) -> Iterator[str]:
    """The settings, a line each: the variable, what is in force, and where it was given."""
    rows = [
        (f"{PREFIX}{each.name.upper()}", _shown(settings, each), where.get(each.name, _DEFAULT))
        for each in fields(Settings)
    ]
    name_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    for name, value, given in rows:
        yield f"{name:{name_width}}  {value:{min(value_width, 40)}}  {given}"


def _shown(settings: Settings, each: Any) -> str:
    value = getattr(settings, each.name)
    if value is None or value == ():
        return "none"
    if each.metadata["secret"]:
        return _SECRET
    if isinstance(value, bool):
        return str(value).lower()
    text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return safe(_USER_OF_A_URL.sub("//...@", text))


def problems(settings: Settings) -> Iterator[str]:
    """What is wrong with what the settings name, each in a line with the mend."""
    left = settings
    # What is wrong with one does not hide what is wrong with another.
    for name, look in _looks(settings).items():
        wrong = _wrong(look)
        if wrong is not None:
            yield wrong
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
        "database": lambda: Database(settings.database),
        "jobs": lambda: _folder("jobs", settings.jobs, private=True),
        "metrics": lambda: _folder("metrics", settings.metrics, private=False),
        "audit": lambda: _folder("audit", settings.audit and settings.audit.parent, private=False),
    }


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
