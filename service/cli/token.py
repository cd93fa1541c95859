"""``spinemets token``: an access token for a backend service, to try what is set up."""

from __future__ import annotations

import argparse

from service.cli import access
from service.cli.failure import Failure
from service.client import ExchangeFailed, Limits
from service.outgoing.addresses import base_address
from service.outgoing.transport import Transport

_SCOPE = "system/RiskAssessment.c"
_EPILOG = """example:
  spinemets token --server https://hospital.example/fhir --client-id engine --key engine.pem

It is asked for as SMART Backend Services has it: the token endpoint is that of .well-known/smart-configuration, and the
proof is signed with the key. A token of this service lasts for five minutes.
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "token",
        help="get an access token, to try what is set up",
        description="Gets an access token as a backend service does, and prints it. Exit code 0, or 2 with one line "
        "on standard error.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--server", required=True, metavar="URL", help="base address for FHIR, such as that of /fhir")
    access.add(parser, _SCOPE)
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    if not options.client_id:
        raise Failure("A token is given to a client that proves who it is. Give --client-id and --key.")
    try:
        who = access.auth(options, options.scope or _SCOPE)
        transport = Transport(Limits(), reach=access.reach(options), insecure_http=options.insecure_http)
        token = who.token(transport, base_address(options.server))
    except ExchangeFailed as failed:
        raise Failure(str(failed)) from None
    print(token)
    return 0
