"""Orders against a case and its plan, without FHIR."""

from __future__ import annotations

import pytest

from service.case import Case, Lesion
from service.conditions import atoms
from service.decision import facts
from service.decision.order_checks import BY_CRITERIA, CHECKS, GRADED_FIRST, KINDS, OPERATIONS, RADIATION
from service.decision.order_intervals import Interval, interval
from service.decision.ordered import Order, lesions_of
from service.decision.orders import Setting, concerns
from service.decision.plan import plan
from service.evidence import Evidence, Statement, Values, When
from service.fhir_mapping.inbound.dates import when
from service.findings import FINDINGS
from service.policy import DEFAULT
from service.wording import TREATMENTS

DAY = when("2026-10-02")


def said(code: str, values: Values) -> Evidence:
    return Evidence(values, (Statement(code.replace("_", "-"), values, "Observation/o1", DAY),))


def lesion(name: str, *levels: str, **findings: Values) -> Lesion:
    """A lesion of which findings are certain or open, as if one source had said so."""
    evidence = {code.replace("_", "-"): said(code, values) for code, values in findings.items()}
    return Lesion(name, levels, evidence, (f"Condition/{name}",))


def setting(*lesions: Lesion, **findings: Values) -> Setting:
    evidence = {code.replace("_", "-"): said(code, values) for code, values in findings.items()}
    case = Case("Patient/p1", evidence=evidence, lesions=lesions, has_cancer=True)
    return Setting(case, plan(case, ()), (), DAY)


def only(*values: object) -> Values:
    return frozenset(values)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
def test_a_check_names_treatments_findings_and_a_source_that_there_are(check: object) -> None:
    assert isinstance(check, type(CHECKS[0]))
    known = {*TREATMENTS, *KINDS}
    assert {*check.on, *check.may_be, *check.met_by, *check.instead, *check.beside} <= known
    assert {atom.finding for atom in atoms(check.when)} <= {*FINDINGS, *facts.DOMAINS}
    assert check.rule.source is not None
    assert check.why[0].islower() or check.why.startswith(("NOMS", "SINS"))
    assert not check.why.endswith(".")
    assert not check.barred or check.grave


def test_every_check_is_a_check_of_its_own() -> None:
    codes = [check.code for check in CHECKS]
    assert len(codes) == len(set(codes))
    assert {*GRADED_FIRST.on, *OPERATIONS, *RADIATION} <= {*TREATMENTS, *KINDS}
    assert all(by.checklist.criteria for by in BY_CRITERIA)


T8, L1 = lesion("T8", "T8"), lesion("L1-L2", "L1", "L2")
THORACIC = lesion("thoracic")


@pytest.mark.parametrize(
    ("order", "lesions", "found"),
    [
        (Order("cebrt", levels=("T8",)), (T8, L1), ["T8"]),
        (Order("cebrt", levels=("L2",)), (T8, L1), ["L1-L2"]),
        (Order("cebrt", levels=("T7", "T8", "T9")), (T8, L1), ["T8"]),
        (Order("cebrt", levels=("T9",)), (T8, L1), []),
        (Order("cebrt", region="thoracic"), (T8, L1), ["T8"]),
        (Order("cebrt", region="spine"), (T8, L1), ["T8", "L1-L2"]),
        (Order("cebrt", levels=("T9",)), (THORACIC,), ["thoracic"]),
        (Order("cebrt"), (T8, L1), ["T8", "L1-L2"]),
        (Order("cebrt", diagnoses=("https://ehr.example/Condition/T8",)), (T8, L1), ["T8"]),
        (Order("cebrt", diagnoses=("Condition/unknown",)), (T8, L1), ["T8", "L1-L2"]),
    ],
)
def test_the_lesions_that_an_order_is_for(order: Order, lesions: tuple[Lesion, ...], found: list[str]) -> None:
    assert [each.name for each in lesions_of(order, Case(lesions=lesions))] == found


def codes(order: Order, held: Setting) -> list[str]:
    return [concern.code for concern in concerns((order,), held)]


def test_without_lesions_nothing_speaks_against_an_order() -> None:
    assert codes(Order("cebrt"), setting()) == []


def test_silence_about_earlier_radiotherapy_is_read_as_the_policy_says() -> None:
    irradiated = lesion("T8", "T8", prior_radiotherapy_at_level=only(True))
    assert codes(Order("cebrt", levels=("T8",)), setting(irradiated)) == ["irradiated-before"]
    assert codes(Order("cebrt", levels=("T8",)), setting(T8)) == []


def test_what_is_certain_and_grave_comes_first() -> None:
    held = setting(
        lesion(
            "T8",
            "T8",
            escc_grade=only("escc-3"),
            myelopathy=only(True),
            posterior_wall_intact=only(False),
        )
    )
    found = concerns((Order("kyphoplasty", levels=("T8",)),), held)
    assert [concern.warns for concern in found] == sorted((concern.warns for concern in found), reverse=True)
    assert {"kyphoplasty-in-paralysis", "kyphoplasty-with-broken-wall", "kyphoplasty-at-compressed-cord"} <= {
        concern.code for concern in found
    }


def test_an_order_beside_another_may_meet_what_speaks_against_it() -> None:
    held = setting(lesion("T8", "T8", escc_grade=only("escc-3"), myelopathy=only(False)))
    srs, operation = Order("srs", levels=("T8",)), Order("separation-surgery", levels=("T8",))
    assert "srs-at-compressed-cord" in codes(srs, held)
    together = concerns((srs, operation), held)
    assert not any(concern.code == "srs-at-compressed-cord" for concern in together)
    under_way = Setting(held.case, held.plan, (), DAY, DEFAULT, (operation,))
    assert "srs-at-compressed-cord" not in codes(srs, under_way)
    elsewhere = Order("separation-surgery", levels=("L1",))
    assert any(concern.code == "srs-at-compressed-cord" for concern in concerns((srs, elsewhere), held))


def test_knowing_that_a_check_does_not_hold_ends_it() -> None:
    for grades, found in ((("escc-3",), True), (("escc-0",), False), (("escc-1b", "escc-2"), True)):
        held = setting(lesion("T8", "T8", escc_grade=only(*grades), myelopathy=only(False)))
        assert ("srs-at-compressed-cord" in codes(Order("srs", levels=("T8",)), held)) is found


@pytest.mark.parametrize(
    ("operated", "begins", "found"),
    [
        ("2026-10-01", "2026-10-01", (True, False)),
        ("2026-10-01", "2026-10-07", (True, False)),
        ("2026-10-01T23:00:00Z", "2026-10-08T01:00:00Z", (False, False)),
        ("2026-10-01", "2026-10-14", (False, False)),
        ("2026-10-01", "2026-10-15", None),
        ("2026-10-01", "2026-09-30", None),
        ("2026-10", "2026-10-20", (True, True)),
        ("2026-10-01", "2026-10", (True, True)),
        ("2026-10-01", None, (True, True)),
        ("2026-09-20", None, (False, True)),
        ("2026-09-18", None, None),
        ("9999-12-31", "9999-12-31", None),
    ],
)
def test_two_weeks_and_never_less_than_seven_days(
    operated: str, begins: str | None, found: tuple[bool, bool] | None
) -> None:
    result = interval(when(operated), when(begins) if begins else None, DAY)
    assert (None if result is None else (result.grave, result.open)) == found


def test_an_operation_without_a_date_says_nothing_of_an_interval() -> None:
    assert interval(When(), when("2026-10-02"), DAY) is None


def test_an_operation_that_was_perhaps_at_the_level_is_perhaps_too_near() -> None:
    found = interval(when("2026-10-01"), when("2026-10-02"), DAY, certain=False)
    assert isinstance(found, Interval)
    assert not found.certain
    assert found.from_then == "2026-10-15"
