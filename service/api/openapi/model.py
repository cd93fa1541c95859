"""What the document says of a door: its parameters, its body, its answers, its callers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Schema = Mapping[str, Any]

JSON, FHIR_JSON, FHIR_XML = "application/json", "application/fhir+json", "application/fhir+xml"
HTML, FORM, FORM_WITH_FILES = "text/html", "application/x-www-form-urlencoded", "multipart/form-data"

#: Who may call, by the names of the security schemes; nobody named: everybody.
FHIR_CALLERS = ("bearer", "backendServices", "certificate")
CDS_CALLERS = ("cdsClient", "certificate")


@dataclass(frozen=True)
class Parameter:
    """A parameter of the path, the query or the header."""

    name: str
    where: str
    says: str
    schema: Schema = field(default_factory=lambda: {"type": "string"})
    example: Any = None


@dataclass(frozen=True)
class Body:
    """A body: its schema by its media type, and examples that the door answers with 200."""

    says: str
    media: Mapping[str, Schema]
    examples: Mapping[str, Any] = field(default_factory=dict)
    """By a name; all of them are of the first media type."""


@dataclass(frozen=True)
class Answer:
    """An answer: when it is given, its schema by its media type, and the headers that it has."""

    status: int
    says: str
    media: Mapping[str, Schema] = field(default_factory=dict)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Door:
    """A method of a path."""

    method: str
    path: str
    group: str
    title: str
    says: str
    answers: tuple[Answer, ...]
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    callers: tuple[str, ...] = ()
    call: str = ""
    """A call with curl; ``{address}`` stands for that of the server."""
    shown: str = ""
    """The beginning of what is answered to it."""

    @property
    def id(self) -> str:
        """One name for the method and the path, which is its anchor on the page as well."""
        words = "".join(each if each.isalnum() else "-" for each in f"{self.method}{self.path}")
        return "-".join(filter(None, words.split("-"))).lower()


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


OUTCOME: Schema = ref("OperationOutcome")

_REFUSALS = {
    400: "What was sent cannot be read, or a parameter is not known.",
    401: "It is not known who calls, or the token is not, or no longer, good.",
    403: "The caller may not do this.",
    404: "There is no such thing here.",
    405: "This server does not do this.",
    406: "The caller takes no such answer.",
    412: "What the call needs was neither prefetched nor can be read.",
    413: "Too large, too many entries, or too long a text.",
    415: "Another media type, packing or version of FHIR.",
    416: "There is no such part of it.",
    422: "It can be read, and is wrong: each problem with its element and its mend.",
    429: "There is as much under way as this server takes. Send it again later.",
    500: "A fault of the service. It is reported by the request id.",
    502: "The FHIR server that was asked did not answer as it should.",
    503: "The service cannot answer now. Send it again later.",
}


def refusals(*statuses: int, media: str = FHIR_JSON, schema: Schema = OUTCOME) -> tuple[Answer, ...]:
    """Answers that refuse, and the one that says that the service has a fault; each may come from every door."""
    return tuple(
        Answer(status, _REFUSALS[status], {media: schema}, _headers(status)) for status in sorted({*statuses, 500})
    )


def _headers(status: int) -> tuple[str, ...]:
    if status in (429, 503):
        return ("Retry-After",)
    return {401: ("WWW-Authenticate",), 405: ("Allow",)}.get(status, ())
