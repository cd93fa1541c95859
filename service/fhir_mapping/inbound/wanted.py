"""Which resources an assessment can make anything of, told before a record is put together.

An export of a hospital is mostly claims, encounters and immunizations. What is left out by this changes no answer: a
test assesses records with and without it.
"""

from __future__ import annotations

from typing import Any

from service.fhir_mapping.inbound import background, releases
from service.fhir_mapping.inbound.bundle import READ, Entry
from service.fhir_mapping.inbound.decode import ARRAY
from service.fhir_mapping.inbound.envelope import KEEP_THEIR_OWN
from service.problems import Rejected

#: Types without a patient that those of patients refer to.
SHARED = frozenset(("Medication",))
#: The types that the intake reads, or speaks of in its ledger.
TYPES = READ | background.KINDS.keys() | SHARED


def is_wanted(kind: str, raw: Any) -> bool:
    """Whether a resource, as it was decoded, can change what is said of its patient. Never fails.

    Of any other type that is one which contains resources, or by which another release of FHIR is told.
    """
    if kind in TYPES:
        return True
    if kind not in releases.TYPES:
        return True  # refused or remarked on
    if kind in releases.ALIKE and (kind in KEEP_THEIR_OWN or "contained" not in raw.keys()):  # noqa: SIM118
        return False  # nearly every line of an export that is left out
    entry = Entry("", kind, raw, None)
    if kind not in KEEP_THEIR_OWN and isinstance(entry.get("contained"), ARRAY):
        return True
    try:
        releases.refuse_others(entry)
    except Rejected:
        return True
    return False
