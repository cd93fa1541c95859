"""How models that are computed elsewhere are said, and their results."""

from __future__ import annotations

from functools import lru_cache

from service.handoffs import Collected, Prediction, Returned, State
from service.scoring.results import Said
from service.text import phrase, quoted, series
from service.wording.names import listed
from service.wording.scores import number


def handed_off(found: Collected) -> str:
    """``6 of 9 inputs known, 1 partly known, 2 missing``; why not, where the model was not made for the patient."""
    if not found.applicable:
        reasons = listed((said.remark.text for said in found.excluded if said.certain), "and")
        return phrase("not applicable, {reasons}", reasons=reasons)
    states = [each.state for each in found.inputs]
    return _counted(states.count(State.KNOWN), len(states), tuple([states.count(state) for state in _REST]))


_REST = {
    State.PARTLY: "{n} partly known",
    State.MISSING: "{n} missing",
    State.OUT_OF_RANGE: "{n} outside of its range",
    State.STRADDLES: "{n} perhaps outside of its range",
    State.NOT_READ: "{n} to be looked up",
}


@lru_cache(maxsize=1024)
def _counted(known: int, of: int, rest: tuple[int, ...]) -> str:
    others = (phrase(template, n=n) for template, n in zip(_REST.values(), rest, strict=True) if n)
    return series(", ", (phrase("{known} of {all} inputs known", known=known, all=of), *others))


def caution(said: Said) -> str:
    return phrase("Mind: {text}." if said.certain else "Perhaps mind: {text}.", text=said.remark.text)


def received(returned: Returned) -> str:
    return phrase("Received in {source}; computed elsewhere, not here.", source=quoted(returned.source))


def prediction(given: Prediction) -> str:
    """``death within 90 days: 23 %``, ``survival: 40 to 60 %, low risk``."""
    found = given.probability
    said: str = ""
    if isinstance(found, tuple):
        low, high = found
        if low is not None and high is not None:
            said = phrase("{low} to {high} %", low=number(low), high=number(high))
        else:
            known = number(low if low is not None else high or 0)
            said = phrase("{number} % or more" if low is not None else "{number} % or less", number=known)
    elif found is not None:
        said = phrase("{number} %", number=number(found))
    value = series(", ", filter(None, (said, given.risk_text, _within(given))))
    return series(": ", filter(None, (given.outcome, value)))


#: Years have a name of their own: other languages say them otherwise than those of an age.
_LENGTHS = {
    "a": "{length} years",
    "mo": "{number} months",
    "wk": "{number} weeks",
    "d": "{number} days",
    "h": "{number} hours",
    "min": "{number} minutes",
}


def _within(given: Prediction) -> str:
    """``at 90 days``, ``from 6 to 12 months``, ``until 2027-01-01``."""
    if given.within:
        ends = [phrase(_LENGTHS[end[1]], number=number(end[0]), length=number(end[0])) for end in given.within if end]
        if len(set(ends)) == 1:
            return phrase("at {time}", time=ends[0])
        return phrase("from {low} to {high}", low=ends[0], high=ends[-1])
    start, end = given.period or ("", "")
    since = phrase("from {date}", date=start) if start else ""
    return series(" ", filter(None, (since, phrase("until {date}", date=end) if end else "")))
