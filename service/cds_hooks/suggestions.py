"""Suggestions of a card: one proposal each, which the client can create, or a draft that it can change or delete.

A suggestion has one action, for some clients take no more. A resource stands by itself: it names the patient of the
call, and refers to nothing that is not on the client's server.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service import BASE, __version__, wording
from service.assessment import Assessment
from service.decision.model import Recommendation
from service.fhir_mapping.outbound.building import Resource, concept, identify
from service.fhir_mapping.outbound.frame import Frame
from service.fhir_mapping.outbound.languages import in_language
from service.fhir_mapping.outbound.plan import line, service_request
from service.language import spoken, told
from service.text import phrase

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, f"{BASE}/cds-hooks")
LONGEST_LABEL = 80
"""Letters of a label: clients make buttons of them."""
_HIGH_GRADE = frozenset(("escc-2", "escc-3"))
_CERTAINLY, _PERHAPS = "certainly", "perhaps"
#: A proposal stands by itself, and whoever takes one does not always take the one beside it.
_DECOMPRESSED_FIRST = (
    "At ESCC 2 or 3 only after decompression: the dose that the tumour needs is not safe at a compressed cord "
    "(Badve 2021)."
)
#: What says how a treatment is given, and does not hold for another one.
_OF_THE_TREATMENT = (
    *("orderDetail", "quantityQuantity", "quantityRatio", "quantityRange", "text", "_text"),
    *("patientInstruction", "instantiatesCanonical", "instantiatesUri", "specimen"),
)


def identity(*parts: str) -> str:
    """A UUID that follows from its parts."""
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


@dataclass(frozen=True)
class Suggestion:
    """One thing that the reader can have done with a click."""

    key: str
    """What it is, for its identity: the same in every language."""
    label: str
    action: Mapping[str, Any]
    recommended: bool = False
    description: str = ""
    """What is done, in full; empty where the label says it."""

    def rendered(self, card: str) -> dict[str, Any]:
        """As CDS Hooks writes it; ``card`` is the UUID of its card."""
        found: dict[str, Any] = {"label": told(self.label), "uuid": identity(card, self.key)}
        if self.recommended:
            found["isRecommended"] = True
        return {**found, "actions": [{**self.action, "description": told(self.description or self.label)}]}


def proposal(recommendation: Recommendation, assessment: Assessment, patient: str) -> Suggestion:
    """The creation of a recommendation as a draft; one that is not settled says under which condition."""
    where = recommendation.lesion.name if recommendation.lesion else ""
    label: str = phrase(
        "Propose {treatment}{place}",
        treatment=wording.short(recommendation.treatment),
        place=wording.at(recommendation.lesion),
    )
    compressed = _at_compressed_cord(recommendation, assessment)
    if compressed == _CERTAINLY:
        label = phrase("{proposal}, after decompression", proposal=label)
    whole = label
    if not recommendation.settled:
        possible = wording.left_open(assessment.plan.judged or assessment.case, recommendation.lesion)
        condition = wording.condition(recommendation, possible, brief=True)
        whole = phrase("{proposal}, {condition}", proposal=label, condition=condition)
        label = whole if len(whole) <= LONGEST_LABEL else phrase("{proposal}, under a condition", proposal=label)
    resource = _draft(recommendation, assessment, patient, _DECOMPRESSED_FIRST if compressed else "")
    key = f"create {recommendation.treatment} {where}"
    return Suggestion(key, label, {"type": "create", "resource": resource}, recommendation.settled, whole)


def _at_compressed_cord(recommendation: Recommendation, assessment: Assessment) -> str:
    """Whether it is SRS that has to wait for the decompression that the plan has beside it, or may have to."""
    lesion = recommendation.lesion
    if recommendation.treatment != "srs" or lesion is None:
        return ""
    case = assessment.plan.judged or assessment.case
    grades = case.possible("escc-grade", lesion)
    if grades.isdisjoint(_HIGH_GRADE):
        return ""
    return _CERTAINLY if grades <= _HIGH_GRADE else _PERHAPS


def _draft(recommendation: Recommendation, assessment: Assessment, patient: str, minded: str = "") -> Resource:
    subject = {"reference": f"Patient/{patient}", "type": "Patient"}
    frame = Frame(assessment, subject, device="")
    made = service_request(recommendation, line(recommendation), frame, {}, {}).plain()
    del made["id"], made["identifier"]  # they follow from what it says in the end
    made["requester"] = {"type": "Device", "display": f"spinemets-cds {__version__}"}
    if minded:
        made["note"] = [{"text": minded}, *made.get("note", ())]
    if "reasonReference" in made:
        made["reasonReference"] = [_leading_somewhere(each) for each in made["reasonReference"]]
    identify(made)
    return in_language(made, spoken())


def _leading_somewhere(reference: Resource) -> Resource:
    """A reference as it is, or to what the record names by ``urn:uuid`` alone by its identifier."""
    name = reference["reference"]
    if not name.startswith("urn:"):
        return reference
    rest = {key: value for key, value in reference.items() if key != "reference"}
    return {**rest, "identifier": {"system": "urn:ietf:rfc:3986", "value": name}}


def changed(draft: Mapping[str, Any], name: str, treatment: str, why: str, place: str) -> Suggestion:
    """The change of a draft order to another treatment; what was said of how the first is given is left out."""
    kept = {key: value for key, value in draft.items() if key not in _OF_THE_TREATMENT}
    notes = draft.get("note")
    note = {"text": told(phrase("Changed to {treatment}: {why}", treatment=wording.short(treatment), why=why))}
    code = concept("treatment", treatment, wording.treatment(treatment))
    resource = {
        **kept,
        "code": {**code, "text": told(code["text"])},
        "note": [*(notes if isinstance(notes, list) else ()), note],
    }
    label = phrase("Change the order to {treatment}{place}", treatment=wording.short(treatment), place=place)
    return Suggestion(f"update {name} {treatment}", label, {"type": "update", "resource": resource}, recommended=True)


def postponed(draft: Mapping[str, Any], name: str, treatment: str, day: str, place: str) -> Suggestion:
    """The change of the day of a draft order."""
    label = phrase("Begin {treatment}{place} on {day}", treatment=treatment, place=place, day=day)
    resource = {**draft, "occurrenceDateTime": day}
    return Suggestion(f"postpone {name}", label, {"type": "update", "resource": resource}, recommended=True)


def deleted(name: str, treatment: str, place: str) -> Suggestion:
    """The deletion of a draft order."""
    label = phrase("Delete the order: {treatment}{place}", treatment=treatment, place=place)
    return Suggestion(f"delete {name}", label, {"type": "delete", "resourceId": name})
