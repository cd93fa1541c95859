"""The columns of a cohort: what each is, and in which unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from service import KNOWLEDGE_VERSION, __version__
from service.cohort import cells
from service.cohort.assessing import Row
from service.decision.prognosis import HORIZONS
from service.scoring import SCORES
from service.scoring.model import Score

_WORDS = pa.list_(pa.string())
_PROBLEM = pa.struct([("code", pa.string()), ("place", pa.string()), ("element", pa.string())])
_COUNT = pa.struct([("code", pa.string()), ("number", pa.int32())])
_ADVICE = pa.struct(
    [
        ("treatment", pa.string()),
        ("scope", pa.string()),
        ("settled", pa.bool_()),
        ("urgency", pa.string()),
        ("form_of", pa.string()),
        ("rules", _WORDS),
        ("depends_on", _WORDS),
    ]
)
_AGAINST = pa.struct([("treatment", pa.string()), ("scope", pa.string()), ("contraindicated", pa.bool_())])
_EVIDENCE = pa.struct(
    [
        ("finding", pa.string()),
        ("scope", pa.string()),
        ("values", _WORDS),
        ("unit", pa.string()),
        ("conflict", pa.bool_()),
        ("first", pa.date32()),
        ("last", pa.date32()),
        ("sources", _WORDS),
        ("derived_from", _WORDS),
    ]
)


@dataclass(frozen=True)
class Column:
    """A column of the table."""

    name: str
    type: pa.DataType
    says: str
    of: Callable[[Row], Any]
    """What stands in a row."""
    unit: str = ""
    of_every_row: bool = False
    """Whether rows without an assessment have it too; any other column is null there."""


def _of_every_row(name: str, kind: pa.DataType, says: str, of: Callable[[Row], Any]) -> Column:
    return Column(name, kind, says, of, of_every_row=True)


def _of_score(score: Score) -> Iterator[Column]:
    name, code, title = score.code.replace("-", "_"), score.code, score.title
    whose = "of the lesion" if score.scope == "lesion" else "of the patient"
    yield Column(
        f"{name}_low",
        pa.float64(),
        f"{title} {whose}: lowest possible total",
        cells.of_result(code, lambda r: r.low),
        "points",
    )
    yield Column(
        f"{name}_high", pa.float64(), "highest possible total", cells.of_result(code, lambda r: r.high), "points"
    )
    yield Column(
        f"{name}_band",
        pa.string(),
        "code of the band, where one is possible and no other",
        cells.of_result(code, lambda r: r.bands[0].code if r.settled else None),
    )
    yield Column(
        f"{name}_bands",
        _WORDS,
        "codes of all bands that are possible",
        cells.of_result(code, lambda r: [band.code for band in r.bands]),
    )
    yield Column(
        f"{name}_missing",
        _WORDS,
        "findings that would narrow it, the most decisive first",
        cells.of_result(code, lambda r: [each.finding for each in r.missing]),
    )
    yield Column(
        f"{name}_outside",
        pa.bool_(),
        "whether the patient is certainly none of those it was made for",
        cells.of_result(code, lambda r: any(said.certain for said in r.outside)),
    )
    for at in cells.percentages(score):
        measure, time = at
        for end in ("low", "high"):
            yield Column(
                f"{name}_{measure}_{time}_{end}",
                pa.float64(),
                f"{measure} at {time}: {end}est published figure of the possible bands, where each of them has one",
                cells.of_result(code, lambda r, at=at, low=end == "low": cells.percent(r, at, low=low)),  # type: ignore[misc]
                "%",
            )


def _all() -> Iterator[Column]:
    yield _of_every_row(
        "patient", pa.string(), "reference of the patient: `Patient/` and the id", lambda r: r.record.patient
    )
    yield _of_every_row(
        "resources",
        pa.int32(),
        "lines of the record; shared ones are included where it was read",
        lambda r: r.record.lines,
    )
    yield _of_every_row(
        "outcome",
        pa.string(),
        "`assessed`, `no-spinal-tumour`, `no-index-date`, `refused` or `fault`",
        lambda r: r.outcome,
    )
    yield _of_every_row(
        "reason",
        pa.string(),
        "why there is no lesion: `no-sign-of-a-tumour` (nothing in the record could tell of one, so it was not read), "
        "`no-tumour`, `tumour-not-in-the-spine`, `bone-metastasis-not-in-the-spine`, `no-index-date`, "
        "`refused` or `fault`; null where there is one",
        lambda r: r.reason,
    )
    yield _of_every_row(
        "problems",
        pa.list_(_PROBLEM),
        "of a record that is refused: code of FHIR's issue types, file and line, and the element; never its value",
        cells.problems,
    )
    yield _of_every_row(
        "lesion",
        pa.string(),
        "`T8`, `T8-T9`, a region such as `thoracic`, or `spine` where no level is given",
        lambda r: r.lesion.name if r.lesion else None,
    )
    yield _of_every_row("lesion_number", pa.int32(), "from 1, in the order of an answer", lambda r: r.number)
    yield _of_every_row(
        "levels", _WORDS, "vertebrae from cranial to caudal; empty where the record does not say", cells.levels
    )
    yield _of_every_row("as_of", pa.string(), "time of the assessment; later findings are left out", lambda r: r.as_of)
    yield _of_every_row("policy", pa.string(), "name of the policy", lambda r: r.setup.policy.name)
    yield _of_every_row(
        "assume_complete",
        pa.bool_(),
        "whether what a record does not mention was declared absent",
        lambda r: r.setup.assume_complete,
    )
    yield _of_every_row("knowledge", pa.string(), "version of scores and rules", lambda _: KNOWLEDGE_VERSION)
    yield _of_every_row("software", pa.string(), "version of spinemets-cds", lambda _: __version__)
    yield _of_every_row("maps", pa.string(), "version of the maps of codes", lambda r: r.setup.maps_version)
    yield Column(
        "emergency", pa.string(), "`certain`, `possible` or `none`, of the lesion or of the patient", cells.emergency
    )
    yield Column("emergency_steps", _WORDS, "codes of what is to be done at once", cells.emergency_steps)
    yield Column(
        "treatments",
        _WORDS,
        "codes of what is advised whatever is missing",
        lambda r: cells.treatments(r, settled=True),
    )
    yield Column(
        "treatments_possible",
        _WORDS,
        "codes of what some completion of the record would lead to",
        lambda r: cells.treatments(r, settled=False),
    )
    yield Column(
        "recommendations",
        pa.list_(_ADVICE),
        "all that is advised for the lesion and for the patient as a whole (`scope`), in the order of the plan, with "
        "the rules and with the findings that decide",
        cells.recommendations,
    )
    yield Column(
        "not_advised", pa.list_(_AGAINST), "what is contraindicated, or considered and not advised", cells.against
    )
    yield Column(
        "complete",
        pa.bool_(),
        "whether nothing that is missing could change the answer about the patient",
        lambda r: r.assessment.complete,
    )
    yield Column("missing", _WORDS, "findings that could change the answer, the most decisive first", cells.missing)
    yield Column("conflicts", _WORDS, "findings on which the record disagrees with itself", cells.conflicts)
    yield Column("remarks", pa.list_(_COUNT), "codes of the ledger, and how many remarks have each", cells.remarks)
    yield Column(
        "evidence",
        pa.list_(_EVIDENCE),
        "each finding that the record says something of: possible values, days on which the statements that count "
        "begin, resources that say it, findings that it follows from",
        cells.evidence,
    )
    yield Column(
        "evidence_first",
        pa.date32(),
        "earliest day of the evidence",
        lambda r: min(cells.days(r), default=None),
        "day, UTC",
    )
    yield Column(
        "evidence_last",
        pa.date32(),
        "latest day of the evidence",
        lambda r: max(cells.days(r), default=None),
        "day, UTC",
    )
    yield Column(
        "prognosis_by",
        pa.string(),
        "`clinician`, or the code of the lead model; null where neither is",
        cells.prognosis_by,
    )
    yield Column(
        "survival_low",
        pa.float64(),
        "median survival by what counts, at least; null while every class is possible",
        lambda r: cells.months(r, low=True),
        "months",
    )
    yield Column(
        "survival_high",
        pa.float64(),
        "median survival by what counts, at most; null also where it has no end",
        lambda r: cells.months(r, low=False),
        "months",
    )
    for months in HORIZONS:
        yield Column(
            f"survives_{months}mo",
            pa.bool_(),
            f"whether the patient is likely to live longer than {months} months; null where that cannot be told",
            cells.outlives(months),
        )
    for score in SCORES:
        yield from _of_score(score)


COLUMNS = tuple(_all())
SCHEMA = pa.schema([pa.field(column.name, column.type) for column in COLUMNS])
