"""Several versions of one resource in a Bundle: the later one counts, and the others are named."""

from __future__ import annotations

from typing import Any

import pytest

from service.problems import Rejected
from tests.support.records import SERVER, bundle, lesion_names, metastasis, observation, possible, remarks, take

Resource = dict[str, Any]


def version(value: int, meta: Resource | None = None, **more: Any) -> Resource:
    return observation("ecog", value, name="ecog", **({"meta": meta} if meta else {}), **more)


def history(*entries: Resource) -> Resource:
    """A history: newest first, each entry with the request that made it."""
    made = bundle(metastasis(), type="history")
    made["entry"] += entries
    return made


def put(resource: Resource) -> Resource:
    url = f"Observation/{resource['id']}"
    return {"fullUrl": f"{SERVER}/{url}", "resource": resource, "request": {"method": "PUT", "url": url}}


DELETE = {"fullUrl": f"{SERVER}/Observation/ecog", "request": {"method": "DELETE", "url": "Observation/ecog"}}


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"lastUpdated": "2026-09-01T10:00:00Z"}, {"lastUpdated": "2026-09-01T10:00:01Z"}),
        ({"versionId": "9"}, {"versionId": "10"}),
        (
            {"lastUpdated": "2026-09-01T10:00:00Z", "versionId": "x"},
            {"lastUpdated": "2026-09-02T10:00:00+02:00", "versionId": "a"},
        ),
        # The same moment in two zones is one moment, so the number decides.
        (
            {"lastUpdated": "2026-09-01T12:00:00+02:00", "versionId": "1"},
            {"lastUpdated": "2026-09-01T10:00:00Z", "versionId": "2"},
        ),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_later_version_counts_in_either_order(earlier: Resource, later: Resource, turned: bool) -> None:
    both = [version(1, earlier), version(3, later)]
    intake = take(bundle(metastasis(), *(reversed(both) if turned else both)))
    assert possible(intake, "ecog") == {3}
    assert remarks(intake) == {"Observation/ecog": {"superseded"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, None),
        ({"versionId": "1"}, None),
        ({"versionId": "1"}, {"versionId": "1"}),
        ({"versionId": "a"}, {"versionId": "b"}),
        ({"lastUpdated": "yesterday"}, {"lastUpdated": "today"}),
        ({"versionId": "1" * 400}, {"versionId": "2" * 400}),
    ],
)
def test_versions_that_nothing_tells_apart_are_refused(one: Resource | None, other: Resource | None) -> None:
    with pytest.raises(Rejected) as refused:
        take(bundle(metastasis(), version(1, one), version(3, other)))
    assert refused.value.status == 422
    (problem,) = refused.value.problems
    assert problem.code == "duplicate"
    assert "lastUpdated" in problem.message


def test_a_history_has_the_newest_version_first() -> None:
    intake = take(history(put(version(3)), put(version(2)), put(version(1))))
    assert possible(intake, "ecog") == {3}
    assert remarks(intake) == {"Observation/ecog": {"superseded"}}


def test_the_dates_of_a_history_stand_above_its_order() -> None:
    first, last = {"lastUpdated": "2026-09-01T10:00:00Z"}, {"lastUpdated": "2026-09-05T10:00:00Z"}
    assert possible(take(history(put(version(1, first)), put(version(3, last)))), "ecog") == {3}


def test_what_a_history_ends_with_deleting_is_left_out_and_named() -> None:
    intake = take(history(DELETE, put(version(2))))
    assert 3 in possible(intake, "ecog")
    assert remarks(intake) == {"Observation/ecog": {"status"}}


def test_what_was_made_again_after_its_deletion_counts() -> None:
    intake = take(history(put(version(3)), DELETE, put(version(1))))
    assert possible(intake, "ecog") == {3}


def test_a_deletion_without_full_url_is_found_by_its_reference() -> None:
    gone = {"request": {"method": "DELETE", "url": "Observation/ecog"}}
    assert remarks(take(history(gone, put(version(2))))) == {"Observation/ecog": {"status"}}


def test_a_transaction_that_deletes_a_resource_leaves_it_out() -> None:
    made = bundle(metastasis(), version(2), type="transaction")
    made["entry"].append(DELETE)
    assert remarks(take(made)) == {"Observation/ecog": {"status"}}


@pytest.mark.parametrize("kind", ["collection", "searchset", "document", "message"])
def test_a_deletion_in_a_bundle_that_holds_no_requests_is_refused(kind: str) -> None:
    made = bundle(metastasis(), version(2), type=kind)
    made["entry"].append(DELETE)
    with pytest.raises(Rejected) as refused:
        take(made)
    (problem,) = refused.value.problems
    assert (refused.value.status, problem.code) == (422, "invalid")
    assert problem.expression == f"Bundle.entry[{len(made['entry']) - 1}].request"


def test_versions_of_what_carries_no_finding_are_nobodys_business() -> None:
    pressure = observation("85354-9", (120, "mm[Hg]"), system="http://loinc.org", name="bp")
    intake = take(history(put(pressure | {"note": [{"text": "a"}]}), put(pressure)))
    assert (lesion_names(intake), intake.ledger) == (["T6"], ())


def test_two_versions_of_a_patient_are_one_patient_as_last_known() -> None:
    old = {"resourceType": "Patient", "id": "p1", "birthDate": "1985-05-04", "meta": {"versionId": "1"}}
    new = {"resourceType": "Patient", "id": "p1", "birthDate": "1958-05-04", "meta": {"versionId": "2"}}
    intake = take(bundle(old, new, metastasis()))
    assert intake.case.age == 68
    assert remarks(intake) == {"Patient/p1": {"superseded"}}
