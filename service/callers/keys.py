"""The public keys of others: a JWK Set becomes those of its keys that may judge a signature here."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

Key = RSAKey | ECKey | OKPKey

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
_MIN_RSA_BITS = 2048
#: A larger one would only cost time.
_MAX_RSA_BITS = 8192
_PRIVATE = frozenset(("d", "p", "q", "dp", "dq", "qi", "oth", "k"))
_KINDS = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
    "Ed25519": ("OKP", "Ed25519"),
}


class BadKeys(ValueError):
    """This is no set of keys, or no key of it can be used; the message says why, and holds nothing of it."""


@dataclass(frozen=True)
class Keys:
    """The keys of a set that judge signatures."""

    usable: tuple[tuple[str | None, Key], ...]
    """Each with its ``kid``."""

    def fitting(self, kid: str | None, algorithm: str) -> tuple[Key, ...]:
        """The keys under a name that may have signed so. Without a name, the only key of a set."""
        kind, curve = _KINDS[algorithm]
        found = tuple(
            key
            for name, key in self.usable
            if kid in (None, name)
            and key.key_type == kind
            and (curve is None or key.get("crv") == curve)
            and key.alg in (None, algorithm, *_SAME.get(algorithm, ()))
        )
        return found if kid is not None or len(self.usable) == 1 else ()

    def has(self, kid: str) -> bool:
        return any(name == kid for name, _ in self.usable)


#: RFC 9864 gives an algorithm of before a second name.
_SAME = {"EdDSA": ("Ed25519",), "Ed25519": ("EdDSA",)}


def read_keys(content: bytes) -> Keys:
    """The usable keys of a JWK Set (RFC 7517), or of one JWK.

    A key that is weak, private, symmetric, for encryption or of a kind that is not known is left out.

    Raises:
        BadKeys: it is neither, it is too large, or no key is left.
    """
    if len(content) > MAX_BYTES:
        raise BadKeys(f"the key set is larger than {MAX_BYTES // 1024} KiB")
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise BadKeys("this is not JSON") from None
    listed = found.get("keys", [found] if "kty" in found else None) if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise BadKeys("this is no JWK Set")
    if len(listed) > MAX_KEYS:
        raise BadKeys(f"the key set has more than {MAX_KEYS} keys")
    usable = tuple(_usable(listed))
    if not usable:
        raise BadKeys("no key of the set can be used: RSA of 2048 bits or more, EC or Ed25519, public, for signatures")
    return Keys(usable)


def _usable(listed: Iterable[Any]) -> Iterable[tuple[str | None, Key]]:
    for jwk in listed:
        # A private key that is published is known to everyone.
        if not isinstance(jwk, dict) or _PRIVATE & jwk.keys() or jwk.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        if jwk.get("use", "sig") != "sig" or not _may_verify(jwk.get("key_ops")):
            continue
        kid = jwk.get("kid")
        if kid is not None and not isinstance(kid, str):
            continue
        try:
            with warnings.catch_warnings(action="ignore"):  # a weak key is left out
                key = import_key(jwk)
        except (JoseError, UnsupportedAlgorithm, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
            continue
        if isinstance(key, Key) and _is_strong(key):
            yield kid, key


def _may_verify(operations: Any) -> bool:
    return operations is None or (isinstance(operations, list) and "verify" in operations)


def _is_strong(key: Key) -> bool:
    public = key.public_key
    if not isinstance(public, RSAPublicKey):
        return key.get("crv") in ("P-256", "P-384", "P-521", "Ed25519")
    return _MIN_RSA_BITS <= public.key_size <= _MAX_RSA_BITS and 65_537 <= public.public_numbers().e < 2**33
