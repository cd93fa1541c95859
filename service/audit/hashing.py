"""The secret of a site, and what it makes of the names of a patient."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

_SHORTEST = 32
_LONGEST = 4096
_OTHERS = 0o077


class BadKey(ValueError):
    """There is no secret that can be used; the message says why and what to do, and holds nothing of it."""


@dataclass(frozen=True)
class Key:
    """The secret that patients are hashed with."""

    secret: bytes = field(repr=False)

    def hashed(self, name: str) -> str:
        """What stands for a name of a patient: HMAC-SHA-256, in hexadecimal digits."""
        return hmac.new(self.secret, name.encode("utf-8", "replace"), hashlib.sha256).hexdigest()

    @property
    def sign(self) -> str:
        """What tells this key from another one, and says nothing of it."""
        return self.hashed("key of the audit trail")[:16]


def key_beside(file: Path) -> Path:
    """Where the secret is when the site names no file for it."""
    return file.with_name(f"{file.name}.key")


def read_key(file: Path) -> Key:
    """The secret in a file.

    Raises:
        BadKey: it cannot be read, or is too short.
    """
    try:
        with file.open("rb") as opened:
            found = opened.read(_LONGEST + 1).strip()
    except OSError as error:
        raise BadKey(f"The key of the audit trail cannot be read ({error.strerror}). Name its file.") from None
    if not _SHORTEST <= len(found) <= _LONGEST:
        message = f"The key of the audit trail has fewer than {_SHORTEST} bytes, or more than {_LONGEST}. Correct it."
        raise BadKey(message)
    return Key(found)


def made_beside(file: Path) -> Key:
    """The secret beside a trail, made by the first who needs it.

    Raises:
        BadKey: it can be neither read nor made, or others may read it.
    """
    key = key_beside(file)
    try:
        _make(key)
        if key.stat().st_mode & _OTHERS:
            raise BadKey("Others may read the key beside the audit trail. Make it private: chmod 600.")
    except OSError as error:
        message = f"No key can be made beside the audit trail ({error.strerror}). Let the folder be written."
        raise BadKey(message) from None
    return read_key(key)


def _make(key: Path) -> None:
    """Makes a key that is there whole or not at all; one that is there stays."""
    if key.exists():
        return
    part = key.with_name(f"{key.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(part, key)
    except FileExistsError:
        pass  # another process was faster, and its key is the one
    finally:
        part.unlink(missing_ok=True)
