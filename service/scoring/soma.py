"""Spine Oncology Morbidity Assessment (SOMA; De la Garza Ramos 2020): a point for each yes, 0 to 5; high is bad."""

from service.conditions import Condition, at_least, below, is_, not_
from service.findings import LESION
from service.scoring.model import (
    ADULTS,
    METASTASES,
    OPERATED,
    Band,
    Figure,
    Item,
    Kind,
    Measure,
    Reading,
    Score,
    Status,
    Time,
    Validation,
    row,
)
from service.scoring.sources import GELFAND_2021, SOMA_2020


def _point(code: str, title: str, when: Condition) -> Item:
    return Item(code, title, (row(1, "yes", when), row(0, "no", not_(when))))


def _complications(percent: float) -> tuple[Figure]:
    return (Figure(Measure.MORBIDITY, percent, SOMA_2020, 105, Time(30, "d"), whole=True),)


SOMA = Score(
    code="soma",
    title="Spine Oncology Morbidity Assessment (SOMA)",
    kind=Kind.COMPLICATIONS,
    scope=LESION,
    items=(
        _point("age", "Age of 70 years or more", at_least("age", 70)),
        _point("albumin", "Low serum albumin (under 3.5 g/dL)", below("albumin", 3.5)),
        Item(
            "karnofsky",
            "Karnofsky performance status of 40 or less",
            (
                row(1, "yes", is_("karnofsky", 10, 20, 30, 40)),
                row(0, "no", is_("karnofsky", 50, 60, 70, 80, 90, 100)),
            ),
        ),
        _point("frankel", "Frankel A to C", is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c")),
        _point("contiguous-levels", "Two or more contiguous vertebral bodies", at_least("contiguous-level-count", 2)),
    ),
    bands=(
        Band("0", "0", 0, 0, "Lowest of four classes", "low", _complications(4.6)),
        Band("1", "1", 1, 1, "Second lowest of four classes", "moderate", _complications(30.0)),
        Band("2", "2", 2, 2, "Second highest of four classes", "high", _complications(53.9)),
        Band("3-5", "3-5", 3, 5, "Highest of four classes", "high", _complications(64.7)),
    ),
    sources=(SOMA_2020, GELFAND_2021),
    status=Status.VERIFIED,
    predicts="complications within 30 days of surgery",
    population="105 patients operated on for spinal metastases at one centre, 2013-2019; 36.2 % had a complication",
    setting="surgery of spinal metastases",
    clock="from surgery",
    limits=(ADULTS, METASTASES, OPERATED),
    validations=(
        Validation("AUC", 0.75, SOMA_2020, 105, external=False),
        Validation("odds ratio of a complication for each point", 3.11, SOMA_2020, 105, (1.72, 5.59), external=False),
    ),
    readings=(
        Reading(
            "The abstract does not say how low a low albumin is.",
            "Under 3.5 g/dL, the limit of the same group elsewhere (Gelfand 2021).",
        ),
        Reading(
            "One copy of the abstract prints over 70 years and more than two bodies, another 70 or more and two or more.",
            "70 years or more, two bodies or more.",
        ),
        Reading(
            "Two or more contiguous bodies: of the operation, or of the disease.",
            "The vertebrae of the lesion, with those of lesions that adjoin it, as the record names them.",
        ),
    ),
)
