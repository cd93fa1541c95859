"""Emergencies: every alarm with its three steps, and each guideline in its own words."""

from __future__ import annotations

import pytest

from service import wording
from service.decision.alarms import ALARMS, NEUROLOGY
from service.decision.emergency import emergencies
from service.decision.guideline_words import radiotherapy_within
from service.decision.guidelines import GUIDELINES, Guideline
from service.findings import FINDINGS
from tests.core.cases import case, lesion
from tests.knowledge.rendered import KINDS, rendered

each_kind = pytest.mark.parametrize("kind", KINDS)
STEPS = ("urgent-spine-referral", "mri-whole-spine", "dexamethasone")


@each_kind
def test_every_alarm_is_there_with_its_three_steps(kind: str) -> None:
    rows = {cells[:2]: cells[2] for cells in rendered(kind, "emergency").rows if len(cells) == 3}
    for finding in ALARMS:
        for step in STEPS:
            assert (f"{FINDINGS[finding].title}: yes", wording.treatment(step)) in rows
    for step in STEPS:
        assert rows["ESCC grade: ESCC 2 or ESCC 3; and Myelopathy: yes", wording.treatment(step)] == "-"


@each_kind
def test_dexamethasone_depends_on_symptoms_just_where_the_alarm_is_none(kind: str) -> None:
    rows = {cells[0]: cells[2] for cells in rendered(kind, "emergency").rows if cells[1:2] == ("Dexamethasone",)}
    depends = {alarm for alarm, on in rows.items() if on != "-"}
    assert depends == {"Spinal cord compression: yes"}
    assert "myelopathy" in rows["Spinal cord compression: yes"]


@each_kind
def test_every_neurological_sign_is_named(kind: str) -> None:
    rows = rendered(kind, "emergency").rows
    for finding, (_, words) in NEUROLOGY.items():
        assert [cells for cells in rows if cells[0].startswith(FINDINGS[finding].title) and cells[1:] == (words,)]


@each_kind
@pytest.mark.parametrize("guideline", GUIDELINES.values(), ids=GUIDELINES.keys())
def test_the_time_limits_and_doses_are_those_of_the_engine(kind: str, guideline: Guideline) -> None:
    rows = rendered(kind, "emergency").rows
    record = case(lesion("T8", progressive_deficit=True))
    steps = emergencies(record, guideline)
    assert [step.treatment for step in steps] == list(STEPS)
    for step in steps:
        (said,) = [advice.reason.split(": ", 1)[1] for advice in step.advice]
        assert (wording.treatment(step.treatment), said) in rows
        for fact in step.facts:
            assert (wording.treatment(step.treatment), fact) in rows
    assert ("Radiotherapy of the lesion", radiotherapy_within(guideline)) in rows
    suspected = emergencies(case(lesion("T8", spinal_cord_compression=True)), guideline)[0]
    assert suspected.notes
    assert all((wording.treatment(suspected.treatment), note) in rows for note in suspected.notes)


@each_kind
def test_a_time_limit_that_could_not_be_read_is_never_a_number(kind: str) -> None:
    rows = rendered(kind, "emergency").rows
    (cepo,) = [cells[1] for cells in rows if cells[0] == "MRI of the whole spine" and "CEPO 2012" in cells[1]]
    assert "gives no number of hours" in cepo
    assert "24" not in cepo
