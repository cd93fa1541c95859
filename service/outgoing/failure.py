"""What an exchange with another server says in one line when it cannot be done."""

from __future__ import annotations


class ExchangeFailed(Exception):
    """The exchange could not be done, and nothing half-done is left of it.

    The text is one line: what is wrong and the mend. It never holds a value of a record, an identifier of a patient
    or a secret. ``status`` is the HTTP status where there is one.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class Lost(ExchangeFailed):
    """The connection ended before the answer was whole, so it is not known what became of the request."""


class Forbidden(ExchangeFailed):
    """The address is not one that may be called. Nothing was sent."""
