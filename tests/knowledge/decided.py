"""All that the modules of service.decision hold as data, found without knowing what is in them."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from inspect import unwrap
from types import FunctionType
from typing import Any, TypeVar, get_type_hints

from service import decision
from service.decision.care import Discipline
from service.decision.fitness import Unfit
from service.decision.guidelines import GUIDELINES, Fact, Guideline
from service.decision.lmnop import Letter
from service.decision.model import Bar, Checklist, Criterion, Note, Row, Rule
from service.decision.noms import NomsRow
from service.decision.wbb import EnBloc
from service.policy import DEFAULT, Policy
from service.scoring.model import Reading
from service.scoring.sources import Source

T = TypeVar("T")
KINDS = (Row, NomsRow, Note, Bar, Checklist, Criterion, Unfit, Discipline, Letter, EnBloc, Fact, Reading, Rule)
#: What a function is asked with that makes rules of one thing.
ARGUMENTS: dict[type, tuple[Any, ...]] = {
    Policy: (DEFAULT,),
    Guideline: tuple(GUIDELINES.values()),
    int: (DEFAULT.survival_threshold_months,),
}


def every(kind: type[T]) -> tuple[T, ...]:
    """Everything of a kind, of whatever module."""
    return tuple(each for _, each in found() if isinstance(each, kind))


def modules(kind: type) -> frozenset[str]:
    """The modules that hold something of a kind."""
    return frozenset(name for name, each in found() if isinstance(each, kind))


@cache
def found() -> tuple[tuple[str, object], ...]:
    """Each thing with the module that it was found in; one that several modules show is there several times."""
    listed = []
    for info in pkgutil.iter_modules(decision.__path__):
        module = import_module(f"{decision.__name__}.{info.name}")
        values = [*vars(module).values()]
        made = (each for value in values for each in _made(value, module.__name__))
        listed += [(info.name, each) for each in _within([*values, *made])]
    return tuple(listed)


def _made(value: object, module: str) -> Iterator[object]:
    """What a public function of the module makes of one thing that is known."""
    function = unwrap(value) if callable(value) else None
    if not isinstance(function, FunctionType) or function.__module__ != module or function.__name__.startswith("_"):
        return
    try:
        hints = get_type_hints(function)
    except NameError:  # names that only a type checker knows: no table is made of such
        return
    hints.pop("return", None)
    if len(hints) == 1:
        for argument in ARGUMENTS.get(*hints.values(), ()):
            yield value(argument)  # type: ignore[operator]  # it is callable, as was asked


def _within(values: Iterable[object]) -> Iterator[object]:
    for value in values:
        if isinstance(value, KINDS):
            yield value
        if isinstance(value, Checklist):
            yield from value.criteria
        elif isinstance(value, Guideline):
            yield from (each for each in vars(value).values() if isinstance(each, Fact))
        elif isinstance(value, tuple | list):
            yield from _within(value)
        elif isinstance(value, Mapping):
            yield from _within(value.values())


def sources() -> frozenset[Source]:
    """Every source of a rule, a note or a fact."""
    owners = (Note, Bar, Unfit, Discipline, EnBloc, Fact, Rule)
    of_rules = {each.rule.source for each in (*every(Row), *every(Checklist))}
    own = {each.source for each in map(_as_any, every(object)) if isinstance(each, owners)}
    return frozenset(each for each in own | of_rules if each is not None)


def _as_any(value: object) -> Any:
    return value
