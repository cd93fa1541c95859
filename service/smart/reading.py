"""The record that is open, as its user may read it."""

from __future__ import annotations

from dataclasses import replace

from service.client import Record, Server, read_patient
from service.client.scopes import TYPES, narrowed
from service.smart.opened import Opened
from service.text import phrase


def record(opened: Opened) -> Record:
    """The record that is open. What the user may read only in part is said in its notes.

    Raises:
        ExchangeFailed: it cannot be read as a whole.
        Unavailable: the token has to be renewed, and the database does not answer.
    """
    return read(opened, opened.connect())


def read(opened: Opened, server: Server) -> Record:
    """The record, from a server that is connected."""
    found = read_patient(server, opened.session.patient)
    in_part = [kind for kind in TYPES if narrowed(opened.session.scope, kind)]
    said = [phrase("{kind} is read only in part: the token does not cover all of it", kind=kind) for kind in in_part]
    return replace(found, notes=(*found.notes, *said))
