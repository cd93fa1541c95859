"""The database: what users made of cards, and the sessions of SMART, sealed. No record of a patient is in it."""

from service.storage.database import BadDatabase, Database, Unavailable
from service.storage.feedback import Count, Feedback, counts, keep
from service.storage.sessions import Sealed, Sessions

__all__ = [
    "BadDatabase",
    "Count",
    "Database",
    "Feedback",
    "Sealed",
    "Sessions",
    "Unavailable",
    "counts",
    "keep",
]
