"""Both Bauer scores against an independent reading of Bauer and Wedin 1995 and Leithner 2008."""

from __future__ import annotations

from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.findings import PATIENT
from service.scoring import ENGINES
from service.scoring.model import Kind, Status
from tests.core.cases import case, known_of, lesion, possible, values
from tests.scoring.completions import check, records, result, spell, spelled_out, vectors
from tests.scoring.independent import PUBLISHED
from tests.scoring.tables import bands, expected, figures, outside, remarks, validations

MODIFIED, ORIGINAL = "bauer-modified", "bauer"
BOTH = (MODIFIED, ORIGINAL)
#: The class of a total, from the worst to the best.
CLASSES = {MODIFIED: ["0-1", "2", "3-4"], ORIGINAL: ["0-1", "2-3", "4-5"]}


@pytest.mark.parametrize(("code", "count"), [(MODIFIED, 10 * 40 * 2), (ORIGINAL, 10 * 40 * 2 * 2)])
def test_every_input_has_the_points_total_and_band_of_the_table(code: str, count: int) -> None:
    domains = PUBLISHED[code].domains
    tried = 0
    for chosen in product(*domains.values()):
        check(code, known_of(dict(zip(domains, chosen, strict=True))))
        tried += 1
    assert tried == count


@pytest.mark.parametrize("code", BOTH)
def test_lung_of_unknown_type_is_lung_in_every_record(code: str) -> None:
    domains = {f: d for f, d in PUBLISHED[code].domains.items() if f != "primary-tumour"}
    for chosen in product(*domains.values()):
        rest = dict(zip(domains, chosen, strict=True))
        found = check(code, known_of({**rest, "primary-tumour": "lung"}))
        assert found.items[1].points == found.items[2].points == {0}


@pytest.mark.parametrize("code", BOTH)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_gaps_and_conflicts_leave_exactly_what_the_completions_give(code: str, data: st.DataObject) -> None:
    check(code, data.draw(records(code)))


@pytest.mark.parametrize("code", BOTH)
def test_each_subset_of_what_the_yes_or_no_questions_leave_open_has_the_totals_of_its_completions(code: str) -> None:
    """With primaries of each kind: lung, breast, colon, plasmacytoma."""
    questions = {f: d for f, d in PUBLISHED[code].domains.items() if len(d) == 2}
    tumours = ("lung-nsclc", "breast", "colon", "plasmacytoma")
    for primary in product((False, True), repeat=4):
        named = [tumour for tumour, named in zip(tumours, primary, strict=True) if named]
        for organs in (("none",), ("present",), ("none", "present")):
            for some in product(*([(a,), (b,), (a, b)] for a, b in questions.values())):
                record = {f: values(f, *v) for f, v in zip(questions, some, strict=True)}
                record["visceral-metastases"] = values("visceral-metastases", *organs)
                if named:
                    record["primary-tumour"] = values("primary-tumour", *named)
                check(code, record)


def test_lung_and_favourable_primary_are_never_possible_at_once() -> None:
    record = {
        "visceral-metastases": values("visceral-metastases", "none"),
        "bone-metastases": values("bone-metastases", "solitary"),
    }
    joint = vectors(MODIFIED, record)
    assert {points[1:3] for points in joint} == {(0, 0), (1, 0), (1, 1)}
    assert spelled_out(MODIFIED).totals(*possible(record)) == {spell(points) for points in joint}
    assert result(MODIFIED, record).totals == {2, 3, 4}


def test_lung_or_breast_skips_the_total_between_them() -> None:
    record = known_of({"visceral-metastases": "none", "bone-metastases": "solitary"})
    record["primary-tumour"] = values("primary-tumour", "lung", "breast")
    found = check(MODIFIED, record)
    assert found.totals == {2, 4}
    assert [band.code for band in found.bands] == ["2", "3-4"]


@pytest.mark.parametrize("code", BOTH)
def test_the_four_favourable_primaries_are_those_of_leithner(code: str) -> None:
    favourable = {
        tumour
        for tumour in PUBLISHED[code].domains["primary-tumour"]
        if 1 in result(code, {"primary-tumour": values("primary-tumour", tumour)}).items[2].points
    }
    assert favourable == {"breast", "kidney", "lymphoma", "myeloma", "plasmacytoma"}


def test_plasmacytoma_is_myeloma_in_no_source_so_its_point_stays_open() -> None:
    record = known_of({"primary-tumour": "plasmacytoma", "visceral-metastases": "none", "bone-metastases": "multiple"})
    assert check(MODIFIED, record).totals == {2, 3}
    with_fracture = {**record, "pathologic-fracture": values("pathologic-fracture", True)}
    assert check(ORIGINAL, with_fracture).totals == {2, 3}


@pytest.mark.parametrize("code", BOTH)
def test_meningeal_spread_alone_is_no_visceral_metastasis(code: str) -> None:
    assert result(code, known_of({"visceral-metastases": "meningeal-only"})).items[0].points == {1}


@pytest.mark.parametrize(("code", "highest"), [(MODIFIED, 4), (ORIGINAL, 5)])
def test_an_empty_record_leaves_every_total_from_0(code: str, highest: int) -> None:
    assert result(code, {}).totals == set(range(highest + 1))
    assert [band.code for band in ENGINES[code].bands(*possible({}))] == CLASSES[code]


@pytest.mark.parametrize("code", BOTH)
def test_every_total_has_the_band_of_the_table(code: str) -> None:
    score = ENGINES[code].score
    for low, high, band in PUBLISHED[code].bands:
        assert {score.band(total).code for total in range(int(low), int(high) + 1)} == {band}


def test_the_original_adds_just_the_fracture_to_the_modified_score() -> None:
    """The two bodies of the table are one: a fracture of unknown state leaves one point open."""
    domains = PUBLISHED[MODIFIED].domains
    for chosen in product(*(domain[:9] for domain in domains.values())):
        record = known_of(dict(zip(domains, chosen, strict=True)))
        modified = result(MODIFIED, record).totals
        for fracture, more in ((True, 0), (False, 1)):
            with_fracture = {**record, "pathologic-fracture": values("pathologic-fracture", fracture)}
            assert result(ORIGINAL, with_fracture).totals == {total + more for total in modified}
        assert result(ORIGINAL, record).totals == {total + more for total in modified for more in (0, 1)}


def test_the_two_versions_differ_on_strategy_in_exactly_the_two_published_situations() -> None:
    domains = PUBLISHED[ORIGINAL].domains
    differ = set()
    for chosen in product(*domains.values()):
        known = dict(zip(domains, chosen, strict=True))
        if known["primary-tumour"] == "plasmacytoma":
            continue
        record = known_of(known)
        classes = {code: CLASSES[code].index(result(code, record).bands[0].code) for code in BOTH}
        if classes[ORIGINAL] != classes[MODIFIED]:
            (others,) = result(MODIFIED, record).totals
            differ.add((known["pathologic-fracture"], others, classes[ORIGINAL] > classes[MODIFIED]))
    assert differ == {(False, 1, True), (True, 3, False)}


def test_a_fracture_of_any_lesion_is_a_fracture_of_the_patient() -> None:
    two = case(lesion("T8", pathologic_fracture=False), lesion("L1", pathologic_fracture=True))
    assert ENGINES[ORIGINAL].result(two).items[4].points == {0}
    one_unknown = case(lesion("T8", pathologic_fracture=False), lesion("L1"))
    assert ENGINES[ORIGINAL].result(one_unknown).items[4].points == {0, 1}
    assert ENGINES[ORIGINAL].result(case(pathologic_fracture=False)).items[4].points == {1}


def test_what_is_published_of_them() -> None:
    nine = ("AUC at 3, 6 and 12 months", (0.59, 0.76), 953, None, "Bindels 2025", True)
    assert validations(ENGINES[ORIGINAL].score) == [nine]
    assert validations(ENGINES[MODIFIED].score) == [
        nine,
        ("c-statistic", 0.67, 144, (0.62, 0.72), "Bulthuis 2023", True),
    ]
    for code in BOTH:
        score = ENGINES[code].score
        assert bands(score) == PUBLISHED[code].bands
        assert figures(score) == []  # the medians by class could not be verified
        assert (score.kind, score.scope, score.high_is_good, score.ceiling) == (Kind.SURVIVAL, PATIENT, True, None)
        assert [band.risk for band in score.bands] == ["high", "moderate", "low"]
        assert (score.origins, score.rare) == ({"metastatic"}, False)
    assert expected(ENGINES[ORIGINAL].score) == {"0-1": (0, 6), "2-3": (6, inf), "4-5": (12, inf)}
    assert set(expected(ENGINES[MODIFIED].score).values()) == {None}  # none that could be verified
    assert (ENGINES[ORIGINAL].score.status, ENGINES[MODIFIED].score.status) == (Status.SECONDARY, Status.VERIFIED)
    assert [source.short for source in ENGINES[ORIGINAL].score.sources] == ["Bauer and Wedin 1995"]
    assert [source.short for source in ENGINES[MODIFIED].score.sources] == ["Leithner 2008", "Bauer and Wedin 1995"]


@pytest.mark.parametrize("code", BOTH)
def test_what_is_said_with_them(code: str) -> None:
    said = [text for text, certain in remarks(result(code, {})) if certain]
    assert any("depended least on the cohort" in text for text in said)
    assert any("10.6 months" in text for text in said) == (code == MODIFIED)
    assert not any("triple-negative" in text for text in said)
    of_breast = remarks(ENGINES[code].result(case(primary_tumour="breast")))
    assert any("triple-negative" in text for text, _ in of_breast)
    assert outside(ENGINES[code].result(case(lesion("T8"), age=60))) == []
