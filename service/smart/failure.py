"""What a launch or a session says when it cannot go on."""

from __future__ import annotations


class SmartFailed(Exception):
    """The launch or the session ends here.

    The text is what is wrong and the mend, for the user. It never holds what a server or a browser sent. ``status`` is
    the HTTP status of the page that says it.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
