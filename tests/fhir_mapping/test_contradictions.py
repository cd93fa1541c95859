"""What a record says of one patient and cannot all be true: each stays possible, and the ledger says so."""

from __future__ import annotations

from typing import Any

import pytest

from service.derivations import derive
from service.evidence import Span
from service.fhir_mapping.inbound import Intake
from tests.support.records import VALUE, bundle, concept, metastasis, observation, patient, take

NOW, JUNE = "2026-10-01", "2026-06-01"
SYSTEMS, BRAIN, ORGANS = "metastatic-organ-system-count", "brain-metastases", "visceral-metastases"
CHEMOTHERAPY, SYSTEMIC = "previous-chemotherapy", "previous-systemic-therapy"


def of(*said: tuple[str, Any, str | None], **of_patient: Any) -> Intake:
    """The intake of a metastasis with findings, each a resource by its own name."""
    told = [observation(finding, value, name=finding, day=day) for finding, value, day in said]
    return take(bundle(patient(**of_patient), metastasis(), *told))


def possible(intake: Intake, finding: str) -> set[Any]:
    return set(derive(intake.case).possible(finding))


def told(intake: Intake, code: str = "conflict") -> set[str]:
    return {line.resource.removeprefix("Observation/") for line in intake.ledger if line.code == code}


@pytest.mark.parametrize(("where", "value"), [(BRAIN, True), (ORGANS, "removable")])
def test_no_organ_system_beside_metastases_in_one_leaves_both_possible(where: str, value: Any) -> None:
    intake = of((SYSTEMS, 0, NOW), (where, value, NOW))
    assert possible(intake, SYSTEMS) == {Span.point(0), Span(1, 10)}
    assert told(intake) == {SYSTEMS, where}
    assert told(of((SYSTEMS, 2, NOW), (where, value, NOW))) == set()


def test_a_metastasis_of_the_brain_that_was_found_later_replaces_no_organ_system() -> None:
    intake = of((SYSTEMS, 0, JUNE), (BRAIN, True, NOW))
    assert possible(intake, SYSTEMS) == {Span(1, 10)}
    assert told(intake, "superseded") == {SYSTEMS}
    earlier = of((SYSTEMS, 0, NOW), (BRAIN, True, JUNE))
    assert possible(earlier, SYSTEMS) == {Span.point(0)}
    assert told(of((SYSTEMS, 0, NOW), (BRAIN, False, NOW))) == set()


@pytest.mark.parametrize("days", [(NOW, NOW), (JUNE, NOW), (NOW, JUNE), (None, None)])
def test_chemotherapy_without_systemic_therapy_leaves_both_possible_whenever_it_was(
    days: tuple[str | None, str | None],
) -> None:
    intake = of((CHEMOTHERAPY, True, days[0]), (SYSTEMIC, False, days[1]))
    assert possible(intake, SYSTEMIC) == {True, False}
    assert possible(intake, CHEMOTHERAPY) == {True}
    assert told(intake) == {CHEMOTHERAPY, SYSTEMIC}


def test_chemotherapy_is_systemic_therapy_and_without_it_there_may_have_been_another() -> None:
    assert possible(of((CHEMOTHERAPY, True, NOW)), SYSTEMIC) == {True}
    assert possible(of((CHEMOTHERAPY, False, NOW)), SYSTEMIC) == {True, False}
    assert told(of((CHEMOTHERAPY, False, NOW), (SYSTEMIC, True, NOW))) == set()


def test_triple_negative_beside_a_positive_receptor_leaves_both_possible() -> None:
    intake = of(("triple-negative", True, NOW), ("her2", True, NOW))
    assert possible(intake, "triple-negative") == {True, False}
    assert told(intake) == {"triple-negative", "her2"}
    assert told(of(("triple-negative", True, NOW), ("her2", False, NOW))) == set()


def test_codes_of_one_value_that_contradict_each_other_are_a_conflict() -> None:
    both = {"valueCodeableConcept": concept(("none", VALUE), ("removable", VALUE))}
    intake = of((ORGANS, both, NOW))
    assert "none" in possible(intake, ORGANS)
    assert len(possible(intake, ORGANS)) > 1
    (line,) = (line for line in intake.ledger if line.code == "conflict")
    assert line.text == (
        "Metastases to internal organs: the codes of its value contradict each other; each stays possible"
    )
    narrower = {"valueCodeableConcept": concept(("present", VALUE), ("removable", VALUE))}
    assert told(of((ORGANS, narrower, NOW))) == set()


@pytest.mark.parametrize(("finding", "value"), [("ecog", 5), ("karnofsky", 0)])
def test_a_status_of_one_who_has_died_counts_with_a_remark_unless_a_death_is_recorded(finding: str, value: int) -> None:
    intake = of((finding, value, NOW))
    assert possible(intake, finding) == {value}
    assert told(intake) == {finding}
    died = of((finding, value, NOW), deceasedBoolean=True)
    assert possible(died, finding) == {value}
    assert told(died) == set()
