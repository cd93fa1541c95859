"""Resources of types that carry no finding, named where they speak of a tumour: nothing of it is dropped in silence.

Nothing is demanded of them. What they mention is not denied; a treatment whose order is completed was perhaps given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import simdjson

from service.fhir_mapping.inbound.bundle import Entry
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT
from service.fhir_mapping.inbound.decode import text as compact
from service.fhir_mapping.inbound.lesions import DONE
from service.fhir_mapping.inbound.memory import Memory
from service.fhir_mapping.inbound.mentions import in_code, in_words
from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.references import References, of_kind
from service.fhir_mapping.inbound.results import relevant as is_result
from service.fhir_mapping.inbound.sites import site
from service.fhir_mapping.inbound.slices import CodeableConcept, Order, slice_of
from service.fhir_mapping.inbound.statements import PERHAPS, treated
from service.fhir_mapping.inbound.tumours import is_tumour, reads_like_tumour
from service.fhir_mapping.inbound.words import Words, worded
from service.fhir_mapping.terminology import Terminology
from service.problems import Ledger, Rejected

_ORDER = "an order or a plan is no treatment; what was done is read from Procedures and drugs that were given"
_IMAGING = worded(
    r"\bspin(?:e|al)\b|vertebr|wirbel|myelogra|whole[- ]body|ganzk[öo]rper|bone scan|scintigra|\bpet\b|positron"
)
_TREATMENT = worded(
    r"radi(?:o|ation )(?:chemo)?therap|irradiat|bestrahl|strahlenth|brachytherap|chemotherap|immun(?:e|o)therap"
    r"|antineoplas|laminectom|kyphoplast|vertebroplast|spinal fusion|spondylodes|denosumab|zoledron"
    r"|\w(?:platin|taxel|rubicin|tinib)\b"
)


@dataclass(frozen=True)
class _Kind:
    members: tuple[str, ...]
    """The elements that say what it is about."""
    why: str
    words: Words[bool] | None = None
    """Words that matter in it beside those of tumours."""
    mentions: bool = True
    """Whether what it speaks of may be true of the patient: what is asked for, or is of a relative, is not."""


KINDS = {
    "AdverseEvent": _Kind(
        ("event", "suspectEntity"),
        "an effect of a treatment; the treatment itself is read from Procedures and drugs that were given",
    ),
    "BodyStructure": _Kind(
        ("morphology", "location", "description"), "a place in the body; what is there is read from Conditions"
    ),
    "CarePlan": _Kind(("title", "description", "category", "activity", "addresses"), _ORDER, _TREATMENT),
    "ClinicalImpression": _Kind(
        ("description", "summary", "code", "finding", "problem"),
        "an impression is not read; send what it concludes as Conditions and Observations",
    ),
    "FamilyMemberHistory": _Kind(("condition",), "a tumour of a relative, and not the patient's", mentions=False),
    "ImagingStudy": _Kind(
        ("description", "procedureCode", "reasonCode", "reasonReference", "series"),
        "images, of which no finding is read; send what they show as Observations or as a report with conclusionCode, "
        "and staging-complete once staging is",
        _IMAGING,
        mentions=False,
    ),
    "RiskAssessment": _Kind(
        ("code", "method", "prediction", "condition", "basis"),
        "the risk of a tumour, and not the result of a model that is known here",
        mentions=False,
    ),
    "ServiceRequest": _Kind(("code", "reasonCode", "reasonReference"), _ORDER, _TREATMENT),
    "Specimen": _Kind(
        ("type", "collection", "note"), "a specimen; what was found in it is read from Observations and reports"
    ),
}
#: Statuses of what was not, or not yet, ordered or found.
_NOTHING_DONE = frozenset(("entered-in-error", "revoked", "draft", "cancelled"))
_PROPOSED = frozenset(("proposal", "plan", "option"))
_SHORT = 256
_SHORT_ELEMENT = 1024
_WORDS = frozenset(("display", "text", "description", "title", "summary", "valueString"))


def explain(listed: list[Entry], notes: Notebook) -> None:
    """A remark on each resource of these types that speaks of a tumour, of imaging of the spine, or of treatment."""
    about = (notes.conditions, References(of_kind(listed, "Procedure")))
    for entry in listed:
        kind = KINDS.get(entry.kind)
        if kind is None or entry.owner is not None:
            continue
        if entry.kind == "RiskAssessment" and is_result(entry, notes.terms):
            continue
        if not any(_matters(part, entry.kind, about, notes.terms) for part in _parts(entry, kind)):
            continue
        notes.remark(entry, Ledger.NOT_READ, kind.why)
        if kind.mentions and entry.get("status") not in _NOTHING_DONE and entry.get("doNotPerform") is not True:
            notes.mentioned |= _mentioned(entry, kind, notes.terms)
            if entry.kind == "ServiceRequest" and entry.get("status") == "completed":
                with suppress(Rejected):
                    _perhaps_done(slice_of(Order, entry.resource, entry.path), entry, notes)


def speaks(entry: Entry, terms: Terminology) -> bool:
    """Whether a resource of these types speaks by itself of a tumour, of imaging of the spine, or of treatment."""
    kind = KINDS[entry.kind]
    return any(_matters(part, entry.kind, (), terms) for part in _parts(entry, kind))


def _mentioned(entry: Entry, kind: _Kind, terms: Terminology) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for part in _parts(entry, kind):
        for name, value in (("text", part),) if isinstance(part, str) else _walk(_plain(part)):
            if not isinstance(value, str):
                found |= in_code(value["system"], value["code"], terms)
            elif name in _WORDS:
                found |= in_words(value)
    return found


def _perhaps_done(order: Order, entry: Entry, notes: Notebook) -> None:
    """Leaves open that a treatment at a level was given, where its order says that it is completed."""
    code = order.code or CodeableConcept()
    named = (*(in_code(c.system, c.code, notes.terms) for c in code.coding), *map(in_words, code.words))
    then = notes.date(order.authored_on, f"{entry.path}.authoredOn")
    if order.intent in _PROPOSED or then.start > notes.as_of.end:
        return
    for finding in sorted(DONE & frozenset().union(*named)):
        treated(finding, PERHAPS, site(notes.terms, order.body_site), entry, then, notes)


def _parts(entry: Entry, kind: _Kind) -> Iterator[Any]:
    """The elements that say what a resource is about, one by one: the short ones mostly tell."""
    for name in kind.members:
        found = entry.get(name)
        if found is not None:
            yield found


def _plain(part: Any) -> Any:
    """An element as it is walked, which is quicker through a dict or a list."""
    if isinstance(part, simdjson.Object):
        return part.as_dict()
    return part.as_list() if isinstance(part, simdjson.Array) else part


def _matters(part: Any, of_type: str, about: tuple[References, ...], terms: Terminology) -> bool:
    if isinstance(part, str):
        return _speaks(part, KINDS[of_type])
    if isinstance(part, simdjson.Object | simdjson.Array):
        content = compact(part)
        if b'"reference":' not in content:
            return _BY_ITSELF[content, of_type, terms]
    return _tells(_plain(part), KINDS[of_type], about, terms)


def _tells(part: Any, kind: _Kind, about: tuple[References, ...], terms: Terminology) -> bool:
    for name, value in _walk(part):
        if isinstance(value, str):
            if name in _WORDS and _speaks(value, kind):
                return True
            targets = [each.find(value) for each in about] if name == "reference" else []
            if any(target is not None and _is_about_tumour(target, terms) for target in targets):
                return True
        elif is_tumour({"coding": [value]}, terms) or (kind.words is _TREATMENT and _is_treatment(value, terms)):
            return True
    return False


#: Whether an element matters that refers to nothing, by its content and the type of the resource.
_BY_ITSELF: Memory[tuple[bytes, str, Terminology], bool] = Memory(
    lambda asked: _tells(orjson.loads(asked[0]), KINDS[asked[1]], (), asked[2]),
    most=4096,
    is_short=lambda asked: len(asked[0]) <= _SHORT_ELEMENT,
)


def _is_treatment(coding: Any, terms: Terminology) -> bool:
    return bool(terms.procedure(coding["system"], coding["code"]) or terms.drug(coding["system"], coding["code"]))


def _speaks(text: str, kind: _Kind) -> bool:
    # A record repeats its few texts; what is long is not kept.
    return _short(text, kind) if len(text) <= _SHORT else _reads(text, kind)


@lru_cache(maxsize=4096)
def _short(text: str, kind: _Kind) -> bool:
    return _reads(text, kind)


def _reads(text: str, kind: _Kind) -> bool:
    return reads_like_tumour(text) or (kind.words is not None and kind.words.are_in(text))


def _is_about_tumour(target: Entry, terms: Terminology) -> bool:
    code = target.get("code")
    return is_tumour(code, terms) if target.kind == "Condition" else _of_treatment(code)


def _of_treatment(code: Any) -> bool:
    return any(isinstance(value, str) and _TREATMENT.are_in(value) for _, value in _walk(code))


def _walk(part: Any) -> Iterator[tuple[str, Any]]:
    """The texts below an element, each with the name of its member, and the codings among the objects as they are."""
    waiting = [("", part)]
    while waiting:
        name, here = waiting.pop()
        if isinstance(here, OBJECT):
            members = list(here.keys())
            if "code" in members and isinstance(here["code"], str):
                system = here["system"] if "system" in members else None
                yield name, {"system": system if isinstance(system, str) else None, "code": here["code"]}
            waiting += [(each, here[each]) for each in members]
        elif isinstance(here, ARRAY):
            waiting += [(name, each) for each in here]
        elif isinstance(here, str):
            yield name, here
