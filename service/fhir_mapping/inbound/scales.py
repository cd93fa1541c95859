"""What a record says of a finding, weighed, with remarks on what lost, disagrees or is old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from service.case import Lesion
from service.evidence import Evidence, Number, Span, Statement, Values, weigh
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.findings import FINDINGS
from service.policy import Policy
from service.problems import Ledger

METASTATIC: Values = frozenset(("metastatic",))
_NOTHING = Evidence(frozenset())
_DAY = 86_400


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
        for finding, those in grouped.items():
            evidence = weigh(those)
            self._remark(FINDINGS[finding].title, evidence)
            old = [s for s in evidence.statements if self._stale(s)]
            if old and not self._policy.use_stale:
                kept = [s for s in evidence.statements if s not in old]
                if not kept:
                    self._notes.mentioned.add(finding)
                    continue
                evidence = weigh(kept)
            weighed[finding] = evidence
        return weighed

    def _stale(self, statement: Statement) -> bool:
        age = (self._notes.as_of.end - statement.when.end) / _DAY
        changes = FINDINGS[statement.finding].changes and not statement.lasting
        return changes and age > self._policy.stale_after_days

    def _remark(self, title: str, evidence: Evidence) -> None:
        if self._quiet:
            return
        for old in evidence.superseded:
            self._note(old, Ledger.SUPERSEDED, f"{title}: a later result replaces it")
        for statement in evidence.statements:
            if self._stale(statement):
                does = "used" if self._policy.use_stale else "not used"
                text = f"{title}: more than {self._policy.stale_after_days} days old; {does}, as the policy says"
                self._note(statement, Ledger.STALE, text)
            if evidence.conflict:
                named = [s for s in evidence.sources if s != statement.source]
                others = ", ".join(named[:3]) or "another source"
                if len(named) > 3:
                    others += f" and {len(named) - 3} more"
                self._note(statement, Ledger.CONFLICT, f"{title}: disagrees with {others}; each value stays possible")

    def compare(self, evidence: dict[str, Evidence], built: Iterable[Lesion]) -> None:
        """What is said of the number of metastases, where the lesions of the record are more: both stay possible."""
        metastases = [le for le in built if le.evidence.get("tumour-origin", _NOTHING).values == METASTATIC]
        levels = sum(len(lesion.levels) or 1 for lesion in metastases)
        most = FINDINGS["vertebral-metastasis-count"].domain
        counted: Values = frozenset((Span(levels, most.high),)) if isinstance(most, Number) else frozenset()
        for finding, fits, shown in (
            (
                "bone-metastases",
                lambda value: value != "solitary" or len(metastases) < 2,
                frozenset(("multiple",)),
            ),
            ("vertebral-metastasis-count", lambda span: span.high >= levels, counted),
        ):
            said = evidence.get(finding, _NOTHING)
            if said.statements and not any(map(fits, said.values)):
                evidence[finding] = replace(said, values=said.values | shown, conflict=True)
                text = f"{FINDINGS[finding].title}: the record has {levels} vertebrae; each value stays possible"
                for statement in said.statements:
                    self._note(statement, Ledger.CONFLICT, text)

    def _note(self, statement: Statement, code: Ledger, text: str) -> None:
        self._notes.remark(self._entries[statement.source], code, text)
