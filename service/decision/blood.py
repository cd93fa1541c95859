"""Lymphoma, myeloma and plasmacytoma at home in the spine: drugs, radiotherapy, and what comes before or instead.

Parts of the rules for primary tumours, for they are sensitive to radiotherapy and are not resected. Those that the
record calls metastases, or does not class, are treated by NOMS.
"""

from __future__ import annotations

from service.conditions import all_of, any_of, is_, not_
from service.decision.model import Note, Row, Rule, Urgency
from service.decision.noms import IRRADIATED, IS_UNSTABLE
from service.scoring.model import Reading
from service.scoring.sources import BADVE_2021, CEPO_2012

HAEMATOLOGICAL = Rule("primary-tumour", "Lymphoma and myeloma of the spine", CEPO_2012)
PLASMACYTOMA = Rule("primary-tumour", "Plasmacytoma of the spine", BADVE_2021)
UNSTABLE = Rule("primary-tumour", "Unstable spine with a tumour of the blood", BADVE_2021)
AGAIN = Rule("primary-tumour", "Tumour of the blood at a level irradiated before", BADVE_2021)

_TUMOUR = "primary-tumour"
_LYMPHOID = is_(_TUMOUR, "lymphoma", "myeloma")
OF_BLOOD = is_(_TUMOUR, "lymphoma", "myeloma", "plasmacytoma")
"""Tumours of the blood that begin in the spine."""
_DEFICITS = (
    "myelopathy", "radiculopathy", "sphincter-dysfunction", "progressive-deficit", "cauda-equina-syndrome",
)  # fmt: skip
_DEFICIT = any_of(
    *(is_(code, True) for code in _DEFICITS), is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c", "frankel-d")
)
_FIRST = "stabilise first where the spine is unstable"

ROWS: tuple[Row, ...] = (
    Row(
        HAEMATOLOGICAL,
        is_(_TUMOUR, "lymphoma"),
        ("systemic-therapy",),
        "lymphoma: chemotherapy, with steroids and radiotherapy",
        told=(_TUMOUR,),
    ),
    Row(
        UNSTABLE,
        all_of(OF_BLOOD, IS_UNSTABLE),
        ("stabilisation", "mdt-review"),
        "unstable, which is operated on whatever the tumour: stabilise, then irradiate; the tumour is sensitive to it, "
        "so whether to decompress too the board decides",
        told=(_TUMOUR,),
    ),
    *(
        Row(
            HAEMATOLOGICAL,
            all_of(is_(_TUMOUR, tumour), not_(IRRADIATED)),
            ("cebrt",),
            f"{tumour}: radiotherapy with steroids and chemotherapy; {_FIRST}",
            told=(_TUMOUR,),
        )
        for tumour in ("lymphoma", "myeloma")
    ),
    Row(
        PLASMACYTOMA,
        all_of(is_(_TUMOUR, "plasmacytoma"), not_(IRRADIATED)),
        ("cebrt",),
        f"plasmacytoma, very sensitive to radiotherapy; {_FIRST}",
        told=(_TUMOUR,),
    ),
    Row(
        AGAIN,
        all_of(OF_BLOOD, IRRADIATED, _DEFICIT),
        ("mdt-review",),
        "irradiated before, and a deficit: conventional radiotherapy is used up, and what is left is an operation "
        "(decompression, stabilisation), systemic therapy, and SRS where the cord is not compressed: decide together "
        "at once",
        Urgency.URGENT,
        told=(_TUMOUR, "prior-radiotherapy-at-level"),
    ),
)

NOTES: tuple[Note, ...] = (
    Note(
        ("cebrt",),
        "Where no bone fragment lies in the canal (CT).",
        CEPO_2012,
        all_of(is_("tumour-origin", "primary", "dumbbell"), _LYMPHOID),
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "A review names osteosarcoma, Ewing sarcoma and myeloma as sensitive to chemotherapy, a guideline lymphoma and "
        "myeloma for chemotherapy, steroids and radiotherapy together; neither names plasmacytoma.",
        "Plasmacytoma is given radiotherapy alone; systemic therapy for it is left to the board.",
    ),
    Reading(
        "The guideline wants a stable spine and no fragment in the canal for drugs and radiotherapy together; what to "
        "do first in an unstable one it does not say. A review operates on instability whatever the tumour.",
        "Stabilisation, then radiotherapy, as NOMS has it for metastases; with SINS 7-12 radiotherapy stands, and "
        "stabilisation depends on what the board decides.",
    ),
    Reading(
        "What is left of a tumour of the blood that was irradiated before and gives a deficit no source lists; a "
        "review has chemotherapy for those who can have neither an operation nor radiotherapy.",
        "An urgent review with what is left, and no step of its own.",
    ),
)
