"""No rule is forgotten: all that the modules of service.decision hold is said, in Markdown and in HTML."""

from __future__ import annotations

from functools import cache

import pytest

from service import wording
from service.conditions import Condition
from service.decision.care import Discipline
from service.decision.fitness import Unfit
from service.decision.guidelines import ABOUT, GUIDELINES, facts
from service.decision.lmnop import Letter
from service.decision.model import Bar, Checklist, Criterion, Note, Row, Rule, Urgency
from service.decision.noms import NomsRow
from service.decision.wbb import EnBloc
from service.findings import FINDINGS
from service.knowledge import content
from service.knowledge.document import Sources, cited
from service.knowledge.names import NAMES
from service.knowledge.names import said as in_words
from service.knowledge.read_as import read_as
from service.knowledge.sources import labels
from service.scoring import ENGINES
from service.scoring.model import Reading, Status
from service.scoring.sources import Source
from tests.knowledge.decided import every, modules, sources
from tests.knowledge.rendered import KINDS, page, rendered, words

each_kind = pytest.mark.parametrize("kind", KINDS)
OWN = "none: a rule of this project"


@cache
def text(kind: str) -> str:
    return " ".join(rendered(kind, name).text for name in content.by_id())


@cache
def rows(kind: str) -> set[tuple[str, ...]]:
    return {cells for name in content.by_id() for cells in rendered(kind, name).rows}


def label(source: Source | None) -> str:
    return labels()[source] if source else OWN


def names(codes: tuple[str, ...]) -> list[str]:
    return [wording.treatment(code) for code in codes]


def test_the_modules_are_walked() -> None:
    kinds = (Row, Note, Bar, Checklist, Criterion, Reading, Rule)
    by_module = {kind: modules(kind) for kind in kinds}
    assert {"surgery", "kyphoplasty", "radiotherapy", "en_bloc", "primary_tumours", "care", "lmnop"} <= by_module[Row]
    assert "imaging" in by_module[Row]
    assert {"emergency", "guideline_notes"} <= by_module[Note]
    assert {"kyphoplasty", "en_bloc", "primary_tumours"} <= by_module[Checklist]
    assert {"noms", "fitness", "tumours", "wbb", "emergency"} <= by_module[Reading]


@each_kind
def test_every_row_is_there_with_when_advice_why_and_source(kind: str) -> None:
    there = rows(kind)
    for row in every(Row):
        said = (in_words(row.when), ", then ".join(names(row.do)), row.why)
        cells = [c for c in there if c[1:4] == said]
        expected = row.rule.title + (f" [{label(row.rule.source)}]" if row.rule.source else "")
        assert expected in {c[0] for c in cells}, row.why


@each_kind
def test_every_row_says_how_it_is_given(kind: str) -> None:
    there = rows(kind)
    for row in every(Row):
        when = in_words(row.when)
        mine = [c[4] for c in there if c[1] == when and c[3:4] == (row.why,)]
        assert mine, row.why
        for given in mine:
            assert ("urgent" in given) == (row.urgency is Urgency.URGENT), row.why
            assert ("certainly" in given) == row.certain
            assert ("if told: " in given) == (bool(row.told) and not row.certain)
            assert ("as a form of" in given) == bool(row.form_of)
            assert all(wording.short(code) in given for code in row.form_of)
            told = given.partition("if told: ")[2]
            assert len(told.split(", ")) >= len(row.told) or row.certain


@each_kind
def test_every_row_of_noms_is_there(kind: str) -> None:
    there = {cells[-1] for cells in rows(kind)}
    assert {row.why for row in every(NomsRow)} <= there


@each_kind
def test_every_note_is_there_with_its_treatments_condition_and_source(kind: str) -> None:
    there = rows(kind)
    for note in every(Note):
        on = wording.listed(names(note.on))
        when = in_words(note.when)
        said = {(note.text, when), (note.perhaps, f"perhaps: {when}")}
        if note.text == note.perhaps:
            said = {(note.text, f"certainly or perhaps: {when}")}
        for words_, condition in said:
            assert not words_ or (on, condition, words_, label(note.source)) in there, words_


@each_kind
def test_every_contraindication_is_there(kind: str) -> None:
    there = rows(kind)
    for bar in every(Bar):
        treatments = wording.listed(names(bar.treatments))
        assert (treatments, in_words(bar.when), bar.why, label(bar.source)) in there, bar.why


@each_kind
def test_every_criterion_is_there_with_what_brings_the_treatment_into_question(kind: str) -> None:
    there, whole = rows(kind), text(kind)
    for criterion in every(Criterion):
        assert (criterion.text, in_words(criterion.when)) in there, criterion.text
    for checklist in every(Checklist):
        assert f"{checklist.title} comes into question where this may hold: {in_words(checklist.considered)}." in whole


@each_kind
def test_every_reading_of_a_rule_is_said(kind: str) -> None:
    whole = text(kind)
    for reading in every(Reading):
        assert reading.differ in whole
        assert reading.read in whole


@each_kind
def test_every_bar_to_surgery_discipline_letter_and_pattern_is_there(kind: str) -> None:
    there = rows(kind)
    for bar in every(Unfit):
        assert (bar.text, in_words(bar.when), label(bar.source)) in there
    for each in every(Discipline):
        assert (each.title, in_words(each.when), each.because or "-", label(each.source)) in there
    for letter in every(Letter):
        (cells,) = [cells for cells in there if cells[:2] == (letter.letter, letter.title)]
        for code in letter.findings:
            assert FINDINGS[code].title in cells[2]
        for code in letter.scores:
            assert ENGINES[code].score.title in cells[2]
    for pattern in every(EnBloc):
        assert any(c[0] == wording.treatment(pattern.treatment) and c[2:] == (label(pattern.source),) for c in there)


@each_kind
def test_the_zones_of_a_pattern_are_said_around_the_ring(kind: str) -> None:
    zones = {cells[0]: cells[1] for cells in rendered(kind, "en-bloc").rows if len(cells) == 3}
    assert zones[wording.treatment("en-bloc-vertebrectomy")] == "4-8 or 5-9"
    assert zones[wording.treatment("en-bloc-posterior")] == "10-3"


@each_kind
def test_every_fact_of_every_guideline_is_there_or_said_to_be_a_gap(kind: str) -> None:
    found = rendered(kind, "guidelines")
    for guideline in GUIDELINES.values():
        assert guideline.name in found.text
        assert guideline.code in found.text
        for field, fact in facts(guideline):
            mine = [cells for cells in found.rows if cells[0] == ABOUT[field]]
            if fact is None:
                assert (ABOUT[field], "the text that could be read does not say", "-") in mine
                continue
            listed = fact.value if isinstance(fact.value, tuple) else (str(fact.value),)
            labels_ = FINDINGS["primary-tumour"].labels
            value = "; ".join(labels_.get(each, each) for each in listed)
            read = f"secondary: {fact.read_in}" if fact.status is Status.SECONDARY else "verified"
            assert (ABOUT[field], value, f"{read} [{label(fact.source)}]") in mine, field


@each_kind
def test_a_name_of_a_condition_is_explained_where_it_is_used(kind: str) -> None:
    used = 0
    for name in content.by_id():
        found = rendered(kind, name)
        if f"{name}-words" not in [part.id for part in content.by_id()[name].parts]:
            continue
        meanings = {cells[0]: cells[1] for cells in found.rows if len(cells) == 2}
        for condition, words_ in NAMES.items():
            if words_ in found.text:
                used += 1
                meaning = meanings[words_]
                assert meaning in ("see Primary tumours", "see Fitness for surgery") or words_ not in meaning
                assert read_as(condition) != words_
    assert used > 20


def conditions() -> list[Condition]:
    return [each.when for kind in (Row, Note, Bar, Criterion) for each in every(kind)]


def test_conditions_that_differ_are_said_differently() -> None:
    by_words: dict[str, Condition] = {}
    for condition in conditions():
        plain = read_as(condition)
        assert by_words.setdefault(in_words(condition), condition) == condition or plain == read_as(
            by_words[in_words(condition)]
        )


def test_a_name_stands_for_one_condition() -> None:
    assert len(set(NAMES.values())) == len(NAMES)


def test_every_source_of_a_rule_is_cited_and_the_list_says_where() -> None:
    of_rules = [section for section in content.sections() if section.id not in ENGINES and section.id != "sources"]
    there = {source for section in of_rules for source in cited(section)}
    block = next(block for block in content.by_id()["sources"].blocks if isinstance(block, Sources))
    where = {entry.source: {link.to for link in entry.cited_in} for entry in block.entries}
    assert len(sources()) > 20
    for source in sources():
        assert source in there, source
        assert where[source] - set(ENGINES), source


@each_kind
def test_what_depends_on_the_policy_is_said_to(kind: str) -> None:
    for name in ("surgery", "radiotherapy", "care"):
        assert "What depends on the policy is shown as the default policy has it." in rendered(kind, name).text


def test_the_page_has_every_row_too() -> None:
    whole = words(page().replace("&#39;", "'").replace("&#34;", '"').replace("&gt;", ">"))
    assert not [row.why for row in every(Row) if row.why not in whole]
