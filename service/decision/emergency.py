"""Emergencies: what heads every plan, before any score (NICE NG234 and QS56, 2023)."""

from __future__ import annotations

from service.case import Case, Lesion
from service.decision.model import Advice, Path, Premise, Recommendation, Rule
from service.scoring.model import Reading
from service.scoring.sources import NICE_NG234

EMERGENCY = Rule("emergency", "Emergency", NICE_NG234)

#: Findings that are an emergency by themselves, with how they are said.
ALARMS = {
    "progressive-deficit": "new or progressive neurological deficit",
    "sphincter-dysfunction": "sphincter dysfunction",
    "cauda-equina-syndrome": "cauda equina syndrome",
    "spinal-cord-compression": "spinal cord compression",
}
#: To suspect these is enough: the time limits run from the suspicion (QS56).
_SUSPICION = frozenset(("spinal-cord-compression", "cauda-equina-syndrome"))
_HIGH_GRADE = frozenset(("escc-2", "escc-3"))
_YES = frozenset((True,))

_STEPS = (
    ("urgent-spine-referral", "refer to the spine service at once"),
    ("mri-whole-spine", "MRI of the whole spine within 24 hours"),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Before 2023 the quality standard asked for a plan within 24 hours too; since then for the MRI alone.",
        "MRI of the whole spine within 24 hours of the suspicion.",
    ),
)


def emergencies(case: Case) -> list[Recommendation]:
    """Urgent steps, for each lesion that raises an alarm or for the patient.

    Without a proven tumour of the spine, an alarm counts where the record names a cancer: it may be the first sign.
    An alarm that the record raises counts even where another source denies it: it then depends on
    that finding. Silence raises none.
    """
    found: list[Recommendation] = []
    if not case.has_cancer and not case.lesions:
        return found
    for lesion in (None, *case.lesions):
        alarms: list[tuple[tuple[str, ...], str, Path]] = []
        for finding, words in ALARMS.items():
            evidence = (lesion.evidence if lesion else case.evidence).get(finding)
            if not evidence or True not in evidence.values:
                continue
            if evidence.values != _YES and finding in _SUSPICION:
                alarms.append(((finding,), f"suspected {words}", ()))
            else:
                alarms.append(((finding,), words, () if evidence.values == _YES else (Premise(finding, _YES),)))
        if lesion:
            alarms += _compressed_cord(case, lesion)
        if not alarms:
            continue
        settled = any(not path for _, _, path in alarms)
        why = ", ".join(words for _, words, path in alarms if not (settled and path))
        paths = () if settled else tuple(path for _, _, path in alarms)
        reads = tuple(dict.fromkeys(finding for findings, _, _ in alarms for finding in findings))
        for treatment, step in _STEPS:
            advice = Advice(treatment, EMERGENCY, f"{why}: {step}", urgent=True)
            found.append(Recommendation(treatment, (advice,), lesion, paths, reads))
    return found


def _compressed_cord(case: Case, lesion: Lesion) -> list[tuple[tuple[str, ...], str, Path]]:
    grade, myelopathy = case.possible("escc-grade", lesion), case.possible("myelopathy", lesion)
    high = grade & _HIGH_GRADE
    graded = "escc-grade" in lesion.evidence or "escc-grade" in case.evidence
    if not graded or not high or True not in myelopathy:
        return []
    path: list[Premise] = []
    if high != grade:
        path.append(Premise("escc-grade", high))
    if myelopathy != _YES:
        path.append(Premise("myelopathy", _YES))
    return [(("escc-grade", "myelopathy"), "high-grade ESCC with myelopathy", tuple(path))]
