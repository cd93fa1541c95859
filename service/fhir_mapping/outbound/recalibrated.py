"""What the recalibration of a site makes of a survival model, as predictions and as a part of the prognosis."""

from __future__ import annotations

from service import wording
from service.decision.prognosis import Outlook
from service.decision.recalibration import here
from service.fhir_mapping.outbound.building import RISK, UCUM, Resource, coding, concept, plain
from service.policy import Recalibration
from service.scoring.model import Band, Score, Time
from service.text import phrase, quoted


def predictions(score: Score, band: Band, site: Recalibration) -> list[Resource]:
    """A prediction for each time of a recalibration: what the site has, with what is published beside it."""
    survival = "{meaning}: {survival}, recalibrated to this site"
    return [
        {
            "outcome": {
                **concept("band", f"{score.code}.{band.code}", band.meaning),
                "text": phrase(survival, meaning=band.meaning, survival=wording.survival_at(each.at)),
            },
            "qualitativeRisk": {"coding": [{"system": RISK, "code": band.risk}]},
            "probabilityDecimal": plain(each.alive),
            "whenRange": {"low": _time(each.at), "high": _time(each.at)},
            "rationale": wording.published_beside(each, site),
        }
        for each in here(band, site)
    ]


def parameter(outlook: Outlook, site: Recalibration) -> Resource:
    """By which recalibration the answers are, and what it makes of each class that is possible."""
    score = outlook.score
    return {
        "name": "recalibration",
        "part": [
            {"name": "version", "valueInteger": site.version},
            {"name": "made", "valueDate": site.made.isoformat()},
            {"name": "patients", "valueInteger": site.patients},
            {"name": "events", "valueInteger": site.events},
            {"name": "sha256", "valueString": quoted(site.sha256)},
            *(
                {
                    "name": "alive",
                    "part": [
                        {"name": "class", "valueCoding": coding("band", f"{score.code}.{band.code}", band.meaning)},
                        {
                            "name": "time",
                            "valueQuantity": {"value": each.at.value, "system": UCUM, "code": each.at.unit},
                        },
                        {"name": "here", "valueDecimal": plain(each.alive)},
                        *([{"name": "published", "valueDecimal": plain(each.published)}] if each.is_published else []),
                    ],
                }
                for band in outlook.result.bands
                for each in here(band, site)
            ),
        ],
    }


def _time(at: Time) -> Resource:
    return {"value": at.value, "unit": at.unit, "system": UCUM, "code": at.unit}
