"""What the resources of one answer have in common: whose it is, when and by what it was made, and what it rests on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

from service.assessment import Assessment
from service.case import Lesion
from service.fhir_mapping.outbound.building import Resource, date_time, level_extensions, reference, site, sites
from service.fhir_mapping.outbound.pieces import Members


class Frame:
    """The parts of an answer that are of this record: each is written once, and nothing is kept after the answer."""

    def __init__(self, assessment: Assessment, subject: Resource, device: str) -> None:
        self.assessment, self.subject, self.device = assessment, subject, device
        at, by = date_time(assessment.as_of), reference(device, "Device")
        self.observed = Members({"subject": subject, "effectiveDateTime": at, "device": by})
        self.predicted = Members({"subject": subject, "occurrenceDateTime": at, "performer": by})
        self.proposed = Members({"subject": subject, "authoredOn": at, "requester": by})
        self._places: dict[str, Place] = {}

    def inputs(self, names: Iterable[str], kinds: Collection[str] = ()) -> list[Resource]:
        """References to the resources of the sender; if need be only those of the types that may be named."""
        known = self.assessment.inputs
        return [
            {"reference": name, "type": kind}
            for name in names
            if (kind := known.get(name)) is not None and (not kinds or kind in kinds)
        ]

    def place(self, lesion: Lesion) -> Place:
        """A lesion, as resources name it."""
        found = self._places.get(lesion.name)
        if found is None:
            found = self._places[lesion.name] = Place(lesion)
        return found


class Place:
    """Where a lesion is, as the types of resources say it."""

    def __init__(self, lesion: Lesion) -> None:
        self._lesion = lesion

    @cached_property
    def observed(self) -> Members:
        """Of an Observation."""
        lesion = self._lesion
        found: Resource = {"bodySite": site(lesion)}
        if len(lesion.levels) > 1:
            found["extension"] = level_extensions(lesion)
        if lesion.conditions:
            found["focus"] = [reference(name, "Condition") for name in lesion.conditions]
        return Members(found)

    @cached_property
    def proposed(self) -> Members:
        """Of a ServiceRequest."""
        return Members({"bodySite": sites(self._lesion)})
