"""Which release of FHIR a resource is of: R4 is read, R4B is the same here, and others are told by their forms."""

from __future__ import annotations

from collections.abc import Callable

from service.fhir_mapping.inbound.bundle import READ, Entry
from service.fhir_mapping.inbound.decode import ARRAY
from service.problems import Ledger, LedgerEntry, Problem, Rejected
from service.text import phrase

_OLDER = "DSTU2 or STU3"
_NEWER = "R5"

#: The resource types of FHIR R4 and R4B, from the definitions of both.
TYPES = frozenset(
    """
    Account ActivityDefinition AdministrableProductDefinition AdverseEvent AllergyIntolerance Appointment
    AppointmentResponse AuditEvent Basic Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement
    CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Citation Claim ClaimResponse ClinicalImpression
    ClinicalUseDefinition CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap
    Condition Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device
    DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference
    EffectEvidenceSynthesis Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition
    Evidence EvidenceReport EvidenceVariable ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal
    GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization ImmunizationEvaluation
    ImmunizationRecommendation ImplementationGuide Ingredient InsurancePlan Invoice Library Linkage List Location
    ManufacturedItemDefinition Measure MeasureReport Media Medication MedicationAdministration MedicationDispense
    MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct MedicinalProductAuthorization
    MedicinalProductContraindication MedicinalProductDefinition MedicinalProductIndication MedicinalProductIngredient
    MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder
    NutritionProduct Observation ObservationDefinition OperationDefinition OperationOutcome Organization
    OrganizationAffiliation PackagedProductDefinition Parameters Patient PaymentNotice PaymentReconciliation Person
    PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse
    RegulatedAuthorization RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy
    ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen
    SpecimenDefinition StructureDefinition StructureMap Subscription SubscriptionStatus SubscriptionTopic Substance
    SubstanceDefinition SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport
    TestScript ValueSet VerificationResult VisionPrescription
    """.split()
)
_BY_SMALL_LETTERS = {name.lower(): name for name in TYPES}
_OLDER_TYPES = frozenset(
    """
    BodySite Conformance DataElement DeviceComponent DeviceUseRequest DiagnosticOrder
    EligibilityRequest EligibilityResponse ExpansionProfile ImagingManifest ImagingObjectSelection MedicationOrder
    Order OrderResponse ProcedureRequest ProcessRequest ProcessResponse ReferralRequest Sequence ServiceDefinition
    """.split()
)
_NEWER_TYPES = frozenset(
    """
    ActorDefinition ArtifactAssessment BiologicallyDerivedProductDispense ConditionDefinition DeviceAssociation
    DeviceDispense DeviceUsage EncounterHistory FormularyItem GenomicStudy ImagingSelection InventoryItem
    InventoryReport MolecularDefinition NutritionIntake Permission RequestOrchestration Requirements TestPlan Transport
    """.split()
)

#: Members that a type has in an older or newer release, and in R4 not.
_OLDER_MEMBERS = {
    "CarePlan": ("context", "definition"),
    "Condition": ("patient", "context", "assertedDate", "dateRecorded"),
    "DiagnosticReport": ("context", "codedDiagnosis", "image"),
    "Encounter": ("patient",),
    "FamilyMemberHistory": ("notDone",),
    "ImagingStudy": ("uid", "accession", "context"),
    "MedicationAdministration": ("prescription", "notGiven", "wasNotGiven", "reasonNotGiven"),
    "MedicationRequest": ("context", "definition"),
    "MedicationStatement": ("taken", "wasNotTaken", "reasonNotTaken"),
    "MessageHeader": ("timestamp", "receiver"),
    "Observation": ("context", "comments"),
    "Patient": ("animal", "careProvider"),
    "Procedure": ("context", "notDone", "notPerformed", "notDoneReason"),
    "QuestionnaireResponse": ("context", "parent", "group"),
    "RiskAssessment": ("context",),
}
_NEWER_MEMBERS = {
    "Condition": ("participant",),
    "DiagnosticReport": ("composition", "supportingInfo"),
    "ImagingStudy": ("partOf",),
    "MedicationAdministration": ("medication", "occurenceDateTime", "occurencePeriod", "isSubPotent"),
    "MedicationRequest": ("medication", "effectiveDosePeriod"),
    "MedicationStatement": ("medication", "adherence"),
    "Observation": ("triggeredBy", "instantiatesCanonical", "instantiatesReference", "bodyStructure"),
    "Procedure": ("occurrenceDateTime", "occurrencePeriod", "reportedBoolean", "reportedReference"),
}


def refuse_others(entry: Entry) -> None:
    """Refuses a resource of another release of FHIR, and one whose type is misspelt.

    Raises:
        Rejected: 415 for another release, 422 for a type of R4 in other letters.
    """
    signs = SIGNS.get(entry.kind)
    if signs is None or (signs and not signs.isdisjoint(entry.members)):
        refuse_signed(entry)


def refuse_signed(entry: Entry) -> None:
    """The same of a resource that has one of the signs of its type, or a type that is not of R4.

    Raises:
        Rejected: 415 for another release, 422 for a type of R4 in other letters.
    """
    release = _release(entry)
    if release is not None:
        raise other(release, entry.path)
    if entry.kind in TYPES:
        return
    meant = _BY_SMALL_LETTERS.get(entry.kind.strip().lower().rstrip("s"))
    if meant is not None:
        message = phrase("Types of resources are case-sensitive. Send {meant}.", meant=meant)
        raise Rejected(422, Problem("value", message, f"{entry.path}.resourceType"))


def other(release: str, path: str) -> Rejected:
    """The refusal of a record of another release."""
    message = phrase(
        "This is FHIR {release}, and R4 (4.0.1) is read here. Convert the record to R4; servers and "
        "integration engines can.",
        release=release,
    )
    return Rejected(415, Problem("not-supported", message, path))


def unknown(entry: Entry) -> LedgerEntry | None:
    """A remark on a resource whose type FHIR R4 does not have."""
    if entry.kind in TYPES:
        return None
    return LedgerEntry(
        entry.path, Ledger.NOT_READ, "no resource type of FHIR R4, so nothing is read of it", f"{entry.path}"
    )


def _release(entry: Entry) -> str | None:
    if entry.kind in _OLDER_TYPES:
        return _OLDER
    if entry.kind in _NEWER_TYPES:
        return _NEWER
    look = _FORMS.get(entry.kind)
    found = look(entry) if look else None
    told = _BY_MEMBERS.get(entry.kind)
    if found is None and told is not None and not entry.members.isdisjoint(told):
        releases = {told[name] for name in entry.members if name in told}
        return _OLDER if _OLDER in releases else _NEWER
    return found


def _condition(entry: Entry) -> str | None:
    return _OLDER if isinstance(entry.get("clinicalStatus"), str) else None


def _encounter(entry: Entry) -> str | None:
    kind = entry.get("class")
    if isinstance(kind, ARRAY):
        return _NEWER
    return _OLDER if isinstance(kind, str) else None


#: Forms of members that R4 has too.
_FORMS: dict[str, Callable[[Entry], str | None]] = {"Condition": _condition, "Encounter": _encounter}
_HAVE_FORMS = {"Condition": frozenset(("clinicalStatus",)), "Encounter": frozenset(("class",))}
#: Types that are not read, and that tell the release of a record which has no other that does.
_ALWAYS = frozenset(("Encounter", "MedicationRequest", "MessageHeader", "CarePlan"))
#: By type, the release that each member tells.
_BY_MEMBERS = {
    kind: dict.fromkeys(_NEWER_MEMBERS.get(kind, ()), _NEWER) | dict.fromkeys(_OLDER_MEMBERS.get(kind, ()), _OLDER)
    for kind in (READ | _ALWAYS) & (_OLDER_MEMBERS.keys() | _NEWER_MEMBERS.keys())
}
#: By type of R4, the members without which a resource tells no other release; none, where the type has no such members.
SIGNS = {
    kind: frozenset(_BY_MEMBERS.get(kind, ())) | _HAVE_FORMS.get(kind, frozenset())
    for kind in TYPES - _OLDER_TYPES - _NEWER_TYPES
}
#: Types of R4 by which no other release is told.
ALIKE = frozenset(kind for kind, signs in SIGNS.items() if not signs)
