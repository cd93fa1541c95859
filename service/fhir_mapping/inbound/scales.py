"""What a record says of a finding, weighed, with remarks on what lost, disagrees or is old."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from service.case import Lesion
from service.conversions import FOLLOWS, RULES, by_rules
from service.derivations import outdated_denials
from service.evidence import Evidence, Number, Span, Statement, Values, meet, weigh
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.findings import FINDINGS
from service.policy import Policy
from service.problems import Ledger
from service.text import phrase, quoted, series

METASTATIC: Values = frozenset(("metastatic",))
_NOTHING = Evidence(frozenset())
_DAY = 86_400
_MONTH = 30.4375 * _DAY
_WORKED_OUT = frozenset(finding for finding, *_ in RULES)
#: What more than the findings that follow from it is read for: cord compression is an alarm by itself.
_READ_ITSELF = {"spinal-cord-compression", "previous-chemotherapy", "visceral-metastases", "brain-metastases"}
_ONLY_CONVERTED = frozenset(o for _, origins, _ in RULES for o in origins) - _WORKED_OUT - _READ_ITSELF
#: What is not silence about a lesion that it may be about, and leaves an emergency possible.
_COMPRESSED: Mapping[str, Values] = {
    "escc-grade": frozenset(("escc-2", "escc-3")),
    "escc-cord-compressed": frozenset((True,)),
}
_LIFE = "life-expectancy"
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
            those = given if finding != _LIFE else [each for each in given if not self._has_run_out(each)]
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

    def leave_open(self, evidence: dict[str, Evidence], perhaps: Iterable[Statement]) -> None:
        """Keeps possible of one lesion what was found at a place that is not understood, unless it is older."""
        maybe: dict[str, list[Statement]] = {}
        for statement in perhaps:
            if self._policy.use_stale or not self._stale(statement):
                maybe.setdefault(statement.finding, []).append(statement)
        for finding, given in maybe.items():
            held = evidence.get(finding)
            if held is None:
                if any(s.values & _COMPRESSED.get(finding, frozenset()) for s in given):
                    evidence[finding] = Evidence(FINDINGS[finding].domain.unknown, tuple(given))
                continue
            since = max(s.when.start for s in held.statements)
            others = [s for s in given if s.when.end >= since and not meet(held.values, s.values)]
            if others:
                values = held.values.union(*(s.values for s in others))
                now = replace(held, values=values, statements=(*held.statements, *others), conflict=True)
                evidence[finding] = now
                for statement in now.statements:
                    self._disagrees(FINDINGS[finding].title, statement, now)

    def _has_run_out(self, statement: Statement) -> bool:
        """Whether an expectation of life is over; says so in the ledger."""
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
        if evidence.superseded:
            replaced = phrase("{finding}: a later result replaces it", finding=title)
            for old in evidence.superseded:
                self._note(old, Ledger.SUPERSEDED, replaced)
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
                self._disagrees(title, statement, evidence)

    def _disagrees(self, title: str, statement: Statement, evidence: Evidence) -> None:
        named = [s for s in evidence.sources[:4] if s != statement.source][:3]
        others: str = series(", ", map(quoted, named)) or "another source"
        more = len(evidence.sources) - bool(statement.source) - len(named)
        if more:
            others = phrase("{sources} and {n} more", sources=others, n=more)
        text = phrase("{finding}: disagrees with {others}; each value stays possible", finding=title, others=others)
        self._note(statement, Ledger.CONFLICT, text)

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

    def compare_deaths(self, evidence: Mapping[str, Evidence]) -> None:
        """Remarks on the status of one who has died where the record says no death; it counts as it is said."""
        for finding, value in (("ecog", 5), ("karnofsky", 0)):
            said = evidence.get(finding, _NOTHING)
            if said.values == {value} and not self._quiet:
                title = FINDINGS[finding].title
                text = phrase("{finding}: of one who has died, and no death is recorded; used", finding=title)
                for statement in said.statements:
                    self._note(statement, Ledger.CONFLICT, text)

    def compare_derived(self, evidence: Mapping[str, Evidence], built: Iterable[Lesion]) -> None:
        """Remarks on what follows from other findings, of the patient and of each lesion, where the record says it."""
        if self._quiet:
            return
        of_patient = by_rules(evidence, of_lesion=False)
        self._compare_with(of_patient, evidence)
        for lesion in built:
            self._compare_with(by_rules(lesion.evidence, of_lesion=True), lesion.evidence)
        self._compare_denials(of_patient, built)

    def _compare_with(self, found: Mapping[str, Evidence], evidence: Mapping[str, Evidence]) -> None:
        """Remarks on what a later finding of another kind replaces, or disagrees with."""
        counted = {s for f in _WORKED_OUT if f in found for s in found[f].statements}
        for finding, now in found.items():
            said = evidence.get(finding, _NOTHING)
            if now is said:
                continue
            before, lost_before = set(said.statements), set(said.superseded)
            others = [s for s in now.statements if s not in before]
            title = FINDINGS[finding].title
            for lost in now.superseded:
                if lost in lost_before:
                    continue
                if lost.finding == finding:
                    self._replaced(lost, FINDINGS[others[0].finding].title)
                elif lost.finding in _ONLY_CONVERTED and lost not in counted:
                    self._replaced(lost, title)
            if now.conflict and others and not now.derived_from:
                for statement in now.statements:
                    # Of two scales that follow from each other each has its own remark.
                    if statement.finding == finding or (statement.finding, finding) not in FOLLOWS:
                        self._disagrees(title, statement, now)

    def _compare_denials(self, found: Mapping[str, Evidence], built: Iterable[Lesion]) -> None:
        """Remarks on a denied deficit that a later grade of paralysis leaves open again."""
        for denied in outdated_denials(found, built):
            for statement in denied.statements:
                self._replaced(statement, FINDINGS["frankel-grade"].title)

    def _replaced(self, lost: Statement, beside: str) -> None:
        title = FINDINGS[lost.finding].title
        self._note(
            lost, Ledger.SUPERSEDED, phrase("{finding}: a later {beside} replaces it", finding=title, beside=beside)
        )

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
