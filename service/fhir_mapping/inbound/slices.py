"""The parts of FHIR R4 resources that are read, as typed slices.

Converting a decoded resource to a slice checks every element that will be read, and nothing else:
what does not matter here is somebody else's business.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

import msgspec

from service.problems import Problem, Rejected
from service.text import phrase, series


class Slice(msgspec.Struct, rename="camel", frozen=True):
    """Unknown members are left alone."""


class Coding(Slice, frozen=True):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Slice, frozen=True):
    coding: list[Coding] = []
    text: str | None = None

    @property
    def words(self) -> list[str]:
        """All that it says in words: its text, and what its codes are called."""
        return [word for word in (self.text, *[coding.display for coding in self.coding]) if word]


class Extension(Slice, frozen=True):
    url: str = ""
    value_codeable_concept: CodeableConcept | None = None
    value_date_time: str | None = None
    value_reference: Reference | None = None
    extension: list[Extension] = []


class BodySite(CodeableConcept, frozen=True):
    extension: list[Extension] = []


class Identifier(Slice, frozen=True):
    system: str | None = None
    value: str | None = None


class Reference(Slice, frozen=True):
    reference: str | None = None
    identifier: Identifier | None = None


class Quantity(Slice, frozen=True):
    value: float | None = None
    comparator: Literal["<", "<=", ">=", ">"] | None = None
    unit: str | None = None
    system: str | None = None
    code: str | None = None


class Range(Slice, frozen=True):
    low: Quantity | None = None
    high: Quantity | None = None


class Period(Slice, frozen=True):
    start: str | None = None
    end: str | None = None


class Value(Slice, frozen=True):
    """The value of an Observation or of one of its components."""

    value_codeable_concept: CodeableConcept | None = None
    value_quantity: Quantity | None = None
    value_range: Range | None = None
    value_integer: int | None = None
    value_boolean: bool | None = None
    value_string: str | None = None
    data_absent_reason: CodeableConcept | None = None


class Component(Value, frozen=True):
    code: CodeableConcept = CodeableConcept()


class Observation(Value, frozen=True):
    status: str = ""
    code: CodeableConcept = CodeableConcept()
    subject: Reference | None = None
    focus: list[Reference] = []
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    body_site: BodySite | None = None
    component: list[Component] = []
    extension: list[Extension] = []


class Interpreted(Slice, frozen=True):
    """An Observation, or a component of it, as it is interpreted."""

    interpretation: list[CodeableConcept] = []


class Group(Observation, frozen=True):
    """An Observation whose parts are Observations of their own."""

    has_member: list[Reference] = []


class Variant(Observation, frozen=True):
    interpretation: list[CodeableConcept] = []


class Stage(Slice, frozen=True):
    summary: CodeableConcept | None = None


class Condition(Slice, frozen=True):
    code: CodeableConcept | None = None
    clinical_status: CodeableConcept | None = None
    verification_status: CodeableConcept | None = None
    subject: Reference | None = None
    body_site: list[BodySite] = []
    onset_date_time: str | None = None
    onset_period: Period | None = None
    recorded_date: str | None = None
    abatement_date_time: str | None = None
    abatement_age: Quantity | None = None
    abatement_period: Period | None = None
    abatement_range: Range | None = None
    abatement_string: str | None = None
    stage: list[Stage] = []
    extension: list[Extension] = []


class Support(Slice, frozen=True):
    """The evidence of a Condition."""

    detail: list[Reference] = []


class Origins(Slice, frozen=True):
    """What a Condition says of where it comes from."""

    extension: list[Extension] = []
    evidence: list[Support] = []


class Report(Slice, frozen=True):
    """A DiagnosticReport."""

    status: str = ""
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    issued: str | None = None
    conclusion: str | None = None
    conclusion_code: list[CodeableConcept] = []


class Procedure(Slice, frozen=True):
    status: str = ""
    category: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    body_site: list[BodySite] = []
    performed_date_time: str | None = None
    performed_period: Period | None = None
    extension: list[Extension] = []


class Order(Slice, frozen=True):
    """A ServiceRequest."""

    intent: str = ""
    code: CodeableConcept | None = None
    body_site: list[BodySite] = []
    authored_on: str | None = None


class Answer(Slice, frozen=True):
    """An answer to an item of a Questionnaire."""

    value_boolean: bool | None = None
    value_decimal: float | None = None
    value_integer: int | None = None
    value_string: str | None = None
    value_coding: Coding | None = None
    value_quantity: Quantity | None = None
    item: list[Item] = []


class Item(Slice, frozen=True):
    link_id: str = ""
    answer: list[Answer] = []
    item: list[Item] = []


class QuestionnaireResponse(Slice, frozen=True):
    status: str = ""
    subject: Reference | None = None
    authored: str | None = None
    item: list[Item] = []


class TimingRepeat(Slice, frozen=True):
    bounds_period: Period | None = None


class Timing(Slice, frozen=True):
    event: list[str] = []
    repeat: TimingRepeat | None = None


class Dosage(Slice, frozen=True):
    timing: Timing | None = None


class DispenseRequest(Slice, frozen=True):
    validity_period: Period | None = None


class Drug(Slice, frozen=True):
    """An administration of a drug, a statement that it is taken, or an order of it."""

    status: str = ""
    intent: str | None = None
    do_not_perform: bool = False
    medication_codeable_concept: CodeableConcept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    authored_on: str | None = None
    when_handed_over: str | None = None
    when_prepared: str | None = None
    reason_code: list[CodeableConcept] = []
    reason_reference: list[Reference] = []
    dosage_instruction: list[Dosage] = []
    dispense_request: DispenseRequest | None = None


class Ingredient(Slice, frozen=True):
    item_codeable_concept: CodeableConcept | None = None


class MedicationCode(Slice, frozen=True):
    code: CodeableConcept | None = None
    ingredient: list[Ingredient] = []


class RiskPrediction(Slice, frozen=True):
    outcome: CodeableConcept | None = None
    probability_decimal: float | None = None
    probability_range: Range | None = None
    qualitative_risk: CodeableConcept | None = None
    when_range: Range | None = None
    when_period: Period | None = None


class ScoreOf(Slice, frozen=True):
    """What is read of a RiskAssessment or Observation before it is known to be the result of a model."""

    method: CodeableConcept | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None


class RiskAssessment(ScoreOf, frozen=True):
    status: str = ""
    occurrence_date_time: str | None = None
    occurrence_period: Period | None = None
    basis: list[Reference] = []
    prediction: list[RiskPrediction] = []


class Patient(Slice, frozen=True):
    id: str | None = None
    birth_date: str | None = None
    gender: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None
    identifier: list[Identifier] = []


S = TypeVar("S", bound=Slice)


#: How the checks say which type they expected and got.
_EXPECTED = re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`)?$")
_WORDS = {
    "bool": "true or false, without quotes",
    "int": "a whole number, without quotes",
    "float": "a number, without quotes",
    "str": "a text, in quotes",
    "array": "a list, in [ ]",
    "object": "an object, in { }",
    "null": "null",
}


def slice_of(kind: type[S], resource: dict[str, Any], path: str) -> S:
    """The slice of a decoded resource.

    Raises:
        Rejected: 422, naming the element under ``path`` that has the wrong type.
    """
    try:
        return msgspec.convert(resource, kind)
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `$")
        element = path + where.rstrip("`")
        match = _EXPECTED.match(what)
        if match is None:  # the words may hold the value
            what = "Not one of the values that FHIR allows here"
        else:
            kinds = (_WORDS.get(name, name) for name in match[1].split(" | ") if name != "null")
            what = phrase("This element is {expected}", expected=series(" or ", kinds))
            if match[2]:
                what = phrase("{what}, and not {given}", what=what, given=_WORDS.get(match[2], match[2]))
        raise Rejected(
            422, Problem("structure", phrase("{what}. Send the element as FHIR R4 defines it.", what=what), element)
        ) from None
