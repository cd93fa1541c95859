"""Carbon-ion radiotherapy of primary tumours of the spine: what is said beside it."""

from __future__ import annotations

from service.conditions import all_of, is_
from service.decision.model import Note
from service.scoring.model import Reading
from service.scoring.sources import AOKI_2022, IN_VIVO_2025, MATSUMOTO_2013, MATSUMOTO_2024

TOUCHED = is_("escc-grade", "escc-1c", "escc-2", "escc-3")
"""The tumour touches the cord, or compresses it."""
_CHORDOMA = is_("primary-tumour", "chordoma")

NOTES: tuple[Note, ...] = (
    Note(
        ("carbon-ion",),
        "The cord tolerates less than 50 GyE, and control of a sarcoma takes 60-70 GyE. GyE are weighted for the "
        "biological effect: they are no Gy of photons.",
        MATSUMOTO_2024,
    ),
    Note(
        ("carbon-ion",),
        "At 5 years local control was 79 % and survival 52 % (Matsumoto 2013, n = 47, of whom over 90 % were given 64 "
        "GyE or more in 16 fractions).",
        MATSUMOTO_2013,
    ),
    Note(
        ("carbon-ion",),
        "No implants before it is planned: metal spoils the planning CT. A vertebral fracture followed in 23 % of 30 "
        "patients, after 7 months (median): watch for it, and fix it then.",
        MATSUMOTO_2024,
    ),
    Note(
        ("carbon-ion",),
        "No source that could be checked gives its radiosensitivity: ask radiation oncology whether photons do.",
        None,
        is_("primary-tumour", "ewing-sarcoma", "chordoma"),
    ),
    Note(
        ("carbon-ion",),
        "Of 19 chordomas of C1-2 that could not be resected 75 % were controlled and 68 % of the patients alive at 5 "
        "years; 1 had myelitis and 5 a fracture.",
        AOKI_2022,
        _CHORDOMA,
    ),
    Note(
        ("carbon-ion",),
        "One patient with a chordoma of C7-T3 that compressed the cord had 64 GyE in 16 fractions and no operation: no "
        "recurrence and walking after 96 months. It is one case.",
        IN_VIVO_2025,
        all_of(_CHORDOMA, TOUCHED),
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Carbon ions are for what cannot be resected; what that is, no source defines.",
        "No pattern fits the zones, or the patient is not fit for surgery. At a touched cord they are given to the "
        "unfit too, with a caveat on the dose and a review: a chordoma at a compressed cord was controlled so.",
    ),
)
