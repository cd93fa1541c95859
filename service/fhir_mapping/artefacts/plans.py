"""The rules as PlanDefinitions: one for each id that a proposal can name, all of them, and the notes."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module

from service import KNOWLEDGE_VERSION, decision, wording
from service.conditions import ALWAYS
from service.decision import emergency, fitness, imaging, missing, noms
from service.decision.guidelines import GUIDELINES
from service.decision.model import Bar, Note, Recommendation, Row, Rule, Urgency
from service.fhir_mapping.artefacts.building import artefact, canonical, citations
from service.fhir_mapping.artefacts.phrases import said
from service.fhir_mapping.outbound.building import Resource, concept
from service.knowledge import guidelines
from service.knowledge.chapters import chapters
from service.knowledge.emergencies import alarms
from service.knowledge.rules import given
from service.policy import DEFAULT

WHOLE = "spinal-tumour"
REMARKS = "remarks"
_ON_TREATMENTS = "Remarks on treatments"
_TYPE = "http://terminology.hl7.org/CodeSystem/plan-definition-type"
_ADVICE = "Advice for the tumour board, and never an order."
_GUIDELINE = GUIDELINES[DEFAULT.guideline]


@lru_cache(maxsize=1)
def rules() -> dict[str, tuple[Rule, ...]]:
    """Every rule by the id of its PlanDefinition: emergencies first, and what to find out last."""
    found: dict[str, dict[Rule, None]] = {}
    for rule in _listed():
        found.setdefault(rule.plan, {})[rule] = None
    found[missing.FIND_OUT.plan] = found.pop(missing.FIND_OUT.plan)
    return {plan: tuple(each) for plan, each in found.items()}


def titles() -> dict[str, str]:
    """What each is called: as the section of the knowledge that has all of its rows, else as its first rule."""
    sections = {chapter.id: chapter.title for chapter in chapters()}
    return {name: sections.get(name, listed[0].title) for name, listed in rules().items()}


def _listed() -> Iterator[Rule]:
    """In the order of the plan, and then whatever a module of service.decision has beside."""
    yield from (emergency.EMERGENCY, imaging.PAIN_ALONE, noms.OPERABILITY, noms.NOMS)
    yield from (row.rule for row in rows())
    for info in pkgutil.iter_modules(decision.__path__):
        module = import_module(f"{decision.__name__}.{info.name}")
        yield from (value for value in vars(module).values() if isinstance(value, Rule))


def rows() -> tuple[Row, ...]:
    """Every row but those of NOMS, under the default policy."""
    return (*guidelines.rows(_GUIDELINE), *(row for chapter in chapters() for row in chapter.rows))


def plan_definitions() -> Iterator[Resource]:
    for name, listed in rules().items():
        elements: Resource = {}
        cited = citations(rule.source for rule in listed if rule.source)
        if cited:
            elements["relatedArtifact"] = cited
        actions = list(_actions(name))
        if actions:
            elements["action"] = actions
        title = titles()[name]
        text = f"{title}{_about(name, actions)} {_ADVICE}"
        yield artefact("PlanDefinition", name, title, text, type=_type("eca-rule"), **elements)
    yield _remarks()
    yield _whole()


def _about(name: str, actions: list[Resource]) -> str:
    if name == noms.NOMS.plan:
        return ": the rows are read from the top, and the first that applies counts. ESCC 1c is read as low grade."
    if name == noms.OPERABILITY.plan:
        bars = "; ".join(bar.text for bar in fitness.bars(DEFAULT.survival_threshold_months))
        return f": where no clinician has judged it, these make a patient unfit under the default policy: {bars}."
    if actions:
        return ": each row by itself, where its condition holds. What depends on a policy is as the default one has it."
    return ", one of the rules of the plan for a tumour of the spine."


def _actions(name: str) -> Iterator[Resource]:
    if name == noms.NOMS.plan:
        for n, each in enumerate(noms.ROWS, 1):
            yield _action(f"row-{n}", said(each.when), each.do, each.why)
        return
    if name == emergency.EMERGENCY.plan:
        for n, (condition, advised) in enumerate(alarms(), 1):
            yield _alarm(f"alarm-{n}", condition, advised)
    for n, row in enumerate((row for row in rows() if row.rule.plan == name), 1):
        yield _row(f"row-{n}", row)


def _row(name: str, row: Row) -> Resource:
    found = _action(name, said(row.when), row.do, row.why)
    found["priority"] = row.urgency.name.lower()
    if text := given(row):
        found["description"] = text
    if row.rule.source:
        found["documentation"] = citations((row.rule.source,))
    return found


def _action(name: str, condition: str, do: tuple[str, ...], why: str) -> Resource:
    """A row: its condition, its steps in their order, and why."""
    return {
        "id": name,
        "title": "; ".join(map(wording.treatment, do)),
        "textEquivalent": why,
        "condition": [_condition(condition)],
        "action": list(map(_step, do)),
    }


def _step(treatment: str) -> Resource:
    text = wording.treatment(treatment)
    return {"title": text, "code": [concept("treatment", treatment, text)]}


def _condition(text: str) -> Resource:
    return {
        "kind": "applicability",
        "expression": {"description": text, "language": "text/plain", "expression": text},
    }


def _alarm(name: str, condition: str, advised: list[Recommendation]) -> Resource:
    """An alarm with its steps; those that depend on more have a condition of their own."""
    steps = []
    for each in advised:
        step = _step(each.treatment) | {"textEquivalent": each.advice[0].reason}
        if not each.settled:
            step["condition"] = [_condition(wording.condition(each))]
        steps.append(step)
    return {
        "id": name,
        "title": "; ".join(wording.treatment(each.treatment) for each in advised),
        "priority": Urgency.STAT.name.lower(),
        "documentation": citations(_GUIDELINE.sources),
        "condition": [_condition(condition)],
        "action": steps,
    }


def _remarks() -> Resource:
    """What is said beside each treatment, and when it is not to be given."""
    notes: list[Note] = [*guidelines.notes(_GUIDELINE), *(note for each in chapters() for note in each.notes)]
    bars: list[Bar] = [bar for each in chapters() for bar in each.bars]
    actions = []
    for treatment in wording.TREATMENTS:
        texts = [
            *(_documentation(text, bar.source) for bar in bars if treatment in bar.treatments for text in _barred(bar)),
            *(_documentation(text, note.source) for note in notes if treatment in note.on for text in _noted(note)),
        ]
        if texts:
            actions.append({"id": treatment, **_step(treatment), "documentation": texts})
    text = "What is said beside each treatment where its condition holds, and when it is not to be given."
    return artefact(
        "PlanDefinition", REMARKS, _ON_TREATMENTS, f"{text} {_ADVICE}", type=_type("eca-rule"), action=actions
    )


def _documentation(text: str, source: object) -> Resource:
    found: Resource = {"type": "documentation", "display": text}
    return found | {"citation": str(source)} if source else found


def _barred(bar: Bar) -> Iterator[str]:
    yield f"Not to be given where {_when(bar)}: {bar.why}"


def _noted(note: Note) -> Iterator[str]:
    if note.text == note.perhaps:
        yield f"Where certainly or perhaps {_when(note)}: {note.text}"
        return
    if note.text:
        yield note.text if note.when == ALWAYS else f"Where {_when(note)}: {note.text}"
    if note.perhaps:
        yield f"Where perhaps {_when(note)}: {note.perhaps}"


def _when(noted: Note | Bar) -> str:
    return wording.in_sentence(said(noted.when))


def _whole() -> Resource:
    """The plan that a CarePlan instantiates: every rule, by reference."""
    parts = {**titles(), REMARKS: _ON_TREATMENTS}
    return artefact(
        "PlanDefinition",
        WHOLE,
        "Plan for a tumour of the spine",
        f"Emergencies first, then the rules for each lesion and the patient, then what to find out. {_ADVICE}",
        type=_type("clinical-protocol"),
        library=[f"{canonical('Library', 'knowledge')}|{KNOWLEDGE_VERSION}"],
        action=[
            {
                "id": name,
                "title": title,
                "definitionCanonical": f"{canonical('PlanDefinition', name)}|{KNOWLEDGE_VERSION}",
            }
            for name, title in parts.items()
        ],
    )


def _type(code: str) -> Resource:
    return {"coding": [{"system": _TYPE, "code": code}]}
