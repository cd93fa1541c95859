"""The cards of orders that are being written: what speaks against each, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from service import wording
from service.assessment import Assessment
from service.case import Lesion
from service.cds_hooks.advice import not_looked_at
from service.cds_hooks.call import Call
from service.cds_hooks.card import INFO, WARNING, Card, labelled
from service.cds_hooks.markdown import bold, item
from service.cds_hooks.repeats import Repeats
from service.cds_hooks.suggestions import Suggestion, changed, deleted, postponed, proposal
from service.decision.model import Recommendation
from service.decision.ordered import Order, lesions_of
from service.decision.orders import Concern, Setting, concerns
from service.fhir_mapping.inbound.drafts import name_of, resources
from service.findings import FINDINGS
from service.text import partition, phrase, series

#: What an order is called that does not say which treatment it is.
_KINDS = {"radiotherapy": "radiotherapy", "surgery": "operation", "mri-spine": "MRI of the spine"}
_MOST_ASKED = 4


def order_cards(
    orders: Sequence[Order],
    setting: Setting,
    assessment: Assessment,
    there: Repeats,
    call: Call,
    gaps: Sequence[str],
    room: int,
) -> list[Card]:
    """A card for each order against which something speaks, the graver first; the last one takes what has no room."""
    by_order: dict[Order, list[Concern]] = {}
    for concern in concerns(orders, setting):
        by_order.setdefault(concern.order, []).append(concern)
    groups = [[found] for found in sorted(by_order.values(), key=lambda found: not any(c.warns for c in found))]
    if len(groups) > room:
        groups = [*groups[: room - 1], [found for group in groups[room - 1 :] for found in group]]
    draft = {name_of(each): each for each in resources(call.draft_orders)}
    return [_card(group, draft, assessment, there, call, gaps) for group in groups if group]


def _card(
    group: Sequence[Sequence[Concern]],
    draft: Mapping[str, Mapping[str, Any]],
    assessment: Assessment,
    there: Repeats,
    call: Call,
    gaps: Sequence[str],
) -> Card:
    every = [concern for found in group for concern in found]
    leading = every[0]
    blocks = [tuple(_lines(found)) for found in group]
    offered: dict[str, Suggestion] = {}
    for found in group:
        for each in _offered(found, draft, assessment, there, call):
            offered.setdefault(each.key, each)
    return Card(
        "order",
        WARNING if any(concern.warns for concern in every) else INFO,
        tuple(_summaries(group)),
        (*blocks, not_looked_at(gaps)),
        leading.rule,
        tuple(offered.values()),
    )


def named(order: Order) -> str:
    """``cEBRT``, ``radiotherapy``: what is ordered, as it stands in a sentence."""
    return _KINDS.get(order.treatment) or wording.short(order.treatment)


def _places(found: Iterable[Concern]) -> str:
    """Where: `` at T8 and L1``; nothing where the order does not say."""
    lesions = {concern.lesion.name: concern.lesion for concern in found if concern.lesion and not concern.elsewhere}
    return wording.at_all(lesions.values()) if lesions else ""


def _summaries(group: Sequence[Sequence[Concern]]) -> Iterator[str]:
    leading = group[0][0]
    where = _places(concern for concern in group[0] if (concern.code, concern.why) == (leading.code, leading.why))
    if len(group) > 1:
        orders = dict.fromkeys(named(found[0].order) for found in group)
        yield phrase("{count} orders to look at: {orders}", count=len(group), orders=wording.listed(orders, "and"))
        yield phrase("{count} orders to look at", count=len(group))
        return
    order = wording.capital(named(leading.order))
    for why in (leading.why, partition(leading.why, "; ")[0]):
        yield phrase("{order}{place}: {why}", order=order, place=where, why=why)
    if leading.certain:
        yield phrase("{order}: {why}", order=order, why=wording.in_sentence(leading.rule.title))
    else:
        yield phrase("{order}: to be looked at ({what})", order=order, what=wording.in_sentence(leading.rule.title))
    yield "An order to look at"


def _lines(found: Sequence[Concern]) -> Iterator[str]:
    """What speaks against an order, with its source; what is not certain with what to find out."""
    yield bold(series("", (wording.capital(named(found[0].order)), _places(found))))
    several = len({concern.lesion.name for concern in found if concern.lesion}) > 1
    for concern in found:
        head = wording.capital(wording.place(concern.lesion)) if several and concern.lesion else ""
        why: str = phrase("{why} ({source})", why=wording.capital(concern.why), source=_source(concern))
        yield item(why, head)
        if concern.find_out:
            asked = dict.fromkeys(map(wording.asked, concern.find_out))
            yield item(wording.listed([*asked][:_MOST_ASKED], "and"), "Find out", depth=1)
        if concern.instead:
            yield item(wording.listed(map(wording.short, concern.instead), "or"), "The plan has instead", depth=1)


def _source(concern: Concern) -> str:
    return concern.rule.source.short if concern.rule.source else labelled(concern.rule)


def _offered(
    found: Sequence[Concern],
    draft: Mapping[str, Mapping[str, Any]],
    assessment: Assessment,
    there: Repeats,
    call: Call,
) -> Iterator[Suggestion]:
    """A change of the draft to what the plan has instead, what goes with it, what would settle it, or its deletion."""
    order, where = found[0].order, _places(found)
    resource = draft.get(order.reference) if order.reference else None
    is_request = resource is not None and resource.get("resourceType") == "ServiceRequest"
    lesions = lesions_of(order, assessment.case)
    changes = _instead(found, lesions)
    if resource is not None and is_request and changes is not None:
        yield changed(resource, order.reference, changes, _first(found, changes).why, where)
    later = next((concern for concern in found if concern.not_before), None)
    if later is not None and resource is not None and "occurrenceDateTime" in resource:
        yield postponed(resource, order.reference, named(order), later.not_before, where)
    wanted = [(treatment, concern.lesion) for concern in found for treatment in concern.beside]
    asks = {FINDINGS[code].find_out.value for concern in found for code in concern.find_out}
    for each in assessment.plan.recommendations:
        goes_with = any(each.treatment == what and _at(each, lesion) for what, lesion in wanted)
        finds_out = each.treatment in asks and each.treatment in wording.DIAGNOSTIC and not each.urgent
        if (goes_with or finds_out) and not there.has(each):
            yield proposal(each, assessment, call.patient_id)
    # A plan has more in it than this.
    if resource is not None and resource.get("resourceType") != "CarePlan" and _is_barred(found, lesions):
        yield deleted(order.reference, named(order), where)


def _instead(found: Sequence[Concern], lesions: Iterable[Lesion]) -> str | None:
    """What takes the place of the order at every lesion that it is for; None where nothing does."""
    by_lesion: dict[str, set[str]] = {lesion.name: set() for lesion in lesions}
    everywhere: set[str] = set()
    for concern in found:
        what = concern.instead if concern.certain else ()
        (by_lesion[concern.lesion.name] if concern.lesion else everywhere).update(what)
    common = set.intersection(*(each | everywhere for each in by_lesion.values()))
    return min(common) if common else None


def _is_barred(found: Sequence[Concern], lesions: Iterable[Lesion]) -> bool:
    """Whether the order is contraindicated at every lesion that it is for: else deleting it takes away too much."""
    at = {concern.lesion.name if concern.lesion else "" for concern in found if concern.barred}
    return "" in at or all(lesion.name in at for lesion in lesions)


def _first(found: Sequence[Concern], treatment: str) -> Concern:
    return next(concern for concern in found if concern.certain and treatment in concern.instead)


def _at(recommendation: Recommendation, lesion: Lesion | None) -> bool:
    return lesion is None or recommendation.lesion is None or recommendation.lesion.name == lesion.name
