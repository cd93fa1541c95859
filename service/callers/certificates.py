"""The client certificate that a proxy has seen: what it passes on is read, and its fingerprint is made here.

The proxy ends TLS, so it alone knows that the client holds the key of the certificate. It passes the certificate itself
on, as nginx has it in ``$ssl_client_escaped_cert``, and not a word such as "verified": which certificates count is in
the access file.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

HEADER = "X-Client-Certificate"
_LONGEST = 16_384
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*", re.ASCII)


@dataclass(frozen=True)
class Seen:
    """A certificate whose key the client holds."""

    fingerprint: bytes
    """SHA-256 over the certificate."""
    not_before: datetime
    not_after: datetime

    @property
    def sha256(self) -> str:
        return self.fingerprint.hex()

    @property
    def thumbprint(self) -> str:
        """As RFC 8705 has it in ``x5t#S256``."""
        return base64.urlsafe_b64encode(self.fingerprint).rstrip(b"=").decode()

    def is_valid_at(self, now: float) -> bool:
        return self.not_before.timestamp() <= now <= self.not_after.timestamp()


def seen(header: str) -> Seen | None:
    """The certificate of a header: PEM, with what a header cannot hold escaped as in a URL. None where it is none."""
    if not header or len(header) > _LONGEST:
        return None
    text = unquote(header)
    if not _PEM.fullmatch(text):
        return None
    try:
        found = x509.load_pem_x509_certificate(text.encode("ascii"))
        return Seen(
            found.fingerprint(SHA256()),
            found.not_valid_before_utc.astimezone(UTC),
            found.not_valid_after_utc.astimezone(UTC),
        )
    except (ValueError, TypeError, x509.InvalidVersion):
        return None
