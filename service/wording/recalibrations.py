"""How it is said that a site has recalibrated a survival model: by which version, and what it makes of each class."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from service.decision.prognosis import Outlook
from service.decision.recalibration import Here, here
from service.policy import Policy, Recalibration
from service.scoring import ENGINES
from service.scoring.model import Band, Time
from service.scoring.results import Reckoning, Result
from service.text import phrase, quoted, series
from service.wording.names import at, model


def modelled(outlook: Outlook) -> str:
    """The title of the model, with the lesion that it is of, and whether the site has recalibrated it."""
    return _of(outlook.score.title, outlook)


def model_at(outlook: Outlook) -> str:
    """The name by which the model goes, with the lesion that it is of."""
    return _of(model(outlook.score), outlook)


def _of(name: str, outlook: Outlook) -> str:
    where = at(outlook.result.lesion)
    return here_or_not(phrase("{title}{place}", title=name, place=where) if where else name, outlook)


def here_or_not(name: str, outlook: Outlook) -> str:
    """The name of a model, with the remark that the site has recalibrated it where it has."""
    return phrase("{model}, recalibrated to this site", model=name) if outlook.here else name


def site_notes(found: Reckoning | Result, recalibrations: Iterable[Recalibration]) -> list[str]:
    """What the recalibration of the site makes of a score, beside what is published; nothing where there is none."""
    own = next((each for each in recalibrations if each.model == found.score.code), None)
    if own is None:
        return []
    if own.lapsed:
        return [_lapsed(own)]
    return [provenance(own), *_until(own), *(each for band in found.bands for each in _figures(band, own))]


def caveat(policy: Policy) -> str:
    """What the figures of survival are not, for the foot of an answer."""
    if not policy.in_use:
        return (
            "Survival figures are of groups, mostly before today's systemic treatment, and none of the models is "
            "calibrated for today (Bindels 2025). Advice, not an order: the board decides."
        )
    models = (model(ENGINES[each.model].score) for each in policy.in_use)
    return phrase(
        "Survival figures are of groups, mostly before today's systemic treatment, and none of the models is, as "
        "published, calibrated for today (Bindels 2025). Recalibrated to this site: {models}. Advice, not an order: "
        "the board decides.",
        models=series(", ", models),
    )


@lru_cache(maxsize=64)
def provenance(site: Recalibration) -> str:
    return phrase(
        "Recalibrated to this site: version {version} of {date}, fitted to {patients} patients of whom {events} died; "
        "SHA-256 {sha256}.",
        version=site.version,
        date=site.made.isoformat(),
        patients=site.patients,
        events=site.events,
        sha256=quoted(site.sha256),
    )


def _until(site: Recalibration) -> list[str]:
    if site.until is None:
        return []
    return [phrase("In use until {date}; then it has to be fitted again.", date=site.until.isoformat())]


def _lapsed(site: Recalibration) -> str:
    return phrase(
        "The recalibration of this site (version {version} of {date}) is too old and is not used: the published "
        "figures count. It has to be fitted again.",
        version=site.version,
        date=site.made.isoformat(),
    )


@lru_cache(maxsize=512)
def _figures(band: Band, site: Recalibration) -> tuple[str, ...]:
    return tuple(
        phrase(
            "{band}: {survival} {here} % at this site, {published} % as published."
            if each.is_published
            else "{band}: {survival} {here} % at this site, {published} % by what is published of other times.",
            band=series(", ", (band.title, band.meaning)),
            survival=survival_at(each.at),
            here=percent(each.alive),
            published=percent(each.published),
        )
        for each in here(band, site)
    )


def published_beside(each: Here, site: Recalibration) -> str:
    """Why a figure of the site stands where it does."""
    as_published, by_others = "As published: {published} %.", "By what is published of other times: {published} %."
    beside = phrase(as_published if each.is_published else by_others, published=percent(each.published))
    return series(" ", (provenance(site), beside))


def survival_at(time: Time) -> str:
    """``12-month survival``."""
    written = "{number}-month" if time.unit == "mo" else "{number}-day"
    return phrase("{time} {measure}", time=phrase(written, number=time.value), measure="survival")


def percent(value: float) -> str:
    return f"{value:.1f}"
