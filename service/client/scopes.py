"""What is asked of a server: the types that are read and written, and the rights to them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.fhir_mapping.outbound.kept import KINDS

#: The types that the intake reads or speaks of in its ledger (`service.fhir_mapping.inbound`), in the order in which
#: they are asked for. Medications are what orders of drugs refer to.
TYPES = (
    "Patient",
    "Condition",
    "Observation",
    "Procedure",
    "MedicationRequest",
    "MedicationAdministration",
    "MedicationStatement",
    "MedicationDispense",
    "Medication",
    "DiagnosticReport",
    "ImagingStudy",
    "QuestionnaireResponse",
    "FamilyMemberHistory",
    "RiskAssessment",
)
WRITTEN = (*KINDS, "Device", "Provenance")


@dataclass(frozen=True)
class Scopes:
    """Rights to types of resources, and to no others."""

    read: tuple[str, ...]
    written: tuple[str, ...] = ()
    whose: str = "system"
    """``system`` for a service of its own, ``patient`` for a user who has one record open."""

    def text(self, *, first: bool = False) -> str:
        """The rights as SMART writes them; ``first`` in its first version.

        >>> Scopes(("Patient", "Goal"), ("Goal",)).text()
        'system/Patient.rs system/Goal.crus'
        >>> Scopes(("Patient", "Goal"), ("Goal",)).text(first=True)
        'system/Patient.read system/Goal.read system/Goal.write'
        """
        kinds = dict.fromkeys((*self.read, *self.written))
        if first:
            writes = [f"{self.whose}/{kind}.write" for kind in self.written]
            return " ".join((*(f"{self.whose}/{kind}.read" for kind in kinds), *writes))
        return " ".join(f"{self.whose}/{kind}.{'crus' if kind in self.written else 'rs'}" for kind in kinds)


def scopes(*, write: bool) -> Scopes:
    """The rights that reading a patient takes, and writing an answer back."""
    return Scopes(TYPES, WRITTEN if write else ())


def covers(granted: str, kind: str) -> bool:
    """Whether granted scopes allow to read and search a type.

    >>> covers("system/*.rs", "Patient"), covers("system/Goal.cud system/Patient.read", "Goal")
    (True, False)
    """
    right = rf"(?:system|user|patient)/(?:\*|{kind})\.(?:read|\*|c?ru?d?s)(?:\?.*)?"
    return any(re.fullmatch(right, scope) for scope in granted.split())


def covers_writing(granted: str, kind: str) -> bool:
    """Whether granted scopes allow to create and update a type.

    >>> covers_writing("patient/*.cruds", "Goal"), covers_writing("user/Goal.write", "Goal")
    (True, True)
    >>> covers_writing("patient/Goal.crs patient/Device.cu", "Goal")
    False
    """
    right = rf"(?:system|user|patient)/(?:\*|{kind})\.(?:write|\*|cr?ud?s?)"
    return any(re.fullmatch(right, scope) for scope in granted.split())


def narrowed(granted: str, kind: str) -> bool:
    """Whether granted scopes allow to read a type only in part, such as laboratory results alone.

    >>> narrowed("patient/Observation.rs?category=laboratory", "Observation"), narrowed("patient/*.rs", "Observation")
    (True, False)
    """
    whole = " ".join(scope for scope in granted.split() if "?" not in scope)
    return covers(granted, kind) and not covers(whole, kind)
