"""What has to be there when the load is over: in the database, in the audit trail, in the metrics, in the memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import create_engine, text

from service.audit.checking import Broken, check
from service.audit.rows import rows
from tests.soak.load import Notes

#: Memory may end so much above where it began: new workers, and what they remember.
_GROWTH = 1.15
_GROWTH_MIB = 40.0
#: A cut call is one that a killed worker had in its hands: noticed within so many seconds.
_NOTICED_SECONDS = 3.0


def of_database(url: str, notes: Notes) -> Iterator[str]:
    """What is wrong with the feedback that is kept."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT card, count(*) FROM feedback GROUP BY card"))
        kept: Counter[str] = Counter({str(card): int(number) for card, number in found})
    engine.dispose()
    lost = notes.acknowledged - kept.keys()
    if lost:
        yield f"feedback that was taken and is not in the database: {len(lost)}"
    if twice := sum(1 for number in kept.values() if number > 1):
        yield f"feedback that is in the database more than once: {twice}"
    if unknown := kept.keys() - notes.sent:
        yield f"feedback in the database that nobody sent: {len(unknown)}"


def of_audit(file: Path, notes: Notes) -> tuple[int, list[str]]:
    """The rows of the trail, and what is wrong with them."""
    found = []
    try:
        count = check([file]).rows
    except Broken as broken:
        count = 0
        found.append(f"the audit trail is broken: {str(broken).replace(str(file), 'trail')}")
    with file.open("rb") as opened:
        named = Counter(name for row in rows(opened) for name in _requests(row.event))
    missing = Counter(kind for name, kind in notes.to_be_audited.items() if name not in named)
    found += [f"answers without a row of the audit trail ({kind}): {number}" for kind, number in missing.items()]
    if twice := sum(1 for name in notes.to_be_audited if named[name] > 1):
        found.append(f"answers with more than one row of the audit trail: {twice}")
    return count, found


def _requests(event: dict[str, object]) -> Iterator[str]:
    entities = event.get("entity")
    for each in entities if isinstance(entities, list) else ():
        if each.get("type", {}).get("code") == "XrequestId":
            yield each["what"]["identifier"]["value"]


def of_metrics(scraped: str, notes: Notes, kills: int) -> tuple[int, list[str]]:
    """The requests that the metrics count, and where they do not agree with what clients saw.

    A worker that is killed between the last byte of an answer and its count has not counted it; what a client has not
    seen to its end may have been counted.
    """
    counted: Counter[tuple[str, str, int]] = Counter()
    for family in text_string_to_metric_families(scraped):
        for sample in family.samples:
            if sample.name == "spinemets_requests_total" and sample.value:
                labels = sample.labels
                counted[labels["door"], labels["method"], int(labels["status"])] += int(sample.value)
    found, uncounted = [], 0
    for key in sorted(counted.keys() | notes.answered.keys()):
        door, method, status = key
        if door in ("health", "ready", "metrics"):  # asked by others too
            continue
        uncounted += max(notes.answered[key] - counted[key], 0)
        if counted[key] > notes.answered[key] + notes.unknown[door]:
            found.append(f"metrics: {door} {method} {status}: {counted[key]} for {notes.answered[key]}")
    if uncounted > kills:
        found.append(f"metrics: {uncounted} answers were not counted")
    return sum(counted.values()), found


def of_memory(samples: list[tuple[float, float]]) -> tuple[str, list[str]]:
    """How the memory went, and whether it grew."""
    if len(samples) < 8:
        return "too few samples", []
    part = len(samples) // 4
    first, last = median(m for _, m in samples[:part]), median(m for _, m in samples[-part:])
    said = f"{first:.0f} MiB in the first quarter, {last:.0f} in the last, {max(m for _, m in samples):.0f} at most"
    grew = last > first * _GROWTH and last > first + _GROWTH_MIB
    return said, [f"memory grows: {said}"] if grew else []


def of_cuts(notes: Notes, kills: list[float]) -> list[str]:
    """Calls that were cut while nobody was killed, or more than workers were."""
    strange = [at for at in notes.cuts if not any(0 <= at - kill <= _NOTICED_SECONDS for kill in kills)]
    found = [f"calls that were cut though no worker was killed: {len(strange)}"] if strange else []
    if len(notes.cuts) > len(kills):
        found.append(f"{len(notes.cuts)} calls were cut by {len(kills)} killed workers")
    return found
