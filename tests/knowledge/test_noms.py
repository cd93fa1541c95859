"""NOMS row by row, what is added to it, and what a site may lack: as the engine has it."""

from __future__ import annotations

import pytest

from service import wording
from service.conditions import AllOf, atoms
from service.decision import noms
from service.decision.availability import TAKES, lost_step, to_be_had
from service.decision.model import Rule
from service.knowledge.availability import LACKING
from service.knowledge.noms import COLUMNS
from service.knowledge.sources import labels
from service.policy import MODALITIES
from tests.decision.independent import ESCC, FITNESS, JUDGED, STABILITY, leaves_open, ways
from tests.knowledge.rendered import KINDS, rendered
from tests.scoring.independent import TUMOURS

each_kind = pytest.mark.parametrize("kind", KINDS)
REFERRAL = "referral for what is not to be had here"


def table(kind: str) -> list[tuple[str, ...]]:
    return [cells for cells in rendered(kind, "noms").rows if cells[0].isdigit()]


def source(rule: Rule) -> str:
    return labels()[rule.source] if rule.source else "none: a rule of this project"


@each_kind
def test_every_row_of_noms_is_there_in_its_order(kind: str) -> None:
    rows = table(kind)
    assert [int(cells[0]) for cells in rows] == list(range(1, len(noms.ROWS) + 1))
    for cells, row in zip(rows, noms.ROWS, strict=True):
        *_, published, advice, why = cells
        assert (published == "open") == row.open
        assert why == row.why
        full = [wording.treatment(step) for step in row.do]
        assert [any(short in name for name in full) for short in advice.split(", then ")] == [True] * len(full)


@each_kind
def test_a_cell_that_is_said_to_be_open_is_open_in_the_engine_and_the_other_way_round(kind: str) -> None:
    marked = {int(cells[0]): "open" in cells for cells in table(kind)}
    seen = set()
    for way in ways(
        {
            "escc-grade": ESCC,
            "myelopathy": (False, True),
            "primary-tumour": TUMOURS,
            "stability": STABILITY,
            "mechanical-stability": JUDGED,
            "surgical-fitness": FITNESS,
            "prior-radiotherapy-at-level": (False, True),
        }
    ):
        row = noms.row_for(lambda atom, way=way: atom.test(way[atom.finding]))
        number = noms.ROWS.index(row) + 1
        assert marked[number] == leaves_open(way), way
        seen.add(number)
    assert seen == set(marked), "a row that never applies"


def test_every_part_of_a_row_stands_in_one_column() -> None:
    for row in noms.ROWS:
        for part in row.when.parts if isinstance(row.when, AllOf) else (row.when,):
            reads = {atom.finding for atom in atoms(part)}
            assert sum(reads <= column for column in COLUMNS.values()) == 1, row.why


@each_kind
def test_the_mechanical_column_says_stable_and_unstable_and_the_words_what_that_is(kind: str) -> None:
    assert {cells[3] for cells in table(kind)} == {"", "stable", "unstable"}
    meanings = {cells[0]: cells[1] for cells in rendered(kind, "noms").rows if len(cells) == 2}
    assert meanings["Stability: stable"] == (
        "SINS 0-6; or (SINS 7-12 without collapse over 50 %; and Stability, judged by a clinician: stable)"
    )
    assert meanings["Stability: unstable"].startswith("SINS 7-12 with collapse over 50 % or SINS 13-18; or ")


@each_kind
def test_what_is_added_to_the_rows_is_said_with_its_source(kind: str) -> None:
    rows = set(rendered(kind, "noms").rows)
    added = set()
    for one_c in ("low", "high"):
        for way in ways(
            {
                "escc-grade": ESCC,
                "myelopathy": (False,),
                "primary-tumour": ("kidney", "breast", "melanoma"),
                "stability": STABILITY,
                "mechanical-stability": JUDGED,
                "surgical-fitness": FITNESS,
                "prior-radiotherapy-at-level": (False,),
            }
        ):
            for step in noms.advise(lambda atom, way=way: atom.test(way[atom.finding]), noms.Setting(one_c)):
                if step.rule is not noms.NOMS:
                    added.add((wording.treatment(step.treatment), source(step.rule), step.reason))
    assert len(added) == 5
    assert added <= rows


@each_kind
def test_what_a_site_loses_is_what_the_engine_says(kind: str) -> None:
    found = rendered(kind, "availability")
    outcomes = {cells for cells in found.rows if len(cells) == 4}
    losses = {cells for cells in found.rows if len(cells) == 3}
    seen = 0
    for row in noms.ROWS:
        high, low = ("ESCC 2" in words(row) or "high-grade" in row.why), "low-grade" in row.why
        for lacking in LACKING:
            irradiated = "irradiated before" in row.why
            for is_high in {high, not low}:
                do, lost = to_be_had(row.do, lacking, high=is_high, irradiated=irradiated)
                for loss in lost:
                    seen += 1
                    assert (wording.treatment(loss.step), loss.why, source(loss.rule)) in losses
                if lost:
                    given = ", then ".join((*map(wording.short, do), REFERRAL))
                    advised = ", then ".join(map(wording.short, row.do))
                    grade = "high-grade ESCC" if is_high else "low-grade ESCC"
                    where = f"{grade}, irradiated before" if irradiated else grade
                    assert [c for c in outcomes if c[1] == advised and where in c[2].split("; ") and c[3] == given]
    assert seen > 20
    lost = lost_step("embolisation")
    assert (wording.treatment("embolisation"), lost.why, source(lost.rule)) in losses


def words(row: noms.NomsRow) -> str:
    return " ".join(str(atom) for atom in atoms(row.when))


@each_kind
def test_every_modality_is_there_with_the_treatments_that_take_it(kind: str) -> None:
    found = {cells[0].lower(): cells[1] for cells in rendered(kind, "availability").rows if len(cells) == 2}
    found.pop("modality")
    assert len(found) == len(MODALITIES)
    listed = [treatment for cell in found.values() for treatment in cell.split("; ")]
    assert sorted(listed) == sorted(map(wording.treatment, TAKES))
    assert set(found["surgery"].split("; ")) == {
        wording.treatment(c) for c, takes in TAKES.items() if takes == "surgery"
    }
