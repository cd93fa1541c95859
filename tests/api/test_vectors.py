"""The worked examples through the HTTP door, whole and with each finding taken away."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from service.findings import FINDINGS
from tests.scoring.test_vectors import SCORED, SYSTEMS
from tests.support.answers import items, number, score
from tests.support.door import assess
from tests.support.records import LOINC, TUMOUR, bundle, concept, metastasis, observation, primary

Known = dict[str, Any]

#: The codes by which a laboratory would send them.
LAB_CODES = {
    "albumin": "1751-7",
    "platelets": "777-3",
    "crp": "1988-5",
    "ldh": "2532-0",
    "bilirubin": "1975-2",
    "calcium": "17861-6",
}
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
}


def _resource(finding: str, value: Any, level: str) -> dict[str, Any]:
    if finding == "primary-tumour":
        return primary(value)
    if finding in LAB_CODES:
        unit = FINDINGS[finding].domain.unit  # type: ignore[union-attr]  # every laboratory finding is a Number
        return observation(LAB_CODES[finding], (value, unit), system=LOINC)
    if finding == "ecog":
        return observation("89247-1", value, system=LOINC)
    if finding == "karnofsky":
        return observation("89243-0", value, system=LOINC)
    return observation(finding, value, level if FINDINGS[finding].scope == "lesion" else None)


def _record(known: Known) -> dict[str, Any]:
    level = known.get("vertebral-level", ("T6",))[0]
    said = [_resource(finding, value, level) for finding, value in known.items() if finding != "vertebral-level"]
    return bundle(metastasis(level), *said)


def _total(client: FlaskClient, code: str, known: Known) -> tuple[int, int]:
    level = known.get("vertebral-level", ("T6",))[0] if code == "sins" else ""
    found = number(score(assess(client, _record(known)), code, level))
    low, high = found if isinstance(found, tuple) else (found, found)
    return int(low), int(high)  # type: ignore[arg-type]  # a total is never absent


@pytest.mark.parametrize("vector", SCORED, ids=lambda vector: vector["id"])
def test_a_worked_example_has_its_points_total_and_band_over_http(client: FlaskClient, vector: Known) -> None:
    code, read, bands = SYSTEMS[vector["system"]]
    known = read(vector["inputs"])
    answer = assess(client, _record(known))
    found = score(answer, code, known["vertebral-level"][0] if code == "sins" else "")
    assert found["status"] == "final"
    assert number(found) == vector["expected_total"]
    expected = [v for k, v in vector["expected_points_by_component"].items() if k not in ("raw_sum", "ceiling_applied")]
    assert list(items(found).values()) == expected
    (band,) = found["interpretation"]
    assert band["coding"][0]["code"] == f"{code}.{bands[vector['expected_category']]}"


@pytest.mark.parametrize("vector", SCORED[::2], ids=lambda vector: vector["id"])
def test_without_a_finding_the_range_is_that_of_its_answers(client: FlaskClient, vector: Known) -> None:
    code, read, _ = SYSTEMS[vector["system"]]
    known = read(vector["inputs"])
    for finding in known:
        if finding == "vertebral-level":
            continue
        rest = {name: value for name, value in known.items() if name != finding}
        domain = FINDINGS[finding].domain
        answers = ANSWERS.get(finding) or sorted(domain.unknown, key=str)
        if finding == "karnofsky":  # worked out from ECOG where that is known; here it is not
            assert "ecog" not in rest
        completed = [_total(client, code, {**rest, finding: answer}) for answer in answers]
        low, high = _total(client, code, rest)
        assert (low, high) == (min(lo for lo, _ in completed), max(hi for _, hi in completed)), finding
        assert low <= vector["expected_total"] <= high


def test_lung_of_unknown_type_scores_as_either_type(client: FlaskClient) -> None:
    lung = {"valueCodeableConcept": concept(("lung", TUMOUR))}
    answer = assess(client, bundle(metastasis(), observation("primary-tumour", lung)))
    assert items(score(answer, "tokuhashi-revised"))["primary-site"] == 0
    assert items(score(answer, "bauer-modified"))["not-lung"] == 0
