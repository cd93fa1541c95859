"""What an exchange with another server says in one line when it cannot be done."""

from __future__ import annotations


class ExchangeFailed(Exception):
    """The exchange could not be done, and nothing half-done is left of it.

    The text is one line: what is wrong and the mend. It never holds a value of a record, an identifier of a patient
    or a secret. ``status`` is the HTTP status where there is one.
    """

    outcome = "broken"
    """What such calls are counted as."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Lost(ExchangeFailed):
    """The connection ended before the answer was whole, so it is not known what became of the request."""


class Late(Lost):
    """The server fell silent, or was too slow."""

    outcome = "timeout"


class Unreachable(ExchangeFailed):
    """There was no connection in time, so nothing was sent."""

    outcome = "unreachable"


class Unconnected(Lost):
    """The server let nobody in, which may be over in a moment."""

    outcome = "unreachable"


class Forbidden(ExchangeFailed):
    """The address is not one that may be called. Nothing was sent."""

    outcome = "forbidden"
