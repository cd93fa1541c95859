"""A signed JWT: taken apart, its signature judged by keys that are known already, its claims read.

Nothing that the token says of its own keys is believed: ``jwk``, ``x5c`` and ``x5u`` are passed over, ``jku`` is only
ever compared with a list, and the algorithm has to be one that is pinned.
"""

from __future__ import annotations

import json
import math
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from service.callers.access import ALGORITHMS
from service.callers.keys import Key
from service.callers.refused import Reason, Refused

MAX_BYTES = 8192
LEEWAY_S = 60
"""How far clocks may differ."""
_MAX_HEADER = 4096
#: Members of a header that ask for another reading of the token than the plain one.
_OTHER_READING = ("crit", "b64", "enc", "zip", "epk")
_MOST_AUDIENCES = 20
_LONGEST_CLAIM = 2048


class _Registry(jws.JWSRegistry):
    """The bounds of a token. What else stands in a header is passed over, as RFC 7515 has it."""

    max_header_length = _MAX_HEADER
    max_payload_length = MAX_BYTES


@dataclass(frozen=True)
class Token:
    """A token whose signature is not judged yet: nothing in it is believed."""

    text: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any]

    @property
    def algorithm(self) -> str:
        return str(self.header["alg"])

    @property
    def kid(self) -> str | None:
        found: str | None = self.header.get("kid")
        return found


def taken_apart(text: str) -> Token:
    """The parts of a token.

    Raises:
        Refused: it is too long, it is no signed JWT, or it is to be read in another way.
    """
    if len(text) > MAX_BYTES:
        raise Refused(Reason.OVERSIZED)
    parts = text.split(".")
    if len(parts) != 3 or not all(parts) or not text.isascii():
        raise Refused(Reason.MALFORMED)
    header, claims = _object(parts[0], Reason.MALFORMED), _object(parts[1], Reason.CLAIMS)
    if any(name in header for name in _OTHER_READING) or str(header.get("cty", "")).lower() in (
        "jwt",
        "application/jwt",
    ):
        raise Refused(Reason.HEADER)
    if not isinstance(header.get("alg"), str) or not isinstance(header.get("kid", ""), str):
        raise Refused(Reason.MALFORMED)
    return Token(text, header, claims)


def _object(part: str, reason: Reason) -> Mapping[str, Any]:
    try:
        found = json.loads(
            urlsafe_b64decode(part.encode()).decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise Refused(reason) from None
    if not isinstance(found, dict):
        raise Refused(reason)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no name is there twice: readers differ on which of them counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_constant(_: str) -> Any:
    raise ValueError


def check_algorithm(token: Token, pinned: Collection[str]) -> None:
    """Refuses an algorithm that is not pinned.

    Raises:
        Refused: it is not.
    """
    if token.algorithm not in pinned or token.algorithm not in ALGORITHMS:
        raise Refused(Reason.ALGORITHM)


def check_type(token: Token, types: Collection[str]) -> None:
    """Refuses a token of another kind than those given; an empty text stands for a token that does not say it.

    Raises:
        Refused: it is.
    """
    found = token.header.get("typ", "")
    if not isinstance(found, str) or found.lower().removeprefix("application/") not in types:
        raise Refused(Reason.TYPE)


def check_signature(token: Token, keys: Collection[Key]) -> None:
    """Judges the signature by keys that fit the algorithm.

    Raises:
        Refused: there is no key, or none has signed it.
    """
    if not keys:
        raise Refused(Reason.KEY)
    if not any(_has_signed(key, token) for key in keys):
        raise Refused(Reason.SIGNATURE)


def _has_signed(key: Key, token: Token) -> bool:
    registry = _Registry(algorithms=[token.algorithm], strict_check_header=False)
    try:
        with warnings.catch_warnings(action="ignore"):  # EdDSA has a newer name
            jws.deserialize_compact(token.text, key, registry=registry)
    except (JoseError, ValueError, TypeError):
        return False
    return True


# Claims


def text_claim(token: Token, name: str, reason: Reason = Reason.CLAIMS) -> str:
    """A claim that has to be a text.

    Raises:
        Refused: it is none.
    """
    found = token.claims.get(name)
    if not isinstance(found, str) or not found or len(found) > _LONGEST_CLAIM:
        raise Refused(reason)
    return found


def optional_text(token: Token, name: str) -> str | None:
    """A claim that may be left out, and is a text where it is there.

    Raises:
        Refused: it is something else.
    """
    return text_claim(token, name) if name in token.claims else None


def moment(token: Token, name: str) -> float | None:
    """A claim that is a NumericDate, or None where it is left out.

    Raises:
        Refused: it is something else.
    """
    if name not in token.claims:
        return None
    found = token.claims[name]
    # A bool is a number in Python, and a number may be larger than any float.
    if (
        isinstance(found, bool)
        or not isinstance(found, int | float)
        or not 0 <= found < 1e12
        or not math.isfinite(found)
    ):
        raise Refused(Reason.CLAIMS)
    return float(found)


def check_times(token: Token, now: float, longest_s: float, *, issued: bool = False) -> float:
    """Judges ``exp``, ``nbf`` and ``iat``; gives when the token expires.

    ``longest_s`` is how far in the future that may be; with ``issued``, the token has to say when it was made.

    Raises:
        Refused: it has expired, is not valid yet, or is valid for too long.
    """
    expires, begins, made = moment(token, "exp"), moment(token, "nbf"), moment(token, "iat")
    if expires is None or (issued and made is None):
        raise Refused(Reason.CLAIMS)
    if expires <= now - LEEWAY_S:
        raise Refused(Reason.EXPIRED)
    if any(each is not None and each > now + LEEWAY_S for each in (begins, made)):
        raise Refused(Reason.EARLY)
    if expires > now + longest_s + LEEWAY_S:
        raise Refused(Reason.LIFETIME)
    return expires


def check_audience(token: Token, is_meant: Callable[[str], bool]) -> None:
    """Judges ``aud``: a text, or a list of texts of which one is meant.

    Raises:
        Refused: none is.
    """
    found = token.claims.get("aud")
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list) or not listed or len(listed) > _MOST_AUDIENCES:
        raise Refused(Reason.AUDIENCE)
    if not all(isinstance(each, str) for each in listed) or not any(is_meant(each) for each in listed):
        raise Refused(Reason.AUDIENCE)


def scopes_of(token: Token) -> frozenset[str]:
    """What the token names as its scopes: ``scope`` as RFC 9068 has it, or ``scp``; a text or a list.

    Raises:
        Refused: it is neither.
    """
    found = token.claims.get("scope", token.claims.get("scp"))
    if found is None:
        return frozenset()
    listed = found.split() if isinstance(found, str) else found
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise Refused(Reason.CLAIMS)
    return frozenset(listed)
