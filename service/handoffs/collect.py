"""What the record says of the inputs of each hand-off.

Everything is read for the patient. What is said of lesions counts together, so where lesions differ an input of a
lesion is partly known: whoever fills in the form chooses the lesion.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from service.case import Case
from service.conditions import any_of
from service.evidence import Evidence, Span, Values
from service.findings import FINDINGS
from service.handoffs.model import Answered, Collected, CollectedInput, HandOff, Input, State
from service.handoffs.table import HANDOFFS
from service.reading import Standing
from service.scoring.model import Remark
from service.scoring.results import Said

_NOTHING = Evidence(frozenset())
_INPUTS = tuple(dict.fromkeys(input_ for hand_off in HANDOFFS for input_ in hand_off.inputs))
_BY_FINDING = {
    finding: tuple(input_ for input_ in _INPUTS if input_.finding == finding)
    for finding in dict.fromkeys(input_.finding for input_ in _INPUTS)
}
_STANDINGS = {
    remark: Standing(remark.when) for hand_off in HANDOFFS for remark in (*hand_off.exclusions, *hand_off.cautions)
}
_GROUPS = {input_: tuple((group.label, Standing(group.when)) for group in input_.groups) for input_ in _INPUTS}
#: Whether a value is in any group of an input.
_GROUPED = {input_: Standing(any_of(*(group.when for group in input_.groups))) for input_ in _INPUTS}

#: The findings that some hand-off asks for, or tells by whom it was not made for.
READS = frozenset(
    (
        *(input_.finding for input_ in _INPUTS if input_.finding),
        *(code for standing in _STANDINGS.values() for code in standing.reads),
    )
)


def collect(case: Case) -> tuple[Collected, ...]:
    """Every hand-off with the state of its inputs; none where no lesion can be a metastasis."""
    if not any("metastatic" in case.possible("tumour-origin", lesion) for lesion in case.lesions):
        return ()
    known = {code: case.about(code) for code in READS}
    said = {remark: _said(remark, known) for remark in _STANDINGS}
    inputs: dict[Input, CollectedInput] = {}
    for finding, asked in _BY_FINDING.items():
        evidence = known.get(finding, _NOTHING)
        answers = _answered(finding, evidence.values, evidence.conflict)
        inputs.update(zip(asked, [CollectedInput(each, evidence) for each in answers], strict=True))
    return tuple(
        Collected(
            hand_off,
            tuple([inputs[input_] for input_ in hand_off.inputs]),
            tuple(filter(None, map(said.get, hand_off.exclusions))),
            tuple(filter(None, map(said.get, hand_off.cautions))),
        )
        for hand_off in HANDOFFS
    )


def exclusions(hand_off: HandOff, case: Case) -> tuple[Said, ...]:
    """Why the model was not made for the patient: certainly, or perhaps for what the record says."""
    known = {code: case.about(code) for remark in hand_off.exclusions for code in _STANDINGS[remark].reads}
    return tuple(found for found in (_said(remark, known) for remark in hand_off.exclusions) if found)


def _said(remark: Remark, known: Mapping[str, Evidence]) -> Said | None:
    """A remark that holds, or may hold for what the record says."""
    standing = _STANDINGS[remark]
    truths = standing.of(lambda code: known[code].values)
    told = any(known[code].statements for code in standing.reads)
    return Said(remark, truths == {True}) if truths == {True} or (True in truths and told) else None


@lru_cache(maxsize=2048)
def _answered(finding: str, values: Values, conflict: bool) -> tuple[Answered, ...]:
    """How well the possible values of a finding answer each question that asks for it."""
    found = []
    for input_ in _BY_FINDING[finding]:
        state, group = _standing(input_, values, conflict)
        found.append(Answered(input_, state, values, group))
    return tuple(found)


def _standing(input_: Input, values: Values, conflict: bool) -> tuple[State, str]:
    """How well the possible values answer the question, and the group of the model that they are in."""
    if not input_.finding:
        return State.NOT_READ, ""
    if values == FINDINGS[input_.finding].domain.unknown and not conflict:
        return State.MISSING, ""
    if input_.groups:
        return _grouped(input_, values)
    spans = [value for value in values if isinstance(value, Span)]
    if input_.low is not None and input_.high is not None:
        accepted = Span(input_.low, input_.high)
        if not any(span.meet(accepted) for span in spans):
            return State.OUT_OF_RANGE, ""
        if any(span.low < accepted.low or span.high > accepted.high for span in spans):
            return State.STRADDLES, ""
    known = len(values) == 1 and all(span.is_point for span in spans)
    return State.KNOWN if known else State.PARTLY, ""


def _grouped(input_: Input, values: Values) -> tuple[State, str]:
    """The state by the groups of the model: values that are in one group are one answer."""
    grouped = _GROUPED[input_].of(lambda _: values)
    if grouped != {True}:
        return (State.STRADDLES if True in grouped else State.OUT_OF_RANGE), ""
    possible = {label: standing.of(lambda _: values) for label, standing in _GROUPS[input_]}
    within = [label for label, truths in possible.items() if True in truths]
    return (State.KNOWN, within[0]) if len(within) == 1 else (State.PARTLY, "")
