"""Who the load comes from: an authorization server and an EHR, each with a key, and the access file that lists them."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

#: What tokens are judged by, as behind a proxy; nobody listens there.
PUBLIC = "http://127.0.0.1:18800"
_ISSUER, _EHR = "https://login.hospital.example", "https://ehr.hospital.example"
_ACCESS = f"""
[[issuer]]
iss = "{_ISSUER}"
name = "login"
jwks = "keys.json"

[[cds_client]]
iss = "{_EHR}"
name = "ehr"
jwks = "keys.json"

[page]
allow = "everyone"
"""
_ALGORITHM, _KID = "ES384", "soak"
_HEADER = {"alg": _ALGORITHM, "kid": _KID, "typ": "JWT"}
_SCOPE = "system/RiskAssessment.c"


@dataclass(frozen=True)
class Callers:
    """The two callers, as they sign."""

    key: ECKey
    access: Path
    """The file for ``SPINEMETS_ACCESS``."""

    def token(self) -> str:
        """An access token for the FHIR doors, good for some hours."""
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": f"{PUBLIC}/fhir", "sub": "engine", "client_id": "engine", "scope": _SCOPE}
        return self._signed({**claims, "iat": now, "exp": now + 4 * 3600})

    def proof(self, path: str) -> str:
        """The JWT of one CDS Hooks call, good for this one call."""
        now = int(time.time())
        claims = {"iss": _EHR, "aud": f"{PUBLIC}{path}", "jti": str(uuid.uuid4()), "iat": now, "exp": now + 240}
        return self._signed(claims)

    def _signed(self, claims: dict[str, object]) -> str:
        return jwt.encode(_HEADER, claims, self.key, algorithms=[_ALGORITHM])


def callers(folder: Path) -> Callers:
    """Makes the keys, and the files that a site has of them."""
    key = ECKey.generate_key("P-384", {"kid": _KID, "use": "sig"})
    (folder / "keys.json").write_text(json.dumps({"keys": [key.as_dict(private=False)]}), "utf-8")
    access = folder / "access.toml"
    access.write_text(_ACCESS, "utf-8")
    return Callers(key, access)
