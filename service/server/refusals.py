"""What is answered to a request that cannot be read as one, so that the application never sees it."""

from __future__ import annotations

import socket
import uuid
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import orjson
from gunicorn.http import errors

from service.api.limits import TimeIsOver
from service.api.media import FHIR_JSON
from service.fhir_mapping.outbound.outcome import operation_outcome
from service.problems import Problem

_SECONDS = 2
_NOT_HTTP = "This is not a request of HTTP/1.1 that can be read here. Correct its request line and its headers."
_LATE = "The headers did not arrive in time. Send them at once, or through a proxy that takes the request in first."
_FAULT = "The service has a fault and gives no answer. Send the request again; if that fails, report it."


def answered(error: BaseException, config: Any) -> tuple[bytes, int]:
    """The whole answer to a request that cannot be read, and its status. ``config`` is that of gunicorn."""
    status, code, message = _told(error, config)
    content = orjson.dumps(operation_outcome(Problem(code, message, "Bundle")))
    again = ("Retry-After: 5",) if status == HTTPStatus.SERVICE_UNAVAILABLE else ()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {FHIR_JSON}; charset=utf-8",
        f"Content-Length: {len(content)}",
        f"X-Request-Id: {uuid.uuid4()}",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Cache-Control: no-store",
        *again,
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + content, status.value


def _told(error: BaseException, config: Any) -> tuple[HTTPStatus, str, str]:
    if isinstance(error, TimeIsOver):
        return HTTPStatus.REQUEST_TIMEOUT, "timeout", _LATE
    if isinstance(error, errors.LimitRequestLine):
        message = f"The request line is longer than {config.limit_request_line} bytes. Send what is long in the body."
        return HTTPStatus.REQUEST_URI_TOO_LONG, "too-long", message
    if isinstance(error, errors.LimitRequestHeaders):
        message = (
            f"There are more than {config.limit_request_fields} header fields, or one has more than "
            f"{config.limit_request_field_size} bytes. Leave out those that are not needed."
        )
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too-long", message
    if isinstance(error, errors.UnsupportedTransferCoding):
        message = "This Transfer-Encoding is not read here. Send the body as it is, or chunked."
        return HTTPStatus.NOT_IMPLEMENTED, "not-supported", message
    if isinstance(error, errors.ExpectationFailed):
        return HTTPStatus.EXPECTATION_FAILED, "not-supported", "This Expect is not met here. Leave the header out."
    ours = isinstance(error, errors.InvalidResponseHeader | errors.InvalidResponseHeaderName)
    if isinstance(error, errors.ParseException) and not ours:
        return HTTPStatus.BAD_REQUEST, "structure", _NOT_HTTP
    if isinstance(error, SystemExit):  # the server has ended the worker
        return HTTPStatus.SERVICE_UNAVAILABLE, "transient", _FAULT
    return HTTPStatus.INTERNAL_SERVER_ERROR, "exception", _FAULT


def send(client: socket.socket, answer: bytes) -> None:
    """Sends an answer, if the client takes it at once."""
    with suppress(OSError):
        client.settimeout(_SECONDS)
        client.sendall(answer)
