"""The worked examples through the HTTP door: each input in both ways of giving it, and each finding taken away."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from service.findings import FINDINGS, LESION
from service.scoring import ENGINES
from tests.scoring.examples import SCORED, SYSTEMS, of_system, points
from tests.scoring.resources import Known, record
from tests.support.answers import bands, items, number, risk, score, treatments
from tests.support.door import assess
from tests.support.records import TUMOUR, Resource, bundle, concept, condition, level, observation

#: A few answers to each finding, every row of every table among them.
ANSWERS: Known = {
    "primary-tumour": ["lung-nsclc", "stomach", "liver", "colon", "kidney", "rectum", "breast", "thyroid", "lymphoma"],
    "visceral-metastases": ["none", "removable", "unremovable", "treatable", "untreatable", "nodular", "disseminated"],
    "bone-metastases": ["solitary", "multiple"],
    "extraspinal-bone-metastasis-count": [0, 1, 3],
    "vertebral-metastasis-count": [1, 2, 3],
    "albumin": [2.0, 3.5, 3.6, 4.0],
    "platelets": [99, 100],
    "crp": [0.3, 0.4],
    "ldh": [249, 250],
    "bilirubin": [1.3, 1.4],
    "calcium": [10.2, 10.3],
    "age": [69, 70],
    "dumbbell-diameter": [4.9, 5],
    "time-from-cancer-diagnosis": [15, 16, 60, 61],
    "time-developing-motor-deficit": [7, 8],
    "metastatic-organ-system-count": [0, 1, 10],
}


def _at(code: str, known: Known) -> str:
    """Where the score is: at a level for those of a lesion."""
    (at,) = known.get("vertebral-level", ("T6",))
    return at if ENGINES[code].score.scope == LESION else ""


def _total(client: FlaskClient, code: str, known: Known) -> tuple[float, float]:
    found = number(score(assess(client, record(code, known)), code, _at(code, known)))
    assert not isinstance(found, str), "a total is never absent"
    return found if isinstance(found, tuple) else (found, found)


@pytest.mark.parametrize("plainly", [True, False], ids=["plainly", "otherwise"])
@pytest.mark.parametrize("vector", SCORED, ids=lambda vector: vector["id"])
def test_a_worked_example_has_its_points_total_and_band_over_http(
    client: FlaskClient, vector: Known, plainly: bool
) -> None:
    system = SYSTEMS[vector["system"]]
    known = system.read(vector["inputs"])
    answer = assess(client, record(system.score, known, plainly=plainly))
    found = score(answer, system.score, _at(system.score, known))
    assert found["status"] == "final"
    assert number(found) == vector["expected_total"]
    assert list(items(found).values()) == points(vector)
    band = f"{system.score}.{system.bands[vector['expected_category']]}"
    assert [concept["coding"][0]["code"] for concept in found["interpretation"]] == [band]
    assert bands(risk(answer, system.score, _at(system.score, known))) == [band]


@pytest.mark.parametrize("vector", SCORED[::3], ids=lambda vector: vector["id"])
def test_without_a_finding_the_range_is_that_of_its_answers(client: FlaskClient, vector: Known) -> None:
    system = SYSTEMS[vector["system"]]
    known = system.read(vector["inputs"])
    # The level is where the lesion is, and says how many vertebrae it has.
    for finding in known.keys() - {"vertebral-level", "contiguous-level-count"}:
        rest = {name: value for name, value in known.items() if name != finding}
        answers = ANSWERS.get(finding) or sorted(FINDINGS[finding].domain.unknown, key=str)
        completed = [_total(client, system.score, {**rest, finding: answer}) for answer in answers]
        low, high = _total(client, system.score, rest)
        assert (low, high) == (min(lo for lo, _ in completed), max(hi for _, hi in completed)), finding
        assert low <= vector["expected_total"] <= high


def test_lung_of_unknown_type_scores_as_either_type(client: FlaskClient) -> None:
    lung = {"valueCodeableConcept": concept(("lung", TUMOUR))}
    shows = observation("tumour-origin", "metastatic", "T6")
    answer = assess(client, bundle(shows, observation("primary-tumour", lung)))
    assert items(score(answer, "tokuhashi-revised"))["primary-site"] == 0
    assert items(score(answer, "bauer-modified"))["not-lung"] == 0
    assert items(score(answer, "bauer"))["not-lung"] == 0
    assert items(score(answer, "van-der-linden"))["primary-site"] == 1
    assert items(score(answer, "rades-short-survival"))["primary-site"] == 3


# Values on which sources disagree


def _notes(resource: Resource) -> str:
    return " ".join(note["text"] for note in resource["note"])


@pytest.mark.parametrize(("size", "unit"), [(5.0, "cm"), (5, "cm"), (50, "mm"), (0.05, "m")])
def test_a_dumbbell_tumour_of_exactly_5_cm_has_2_points_and_a_note_with_0(
    client: FlaskClient, size: float, unit: str
) -> None:
    known = SYSTEMS["DUMBBELL_DSS"].read(of_system("DUMBBELL_DSS")[0]["inputs"])
    del known["dumbbell-diameter"]
    listed = [e["resource"] for e in record("dumbbell", known)["entry"]]
    answer = assess(client, bundle(*listed, observation("dumbbell-diameter", (size, unit), "T6")))
    found = score(answer, "dumbbell", "T6")
    assert (number(found), items(found)["size"]) == (2, 2)
    assert "With 0 points there, the total is 0" in _notes(found)
    assert "With 0 points there, the total is 0" in _notes(risk(answer, "dumbbell", "T6"))


@pytest.mark.parametrize(("size", "total"), [(4.99, 0), (5.01, 2)])
def test_a_dumbbell_tumour_beside_5_cm_has_one_total(client: FlaskClient, size: float, total: int) -> None:
    known = SYSTEMS["DUMBBELL_DSS"].read(of_system("DUMBBELL_DSS")[0]["inputs"])
    found = score(assess(client, record("dumbbell", {**known, "dumbbell-diameter": size})), "dumbbell", "T6")
    assert number(found) == total
    assert "note" not in found


def test_a_collapse_of_exactly_50_per_cent_has_2_points_and_a_note_with_the_point_more(client: FlaskClient) -> None:
    known = {**SYSTEMS["SINS"].read(of_system("SINS")[0]["inputs"]), "vertebral-level": ("T6",)}
    for percent, points_, note in ((49, 2, ""), (50, 2, "With 3 points there, the total is 4"), (51, 3, "")):
        rest = {name: value for name, value in known.items() if name != "sins-collapse"}
        listed = [e["resource"] for e in record("sins", rest)["entry"]]
        answer = assess(client, bundle(*listed, observation("sins-collapse", (percent, "%"), "T6")))
        found = score(answer, "sins", "T6")
        assert (items(found)["collapse"], number(found)) == (points_, points_ + 1)
        assert note in (_notes(found) if note else "")
        assert ("note" in found) == bool(note)


# Scales and findings that are worked out


@pytest.mark.parametrize("vector", of_system("ECOG_KPS"), ids=lambda vector: vector["id"])
def test_a_karnofsky_status_counts_as_its_ecog_status(client: FlaskClient, vector: Known) -> None:
    karnofsky, ecog = vector["inputs"]["kps"], vector["expected_total"]
    worked_out, given = (assess(client, record("prism", known)) for known in ({"karnofsky": karnofsky}, {"ecog": ecog}))
    for code, item in (("katagiri-revised", "ecog"), ("rades-short-survival", "ecog"), ("mizumoto", "ecog")):
        assert items(score(worked_out, code))[item] == items(score(given, code))[item]
    assert items(score(worked_out, "prism", "T6"))["ecog"] == items(score(given, "prism", "T6"))["ecog"]


@pytest.mark.parametrize("vector", of_system("FRANKEL_ASIA"), ids=lambda vector: vector["id"])
def test_a_frankel_grade_has_its_palsy_and_walking_on_each_scale(client: FlaskClient, vector: Known) -> None:
    given, expected = vector["inputs"], vector["expected_points_by_component"]
    if "modified_frankel" in given:
        grade = given["modified_frankel"].lower()
        said = [("modified-frankel", f"modified-frankel-{grade}")]
        walks = {"c2": 0, "d1": (0, 1), "d3": 1}[grade]
    else:
        letter = vector["expected_total"].lower()
        said = [("frankel-grade", f"frankel-{letter}"), ("asia-impairment", f"asia-{letter}")]
        walks = int(expected["default_ambulatory"])
    for finding, value in said:
        answer = assess(client, bundle(observation("tumour-origin", "metastatic", "T6"), observation(finding, value)))
        assert items(score(answer, "tokuhashi-revised"))["palsy"] == expected["tokuhashi_palsy"]
        assert items(score(answer, "nesms"))["ambulatory"] == walks


FEATURES = {
    "epidural_extension": "escc-epidural-extension",
    "thecal_sac_deformed": "escc-thecal-sac-deformed",
    "cord_abutment": "escc-cord-abutted",
    "cord_compression": "escc-cord-compressed",
    "csf_visible": "escc-csf-visible",
}


@pytest.mark.parametrize("vector", of_system("BILSKY_ESCC"), ids=lambda vector: vector["id"])
def test_the_features_of_a_grade_lead_to_the_plan_of_the_grade(client: FlaskClient, vector: Known) -> None:
    sins = SYSTEMS["SINS"].read(of_system("SINS")[0]["inputs"])
    rest = {**sins, "vertebral-level": ("T6",), "primary-tumour": "colon", "myelopathy": False}
    features = {FEATURES[name]: value for name, value in vector["inputs"].items()}
    by_features, by_grade = (
        assess(client, record("sins", {**rest, **grade}))
        for grade in (features, {"escc-grade": f"escc-{vector['expected_total']}"})
    )
    assert treatments(by_features, "T6") == treatments(by_grade, "T6")
    assert ("decompression-stabilisation" in treatments(by_grade, "T6")) == (vector["expected_category"] == "high")


@pytest.mark.parametrize(("levels", "points_"), [(("T6",), 0), (("T6", "T7"), 1), (("T6", "T7", "T8"), 1)], ids=str)
def test_the_levels_of_a_lesion_count_as_its_contiguous_bodies(
    client: FlaskClient, levels: tuple[str, ...], points_: int
) -> None:
    shows = condition("C79.51", bodySite=[level(each) for each in levels])
    answer = assess(client, bundle(shows))
    name = levels[0] if len(levels) == 1 else f"{levels[0]}-{levels[-1]}"
    assert items(score(answer, "soma", name))["contiguous-levels"] == points_


@pytest.mark.parametrize(
    ("known", "others", "total", "groups"),
    [
        (
            {
                "primary-tumour": "breast",
                "ecog": 2,
                "hypercalcaemia": False,
                "visceral-metastases": "none",
                "previous-chemotherapy": False,
                "bone-metastases": "solitary",
                "age": 70,
            },
            [0, 0, 0, 0, 0, 0],
            (0, 3),
            ["mizumoto.a"],
        ),
        (
            {
                "primary-tumour": "lung",
                "ecog": 3,
                "hypercalcaemia": True,
                "visceral-metastases": "unremovable",
                "previous-chemotherapy": True,
                "bone-metastases": "multiple",
                "age": 71,
            },
            [3, 2, 2, 2, 1, 1],
            (11, 14),
            ["mizumoto.c"],
        ),
    ],
    ids=["best", "worst"],
)
@pytest.mark.parametrize("plainly", [True, False], ids=["plainly", "otherwise"])
def test_with_all_known_mizumoto_leaves_just_the_tumour_open(
    client: FlaskClient, known: Known, others: list[int], total: tuple[int, int], groups: list[str], plainly: bool
) -> None:
    """No example has it, for no source says which tumours are unfavourable."""
    found = score(assess(client, record("mizumoto", known, plainly=plainly)), "mizumoto")
    assert (number(found), found["status"]) == (total, "preliminary")
    assert list(items(found).values())[1:] == others
    assert bands(found) == groups
