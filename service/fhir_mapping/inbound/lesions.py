"""Which lesions a record describes, and what it says about each.

One lesion is one level, or the run of contiguous levels that one resource names. Runs that overlap
are one lesion. What names no level is about the only lesion there is, or about none.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from service.evidence import Values
from service.fhir_mapping.inbound.reading import Notebook, Said
from service.findings import FINDINGS
from service.problems import Ledger
from service.text import phrase
from service.vertebrae import ORDER, REGIONS, Run, run_name, runs

#: What was done at a level; it does not show that there is a tumour, and done somewhere is perhaps done at each.
DONE = frozenset(("prior-radiotherapy-at-level", "prior-surgery-at-level"))
_PERHAPS: Values = frozenset((False, True))
_FRACTURE = "pathologic-fracture"


@dataclass
class Draft:
    """A lesion that is being put together."""

    levels: Run = ()
    region: str = ""
    said: list[Said] = field(default_factory=list)

    @property
    def name(self) -> str:
        return run_name(self.levels) if self.levels else self.region

    def within(self, region: str) -> bool:
        return region in (self.region, "spine") or bool(set(self.levels) & set(REGIONS[region]))


def lesions(said: list[Said], notes: Notebook) -> tuple[list[Draft], list[Said]]:
    """The lesions with what is said about each, and what is said about the patient as a whole."""
    drafts = _drafts([each for each in said if each.anchor])
    patient: list[Said] = []
    for entry in {each.entry: None for each in said if each.site is not None and each.site.differs}:
        why = "its body site names one level by its code and another in words; the code counts"
        notes.remark(entry, Ledger.CONFLICT, why)
    for each in said:
        targets = _targets(each, drafts)
        if targets:
            for draft in targets:
                draft.said.append(each)
        elif FINDINGS[each.statement.finding].patient_too and (each.site is None or not drafts):
            patient.append(each)
            if each.statement.finding == _FRACTURE:
                _perhaps_at_each(each, drafts)  # one fracture is at one of several lesions
        else:
            if each.site is None and each.statement.finding in DONE:
                _perhaps_at_each(each, drafts)
            notes.mentioned.add(each.statement.finding)
            if each.perhaps:
                continue  # the ledger says already that its place is not understood
            notes.remark(each.entry, Ledger.UNASSIGNED, _why_not(each, drafts))
    return drafts, patient


def _perhaps_at_each(each: Said, drafts: list[Draft]) -> None:
    if True in each.statement.values:
        for draft in drafts:
            draft.said.append(replace(each, statement=replace(each.statement, values=_PERHAPS)))


def _drafts(anchors: list[Said]) -> list[Draft]:
    drafts = [Draft(levels=run) for run in _merged([run for a in anchors if a.site for run in runs(a.site.levels)])]
    regions = sorted({a.site.region for a in anchors if a.site and a.site.region})
    for region in sorted(regions, key=lambda name: name == "spine"):
        if not any(draft.within(region) for draft in drafts):
            drafts.append(Draft(region=region))
    if not drafts and anchors:
        drafts.append(Draft(region="spine"))
    return sorted(drafts, key=lambda d: (ORDER[d.levels[0]] if d.levels else len(ORDER), d.name))


def _merged(found: list[Run]) -> list[Run]:
    """Runs that overlap, as one."""
    merged: list[set[str]] = []
    for run in sorted(set(found), key=lambda r: ORDER[r[0]]):
        if merged and merged[-1] & set(run):
            merged[-1] |= set(run)
        else:
            merged.append(set(run))
    return [next(iter(runs(levels))) for levels in merged]


def _targets(each: Said, drafts: list[Draft]) -> list[Draft]:
    site = each.site
    if each.perhaps:
        return drafts
    if site is None:
        return drafts if len(drafts) == 1 or each.statement.values == _PERHAPS else []
    if site.levels:
        return [draft for draft in drafts if set(draft.levels) & set(site.levels)]
    within = [draft for draft in drafts if draft.within(site.region or "spine")]
    # What was perhaps done at any of them is perhaps true of each.
    return within if len(within) == 1 or len(each.statement.values) > 1 else []


def _why_not(each: Said, drafts: list[Draft]) -> str:
    title = FINDINGS[each.statement.finding].title
    if not drafts:
        return phrase("{finding}: the record names no tumour of the spine that it could be about", finding=title)
    if each.site is not None and each.site.levels:
        return phrase("{finding}: no lesion is known at that level", finding=title)
    if each.site is not None and not any(draft.within(each.site.region or "spine") for draft in drafts):
        return phrase("{finding}: no lesion is known in that region", finding=title)
    return phrase(
        "{finding}: no level is given and there are several lesions; name the level by bodySite", finding=title
    )
