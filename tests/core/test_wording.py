"""How things are said to people: short, in clinical words, and never less or more than what holds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import orjson
import pytest

from service import wording
from service.assess import assess
from service.assessment import Assessment
from service.case import Lesion
from service.decision.model import Advice, Path, Premise, Recommendation, Rule
from service.decision.noms import COLLAPSE, INDETERMINATE, INDETERMINATE_HIGH, NOMS, STABLE, STATES, UNSTABLE
from service.evidence import Span, Values
from service.fhir_mapping.inbound.dates import when
from service.findings import FINDINGS
from service.language import speaking, told
from service.scoring import SCORES
from service.scoring.sources import LAUFER_2013, LENSCHOW_2022
from service.wording.conditional import mechanics
from service.wording.outlines import outline
from service.wording.ways import MECHANICS, Possible, anything, left_open, way, ways
from tests.core.cases import case, lesion, values
from tests.support.stored import EXAMPLES

RECORDS = [*sorted(EXAMPLES.glob("*.json")), *sorted((EXAMPLES / "board").glob("*.json"))]
T8 = lesion("T8")


@cache
def assessed(name: str) -> Assessment:
    (path,) = (path for path in RECORDS if path.stem == name)
    record = orjson.loads(path.read_bytes())
    return assess(record, when(record["timestamp"]))


def advised(*paths: Path, treatment: str = "cebrt", reasons: tuple[str, ...] = ("because",)) -> Recommendation:
    return Recommendation(treatment, tuple(Advice(treatment, NOMS, each) for each in reasons), T8, paths)


def path(**findings: Any) -> Path:
    found = []
    for code, options in findings.items():
        listed = options if isinstance(options, list) else [options]
        name = code.replace("_", "-")
        found.append(Premise(name, frozenset(listed) if name in ("stability", "dumbbell") else values(name, *listed)))
    return tuple(found)


HIGH, LOW = ["escc-2", "escc-3"], ["escc-0", "escc-1a", "escc-1b"]


# Findings


@pytest.mark.parametrize(
    ("finding", "value", "said"),
    [
        ("wbb-zones", (1, 2, 9), "zones 1, 2, 9"),
        ("wbb-zones", (4,), "zones 4"),
        ("wbb-layers", ("A", "B", "C"), "layers A, B, C"),
        ("vertebral-level", ("T8", "T9"), "T8-T9"),
        ("vertebral-level", ("C0",), "C0"),
        ("escc-grade", "escc-1b", "ESCC 1b"),
        ("myelopathy", True, "yes"),
    ],
)
def test_a_value_is_said_as_a_clinician_writes_it(finding: str, value: Any, said: str) -> None:
    assert FINDINGS[finding].label(value) == said


@pytest.mark.parametrize(
    ("finding", "options", "said"),
    [
        ("escc-grade", ["escc-0", "escc-1a", "escc-1b"], "ESCC 0 to 1b"),
        ("escc-grade", ["escc-0", "escc-1a", "escc-2"], "ESCC 0, 1a or 2"),
        ("escc-grade", ["escc-2", "escc-3"], "ESCC 2 or 3"),
        ("myelopathy", [False], "no myelopathy"),
        ("ecog", [1], "ECOG 1"),
        ("ecog", [0], "ECOG 0"),
        ("frankel-grade", ["frankel-e"], "Frankel E"),
        ("karnofsky", [70, 80], "Karnofsky performance status: 70 or 80"),
        ("wbb-zones", [(2, 3)], "WBB zones 2, 3"),
        ("mechanical-stability", ["unstable"], "judged unstable by a clinician"),
        ("surgical-fitness", ["unfit"], "not fit for surgery"),
        ("sins-pain", ["mechanical"], "mechanical pain"),
        ("life-expectancy", [Span(6, 12)], "expected survival: 6 to 12 months"),
        ("platelets", [Span(0, 100, high_open=True)], "platelets: under 100 x 10^3/uL"),
        ("age", [Span(0, 70, high_open=True)], "age: under 70 years"),
        ("time-developing-motor-deficit", [Span(0, 7)], "time over which the deficit came: 7 days or less"),
    ],
)
def test_a_finding_is_said_with_what_is_known_of_it(finding: str, options: list[Any], said: str) -> None:
    assert wording.known(finding, values(finding, *options)) == said


def test_no_number_is_said_with_the_code_of_a_unit() -> None:
    for code, finding in FINDINGS.items():
        text = wording.known(code, frozenset((Span(2, 3),))) if hasattr(finding.domain, "unit") else ""
        assert not {"mo", "a", "d", "10*3/uL"} & {*text.split(": ")[-1].split()}, code


def test_names_keep_their_capital_in_a_sentence() -> None:
    assert wording.in_sentence("Frankel grade") == "Frankel grade"
    assert wording.premise(Premise("karnofsky", values("karnofsky", 50))).startswith("Karnofsky")
    assert wording.in_sentence("Spinal alignment") == "spinal alignment"
    assert wording.in_sentence("ECOG performance status") == "ECOG performance status"


@pytest.mark.parametrize(
    ("name", "place", "at"),
    [
        ("T8", "T8", " at T8"),
        ("T8-T9", "T8-T9", " at T8-T9"),
        ("thoracic", "thoracic spine", " at the thoracic spine"),
        ("sacral", "sacrum", " at the sacrum"),
        ("spine", "level not recorded", " (level not recorded)"),
    ],
)
def test_a_lesion_is_named_by_its_place(name: str, place: str, at: str) -> None:
    assert (wording.place(Lesion(name)), wording.at(Lesion(name))) == (place, at)
    assert wording.at(None) == ""


def test_models_go_by_the_names_that_people_use_and_no_two_by_one() -> None:
    names = [wording.model(score) for score in SCORES]
    assert {"Katagiri", "Tokuhashi", "Tomita", "Bauer", "Modified Bauer", "NESMS", "Van der Linden"} <= {*names}
    assert len(names) == len({*names})


# Stability


JUDGED = ("stable", "unstable")


def pairs(*states: str, judged: tuple[str, ...] = JUDGED) -> Values:
    return frozenset(product(states, judged))


def only(open_: Values) -> Possible:
    return lambda code: open_ if code == MECHANICS else anything(code)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (pairs(STABLE), "SINS 0-6"),
        (pairs(UNSTABLE), "SINS 13-18"),
        (pairs(INDETERMINATE, INDETERMINATE_HIGH, COLLAPSE), "SINS 7-12"),
        (pairs(INDETERMINATE, INDETERMINATE_HIGH, COLLAPSE, UNSTABLE), "SINS 7 or more"),
        (pairs(STABLE, INDETERMINATE, INDETERMINATE_HIGH, COLLAPSE), "SINS 0-12"),
        (pairs(INDETERMINATE, INDETERMINATE_HIGH), "SINS 7-12 without collapse over 50 %"),
        (pairs(COLLAPSE, UNSTABLE), "SINS 13-18 or 7-12 with collapse over 50 %"),
        (pairs(INDETERMINATE), "SINS 7-9 without collapse over 50 %"),
        (pairs(INDETERMINATE, INDETERMINATE_HIGH, judged=("unstable",)), "SINS 7-12 judged unstable"),
        (
            pairs(COLLAPSE, UNSTABLE) | pairs(INDETERMINATE, INDETERMINATE_HIGH, judged=("unstable",)),
            "unstable (SINS 13-18, or SINS 7-12 judged unstable or with collapse over 50 %)",
        ),
        (
            pairs(STABLE) | pairs(INDETERMINATE, INDETERMINATE_HIGH, judged=("stable",)),
            "stable (SINS 0-6, or SINS 7-12 without collapse over 50 % judged stable)",
        ),
    ],
)
def test_stability_is_said_in_points_of_sins_as_few_as_may_be(found: Values, said: str) -> None:
    assert mechanics(found) == said
    assert mechanics(found, brief=True) == said.partition(" (")[0]


def test_what_the_record_rules_out_of_stability_need_not_be_said() -> None:
    no_collapse = only(pairs(STABLE, INDETERMINATE, INDETERMINATE_HIGH, UNSTABLE))
    assert mechanics(pairs(INDETERMINATE, INDETERMINATE_HIGH), no_collapse) == "SINS 7-12"
    judged = only(pairs(*map(str, STATES), judged=("unstable",)))
    all_but_stable = pairs(INDETERMINATE, INDETERMINATE_HIGH, COLLAPSE, UNSTABLE, judged=("unstable",))
    assert mechanics(all_but_stable, judged) == "SINS 7 or more"


# Conditions


@pytest.mark.parametrize(
    ("paths", "said"),
    [
        # Ranges of SINS are one, and what comes after them is apart.
        (
            [path(stability=[INDETERMINATE, INDETERMINATE_HIGH, COLLAPSE, UNSTABLE], myelopathy=False)],
            "if SINS 7 or more, and no myelopathy",
        ),
        # In the order in which a board goes through it, whatever the order of the questions.
        (
            [path(surgical_fitness="fit", escc_grade=HIGH, stability=[UNSTABLE])],
            "if SINS 13-18, ESCC 2 or 3, and fit for surgery",
        ),
        # What another path covers is dropped.
        ([path(myelopathy=True, ecog=3), path(myelopathy=True)], "if myelopathy"),
        (
            [
                path(stability=[INDETERMINATE, INDETERMINATE_HIGH]),
                path(stability=[COLLAPSE, UNSTABLE], surgical_fitness="unfit"),
                path(surgical_fitness="unfit"),
            ],
            "if SINS 7-12 without collapse over 50 %; or if not fit for surgery",
        ),
        # A question that every answer leads on from is not asked.
        (
            [path(myelopathy=True), path(myelopathy=False, escc_grade=HIGH)],
            "if myelopathy; or if ESCC 2 or 3",
        ),
        # Two ways that differ in one finding are one.
        (
            [path(escc_grade="escc-2", ecog=3), path(escc_grade="escc-3", ecog=3)],
            "if ESCC 2 or 3, and ECOG 3",
        ),
        # What is unstable is explained once.
        (
            [
                path(stability=[COLLAPSE, UNSTABLE], escc_grade=HIGH),
                path(stability=[INDETERMINATE, INDETERMINATE_HIGH], mechanical_stability="unstable", escc_grade=HIGH),
                path(stability=[COLLAPSE, UNSTABLE], myelopathy=False),
                path(stability=[INDETERMINATE, INDETERMINATE_HIGH], mechanical_stability="unstable", myelopathy=False),
            ],
            "if unstable (SINS 13-18, or SINS 7-12 judged unstable or with collapse over 50 %), and ESCC 2 or 3; "
            "or if unstable, and no myelopathy",
        ),
    ],
)
def test_a_condition_is_as_short_as_it_can_be_said(paths: list[Path], said: str) -> None:
    assert wording.condition(advised(*paths)) == said


def test_more_ways_than_one_can_read_are_named_by_what_decides() -> None:
    paths = [
        path(myelopathy=True, ecog=1),
        path(radiculopathy=True, ecog=2),
        path(smoking=True, ecog=3),
        path(diabetes=True, ecog=4),
        path(heart_failure=True, ecog=0),
    ]
    assert wording.condition(advised(*paths)).startswith("depending on myelopathy, ECOG, radiculopathy")


@pytest.mark.parametrize("treatment", ["stabilisation", "mis-fixation", "embolisation"])
def test_an_operation_is_not_for_who_is_unfit_for_surgery_but_for_who_is_unfit_for_an_open_one(treatment: str) -> None:
    unfit = advised(path(surgical_fitness="unfit"), treatment=treatment)
    assert wording.condition(unfit) == "if not fit for open decompression"
    assert wording.condition(advised(path(surgical_fitness="unfit"))) == "if not fit for surgery"


def test_the_record_can_answer_part_of_a_condition() -> None:
    two = advised(path(escc_grade=LOW, myelopathy=False), path(escc_grade=HIGH))
    assert wording.condition(two) == "if ESCC 0 to 1b, and no myelopathy; or if ESCC 2 or 3"
    # A grade of which the record is silent is not 1c, which a note says.
    assert wording.condition(two, left_open(case(T8), T8)) == "if no myelopathy; or if ESCC 2 or 3"
    graded = lesion("T8", escc_grade=["escc-1b", "escc-1c", "escc-2", "escc-3"])
    assert wording.condition(two, left_open(case(graded), graded)) == wording.condition(two)


def assignments(recommendation: Recommendation, possible: Possible) -> Iterator[dict[str, Any]]:
    """Every way in which the findings of the paths may be, a value for each that the paths tell apart."""
    codes = dict.fromkeys(code for each in recommendation.paths for code in way(each))
    choices = []
    for code in codes:
        spans = [v for each in recommendation.paths for v in way(each).get(code, ()) if isinstance(v, Span)]
        if spans:
            ends = {end for span in spans for end in (span.low, span.high, span.low + 0.5, span.high - 0.5)}
            choices.append([n for n in ends if any(s.meet(Span.point(n)) for s in possible(code))])  # type: ignore[attr-defined]
        else:
            choices.append(sorted(possible(code), key=str))
    for chosen in product(*choices):
        yield dict(zip(codes, chosen, strict=True))


def holds(found: Any, answers: dict[str, Any]) -> bool:
    return all(
        answers[code] in of or any(isinstance(v, Span) and v.meet(Span.point(answers[code])) for v in of)
        for code, of in found.items()
    )


@pytest.mark.parametrize("name", [path.stem for path in RECORDS])
def test_a_shortened_condition_holds_just_where_the_long_one_does(name: str) -> None:
    made = assessed(name)
    for each in made.plan.recommendations:
        for possible in (anything, left_open(made.plan.judged or made.case, each.lesion)):
            short = ways(each, possible)
            for n, answers in enumerate(assignments(each, possible)):
                long = not each.paths or any(holds(way(p), answers) for p in each.paths)
                assert long == any(holds(w, answers) for w in short), (each.treatment, answers)
                if n > 5000:
                    break


# Reasons

_ROWS = [
    f"{grade}-grade ESCC, radiosensitive, {stability}"
    for grade in ("low", "high")
    for stability in ("stable", "unstable")
]
_TWICE = "the level was irradiated before: conventional radiotherapy again is contraindicated, SRS is still possible"


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        (_ROWS, ["radiosensitive, at any ESCC grade and stability (Laufer 2013)"]),
        (_ROWS[:2], ["low-grade ESCC, radiosensitive, at any stability (Laufer 2013)"]),
        (_ROWS[:3], ["radiosensitive, whatever else is found (Laufer 2013)"]),
        (_ROWS[:1], ["low-grade ESCC, radiosensitive, stable (Laufer 2013)"]),
        (
            [f"low-grade ESCC, stable; {_TWICE}", f"low-grade ESCC, unstable; {_TWICE}"],
            [f"low-grade ESCC, at any stability; {_TWICE} (Laufer 2013)"],
        ),
        (
            [f"low-grade ESCC, unstable; {_TWICE}", f"high-grade ESCC, unstable; {_TWICE}, but not at the cord"],
            [f"unstable, at any ESCC grade; {_TWICE}, but not at the cord (Laufer 2013)"],
        ),
        (["one: a", "two: b"], ["one: a (Laufer 2013)", "two: b (Laufer 2013)"]),
        (
            ["one: a", "two: b", "three: c", "four: d"],
            ["one: a (Laufer 2013)", "two: b (Laufer 2013)", "and 2 more: see the FHIR answer (Laufer 2013)"],
        ),
    ],
)
def test_reasons_that_differ_in_part_are_one_with_what_they_share(reasons: list[str], said: list[str]) -> None:
    assert wording.reasons(advised(reasons=tuple(reasons))) == said


def test_the_shared_reason_of_a_condition_does_not_hold_whatever_else_does() -> None:
    conditional = advised(path(myelopathy=False), reasons=tuple(_ROWS[:3]))
    assert wording.reasons(conditional) == ["radiosensitive, under the condition named (Laufer 2013)"]


def test_reasons_of_several_rules_stay_apart() -> None:
    other = Rule("noms", "another", LENSCHOW_2022)
    both = Recommendation("cebrt", (Advice("cebrt", NOMS, _ROWS[0]), Advice("cebrt", other, _ROWS[1])), T8)
    assert [text.rpartition(" (")[2] for text in wording.reasons(both)] == [
        f"{LAUFER_2013.short})",
        f"{LENSCHOW_2022.short})",
    ]


@pytest.mark.parametrize(
    ("reason", "brief", "known"),
    [
        ("a, b: decide. Of 331 patients none (X 2022)", "a, b: decide (X 2022)", "A: of 331 patients none (X 2022)"),
        ("a: decide together (X 2022)", "a (X 2022)", ""),
        ("a: look twice; decide together (X 2022)", "a: look twice (X 2022)", ""),
        (f"low-grade ESCC, stable; {_TWICE} (X 2022)", f"low-grade ESCC, stable; {_TWICE} (X 2022)", ""),
        ("a reason without a source", "a reason without a source", ""),
    ],
)
def test_a_reason_for_a_review_is_brief_and_what_is_known_of_it_is_kept(reason: str, brief: str, known: str) -> None:
    assert wording.in_brief(reason) == (brief, known)


# The plan of a lesion in a line


@pytest.mark.parametrize(
    ("name", "level", "said"),
    [
        (
            "kidney-l1-emergency",
            "L1",
            "if fit: embolisation, decompression and stabilisation, then SRS. If not: cEBRT; embolise and stabilise "
            "first if unstable (SINS). Multidisciplinary review",
        ),
        ("myeloma-c7-t1", "C7-T1", "cEBRT; stabilise first if unstable (SINS); multidisciplinary review"),
        (
            "breast-oligometastatic",
            "C4",
            "cEBRT; stabilise first if unstable (SINS); review instead if myelopathy with ESCC 0 to 1b",
        ),
        (
            "thyroid-c5-c7-palliative",
            "C5-C7",
            "ESCC 1a to 1c (not if myelopathy): SRS. ESCC 2 or 3: cEBRT. Embolise and stabilise first if unstable "
            "(SINS) either way. Multidisciplinary review",
        ),
        (
            "lung-c0-c1-unstable",
            "C0-C1",
            "MRI first. ESCC 0 to 1b (review if myelopathy): SRS; stabilise first if unstable (SINS). ESCC 2 or 3: if "
            "fit: decompression and stabilisation, then SRS; if not: cEBRT; stabilise first if unstable",
        ),
        ("kidney-complete", "T11", "Embolisation, stabilisation, then SRS; multidisciplinary review"),
    ],
)
def test_the_outline_says_what_is_done_and_on_what_it_hangs(name: str, level: str, said: str) -> None:
    assert outline_of(name, level, 200) == said


def outline_of(name: str, level: str, longest: int) -> str:
    made = assessed(name)
    (one,) = (each for each in made.case.lesions if each.name == level)
    of_it = [r for r in made.plan.recommendations if r.lesion is one and not r.urgent]
    return outline(of_it, left_open(made.plan.judged or made.case, one), longest)


@pytest.mark.parametrize(("name", "level"), [("lung-c0-c1-unstable", "C0-C1"), ("lung-irradiated-before", "thoracic")])
def test_an_outline_that_says_instability_twice_is_whole_in_japanese(name: str, level: str) -> None:
    found = outline_of(name, level, 300)
    assert found.count("(SINS)") == 1
    with speaking("ja"):
        said = told(found)
    assert "SRS；不安定（SINS）の場合は先に固定" in said
    assert "；の" not in said


def test_an_outline_that_is_too_long_names_the_treatments_and_what_decides() -> None:
    assert outline_of("lung-c0-c1-unstable", "C0-C1", 150) == (
        "MRI first; decompression and stabilisation, stabilisation, SRS or cEBRT, depending on ESCC grade, fitness "
        "for surgery and SINS"
    )


def test_an_outline_is_never_silent() -> None:
    assert outline([], anything) == "Nothing but what is to be found out"
    assert outline([advised(treatment="surveillance")], anything) == "Surveillance"
    perhaps = advised(path(myelopathy=True), treatment="mdt-review")
    assert outline([perhaps], anything) == "Multidisciplinary review, depending on myelopathy"
    assert outline([advised()], anything) == "cEBRT"
    assert outline([advised(path(life_expectancy=Span(0, 3)))], anything) == "cEBRT, depending on expected survival"
    assert outline([advised(path(surgical_fitness="fit"))], anything) == "if fit: cEBRT. If not: review"
    judged = advised(path(stability=[INDETERMINATE], mechanical_stability="unstable"), treatment="stabilisation")
    assert outline([judged], only(pairs(INDETERMINATE))) == "Stabilise if judged unstable"


def test_reasons_with_one_condition_share_it() -> None:
    when_unfit = (path(surgical_fitness="unfit"),)
    review = Recommendation(
        "mdt-review",
        (
            Advice("mdt-review", NOMS, "always so"),
            Advice("mdt-review", NOMS, "one: a", paths=when_unfit),
            Advice("mdt-review", NOMS, "two: b", paths=when_unfit),
            Advice("mdt-review", NOMS, "myelopathy: c", paths=(path(myelopathy=True),)),
        ),
        T8,
    )
    assert wording.reasons(review) == [
        "always so (Laufer 2013)",
        "if not fit for surgery: one: a (Laufer 2013); two: b (Laufer 2013)",
        "if myelopathy: c (Laufer 2013)",
    ]
