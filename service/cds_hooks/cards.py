"""The cards of a call: one for each thing that a clinician must decide, at most three, the urgent ones first.

Where a patient is looked at: an emergency, the plan, and what to find out first. Where orders are written: an emergency
that nobody has answered, and what speaks against the orders. What is ordered already is not advised again.
"""

from __future__ import annotations

from typing import Any

from service.assessment import Assessment
from service.cds_hooks.advice import emergency_card, missing_card
from service.cds_hooks.call import Call
from service.cds_hooks.links import Links
from service.cds_hooks.order_cards import order_cards
from service.cds_hooks.plan_card import plan_card
from service.cds_hooks.repeats import repeats
from service.client.server import is_about
from service.decision.orders import Setting
from service.fhir_mapping.inbound.decode import OBJECT
from service.fhir_mapping.inbound.drafts import KINDS, drafts, resources
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.problems import Problem, Rejected

MOST = 3


def cards(
    assessment: Assessment,
    call: Call,
    record: Any,
    links: Links,
    gaps: tuple[str, ...],
    terms: Terminology = STANDARD,
) -> list[dict[str, Any]]:
    """The cards, as CDS Hooks writes them; none where there is nothing to decide.

    ``record`` is the Bundle that was assessed, ``gaps`` are the types that nobody could be asked for.

    Raises:
        Rejected: 413 or 422, a draft order of the call cannot be read.
    """
    if not assessment.has_tumour and not assessment.plan.recommendations:
        return []
    if call.about_orders:
        _refuse_strangers(call)
    every = drafts(call.draft_orders, (), terms) if call.about_orders else ()
    there = repeats(record, assessment, every, terms)
    found = [emergency_card(assessment, there, call, gaps)]
    if call.about_orders:
        chosen = drafts(call.draft_orders, call.selections, terms)
        others = tuple(order for order in every if order not in chosen)
        setting = Setting(
            assessment.plan.judged or assessment.case,
            assessment.plan,
            assessment.results,
            assessment.as_of,
            assessment.policy,
            (*others, *there.under_way),
            frozenset(name for name, kind in assessment.inputs.items() if kind == "Procedure"),
        )
        room = MOST - sum(card is not None for card in found)
        found += order_cards(chosen, setting, assessment, there, call, gaps, room)
    else:
        found += [plan_card(assessment, there, call, gaps), missing_card(assessment, there, call, gaps)]
    return [card.rendered(call, links) for card in found if card is not None]


def _refuse_strangers(call: Call) -> None:
    for n, resource in enumerate(resources(call.draft_orders)):
        subject = resource.get("subject")
        name = subject.get("reference") if isinstance(subject, OBJECT) else None
        if resource.get("resourceType") in KINDS and isinstance(name, str) and not is_about(name, call.patient_id):
            message = "This order is for another patient than context.patientId. Send the orders of that patient."
            raise Rejected(422, Problem("business-rule", message, f"context.draftOrders.entry[{n}].resource.subject"))
