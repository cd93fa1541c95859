"""The audit trail: who asked what about which patient, as FHIR AuditEvents in a file whose rows are chained by hashes.

No name, identifier or address of a patient is in it: patients are hashed with a secret of the site.
"""

from service.audit.checking import Broken, Checked, check
from service.audit.event import Act, Agent, Happened, audit_event
from service.audit.hashing import BadKey, Key, key_beside, read_key
from service.audit.people import Person, at_server, merged, people_in, person_named
from service.audit.rows import START, NotARow, Row, rows
from service.audit.trail import Trail, Unwritable, last_row, rotate

__all__ = [
    "START",
    "Act",
    "Agent",
    "BadKey",
    "Broken",
    "Checked",
    "Happened",
    "Key",
    "NotARow",
    "Person",
    "Row",
    "Trail",
    "Unwritable",
    "at_server",
    "audit_event",
    "check",
    "key_beside",
    "last_row",
    "merged",
    "people_in",
    "person_named",
    "read_key",
    "rotate",
    "rows",
]
