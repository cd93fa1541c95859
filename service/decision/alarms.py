"""The alarms that a record raises, and its neurological symptoms and signs, each with what that depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from service.case import Case, Lesion
from service.decision.model import Path, Premise
from service.evidence import Values
from service.text import phrase

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
#: ESCC grades at which the cord is compressed.
HIGH_GRADE = frozenset(("escc-2", "escc-3"))

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
ASKED = ("progressive-deficit", "sphincter-dysfunction", "cauda-equina-syndrome", "myelopathy")


@dataclass(frozen=True)
class Alarm:
    """Findings that are an emergency together, and what that depends on."""

    findings: tuple[str, ...]
    words: str
    path: Path = ()
    neurological: bool = True
    """Whether it is a neurological symptom or sign itself, not the suspicion of what may cause one."""


def alarms_of(case: Case, lesion: Lesion | None) -> Iterator[Alarm]:
    """The alarms of a lesion, or of the patient. One that another source denies counts, and depends on its finding."""
    for finding, words in ALARMS.items():
        evidence = (lesion.evidence if lesion else case.evidence).get(finding)
        if not evidence or True not in evidence.values:
            continue
        certain = evidence.values == _YES
        if finding in _SUSPICION:
            neurological = certain and finding in NEUROLOGY
            suspected = words if certain else phrase("suspected {what}", what=words)
            yield Alarm((finding,), suspected, (), neurological)
        else:
            yield Alarm((finding,), words, () if certain else (Premise(finding, _YES),))
    if lesion:
        yield from _compressed_cord(case, lesion)


def _compressed_cord(case: Case, lesion: Lesion) -> Iterator[Alarm]:
    grade, myelopathy = case.possible("escc-grade", lesion), case.possible("myelopathy", lesion)
    high = grade & HIGH_GRADE
    graded = "escc-grade" in lesion.evidence or "escc-grade" in case.evidence
    if graded and high and True in myelopathy:
        path: list[Premise] = []
        if high != grade:
            path.append(Premise("escc-grade", high))
        if myelopathy != _YES:
            path.append(Premise("myelopathy", _YES))
        yield Alarm(("escc-grade", "myelopathy"), "high-grade ESCC with myelopathy", tuple(path))


@dataclass(frozen=True)
class Signs:
    """What the record says of neurological symptoms and signs."""

    paths: tuple[Path, ...]
    """The ways in which there are any: an empty path where there certainly are, no path where there are none."""
    reads: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Those that are certain, beside the alarms."""

    @property
    def certain(self) -> bool:
        return () in self.paths


def signs_of(case: Case, lesion: Lesion | None, alarms: tuple[Alarm, ...]) -> Signs:
    """The neurological symptoms and signs of a lesion, or of the patient, that raises these alarms."""
    paths = [alarm.path for alarm in alarms if alarm.neurological]
    if all(alarm.neurological for alarm in alarms):
        return Signs(_shortest(paths))
    certain, open_ = [], []
    for finding, (signs, _) in NEUROLOGY.items():
        evidence = case.about(finding, lesion)
        found = evidence.values & signs
        if found == evidence.values:
            certain.append(finding)
        elif found and (evidence.statements or finding in ASKED):
            open_.append(Premise(finding, found))
    if certain:
        raised = {finding for alarm in alarms for finding in alarm.findings}
        return Signs(((),), tuple(certain), tuple(NEUROLOGY[f][1] for f in certain if f not in raised))
    paths += [(premise,) for premise in open_]
    return Signs(_shortest(paths), tuple(premise.finding for premise in open_))


def _shortest(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The paths without those that ask for more than another one."""
    listed = tuple(dict.fromkeys(paths))
    return tuple(path for path in listed if not any(set(other) < set(path) for other in listed))
