"""The section on findings that follow from other findings."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from service import wording
from service.conversions import RULES, Conversion, FirstRow
from service.knowledge.document import Paragraph, Section, Table, Words, cites
from service.knowledge.parts import disagree
from service.knowledge.read_as import about, all_said, title, values_said
from service.scoring.model import Reading
from service.scoring.sources import BILSKY_2010, Source
from service.text import phrase

#: Others are conventions, on which public conversion tables agree.
_SOURCES: dict[str, tuple[Source, ...]] = {"escc-grade": (BILSKY_2010,)}
_ELSE = "none of these"

#: What follows from places and counts, for which there is no table of values.
OTHERS: tuple[tuple[str, str], ...] = (
    ("vertebral-metastasis-count", "At least as many as the metastases name levels, where those are more than one."),
    (
        "contiguous-level-count",
        "The length of the run of levels that the lesion is part of, with the metastases that it touches; a neighbour "
        "that may be none leaves the lengths between open.",
    ),
    ("bone-metastases", "Solitary or multiple, by the counts in the spine and in other bones."),
    ("hormone-dependent", "No, in triple-negative breast cancer."),
    (
        "progressive-deficit",
        "Yes or no, where a Frankel grade of A to D is known and nobody says whether the deficit is new, or all that "
        "denies it is certainly older than the grade.",
    ),
    (
        "myelopathy",
        "No, where the lesion lies below the cord (L2 and lower). Yes, where a lesion of T12 or higher compresses the "
        "cord (diagnosed, or ESCC 2 or ESCC 3) and there is a deficit: new or progressive, of the sphincters, or "
        "Frankel A to D.",
    ),
)

READINGS: tuple[Reading, ...] = (
    Reading(
        "Conversions of ECOG and Karnofsky differ: four public tables agree on tens, and a comparison of 5,844 pairs "
        "fits best with 100 as 0, 80-90 as 1, 70 as 2, 50-60 as 3 and 10-40 as 4 (Prasad 2018).",
        "The usual table. What was recorded is kept; the other scale is a set of values, so that ECOG 1 leaves both "
        "points of Karnofsky 70 and 80 open.",
    ),
    Reading(
        "ECOG 5 and Karnofsky 0 are of a patient who has died, and reviews leave them out.",
        "They count only where the record gives them.",
    ),
    Reading(
        "Equal letters of ASIA and Frankel are a convention: ASIA rests on an examination of the sacral segments.",
        "Letter to letter; weighed by time with a Frankel grade that is given.",
    ),
    Reading(
        "Frankel D walks in most definitions.",
        "D and E walk, A to C do not, where nothing is said of walking, or the grade is certainly later.",
    ),
    Reading(
        "The modified Frankel grade has steps of D, and who has D1 may walk with a frame and live in a wheelchair.",
        "D0 and D1 leave walking open: it is asked for.",
    ),
    Reading(
        "The features of an ESCC grade may contradict each other.",
        "The worst feature decides; a feature of which nothing is said leaves the grades open that it would tell "
        "apart.",
    ),
    Reading(
        "A diagnosis of cord compression names no ESCC grade; a neurological deficit does not say where it comes from.",
        "The diagnosis leaves 1c, 2 and 3, and a grade that is given below them is in conflict with it. A deficit with "
        "a compressed cord is myelopathy from T12 upwards; at L1 it is left open, and from L2 on there is no cord.",
    ),
    Reading(
        'Meningeal spread alone is "disseminated" for Katagiri, and other scores do not name it.',
        "2 points in Katagiri, no organ metastasis in the others.",
    ),
    Reading(
        "Solitary or multiple bone metastases are counted in some records, and named in others.",
        "Where they are only counted: two or more in all are multiple, one is solitary; a metastasis of the spine is "
        "one of them.",
    ),
)


def section() -> Section:
    return Section(
        "conversions",
        "Conversions",
        (
            Paragraph(
                (
                    "Findings that follow from other findings, weighed by time with what the record says of them "
                    "itself: what is certainly later counts, and of one time or none each value stays possible where "
                    "they cannot both be true. A value that stands for several leaves all of them possible.",
                )
            ),
            *(_table(*rule) for rule in RULES),
            Table(
                "What follows from places, counts and diagnoses",
                (("Finding",), ("What follows",)),
                tuple(((title(finding),), (text,)) for finding, text in OTHERS),
            ),
        ),
        disagree("conversions", READINGS),
    )


def _table(to: str, origins: tuple[str, ...], rule: Conversion | FirstRow) -> Table:
    origins_said = wording.listed(map(title, origins), "and")
    caption = phrase("{finding}, from {findings}", finding=title(to), findings=origins_said)
    cited = cites(_SOURCES.get(to, ()))
    result: Words = (title(to), " ", *cited) if cited else (title(to),)
    if isinstance(rule, Conversion):
        (origin,) = origins
        lines = (((values_said(origin, (value,)),), (values_said(to, found),)) for value, found in rule.table.items())
        return Table(caption, ((title(origin),), result), tuple(lines))
    rows = (((_all_of(when),), (values_said(to, (value,)),)) for value, when in rule.rows)
    return Table(caption, (("The first line that applies counts",), result), tuple(rows))


def _all_of(when: Mapping[str, Hashable]) -> str:
    said = [about(finding, values_said(finding, (value,))) for finding, value in when.items()]
    return all_said(said) if said else _ELSE
