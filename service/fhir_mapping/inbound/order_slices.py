"""The elements of orders that are read: of a ServiceRequest, a MedicationRequest and a CarePlan."""

from __future__ import annotations

from service.fhir_mapping.inbound.slices import (
    BodySite,
    CodeableConcept,
    Dosage,
    Extension,
    Period,
    Reference,
    Slice,
    Timing,
)


class Request(Slice, frozen=True):
    """A ServiceRequest, as far as it says what is ordered."""

    status: str = ""
    do_not_perform: bool = False
    code: CodeableConcept | None = None
    body_site: tuple[BodySite, ...] = ()
    extension: tuple[Extension, ...] = ()
    reason_reference: tuple[Reference, ...] = ()
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    occurrence_timing: Timing | None = None


class Prescription(Slice, frozen=True):
    """A MedicationRequest, as far as it says what is ordered."""

    status: str = ""
    do_not_perform: bool = False
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    dosage_instruction: tuple[Dosage, ...] = ()


class Detail(Slice, frozen=True):
    """An activity of a CarePlan that is not a resource of its own."""

    status: str = ""
    do_not_perform: bool = False
    code: CodeableConcept | None = None
    reason_reference: tuple[Reference, ...] = ()
    scheduled_period: Period | None = None
    scheduled_timing: Timing | None = None
    description: str | None = None


class Activity(Slice, frozen=True):
    reference: Reference | None = None
    detail: Detail | None = None


class Plan(Slice, frozen=True):
    """A CarePlan, as far as it says what is planned."""

    status: str = ""
    activity: tuple[Activity, ...] = ()


class Medication(Slice, frozen=True):
    """A Medication, as far as it says which it is."""

    code: CodeableConcept | None = None
