"""The bounds of an exchange: nothing that a server sends is taken without one."""

from __future__ import annotations

from dataclasses import dataclass

from service.fhir_mapping.inbound.bounds import USUAL


@dataclass(frozen=True)
class Limits:
    """What is asked for at once, waited for, and taken at most."""

    page_size: int = 200
    """Resources asked for in a page."""
    pages: int = 2000
    """Pages of one record."""
    entries: int = USUAL.entries
    """Entries of one record; the intake takes no more."""
    answer_bytes: int = 64 * 1024 * 1024
    """Bytes of one answer, unpacked."""
    record_bytes: int = 512 * 1024 * 1024
    """Bytes of all answers that make a record, unpacked."""
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    """Longest silence of the server."""
    answer_seconds: float = 300.0
    """Longest time that one answer may take to come in."""
    tries: int = 4
    """How often a call is made in all before it is given up."""
    backoff_seconds: float = 0.5
    """Pause after the first failure; it doubles each time, with jitter."""
    redirects: int = 3
    """How often a server may lead on within itself."""
    pause_seconds: float = 60.0
    """Longest pause, whatever Retry-After says."""
    total_seconds: float | None = None
    """Longest time of the whole exchange, from the first call on, where somebody waits for it."""
