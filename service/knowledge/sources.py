"""Every source with the label by which it is cited, and where it is cited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from string import ascii_lowercase

from service.knowledge.document import Entry, Link, Paragraph, Section, Sources, cited
from service.scoring import SCORES, sources
from service.scoring.sources import Source


@cache
def labels() -> dict[Source, str]:
    """``Fisher 2010``; with a letter where several of one year share their authors: ``Schoenfeld 2021a``."""
    listed = (value for value in vars(sources).values() if isinstance(value, Source))
    of_scores = (source for score in SCORES for source in score.cites)  # one may stand in the module of its score
    shared: dict[str, list[Source]] = {}
    for source in dict.fromkeys((*listed, *of_scores)):
        shared.setdefault(source.short, []).append(source)
    return {
        source: f"{short}{letter}" if len(several) > 1 else short
        for short, several in shared.items()
        for source, letter in zip(several, ascii_lowercase, strict=False)
    }


def entry_id(source: Source) -> str:
    """Where the label of a source leads to: ``source-fisher-2010``."""
    return "source-" + re.sub(r"[^a-z0-9]+", "-", labels()[source].lower()).strip("-")


def entries(found: Iterable[Source], cited_in: Iterable[Section] = ()) -> tuple[Entry, ...]:
    """Sources by label, with the sections that cite them."""
    where: dict[Source, list[Link]] = {}
    for section in cited_in:
        for source in cited(section):
            where.setdefault(source, []).append(Link(section.title, section.id))
    by_label = sorted(set(found), key=lambda source: labels()[source].lower())
    return tuple(Entry(entry_id(s), labels()[s], s, tuple(where.get(s, ()))) for s in by_label)


def section(others: tuple[Section, ...]) -> Section:
    """All sources, with the sections of the document that cite them."""
    said = "The publications behind every table, figure and rule, with what was taken from each and where it is cited."
    return Section("sources", "Sources", (Paragraph((said,)), Sources(entries(labels(), others))))


def cited_by(section: Section) -> Iterator[Section]:
    """The list of what one section cites, for reading it by itself; none where it lists sources, or cites none."""
    found = cited(section)
    if found:
        yield Section(f"{section.id}-sources", "Sources", (Sources(entries(found)),))
