"""What the rules need to know of a primary tumour: radiosensitivity to cEBRT, and vascularity.

Classes that no checked source gives are left out on purpose (stomach, pancreas, oesophagus,
bladder, uterus, cervix, head and neck, unknown primary and others): ask radiation oncology.
"""

from __future__ import annotations

from service.conditions import is_

#: Very sensitive: a review of 2024 and the AO Surgery Reference; germ-cell tumours by CEPO 2012.
FAVOURABLE = (
    "lymphoma", "myeloma", "plasmacytoma", "germ-cell-seminoma", "germ-cell-non-seminoma", "lung-sclc",
)  # fmt: skip
#: Sensitive in NOMS, intermediate elsewhere; neuroendocrine by one secondary source.
INTERMEDIATE = ("breast", "prostate", "ovary", "neuroendocrine")
#: Resistant: reviews, the AO Surgery Reference and the MD Anderson pathway.
UNFAVOURABLE = (
    "kidney", "thyroid", "liver", "colon", "rectum", "lung-nsclc", "melanoma",
    "soft-tissue-sarcoma", "osteosarcoma", "chondrosarcoma", "mpnst",
)  # fmt: skip

#: A review of 2022; hepatocellular carcinoma and melanoma are named by sources that could not be checked.
VASCULAR = ("kidney", "thyroid")

#: NOMS knows two classes only; the intermediate one counts as sensitive there.
SENSITIVE = is_("primary-tumour", *FAVOURABLE, *INTERMEDIATE)
RESISTANT = is_("primary-tumour", *UNFAVOURABLE)
HYPERVASCULAR = is_("primary-tumour", *VASCULAR)
