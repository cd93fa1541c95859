"""Emergencies: the steps that head every plan, before any score, and the cautions beside them.

Which findings are an emergency is the same under every guideline; the time limits and doses are those of the one that
the site's policy names (:mod:`service.decision.guidelines`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from service.case import Case, Lesion
from service.conditions import Condition, is_
from service.decision.alarms import ALARMS, NEUROLOGY, Alarm, alarms_of, signs_of
from service.decision.guideline_words import cited, dose, mri_within, noted, of_imaging, refer, without_neurology
from service.decision.guidelines import GUIDELINES, Guideline
from service.decision.model import Advice, Note, Recommendation, Rule, Urgency
from service.evidence import Values
from service.policy import DEFAULT
from service.reading import Standing
from service.scoring.model import Reading
from service.text import phrase, series

_GUIDELINE = GUIDELINES[DEFAULT.guideline]
EMERGENCY = Rule("emergency", "Emergency", _GUIDELINE.sources[0])

REFERRAL, MRI, DEXAMETHASONE = "urgent-spine-referral", "mri-whole-spine", "dexamethasone"
_YES: Values = frozenset((True,))

#: The malignancies of which the haematology team is asked.
HAEMATOLOGICAL = ("lymphoma", "myeloma", "plasmacytoma", "leukaemia")

_NO_TISSUE = (
    "The primary tumour may still be a lymphoma: talk to oncology or haematology before the first dose, for a steroid "
    "can spoil the biopsy."
)

#: The findings that :func:`emergencies` read.
READS = frozenset((*ALARMS, *NEUROLOGY, "escc-grade", "primary-tumour"))

READINGS: tuple[Reading, ...] = (
    Reading(
        "Before 2023 the quality standard asked for a plan within 24 hours too; since then for the MRI alone.",
        "MRI of the whole spine within 24 hours of the suspicion.",
    ),
    Reading(
        "The recommendations of NG234 on steroids, imaging and pain were read in summaries and quotations, and those "
        "on contact and red flags in Clinical Guideline 75, which it replaced.",
        "They are marked as secondary, each with the text that it was read in.",
    ),
    Reading(
        "The text of CEPO 2012 that could be read gives no number of hours to MRI or radiotherapy, and does not speak "
        "of pain alone.",
        "As soon as possible, and the answer says so; no advice on imaging for pain alone.",
    ),
    Reading(
        "NICE gives dexamethasone with neurological symptoms or signs, CEPO with symptoms. A diagnosis of compression "
        "in a record, or the suspicion of compression or of cauda equina syndrome, does not say that there are any.",
        "Referral and MRI follow from each of them. Dexamethasone does only where the record has a new or progressive "
        "deficit, sphincter dysfunction, cauda equina syndrome, myelopathy, radiculopathy or a Frankel grade of A to "
        "D; where it is silent, it depends on the first four. Difficulty in walking may have another cause, and is "
        "not read as a sign.",
    ),
    Reading(
        "Without neurological symptoms or signs NICE has a steroid considered in severe pain or a haematological "
        "malignancy, and no finding here says how severe pain is.",
        "It is not advised then: a note of the referral says what may be considered.",
    ),
    Reading(
        "Two texts, read at second hand, ask to talk to oncology before a steroid where a lymphoma is suspected and "
        "there is no tissue; how long it may wait was not found.",
        "Said wherever the record leaves lymphoma open, and where the primary was searched for and not found. "
        "Dexamethasone is advised all the same.",
    ),
    Reading(
        "NICE speaks of haematological malignancy without a list.",
        "Lymphoma, myeloma, plasmacytoma and leukaemia.",
    ),
    Reading(
        "CEPO wants no high loading dose; 10 mg into a vein and then 16 mg a day circulate too, from Loblaw, read at "
        "second hand.",
        "A first dose of 16 mg where the guideline names one, none where it does not. The caution of CEPO is said "
        "under each guideline, and so is that of NICE to stop if compression is ruled out.",
    ),
)


#: Each lesion that raises an alarm has its steps, and none of them is taken twice.
_ONCE = phrase("Once for the patient, not for each lesion.")


def emergencies(case: Case, guideline: Guideline = _GUIDELINE) -> list[Recommendation]:
    """Urgent steps, for each lesion that raises an alarm or for the patient: referral, MRI, dexamethasone.

    Without a proven tumour of the spine, an alarm counts where the record names a cancer: it may be the first sign.
    An alarm that the record raises counts even where another source denies it: it then depends on
    that finding. Silence raises none. Dexamethasone wants neurological symptoms or signs besides: where an alarm does
    not say that there are any, it depends on them, and where the record denies them all, it is not advised.
    """
    if not case.has_cancer and not case.lesions:
        return []
    found: list[Recommendation] = []
    for lesion in (None, *case.lesions):
        alarms = tuple(alarms_of(case, lesion))
        if alarms:
            found += _steps(case, lesion, alarms, guideline)
    of_lesions = Counter(step.treatment for step in found if step.lesion)
    return [
        replace(step, notes=(*step.notes, _ONCE)) if step.lesion and of_lesions[step.treatment] > 1 else step
        for step in found
    ]


def _steps(
    case: Case, lesion: Lesion | None, alarms: tuple[Alarm, ...], guideline: Guideline
) -> Iterator[Recommendation]:
    settled = any(not alarm.path for alarm in alarms)
    why = series(", ", (alarm.words for alarm in alarms if not (settled and alarm.path)))
    paths = () if settled else tuple(alarm.path for alarm in alarms)
    reads = tuple(dict.fromkeys(finding for alarm in alarms for finding in alarm.findings))
    signs = signs_of(case, lesion, alarms)

    def advice(treatment: str, *reason: str) -> tuple[Advice, ...]:
        rule = Rule(EMERGENCY.plan, EMERGENCY.title, guideline.sources[0])
        return (Advice(treatment, rule, series(": ", reason), Urgency.STAT),)

    beside = (without_neurology(guideline),) if settled and not signs.certain else ()
    yield Recommendation(REFERRAL, advice(REFERRAL, why, refer(guideline)), lesion, paths, reads, notes=beside)
    imaging = advice(MRI, why, mri_within(guideline))
    yield Recommendation(MRI, imaging, lesion, paths, reads, facts=tuple(of_imaging(guideline)))
    if signs.paths:
        among = series(", ", (why, *(phrase("with {sign}", sign=words) for words in signs.words)))
        given = "dexamethasone {dose}"
        if settled and not signs.certain:
            given = "with neurological symptoms or signs, dexamethasone {dose}"
        yield Recommendation(
            DEXAMETHASONE,
            advice(DEXAMETHASONE, among, cited(phrase(given, dose=dose(guideline)), guideline)),
            lesion,
            () if signs.certain else signs.paths,
            tuple(dict.fromkeys((*reads, *signs.reads))),
            notes=tuple(_cautioned(case, lesion, guideline)),
        )


@cache
def cautions(guideline: Guideline) -> tuple[Note, ...]:
    """What is said beside dexamethasone. What one guideline warns of is said under each, by its name."""
    return tuple(_cautions(guideline))


def _cautions(guideline: Guideline) -> Iterator[Note]:
    on = (DEXAMETHASONE,)
    yield Note(on, "", when=is_("primary-tumour", "lymphoma"), perhaps=_NO_TISSUE)
    yield Note(on, _NO_TISSUE, when=is_("primary-tumour", "unknown-primary"))
    for each in (guideline, *(other for other in GUIDELINES.values() if other.code != guideline.code)):
        source = each.sources[0]
        if each.dexamethasone_haematological:
            text = "A haematological malignancy, so discuss the dose with the haematology team: {what}"
            said = noted(phrase(text, what=each.dexamethasone_haematological.value), each)
            yield Note(on, said, source, is_("primary-tumour", *HAEMATOLOGICAL))
        if each.dexamethasone_avoid:
            yield Note(on, noted(phrase("Avoid {what}", what=each.dexamethasone_avoid.value), each), source)
        if each.dexamethasone_stop and guideline.dexamethasone_stop is None:
            yield Note(on, noted(phrase("Stop it {when}", when=each.dexamethasone_stop.value), each), source)


@cache
def _standing(condition: Condition) -> Standing:
    return Standing(condition)


def _cautioned(case: Case, lesion: Lesion | None, guideline: Guideline) -> Iterator[str]:
    for note in cautions(guideline):
        truths = _standing(note.when).of(lambda finding: case.possible(finding, lesion))
        text = note.text if truths == _YES else note.perhaps if True in truths else ""
        if text:
            yield text
