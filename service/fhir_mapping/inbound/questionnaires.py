"""Answers to the Questionnaire of this project: the link of an item is the code of its finding."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from service import BASE
from service.evidence import Choice, When
from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.sites import Site, site
from service.fhir_mapping.inbound.slices import (
    Answer,
    BodySite,
    CodeableConcept,
    Item,
    Quantity,
    QuestionnaireResponse,
    Value,
    slice_of,
)
from service.fhir_mapping.inbound.statements import measured
from service.fhir_mapping.inbound.unreadable import NotReadable
from service.fhir_mapping.inbound.values import contradictions, read
from service.fhir_mapping.terminology import Terminology
from service.findings import FINDINGS
from service.problems import Ledger, Problem, Rejected

QUESTIONNAIRE = f"{BASE}/Questionnaire/spinal-tumour"
_LESION = "lesion"
_LEVEL = frozenset(("level", "vertebral-level"))
_COMPLETE = frozenset(("completed", "amended"))
_WITHDRAWN = "entered-in-error"
_DEEPEST = 20


def relevant(entry: Entry, terms: Terminology) -> bool:
    """Whether the answers are to the Questionnaire of this project. Never fails."""
    name = entry.get("questionnaire")
    return isinstance(name, str) and name.split("|", 1)[0].rstrip("/") == QUESTIONNAIRE


def read_answers(entry: Entry, notes: Notebook) -> None:
    """Writes what the answers say into the notebook.

    Raises:
        Rejected: 422, naming the element that is wrong.
    """
    response = slice_of(QuestionnaireResponse, entry.resource, entry.path)
    notes.subjects.note(entry, response.subject)
    if response.status not in _COMPLETE:
        if response.status != _WITHDRAWN:
            notes.mentioned |= {item.link_id for item, _, _ in _answered(response.item, entry.path)} & FINDINGS.keys()
        notes.remark(entry, Ledger.STATUS, "its status does not say that it is completed, so it is left out")
        return
    then = notes.date(response.authored, f"{entry.path}.authored")
    if notes.too_late(entry, then):
        return
    made, unknown = 0, False
    for lesion, path in _lesions(response.item, entry.path):
        answered = list(_answered(lesion, path, within=True))
        place = _place(answered, notes)
        findings = [each for each in answered if each[0].link_id not in _LEVEL]
        if place is not None and not findings and lesion is not response.item:
            notes.remark(entry, Ledger.NOT_READ, "a level by itself says nothing of what is there")
        for item, where, _ in findings:
            if item.link_id not in FINDINGS:
                unknown = True
                continue
            made += _note(item, where, place, entry, then, notes)
    if unknown:
        why = "a linkId that no finding has, so that answer is left out; see Questionnaire/spinal-tumour"
        notes.remark(entry, Ledger.NOT_UNDERSTOOD, why)
    if made and then == When():
        notes.remark(entry, Ledger.UNDATED, "no date, so no other result can replace it or be replaced by it; used")


def _lesions(items: list[Item], path: str) -> Iterator[tuple[list[Item], str]]:
    """What is said of the patient, and then of each lesion: the items, without those of lesions among them."""
    yield items, path
    waiting = deque([(items, path, 1)])
    while waiting:
        listed, where, depth = waiting.popleft()
        _refuse_deep(depth, where)
        for n, item in enumerate(listed):
            here = f"{where}.item[{n}]"
            if item.link_id == _LESION:
                yield item.item, here
            else:
                waiting += [(below, there, depth + 1) for below, there in _below(item, here)]


def _answered(items: list[Item], path: str, depth: int = 1, *, within: bool = False) -> Iterator[tuple[Item, str, int]]:
    """The items with answers, groups opened; those of a lesion are left to it where ``within`` says so."""
    _refuse_deep(depth, path)
    for n, item in enumerate(items):
        here = f"{path}.item[{n}]"
        if item.answer:
            yield item, here, depth
        if not (within and item.link_id == _LESION):
            for below, there in _below(item, here):
                yield from _answered(below, there, depth + 1, within=within)


def _below(item: Item, path: str) -> Iterator[tuple[list[Item], str]]:
    """The items of a group, and those that an answer brings with it."""
    if item.item:
        yield item.item, path
    for n, answer in enumerate(item.answer):
        if answer.item:
            yield answer.item, f"{path}.answer[{n}]"


def _refuse_deep(depth: int, path: str) -> None:
    if depth > _DEEPEST:
        message = "Groups within groups, more deeply than a questionnaire ever is. Send them less deeply."
        raise Rejected(422, Problem("structure", message, path))


def _place(answered: Iterable[tuple[Item, str, int]], notes: Notebook) -> Site | None:
    levels = [
        BodySite([answer.value_coding] if answer.value_coding else [], answer.value_string)
        for item, _, _ in answered
        if item.link_id in _LEVEL
        for answer in item.answer
    ]
    return site(notes.terms, levels)


def _note(item: Item, path: str, place: Site | None, entry: Entry, then: When, notes: Notebook) -> int:
    """Notes the answers to one item; gives how many statements that made."""
    finding, made = item.link_id, 0
    for value, where in _values(finding, item.answer, path):
        try:
            notes.count_units(value, where)
            values = read(finding, value, where, notes.terms)
        except NotReadable as reason:
            notes.mentioned.add(finding)
            notes.remark(entry, reason.code, reason.text)
            continue
        except Rejected as rejected:
            told = (replace(problem, expression=_of_answer(problem.expression)) for problem in rejected.problems)
            raise Rejected(rejected.status, *told) from None
        for text in contradictions(finding, value, notes.terms):
            notes.remark(entry, Ledger.CONFLICT, text)
        made += measured(finding, values, lambda: place, entry, then, notes)
    return made


def _of_answer(expression: str) -> str:
    """The element of an answer, where a value of an Observation would have another.

    >>> _of_answer("item[0].answer[2].valueCodeableConcept.coding[0].code")
    'item[0].answer[2].valueCoding.code'
    """
    several = re.sub(r"\.answer\.valueCodeableConcept\.coding\[(\d+)\]", r".answer[\1].valueCoding", expression)
    return several.replace(".valueCodeableConcept.coding[0]", ".valueCoding")


def _values(finding: str, answers: list[Answer], path: str) -> Iterator[tuple[Value, str]]:
    """Answers as values of an Observation; several codes that narrow one another are one value."""
    domain = FINDINGS[finding].domain
    codings = [answer.value_coding for answer in answers if answer.value_coding]
    together = isinstance(domain, Choice) and bool(domain.groups) and len(codings) > 1
    if together:
        yield Value(CodeableConcept(codings)), f"{path}.answer"
    for n, answer in enumerate(answers):
        if not (together and answer.value_coding):
            yield _value(answer), f"{path}.answer[{n}]"


def _value(answer: Answer) -> Value:
    return Value(
        value_codeable_concept=CodeableConcept([answer.value_coding]) if answer.value_coding else None,
        value_quantity=answer.value_quantity
        or (Quantity(answer.value_decimal) if answer.value_decimal is not None else None),
        value_integer=answer.value_integer,
        value_boolean=answer.value_boolean,
        value_string=answer.value_string,
    )
