"""What is kept of launches and sessions, so that whoever has the database has nothing.

Two random values lead to a row: the secret, in a cookie that no script reads, which all open records of a browser
share; and the handle, in the address of a page, which is another for each record. The name of the row, and the key that
its content is sealed with, are derived from both. Neither value is kept here. So two tabs with two patients never mix,
and a request that another site has a browser send knows no handle.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from service.smart.launch import Pending
from service.smart.session import Made, Session, packed, unpacked
from service.storage import Sealed, Sessions

#: How long a user may take to log in.
LAUNCH_TIME = timedelta(minutes=15)
_HEADER = {"alg": "dir", "enc": "A256GCM"}
_HANDLE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def new_secret() -> str:
    """A value that cannot be guessed: a secret, a handle, a state or a code verifier."""
    return secrets.token_urlsafe(32)


def is_handle(given: str | None) -> TypeGuard[str]:
    """Whether something has the form of what :func:`new_secret` makes."""
    return given is not None and _HANDLE.fullmatch(given) is not None


@dataclass(frozen=True)
class _Keys:
    name: str
    """Of the row."""
    seal: bytes = field(repr=False)
    csrf: str = field(repr=False)


def _keys(purpose: str, secret: str, handle: str) -> _Keys:
    made = HKDF(SHA256(), 96, None, f"spinemets {purpose}".encode()).derive(f"{secret}.{handle}".encode())
    return _Keys(made[:32].hex(), made[32:64], made[64:].hex())


class Keeper:
    """Keeps launches that are under way, and sessions.

    Every method raises :class:`service.storage.Unavailable` while the database does not answer.
    """

    def __init__(self, rows: Sessions) -> None:
        self._rows = rows

    def keep_launch(self, secret: str, state: str, pending: Pending, now: datetime) -> None:
        """Keeps a launch while its user logs in."""
        keys = _keys("launch", secret, state)
        self._rows.keep(Sealed(keys.name, _sealed(packed(pending), keys), now + LAUNCH_TIME), now)

    def take_launch(self, secret: str, state: str, now: datetime) -> Pending | None:
        """The launch of a state, once: after that it is gone. None where there is none for this browser."""
        keys = _keys("launch", secret, state)
        return _opened(Pending, self._rows.take(keys.name, now), keys)

    def keep_session(self, secret: str, handle: str, session: Session, now: datetime) -> None:
        """Keeps a session until it is over."""
        keys = _keys("session", secret, handle)
        self._rows.keep(_row(session, keys), now)

    def session(self, secret: str, handle: str, now: datetime) -> Session | None:
        """The session of a handle, or None where there is none for this browser, or its time is over."""
        keys = _keys("session", secret, handle)
        return _opened(Session, self._rows.find(keys.name, now), keys)

    def replace_session(self, secret: str, handle: str, session: Session) -> None:
        """Keeps a session that has another token now; one that was closed meanwhile stays closed."""
        self._rows.replace(_row(session, _keys("session", secret, handle)))

    def close_session(self, secret: str, handle: str) -> None:
        """Forgets a session."""
        self._rows.remove(_keys("session", secret, handle).name)


def csrf(secret: str, handle: str) -> str:
    """What a page of a session sends with whatever changes something."""
    return _keys("session", secret, handle).csrf


def _row(session: Session, keys: _Keys) -> Sealed:
    expires = datetime.fromtimestamp(session.expires_at, UTC)
    return Sealed(keys.name, _sealed(packed(session), keys), expires)


def _sealed(content: bytes, keys: _Keys) -> bytes:
    return jwe.encrypt_compact(_HEADER, content, OctKey.import_key(keys.seal)).encode()


def _opened(kind: type[Made], row: Sealed | None, keys: _Keys) -> Made | None:
    if row is None:
        return None
    try:
        found = jwe.decrypt_compact(row.content, OctKey.import_key(keys.seal), algorithms=[*_HEADER.values()])
        return unpacked(kind, found.plaintext or b"")
    except (JoseError, ValueError, TypeError):  # changed by somebody, or made by another version
        return None
