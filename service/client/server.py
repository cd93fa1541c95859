"""A FHIR R4 server: its address, what it offers, and the calls that are made to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson

from service.client.auth import Auth, NoAuth
from service.client.capability import Capability, capability, not_fhir
from service.outgoing.addresses import base_address
from service.outgoing.failure import ExchangeFailed
from service.outgoing.limits import Limits
from service.outgoing.reach import Reach
from service.outgoing.transport import BUSY, Answer, Transport
from service.text import phrase, series

_FHIR_JSON = "application/fhir+json"
_TOKENISH = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PATIENT = re.compile(r"(?:^|/)Patient/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?$")
#: Some servers answer a search from the results of an earlier one; what was written since is not in those.
_READ = {"Accept": _FHIR_JSON, "Cache-Control": "no-cache"}
#: A server that does not know a parameter has to say so, and not to leave it out.
_SEARCH = {**_READ, "Prefer": "handling=strict"}


def connect(
    url: str,
    auth: Auth | None = None,
    limits: Limits | None = None,
    *,
    reach: Reach | None = None,
    insecure_http: bool = False,
) -> Server:
    """The server at a base address, after it has said that it speaks R4.

    ``reach`` says what may be called; without it, the caller is a person who names this server, wherever it is.
    ``insecure_http`` allows an address that is neither https nor of this machine.

    Raises:
        ExchangeFailed: there is no such server, or it is not R4.
    """
    base = base_address(url)
    transport = Transport(limits or Limits(), reach=reach or Reach.named([base]), insecure_http=insecure_http)
    transport.check(base)
    server = Server(base, transport, auth or NoAuth())
    # Whoever asks may read it, so a server of another version is told from one that refuses the token.
    answer = transport.get(f"{base}/metadata", _READ)
    if answer.status in (401, 403):
        answer = server.get(f"{base}/metadata", _READ)
    if answer.status in (401, 403) or answer.status >= 500 or answer.status in BUSY:
        raise refused(answer, "metadata")
    statement = decoded(answer.body) if answer.ok else None
    if statement is None:
        raise not_fhir()
    server.capability = capability(statement)
    return server


class Server:
    """A server that is spoken to. Made by :func:`connect`."""

    def __init__(self, base: str, transport: Transport, auth: Auth) -> None:
        self.base = base
        self.transport = transport
        self.limits = transport.limits
        self.capability = Capability("")
        self.taken = 0
        """Bytes that were read of the record in hand."""
        self._auth = auth

    def token(self) -> None:
        """Has a token ready.

        Raises:
            ExchangeFailed: none can be had.
        """
        self._auth.token(self.transport, self.base)

    def may_read(self, kind: str) -> bool:
        """Whether what was granted covers a type, as far as that is known."""
        return self._auth.may_read(kind)

    def whose(self, kind: str, patient: str) -> dict[str, str]:
        """The parameter by which a type is searched for one patient."""
        known = self.capability.offer(kind).parameters
        if "patient" not in known and "subject" in known:
            return {"subject": f"Patient/{patient}"}
        return {"patient": patient}

    def url(self, path: str, parameters: Mapping[str, str] | None = None) -> str:
        query = f"?{urlencode(parameters, safe='/:,')}" if parameters else ""
        return f"{self.base}/{path}{query}"

    def read(self, url: str, what: str) -> dict[str, Any]:
        """A resource. ``what`` names it in messages.

        Raises:
            ExchangeFailed: the server does not give it; ``status`` says how it refused.
        """
        answer = self.get(url, _SEARCH)
        if not answer.ok:
            raise refused(answer, what)
        resource = decoded(answer.body)
        if resource is None:
            raise ExchangeFailed(
                phrase(
                    "The server answers with something other than FHIR as JSON ({what}). Check its address.", what=what
                )
            )
        self.taken += len(answer.body)
        if self.taken > self.limits.record_bytes:
            raise ExchangeFailed(
                phrase("The record is larger than {number} bytes. It is not read.", number=self.limits.record_bytes)
            )
        return resource

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        answer = self.transport.get(url, self._with_token(headers))
        if answer.status == 401 and self._auth.refused():
            return self.transport.get(url, self._with_token(headers))
        return answer

    def transact(self, bundle: Mapping[str, Any]) -> Answer:
        """Sends a transaction once; what became of it is for the caller to find out.

        Raises:
            Lost: the connection ended before the answer did.
            ExchangeFailed: it was not sent.
        """
        headers = {"Content-Type": _FHIR_JSON, "Accept": _FHIR_JSON, "Prefer": "return=minimal"}
        try:
            body = orjson.dumps(bundle)
        except orjson.JSONEncodeError:
            raise ExchangeFailed(
                "A result on the server is nested more deeply than FHIR ever is. Correct it."
            ) from None
        answer = self.transport.post(self.base, self._with_token(headers), body)
        if answer.status == 401 and self._auth.refused():
            return self.transport.post(self.base, self._with_token(headers), body)
        return answer

    def _with_token(self, headers: Mapping[str, str]) -> dict[str, str]:
        token = self._auth.token(self.transport, self.base)
        return {**headers, "Authorization": f"Bearer {token}"} if token else dict(headers)


def refused(answer: Answer, what: str) -> ExchangeFailed:
    """What an answer that is no success means, in words. ``what`` names what was asked for."""
    status = answer.status
    mends = {
        401: "it asks for a token, or does not take this one. Give one that is valid",
        403: "it does not allow it. Ask its administrator for the right to read and, to write back, to write",
        404: "it does not have it. Check the address of the server and the id of the patient",
        410: "it was deleted there",
        413: "it is too large for it",
        429: "it asks for fewer calls. Try again later",
    }
    mend = mends.get(status) or (
        "it fails or is overloaded. Try again later" if status >= 500 else "it refuses the call"
    )
    codes = series(", ", [f"HTTP {status}", *issues(decoded(answer.body))])
    message = phrase("The server gives no {what}: {mend} ({codes}).", what=what, mend=mend, codes=codes)
    return ExchangeFailed(message, status)


def issues(resource: Any) -> list[str]:
    """The issues of an OperationOutcome by severity and code.

    Their texts are left out: servers write values of the record into them.
    """
    if not isinstance(resource, dict) or resource.get("resourceType") != "OperationOutcome":
        return []
    listed = resource.get("issue")
    found = []
    for issue in listed[:20] if isinstance(listed, list) else ():
        severity, code = (issue.get("severity"), issue.get("code")) if isinstance(issue, dict) else (None, None)
        said = [word for word in (severity, code) if isinstance(word, str) and _TOKENISH.fullmatch(word)]
        found.append(" ".join(said) or "an issue")
    return list(dict.fromkeys(found))


def is_of(resource: Mapping[str, Any], patient: str) -> bool:
    """Whether a resource is not about another patient than this one."""
    whose = resource.get("subject") or resource.get("patient")
    name = whose.get("reference") if isinstance(whose, dict) else None
    return not isinstance(name, str) or is_about(name, patient)


def is_about(reference: str, patient: str) -> bool:
    """Whether a reference does not name another patient than this one.

    >>> is_about("Patient/p1", "p1"), is_about("https://hospital.example/fhir/Patient/p2", "p1"), is_about("#p", "p1")
    (True, False, True)
    """
    found = _PATIENT.search(reference)
    return found is None or found[1] == patient


def decoded(body: bytes) -> dict[str, Any] | None:
    """A resource as JSON, or None where it is something else."""
    try:
        found = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("resourceType"), str) else None
