"""Which doors are written to the audit trail, and as what: all that handle a record, a patient or a token."""

from __future__ import annotations

from collections.abc import Mapping

from service.audit.event import (
    CREATE,
    DELETE,
    LOGIN,
    LOGOUT,
    OPERATION,
    READ,
    RECORD_CHANGED,
    RECORD_SHOWN,
    Act,
)

#: By the endpoint. A test finds doors that are in neither list.
AUDITED: Mapping[str, Act] = {
    "fhir.assess_spinal_tumour": OPERATION,
    "messages.process_message": OPERATION,
    "asynchronous.output": READ,
    "asynchronous.cancel": DELETE,
    "cds_hooks.call": OPERATION,
    "feedback.feedback": CREATE,
    "page.show": OPERATION,
    "page.download": OPERATION,
    "smart.launch": LOGIN,
    "smart.callback": LOGIN,
    "smart.record": RECORD_SHOWN,
    "smart.write_back": RECORD_CHANGED,
    "smart.close": LOGOUT,
    "token.give": LOGIN,
}
#: These handle none of it: what is published, what speaks of the server itself, and how a job stands.
NOT_AUDITED = frozenset(
    """
    artefacts.read artefacts.search asynchronous.status cds_hooks.discover fhir.base fhir.batch fhir.metadata index
    knowledge.everything knowledge.one operations.alive operations.ready operations.scrape page.start page.static
    reference.docs reference.openapi smart.status terminology.translate_code token.configuration
    """.split()
)
#: What is refused with these is written whichever door it was.
REFUSED = frozenset((401, 403, 429))
