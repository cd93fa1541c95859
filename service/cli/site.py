"""What the options of a command say of the site: its policy, and its maps of codes."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from service import policies
from service.cli.failure import Failure
from service.fhir_mapping.terminology import Terminology
from service.fhir_mapping.terminology.own_maps import BadMaps, load
from service.language import ENGLISH, LANGUAGES
from service.pipeline import Site
from service.policy import DEFAULT

if TYPE_CHECKING:
    from service.terminology_server import TerminologyServer


def add(parser: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Adds the options to a command."""
    add_files(parser)
    parser.add_argument(
        "--terminology-server",
        metavar="URL",
        help="a FHIR terminology server that is asked for SNOMED CT codes which no map knows; nothing else is sent",
    )


def add_files(parser: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Adds those that name files."""
    parser.add_argument(
        "--policy", metavar="FILE", type=Path, help="a site's policy as JSON (default: the built-in one)"
    )
    parser.add_argument(
        "--maps", metavar="DIR", type=Path, help="a folder of a site's own ConceptMaps to read the codes by"
    )


def add_language(parser: argparse._ArgumentGroup | argparse.ArgumentParser) -> None:
    """Adds the language of what a command writes."""
    parser.add_argument(
        "--language",
        choices=LANGUAGES,
        default=ENGLISH,
        help="the language of the texts (default: %(default)s); codes, ids and messages on standard error stay",
    )


def of(options: argparse.Namespace) -> tuple[Site, str | None]:
    """The site, and the name of the policy that was chosen; None where none was.

    Raises:
        Failure: a file is wrong.
    """
    try:
        policy = policies.load(options.policy) if options.policy else DEFAULT
        terms = load(options.maps).terminology
    except (policies.BadPolicy, BadMaps) as error:
        raise Failure(str(error)) from None
    url = options.terminology_server
    server = _asked(url, terms) if url else None
    return Site({DEFAULT.name: DEFAULT, policy.name: policy}, terms, server), policy.name if options.policy else None


def _asked(url: str, terms: Terminology) -> TerminologyServer:
    from service.terminology_server import BadServer, TerminologyServer  # noqa: PLC0415  # mostly there is none

    try:
        return TerminologyServer(url, terms, by_a_person=True)
    except BadServer as error:
        raise Failure(str(error)) from None
