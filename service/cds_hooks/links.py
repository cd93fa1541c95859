"""The absolute addresses that a card leads to."""

from __future__ import annotations

from dataclasses import dataclass

LAUNCH = "/app/launch"
KNOWLEDGE = "/knowledge"


@dataclass(frozen=True)
class Links:
    """Addresses under the one at which callers reach the service.

    >>> Links("https://cds.example").launch
    'https://cds.example/app/launch'
    """

    public_url: str
    """Scheme, host and port, without a path."""

    @property
    def launch(self) -> str:
        """Where SMART launches the page."""
        return f"{self.public_url}{LAUNCH}"

    @property
    def knowledge(self) -> str:
        """Every score, rule and source, to read."""
        return f"{self.public_url}{KNOWLEDGE}"

    def knowledge_of(self, page: str) -> str:
        """One page of it, with an anchor where there is one.

        >>> Links("https://cds.example").knowledge_of("rules#noms")
        'https://cds.example/knowledge/rules#noms'
        """
        return f"{self.knowledge}/{page}"
