"""An optional terminology server: what a code that no map knows is a kind of, asked before an assessment.

It is never required. Only codes of SNOMED CT leave, never anything else of a record. A code that the server places
under codes that are known here says what those say; when it is slow or down, all is as without it, but for a remark.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson

from service.evidence import Values, meet
from service.fhir_mapping.inbound.decode import OBJECT, text
from service.fhir_mapping.terminology import FINDING, SNOMED, STANDARD, Meaning, Terminology
from service.fhir_mapping.terminology.systems import CONCEPT
from service.fhir_mapping.terminology.unknown import unknown
from service.outgoing.addresses import base_address, callable_origin, is_loopback
from service.outgoing.failure import ExchangeFailed, Forbidden
from service.outgoing.limits import Limits as CallLimits
from service.outgoing.networks import Network
from service.outgoing.reach import Reach
from service.outgoing.transport import Transport, connections
from service.problems import Ledger, LedgerEntry, Rejected
from service.text import phrase

#: The elements whose unknown codes are worth asking for.
_ASKED = frozenset(("Condition.code", "DiagnosticReport.conclusionCode", "Procedure.code"))
_MOST_CODES = 20
_MOST_STEPS = 12
_LONGEST_CODE = 18
_CACHED = 10_000
_FHIR_JSON = "application/fhir+json"
#: A busy server is not asked again; what it does not say stays unknown.
_ONE_CALL = CallLimits(answer_bytes=1_000_000, tries=1, redirects=0)
_log = logging.getLogger("spinemets")


class BadServer(ValueError):
    """An address that is no terminology server; the message says the mend, in one line."""


class _NoAnswer(Exception):
    """The server did not answer, or not with what FHIR says."""


@dataclass(frozen=True)
class Limits:
    """How long it is waited for, and how long an answer is kept; in seconds."""

    budget: float = 2.0
    """For all codes of a record together."""
    each: float = 1.0
    keep: float = 86_400.0
    rest: float = 60.0
    """After a failure nothing is asked for so long."""


@dataclass(frozen=True)
class Widened:
    """The terminology to assess a record by, and what is to be said of it in the ledger."""

    terminology: Terminology
    remarks: tuple[LedgerEntry, ...] = ()


@dataclass
class TerminologyServer:
    """Asks a server what codes are a kind of, and remembers its answers. One object serves all threads."""

    base: str
    terms: Terminology = STANDARD
    limits: Limits = field(default_factory=Limits)
    clock: Callable[[], float] = time.monotonic

    networks: tuple[Network, ...] = ()
    """Private networks that the server may be in."""
    by_a_person: bool = False
    """Whether a person has just named it; then it may be in any private network."""

    def __post_init__(self) -> None:
        """Checks the address.

        Raises:
            BadServer: it is no https address; http is for this machine only.
        """
        try:
            scheme, host, _ = callable_origin(base_address(self.base))
        except ExchangeFailed:
            raise BadServer(
                "the address of the terminology server is no URL; give one such as https://host/fhir"
            ) from None
        if scheme == "http" and not is_loopback(host):
            raise BadServer("the terminology server needs an https address; http is for this machine only")
        self._reach = (Reach.named if self.by_a_person else Reach.of)([self.base], self.networks)
        self._pool = connections(_ONE_CALL, self._reach)
        self._lock = threading.Lock()
        self._found: OrderedDict[str, tuple[float, dict[str, Any] | None]] = OrderedDict()
        self._resting_until = 0.0
        self._widened = self.terms
        self._in_force: frozenset[str] = frozenset()

    def widened(self, record: object) -> Widened:
        """The terminology with what the server knows of the unknown codes of a record. Never fails."""
        try:
            codes = self._worth_asking(record)
        except Rejected:  # it is nested too deeply, which the assessment says
            codes = []
        if not codes:
            return Widened(self.terms)
        late = self._ask(codes)
        with self._lock:
            known = {code for code in codes if (kept := self._found.get(code)) and kept[1]}
            terms = self._with_found() if known else self.terms
        remarks = []
        if known:
            remarks.append(
                _remark(phrase("{codes} read by the terminology server, as what it is a kind of", codes=_count(known)))
            )
        if late:
            remarks.append(
                _remark(
                    phrase("the terminology server did not answer in time: {codes} stayed unknown", codes=_count(late))
                )
            )
        return Widened(terms, tuple(remarks))

    def _worth_asking(self, record: object) -> list[str]:
        plain = orjson.loads(text(record)) if isinstance(record, OBJECT) else record
        seen = (s.code for s in unknown([[plain]], self.terms) if s.element in _ASKED and s.system == SNOMED)
        codes = (code for code in seen if code.isascii() and code.isdigit() and len(code) <= _LONGEST_CODE)
        return list(dict.fromkeys(codes))[:_MOST_CODES]

    def _ask(self, codes: Iterable[str]) -> set[str]:
        """Asks for what is not remembered; gives the codes for which there was no answer."""
        end = self.clock() + self.limits.budget
        late = set()
        for code in codes:
            with self._lock:
                kept = self._found.get(code)
                resting = self.clock() < self._resting_until
            if kept and kept[0] > self.clock():
                continue
            if resting or self.clock() >= end:
                late.add(code)
                continue
            try:
                answer = self._place(code, end)
            except _NoAnswer:
                with self._lock:
                    self._resting_until = self.clock() + self.limits.rest
                late.add(code)
                continue
            with self._lock:
                self._found[code] = (self.clock() + self.limits.keep, answer)
                self._found.move_to_end(code)
                while len(self._found) > _CACHED:
                    self._found.popitem(last=False)
        return late

    def _place(self, code: str, end: float) -> dict[str, Any] | None:
        """The known codes nearest above a code, as elements of maps; None where there are none.

        Raises:
            _NoAnswer: the server did not say.
        """
        level, asked = [code], {code}
        steps = 0
        while level:
            parents: dict[str, None] = {}
            for each in level:
                steps += 1
                if steps > _MOST_STEPS:
                    return None
                parents |= dict.fromkeys(self._parents(each, end))
            known = [p for p in parents if self.terms.is_known(SNOMED, p)]
            if known:
                return self._meant(code, known)
            level = [p for p in parents if p not in asked]
            asked |= set(level)
        return None

    def _parents(self, code: str, end: float) -> list[str]:
        left = min(self.limits.each, end - self.clock())
        if left <= 0:
            raise _NoAnswer
        query = urlencode({"system": SNOMED, "code": code, "property": "parent"})
        limits = replace(_ONE_CALL, connect_seconds=left, read_seconds=left, total_seconds=left)
        try:
            transport = Transport(limits, reach=self._reach, pool=self._pool, purpose="terminology")
            said = transport.get(f"{self.base.rstrip('/')}/CodeSystem/$lookup?{query}", {"Accept": _FHIR_JSON})
            if said.status in (400, 404, 422):  # it does not know the code, which is an answer
                return []
            if said.status != 200:
                raise _NoAnswer
            answer = orjson.loads(said.body)
        except Forbidden as forbidden:
            _log.warning("the terminology server is not called: %s", forbidden)
            raise _NoAnswer from None
        except (ExchangeFailed, orjson.JSONDecodeError):
            raise _NoAnswer from None
        return list(_parents_in(answer))

    def _meant(self, code: str, known: list[str]) -> dict[str, Any]:
        """What all known codes above a code say together, by the map in which it is looked up."""
        found: dict[str, Any] = {}
        for name, look_up in (
            ("condition-findings", self.terms.condition),
            ("procedure-findings", self.terms.procedure),
        ):
            meanings = [m for parent in known if (m := look_up(SNOMED, parent)) is not None]
            if meanings:
                found[name] = {"code": code, "target": _targets(meanings)}
        concepts = dict.fromkeys(c for parent in known for c in self.terms.concepts(SNOMED, parent))
        found["concepts"] = {"code": code, "target": [{"code": c, "equivalence": "wider"} for c in concepts]}
        return found

    def _with_found(self) -> Terminology:
        """The terminology with everything that was found; made anew only when there is more. Under the lock."""
        positive = {code: answer for code, (_, answer) in self._found.items() if answer}
        if positive.keys() != self._in_force:
            added: dict[str, list[dict[str, Any]]] = {}
            for answer in positive.values():
                for name, element in answer.items():
                    added.setdefault(name, []).append(element)
            maps = {name: [*groups, *_groups(name, added.get(name, []))] for name, groups in self.terms.maps.items()}
            self._widened = Terminology(maps, self.terms.same_as)
            self._in_force = frozenset(positive)
        return self._widened


def _groups(name: str, listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    target = CONCEPT if name == "concepts" else FINDING
    return [{"source": SNOMED, "target": target, "element": listed}] if listed else []


def _targets(meanings: Iterable[Meaning]) -> list[dict[str, Any]]:
    together: dict[str, Values] = {}
    for meaning in meanings:
        for finding, values in meaning:
            together[finding] = meet(together.get(finding, values), values) or together.get(finding, values) | values
    return [
        {
            "code": finding,
            "equivalence": "wider",
            "product": [{"value": _word(value)} for value in sorted(values, key=str)],
        }
        for finding, values in together.items()
    ]


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parents_in(answer: Any) -> Iterable[str]:
    """The codes of the parents in the Parameters of ``$lookup``; what has another form gives none."""
    for parameter in _listed(answer, "parameter"):
        if parameter.get("name") != "property":
            continue
        parts: Mapping[Any, dict[str, Any]] = {part.get("name"): part for part in _listed(parameter, "part")}
        if parts.get("code", {}).get("valueCode") != "parent":
            continue
        value = parts.get("value", {})
        coding = value.get("valueCoding")
        code = value.get("valueCode") or (coding.get("code") if isinstance(coding, dict) else value.get("valueString"))
        if isinstance(code, str) and code.isascii() and code.isdigit():
            yield code


def _listed(of: Any, name: str) -> list[dict[str, Any]]:
    found = of.get(name) if isinstance(of, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _remark(words: str) -> LedgerEntry:
    return LedgerEntry("terminology server", Ledger.TERMINOLOGY_SERVER, words, "Bundle")


def _count(codes: set[str]) -> str:
    return "1 code" if len(codes) == 1 else phrase("{n} codes", n=len(codes))
