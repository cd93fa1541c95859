"""Units: the table of factors against a UCUM library, and the cut-offs of the scores in SI units."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from ucumvert import PintUcumRegistry

from service.assess import assess
from service.fhir_mapping.inbound import units
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.units import FACTORS, MOLAR_MASS, UnknownUnit, convert
from service.findings import FINDINGS
from tests.support.records import AS_OF, LOINC, Resource, bundle, metastasis, observation, primary

PAIRS = [(unit, target) for target, factors in FACTORS.items() for unit in factors if unit]


@cache
def ucum() -> Any:
    return PintUcumRegistry()


@pytest.mark.parametrize(("unit", "target"), PAIRS)
def test_every_factor_is_that_of_ucum(unit: str, target: str) -> None:
    registry = ucum()
    expected = (1 * registry.from_ucum(unit)).to(registry.from_ucum(target)).magnitude
    assert FACTORS[target][unit] == pytest.approx(float(expected), rel=1e-9)


def test_every_finding_with_a_unit_has_factors() -> None:
    wanted = {f.domain.unit for f in FINDINGS.values() if hasattr(f.domain, "unit") and f.domain.unit}
    assert wanted <= set(FACTORS)


def test_every_other_spelling_stands_for_a_unit_of_the_table() -> None:
    known = {unit for factors in (*FACTORS.values(), units._MOLAR) for unit in factors}
    assert set(units._SPELLINGS.values()) <= known


@pytest.mark.parametrize(
    ("finding", "value", "unit", "expected"),
    [
        ("albumin", 3.4, "g%", 3.4),
        ("haemoglobin", 12.5, "g%", 12.5),
        ("albumin", 3400, "mg%", 3.4),
        ("calcium", 9, "mg%", 9),
    ],
)
def test_gram_percent_is_a_unit_of_ucum_and_no_percentage(
    finding: str, value: float, unit: str, expected: float
) -> None:
    """In UCUM it is an atom, as gram in a decilitre; the library reads gram times percent."""
    assert convert(value, unit, finding, FINDINGS[finding].domain.unit) == expected  # type: ignore[union-attr]  # a number
    assert not units.is_unusual(unit)


@pytest.mark.parametrize("prefix", list(units._MOLAR))
def test_every_molar_factor_is_that_of_ucum(prefix: str) -> None:
    registry = ucum()
    expected = (1 * registry.from_ucum(prefix)).to(registry.from_ucum("mol/L")).magnitude
    assert units._MOLAR[prefix] == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize(
    ("finding", "grams_per_mole"),
    [
        ("bilirubin", 584.66),
        ("calcium", 40.078),
        ("creatinine", 113.12),
        ("albumin", 66_500),
        ("haemoglobin", 16_114.5),
    ],
)
def test_the_molar_masses_are_those_of_chemistry(finding: str, grams_per_mole: float) -> None:
    assert MOLAR_MASS[finding] == pytest.approx(grams_per_mole, rel=1e-3)


@pytest.mark.parametrize(
    ("value", "unit", "finding", "expected"),
    [
        (37, "g/L", "albumin", 3.7),
        (35, "g/L", "albumin", 3.5),
        (3.5, "g/dl", "albumin", 3.5),
        (3500, "mg/dL", "albumin", 3.5),
        (4, "mg/L", "crp", 0.4),
        (0.4, "mg/dL", "crp", 0.4),
        (4000, "ug/L", "crp", 0.4),
        (100, "10*9/L", "platelets", 100),
        (100_000, "/uL", "platelets", 100),
        (100, "K/uL", "platelets", 100),
        (100_000, "/mm3", "platelets", 100),
        (0.1, "10*12/L", "platelets", 100),
        (2.57, "mmol/L", "calcium", 10.3),
        (103, "mg/L", "calcium", 10.3),
        (23.9, "umol/L", "bilirubin", 1.4),
        (88.4, "umol/L", "creatinine", 1.0),
        (250, "[IU]/L", "ldh", 250),
        (250, "IU/L", "ldh", 250),
        (4.166666667, "ukat/L", "ldh", 250),
        (8.0, "mmol/L", "haemoglobin", 12.89),
        (1.2, "{INR}", "inr", 1.2),
        (45, "mm", "dumbbell-diameter", 4.5),
        (1, "a", "life-expectancy", 12),
        (2, "wk", "time-developing-motor-deficit", 14),
        (48, "h", "time-developing-motor-deficit", 2),
        (816, "mo", "age", 68),
        (24837, "d", "age", 68),
        (25, "kg/m^2", "body-mass-index", 25),
        (2.5, "g/cm2", "body-mass-index", 25),
    ],
)
def test_a_value_is_the_same_in_every_unit(value: float, unit: str, finding: str, expected: float) -> None:
    assert convert(value, unit, finding, FINDINGS[finding].domain.unit) == pytest.approx(expected, rel=2e-3)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("unit", "finding"),
    [
        ("furlong", "albumin"),
        ("mm[Hg]", "albumin"),
        ("mmol/L", "crp"),
        ("g/L", "platelets"),
        ("", "ldh"),
        ("/", "ldh"),
        ("x" * 500, "ldh"),
    ],
)
def test_a_unit_that_is_unknown_or_of_another_kind_is_refused(unit: str, finding: str) -> None:
    with pytest.raises(UnknownUnit):
        convert(1, unit, finding, FINDINGS[finding].domain.unit)  # type: ignore[union-attr]


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e308])
def test_the_largest_numbers_do_no_harm(value: float) -> None:
    assert convert(value, "g/L", "albumin", "g/dL") == pytest.approx(value * 0.1)


LABORATORY = {
    "1751-7": (45, "g/L"),
    "1988-5": (1, "mg/L"),
    "14804-9": (180, "U/L"),
    "777-3": (250, "10*9/L"),
    "2000-8": (2.3, "mmol/L"),
    "14631-6": (10, "umol/L"),
}


#: Codes that ask for the same in another unit.
SAME = {"17861-6": "2000-8", "1975-2": "14631-6"}


def points(score: str, item: str, changes: Mapping[str, tuple[Any, ...]] | None = None) -> frozenset[int]:
    """The points of an item, with normal laboratory values but for some."""
    listed: dict[str, tuple[Any, ...]] = {**LABORATORY}
    for code, value in (changes or {}).items():
        listed.pop(SAME.get(code, code))
        listed[code] = value
    labs: list[Resource] = [observation(code, value, system=LOINC) for code, value in listed.items()]
    record = bundle(metastasis(), primary("breast"), *labs)
    result = next(r for r in assess(record, when(AS_OF)).results if r.score.code == score)
    return next(i.points for i in result.items if i.item.code == item)


def test_normal_values_in_si_units_give_no_point() -> None:
    assert points("katagiri-revised", "laboratory") == {0}


@pytest.mark.parametrize(
    ("code", "unit", "at", "beside", "expected"),
    [
        ("1988-5", "mg/L", 4, 3.99, 1),
        ("1988-5", "mg/dL", 0.4, 0.399, 1),
        ("1751-7", "g/L", 36.99, 37, 1),
        ("1751-7", "g/dL", 3.699, 3.7, 1),
        ("14804-9", "U/L", 250, 249.9, 1),
        ("14804-9", "ukat/L", 4.17, 4.16, 1),
        ("777-3", "10*9/L", 99.9, 100, 2),
        ("777-3", "/uL", 99_999, 100_000, 2),
        ("2000-8", "mmol/L", 2.57, 2.56, 2),
        ("17861-6", "mg/dL", 10.3, 10.29, 2),
        ("14631-6", "umol/L", 23.9, 23.8, 2),
        ("1975-2", "mg/dL", 1.4, 1.39, 2),
    ],
)
def test_katagiri_counts_from_the_cut_off_on_in_every_unit(
    code: str, unit: str, at: float, beside: float, expected: int
) -> None:
    assert points("katagiri-revised", "laboratory", {code: (at, unit)}) == {expected}
    assert points("katagiri-revised", "laboratory", {code: (beside, unit)}) == {0}


@pytest.mark.parametrize(
    ("value", "unit", "expected"), [(35, "g/L", 1), (34.99, "g/L", 0), (3.5, "g/dL", 1), (3.499, "g/dL", 0)]
)
def test_nesms_counts_albumin_from_35_g_per_litre_on(value: float, unit: str, expected: int) -> None:
    assert points("nesms", "albumin", {"1751-7": (value, unit)}) == {expected}


@pytest.mark.parametrize(
    ("comparator", "value", "expected"),
    [("<", 37, {1}), ("<=", 37, {0, 1}), (">", 37, {0}), (">=", 37, {0}), ("<", 45, {0, 1}), (">", 30, {0, 1})],
)
def test_a_comparator_leaves_open_what_it_does_not_say(comparator: str, value: float, expected: set[int]) -> None:
    found = points("katagiri-revised", "laboratory", {"1751-7": (value, "g/L", comparator)})
    assert found == expected


@pytest.mark.parametrize("unit", ["(" * 40 + "g" + ")" * 40, ".".join(["g"] * 200), "g/" + "d" * 1_000_000 + "L"])
def test_a_unit_that_is_longer_than_any_is_not_parsed(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "_registry", lambda: pytest.fail("parsed"))
    with pytest.raises(units.UnknownUnit):
        units.convert(1.0, unit, "albumin", "g/dL")


@pytest.mark.parametrize("unit", ["10*9999999.g/L", "10^99999999", "Ym99999999.g/L", "g12345/L"])
def test_a_unit_with_a_number_that_none_has_is_not_multiplied_out(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    units._parsed("g/dL")  # what is asked for is parsed once for a process
    monkeypatch.setattr(units, "_registry", lambda: pytest.fail("parsed"))
    with pytest.raises(units.UnknownUnit):
        units.convert(1.0, unit, "albumin", "g/dL")
