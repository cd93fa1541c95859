"""SMART App Launch 2.x: a user of an EHR opens a record here, in their own rights.

A launch goes from :func:`begin` over the login at the EHR to :func:`finish`, which makes a session. What is kept of
both is sealed with a secret that only the browser has (:mod:`service.smart.keeper`). :func:`record` reads the record
that is open, and :func:`write_back` writes the answer to it.
"""

from service.smart.failure import SmartFailed
from service.smart.keeper import Keeper, is_handle, new_secret
from service.smart.launch import App, Pending, begin, failed, finish
from service.smart.opened import Opened
from service.smart.reading import record
from service.smart.session import Session
from service.smart.writing_back import Wish, write_back

__all__ = [
    "App",
    "Keeper",
    "Opened",
    "Pending",
    "Session",
    "SmartFailed",
    "Wish",
    "begin",
    "failed",
    "finish",
    "is_handle",
    "new_secret",
    "record",
    "write_back",
]
