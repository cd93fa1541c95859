"""Primary tumours of the spine: every way in which the findings may be, against an independent reading."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from service.conditions import atoms, holds_for
from service.decision import plan, primary_tumours, wbb
from service.decision.model import Row, Urgency
from service.derivations import derive
from service.findings import FINDINGS, TUMOURS
from tests.core.cases import case, lesion
from tests.decision.independent import ESCC, ways

Way = dict[str, Any]

MALIGNANT = {"chondrosarcoma", "osteosarcoma", "ewing-sarcoma", "chordoma", "soft-tissue-sarcoma", "mpnst"}
BLOOD = {"lymphoma", "myeloma", "plasmacytoma"}
OTHERS = {"giant-cell-tumour-of-bone", "schwannoma"} | BLOOD
TOUCHED = {"escc-1c", "escc-2", "escc-3"}
DEFICITS = ("myelopathy", "radiculopathy", "sphincter-dysfunction", "progressive-deficit")
EN_BLOC = {"en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper"}

#: A tumour of the vertebral body in a patient who is fit, with no deficit.
USUAL: Way = {
    "tumour-origin": "primary",
    "primary-tumour": "chondrosarcoma",
    "dumbbell": "benign",
    "escc-grade": "escc-0",
    "stability": "stable",
    "mechanical-stability": "stable",
    "surgical-fitness": "fit",
    "prior-radiotherapy-at-level": False,
    **dict.fromkeys(DEFICITS, False),
    "cauda-equina-syndrome": False,
    "frankel-grade": "frankel-e",
    "staging-complete": True,
    "wbb-zones": (5, 6, 7, 8),
}


def expected(way: Way) -> set[str]:
    """What is advised, in plain words."""
    tumour, dumbbell = way["primary-tumour"], way["tumour-origin"] == "dumbbell"
    fit, touched = way["surgical-fitness"] == "fit", way["escc-grade"] in TOUCHED
    affected = any(way[code] for code in DEFICITS) or way["escc-grade"] in ("escc-2", "escc-3")
    found = {"mdt-review"}
    if tumour not in MALIGNANT | OTHERS:
        if not dumbbell or way["dumbbell"] == "malignant":
            return {*found, "biopsy"}
        return found if affected else {*found, "surveillance"}
    if tumour == "schwannoma" and not affected:
        found.add("surveillance")
    if tumour in MALIGNANT:
        fitting = wbb.patterns(way["wbb-zones"])
        as_printed = not fitting and set(way["wbb-zones"]) <= set(range(7, 13))
        if touched:
            found |= {"separation-surgery", "carbon-ion"} if fit else {"carbon-ion"}
        elif fit and fitting:
            found |= {*fitting}
        elif not (fit and as_printed):
            found.add("carbon-ion")
    if tumour == "giant-cell-tumour-of-bone":
        found.add("denosumab")
    if tumour in ("osteosarcoma", "ewing-sarcoma", "myeloma", "lymphoma"):
        found.add("systemic-therapy")
    unstable = way["stability"] in ("collapse", "unstable") or (
        way["stability"].startswith("indeterminate") and way["mechanical-stability"] == "unstable"
    )
    if tumour in BLOOD:
        found |= {"stabilisation"} if unstable else set()
        found |= set() if way["prior-radiotherapy-at-level"] else {"cebrt"}
    if tumour in MALIGNANT and not way["staging-complete"]:
        found.add("staging")
    return found


def said(way: Way) -> set[str]:
    """Words of each reason that is given, in plain conditions."""
    tumour, dumbbell = way["primary-tumour"], way["tumour-origin"] == "dumbbell"
    malignant, unproven = tumour in MALIGNANT, tumour not in MALIGNANT | OTHERS
    suspect = dumbbell and way["dumbbell"] == "malignant"
    benign = tumour == "schwannoma" or (unproven and dumbbell and not suspect)
    affected = any(way[code] for code in DEFICITS) or way["escc-grade"] in ("escc-2", "escc-3")
    fit, touched = way["surgical-fitness"] == "fit", way["escc-grade"] in TOUCHED
    fitting = wbb.patterns(way["wbb-zones"])
    as_printed = set(way["wbb-zones"]) <= set(range(7, 13))
    resectable = malignant and fit and not touched
    reasons = {
        "decide together; NOMS": True,
        "names no histology": unproven and not dumbbell,
        "suspect of malignancy": unproven and suspect,
        "unless the histology is proven": tumour == "schwannoma" and suspect,
        "careful follow-up": benign and not affected,
        "decide on its resection": benign and affected,
        "before any implant": way["stability"] == "unstable" and tumour not in BLOOD,
        "stabilise, then irradiate": way["stability"] == "unstable" and tumour in BLOOD,
        "stage it before": malignant and fit,
        "and its zones (WBB) fit": resectable and bool(fitting),
        "planned by a team": resectable and bool(fitting),
        "margin can be had at the dura": malignant and fit and touched and bool(fitting),
        "surgeon's judgement": resectable and not fitting and as_printed,
        "no standard en bloc pattern": resectable and not fitting and not as_printed,
        "not fit for surgery: ": malignant and not fit and not touched,
        "not fit for surgery, and the tumour touches": malignant and not fit and touched,
        "conventional radiotherapy is used up": tumour in BLOOD
        and way["prior-radiotherapy-at-level"]
        and way["progressive-deficit"],
        "makes room for carbon ions": malignant and fit and touched,
    }
    return {words for words, holds in reasons.items() if holds}


@cache
def rows(**changes: Any) -> tuple[Row, ...]:
    way = {**USUAL, **{code.replace("_", "-"): value for code, value in changes.items()}}
    return tuple(row for row in primary_tumours.ROWS if holds_for(row.when, way))


def given(way: Way) -> tuple[str, ...]:
    """The treatments of the rows that hold, each once."""
    held = [row for row in primary_tumours.ROWS if holds_for(row.when, way)]
    return tuple(dict.fromkeys(step for row in held for step in row.do))


def barred(way: Way) -> set[str]:
    return {t for bar in primary_tumours.BARS if holds_for(bar.when, way) for t in bar.treatments}


def treatments(**changes: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(step for row in rows(**changes) for step in row.do))


def reads(row: Row) -> set[str]:
    return {atom.finding for atom in atoms(row.when)}


@cache
def every_way() -> tuple[Way, ...]:
    some = {
        "tumour-origin": ("primary", "dumbbell"),
        "primary-tumour": ("chondrosarcoma", "ewing-sarcoma", *sorted(OTHERS), "breast"),
        "dumbbell": ("benign", "malignant"),
        "escc-grade": ("escc-1b", "escc-1c", "escc-2"),
        "stability": ("stable", "indeterminate", "unstable"),
        "surgical-fitness": ("fit", "unfit"),
        "prior-radiotherapy-at-level": (False, True),
        "progressive-deficit": (False, True),
        "wbb-zones": ((5, 6), (1, 2, 3), (8, 9, 10, 11), (7, 8, 9, 10, 11), (4, 10)),
    }
    return tuple({**USUAL, **way} for way in ways(some))


def test_every_way_leads_to_what_the_reading_says_and_never_to_nothing() -> None:
    assert len(every_way()) == 2 * 8 * 2 * 3 * 3 * 2 * 2 * 2 * 5
    for way in every_way():
        assert set(given(way)) == expected(way), way
        assert given(way)


def test_every_reason_is_given_where_it_holds_and_nowhere_else() -> None:
    every = {words for way in every_way() for words in said(way)}
    for way in every_way():
        given_ = " / ".join(row.why for row in primary_tumours.ROWS if holds_for(row.when, way))
        assert {words for words in every if words in given_} == said(way), way


def test_every_histology_grade_and_judged_stability_does_too() -> None:
    states = ("stable", "indeterminate", "indeterminate-high", "collapse", "unstable")
    either = {"stability": states, "mechanical-stability": ("stable", "unstable"), "escc-grade": ESCC}
    for way in ways({"primary-tumour": TUMOURS, **either}):
        whole = {**USUAL, **way}
        assert set(given(whole)) == expected(whole), way


def test_no_bar_hits_a_treatment_that_a_row_gives() -> None:
    hit = 0
    for way in every_way():
        assert not barred(way) & set(given(way)), way
        hit += bool(barred(way))
    assert hit


def test_a_resection_and_carbon_ions_are_never_advised_together() -> None:
    for way in every_way():
        assert not (EN_BLOC & set(given(way)) and "carbon-ion" in given(way)), way


def test_at_a_touched_cord_separation_surgery_comes_before_carbon_ions_in_who_is_fit_for_it() -> None:
    for way in every_way():
        found = given(way)
        if "carbon-ion" in found and way["escc-grade"] in TOUCHED:
            if way["surgical-fitness"] == "fit":
                assert found.index("separation-surgery") < found.index("carbon-ion")
            else:
                assert "separation-surgery" not in found


def test_the_published_chordoma_at_a_compressed_cord_is_given_carbon_ions_with_the_caveat() -> None:
    # In Vivo 2025, 39:2429: C7-T3, no operation for fear of a deficit, no recurrence after 96 months.
    changes = {"primary_tumour": "chordoma", "escc_grade": "escc-2", "surgical_fitness": "unfit"}
    assert {"carbon-ion", "mdt-review"} == set(treatments(**changes))
    assert any("too high for the cord" in row.why for row in rows(**changes))
    way = {**USUAL, "primary-tumour": "chordoma", "escc-grade": "escc-2", "surgical-fitness": "unfit"}
    assert not barred(way)
    said = " ".join(n.text for n in primary_tumours.NOTES if "carbon-ion" in n.on and holds_for(n.when, way))
    for words in ("96 months", "one case", "19 chordomas", "1 had myelitis"):
        assert words in said


def test_staging_is_proposed_where_it_is_not_complete() -> None:
    assert "staging" in treatments(staging_complete=False)
    assert "staging" not in treatments(staging_complete=True)
    assert "staging" not in treatments(primary_tumour="lymphoma", staging_complete=False)


@pytest.mark.parametrize("code", DEFICITS)
def test_a_schwannoma_with_a_deficit_is_put_to_the_board_and_not_only_watched(code: str) -> None:
    changes = {code.replace("-", "_"): True}
    assert treatments(primary_tumour="schwannoma") == ("mdt-review", "surveillance")
    assert treatments(primary_tumour="schwannoma", **changes) == ("mdt-review",)
    assert any("resection" in row.why for row in rows(primary_tumour="schwannoma", **changes))


@pytest.mark.parametrize(
    ("changes", "expected_"),
    [
        # The cases that Matsumoto 2024 shows.
        ({"primary_tumour": "chondrosarcoma", "wbb_zones": (4, 5, 6, 7, 8)}, {"en-bloc-vertebrectomy"}),
        ({"primary_tumour": "chondrosarcoma", "wbb_zones": (2, 3, 4)}, {"en-bloc-sagittal"}),
        ({"primary_tumour": "soft-tissue-sarcoma", "wbb_zones": (1, 2, 3)}, {"en-bloc-posterior"}),
        ({"primary_tumour": "mpnst", "escc_grade": "escc-2"}, {"separation-surgery", "carbon-ion"}),
        ({"primary_tumour": "giant-cell-tumour-of-bone"}, {"denosumab"}),
    ],
)
def test_the_published_cases_are_treated_as_they_were(changes: Way, expected_: set[str]) -> None:
    assert expected_ <= set(treatments(**changes))


def test_the_layers_of_a_primary_tumour_do_not_matter() -> None:
    # Matsumoto 2024 resected two tumours of the layers A, B and C.
    read = {atom for row in primary_tumours.ROWS for atom in reads(row)}
    assert wbb.LAYERS not in read


def test_a_dumbbell_tumour_goes_by_its_score_until_the_histology_is_known() -> None:
    unknown = {"tumour_origin": "dumbbell", "primary_tumour": "unknown-primary"}
    assert treatments(**unknown, dumbbell="malignant") == ("mdt-review", "biopsy")
    assert treatments(**unknown, dumbbell="benign") == ("mdt-review", "surveillance")
    known = {"tumour_origin": "dumbbell", "primary_tumour": "mpnst", "wbb_zones": (1, 2, 3)}
    assert "biopsy" not in treatments(**known, dumbbell="malignant")
    assert "en-bloc-posterior" in treatments(**known, dumbbell="benign")


def test_a_schwannoma_that_scores_as_malignant_is_put_to_the_board() -> None:
    found = rows(tumour_origin="dumbbell", primary_tumour="schwannoma", dumbbell="malignant")
    assert any("unless the histology is proven" in row.why for row in found)


@pytest.mark.parametrize("tumour", sorted(set(TUMOURS) - MALIGNANT - OTHERS))
def test_a_tumour_of_another_organ_is_no_histology_of_a_primary_tumour_of_the_spine(tumour: str) -> None:
    assert treatments(primary_tumour=tumour) == ("mdt-review", "biopsy")


def test_a_record_that_names_no_histology_is_read_as_one_that_found_none() -> None:
    assert set(primary_tumours.SILENCE) == {"primary-tumour"}
    (read,) = primary_tumours.SILENCE["primary-tumour"]
    assert read in FINDINGS["primary-tumour"].domain.unknown
    assert treatments(primary_tumour=read) == ("mdt-review", "biopsy")


def test_an_unstable_spine_is_put_to_the_board_before_any_implant() -> None:
    for stability, unstable in (("stable", False), ("collapse", True), ("unstable", True)):
        said = any("before any implant" in row.why for row in rows(stability=stability))
        assert said == unstable


@pytest.mark.parametrize("tumour", sorted(BLOOD))
def test_a_tumour_of_the_blood_is_stabilised_and_then_irradiated(tumour: str) -> None:
    assert "stabilisation" not in treatments(primary_tumour=tumour)
    for stability in ("collapse", "unstable"):
        found = treatments(primary_tumour=tumour, stability=stability)
        assert found.index("stabilisation") < found.index("cebrt")
        again = treatments(primary_tumour=tumour, stability=stability, prior_radiotherapy_at_level=True)
        assert "stabilisation" in again
        assert "cebrt" not in again
    indeterminate = {"primary_tumour": tumour, "stability": "indeterminate"}
    assert "stabilisation" in treatments(**indeterminate, mechanical_stability="unstable")
    assert "cebrt" in treatments(**indeterminate, mechanical_stability="stable")


@pytest.mark.parametrize("tumour", sorted(BLOOD))
@pytest.mark.parametrize(
    "deficit",
    [*((code, True) for code in (*DEFICITS, "cauda-equina-syndrome")), ("frankel-grade", "frankel-d")],
    ids=lambda deficit: deficit[0],
)
def test_a_deficit_where_it_was_irradiated_before_is_an_urgent_question_of_what_is_left(
    tumour: str, deficit: tuple[str, Any]
) -> None:
    changes = {deficit[0].replace("-", "_"): deficit[1], "primary_tumour": tumour}

    def asked(**more: Any) -> list[Row]:
        return [row for row in rows(**changes, **more) if row.urgency is Urgency.URGENT]

    (row,) = asked(prior_radiotherapy_at_level=True)
    assert row.do == ("mdt-review",)
    for words in ("operation", "systemic therapy", "SRS where the cord is not compressed"):
        assert words in row.why
    assert asked() == []


def test_rows_for_a_histology_or_for_zones_need_a_record_that_names_them() -> None:
    for row in primary_tumours.ROWS:
        assert (wbb.ZONES in reads(row)) == (wbb.ZONES in row.told), row.why
        named = ("carbon-ion", "denosumab", "systemic-therapy", "cebrt", "stabilisation", "staging")
        if EN_BLOC.union(named) & set(row.do):
            assert "primary-tumour" in row.told


def test_the_checklist_of_a_resection_says_what_stands_against_it() -> None:
    (checklist,) = primary_tumours.CHECKLISTS
    for way in every_way():
        if not holds_for(checklist.considered, way):
            assert not EN_BLOC & set(given(way))
            continue
        unmet = [each.text for each in checklist.criteria if not holds_for(each.when, way)]
        assert bool(unmet) != bool(EN_BLOC & set(given(way))), way


def test_notes_on_carbon_ions_give_the_figures_with_their_patients() -> None:
    said = " ".join(note.text for note in primary_tumours.NOTES if "carbon-ion" in note.on)
    for words in ("50 GyE", "60-70 GyE", "no Gy of photons", "79 %", "52 %", "n = 47", "23 % of 30", "No implants"):
        assert words in said


def test_notes_on_denosumab_warn_and_give_no_dose() -> None:
    (note,) = (note for note in primary_tumours.NOTES if "denosumab" in note.on)
    assert "H3.3 G34W" in note.text
    assert "surgery is still needed" in note.text
    assert " mg" not in note.text


def test_notes_on_a_primary_tumour_are_not_said_of_a_metastasis() -> None:
    metastasis = {**USUAL, "tumour-origin": "metastatic", "primary-tumour": "lymphoma"}
    for note in primary_tumours.NOTES:
        if set(note.on) & {"biopsy", "separation-surgery", "cebrt"}:
            assert not holds_for(note.when, metastasis), note.text


def planned(of_lesion: Way, **of_patient: Any) -> dict[str, bool]:
    """Each treatment that the plan of a whole record gives for the lesion, and whether it is settled."""
    record = case(lesion("T8", **{"tumour_origin": "primary", **of_lesion}), **of_patient)
    return {r.treatment: r.settled for r in plan(derive(record), ()).recommendations if r.lesion}


FIT_CHONDROSARCOMA = {"primary_tumour": "chondrosarcoma", "surgical_fitness": "fit"}


def test_a_whole_record_settles_the_resection() -> None:
    found = planned({"escc_grade": "escc-0", "wbb_zones": (4, 5, 6, 7, 8)}, **FIT_CHONDROSARCOMA)
    assert found["en-bloc-vertebrectomy"]
    assert found["mdt-review"]
    assert "carbon-ion" not in found


def test_a_record_without_zones_leads_to_no_resection_and_to_no_carbon_ions_for_want_of_a_pattern() -> None:
    found = planned({"escc_grade": "escc-0"}, **FIT_CHONDROSARCOMA)
    assert not (EN_BLOC | {"carbon-ion"}) & found.keys()
    assert found["mdt-review"]


def test_a_record_without_zones_is_asked_for_them_and_told_that_they_are_not_known() -> None:
    record = case(lesion("T8", tumour_origin="primary"), primary_tumour="chondrosarcoma", surgical_fitness="fit")
    found = plan(derive(record), ())
    (review,) = (r for r in found.recommendations if r.lesion and r.treatment == "mdt-review")
    assert any("zones and layers (WBB), which have to be recorded" in advice.reason for advice in review.advice)
    assert any("stage it before" in advice.reason for advice in review.advice)
    (against,) = (each for each in found.against if each.treatment in EN_BLOC)
    assert "not known" in against.why
    assert against.why.endswith("an en bloc pattern fits its zones (WBB)")
    assert "not met" not in against.why


def test_the_texts_for_metastases_are_not_said_of_a_primary_tumour() -> None:
    record = case(
        lesion("T8", tumour_origin="primary", escc_grade="escc-2", prior_radiotherapy_at_level=True),
        primary_tumour="chondrosarcoma",
        surgical_fitness="fit",
    )
    (separation,) = (r for r in plan(derive(record), ()).recommendations if r.treatment == "separation-surgery")
    said = " ".join((*separation.notes, *separation.facts))
    assert "87.5 %" in said
    for words in ("SRS", "several studies", "colorectal"):
        assert words not in said


def test_a_tumour_all_around_the_canal_is_told_from_a_record_without_zones() -> None:
    found = planned({"escc_grade": "escc-0", "wbb_zones": tuple(range(1, 13))}, **FIT_CHONDROSARCOMA)
    assert found["carbon-ion"]
    assert not EN_BLOC & found.keys()


def test_the_grade_that_is_missing_decides_between_resection_and_separation() -> None:
    found = planned({"wbb_zones": (5, 6)}, **FIT_CHONDROSARCOMA)
    for treatment in ("en-bloc-vertebrectomy", "separation-surgery", "carbon-ion"):
        assert found[treatment] is False


def test_a_record_that_is_silent_on_the_histology_settles_the_biopsy() -> None:
    found = planned({})
    assert found["biopsy"]
    assert not {"denosumab", "carbon-ion", "systemic-therapy", "cebrt", "surveillance"} & found.keys()
