"""Words of orders: which treatment of a plan a text names, and at which levels.

Orders are named in words more often than by a code that is known. Only what a text says plainly is read.
"""

from __future__ import annotations

import re

from service.fhir_mapping.inbound.procedures import treatments_in
from service.fhir_mapping.inbound.site_words import levels_in, speaks_of_spine
from service.vertebrae import ORDER, Run

_LONGEST = 400
#: The first that is found counts: what is narrower stands before what it is a kind of.
_TREATMENTS = tuple(
    (treatment, re.compile(words))
    for treatment, words in (
        ("biopsy", r"biops"),
        ("embolisation", r"emboli[sz]"),
        ("kyphoplasty", r"k[yi]phoplast|vertebroplast|cement augment"),
        ("separation-surgery", r"separation surg"),
        ("en-bloc-vertebrectomy", r"en[- ]bloc|total spondyle[ck]tom"),
        (
            "mis-fixation",
            r"percutan\w* (?:\w+ )?(?:screw|fixation|instrument|stabili)|minimally invasive (?:\w+ )?(?:fix|stab)",
        ),
        (
            "decompression-stabilisation",
            r"lamine[ck]t|laminotom|corpe[ck]tom|de[ck]ompress\w*",
        ),
        (
            "stabilisation",
            r"spondylodes|pedicle screw|pedikelschraub|fixateur interne"
            r"|(?:spin|vertebr|wirbel|dorsal|posterior)\w* (?:\w+ )?(?:fusion|instrumentation|fixation|stabili[sz])"
            r"|stabili[sz]ation",
        ),
        ("carbon-ion", r"carbon[- ]ion|kohlenstoff-?ion|schwerion"),
        ("srs", r"stereota[ck]|radiosurg|\b(?:srs|sbrt|sabr)\b|cyber-?knife|gamma[- ]?knife"),
        ("short-course-rt", r"short[- ]course|single fraction|\b8 ?gy\b|\b1 ?x ?8\b"),
        (
            "cebrt",
            r"conventional\w* (?:\w+ ){0,2}(?:radio|irradiat|radiation)|external beam|\bc?ebrt\b|\b3d-?crt\b|teletherap"
            r"|\b30 ?gy\b|\b10 ?x ?3\b|\b20 ?gy\b|\b5 ?x ?4\b",
        ),
        ("dexamethasone", r"dexameth|decadron|fortecortin"),
        ("denosumab", r"denosumab|xgeva|prolia"),
        ("bone-modifying-agent", r"zoledron|pamidron|ibandron|zometa|aredia|bisphosphonat"),
        (
            "urgent-spine-referral",
            r"(?:\brefer|consult|\bkonsil)\w*.*(?:spin|neurosurg|orthop|wirbel|neurochir)"
            r"|(?:spin|neurosurg|orthop)\w* .*?(?:\brefer|consult)",
        ),
        ("mdt-review", r"tumou?r ?board|tumorkonferenz|multidisciplinary|\bmd[tm]\b"),
        ("rehabilitation", r"rehabilitat|physiotherap|physical therap"),
        ("lab-test", r"laborator|blood (?:test|count|panel)|metabolic panel"),
        ("staging", r"\bstaging\b|\bpet\b|pet[-/]ct|bone scan|skelettszinti"),
    )
)
_MRI = re.compile(r"\bmri?\b|\bmrt\b|magnetic resonance|kernspin")
_WHOLE = re.compile(r"whole|entire|complete|total|gesamt|ganz")
_CT = re.compile(r"\bct\b|computed tomograph|computertomogra")
_ELSEWHERE_IN_CT = re.compile(r"chest|thorax|abdom|pelvi")
_LEVELS = re.compile(
    r"\b(?:[ctls]|th|[hbl]w[ks])\s?\d{1,2}(?:\s*(?:-|\u2013|/|to|bis)\s*(?:(?:[ctls]|th|[hbl]w[ks])\s?)?\d{1,2})?\b"
)
_RADIOTHERAPY, _SURGERY = "prior-radiotherapy-at-level", "prior-surgery-at-level"


def treatment_in(text: str | None) -> str | None:
    """The treatment of a plan that a text names; ``radiotherapy`` or ``surgery`` where it does not say which, and
    ``mri-spine`` for a part of the spine.

    >>> treatment_in("SBRT T8 27 Gy/3"), treatment_in("Palliative radiotherapy of the spine"), treatment_in("Walk")
    ('srs', 'radiotherapy', None)
    """
    plain = _plain(text)
    if not plain:
        return None
    found = next((treatment for treatment, words in _TREATMENTS if words.search(plain)), None)
    if found is None and _MRI.search(plain):
        return ("mri-whole-spine" if _WHOLE.search(plain) else "mri-spine") if speaks_of_spine(plain) else None
    if found is None and _CT.search(plain):
        return "ct-spine" if speaks_of_spine(plain) else "staging" if _ELSEWHERE_IN_CT.search(plain) else None
    if found is None:
        named = treatments_in(plain)
        return "radiotherapy" if _RADIOTHERAPY in named else "surgery" if _SURGERY in named else None
    return found


def levels_named(text: str | None) -> Run:
    """The levels that a text names among other words.

    >>> levels_named("SBRT T8-T9 27 Gy/3"), levels_named("EBRT to the hip")
    (('T8', 'T9'), ())
    """
    found: set[str] = set()
    for match in _LEVELS.finditer(_plain(text)):
        found |= levels_in(match[0])
    return tuple(sorted(found, key=ORDER.__getitem__))


def _plain(text: str | None) -> str:
    return text.lower() if text and len(text) <= _LONGEST else ""
