"""From bytes to bytes: what every door does with a record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from service.assess import assess
from service.assessment import Assessment
from service.evidence import When
from service.fhir_mapping.inbound import time_of
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.dates import when
from service.fhir_mapping.inbound.parameters import Question
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.policy import DEFAULT, Policy
from service.problems import Problem, Rejected
from service.text import phrase

if TYPE_CHECKING:
    from service.terminology_server import TerminologyServer


@dataclass(frozen=True)
class Site:
    """What a site has set up: its policies by name, and which code means what there."""

    policies: Mapping[str, Policy] = field(default_factory=lambda: {DEFAULT.name: DEFAULT})
    terms: Terminology = STANDARD
    terminology_server: TerminologyServer | None = None
    """Asked for codes that ``terms`` does not know; None where there is none."""
    told: Callable[[Assessment], None] = lambda _: None
    """Told of every assessment, so that it can be counted."""
    bounds: Bounds = USUAL
    """How much a record may be."""


def answered(asked: Question, today: date, site: Site) -> Assessment:
    """The assessment that a question asks for.

    Its time is the one asked for, else the date of the Bundle, else today.

    Raises:
        Rejected: the question or its Bundle cannot be answered.
    """
    known = site.policies
    policy = known.get(asked.policy or DEFAULT.name)
    if policy is None:
        message = phrase("No such policy. There are {values}.", values=", ".join(sorted(known)))
        raise Rejected(422, Problem("not-found", message, "Parameters.parameter.where(name='policy')"))
    then = _time(asked, today)
    if site.terminology_server is None:
        complete, terms = asked.assume_complete, site.terms
        found = assess(asked.bundle, then, policy, assume_complete=complete, terms=terms, bounds=site.bounds)
    else:
        widened = site.terminology_server.widened(asked.bundle)
        complete, terms = asked.assume_complete, widened.terminology
        found = assess(asked.bundle, then, policy, assume_complete=complete, terms=terms, bounds=site.bounds)
        found = replace(found, ledger=tuple(sorted({*found.ledger, *widened.remarks})))
    site.told(found)
    return found


def _time(asked: Question, today: date) -> When:
    return asked.as_of or when(time_of(asked.bundle) or today.isoformat())
