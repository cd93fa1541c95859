"""The sections on decisions: NOMS row by row, what is added to it, emergencies, and what a site decides."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import fields
from itertools import product

from service import wording
from service.case import Case, Lesion
from service.conditions import AllOf, Condition, Is, Not, any_of, atoms
from service.decision import emergency, noms
from service.decision.model import Advice, Rule
from service.decision.tumours import RESISTANT, SENSITIVE, TABLE
from service.evidence import Evidence, Values
from service.findings import FINDINGS
from service.knowledge.document import Cite, Code, Gap, Paragraph, Section, Table, Words, cite
from service.knowledge.parts import disagree
from service.knowledge.read_as import read_as, title, values_said
from service.policy import DEFAULT, Policy

OPEN, PUBLISHED = "open", "published"
_OWN = "none: a rule of this project"
#: The columns of the framework, with the findings that each reads.
_COLUMNS = {
    "N: neurologic": frozenset(("escc-grade", "myelopathy")),
    "O: oncologic": frozenset(("primary-tumour",)),
    "M: mechanical": frozenset((noms.STABILITY,)),
    "S: systemic": frozenset(("surgical-fitness",)),
    "Irradiated before": frozenset(("prior-radiotherapy-at-level",)),
}
_NAMED: Mapping[Condition, str] = {
    SENSITIVE: "radiosensitive",
    RESISTANT: "radioresistant",
    Not(any_of(SENSITIVE, RESISTANT)): "unclassified",
}


def framework() -> Section:
    head = ("Row", *_COLUMNS, "In the paper", "Advice", "Why")
    rows = tuple((*_row(n, row),) for n, row in enumerate(noms.ROWS, 1))
    return Section(
        noms.NOMS.plan,
        noms.NOMS.title,
        (
            Paragraph((_INTRODUCTION, *cite(noms.NOMS.source))),
            Table("NOMS, row by row", tuple((each,) for each in head), rows, frozenset((0,))),
            Paragraph((_abbreviations(),)),
            Table(
                "What is added to the rows",
                (("Advice",), ("Source",), ("Why",)),
                tuple(((wording.treatment(a.treatment),), _source(a.rule), (a.reason,)) for a in _added()),
            ),
        ),
        disagree(noms.NOMS.plan, noms.READINGS),
    )


_INTRODUCTION = (
    "The rows are read from the top, and the first that applies counts; an empty cell stands for any value. A cell "
    f'that the published table leaves open is marked "{OPEN}" and goes to the board, never to a default.'
)


def _row(number: int, row: noms.NomsRow) -> Iterator[Words]:
    yield (str(number),)
    parts = row.when.parts if isinstance(row.when, AllOf) else (row.when,)
    for reads in _COLUMNS.values():
        mine = (part for part in parts if {atom.finding for atom in atoms(part)} <= reads)
        yield ("; ".join(map(_cell, mine)),)
    yield (Gap(OPEN) if row.open else PUBLISHED,)
    yield (", then ".join(map(_short, row.do)),)
    yield (row.why,)


def _short(treatment: str) -> str:
    """The abbreviation that a treatment has in brackets, else its name."""
    name = wording.treatment(treatment)
    return name.split("(")[1].rstrip(")") if name.endswith(")") else name


def _abbreviations() -> str:
    steps = dict.fromkeys(step for row in noms.ROWS for step in row.do)
    full = (f"{_short(step)} is {wording.treatment(step).split(' (')[0]}" for step in steps)
    return "; ".join(text for text in full if text.split(" is ")[0] != text.split(" is ")[1]) + "."


def _cell(condition: Condition) -> str:
    """A condition where the head of the column says what it is about."""
    match condition:
        case Is("surgical-fitness" | "prior-radiotherapy-at-level" as finding, values):
            return values_said(finding, values)
        case Is("escc-grade", values):
            return f"ESCC {values_said('escc-grade', values).replace('ESCC ', '')}"
    return _NAMED.get(condition) or read_as(condition)


def _source(rule: Rule) -> Words:
    return (Cite(rule.source),) if rule.source else (Gap(_OWN),)


def _added() -> tuple[Advice, ...]:
    """Every step that NOMS itself does not give, found by asking for all that the rules can tell apart."""
    every: dict[str, tuple[Hashable, ...]] = {
        noms.STABILITY: (noms.STABLE, noms.INDETERMINATE, noms.COLLAPSE, noms.UNSTABLE)
    }
    for finding in {atom.finding for atom in noms.TESTS} - set(every):
        every[finding] = tuple(FINDINGS[finding].domain.unknown)
    every["primary-tumour"] = _one_of_each_kind()
    found: dict[Advice, None] = {}
    for one_c, *values in product(("low", "high"), *(sorted(values, key=str) for values in every.values())):
        known = dict(zip(every, values, strict=True))
        steps = noms.advise(lambda atom, known=known: atom.test(known[atom.finding]), str(one_c))  # type: ignore[misc]
        found.update(dict.fromkeys(step for step in steps if step.rule is not noms.NOMS))
    return tuple(sorted(found, key=lambda advice: (advice.treatment, advice.reason)))


def _one_of_each_kind() -> tuple[str, ...]:
    """A tumour for each pair of properties."""
    return tuple({(tumour.radiosensitivity, bool(tumour.hypervascular)): tumour.code for tumour in TABLE}.values())


_ALARMS = (
    "What heads every plan, before any score. An alarm that the record raises counts even where another source denies "
    "it; silence raises none."
)


def emergencies() -> Section:
    return Section(
        emergency.EMERGENCY.plan,
        "Emergencies",
        (
            Paragraph((_ALARMS, *cite(emergency.EMERGENCY.source))),
            Table("Alarms and what is advised", (("Read as",), ("Advice",), ("Why",)), tuple(_alarms())),
        ),
        disagree(emergency.EMERGENCY.plan, emergency.READINGS),
    )


def _alarms() -> Iterator[tuple[Words | None, ...]]:
    """Each alarm with the steps that the rule gives for it."""
    raised: list[Mapping[str, Values]] = [{finding: frozenset((True,))} for finding in emergency.ALARMS]
    raised.append({"escc-grade": frozenset(("escc-2", "escc-3")), "myelopathy": frozenset((True,))})
    for values in raised:
        evidence = {finding: Evidence(each) for finding, each in values.items()}
        case = Case(lesions=(Lesion("spine", evidence=evidence),), has_cancer=True)
        reads: Words | None = (
            "; and ".join(f"{title(finding)}: {values_said(finding, each)}" for finding, each in values.items()),
        )
        for step in emergency.emergencies(case):
            yield (reads, (wording.treatment(step.treatment),), (step.advice[0].reason,))
            reads = None


def policy() -> Section:
    rows = tuple(
        ((Code(setting.name),), (str(getattr(DEFAULT, setting.name)),), (_SETTINGS.get(setting.name, ""),))
        for setting in fields(Policy)
    )
    return Section(
        "policy",
        "What a site decides",
        (
            Paragraph(
                (
                    "A policy holds the few settings that change an answer. Every answer names the policy that made "
                    "it. No setting changes a table of a score.",
                )
            ),
            Table("Settings", (("Setting",), ("Default",), ("What it decides",)), rows),
        ),
    )


_SETTINGS = {
    "name": "The name by which requests ask for the policy.",
    "stale_after_days": "The age in days at which findings that change count as stale.",
    "use_stale": "Whether stale findings still count.",
    "escc_1c": "How NOMS reads an ESCC grade of 1c: low or high. The board decides together either way.",
}
