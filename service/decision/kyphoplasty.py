"""Balloon kyphoplasty: what has to be so for it, what rules it out, and what to expect."""

from __future__ import annotations

from service.conditions import all_of, any_of, at_most, is_, not_
from service.decision.model import Bar, Checklist, Criterion, Note, Row, Rule
from service.decision.noms import COLLAPSE, MYELOPATHY, STABILITY, UNSTABLE
from service.scoring.model import Reading
from service.scoring.sources import BERENSON_2011, MATSUMOTO_2024, MORIMOTO_2024

KYPHOPLASTY = Rule("kyphoplasty", "Balloon kyphoplasty", MATSUMOTO_2024)

_CODE = ("kyphoplasty",)
_MOST_VERTEBRAE = 3
_MECHANICAL_PAIN = is_("sins-pain", "mechanical")
_COLLAPSED = is_("sins-collapse", "over-50", "exactly-50", "under-50")
_NO_COLLAPSE = ("no-collapse-over-50-involved", "none")
_FRACTURED = is_("pathologic-fracture", True)
_FRACTURE = any_of(_COLLAPSED, _FRACTURED)
_PARALYSIS = any_of(MYELOPATHY, is_("progressive-deficit", True))
_IN_QUESTION = any_of(_MECHANICAL_PAIN, _FRACTURE)

CRITERIA: tuple[Criterion, ...] = (
    Criterion("mechanical pain", _MECHANICAL_PAIN),
    Criterion("a collapsed or fractured vertebral body", _FRACTURE),
    Criterion(
        f"at most {_MOST_VERTEBRAE} vertebrae",
        # A lesion is never longer than all that is affected, so either number is enough.
        any_of(
            at_most("contiguous-level-count", _MOST_VERTEBRAE), at_most("vertebral-metastasis-count", _MOST_VERTEBRAE)
        ),
    ),
    Criterion("posterior wall intact", is_("posterior-wall-intact", True)),
    Criterion("ESCC 0 to 1b", is_("escc-grade", "escc-0", "escc-1a", "escc-1b")),
    Criterion(
        "no paralysis",
        not_(any_of(_PARALYSIS, is_("frankel-grade", "frankel-a", "frankel-b", "frankel-c", "frankel-d"))),
    ),
    Criterion("SINS below 13", not_(is_(STABILITY, UNSTABLE))),
)

ROW = Row(
    KYPHOPLASTY,
    all_of(*(criterion.when for criterion in CRITERIA)),
    _CODE,
    f"painful fracture of at most {_MOST_VERTEBRAE} vertebrae, posterior wall intact, no paralysis, ESCC 0 to 1b",
    # Where nobody has looked at the wall the checklist says so, and one place is enough. Whether the pain is mechanical
    # is for whoever asks the patient: the answer then depends on it.
    told=("posterior-wall-intact",),
)

CHECKLISTS: tuple[Checklist, ...] = (
    Checklist(
        KYPHOPLASTY,
        "Balloon kyphoplasty",
        CRITERIA,
        # Of a fracture that the record names, whatever the pain; one without collapse is not looked for.
        considered=any_of(_COLLAPSED, all_of(_FRACTURED, not_(is_("sins-collapse", *_NO_COLLAPSE)))),
    ),
)

BARS: tuple[Bar, ...] = (
    Bar(
        _CODE,
        all_of(_IN_QUESTION, _PARALYSIS),
        "paralysis: kyphoplasty is for fractures without it, and does not decompress",
        MATSUMOTO_2024,
    ),
    Bar(
        _CODE,
        all_of(_IN_QUESTION, is_("posterior-wall-intact", False)),
        "the posterior wall is broken: cement may leak into the spinal canal",
        MATSUMOTO_2024,
    ),
)

NOTES: tuple[Note, ...] = (
    Note(_CODE, "Cement leaks in about 6 %; a neighbouring vertebra breaks in 7.9 to 12.4 %.", MORIMOTO_2024),
    Note(
        _CODE,
        "In a trial of fractures in cancer (65 with it, 52 without) only those with it had less pain, for 12 months.",
        BERENSON_2011,
    ),
    Note(
        _CODE,
        "Collapse over 50 % with SINS 7-12: cement alone may not hold; weigh it against fixation.",
        MATSUMOTO_2024,
        is_(STABILITY, COLLAPSE),
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Kyphoplasty is licensed in Japan for up to 3 vertebrae since December 2011. It is for fractures without "
        "paralysis; no source defines that, or gives a limit of compression or of SINS.",
        "Frankel E, no myelopathy, no progressive deficit, ESCC 0 to 1b and SINS below 13, all together. Myelopathy, a "
        "progressive deficit or a broken posterior wall bars it.",
    ),
    Reading(
        "It relieves mechanical pain; a published fracture was treated so with no word on the kind of pain.",
        "Considered for every fracture that the record names. Where it does not name the kind of pain, kyphoplasty "
        "depends on it.",
    ),
    Reading(
        "SINS 7-12 with collapse over 50 % is read as unstable, and is also a common reason for kyphoplasty.",
        "Both are proposed, with a note to weigh one against the other.",
    ),
    Reading(
        "The trial is said to have 117 patients; others were randomised and had no data at 1 month.",
        "The 65 and 52 of the review (Matsumoto 2024).",
    ),
)
