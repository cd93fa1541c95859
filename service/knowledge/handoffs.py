"""The section on models that are computed elsewhere: what they ask for, and why they are handed off."""

from __future__ import annotations

from collections.abc import Iterator

from service import wording
from service.evidence import Number
from service.findings import FINDINGS
from service.handoffs import HANDOFFS
from service.handoffs.model import HandOff, Input
from service.knowledge import evidence
from service.knowledge.document import Block, Code, Facts, Gap, Link, Paragraph, Section, Table, Words, cite, cites
from service.knowledge.parts import bullets, statements
from service.knowledge.read_as import read_as
from service.text import phrase, quoted, series

_INTRODUCTION = (
    "Models of which no source that could be read gives the points, or that are a program of others. Their inputs are "
    "collected from the record, and a result that comes back is shown as it came."
)
_UNKNOWN = "what could be read does not say"


def section() -> Section:
    return Section(
        "handoffs", "Models that are handed off", (Paragraph((_INTRODUCTION,)),), tuple(map(_model, HANDOFFS))
    )


def _model(model: HandOff) -> Section:
    return Section(f"handoffs-{model.code}", model.title, (_facts(model), _inputs(model), *_more(model)))


def _facts(model: HandOff) -> Facts:
    first, *more = model.sources
    pairs: list[tuple[str, Words]] = [
        ("Code", (Code(model.code),)),
        ("Predicts", (model.predicts,)),
        ("Why handed off", (model.why,)),
        ("Calculator", (Link(model.url, model.url),) if model.url else (Gap("none is known"),)),
        ("Treatment", (model.setting,) if model.setting else (Gap(_UNKNOWN),)),
        ("Times", (model.clock,) if model.clock else (Gap(_UNKNOWN),)),
        ("Published in", (str(first), *cite(first))),
    ]
    if more:
        pairs.append(("Further sources", cites(tuple(more))))
    pairs += [(phrase("Also {code}", code=quoted(code)), (title,)) for code, title in model.also]
    return Facts(tuple(pairs))


def _inputs(model: HandOff) -> Table:
    heads = ("Input", "Finding", "Range", "Groups", "Note")
    return Table(
        phrase("{model}: inputs", model=model.title), tuple((head,) for head in heads), tuple(map(_input, model.inputs))
    )


def _input(each: Input) -> tuple[Words, ...]:
    said = (phrase("{what} ({meaning})", what=group.label, meaning=read_as(group.when)) for group in each.groups)
    groups = series("; ", said)
    finding: Words = (Code(each.finding),) if each.finding else (Gap("none: to be looked up"),)
    return ((each.label,), finding, (_range(each),), (groups or "-",), (each.note or "-",))


def _range(each: Input) -> str:
    if each.low is None or each.high is None:
        return "-"
    domain = FINDINGS[each.finding].domain if each.finding else None
    unit = domain.unit if isinstance(domain, Number) and domain.unit != "1" else ""
    low, high = wording.number(each.low), wording.number(each.high)
    if unit:
        high = phrase("{number} {unit}", number=high, unit=unit)
    return phrase("{low} to {high}", low=low, high=high)


def _more(model: HandOff) -> Iterator[Block]:
    if model.exclusions:
        yield Paragraph(("Not made for:",))
        yield bullets(model.exclusions)
    if model.cautions:
        yield Paragraph(("To keep in mind:",))
        yield bullets(model.cautions)
    if model.validations:
        yield evidence.validation_table(model.title, model.validations)
    if model.readings:
        yield statements(model.readings, "What is known of its figures and not used")
