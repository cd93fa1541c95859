"""Where a site lacks a modality: the best that is to be had, what is lost, and referral."""

from __future__ import annotations

from dataclasses import dataclass

from service.decision.model import Advice, Rule, Urgency
from service.scoring.sources import BADVE_2021

AVAILABILITY = Rule("availability", "What is to be had at the site", None)
BRACE = Rule("availability", "What is to be had at the site", BADVE_2021)

OPERATIONS = frozenset(("stabilisation", "decompression-stabilisation"))
"""The operations of NOMS."""

_SURGERY = (
    *sorted(OPERATIONS), "separation-surgery", "mis-fixation",
    "en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper",
)  # fmt: skip
#: What each treatment takes, of :data:`service.policy.MODALITIES`. Others are to be had everywhere.
TAKES = {
    **dict.fromkeys(_SURGERY, "surgery"),
    "srs": "srs",
    "cebrt": "cebrt",
    "short-course-rt": "cebrt",
    "carbon-ion": "carbon-ion",
    "kyphoplasty": "kyphoplasty",
    "embolisation": "embolisation",
}


@dataclass(frozen=True)
class Loss:
    """A step that is not to be had, and what that means."""

    step: str
    why: str
    rule: Rule = AVAILABILITY


def to_be_had(
    do: tuple[str, ...], lacking: frozenset[str], *, high: bool, irradiated: bool
) -> tuple[tuple[str, ...], tuple[Loss, ...]]:
    """The best of a row's steps that the site has, and what is lost.

    Never conventional radiotherapy where it was given before, nor SRS at a cord that stays compressed.
    """
    steps, lost = list(do), []

    def instead(step: str, other: str, *, possible: bool) -> None:
        lost.append(Loss(step, _LOST[step if possible or step not in ("srs", "cebrt") else f"{step}-no-other"]))
        at = steps.index(step)
        steps[at : at + 1] = [other] if possible else []

    operations = [step for step in steps if step in OPERATIONS]
    if operations and "surgery" in lacking:
        lost += [Loss(step, _LOST[step], BRACE) for step in operations]
        steps = [step for step in steps if step not in OPERATIONS]
        if high and "srs" in steps:  # unsafe at a cord that nobody decompresses
            at = steps.index("srs")
            steps[at : at + 1] = [] if irradiated else ["cebrt"]
    if "srs" in steps and "srs" in lacking:
        instead("srs", "cebrt", possible=not irradiated and "cebrt" not in lacking)
    elif "cebrt" in steps and "cebrt" in lacking:
        instead("cebrt", "srs", possible=not high and "srs" not in lacking)
    return tuple(steps), tuple(lost)


_LOST = {
    "srs": "SRS would be advised and is not to be had here; conventional radiotherapy is the best that is, and "
    "controls a radioresistant tumour less well and for a shorter time: refer for SRS",
    "srs-no-other": "SRS would be advised and is not to be had here, and no other radiotherapy may take its place: "
    "refer",
    "cebrt": "conventional radiotherapy would be advised and is not to be had here; SRS takes its place, or refer",
    "cebrt-no-other": "conventional radiotherapy would be advised and is not to be had here: refer",
    "stabilisation": "stabilisation would be advised and is not to be had here: radiotherapy does not treat "
    "instability; refer, with rest and a brace until then",
    "decompression-stabilisation": "decompression and stabilisation would be advised and is not to be had here: refer "
    "at once if there is a deficit; SRS is not safe at a cord that stays compressed",
    "carbon-ion": "carbon-ion radiotherapy would be advised and is not to be had here; few centres have it: refer",
    "kyphoplasty": "kyphoplasty would be an option and is not to be had here: refer, with rest and a brace until then",
    **dict.fromkeys(
        ("en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper"),
        "resection in one piece would be an option and is not to be had here: refer to a centre that does it",
    ),
    "separation-surgery": "separation surgery would be advised and is not to be had here: refer",
    "embolisation": "embolisation before the operation would be advised and is not to be had here: expect heavy "
    "bleeding, or refer",
}


def lost_step(treatment: str) -> Loss:
    """A treatment that the site lacks, and for which nothing takes its place."""
    return Loss(treatment, _LOST.get(f"{treatment}-no-other", _LOST[treatment]))


def referral(loss: Loss) -> Advice:
    """The proposal to refer the patient to where it is to be had."""
    return Advice("referral", loss.rule, loss.why, Urgency.URGENT)
