"""What is ordered already, so that the same advice is not given again.

What counts: an order that is active or on hold, by ServiceRequest, by MedicationRequest or in a CarePlan that is active
or on hold; of investigations one that was completed within the days in which findings are not stale. What is done once
counts for as many days: after them nobody is about to do it. A draft of the record is nobody's decision and does not
count; a draft of the call is what is being decided now, and does. In an emergency an order counts only if it is active,
no older than a week, and was not given before there was an alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.assessment import Assessment
from service.case import Case
from service.decision.model import Recommendation
from service.decision.order_checks import OPERATIONS, RADIATION
from service.decision.ordered import Order, lesions_of, names_lesion
from service.evidence import When
from service.fhir_mapping.inbound.dates import BadDate, when
from service.fhir_mapping.inbound.decode import OBJECT, plain
from service.fhir_mapping.inbound.decode import text as compact
from service.fhir_mapping.inbound.drafts import ANYWHERE, KINDS, TREATMENT, name_of, orders, resources
from service.fhir_mapping.terminology import STANDARD, Terminology
from service.problems import Rejected
from service.wording import BESIDE, DIAGNOSTIC

_OPEN = frozenset(("active", "on-hold"))
_PROMISES = frozenset(
    ("order", "original-order", "reflex-order", "filler-order", "instance-order", "directive", "plan")
)
#: Activities of a plan with which nobody is about to begin.
_NOT_BEGUN = frozenset(("on-hold", "unknown"))
_DAY = 86_400
_FRESH = 7 * _DAY
"""An order of a step of an emergency that is older has not been acted on, or was for something else."""
#: What is done once, so that an old order of it is a forgotten one; a drug goes on.
_ONCE = frozenset((*RADIATION, *OPERATIONS, *DIAGNOSTIC, "kyphoplasty", "embolisation", "biopsy", "mdt-review"))
#: Advice that an order of another kind answers too.
_ANSWERS = {
    "radiotherapy": ("cebrt", "short-course-rt"),
    "short-course-rt": ("cebrt",),
    "separation-surgery": ("decompression-stabilisation",),
    "mis-fixation": ("stabilisation",),
    "decompression-stabilisation": ("stabilisation",),
    "denosumab": ("bone-modifying-agent",),
    "mri-spine": ("mri-whole-spine",),
}


@dataclass(frozen=True)
class There:
    """An order that is there."""

    order: Order
    now: bool
    """Whether it is under way: active, and an order or a plan that somebody has made."""
    since: When | None = None
    """When it was given; None where that is not said."""


@dataclass(frozen=True)
class Repeats:
    """What is ordered, in the record and in the call."""

    case: Case
    there: tuple[There, ...] = ()
    drafted: tuple[Order, ...] = field(default=())
    as_of: When | None = None

    @property
    def under_way(self) -> tuple[Order, ...]:
        return tuple(each.order for each in self.there if each.now)

    def has(self, advised: Recommendation, *, since: When | None = None) -> bool:
        """Whether a recommendation is ordered already. ``since`` is when the alarm began, of a step of an emergency."""
        if advised.urgent:
            return any(_answers(d, advised, self.case) for d in self.drafted) or any(
                each.now and self._is_fresh(each, since) and _answers(each.order, advised, self.case)
                for each in self.there
            )
        every = (*self.drafted, *(each.order for each in self.there))
        return any(_answers(order, advised, self.case) for order in every)

    def _is_fresh(self, each: There, alarm: When | None) -> bool:
        """Whether an order can be the answer to an alarm. One without a date may be years old, and is none."""
        if each.since is None:
            return False
        if self.as_of is not None and each.since.end < self.as_of.start - _FRESH:
            return False
        return alarm is None or each.since.end >= alarm.start - _DAY

    def decided(self, advised: Iterable[Recommendation], *, since: When | None = None) -> bool:
        """Whether nothing of the advice for a lesion, or for the patient, is left to decide.

        The board has met where treatment is under way, so a review is not asked for beside it; nor is what depends on
        what is not known, where one of several is under way already.
        """
        listed = list(advised)
        main = [each for each in listed if each.treatment not in BESIDE and not each.form_of]
        settled = [each for each in main if each.settled]
        treated = [each for each in main if each.treatment not in DIAGNOSTIC]
        if settled:
            left = [each for each in settled if not self.has(each, since=since)]
            return not left and (bool(treated) or all(self.has(each) for each in listed if each.settled))
        if treated:
            return any(self.has(each, since=since) for each in treated)
        return bool(listed) and all(self.has(each, since=since) for each in listed)


def repeats(
    record: Any, assessment: Assessment, drafted: Iterable[Order] = (), terms: Terminology = STANDARD
) -> Repeats:
    """What is ordered in a record, and by the drafts of a call. Never fails: what cannot be read orders nothing."""
    kept = [each for each in resources(record) if each.get("resourceType") in KINDS]
    activities = frozenset(_referred_to(kept))
    found = [there for each in kept for there in _read(each, activities, assessment, terms)]
    return Repeats(assessment.case, tuple(found), tuple(drafted), assessment.as_of)


def _referred_to(kept: Iterable[Any]) -> Iterator[str]:
    """What the open plans of the record name as their activities."""
    for each in kept:
        if each.get("resourceType") != "CarePlan" or each.get("status") not in _OPEN:
            continue
        for activity in _objects(each.get("activity")):
            named = activity.get("reference")
            reference = named.get("reference") if isinstance(named, OBJECT) else None
            if isinstance(reference, str):
                yield "/".join(reference.split("/")[-2:])


def _objects(listed: Any) -> Iterator[Any]:
    try:
        yield from (each for each in listed or () if isinstance(each, OBJECT))
    except TypeError:
        return


def _read(resource: Any, activities: frozenset[str], assessment: Assessment, terms: Terminology) -> Iterator[There]:
    status, intent = resource.get("status"), resource.get("intent")
    planned = name_of(resource) in activities
    finished = status == "completed" and resource.get("resourceType") == "ServiceRequest"
    if not (status in _OPEN or finished or (planned and status == "draft")):
        return
    since = _since(resource)
    now = status == "active" and intent in _PROMISES
    for part, under_way in _by_status(_still(resource) if finished else resource):
        try:
            ordered = orders(part, "Bundle.entry.resource", terms)
        except Rejected:
            continue
        for order in ordered:
            if finished and not (order.treatment in DIAGNOSTIC and _recent(since, assessment)):
                continue
            if order.treatment in _ONCE and since is not None and not _recent(since, assessment):
                continue
            if not _may_be_elsewhere(order, resource, assessment.case):
                yield There(order, now and under_way, since)


def _by_status(resource: Any) -> Iterator[tuple[Any, bool]]:
    """A resource with whether it is under way; of a plan, what is on hold of it apart from the rest."""
    if resource.get("resourceType") != "CarePlan":
        yield resource, True
        return
    whole = plain(resource, compact(resource), "Bundle.entry.resource")
    activities = [each for each in _objects(whole.get("activity")) if isinstance(each.get("detail"), dict)]
    for held in (False, True):
        part = [each for each in activities if (each["detail"].get("status") in _NOT_BEGUN) is held]
        if part:
            yield {**whole, "activity": part}, not held


def _may_be_elsewhere(order: Order, resource: Any, case: Case) -> bool:
    """Whether it is radiotherapy that may be for another part of the body: by a code of others, without a place."""
    if order.treatment not in RADIATION or order.placed or names_lesion(order, case):
        return False
    return TREATMENT.encode() not in compact(resource)


def _still(resource: Any) -> Mapping[str, Any]:
    """A finished order as one that is read."""
    return {**plain(resource, compact(resource), "Bundle.entry.resource"), "status": "active"}


def _since(resource: Any) -> When | None:
    period = resource.get("period")
    begun = period.get("start") if isinstance(period, OBJECT) else None
    for text in (resource.get("authoredOn"), resource.get("created"), begun, resource.get("occurrenceDateTime")):
        if isinstance(text, str):
            try:
                return when(text)
            except BadDate:
                return None
    return None


def _recent(since: When | None, assessment: Assessment) -> bool:
    if since is None:
        return False
    return assessment.as_of.end - since.start <= assessment.policy.stale_after_days * _DAY


def _answers(order: Order, advised: Recommendation, case: Case) -> bool:
    """Whether an order does what is advised, where it is advised."""
    # In an emergency the MRI is of the whole spine, and nothing else will do.
    also = () if advised.urgent else _ANSWERS.get(order.treatment, ())
    if advised.treatment not in (order.treatment, *also):
        return False
    if advised.lesion is None or (order.treatment in ANYWHERE and not order.placed):
        return True
    if order.levels and advised.lesion.levels:
        return frozenset(advised.lesion.levels) <= frozenset(order.levels)
    lesions = lesions_of(order, case)
    return lesions == (advised.lesion,) or (order.region is not None and advised.lesion in lesions)
