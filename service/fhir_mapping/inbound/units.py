"""Quantities in the unit that the scores use, by UCUM.

Common units are looked up; any other is converted by a UCUM library, which takes a second to load
and is loaded for the first unit that needs it.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

#: Spellings that laboratories send for UCUM units.
_SPELLINGS = {
    "K/uL": "10*3/uL",
    "K/mcL": "10*3/uL",
    "10^3/uL": "10*3/uL",
    "10^9/L": "10*9/L",
    "x10*9/L": "10*9/L",
    "10*9/l": "10*9/L",
    "G/L": "10*9/L",
    "Gpt/L": "10*9/L",
    "/nL": "10*9/L",
    "x10^9/L": "10*9/L",
    "x10E9/L": "10*9/L",
    "10E9/L": "10*9/L",
    "10e9/L": "10*9/L",
    "10E3/uL": "10*3/uL",
    "10e3/uL": "10*3/uL",
    "x10^3/uL": "10*3/uL",
    "x10E3/uL": "10*3/uL",
    "Tsd/uL": "10*3/uL",
    "Tsd./uL": "10*3/uL",
    "Tsd./mm3": "10*3/uL",
    "Mrd/L": "10*9/L",
    "Mrd./L": "10*9/L",
    "IU/L": "U/L",
    "[IU]/L": "U/L",
    "[iU]/L": "U/L",
    "{INR}": "1",
    "{ratio}": "1",
    "INR": "1",
    "mcmol/L": "umol/L",
    "months": "mo",
    "days": "d",
    "weeks": "wk",
    "years": "a",
    # Gram percent is one unit of UCUM, and no percentage of a gram, as which the library takes it.
    "g%": "g/dL",
    "mg%": "mg/dL",
    "kg/m^2": "kg/m2",
    "kg/m²": "kg/m2",
}

#: No unit is longer than this. The library takes the longer the more a unit is made of: up to 20 ms for this many.
_LONGEST = 40
#: No unit has such a number. As an exponent it would be multiplied out, for minutes, within one call.
_LONG_NUMBER = re.compile(r"\d{4}")
_MASS = {"g/dL": 1, "g/L": 0.1, "mg/dL": 0.001, "mg/mL": 0.1, "g/mL": 100, "kg/m3": 0.1}
_COUNT = {
    "10*3/uL": 1,
    "10*9/L": 1,
    "/uL": 0.001,
    "10*6/L": 0.001,
    "{cells}/uL": 0.001,
    "10*3/mm3": 1,
    "/mm3": 0.001,
}
#: Factor from a unit to the unit of the finding. A test compares each with the UCUM library.
FACTORS: dict[str, dict[str, float]] = {
    "g/dL": _MASS,
    "mg/dL": {unit: factor * 1000 for unit, factor in _MASS.items()} | {"mg/L": 0.1, "ug/mL": 0.1, "ug/dL": 0.001},
    "10*3/uL": _COUNT,
    "U/L": {"U/L": 1, "ukat/L": 60, "U/mL": 1000, "mU/L": 0.001, "mU/mL": 1, "nkat/L": 0.06},
    "cm": {"cm": 1, "mm": 0.1, "m": 100},
    "mo": {"mo": 1, "a": 12},
    "d": {"d": 1, "h": 1 / 24, "wk": 7},
    "a": {"a": 1, "mo": 1 / 12, "wk": 7 / 365.25, "d": 1 / 365.25},
    "kg/m2": {"kg/m2": 1, "g/cm2": 10},
    "%": {"%": 1},
    "1": {"1": 1, "": 1},
}

#: Grams per mole, for findings that are also reported as an amount of substance.
MOLAR_MASS = {
    "bilirubin": 584.66,
    "calcium": 40.078,
    "creatinine": 113.12,
    "albumin": 66_500.0,
    "haemoglobin": 16_114.5,  # per monomer, as haemoglobin is reported in mmol/L
}
_MOLAR = {"mmol/L": 1e-3, "umol/L": 1e-6, "mol/L": 1.0, "nmol/L": 1e-9, "mmol/dL": 1e-2, "umol/dL": 1e-5}
_COMMON = frozenset(unit for units in (*FACTORS.values(), _MOLAR) for unit in units)


class UnknownUnit(ValueError):
    """Not a UCUM unit, or one that this finding cannot have."""


def convert(value: float, unit: str, finding: str, target: str) -> float:
    """The value in the target unit.

    A value reported in moles is rounded to 0.01 of the target unit, so that the SI form of a
    published cut-off (bilirubin 23.9 umol/L for 1.4 mg/dL) lies on the same side of it.

    Raises:
        UnknownUnit: the unit is not UCUM, or not of the finding's kind.
    """
    if len(unit) > _LONGEST:  # the library would parse a megabyte of brackets
        raise UnknownUnit(unit[:_LONGEST])
    found = by_table(value, unit, finding, target)
    if found is not None:
        return found
    factor = _library_factor(unit, target)
    if factor is None:
        raise UnknownUnit(unit)
    return _clean(value * factor)


def is_unusual(unit: str) -> bool:
    """Whether the library may be asked for a unit, because the tables have it for no finding."""
    return len(unit) <= _LONGEST and _is_uncommon(unit)


@lru_cache(maxsize=1024)
def _is_uncommon(unit: str) -> bool:
    return _COMMON.isdisjoint(_spelt(unit))


def by_table(value: float, unit: str, finding: str, target: str) -> float | None:
    """The value in the target unit, or None where the unit is not one of the common ones."""
    if len(unit) > _LONGEST:
        return None
    factor, is_molar = _factor(unit, finding, target)
    if factor is None:
        return None
    return round(value * factor, 2) if is_molar else _clean(value * factor)


@lru_cache(maxsize=1024)
def _factor(unit: str, finding: str, target: str) -> tuple[float | None, bool]:
    """The factor from a common unit to the target, and whether the unit counts moles; None for another unit."""
    for name in _spelt(unit):
        factor = FACTORS.get(target, {}).get(name)
        if factor is not None:
            return factor, False
        per_litre = _MOLAR.get(name)
        if per_litre is not None and finding in MOLAR_MASS:
            return per_litre * MOLAR_MASS[finding] * FACTORS[target]["g/L"], True
    return None, False


def _spelt(unit: str) -> tuple[str, ...]:
    """A unit as it is sent, and with the micro sign and the litre as the table has them."""
    plain = unit.strip().replace("µ", "u").replace("μ", "u")
    plain = f"{plain[:-1]}L" if plain.endswith("l") else plain
    return tuple(_SPELLINGS.get(name, name) for name in (unit, plain))


def _clean(value: float) -> float:
    """Without the noise of binary fractions: 37 g/L is 3.7 g/dL, and not a little more."""
    return float(f"{value:.10g}") if math.isfinite(value) else value


@lru_cache(maxsize=1)
def _registry() -> Any:
    from ucumvert import PintUcumRegistry  # noqa: PLC0415  # a second to load, and rarely needed

    return PintUcumRegistry()


@lru_cache(maxsize=1024)
def _library_factor(unit: str, target: str) -> float | None:
    """The factor from any unit of UCUM to the target; None where it is none, or of another kind."""
    quantity, wanted = _parsed(unit), _parsed(target)
    if quantity is None or wanted is None:
        return None
    try:
        return float((1 * quantity).to(wanted).magnitude)
    except Exception:  # pint has several errors for units of different kinds
        return None


@lru_cache(maxsize=512)
def _parsed(unit: str) -> Any:
    """A unit as the library has it; None where it is none."""
    if _LONG_NUMBER.search(unit):
        return None
    try:
        return _registry().from_ucum(unit)
    except Exception:  # the library raises its own, pint's and lark's errors for a bad unit
        return None
