"""How a command comes to a FHIR server: the options that say who calls, and the secrets that they name."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from service.api.settings import BadSettings, Settings
from service.cli.failure import Failure
from service.client import Auth, BackendService, BearerToken, ClientSecret, NoAuth
from service.client.auth import read_key
from service.client.scopes import Scopes
from service.outgoing.addresses import base_address
from service.outgoing.reach import Reach


def add(parser: argparse.ArgumentParser, scope: str) -> argparse._ArgumentGroup:
    """Adds the options; ``scope`` says in words what is asked for where nothing is given. Gives their group."""
    access = parser.add_argument_group("access; secrets come from the environment or a file, never from an argument")
    access.add_argument("--token-env", metavar="NAME", help="the environment variable that holds a bearer token")
    access.add_argument("--client-id", metavar="ID", help="OAuth 2.0 client credentials: the client")
    access.add_argument("--key", metavar="FILE", type=Path, help="its private key, PEM or JWK: EC P-384 or RSA")
    access.add_argument("--key-id", metavar="KID", help="kid of the key (default: that of the JWK, or its thumbprint)")
    access.add_argument("--client-secret-env", metavar="NAME", help="instead of a key: the variable with its secret")
    access.add_argument("--token-url", metavar="URL", help="token endpoint (default: as the server names it)")
    access.add_argument("--scope", help=f"scope to ask for (default: {scope})")
    access.add_argument(
        "--insecure-http", action="store_true", help="allow an address without TLS, for a network that is trusted"
    )
    return access


def auth(options: argparse.Namespace, scope: Scopes | str) -> Auth:
    """Who calls, as the options say; ``scope`` is asked for where they name none.

    Raises:
        Failure: they do not go together, or a secret cannot be read.
    """
    ways = [name for name in ("token_env", "key", "client_secret_env") if getattr(options, name)]
    if len(ways) > 1:
        raise Failure("--token-env, --key and --client-secret-env are three ways of access: give one.")
    if not ways:
        if options.client_id:
            raise Failure("--client-id needs --key or --client-secret-env.")
        return NoAuth()
    if options.token_env:
        return BearerToken(_secret(options.token_env))
    if not options.client_id:
        raise Failure("--key and --client-secret-env need --client-id.")
    asked = options.scope or scope
    if options.client_secret_env:
        secret = _secret(options.client_secret_env)
        return ClientSecret(options.client_id, secret, asked, endpoint=options.token_url)
    try:
        key = read_key(options.key.read_bytes(), options.key_id)
    except OSError as error:
        raise Failure(f"{options.key}: {error.strerror}") from None
    return BackendService(options.client_id, key, asked, endpoint=options.token_url)


def reach(options: argparse.Namespace) -> Reach:
    """What may be called: what the person names here, wherever it is, and what that server names, as settings allow.

    Raises:
        Failure: the settings cannot be read.
        ExchangeFailed: an address is none.
    """
    try:
        networks = Settings.from_environment().private_networks
    except BadSettings as error:
        raise Failure(str(error)) from None
    return Reach.named([base_address(options.server), *([options.token_url] if options.token_url else [])], networks)


def _secret(variable: str) -> str:
    found = os.environ.get(variable)
    if not found:
        raise Failure(f"The environment variable {variable} is not set. Set it to the secret.")
    return found
