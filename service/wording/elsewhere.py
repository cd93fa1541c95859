"""How models that are computed elsewhere are said, and their results."""

from __future__ import annotations

from collections import Counter

from service.handoffs import Collected, Prediction, Returned, State
from service.scoring.engine import Said
from service.wording.names import listed
from service.wording.scores import number


def handed_off(found: Collected) -> str:
    """``6 of 9 inputs known, 1 partly known, 2 missing``; why not, where the model was not made for the patient."""
    if not found.applicable:
        return f"not applicable, {listed((said.remark.text for said in found.excluded if said.certain), 'and')}"
    rest = (
        (State.PARTLY, "partly known"),
        (State.MISSING, "missing"),
        (State.OUT_OF_RANGE, "outside of its range"),
        (State.STRADDLES, "perhaps outside of its range"),
        (State.NOT_READ, "to be looked up"),
    )
    counted = Counter(each.state for each in found.inputs)
    known = f"{counted[State.KNOWN]} of {len(found.inputs)} inputs known"
    return ", ".join((known, *(f"{counted[state]} {text}" for state, text in rest if counted[state])))


def caution(said: Said) -> str:
    return f"{'Mind' if said.certain else 'Perhaps mind'}: {said.remark.text}."


def received(returned: Returned) -> str:
    return f"Received in {returned.source}; computed elsewhere, not here."


def prediction(given: Prediction) -> str:
    """``death within 90 days: 23 %``, ``survival: 40 to 60 %, low risk``."""
    found = given.probability
    if isinstance(found, tuple):
        low, high = found
        said = f"{number(low)} to {number(high)} %" if low is not None and high is not None else ""
        said = said or (f"{number(low)} % or more" if low is not None else f"{number(high or 0)} % or less")
    else:
        said = f"{number(found)} %" if found is not None else ""
    value = ", ".join(filter(None, (said, given.risk_text, _within(given))))
    return ": ".join(filter(None, (given.outcome, value)))


_LENGTHS = {"a": "years", "mo": "months", "wk": "weeks", "d": "days", "h": "hours", "min": "minutes"}


def _within(given: Prediction) -> str:
    """``at 90 days``, ``from 6 to 12 months``, ``until 2027-01-01``."""
    if given.within:
        ends = [f"{number(end[0])} {_LENGTHS[end[1]]}" for end in given.within if end]
        return f"at {ends[0]}" if len(set(ends)) == 1 else f"from {' to '.join(ends)}"
    start, end = given.period or ("", "")
    return " ".join(filter(None, (start and f"from {start}", end and f"until {end}")))
