"""The section on what a site decides: each setting of a policy with its default."""

from __future__ import annotations

from dataclasses import fields

from service.knowledge.document import Code, Paragraph, Section, Table
from service.policy import DEFAULT, Policy
from service.text import quoted

NONE = "none"
_INTRODUCTION = (
    "A policy holds the few settings that change an answer. Every answer names the policy that made it. No setting "
    "changes a table of a score."
)
_SETTINGS = {
    "name": "The name by which requests ask for the policy.",
    "stale_after_days": "The age in days at which findings that change count as stale.",
    "use_stale": "Whether stale findings still count.",
    "escc_1c": "How NOMS reads an ESCC grade of 1c: low or high. The board decides together either way.",
    "unsaid_radiotherapy": "How silence about earlier radiotherapy at a level is read: none, where every proposal says "
    "to make sure and the finding is asked for, or unknown, where radiotherapy depends on the answer.",
    "staging": "What metastases are that a record does not mention although it is staged: unknown, or absent where "
    "staging is said to be complete, or where there is a PET as well (imaging). Only staging that is not older than "
    "stale_after_days counts; a PET denies nothing of the brain and the marrow.",
    "lead_model": "The survival score that answers how long the patient is likely to live, for fitness, en bloc "
    "resection and short-course radiotherapy. All models are shown beside it, and none is averaged.",
    "survival_threshold_months": "Expected survival in months under which the patient is not fit for an operation, "
    "unless a clinician judges otherwise, and a short course of radiotherapy is enough.",
    "minimally_invasive_under_months": "Expected survival in months under which an operation should be minimally "
    "invasive.",
    "guideline": "The guideline whose time limits and doses an emergency follows.",
    "unavailable": "Modalities that are not to be had at the site: surgery, srs, cebrt, carbon-ion, kyphoplasty or "
    "embolisation. The plan then gives the best that is, says what is lost, and proposes referral.",
    "recalibrations": "Survival models that were fitted to the patients of the site. Their figures stand before the "
    "published ones, and the plan asks them.",
    "recalibrations_valid_days": "Days after its fit from which a recalibration is no longer used.",
}


def section() -> Section:
    rows = tuple(
        ((Code(setting.name),), (_default(getattr(DEFAULT, setting.name)),), (_SETTINGS.get(setting.name, ""),))
        for setting in fields(Policy)
    )
    return Section(
        "policy",
        "What a site decides",
        (
            Paragraph((_INTRODUCTION,)),
            Table("Settings", (("Setting",), ("Default",), ("What it decides",)), rows),
        ),
    )


def _default(value: object) -> str:
    return NONE if isinstance(value, (frozenset, tuple)) and not value else quoted(str(value))
