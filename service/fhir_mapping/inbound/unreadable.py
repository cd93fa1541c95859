"""A value that is left out, and why."""

from __future__ import annotations

from service.problems import Ledger


class NotReadable(Exception):
    """A value that is not wrong and still says nothing that can be used; goes to the ledger."""

    def __init__(self, code: Ledger, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
