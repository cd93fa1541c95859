"""What the rules need to know of a primary tumour: radiosensitivity to cEBRT and vascularity, each with its sources.

A cell without a source is unknown, and the rules send it to the board: ask radiation oncology. The classes of the
scores are not here: they are read off the tables of the scores, so that they cannot differ from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from service.conditions import is_
from service.scoring.model import Reading
from service.scoring.sources import (
    AO_SURGERY,
    BADVE_2021,
    CEPO_2012,
    HONG_2022,
    MD_ANDERSON,
    SPINE_HUB,
    Source,
)


class Radiosensitivity(StrEnum):
    """How a tumour answers to conventional external beam radiotherapy (cEBRT)."""

    FAVOURABLE = "favourable"
    INTERMEDIATE = "intermediate"
    UNFAVOURABLE = "unfavourable"
    UNCLASSIFIED = "unclassified"
    """No source that could be checked gives a class."""


_F, _I, _U = Radiosensitivity.FAVOURABLE, Radiosensitivity.INTERMEDIATE, Radiosensitivity.UNFAVOURABLE


@dataclass(frozen=True)
class Tumour:
    """One line: a primary tumour with its class, and the sources of each cell."""

    code: str
    radiosensitivity: Radiosensitivity = Radiosensitivity.UNCLASSIFIED
    sources: tuple[Source, ...] = ()
    """That give the radiosensitivity; none where it is unclassified."""
    hypervascular: tuple[Source, ...] = ()
    """That call it hypervascular; none where no source speaks of its vascularity."""


TABLE: tuple[Tumour, ...] = (
    Tumour("lymphoma", _F, (BADVE_2021, AO_SURGERY, CEPO_2012, MD_ANDERSON)),
    Tumour("myeloma", _F, (BADVE_2021, AO_SURGERY, CEPO_2012, MD_ANDERSON)),
    Tumour("plasmacytoma", _F, (BADVE_2021,)),
    Tumour("germ-cell-seminoma", _F, (BADVE_2021, AO_SURGERY, CEPO_2012, MD_ANDERSON)),
    Tumour("germ-cell-non-seminoma", _F, (CEPO_2012,)),
    Tumour("lung-sclc", _F, (BADVE_2021,)),
    Tumour("breast", _I, (BADVE_2021, MD_ANDERSON)),
    Tumour("prostate", _I, (BADVE_2021, MD_ANDERSON)),
    Tumour("ovary", _I, (BADVE_2021, MD_ANDERSON)),
    Tumour("neuroendocrine", _I, (SPINE_HUB,)),
    Tumour("kidney", _U, (BADVE_2021, AO_SURGERY, MD_ANDERSON), hypervascular=(HONG_2022,)),
    Tumour("thyroid", _U, (BADVE_2021, AO_SURGERY, MD_ANDERSON), hypervascular=(HONG_2022,)),
    Tumour("liver", _U, (BADVE_2021, MD_ANDERSON)),
    Tumour("colon", _U, (BADVE_2021, AO_SURGERY, MD_ANDERSON)),
    Tumour("rectum", _U, (BADVE_2021, AO_SURGERY, MD_ANDERSON)),
    Tumour("lung-nsclc", _U, (BADVE_2021, MD_ANDERSON)),
    Tumour("melanoma", _U, (AO_SURGERY, MD_ANDERSON)),
    Tumour("soft-tissue-sarcoma", _U, (MD_ANDERSON, SPINE_HUB)),
    Tumour("osteosarcoma", _U, (MD_ANDERSON, SPINE_HUB)),
    Tumour("chondrosarcoma", _U, (MD_ANDERSON, SPINE_HUB)),
    Tumour("mpnst", _U, (MD_ANDERSON, SPINE_HUB)),
    Tumour("gallbladder-biliary"),
    Tumour("stomach"),
    Tumour("oesophagus"),
    Tumour("pancreas"),
    Tumour("small-bowel"),
    Tumour("bladder"),
    Tumour("uterus"),
    Tumour("cervix"),
    Tumour("head-neck"),
    Tumour("leukaemia"),
    Tumour("mesothelioma"),
    Tumour("thymus"),
    Tumour("adrenal"),
    Tumour("ewing-sarcoma"),
    Tumour("chordoma"),
    Tumour("giant-cell-tumour-of-bone"),
    Tumour("schwannoma"),
    Tumour("unknown-primary"),
    Tumour("other"),
)


def _of(radiosensitivity: Radiosensitivity) -> tuple[str, ...]:
    return tuple(tumour.code for tumour in TABLE if tumour.radiosensitivity is radiosensitivity)


FAVOURABLE, INTERMEDIATE, UNFAVOURABLE = _of(_F), _of(_I), _of(_U)
VASCULAR = tuple(tumour.code for tumour in TABLE if tumour.hypervascular)

#: NOMS knows two classes only; the intermediate one counts as sensitive there.
SENSITIVE = is_("primary-tumour", *FAVOURABLE, *INTERMEDIATE)
RESISTANT = is_("primary-tumour", *UNFAVOURABLE)
HYPERVASCULAR = is_("primary-tumour", *VASCULAR)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Breast, prostate and ovary are sensitive in the review of 2021 and the MD Anderson pathway; the AO Surgery "
        "Reference has an intermediate class too, and does not list it on the page that could be read.",
        "Three classes are kept, and these are intermediate. NOMS knows two: there the intermediate one counts as "
        "sensitive.",
    ),
    Reading(
        "Neuroendocrine tumours are classed by one public implementation of NOMS, and by no publication that could be "
        "checked.",
        "Intermediate, by that one secondary source.",
    ),
    Reading(
        "Of germ-cell tumours, most sources name the seminoma; the guideline of Quebec names germ-cell tumours as a "
        "whole (CEPO 2012).",
        "Both kinds are favourable.",
    ),
    Reading(
        "The review of 2021 leaves out melanoma and sarcoma.",
        "Unfavourable, as two other sources have them without contradiction.",
    ),
    Reading(
        '"Sarcoma" is named as a whole, and Ewing sarcoma by no source.',
        "Soft-tissue sarcoma, osteosarcoma, chondrosarcoma and MPNST are unfavourable; Ewing sarcoma is unclassified.",
    ),
    Reading(
        "Stomach, pancreas, oesophagus, bladder, uterus, cervix, head and neck, an unknown primary and others have a "
        "class in no source that could be checked.",
        "Unclassified. NOMS then gives no row: ask radiation oncology.",
    ),
    Reading(
        "Kidney and thyroid are hypervascular (Hong 2022); hepatocellular carcinoma and melanoma are said to be, by no "
        "source that could be checked.",
        "Embolisation before an operation is advised for kidney and thyroid alone.",
    ),
)
