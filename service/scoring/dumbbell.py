"""Dumbbell scoring system (Matsumoto 2016): four features, 0 to 6; 3 or more is suspect of malignancy."""

from service.conditions import all_of, at_least, at_most, below, is_
from service.findings import LESION
from service.scoring.model import ADULTS, Band, Boundary, Item, Kind, Reading, Remark, Score, Status, Validation, row
from service.scoring.sources import MATSUMOTO_2016

DUMBBELL = Score(
    code="dumbbell",
    title="Dumbbell scoring system",
    kind=Kind.MALIGNANCY,
    scope=LESION,
    items=(
        Item(
            "size",
            "Largest diameter",
            (
                row(2, "5 cm or more", at_least("dumbbell-diameter", 5)),
                row(0, "under 5 cm", below("dumbbell-diameter", 5)),
            ),
            (
                Boundary(
                    all_of(at_least("dumbbell-diameter", 5), at_most("dumbbell-diameter", 5)),
                    0,
                    "the diameter is exactly 5 cm, which the table counts as large and the abstract, with over 5 cm, does not",
                ),
            ),
        ),
        Item(
            "boundary",
            "Boundary to the surrounding tissue",
            (
                row(2, "indistinguishable", is_("dumbbell-boundary", "indistinguishable")),
                row(0, "distinguishable", is_("dumbbell-boundary", "distinguishable")),
            ),
        ),
        Item(
            "lobulated",
            "Irregularly lobulated",
            (row(1, "yes", is_("dumbbell-lobulated", True)), row(0, "no", is_("dumbbell-lobulated", False))),
        ),
        Item(
            "osteolysis",
            "Osteolytic bone destruction",
            (row(1, "yes", is_("dumbbell-osteolysis", True)), row(0, "no", is_("dumbbell-osteolysis", False))),
        ),
    ),
    bands=(
        Band("benign", "0-2", 0, 2, "Benign more likely: follow-up", "low"),
        Band("malignant", "3-6", 3, 6, "Malignancy suspected: biopsy", "high"),
    ),
    sources=(MATSUMOTO_2016,),
    status=Status.VERIFIED,
    predicts="malignancy of a dumbbell tumour",
    population="59 patients with spinal dumbbell tumours, 39 benign and 20 malignant",
    setting="before any treatment is chosen",
    clock="none: it describes the tumour as it is imaged",
    limits=(
        ADULTS,
        Remark(
            "it was made for dumbbell tumours, and this is none", when=is_("tumour-origin", "metastatic", "primary")
        ),
    ),
    validations=(
        Validation(
            "sensitivity of 3 or more, %", 90, MATSUMOTO_2016, 20, remark="18 of 20 malignant tumours", external=False
        ),
        Validation(
            "specificity of 3 or more, %", 84.6, MATSUMOTO_2016, 39, remark="33 of 39 benign tumours", external=False
        ),
    ),
    remarks=(
        Remark(
            "The median score was 0 in benign and 5.5 in malignant tumours (Matsumoto 2016, n = 59).", MATSUMOTO_2016
        ),
    ),
    readings=(
        Reading(
            "The abstract counts a diameter over 5 cm, the author's table of points 5 cm or more.",
            "5 cm or more, which leaves no gap and errs to the biopsy. At exactly 5 cm both totals are shown.",
        ),
    ),
    origins=frozenset(("dumbbell",)),
    rare=True,
)
