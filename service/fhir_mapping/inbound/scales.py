"""What a record says of a finding, weighed, with remarks on what lost, disagrees or is old."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from service.case import Lesion
from service.derivations import KARNOFSKY_OF_ECOG
from service.evidence import Evidence, Number, Span, Statement, Values, When, weigh
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.findings import FINDINGS
from service.policy import Policy
from service.problems import Ledger
from service.text import phrase, quoted, series

METASTATIC: Values = frozenset(("metastatic",))
_NOTHING = Evidence(frozenset())
_DAY = 86_400
_MONTH = 30.4375 * _DAY
_SOLITARY: Values = frozenset(("solitary",))


class Scales:
    """Weighs statements, and keeps the ledger of what lost, disagrees or is old."""

    def __init__(self, notes: Notebook, said: Iterable[Said], policy: Policy, *, quiet: bool) -> None:
        self._notes = notes
        self._entries = {each.statement.source: each.entry for each in said}
        self._policy = policy
        self._quiet = quiet  # without a tumour of the spine nothing rests on any of this

    def weigh(self, statements: Iterable[Statement]) -> dict[str, Evidence]:
        grouped: dict[str, list[Statement]] = {}
        for statement in statements:
            grouped.setdefault(statement.finding, []).append(statement)
        weighed = {}
        for finding, given in grouped.items():
            those = [statement for statement in given if not self._has_run_out(statement)]
            if not those:
                self._notes.mentioned.add(finding)
                continue
            evidence = weigh(those)
            self._remark(FINDINGS[finding].title, evidence)
            if not self._policy.use_stale:
                kept = [s for s in evidence.statements if not self._stale(s)]
                if not kept:
                    self._notes.mentioned.add(finding)
                    continue
                if len(kept) < len(evidence.statements):
                    evidence = weigh(kept)
            weighed[finding] = evidence
        return weighed

    def _has_run_out(self, statement: Statement) -> bool:
        """Whether a statement is an expectation of life whose time is over; says so in the ledger."""
        if statement.finding != "life-expectancy":
            return False
        gone = (self._notes.as_of.end - statement.when.end) / _MONTH
        over = all(isinstance(value, Span) and value.high <= gone for value in statement.values)
        if over:
            text = phrase(
                "{finding}: the time that was expected has passed, so it is not used",
                finding=FINDINGS[statement.finding].title,
            )
            self._note(statement, Ledger.STALE, text)
        return over

    def _stale(self, statement: Statement) -> bool:
        age = (self._notes.as_of.end - statement.when.end) / _DAY
        finding = FINDINGS[statement.finding]
        # What was not there may have come since; what was there is not gone by itself.
        denied = statement.values in (frozenset((finding.when_complete,)), _SOLITARY)
        changes = (finding.changes or denied) and not statement.lasting
        return changes and age > self._policy.stale_after_days

    def _remark(self, title: str, evidence: Evidence) -> None:
        if self._quiet:
            return
        for old in evidence.superseded:
            self._note(old, Ledger.SUPERSEDED, phrase("{finding}: a later result replaces it", finding=title))
        first = evidence.sources[:4]
        for statement in evidence.statements:
            if self._stale(statement):
                does = "used" if self._policy.use_stale else "not used"
                text = phrase(
                    "{finding}: more than {days} days old; {does}, as the policy says",
                    finding=title,
                    days=self._policy.stale_after_days,
                    does=does,
                )
                self._note(statement, Ledger.STALE, text)
            if evidence.conflict:
                named = [s for s in first if s != statement.source][:3]
                others: str = series(", ", map(quoted, named)) or "another source"
                more = len(evidence.sources) - bool(statement.source) - len(named)
                if more:
                    others = phrase("{sources} and {n} more", sources=others, n=more)
                self._note(
                    statement,
                    Ledger.CONFLICT,
                    phrase(
                        "{finding}: disagrees with {others}; each value stays possible", finding=title, others=others
                    ),
                )

    def compare(self, evidence: dict[str, Evidence], built: Iterable[Lesion]) -> None:
        """What is said of the number of metastases, where the lesions of the record are more: both stay possible."""
        metastases = [le for le in built if le.evidence.get("tumour-origin", _NOTHING).values == METASTATIC]
        levels = sum(len(lesion.levels) or 1 for lesion in metastases)
        most = FINDINGS["vertebral-metastasis-count"].domain
        counted: Values = frozenset((Span(levels, most.high),)) if isinstance(most, Number) else frozenset()
        least, most_bones = _numbers(evidence, len(metastases))
        by_numbers = "{finding}: does not go with the numbers of metastases in the record; each value stays possible"
        by_lesions = "{finding}: the record has {levels} vertebrae; each value stays possible"
        for finding, fits, shown, template in (
            (
                "bone-metastases",
                lambda value: value != "solitary" or least < 2,
                frozenset(("multiple",)),
                by_lesions if len(metastases) > 1 else by_numbers,
            ),
            ("bone-metastases", lambda value: value != "multiple" or most_bones > 1, _SOLITARY, by_numbers),
            ("vertebral-metastasis-count", lambda span: span.high >= levels, counted, by_lesions),
        ):
            said = evidence.get(finding, _NOTHING)
            if said.statements and not any(map(fits, said.values)):
                evidence[finding] = replace(said, values=said.values | shown, conflict=True)
                text = phrase(template, finding=FINDINGS[finding].title, levels=levels)
                for statement in said.statements:
                    self._note(statement, Ledger.CONFLICT, text)

    def compare_performance(self, evidence: Mapping[str, Evidence]) -> None:
        """Remarks on ECOG and Karnofsky of one time that cannot both be true. Each counts where it is read."""
        ecog, karnofsky = (evidence.get(finding, _NOTHING).statements for finding in ("ecog", "karnofsky"))
        if self._quiet:
            return
        for all_told, others in ((ecog, karnofsky), (karnofsky, ecog)):
            outermost = _outermost(others)
            for told in all_told:
                then = [each for each in outermost if _overlap(told.when, each.when)]
                against = next((each for each in then if not _go_together(told, each)), None)
                if against is not None:
                    title, beside = (FINDINGS[each.finding].title for each in (told, against))
                    text = phrase(
                        "{finding}: does not go with {beside} of {resource}; each counts where it is read",
                        finding=title,
                        beside=beside,
                        resource=quoted(against.source),
                    )
                    self._note(told, Ledger.CONFLICT, text)

    def _note(self, statement: Statement, code: Ledger, text: str) -> None:
        self._notes.remark(self._entries[statement.source], code, text)


def _numbers(evidence: Mapping[str, Evidence], lesions: int) -> tuple[float, float]:
    """How many bone metastases there are at least and at most, by the numbers and the lesions of a record."""
    counts = [
        [value for value in evidence.get(finding, _NOTHING).values if isinstance(value, Span)]
        for finding in ("vertebral-metastasis-count", "extraspinal-bone-metastasis-count")
    ]
    spine, elsewhere = (min((span.low for span in spans), default=0) for spans in counts)
    most = sum(max((span.high for span in spans), default=math.inf) for spans in counts)
    return max(spine, lesions) + elsewhere, max(most, lesions)


def _overlap(one: When, other: When) -> bool:
    return one.start <= other.end and other.start <= one.end


def _outermost(statements: Iterable[Statement]) -> list[Statement]:
    """Of those that say the same, the one that starts first and the one that ends last.

    Statements that stand after weighing have a moment in common, so what overlaps with any of them overlaps with one of
    these two. A record may have thousands of each scale, and is not compared pair by pair.
    """
    same: dict[Values, list[Statement]] = {}
    for each in statements:
        same.setdefault(each.values, []).append(each)
    return [
        each
        for those in same.values()
        for each in (min(those, key=lambda s: s.when.start), max(those, key=lambda s: s.when.end))
    ]


def _go_together(one: Statement, other: Statement) -> bool:
    ecog, karnofsky = (one, other) if one.finding == "ecog" else (other, one)
    return _of_one_person(ecog.values, karnofsky.values)


@lru_cache(maxsize=4096)
def _of_one_person(ecog: Values, karnofsky: Values) -> bool:
    """Whether any values of both are of one person: the tables that convert them differ by up to ten of Karnofsky."""
    likely = {points for grade in ecog for points in KARNOFSKY_OF_ECOG[grade]}
    return any(abs(a - b) <= 10 for a in likely for b in karnofsky if isinstance(a, int) and isinstance(b, int))
