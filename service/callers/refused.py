"""Why a caller is refused: the reasons, each with what is said to the caller and what is counted."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Said:
    """What a reason means to the caller."""

    counted: str
    """The word under which it is counted."""
    issue: str
    """The issue-type code of FHIR."""
    status: int
    error: str | None
    """The error code of RFC 6750; none where no proof was shown at all."""
    text: str


_INVALID = "invalid_token"


class Reason(Enum):
    """Why a caller is refused. No text holds anything of a token."""

    NONE = Said(
        "none",
        "login",
        401,
        None,
        "This door is not open to everyone. Send a token: Authorization: Bearer, and the token.",
    )
    MALFORMED = Said(
        "malformed", "login", 401, _INVALID, "The token is no signed JWT of three parts. Send it as it was given."
    )
    SEVERAL = Said(
        "malformed",
        "login",
        400,
        "invalid_request",
        "The token has to come once, in one header Authorization. Send it there, and leave it out elsewhere.",
    )
    SCHEME = Said(
        "malformed", "login", 401, None, "This scheme of Authorization is not known here. Send Authorization: Bearer."
    )
    OVERSIZED = Said("oversized", "login", 401, _INVALID, "The token is longer than 8 KiB. Send one with fewer claims.")
    HEADER = Said(
        "malformed",
        "login",
        401,
        _INVALID,
        "The header of the token asks for what is not done here (crit, b64, a nested token). Send a plain signed JWT.",
    )
    TYPE = Said(
        "malformed",
        "login",
        401,
        _INVALID,
        "The typ of the token is not the one of this door. Send a token that is given for this door.",
    )
    ALGORITHM = Said(
        "algorithm",
        "login",
        401,
        _INVALID,
        "The algorithm of the token is not one that the access file lists for its issuer. Use a listed one.",
    )
    ISSUER = Said(
        "issuer",
        "login",
        401,
        _INVALID,
        "The issuer of the token is not in the access file for this door. Let the site add it.",
    )
    CLIENT = Said(
        "issuer",
        "login",
        401,
        _INVALID,
        "The client that the token was given to is not in the access file. Let the site add it.",
    )
    KEY_SET = Said(
        "key",
        "login",
        401,
        _INVALID,
        "The jku of the token is not one that the access file lists for its issuer. Let the site add it.",
    )
    KEY = Said(
        "key",
        "login",
        401,
        _INVALID,
        "No usable key of the issuer has the kid of the token. Publish the key, and send its kid.",
    )
    NO_KEYS = Said(
        "key",
        "transient",
        503,
        None,
        "The keys of the issuer cannot be read now, so the token cannot be judged. Send the request again later.",
    )
    SIGNATURE = Said(
        "signature",
        "login",
        401,
        _INVALID,
        "The signature of the token is not that of the key that it names. Send it as it was given.",
    )
    CLAIMS = Said(
        "malformed",
        "login",
        401,
        _INVALID,
        "A claim of the token is missing, is there twice or is of another type than RFC 7519 has. Correct the token.",
    )
    AUDIENCE = Said(
        "audience",
        "login",
        401,
        _INVALID,
        "The token is not meant for this address (aud). Send one whose aud is the address that is called.",
    )
    EXPIRED = Said("expired", "expired", 401, _INVALID, "The token has expired. Send a new one.")
    EARLY = Said(
        "early",
        "login",
        401,
        _INVALID,
        "The token is not valid yet (nbf or iat). Correct the clock of the machine that makes it.",
    )
    LIFETIME = Said(
        "expired",
        "login",
        401,
        _INVALID,
        "The token is valid for longer than is taken here (exp). Use one that expires sooner.",
    )
    REPLAYED = Said("replay", "login", 401, _INVALID, "The token was used before (jti). Send a new one for each call.")
    NO_MEMORY = Said(
        "replay",
        "transient",
        503,
        None,
        "Whether the token was used before cannot be told now. Send the request again later.",
    )
    SCOPE = Said(
        "scope",
        "forbidden",
        403,
        "insufficient_scope",
        "The caller is known and may not do this. Use a token with the scope system/RiskAssessment.c.",
    )
    SERVICE = Said(
        "service",
        "forbidden",
        403,
        "insufficient_scope",
        "The caller is known and may not call this service. Let the site add it to the access file.",
    )
    CERTIFICATE = Said(
        "certificate",
        "login",
        401,
        _INVALID,
        "The client certificate is not valid now, or not the one that the token is bound to. Use the right one.",
    )
    BINDING = Said(
        "certificate",
        "login",
        401,
        _INVALID,
        "The token is bound in a way that is not checked here. Use a bearer token, or one bound to a certificate.",
    )

    @property
    def said(self) -> Said:
        """What it means to the caller."""
        said: Said = self.value
        return said


class Refused(Exception):
    """The caller is not let in."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name.lower())
        self.reason = reason
