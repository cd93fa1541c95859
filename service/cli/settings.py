"""``spinemets settings``: what is set and where, and whether the server would start with it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from service.api.settings import PREFIX, BadSettings, Settings, origins, strangers
from service.cli.failure import BAD_INPUT, Failure
from service.operations.logs import safe

_USER_OF_A_URL = re.compile(r"//[^/]*@")
#: A site may have put a key there.
_QUERY_OF_A_URL = re.compile(r"(?<=\?)[^\s,]+")
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
    from service.cli.checking import problems  # noqa: PLC0415  # it loads the application; no other command waits for it

    wrong = [*(f"{name} is no setting. Correct or remove it." for name in strangers()), *problems(settings)]
    for each in wrong:
        print(f"spinemets: {safe(each)}", file=sys.stderr)
    if not wrong:
        given = len(origins())
        said = f"Of them {given} are given" if given else "None of them is given: these are the defaults"
        print(f"The settings are right: the application answers its examples with them. {said}.")
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
    return safe(_QUERY_OF_A_URL.sub("...", _USER_OF_A_URL.sub("//...@", text)))
