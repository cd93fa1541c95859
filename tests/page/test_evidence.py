"""Points and evidence: what each item gives, and which resource says so."""

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.page.evidence import Points, of_lesion, points
from tests.support.records import AS_OF, bundle, metastasis, observation, primary


def of(*resources: dict) -> Assessment:
    return assess(bundle(*resources), when(AS_OF))


def _score(assessment: Assessment, code: str) -> Points:
    return next(each for each in points(assessment) if each.code == code)


def test_every_item_has_its_points_and_the_words_of_its_row() -> None:
    shown = _score(of(metastasis("T8"), observation("sins-pain", "mechanical", "T8", name="pain")), "sins")
    lines = {line.title: line for line in shown.lines}
    assert lines["Pain"].points == "3"
    assert lines["Pain"].words.startswith("mechanical")
    assert lines["Pain"].known
    assert lines["Bone lesion"].words == "not in the record"
    assert not lines["Bone lesion"].known
    assert not lines["Bone lesion"].grounds


def test_evidence_names_the_resource_its_type_and_its_date() -> None:
    shown = _score(of(metastasis("T8"), observation("sins-pain", "mechanical", "T8", name="pain")), "sins")
    (ground,) = next(line for line in shown.lines if line.title == "Pain").grounds
    (saying,) = ground.sayings
    assert "pain" in saying.source
    assert (saying.kind, saying.date, saying.superseded) == ("Observation", "2026-10-01", False)


def test_a_conflict_and_what_was_replaced_are_said() -> None:
    shown = _score(
        of(
            metastasis("T8"),
            observation("sins-bone-lesion", "lytic", "T8"),
            observation("sins-bone-lesion", "mixed", "T8"),
            observation("sins-bone-lesion", "blastic", "T8", day="2026-01-01"),
        ),
        "sins",
    )
    (ground,) = next(line for line in shown.lines if line.title == "Bone lesion").grounds
    assert ground.conflict
    assert [saying.superseded for saying in ground.sayings] == [False, False, True]


def test_what_was_worked_out_names_what_from() -> None:
    shown = _score(of(metastasis("T8"), primary("breast"), observation("karnofsky", 90)), "katagiri-revised")
    (ground,) = next(line for line in shown.lines if line.title.startswith("ECOG")).grounds
    assert ground.derived_from == ("Karnofsky performance status",)


def test_classes_that_cannot_be_are_told_apart() -> None:
    shown = _score(of(metastasis("T8"), observation("sins-pain", "mechanical", "T8")), "sins")
    assert [(each.title, each.possible) for each in shown.classes] == [
        ("stable", True), ("indeterminate", True), ("unstable", True)
    ]  # fmt: skip
    rigid = _score(of(metastasis("S3"), observation("sins-pain", "pain-free", "S3")), "sins")
    assert not rigid.classes[2].possible


def test_points_are_given_for_each_lesion_and_for_the_patient() -> None:
    found = of(metastasis("T8"), metastasis("L1"))
    every = points(found)
    assert len(every) == len(found.results)
    assert {each.code for each in of_lesion(every, None)}.isdisjoint(
        each.code for each in of_lesion(every, found.case.lesions[0])
    )
    assert len({each.id for each in every}) == len(every)
