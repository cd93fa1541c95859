"""En bloc resection of a metastasis: every way in which its criteria may turn out, against them in plain words."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from service.conditions import atoms, holds_for
from service.decision import en_bloc, plan, wbb
from service.decision.model import Plan
from service.derivations import derive
from service.findings import FINDINGS, TUMOURS
from tests.core.cases import case, lesion
from tests.decision.independent import ways

Way = dict[str, Any]
EN_BLOC = {"en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper"}

#: A patient who meets every criterion, with a tumour of the body of one vertebra.
MET: Way = {
    "contiguous-level-count": 1,
    "bone-metastases": "solitary",
    "extraspinal-bone-metastasis-count": 0,
    "vertebral-metastasis-count": 1,
    "life-expectancy": 24,
    "primary-tumour": "kidney",
    "ecog": 1,
    "visceral-metastases": "none",
    "brain-metastases": False,
    "wbb-layers": ("B", "C"),
    "surgical-fitness": "fit",
    "wbb-zones": (5, 6, 7, 8),
    "tumour-origin": "metastatic",
}
#: For each criterion, a value that does not meet it.
UNMET: Way = {
    "contiguous-level-count": 4,
    "bone-metastases": "multiple",
    "life-expectancy": 11,
    "ecog": 2,
    "visceral-metastases": "removable/treatable/nodular",
    "brain-metastases": True,
    "wbb-layers": ("A", "B", "C"),
    "surgical-fitness": "unfit",
}
HISTOLOGIES = ("kidney", "breast", "lung-nsclc", "melanoma")
ZONES = ((5, 6, 7, 8), (2, 3), (9, 10), (1, 2, 3, 4, 5), (7, 8, 9, 10, 11), (4, 10))


def given(way: Way) -> tuple[str, ...]:
    """The treatments of the rows that hold, each once."""
    found = [step for row in en_bloc.ROWS if holds_for(row.when, way) for step in row.do]
    return tuple(dict.fromkeys(found))


def reasons(way: Way) -> list[str]:
    return [row.why for row in en_bloc.ROWS if holds_for(row.when, way)]


def unmet(way: Way) -> list[str]:
    (checklist,) = en_bloc.CHECKLISTS
    return [criterion.text for criterion in checklist.criteria if not holds_for(criterion.when, way)]


def every_way() -> list[Way]:
    """Each criterion met and not met, with some histologies and zones."""
    either = {code: (MET[code], value) for code, value in UNMET.items()}
    found = ways({**either, "primary-tumour": HISTOLOGIES, "wbb-zones": ZONES})
    return [{**MET, **way} for way in found]


def test_every_way_leads_to_what_the_criteria_say() -> None:
    count = 0
    for way in every_way():
        met = all(way[code] == MET[code] for code in UNMET)
        fitting = wbb.patterns(way["wbb-zones"])
        named = way["primary-tumour"] in ("kidney", "breast")
        expected: set[str] = set()
        if met and named:
            expected = {*fitting, "mdt-review"}
            if "en-bloc-vertebrectomy" in fitting or (fitting and way["primary-tumour"] == "kidney"):
                expected.add("embolisation")
        elif met and way["primary-tumour"] == "lung-nsclc" and fitting:
            expected = {"mdt-review"}
        assert set(given(way)) == expected, way
        count += 1
    assert count == 2**8 * 4 * 6


def test_the_reason_why_no_pattern_fits_is_given_where_none_does_and_nowhere_else() -> None:
    for way in every_way():
        met = all(way[code] == MET[code] for code in UNMET) and way["primary-tumour"] in ("kidney", "breast")
        why = wbb.off_pattern(way["wbb-zones"])
        for words in (wbb.AS_PRINTED_SAID, wbb.NO_PATTERN_SAID):
            assert any(words in reason for reason in reasons(way)) == (met and why == words), way


def test_a_resection_is_never_advised_without_the_board() -> None:
    assert all("mdt-review" in given(way) for way in every_way() if EN_BLOC & set(given(way)))


def test_embolisation_comes_before_the_resection_and_never_without_one() -> None:
    for way in every_way():
        found = given(way)
        if "embolisation" in found:
            assert found[0] == "embolisation"
            assert EN_BLOC & set(found)


def test_the_checklist_says_nothing_where_a_resection_is_advised_and_names_a_criterion_elsewhere() -> None:
    for way in every_way():
        assert bool(unmet(way)) != bool(EN_BLOC & set(given(way))), way


@pytest.mark.parametrize(("code", "value"), UNMET.items())
def test_one_criterion_that_is_not_met_is_the_one_that_is_said(code: str, value: Any) -> None:
    assert unmet(MET) == []
    (text,) = unmet({**MET, code: value})
    (checklist,) = en_bloc.CHECKLISTS
    (criterion,) = (each for each in checklist.criteria if each.text == text)
    assert code in {atom.finding for atom in atoms(criterion.when)}


def test_one_run_of_up_to_three_levels_counts_as_one_metastasis_and_nothing_else_does() -> None:
    count = 0
    for levels, spine, elsewhere, bone in product(range(1, 6), range(1, 7), range(3), ("solitary", "multiple")):
        way = {
            "contiguous-level-count": levels,
            "vertebral-metastasis-count": spine,
            "extraspinal-bone-metastasis-count": elsewhere,
            "bone-metastases": bone,
        }
        one_run = levels in (2, 3) and spine <= levels and elsewhere == 0
        assert holds_for(en_bloc.SOLITARY, way) == (levels <= 3 and (bone == "solitary" or one_run)), way
        count += 1
    assert count == 5 * 6 * 3 * 2


def test_every_histology_is_in_the_criteria_or_for_the_board_or_not_met() -> None:
    by_answer: dict[tuple[str, ...], set[str]] = {}
    for tumour in TUMOURS:
        by_answer.setdefault(given({**MET, "primary-tumour": tumour}), set()).add(tumour)
    assert by_answer.pop(("embolisation", "en-bloc-vertebrectomy", "mdt-review")) == {
        "kidney", "thyroid", "breast", "prostate",
    }  # fmt: skip
    assert by_answer.pop(("mdt-review",)) == {
        "lung-nsclc", "stomach", "small-bowel", "colon", "rectum", "gallbladder-biliary", "pancreas", "ovary", "other",
    }  # fmt: skip
    assert set(by_answer) == {()}


@pytest.mark.parametrize(("months", "advised"), [(0, False), (11.9, False), (12, True), (24, True), (60, True)])
def test_twelve_months_are_enough(months: float, advised: bool) -> None:
    assert bool(given({**MET, "life-expectancy": months})) == advised


def test_under_24_months_a_note_says_what_is_ideal() -> None:
    note = en_bloc.NOTES[0]
    assert set(note.on) == EN_BLOC
    for months, ideal in ((12, False), (23.9, False), (24, True)):
        assert holds_for(note.when, {**MET, "life-expectancy": months}) != ideal
    assert "24 months" in note.perhaps


def test_notes_on_metastases_are_not_said_of_primary_tumours() -> None:
    primary = {**MET, "tumour-origin": "primary", "life-expectancy": 12}
    said = [note.text for note in en_bloc.NOTES if set(note.on) & EN_BLOC and holds_for(note.when, primary)]
    assert not any("survival" in text.lower() for text in said)


def test_meningeal_spread_alone_is_no_organ_metastasis_and_one_in_the_brain_is() -> None:
    assert given({**MET, "visceral-metastases": "meningeal-only"}) == given(MET)
    assert given({**MET, "brain-metastases": True}) == ()


@pytest.mark.parametrize("layers", [("A",), ("A", "B"), ("B", "D"), ("C", "D", "E"), ("E",)])
def test_a_tumour_outside_the_vertebra_does_not_meet_the_criteria(layers: tuple[str, ...]) -> None:
    assert given({**MET, "wbb-layers": layers}) == ()


@pytest.mark.parametrize("layers", [("B",), ("C",), ("B", "C")])
def test_a_tumour_within_the_vertebra_does(layers: tuple[str, ...]) -> None:
    assert EN_BLOC & set(given({**MET, "wbb-layers": layers}))


@pytest.mark.parametrize(
    ("zones", "words"), [((7, 8, 9, 10, 11), "surgeon's judgement"), ((4, 10), "no standard en bloc pattern")]
)
def test_off_pattern_zones_go_to_the_board_with_the_reason(zones: tuple[int, ...], words: str) -> None:
    way = {**MET, "wbb-zones": zones}
    assert given(way) == ("mdt-review",)
    assert words in reasons(way)[0]


def test_the_published_lung_cancer_goes_to_the_board_and_the_criterion_is_named() -> None:
    # Morimoto 2024: lung cancer, a solitary metastasis in the left pedicle of L1, resected after embolisation.
    for pedicle in ((4,), (9,)):
        way = {**MET, "primary-tumour": "lung-nsclc", "wbb-zones": pedicle}
        assert given(way) == ("mdt-review",)
        assert "some lung cancers" in reasons(way)[0]
        (text,) = unmet(way)
        assert "of lung cancers" in text


def test_the_checklist_is_considered_for_a_solitary_metastasis_or_where_zones_are_recorded() -> None:
    (checklist,) = en_bloc.CHECKLISTS
    (unsaid,) = FINDINGS["wbb-zones"].domain.unknown
    for bone, zones, expected in (
        ("solitary", unsaid, True),
        ("multiple", unsaid, False),
        ("multiple", (4, 5), True),
        ("solitary", (4, 5), True),
    ):
        assert holds_for(checklist.considered, {"bone-metastases": bone, "wbb-zones": zones}) == expected


def test_every_row_needs_zones_and_layers_that_the_record_names() -> None:
    for row in en_bloc.ROWS:
        assert {"wbb-zones", "wbb-layers"} <= set(row.told)


def test_one_vertebra_of_a_named_tumour_is_mentioned_where_it_may_be_the_only_metastasis() -> None:
    (note,) = (note for note in en_bloc.NOTES if "srs" in note.on)
    assert set(note.on) == {"srs", "cebrt"}
    found = {**MET, "progressive-deficit": False, "spinal-cord-compression": False}
    assert holds_for(note.when, found)
    for change in (
        {"bone-metastases": "multiple"},
        {"contiguous-level-count": 2},
        {"primary-tumour": "liver"},
        {"progressive-deficit": True},
        {"spinal-cord-compression": True},
    ):
        assert not holds_for(note.when, {**found, **change})
    # Where it certainly is, the checklist says what else has to be so.
    assert note.text == ""


def test_no_bar_hits_a_treatment_that_a_row_gives() -> None:
    for way in every_way():
        barred = {t for bar in en_bloc.BARS if holds_for(bar.when, way) for t in bar.treatments}
        assert not barred & set(given(way))


PATIENT: Way = {
    "primary_tumour": "kidney",
    "bone_metastases": "solitary",
    "ecog": 1,
    "visceral_metastases": "none",
    "brain_metastases": False,
    "life_expectancy": 24,
    "surgical_fitness": "fit",
}
LESION: Way = {"wbb_zones": (5, 6), "wbb_layers": ("B", "C"), "escc_grade": "escc-0"}


def planned(of_lesion: Way, of_patient: Way) -> Plan:
    return plan(derive(case(lesion("L1", **of_lesion), **of_patient)), ())


def advised(found: Plan) -> dict[str, bool]:
    return {r.treatment: r.settled for r in found.recommendations if r.lesion}


def against(found: Plan) -> str:
    (said,) = (each.why for each in found.against if each.treatment in EN_BLOC)
    return said


def test_a_whole_record_settles_the_resection_with_the_board_beside_it() -> None:
    found = advised(planned(LESION, PATIENT))
    assert found["en-bloc-vertebrectomy"]
    assert found["embolisation"]
    assert found["mdt-review"]


def test_one_missing_criterion_makes_the_resection_depend_on_it() -> None:
    without = {code: value for code, value in PATIENT.items() if code != "brain_metastases"}
    (resection,) = (r for r in planned(LESION, without).recommendations if r.treatment in EN_BLOC)
    assert resection.depends_on == ("brain-metastases",)


@pytest.mark.parametrize("missing", ["wbb_zones", "wbb_layers"])
def test_a_record_without_zones_or_layers_leads_to_no_resection_and_says_why(missing: str) -> None:
    found = planned({code: value for code, value in LESION.items() if code != missing}, PATIENT)
    assert not EN_BLOC & advised(found).keys()
    said = {"wbb_zones": "an en bloc pattern fits its zones (WBB)", "wbb_layers": "layers (WBB) B and C only"}[missing]
    assert against(found).endswith(f"; not known: {said}")


def test_one_vertebra_of_the_kidney_is_mentioned_though_nobody_says_that_it_is_the_only_one() -> None:
    def said(level: str, **of_patient: Any) -> bool:
        found = plan(derive(case(lesion(level), **of_patient)), ())
        return any("where this is the only metastasis" in note for r in found.recommendations for note in r.notes)

    def asked(**of_patient: Any) -> set[str]:
        return {need.finding for need in plan(derive(case(lesion("L3"), **of_patient)), ()).needed}

    assert said("L3", primary_tumour="kidney")
    assert not said("L3", primary_tumour="kidney", bone_metastases="multiple")
    assert not said("L3", primary_tumour="liver")
    assert asked(primary_tumour="kidney") <= asked(primary_tumour="liver")


def test_a_tumour_all_around_the_canal_fits_no_pattern() -> None:
    found = planned({**LESION, "wbb_zones": tuple(range(1, 13))}, PATIENT)
    assert not EN_BLOC & advised(found).keys()
    (board,) = (r for r in found.recommendations if r.treatment == "mdt-review")
    assert any(wbb.NO_PATTERN_SAID in advice.reason for advice in board.advice)


def test_the_published_lung_cancer_is_answered_with_the_criterion_that_is_not_met() -> None:
    found = planned({**LESION, "wbb_zones": (4,)}, {**PATIENT, "primary_tumour": "lung-nsclc"})
    assert "of lung cancers" in against(found)
    assert advised(found)["mdt-review"]
