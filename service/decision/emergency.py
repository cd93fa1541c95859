"""Emergencies: what heads every plan, before any score, and how soon pain alone is imaged.

Which findings are an emergency is the same under every guideline; the time limits and doses are those of the one that
the site's policy names (:mod:`service.decision.guidelines`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from service.case import Case, Lesion
from service.conditions import ALWAYS, Condition, all_of, any_of, is_, not_
from service.decision.guidelines import GUIDELINES, Fact, Guideline
from service.decision.model import Advice, Note, Path, Premise, Recommendation, Row, Rule, Urgency
from service.evidence import Values
from service.findings import FINDINGS
from service.policy import DEFAULT
from service.reading import Standing
from service.scoring.model import Reading
from service.text import phrase, series

_GUIDELINE = GUIDELINES[DEFAULT.guideline]
EMERGENCY = Rule("emergency", "Emergency", _GUIDELINE.sources[0])
PAIN_ALONE = Rule("pain-alone", "Pain without neurological symptoms or signs", _GUIDELINE.sources[0])

REFERRAL, MRI, DEXAMETHASONE = "urgent-spine-referral", "mri-whole-spine", "dexamethasone"
_YES: Values = frozenset((True,))

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

#: Neurological symptoms and signs, which a steroid is given for: the values, and how they are said.
NEUROLOGY: Mapping[str, tuple[Values, str]] = {
    "progressive-deficit": (_YES, ALARMS["progressive-deficit"]),
    "sphincter-dysfunction": (_YES, ALARMS["sphincter-dysfunction"]),
    "cauda-equina-syndrome": (_YES, ALARMS["cauda-equina-syndrome"]),
    "myelopathy": (_YES, "myelopathy"),
    "radiculopathy": (_YES, "radiculopathy"),
    "frankel-grade": (frozenset(f"frankel-{grade}" for grade in "abcd"), "a deficit by the Frankel grade"),
}
#: Those of them that are asked for where the record is silent; more ways than these nobody follows.
_ASKED = ("progressive-deficit", "sphincter-dysfunction", "cauda-equina-syndrome", "myelopathy")
#: Pain is not alone where one of these is certain.
_NOT_ALONE = (*_ASKED, "spinal-cord-compression")

#: The malignancies of which the haematology team is asked.
HAEMATOLOGICAL = ("lymphoma", "myeloma", "plasmacytoma", "leukaemia")

_PAIN = is_("sins-pain", "mechanical", "occasional-non-mechanical")
_NEUROLOGICAL = any_of(*(is_(finding, *values) for finding, (values, _) in NEUROLOGY.items() if values == _YES))
_COMPRESSED = any_of(is_("escc-grade", *_HIGH_GRADE), is_("spinal-cord-compression", True))
_RADIOTHERAPY = ("cebrt", "srs", "carbon-ion", "short-course-rt")
_CONVENTIONAL = ("cebrt", "short-course-rt")
_BONE = ("bone-modifying-agent",)
_OPERATIONS = ("decompression-stabilisation", "separation-surgery", "stabilisation", "mis-fixation")

_COORDINATOR = "the coordinator for cord compression"
_PAIN_ALONE = (
    "pain of the spine, no neurological deficit known, and no ESCC grade yet: MRI of the whole spine within {time} of "
    "the suspicion, with a plan"
)
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
        alarms = tuple(_alarms(case, lesion))
        if alarms:
            found += _steps(case, lesion, alarms, guideline)
    of_lesions = Counter(step.treatment for step in found if step.lesion)
    return [
        replace(step, notes=(*step.notes, _ONCE)) if step.lesion and of_lesions[step.treatment] > 1 else step
        for step in found
    ]


@dataclass(frozen=True)
class _Alarm:
    """Findings that are an emergency together, and what that depends on."""

    findings: tuple[str, ...]
    words: str
    path: Path = ()
    neurological: bool = True
    """Whether it is a neurological symptom or sign itself, not the suspicion of what may cause one."""


def _alarms(case: Case, lesion: Lesion | None) -> Iterator[_Alarm]:
    for finding, words in ALARMS.items():
        evidence = (lesion.evidence if lesion else case.evidence).get(finding)
        if not evidence or True not in evidence.values:
            continue
        certain = evidence.values == _YES
        if finding in _SUSPICION:
            neurological = certain and finding in NEUROLOGY
            suspected = words if certain else phrase("suspected {what}", what=words)
            yield _Alarm((finding,), suspected, (), neurological)
        else:
            yield _Alarm((finding,), words, () if certain else (Premise(finding, _YES),))
    if lesion:
        yield from _compressed_cord(case, lesion)


def _compressed_cord(case: Case, lesion: Lesion) -> Iterator[_Alarm]:
    grade, myelopathy = case.possible("escc-grade", lesion), case.possible("myelopathy", lesion)
    high = grade & _HIGH_GRADE
    graded = "escc-grade" in lesion.evidence or "escc-grade" in case.evidence
    if graded and high and True in myelopathy:
        path: list[Premise] = []
        if high != grade:
            path.append(Premise("escc-grade", high))
        if myelopathy != _YES:
            path.append(Premise("myelopathy", _YES))
        yield _Alarm(("escc-grade", "myelopathy"), "high-grade ESCC with myelopathy", tuple(path))


def _steps(
    case: Case, lesion: Lesion | None, alarms: tuple[_Alarm, ...], guideline: Guideline
) -> Iterator[Recommendation]:
    settled = any(not alarm.path for alarm in alarms)
    why = series(", ", (alarm.words for alarm in alarms if not (settled and alarm.path)))
    paths = () if settled else tuple(alarm.path for alarm in alarms)
    reads = tuple(dict.fromkeys(finding for alarm in alarms for finding in alarm.findings))
    signs = _signs(case, lesion, alarms)

    def advice(treatment: str, *reason: str) -> tuple[Advice, ...]:
        rule = Rule(EMERGENCY.plan, EMERGENCY.title, guideline.sources[0])
        return (Advice(treatment, rule, series(": ", reason), Urgency.STAT),)

    beside = (_without_neurology(guideline),) if settled and not signs.certain else ()
    yield Recommendation(REFERRAL, advice(REFERRAL, why, _refer(guideline)), lesion, paths, reads, notes=beside)
    imaging = advice(MRI, why, _mri_within(guideline))
    yield Recommendation(MRI, imaging, lesion, paths, reads, facts=tuple(_of_imaging(guideline)))
    if signs.paths:
        among = series(", ", (why, *(phrase("with {sign}", sign=words) for words in signs.words)))
        given = "dexamethasone {dose}"
        if settled and not signs.certain:
            given = "with neurological symptoms or signs, dexamethasone {dose}"
        yield Recommendation(
            DEXAMETHASONE,
            advice(DEXAMETHASONE, among, _by(phrase(given, dose=_dose(guideline)), guideline)),
            lesion,
            () if signs.certain else signs.paths,
            tuple(dict.fromkeys((*reads, *signs.reads))),
            notes=tuple(_cautioned(case, lesion, guideline)),
        )


@dataclass(frozen=True)
class _Signs:
    """What the record says of neurological symptoms and signs."""

    paths: tuple[Path, ...]
    """The ways in which there are any: an empty path where there certainly are, no path where there are none."""
    reads: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Those that are certain, beside the alarms."""

    @property
    def certain(self) -> bool:
        return () in self.paths


def _signs(case: Case, lesion: Lesion | None, alarms: tuple[_Alarm, ...]) -> _Signs:
    paths = [alarm.path for alarm in alarms if alarm.neurological]
    if all(alarm.neurological for alarm in alarms):
        return _Signs(_shortest(paths))
    certain, open_ = [], []
    for finding, (signs, _) in NEUROLOGY.items():
        evidence = case.about(finding, lesion)
        found = evidence.values & signs
        if found == evidence.values:
            certain.append(finding)
        elif found and (evidence.statements or finding in _ASKED):
            open_.append(Premise(finding, found))
    if certain:
        raised = {finding for alarm in alarms for finding in alarm.findings}
        return _Signs(((),), tuple(certain), tuple(NEUROLOGY[f][1] for f in certain if f not in raised))
    paths += [(premise,) for premise in open_]
    return _Signs(_shortest(paths), tuple(premise.finding for premise in open_))


def _shortest(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths without those that ask for more than another one."""
    listed = tuple(dict.fromkeys(paths))
    return tuple(path for path in listed if not any(set(other) < set(path) for other in listed))


def _by(text: str, guideline: Guideline) -> str:
    """A reason with the guideline that it is from."""
    return phrase("{text} ({source})", text=text, source=guideline.name)


def _noted(text: str, guideline: Guideline) -> str:
    """A note with the guideline that it is from: a sentence."""
    return phrase("{text} ({source}).", text=text, source=guideline.short)


@cache
def _refer(guideline: Guideline) -> str:
    refer, contact = "refer to the spine service at once", guideline.contact_with_neurology
    if not contact:
        return refer
    text = phrase("contact {whom} {when}", whom=_COORDINATOR, when=contact.value)
    return _by(series("; ", (refer, text)), guideline)


@cache
def _mri_within(guideline: Guideline) -> str:
    hours = guideline.mri_hours_with_neurology
    if hours:
        text = phrase("MRI of the whole spine within {hours} hours of the suspicion", hours=hours.value)
        return _by(text, guideline)
    unread = (
        "MRI of the whole spine as soon as possible: the text of {guideline} that could be read gives no number of "
        "hours"
    )
    return _by(phrase(unread, guideline=guideline.short), guideline)


@cache
def _dose(guideline: Guideline) -> str:
    start, daily = (
        guideline.dexamethasone_start.value,
        phrase("{mg} mg daily", mg=guideline.dexamethasone_mg_daily.value),
    )
    parts: list[str] = [series(" ", (daily, start))]
    if first := guideline.dexamethasone_first_mg:
        parts = [phrase("{mg} mg {start}", mg=first.value, start=start), phrase("then {dose}", dose=daily)]
    if route := guideline.dexamethasone_route:
        parts[0] = phrase("{dose} ({route})", dose=parts[0], route=route.value)
    if until := guideline.dexamethasone_until:
        parts[-1] = phrase("{dose} until {until}", dose=parts[-1], until=until.value)
    dose = series(", ", parts)
    stop = guideline.dexamethasone_stop
    return phrase("{dose}; stop {when}", dose=dose, when=stop.value) if stop else dose


@cache
def within(guideline: Guideline) -> str:
    """How soon radiotherapy starts in an emergency, for the recommendation of it: a sentence."""
    if guideline.radiotherapy_hours is None:
        unread = (
            "Where surgery is not suitable, start as soon as possible: the text of {guideline} that could be read "
            "gives no number of hours."
        )
        return phrase(unread, guideline=guideline.short)
    start = "Start within {hours} hours of the decision to treat, where surgery is not suitable"
    return _noted(phrase(start, hours=guideline.radiotherapy_hours.value), guideline)


@cache
def _without_neurology(guideline: Guideline) -> str:
    given = phrase("Dexamethasone is for {what}", what=guideline.dexamethasone_for.value)
    without = guideline.dexamethasone_without_neurology
    if without is None:
        unread = "{given}; the text of {guideline} that could be read does not say who else has it."
        return phrase(unread, given=given, guideline=guideline.short)
    return _noted(phrase("{given}; without, it is {how}", given=given, how=without.value), guideline)


def _of_imaging(guideline: Guideline) -> Iterator[str]:
    for template, fact in (
        ("Imaging: {what}", guideline.imaging),
        ("A plain X-ray {what}", guideline.plain_radiograph),
        ("MRI {when}", guideline.mri_overnight),
    ):
        if fact:
            yield _noted(phrase(template, what=fact.value, when=fact.value), guideline)


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
            said = _noted(phrase(text, what=each.dexamethasone_haematological.value), each)
            yield Note(on, said, source, is_("primary-tumour", *HAEMATOLOGICAL))
        if each.dexamethasone_avoid:
            yield Note(on, _noted(phrase("Avoid {what}", what=each.dexamethasone_avoid.value), each), source)
        if each.dexamethasone_stop and guideline.dexamethasone_stop is None:
            yield Note(on, _noted(phrase("Stop it {when}", when=each.dexamethasone_stop.value), each), source)


@cache
def _standing(condition: Condition) -> Standing:
    return Standing(condition)


def _cautioned(case: Case, lesion: Lesion | None, guideline: Guideline) -> Iterator[str]:
    for note in cautions(guideline):
        truths = _standing(note.when).of(lambda finding: case.possible(finding, lesion))
        text = note.text if truths == _YES else note.perhaps if True in truths else ""
        if text:
            yield text


@cache
def pain_alone(guideline: Guideline) -> Row | None:
    """How soon pain of a lesion is imaged; None where the guideline that could be read does not speak of it.

    It counts where :func:`only_pain` says so: whether something is certain, a row cannot ask.
    """
    if guideline.mri_days_pain_only is None:
        return None
    days = guideline.mri_days_pain_only.value
    time = "a week (7 days)" if days == 7 else phrase("{number} days", number=days)
    why: str = phrase(_PAIN_ALONE, time=time)
    if contact := guideline.contact_pain_only:
        why = series("; ", (why, phrase("contact {whom} {when}", whom=_COORDINATOR, when=contact.value)))
    return Row(
        Rule(PAIN_ALONE.plan, PAIN_ALONE.title, guideline.sources[0]),
        _PAIN,
        (MRI,),
        _by(why, guideline),
        Urgency.URGENT,
        told=("sins-pain",),
    )


@cache
def ungraded(guideline: Guideline) -> Row:
    """Myelopathy of a lesion whose ESCC grade the record does not give: imaging does not wait for the plan."""
    return Row(
        Rule(EMERGENCY.plan, EMERGENCY.title, guideline.sources[0]),
        is_("myelopathy", True),
        (MRI,),
        series(": ", ("myelopathy, and no ESCC grade yet", _mri_within(guideline))),
        Urgency.URGENT,
        certain=True,
    )


def only_pain(case: Case, lesion: Lesion) -> bool:
    """Whether the row of :func:`pain_alone` counts: no ESCC grade in the record, and nothing certain that is urgent."""
    if case.about("escc-grade", lesion).statements:
        return False
    return not any(case.possible(finding, lesion) == _YES for finding in _NOT_ALONE)


@cache
def notes(guideline: Guideline) -> tuple[Note, ...]:
    """What the guideline says beside treatments of a lesion, for the plan; :func:`emergencies` have their own."""
    return tuple(_notes(guideline))


def _notes(guideline: Guideline) -> Iterator[Note]:
    source = guideline.sources[0]

    def note(
        on: tuple[str, ...], text: str, fact: Fact[Any] | None, when: Condition = ALWAYS, perhaps: str = ""
    ) -> Iterator[Note]:
        if fact:
            facts = _said(fact)
            said, open_ = (_noted(phrase(t, facts=facts), guideline) if t else "" for t in (text, perhaps))
            yield Note(on, said, source, when, open_)

    for text in _of_imaging(guideline):
        yield Note((MRI,), text, source)
    yield from note((MRI,), "Pain that suggests a metastasis: {facts}", guideline.pain_red_flags, _PAIN)
    yield from note(
        (MRI,), "Should there be {facts}: an emergency, not pain alone", guideline.neurological_symptoms, _PAIN
    )
    yield from note(
        _RADIOTHERAPY,
        "Without pain and neurological symptoms, radiotherapy is for these reasons only: {facts}",
        guideline.asymptomatic,
        all_of(is_("sins-pain", "pain-free"), not_(any_of(_NEUROLOGICAL, _COMPRESSED))),
        "Should the lesion cause neither pain nor neurological symptoms, radiotherapy is for these reasons only: "
        "{facts}",
    )
    not_mechanical = is_("sins-pain", "occasional-non-mechanical")
    dose = "For pain that is not mechanical: {facts} Gy in a single fraction"
    yield from note(_CONVENTIONAL, dose, guideline.non_mechanical_pain_gy, not_mechanical)
    if guideline.combined_tumours:
        of_this_kind = is_("primary-tumour", *guideline.combined_tumours.value)
        combined = "Compression by a tumour of this kind: {facts}"
        yield from note((*_RADIOTHERAPY, "systemic-therapy"), combined, guideline.combined, of_this_kind)
    yield from note(_CONVENTIONAL, "A short course for {facts}", guideline.short_course, _COMPRESSED)
    yield from note(_CONVENTIONAL, "A long course for {facts}", guideline.long_course, _COMPRESSED)
    yield from note((*_RADIOTHERAPY, *_OPERATIONS), "Before treatment, {facts}", guideline.scales_first, _COMPRESSED)
    bisphosphonates = "Bisphosphonates for pain of the spine are for {facts} cancer only"
    yield from note(_BONE, bisphosphonates, guideline.bisphosphonate_tumours)
    too = "Bisphosphonates for pain of the spine are for {facts} cancer too, if analgesia fails"
    yield from note(_BONE, too, guideline.bisphosphonate_if_analgesia_fails)


def _said(fact: Fact[Any]) -> str:
    """A number or a text as it is; several texts as a list, tumours by their labels."""
    if not isinstance(fact.value, tuple):
        return str(fact.value)
    *first, last = (FINDINGS["primary-tumour"].labels.get(word, word) for word in fact.value)
    return phrase("{first} or {last}", first=series(", ", first), last=last) if first else last
