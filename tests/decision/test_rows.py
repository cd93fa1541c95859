"""Rows, notes, bars and checklists by themselves: what each says where it holds, may hold, or does not."""

from __future__ import annotations

from typing import Any

import pytest

from service.case import Lesion
from service.conditions import all_of, any_of, is_, within
from service.decision import rows
from service.decision.facts import View
from service.decision.model import (
    Advice,
    Bar,
    Checklist,
    Criterion,
    Note,
    Path,
    Premise,
    Recommendation,
    Row,
    Rule,
    Urgency,
)
from service.scoring.sources import BADVE_2021, HONG_2022
from tests.core.cases import case, lesion

RULE = Rule("test", "A rule of the test", BADVE_2021)
MYELOPATHY, RADICULOPATHY = is_("myelopathy", True), is_("radiculopathy", True)
#: A lesion with 2 points of SINS.
STABLE: dict[str, Any] = {
    "sins_pain": "pain-free", "sins_bone_lesion": "blastic", "sins_alignment": "normal", "sins_collapse": "none",
    "sins_posterolateral": "none",
}  # fmt: skip


def view(**findings: Any) -> View:
    one = lesion("L3", **findings)
    return View(case(one), one, {})


def row(**changed: Any) -> Row:
    return Row(**{"rule": RULE, "when": MYELOPATHY, "do": ("cebrt", "mdt-review"), "why": "so", **changed})


def found(treatment: str = "cebrt", why: str = "so", *paths: Path, **more: Any) -> Recommendation:
    return Recommendation(treatment, (Advice(treatment, RULE, why),), more.pop("lesion", None), paths, **more)


def premise(finding: str, *values: Any) -> Premise:
    return Premise(finding, frozenset(values))


# Rows


def test_a_row_that_holds_gives_its_treatments_in_order_with_the_reason_and_the_urgency() -> None:
    made = rows.by_row(row(urgency=Urgency.URGENT), view(myelopathy=True)).recommendations
    assert [r.treatment for r in made] == ["cebrt", "mdt-review"]
    assert all(r.settled and r.reads == ("myelopathy",) and r.urgency is Urgency.URGENT for r in made)
    assert {a.reason for r in made for a in r.advice} == {"so"}
    assert {r.lesion.name for r in made if r.lesion} == {"L3"}
    assert {r.scores for r in made} == {()}


def test_a_row_that_does_not_hold_gives_nothing() -> None:
    assert rows.by_row(row(), view(myelopathy=False)).recommendations == ()


def test_a_row_that_may_hold_is_a_possibility_and_asks_what_decides() -> None:
    made = rows.by_row(row(), view())
    assert {r.paths for r in made.recommendations} == {((premise("myelopathy", True),),)}
    assert made.decision is not None
    assert made.decision.questions == ("myelopathy",)


def test_a_row_for_certain_is_never_a_possibility() -> None:
    certain = row(certain=True)
    assert rows.by_row(certain, view()) == rows.Found((), None)
    assert rows.by_row(certain, view(myelopathy=[True, False])) == rows.Found((), None)
    assert len(rows.by_row(certain, view(myelopathy=True)).recommendations) == 2


def test_a_row_that_wants_findings_told_is_a_possibility_only_where_the_record_speaks_of_all() -> None:
    wants = row(when=all_of(MYELOPATHY, RADICULOPATHY), told=("myelopathy", "radiculopathy"))
    assert rows.by_row(wants, view()) == rows.Found((), None)
    assert rows.by_row(wants, view(myelopathy=True)) == rows.Found((), None)
    assert rows.by_row(wants, view(myelopathy=True, radiculopathy=[True, False])).recommendations
    either = row(when=any_of(MYELOPATHY, RADICULOPATHY), told=("radiculopathy",))
    assert rows.by_row(either, view(myelopathy=True)).recommendations, "it holds, whatever was not told"


def test_a_row_over_zones_says_nothing_where_the_record_names_none() -> None:
    posterior = row(when=within("wbb-zones", 10, 11, 12, 1, 2, 3))
    assert rows.by_row(posterior, view()) == rows.Found((), None)
    assert rows.by_row(posterior, view(wbb_zones=(1, 2))).recommendations
    assert rows.by_row(row(), view(myelopathy=True)).recommendations, "no row about zones"


def test_a_row_that_reads_the_stability_rests_on_sins() -> None:
    made = rows.by_row(row(when=is_("stability", "stable")), view(**STABLE)).recommendations
    assert {r.scores for r in made} == {("sins",)}
    assert all(r.settled for r in made)


def test_what_would_overturn_a_treatment_is_said_with_it() -> None:
    (first, _) = rows.by_row(row(), view(myelopathy=True)).recommendations
    assert [each.premise for each in first.overturns] == [premise("myelopathy", False)]


# Forms of a treatment


MINIMAL = found("mis-fixation")


def test_a_form_of_a_treatment_is_given_for_each_treatment_that_it_is_a_form_of() -> None:
    parents = [found("stabilisation"), found("decompression-stabilisation")]
    assert [f.form_of for f in rows.as_forms(MINIMAL, parents)] == ["stabilisation", "decompression-stabilisation"]
    assert list(rows.as_forms(MINIMAL, [])) == []


def paths_of(left: tuple[Path, ...], right: tuple[Path, ...]) -> list[tuple[Path, ...]]:
    return [f.paths for f in rows.as_forms(found("mis-fixation", "so", *right), [found("stabilisation", "so", *left)])]


def test_a_form_holds_where_both_it_and_the_treatment_do() -> None:
    a, b = (premise("myelopathy", True),), (premise("ecog", 1, 2),)
    assert paths_of((), ()) == [()]
    assert paths_of((a,), ()) == [(a,)]
    assert paths_of((), (b,)) == [(b,)]
    assert paths_of((a,), (b,)) == [((*a, *b),)]
    assert paths_of((a, b), (a, b)) == [(a, (*a, *b), (*b, *a), b)]


def test_two_conditions_on_a_finding_hold_where_their_values_meet() -> None:
    left, right = (premise("ecog", 1, 2),), (premise("ecog", 2, 3),)
    assert paths_of((left,), (right,)) == [((premise("ecog", 2),),)]


def test_a_form_that_excludes_its_treatment_is_not_given() -> None:
    fit, unfit = (premise("surgical-fitness", "fit"),), (premise("surgical-fitness", "unfit"),)
    assert paths_of((fit,), (unfit,)) == []
    assert paths_of((fit, (premise("myelopathy", True),)), (unfit,)) == [((premise("myelopathy", True), *unfit),)]


def test_what_overturns_a_form_is_said_only_where_its_treatment_is_settled() -> None:
    (overturned, _) = rows.by_row(row(), view(myelopathy=True)).recommendations
    open_ = found("stabilisation", "so", (premise("ecog", 1),))
    assert [bool(f.overturns) for f in rows.as_forms(overturned, [found("stabilisation"), open_])] == [True, False]


# Several reasons for one treatment


def test_a_treatment_with_several_reasons_is_advised_once_with_all_of_them() -> None:
    (one,) = rows.merged(
        [
            found("cebrt", "a", reads=("ecog",), scores=("sins",), notes=("n",), facts=("f",)),
            found("cebrt", "b", reads=("ecog", "age"), scores=("sins", "tomita"), notes=("n", "m"), facts=("f", "g")),
        ]
    )
    assert [a.reason for a in one.advice] == ["a", "b"]
    assert (one.reads, one.scores) == (("ecog", "age"), ("sins", "tomita"))
    assert (one.notes, one.facts) == (("n", "m"), ("f", "g"))
    assert one.settled


def test_different_treatments_and_those_of_different_lesions_stay_apart() -> None:
    t8, l3 = lesion("T8"), lesion("L3")
    apart = [found("cebrt", lesion=t8), found("srs", lesion=t8), found("cebrt", lesion=l3), found("cebrt")]
    assert rows.merged(apart) == apart


def test_of_several_open_reasons_each_gives_its_ways() -> None:
    a, b = (premise("myelopathy", True),), (premise("ecog", 4),)
    (one,) = rows.merged([found("cebrt", "a", a), found("cebrt", "b", b, a)])
    assert one.paths == (a, b)
    assert [(x.reason, x.paths) for x in one.advice] == [("a", ()), ("b", ())]


def test_an_open_reason_beside_a_settled_one_is_said_with_its_condition() -> None:
    a = (premise("myelopathy", True),)
    (one,) = rows.merged([found("cebrt", "open", a, reads=("myelopathy",)), found("cebrt", "sure", reads=("ecog",))])
    assert one.settled
    assert [(x.reason, x.paths) for x in one.advice] == [("sure", ()), ("open", (a,))]
    assert one.reads == ("ecog",)


def test_what_overturns_one_of_two_reasons_overturns_nothing() -> None:
    (overturned, _) = rows.by_row(row(), view(myelopathy=True)).recommendations
    open_ = found("cebrt", "open", (premise("ecog", 4),), lesion=overturned.lesion)
    other = found("cebrt", "sure", lesion=overturned.lesion)
    assert [r.overturns for r in rows.merged([overturned, open_])] == [overturned.overturns]
    assert [r.overturns for r in rows.merged([overturned, other])] == [()]


def test_a_form_of_several_treatments_is_said_with_the_first_of_them() -> None:
    forms = list(rows.as_forms(MINIMAL, [found("decompression-stabilisation"), found("stabilisation")]))
    assert [r.form_of for r in rows.merged(forms)] == ["decompression-stabilisation"]


# Notes


def noted(note: Note, seen: View, treatment: str = "cebrt") -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Of this patient, and of the treatment whoever the patient is."""
    made = rows.noted(found(treatment, notes=("before",)), rows.sieve([note, note]), seen)
    return made.notes, made.facts


def test_a_note_is_said_beside_its_treatments_where_it_holds() -> None:
    note = Note(("cebrt", "srs"), "Mind it.", when=MYELOPATHY)
    assert noted(note, view(myelopathy=True)) == (("before", "Mind it."), ())
    assert noted(note, view(myelopathy=True), "srs") == (("before", "Mind it."), ())
    assert noted(note, view(myelopathy=True), "biopsy") == (("before",), ())
    assert noted(note, view(myelopathy=False)) == (("before",), ())
    assert noted(note, view()) == (("before",), ())


def test_notes_of_other_treatments_keep_none_of_its_own_back() -> None:
    notes = [Note(("srs",), "Of another."), Note(("cebrt",), "Its own.")]
    assert rows.noted(found(), rows.sieve(notes), view()).facts == ("Its own.",)


def test_what_may_hold_is_said_in_other_words() -> None:
    note = Note(("cebrt",), "It is so.", when=MYELOPATHY, perhaps="It may be so.")
    assert noted(note, view())[0] == ("before", "It may be so.")
    assert noted(note, view(myelopathy=True))[0] == ("before", "It is so.")
    assert noted(note, view(myelopathy=False))[0] == ("before",)


def test_what_holds_for_everybody_is_a_fact_about_the_treatment() -> None:
    assert noted(Note(("cebrt",), "Known of it."), view()) == (("before",), ("Known of it.",))


@pytest.mark.parametrize(
    ("text", "cited"),
    [
        ("A sentence.", f"A sentence ({BADVE_2021.short})."),
        ("no sentence", f"no sentence ({BADVE_2021.short})"),
        (f"As {BADVE_2021.short} says.", f"As {BADVE_2021.short} says."),
    ],
)
def test_a_text_is_said_with_its_source_once(text: str, cited: str) -> None:
    assert rows.cited(text, BADVE_2021) == cited
    assert rows.cited(text, None) == text


# Bars and checklists


def test_only_what_certainly_bars_a_treatment_bars_it() -> None:
    bar = Bar(("srs", "cebrt"), MYELOPATHY, "the cord", HONG_2022)
    table = rows.sieve([bar])
    assert rows.barred(table, view()) == rows.barred(table, view(myelopathy=False)) == []
    made = rows.barred(table, view(myelopathy=True))
    assert [(each.treatment, each.why, each.source, each.barred) for each in made] == [
        ("srs", "the cord", HONG_2022, True),
        ("cebrt", "the cord", HONG_2022, True),
    ]


LIST = Checklist(
    RULE,
    "A list",
    (
        Criterion("one", is_("ecog", 1)),
        Criterion("two", RADICULOPATHY),
        Criterion("three", is_("escc-grade", "escc-0")),
    ),
    MYELOPATHY,
)


def listed(checklist: Checklist = LIST, **findings: Any) -> str | None:
    one = lesion("L3", **{code: value for code, value in findings.items() if code != "ecog"})
    whole = case(one, **{code: value for code, value in findings.items() if code == "ecog"})
    made = rows.considered(checklist, "kyphoplasty", View(whole, one, {}))
    assert made is None or (made.treatment, made.barred, made.source) == ("kyphoplasty", False, BADVE_2021)
    return made.why if made else None


def test_a_checklist_counts_what_is_met_and_names_what_is_not_and_what_is_not_known() -> None:
    assert listed(myelopathy=True, ecog=2) == "0 of 3 criteria met; not met: one; not known: two; three"
    assert listed(myelopathy=True, ecog=1, radiculopathy=False, escc_grade="escc-2") == (
        "1 of 3 criteria met; not met: two; three"
    )
    assert listed(myelopathy=True, ecog=1, radiculopathy=False) == "1 of 3 criteria met; not met: two; not known: three"
    assert listed(myelopathy=True, ecog=1, radiculopathy=True) == "2 of 3 criteria met; not known: three"
    assert listed(myelopathy=True, ecog=1, radiculopathy=False, escc_grade="escc-0") == (
        "2 of 3 criteria met; not met: two"
    )


def test_a_treatment_that_meets_all_criteria_has_nothing_against_it() -> None:
    assert listed(myelopathy=True, ecog=1, radiculopathy=True, escc_grade="escc-0") is None


def test_a_checklist_is_silent_where_the_treatment_is_not_in_question() -> None:
    assert listed(ecog=2) is None, "the record says nothing of it"
    assert listed(myelopathy=False, ecog=2) is None
    assert listed(myelopathy=[True, False], ecog=2) is not None


def test_one_finding_that_is_told_is_enough_for_a_treatment_to_be_in_question() -> None:
    either = Checklist(RULE, "A list", LIST.criteria, any_of(MYELOPATHY, RADICULOPATHY))
    assert listed(either, radiculopathy=[True, False]) is not None
    assert listed(either) is None


def test_a_criterion_over_zones_is_not_known_where_the_record_names_none() -> None:
    zones = Checklist(RULE, "A list", (Criterion("zones", within("wbb-zones", 1, 2, 3)),), MYELOPATHY)
    assert listed(zones, myelopathy=True) == "0 of 1 criteria met; not known: zones"
    assert listed(zones, myelopathy=True, wbb_zones=(7, 8)) == "0 of 1 criteria met; not met: zones"
    assert listed(zones, myelopathy=True, wbb_zones=(1, 2)) is None


# What they read


def test_the_findings_that_are_read_are_those_of_every_condition_and_no_fact() -> None:
    read = rows.reads_of(
        [row(when=all_of(MYELOPATHY, is_("stability", "stable"))), Note(("srs",), "", when=RADICULOPATHY)]
    )
    assert read == {"myelopathy", "radiculopathy"}
    assert rows.reads_of([], [LIST]) == {"myelopathy", "radiculopathy", "ecog", "escc-grade"}


def test_the_patient_as_a_whole_has_no_name() -> None:
    assert rows.named(None) == ""
    assert rows.named(Lesion("T8")) == "T8"
