"""What a guideline says of an emergency in words: whom to contact, the time limits, the dose, and how is imaged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from service.decision.guidelines import Fact, Guideline
from service.text import phrase, series

_COORDINATOR = "the coordinator for cord compression"


def cited(text: str, guideline: Guideline) -> str:
    """A reason with the guideline that it is from."""
    return phrase("{text} ({source})", text=text, source=guideline.name)


def noted(text: str, guideline: Guideline) -> str:
    """A note with the guideline that it is from: a sentence."""
    return phrase("{text} ({source}).", text=text, source=guideline.short)


def contact_within(fact: Fact[str]) -> str:
    """Who is contacted, and how soon."""
    return phrase("contact {whom} {when}", whom=_COORDINATOR, when=fact.value)


@cache
def refer(guideline: Guideline) -> str:
    """To whom an emergency is referred, for a reason."""
    at_once, contact = "refer to the spine service at once", guideline.contact_with_neurology
    if not contact:
        return at_once
    return cited(series("; ", (at_once, contact_within(contact))), guideline)


@cache
def mri_within(guideline: Guideline) -> str:
    """How soon an emergency is imaged, for a reason."""
    hours = guideline.mri_hours_with_neurology
    if hours:
        text = phrase("MRI of the whole spine within {hours} hours of the suspicion", hours=hours.value)
        return cited(text, guideline)
    unread = (
        "MRI of the whole spine as soon as possible: the text of {guideline} that could be read gives no number of "
        "hours"
    )
    return cited(phrase(unread, guideline=guideline.short), guideline)


@cache
def dose(guideline: Guideline) -> str:
    """The dose of dexamethasone, with when it begins and ends."""
    start, daily = (
        guideline.dexamethasone_start.value,
        phrase("{mg} mg daily", mg=guideline.dexamethasone_mg_daily.value),
    )
    parts: list[str] = [series(" ", (daily, start))]
    if first := guideline.dexamethasone_first_mg:
        parts = [phrase("{mg} mg {start}", mg=first.value, start=start), phrase("then {dose}", dose=daily)]
    if route := guideline.dexamethasone_route:
        parts[0] = phrase("{dose} ({route})", dose=parts[0], route=route.value)
    if until := guideline.dexamethasone_until:
        parts[-1] = phrase("{dose} until {until}", dose=parts[-1], until=until.value)
    whole = series(", ", parts)
    stop = guideline.dexamethasone_stop
    return phrase("{dose}; stop {when}", dose=whole, when=stop.value) if stop else whole


@cache
def radiotherapy_within(guideline: Guideline) -> str:
    """How soon radiotherapy starts in an emergency, for the recommendation of it: a sentence."""
    if guideline.radiotherapy_hours is None:
        unread = (
            "Where surgery is not suitable, start as soon as possible: the text of {guideline} that could be read "
            "gives no number of hours."
        )
        return phrase(unread, guideline=guideline.short)
    start = "Start within {hours} hours of the decision to treat, where surgery is not suitable"
    return noted(phrase(start, hours=guideline.radiotherapy_hours.value), guideline)


@cache
def without_neurology(guideline: Guideline) -> str:
    """For whom dexamethasone is, and what is done without neurological symptoms and signs: a sentence."""
    given = phrase("Dexamethasone is for {what}", what=guideline.dexamethasone_for.value)
    without = guideline.dexamethasone_without_neurology
    if without is None:
        unread = "{given}; the text of {guideline} that could be read does not say who else has it."
        return phrase(unread, given=given, guideline=guideline.short)
    return noted(phrase("{given}; without, it is {how}", given=given, how=without.value), guideline)


def of_imaging(guideline: Guideline) -> Iterator[str]:
    """What is imaged, what a plain X-ray is worth, and whether MRI waits for the morning: sentences."""
    for template, fact in (
        ("Imaging: {what}", guideline.imaging),
        ("A plain X-ray {what}", guideline.plain_radiograph),
        ("MRI {when}", guideline.mri_overnight),
    ):
        if fact:
            yield noted(phrase(template, what=fact.value, when=fact.value), guideline)
