"""The database: what users made of cards, the sessions of SMART, sealed, and the tokens that were used.

No record of a patient is in it.
"""

from service.storage.database import BadDatabase, Database, Unavailable
from service.storage.feedback import Count, Feedback, counts, keep
from service.storage.sessions import Sealed, Sessions
from service.storage.used_tokens import UsedTokens

__all__ = [
    "BadDatabase",
    "Count",
    "Database",
    "Feedback",
    "Sealed",
    "Sessions",
    "Unavailable",
    "UsedTokens",
    "counts",
    "keep",
]
