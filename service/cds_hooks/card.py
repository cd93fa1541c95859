"""A card before it is written: what it is about, how urgent it is, what it says, and what it offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from service.cds_hooks.call import Call
from service.cds_hooks.links import Links
from service.cds_hooks.markdown import paragraphs
from service.cds_hooks.overrides import override_reasons
from service.cds_hooks.suggestions import Suggestion, identity
from service.decision.model import Rule
from service.fhir_mapping.artefacts.card_systems import CARD_TOPIC, TOPICS
from service.language import told
from service.text import phrase

CRITICAL, WARNING, INFO = "critical", "warning", "info"
_WHOLE, _RULE = "Open the whole assessment", "The rule and its sources"
LONGEST = 139
"""Letters of a summary: CDS Hooks asks for fewer than 140."""
#: The page of the knowledge on which the rules of a PlanDefinition stand, where it is not one of their own.
_PAGES = {
    "pain-alone": "emergency",
    **dict.fromkeys(("separation-surgery", "minimally-invasive", "embolisation"), "surgery"),
    **dict.fromkeys(
        ("bone-health", "rehabilitation", "work-up", "surveillance", "supportive-care", "systemic-therapy"), "care"
    ),
    "carbon-ion": "primary-tumour",
    "missing-data": "overview",
}


@dataclass(frozen=True)
class Card:
    """One thing that a clinician must decide."""

    topic: str
    indicator: str
    summaries: tuple[str, ...]
    """The first that is short enough is said; the last one is."""
    blocks: tuple[tuple[str, ...], ...]
    """The detail: blocks of lines of Markdown, in the language of the reader."""
    rule: Rule
    suggestions: tuple[Suggestion, ...] = ()

    def rendered(self, call: Call, links: Links) -> dict[str, Any]:
        """As CDS Hooks writes it. Its identity follows from the call and from what it says in English."""
        about = (self.topic, self.indicator, self.rule.plan, str(self.summaries[0]))
        name = identity(call.instance, call.service, *about, *(each.key for each in self.suggestions))
        page = links.knowledge_of(_PAGES.get(self.rule.plan, self.rule.plan))
        title, _ = TOPICS[self.topic]
        found: dict[str, Any] = {
            "uuid": name,
            "summary": shortened(self.summaries),
            "indicator": self.indicator,
            "detail": paragraphs(self.blocks),
            "source": {
                "label": told(labelled(self.rule)),
                "url": page,
                "topic": {"system": CARD_TOPIC, "code": self.topic, "display": title},
            },
        }
        if self.suggestions:
            found["suggestions"] = [each.rendered(name) for each in self.suggestions]
            found["selectionBehavior"] = "any"
        context = orjson.dumps({"service": call.service, "card": name}).decode()
        return {
            **found,
            "overrideReasons": override_reasons(),
            "links": [
                {
                    "label": told("Open the whole assessment"),
                    "url": links.launch,
                    "type": "smart",
                    "appContext": context,
                },
                {"label": told("The rule and its sources"), "url": page, "type": "absolute"},
            ],
        }


def labelled(rule: Rule) -> str:
    """``NOMS framework (Laufer 2013)``."""
    if rule.source is None:
        return rule.title
    return phrase("{rule} ({source})", rule=rule.title, source=rule.source.short)


def shortened(texts: Iterable[str]) -> str:
    """The first of several texts that is short enough for a summary, in the language of the reader."""
    *before, last = [told(text) for text in texts]
    return next((text for text in before if len(text) <= LONGEST), last)
