"""The plan: emergencies first, then the rules for each lesion, then those for the patient, then what to find out."""

from __future__ import annotations

from dataclasses import replace

from service.case import Case, Lesion
from service.decision import (
    facts,
    fitness,
    noms,
    primary_tumours,
    radiotherapy,
    rows,
    tables,
    wbb,
)
from service.decision.availability import TAKES, lost_step, referral
from service.decision.emergency import emergencies
from service.decision.facts import View, judged
from service.decision.guideline_words import radiotherapy_within
from service.decision.guidelines import GUIDELINES
from service.decision.imaging import only_pain, pain_alone, ungraded
from service.decision.missing import needed, requests
from service.decision.model import Against, Plan, Recommendation, Urgency
from service.decision.prognosis import prognosis
from service.decision.tree import Decision
from service.evidence import Values
from service.policy import DEFAULT, Policy
from service.scoring.results import Result
from service.text import phrase, series
from service.vertebrae import levels

_NOT_METASTATIC = frozenset(("primary", "dumbbell"))
_BELOW_CONUS = frozenset(levels("L2", "S5"))
_ESCC_1C = frozenset(("escc-1c",))
#: At home in bone: neither a metastasis nor a primary tumour of the spine by its name.
_OF_BLOOD: Values = frozenset(("lymphoma", "myeloma", "plasmacytoma", "leukaemia"))
_NO: Values = frozenset((False,))
#: Order within a lesion's plan: what is done first comes first.
_ORDER = {
    code: n
    for n, code in enumerate(
        (
            "embolisation",
            "en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper",
            "decompression-stabilisation", "separation-surgery", "stabilisation", "mis-fixation", "kyphoplasty",
            "denosumab", "systemic-therapy",
            "srs", "carbon-ion", "cebrt", "short-course-rt",
            "mdt-review", "referral", "biopsy", "ct-spine", "mri-whole-spine", "staging", "surveillance",
        )
    )
}  # fmt: skip
_OPERATIONS = frozenset(code for code, takes in TAKES.items() if takes == "surgery")
_DEFINITIVE = frozenset(TAKES)


def _with_notes(found: Recommendation, policy: Policy, view: View) -> Recommendation:
    beside = tables.notes_on(policy).get(found.treatment)
    return rows.noted(found, beside, view) if beside else found


def plan(case: Case, results: tuple[Result, ...], policy: Policy = DEFAULT) -> Plan:
    """What the rules advise for the case, and which missing findings could change it or a score."""
    foreseen = prognosis(case, results, policy.lead_model, policy.in_use)
    whole = judged(case, results, policy)
    urgent = emergencies(case, GUIDELINES[policy.guideline])
    alarmed = {rows.named(r.lesion) for r in urgent if r.settled}
    # An alarm of the patient may be of any lesion.
    plans = [
        _LesionPlan(whole, lesion, policy, alarmed=not alarmed.isdisjoint(("", lesion.name))) for lesion in case.lesions
    ]
    plans.sort(key=lambda each: (not each.alarmed, -_severity(each.lesion, results)))
    about_patient = _PatientPlan(whole, policy, [each.lesion for each in plans if each.metastatic])
    needs = needed(
        whole,
        urgent,
        [*(decided for each in plans for decided in each.decided), *about_patient.decided],
        [(finding, each.lesion) for each in plans for finding in each.silent],
        results,
        policy.lead_model,
    )
    advised = [r for each in plans for r in each.recommendations] + about_patient.recommendations
    done = {r.treatment for r in (*urgent, *advised) if r.settled}
    to_find_out = [_with_notes(r, policy, View(whole, r.lesion, {})) for r in requests(needs, done)]
    return Plan(
        recommendations=(*urgent, *rows.merged([*advised, *to_find_out])),
        needed=needs,
        against=tuple(against for each in plans for against in each.against),
        prognosis=foreseen if foreseen.models or (foreseen.judged and case.lesions) else None,
        judged=whole,
        unfit=tuple(bar.text for bar in fitness.reasons(whole, policy)),
    )


def _severity(lesion: Lesion, results: tuple[Result, ...]) -> float:
    return max((r.low + r.high for r in results if r.score.code == "sins" and r.lesion is lesion), default=0)


class _LesionPlan:
    """What the rules advise for one lesion, what they ask for, and what they advise against."""

    def __init__(self, case: Case, lesion: Lesion, policy: Policy, *, alarmed: bool) -> None:
        self.case, self.lesion, self.policy, self.alarmed = case, lesion, policy, alarmed
        self.metastatic = not case.possible("tumour-origin", lesion) <= _NOT_METASTATIC
        self.decided: list[tuple[Lesion | None, Decision]] = []
        self.silent: list[str] = []
        self.notes: list[str] = []
        self.view = View(case, lesion, self._assumed() if self.metastatic else self._unproven())
        found = self._by_noms() if self.metastatic else []
        found += self._by_rows(found)
        found = self._to_be_had(found)
        self.against = self._against(found)
        ruled_out = {against.treatment for against in self.against if against.barred}
        kept = rows.merged(r for r in found if r.treatment not in ruled_out)
        kept.sort(key=lambda r: (not r.settled, _ORDER.get(r.treatment, len(_ORDER))))
        operated = any(r.treatment in _OPERATIONS for r in kept)
        self.recommendations = [self._noted(self._hastened(r, operated=operated), kept) for r in kept]

    def _assumed(self) -> dict[str, Values]:
        """Silence that the rules read, each with the note that says so."""
        assumed: dict[str, Values] = {}
        case, lesion = self.case, self.lesion
        if not case.about("prior-radiotherapy-at-level", lesion).statements:
            self.silent.append("prior-radiotherapy-at-level")
            if self.policy.unsaid_radiotherapy == "none":
                # Silence about radiotherapy does not unsettle NOMS; it is said, and asked for.
                assumed["prior-radiotherapy-at-level"] = _NO
                self.notes.append("Make sure that this level has not been irradiated before; the record does not say.")
        if not case.about("escc-grade", lesion).statements:
            # 1c advises what low grade does, and a review besides: a note says so, until a grade is known.
            assumed["escc-grade"] = case.possible("escc-grade", lesion) - _ESCC_1C
            self.notes.append(
                "Should the ESCC grade prove to be 1c, decide together: it lies between low and high grade."
            )
        elif not _BELOW_CONUS.isdisjoint(lesion.levels):
            self.notes.append(
                "The ESCC grade is of the cord, and not defined below the conus (L2 and lower): judge it together."
            )
        return assumed

    def _unproven(self) -> dict[str, Values]:
        """Of a primary tumour: that nobody has named a histology."""
        told = self.case.about("primary-tumour", self.lesion).statements
        return {} if told else {**primary_tumours.SILENCE}

    def _by_noms(self) -> list[Recommendation]:
        if noms.COLLAPSE in self.view.possible(noms.STABILITY):
            self.notes.append(noms.KIM_NOTE)
        of_blood = self.case.possible("primary-tumour", self.lesion) <= _OF_BLOOD
        if not of_blood and self.case.possible("tumour-origin", self.lesion) != frozenset(("metastatic",)):
            self.notes.append("NOMS is for metastases; the record does not say that this lesion is one.")
        setting = noms.Setting(self.policy.escc_1c, self.policy.unavailable, self.view.told("mechanical-stability"))
        found, decision = rows.by_rules(tables.noms_rules(setting), self.view, ("sins",), self.notes)
        self.decided.append((self.lesion, decision))
        if not any(r.treatment in ("cebrt", "srs") for r in found):
            self.silent = []
        return found

    def _by_rows(self, before: list[Recommendation]) -> list[Recommendation]:
        table = (tables.lesion_rows(self.policy) if self.metastatic else tables.PRIMARY_ROWS).left(self.view.possible)
        pain = pain_alone(GUIDELINES[self.policy.guideline])
        if not self.alarmed:  # an emergency has its own MRI
            if self.metastatic and pain is not None and only_pain(self.case, self.lesion):
                table = (pain, *table)
            if not self.view.told("escc-grade"):
                table = (ungraded(GUIDELINES[self.policy.guideline]), *table)
        found: list[Recommendation] = []
        for row in table:
            each = rows.by_row(row, self.view)
            kept = list(each.recommendations)
            if row.form_of:
                parents = [r for r in (*before, *found) if r.treatment in row.form_of]
                kept = [form for r in kept for form in rows.as_forms(r, parents)]
            found += kept
            if kept and each.decision is not None:
                self.decided.append((self.lesion, each.decision))
        return found

    def _to_be_had(self, found: list[Recommendation]) -> list[Recommendation]:
        """Referral instead of what the site lacks; NOMS has seen to its own steps."""
        kept = []
        for each in found:
            if TAKES.get(each.treatment) not in self.policy.unavailable:
                kept.append(each)
            elif not each.form_of:  # a form falls away: what it is a form of was lost before, or has another form
                advice = (referral(lost_step(each.treatment)),)
                kept.append(each.but(treatment="referral", advice=advice, overturns=()))
        return kept

    def _against(self, found: list[Recommendation]) -> list[Against]:
        decompressed = any(r.treatment in ("decompression-stabilisation", "separation-surgery") for r in found)
        against = rows.barred(tables.BARS if self.metastatic else tables.PRIMARY_BARS, self.view)
        if self.metastatic and not decompressed:
            against += rows.barred(tables.SRS_AT_COMPRESSED_CORD, self.view)
        given = {r.treatment for r in found}
        barred = {each.treatment for each in against}
        for checklist, treatment in tables.CHECKLISTS if self.metastatic else tables.PRIMARY_CHECKLISTS:
            said = rows.considered(checklist, treatment, self.view) if treatment not in barred else None
            kind = set(wbb.TREATMENTS) if treatment in wbb.TREATMENTS else {treatment}
            if said is not None and kind.isdisjoint(given):
                against.append(said)
        return against

    def _hastened(self, found: Recommendation, *, operated: bool) -> Recommendation:
        """Treatment of a lesion with an emergency does not wait; radiotherapy after an operation does."""
        if not self.alarmed or found.treatment not in _DEFINITIVE:
            return found
        advice = tuple(replace(a, urgency=min(a.urgency, Urgency.URGENT)) for a in found.advice)
        text = radiotherapy_within(GUIDELINES[self.policy.guideline])
        alone = TAKES[found.treatment] in ("cebrt", "srs") and not operated
        return found.but(advice=advice, notes=(*found.notes, text) if alone and text else found.notes)

    def _noted(self, found: Recommendation, beside: list[Recommendation]) -> Recommendation:
        found = _with_notes(found, self.policy, self.view)
        if any(r.treatment in _OPERATIONS for r in beside):
            beside_surgery = radiotherapy.INTERVAL
            if found.treatment in beside_surgery.on:
                found = found.but(notes=(*found.notes, rows.cited(beside_surgery.text, beside_surgery.source)))
        if found.treatment in _OPERATIONS and self.case.about(facts.FITNESS).statements:
            found = found.but(notes=(*found.notes, *self._fitness()))
        return found

    def _fitness(self) -> tuple[str, ...]:
        """How the fitness for surgery was found, where the rules and a clinician's judgement differ."""
        fit = self.case.about(facts.FITNESS)
        bars = series(", ", (bar.text for bar in fitness.reasons(self.case, self.policy)))
        if fit.derived_from:
            return (phrase("Not fit for surgery by the rules: {bars}.", bars=bars),) if bars else ()
        if bars and "fit" in fit.values:
            text = "A clinician judged the patient fit for surgery, which counts; the rules would not: {bars}."
            return (phrase(text, bars=bars),)
        return ()


class _PatientPlan:
    """What the rules advise for the patient as a whole."""

    def __init__(self, case: Case, policy: Policy, metastatic: list[Lesion]) -> None:
        self.decided: list[tuple[Lesion | None, Decision]] = []
        self.recommendations: list[Recommendation] = []
        if not metastatic:
            return
        view = View(case, None, {})
        found: list[Recommendation] = []
        for row in tables.patient_rows(policy).left(view.possible):
            each = rows.by_row(row, view)
            found += each.recommendations
            if each.decision is not None and each.recommendations:
                self.decided.append((None, each.decision))
        self.recommendations = [_with_notes(r, policy, view) for r in rows.merged(found)]
