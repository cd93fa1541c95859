"""``spinemets key``: the key pair of a backend service, and its public half as the access file wants it."""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from service.callers.keys import BadKeys, read_keys
from service.cli.failure import Failure
from service.client.auth import read_key
from service.outgoing.failure import ExchangeFailed

_LONGEST = 65_536
_EPILOG = """examples:
  A key pair for a caller; the public half into a file beside the access file:
    spinemets key new engine.pem > engine.json
  The public half of a key that is there already, as openssl or an engine has made it:
    spinemets key public engine.pem > engine.json
"""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command to the parser."""
    parser = commands.add_parser(
        "key",
        help="make a key pair for a caller, or print its public half",
        description="Makes the keys by which a backend service proves who it is, and prints public halves as a JWK "
        "Set, which jwks of a client in the access file names. Exit code 0, or 2 with one line on standard error.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    new = actions.add_parser(
        "new",
        help="make a key pair",
        description="Makes a private key for ES384 in FILE, which only its owner may read, and prints its public "
        "half. A file that is there is left as it is.",
    )
    new.add_argument("file", metavar="FILE", type=Path, help="where the private key goes; it stays with the caller")
    new.set_defaults(run=_new)
    public = actions.add_parser(
        "public",
        help="print the public half of a key",
        description="Prints the public half of a private or public key, PEM or JWK, as a JWK Set.",
    )
    public.add_argument("file", metavar="FILE", type=Path, help="the key: EC P-384 or RSA")
    public.add_argument("--key-id", metavar="KID", help="kid of the key (default: that of the JWK, or its thumbprint)")
    public.set_defaults(run=_public)


def _new(options: argparse.Namespace) -> int:
    key = ECKey.generate_key("P-384")
    try:
        made = os.open(options.file, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(made, "wb") as file:
            file.write(key.as_pem(private=True))
    except OSError as error:
        raise Failure(f"{options.file}: {error.strerror}") from None
    print(_set(key, None))
    return 0


def _public(options: argparse.Namespace) -> int:
    try:
        with options.file.open("rb") as opened:
            content = opened.read(_LONGEST)
    except OSError as error:
        raise Failure(f"{options.file}: {error.strerror}") from None
    try:
        key: ECKey | RSAKey = read_key(content).key
    except ExchangeFailed:
        key = _public_half(content)
    print(_set(key, options.key_id))
    return 0


def _public_half(content: bytes) -> ECKey | RSAKey:
    """A public key, as PEM or JWK.

    Raises:
        Failure: it is none.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # a weak key is refused, in one line
            if content.lstrip().startswith(b"{"):
                found = import_key(orjson.loads(content))
            else:
                is_rsa = isinstance(load_pem_public_key(content), RSAPublicKey)
                found = RSAKey.import_key(content) if is_rsa else ECKey.import_key(content)
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError, KeyError):
        found = None
    if not isinstance(found, ECKey | RSAKey):
        raise _unusable()
    return found


def _set(key: ECKey | RSAKey, name: str | None) -> str:
    """The public half in a JWK Set that the service itself would take.

    Raises:
        Failure: it would not.
    """
    jwk = {**key.as_dict(private=False), "kid": name or key.kid or key.thumbprint(), "use": "sig"}
    written = orjson.dumps({"keys": [jwk]}, option=orjson.OPT_INDENT_2)
    try:
        read_keys(written)
    except BadKeys:
        raise _unusable() from None
    return written.decode()


def _unusable() -> Failure:
    return Failure("The key cannot be used. Give one without password as PEM or JWK: EC P-384, or RSA of 2048 bits.")
