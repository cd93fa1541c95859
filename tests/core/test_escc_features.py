"""The ESCC grade from what the images show: every combination, against the rule in plain words."""

from __future__ import annotations

from itertools import product

import pytest

from service.derivations import derive
from service.evidence import Values
from tests.core.cases import case, lesion

FEATURES = (
    "escc-epidural-extension",
    "escc-thecal-sac-deformed",
    "escc-cord-abutted",
    "escc-cord-compressed",
    "escc-csf-visible",
)
EVERY = frozenset(f"escc-{grade}" for grade in ("0", "1a", "1b", "1c", "2", "3"))


def in_words(extension: bool, deformed: bool, abutted: bool, compressed: bool, csf: bool) -> str:
    if compressed:
        return "escc-2" if csf else "escc-3"
    if abutted:
        return "escc-1c"
    if deformed:
        return "escc-1b"
    return "escc-1a" if extension else "escc-0"


def grade(**findings: object) -> Values:
    found = derive(case(lesion("T8", **findings)))
    return found.possible("escc-grade", found.lesions[0])


def named(values: tuple[bool | None, ...]) -> dict[str, object]:
    return {f.replace("-", "_"): v for f, v in zip(FEATURES, values, strict=True) if v is not None}


@pytest.mark.parametrize("values", list(product((True, False, None), repeat=5)))
def test_the_grade_is_what_the_features_leave_and_an_unknown_feature_is_both(values: tuple[bool | None, ...]) -> None:
    ways = product(*((True, False) if value is None else (value,) for value in values))
    expected = {in_words(*way) for way in ways} if any(v is not None for v in values) else EVERY
    assert grade(**named(values)) == expected


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"escc_epidural_extension": False}, EVERY - {"escc-1a"}),
        ({"escc_cord_compressed": True}, {"escc-2", "escc-3"}),
        ({"escc_cord_compressed": False}, {"escc-0", "escc-1a", "escc-1b", "escc-1c"}),
        ({"escc_csf_visible": True}, EVERY - {"escc-3"}),
        ({"escc_epidural_extension": False, "escc_cord_compressed": True}, {"escc-2", "escc-3"}),
        ({"escc_cord_compressed": [True, False], "escc_cord_abutted": True}, {"escc-1c", "escc-2", "escc-3"}),
    ],
)
def test_what_is_said_narrows_and_what_contradicts_yields_to_the_worst(
    features: dict[str, object], expected: set[str]
) -> None:
    assert grade(**features) == expected


def test_nothing_is_worked_out_where_no_feature_is_said_and_a_grade_of_the_same_time_is_a_conflict() -> None:
    found = derive(case(lesion("T8")))
    assert "escc-grade" not in found.lesions[0].evidence
    given = derive(case(lesion("T8", escc_grade="escc-1a", escc_cord_compressed=True)))
    assert given.possible("escc-grade", given.lesions[0]) == {"escc-1a", "escc-2", "escc-3"}
    assert given.about("escc-grade", given.lesions[0]).conflict


def test_the_grade_names_its_features_and_their_sources_and_stays_with_its_lesion() -> None:
    found = derive(case(lesion("T8", escc_cord_compressed=True, escc_csf_visible=[True, False]), lesion("L1")))
    evidence = found.about("escc-grade", found.lesions[0])
    assert evidence.derived_from == ("escc-cord-compressed", "escc-csf-visible")
    assert len(evidence.sources) == 3
    assert evidence.conflict
    assert found.possible("escc-grade", found.lesions[1]) == EVERY
