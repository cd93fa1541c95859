"""The NOMS framework (Laufer 2013) as a table, with the cells that it leaves open.

N is the ESCC grade and myelopathy, O the radiosensitivity of the primary to cEBRT, M the stability
by SINS, S the fitness for surgery. An open cell goes to multidisciplinary review and never to a
default. ESCC 1c is read as low grade, or as high grade where the site's policy says so, and always
with a multidisciplinary review. SINS 7-12 is stable or unstable as the board decides: what both rows
give is advised, and stabilisation depends on the decision. Where the site lacks a modality, the best
that is to be had takes its place, and the answer says what is lost and proposes referral.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.conditions import Atom, Condition, all_of, any_of, atoms, holds, is_, not_
from service.decision.availability import OPERATIONS, lost_step, referral, to_be_had
from service.decision.model import Advice, Rule
from service.decision.tumours import HYPERVASCULAR, RESISTANT, SENSITIVE
from service.evidence import Values
from service.scoring.model import Reading
from service.scoring.sources import BILSKY_2010, FISHER_2010, HONG_2022, KIM_2020, LAUFER_2013, LENSCHOW_2022

NOMS = Rule("noms", "NOMS framework", LAUFER_2013)
ESCC_1C = Rule("noms", "NOMS framework, ESCC 1c", BILSKY_2010)
EMBOLISATION = Rule("embolisation", "Preoperative embolisation", HONG_2022)
OPERABILITY = Rule("systemic-fitness", "Fitness for surgery", None)
JUDGED = Rule("noms", "NOMS framework, stability", FISHER_2010)
INSTABILITY = Rule("noms", "NOMS framework, SINS 7-12", LENSCHOW_2022)

STABILITY = "stability"
"""Worked out from SINS and the collapse."""
STABLE, COLLAPSE, UNSTABLE = "stable", "collapse", "unstable"
INDETERMINATE = "indeterminate"
"""SINS 7-9, without collapse over 50 %."""
INDETERMINATE_HIGH = "indeterminate-high"
"""SINS 10-12, without collapse over 50 %."""
STATES: Values = frozenset((STABLE, INDETERMINATE, INDETERMINATE_HIGH, COLLAPSE, UNSTABLE))

_LOW = ("escc-0", "escc-1a", "escc-1b")
_HIGH = ("escc-2", "escc-3")
BORDERLINE = is_("escc-grade", "escc-1c")
MYELOPATHY = is_("myelopathy", True)
INDETERMINATES: Values = frozenset((INDETERMINATE, INDETERMINATE_HIGH))
IS_INDETERMINATE = is_(STABILITY, *INDETERMINATES)
BOARD = "mechanical-stability"
"""What a clinician, or the board, made of an indeterminate SINS."""
IS_STABLE = any_of(is_(STABILITY, STABLE), all_of(IS_INDETERMINATE, is_(BOARD, "stable")))
# Kim 2020: a SINS of 7 to 12 with over 50 % collapse is stabilised.
IS_UNSTABLE = any_of(is_(STABILITY, UNSTABLE, COLLAPSE), all_of(IS_INDETERMINATE, is_(BOARD, "unstable")))
FIT = is_("surgical-fitness", "fit")
UNFIT = is_("surgical-fitness", "unfit")
IRRADIATED = is_("prior-radiotherapy-at-level", True)

_REVIEW = ("mdt-review",)


@dataclass(frozen=True)
class NomsRow:
    """One line: when it applies, the treatments in their order, and why."""

    when: Condition
    do: tuple[str, ...]
    why: str
    open: bool = False
    """A cell that the published table leaves open."""

    @property
    def operates(self) -> bool:
        return not OPERATIONS.isdisjoint(self.do)


_TWICE = "the level was irradiated before: conventional radiotherapy again is contraindicated, SRS is still possible"


def table(one_c: str = "low") -> tuple[NomsRow, ...]:
    """The rows, read from the top: the first that applies counts. ``one_c`` says how ESCC 1c is read: low or high."""
    low = is_("escc-grade", *_LOW, *(("escc-1c",) if one_c == "low" else ()))
    high = is_("escc-grade", *_HIGH, *(("escc-1c",) if one_c == "high" else ()))
    return (
        NomsRow(
            all_of(low, MYELOPATHY),
            _REVIEW,
            "low-grade ESCC with myelopathy has no row in NOMS: look for another cause of the myelopathy",
            open=True,
        ),
        NomsRow(
            all_of(IRRADIATED, high, FIT),
            ("decompression-stabilisation", "srs", "mdt-review"),
            f"high-grade ESCC, fit for surgery; {_TWICE}",
            open=True,
        ),
        NomsRow(
            all_of(IRRADIATED, high, IS_STABLE),
            _REVIEW,
            f"high-grade ESCC, not fit for surgery; {_TWICE}, but not safely at a compressed cord",
            open=True,
        ),
        NomsRow(
            all_of(IRRADIATED, high),
            ("stabilisation", "mdt-review"),
            f"high-grade ESCC, unstable, not fit for surgery; {_TWICE}, but not safely at a compressed cord",
            open=True,
        ),
        NomsRow(all_of(IRRADIATED, IS_STABLE), ("srs", "mdt-review"), f"low-grade ESCC, stable; {_TWICE}", open=True),
        NomsRow(
            all_of(IRRADIATED, IS_UNSTABLE),
            ("stabilisation", "srs", "mdt-review"),
            f"low-grade ESCC, unstable; {_TWICE}",
            open=True,
        ),
        NomsRow(
            all_of(not_(any_of(SENSITIVE, RESISTANT)), IS_UNSTABLE),
            ("stabilisation", "mdt-review"),
            "unstable, which is stabilised whatever the tumour; no source gives the radiosensitivity of this primary "
            "tumour: ask radiation oncology",
            open=True,
        ),
        NomsRow(
            not_(any_of(SENSITIVE, RESISTANT)),
            _REVIEW,
            "no source gives the radiosensitivity of this primary tumour: ask radiation oncology",
            open=True,
        ),
        NomsRow(all_of(low, SENSITIVE, IS_STABLE), ("cebrt",), "low-grade ESCC, radiosensitive, stable"),
        NomsRow(
            all_of(low, SENSITIVE, IS_UNSTABLE),
            ("stabilisation", "cebrt"),
            "low-grade ESCC, radiosensitive, unstable",
        ),
        NomsRow(all_of(low, RESISTANT, IS_STABLE), ("srs",), "low-grade ESCC, radioresistant, stable"),
        NomsRow(
            all_of(low, RESISTANT, IS_UNSTABLE),
            ("stabilisation", "srs"),
            "low-grade ESCC, radioresistant, unstable",
        ),
        NomsRow(all_of(high, SENSITIVE, IS_STABLE), ("cebrt",), "high-grade ESCC, radiosensitive, stable"),
        NomsRow(
            all_of(high, SENSITIVE, IS_UNSTABLE),
            ("stabilisation", "cebrt"),
            "high-grade ESCC, radiosensitive, unstable",
        ),
        NomsRow(
            all_of(high, RESISTANT, IS_STABLE, FIT),
            ("decompression-stabilisation", "srs"),
            "high-grade ESCC, radioresistant, stable, fit for surgery",
        ),
        NomsRow(
            all_of(high, RESISTANT, IS_STABLE, UNFIT),
            ("cebrt",),
            "high-grade ESCC, radioresistant, stable, not fit for surgery",
        ),
        NomsRow(
            all_of(high, RESISTANT, IS_UNSTABLE, FIT),
            ("decompression-stabilisation", "srs"),
            "high-grade ESCC, radioresistant, unstable, fit for surgery",
        ),
        NomsRow(
            all_of(high, RESISTANT, IS_UNSTABLE, UNFIT),
            ("stabilisation", "cebrt"),
            "high-grade ESCC, radioresistant, unstable, not fit for surgery",
        ),
    )


_IS_HIGH = is_("escc-grade", *_HIGH)
ROWS = table()
_TABLES = {"low": ROWS, "high": table("high")}
_ONE_C = {
    "low": "ESCC 1c is read as low grade here; others read it as high: decide together",
    "high": "ESCC 1c is read as high grade here, as the policy says; others read it as low: decide together",
}

TESTS: tuple[Atom, ...] = tuple(
    dict.fromkeys(
        atom
        for c in (
            *(r.when for rows in _TABLES.values() for r in rows),
            *(BORDERLINE, UNFIT, HYPERVASCULAR, IS_INDETERMINATE, IRRADIATED, _IS_HIGH),
        )
        for atom in atoms(c)
    )
)


@dataclass(frozen=True)
class Setting:
    """What changes the advice beside the findings."""

    one_c: str = "low"
    """How ESCC 1c is read: low or high."""
    lacking: frozenset[str] = frozenset()
    """Modalities that are not to be had, of :data:`service.policy.MODALITIES`."""
    judged: bool = False
    """A clinician has judged the stability, so an indeterminate SINS needs no review any more."""


_USUAL = Setting()
#: What a clinician judged of the stability where SINS leaves no room for a judgement.
_CONTRARY = any_of(
    all_of(is_(STABILITY, STABLE), is_(BOARD, "unstable")),
    all_of(is_(STABILITY, UNSTABLE, COLLAPSE), is_(BOARD, "stable")),
)
CONTRARY = (
    "where SINS says otherwise than the clinician who judged the stability, SINS is followed here; decide together"
)


def row_for(truth: Callable[[Atom], bool], rows: tuple[NomsRow, ...] = ROWS) -> NomsRow:
    """The row that applies.

    Raises:
        LookupError: no row does; the table is complete, so that is a mistake in it.
    """
    for row in rows:
        if holds(row.when, truth):
            return row
    raise LookupError("no row of NOMS applies")


def advise(truth: Callable[[Atom], bool], setting: Setting | None = None) -> tuple[Advice, ...]:
    """The steps for one way in which the findings may be, in their order."""
    setting = setting or _USUAL
    row = row_for(truth, _TABLES[setting.one_c])
    one_c_is_high = setting.one_c == "high" and holds(BORDERLINE, truth)
    high = one_c_is_high or holds(_IS_HIGH, truth)
    do, lost = to_be_had(row.do, setting.lacking, high=high, irradiated=holds(IRRADIATED, truth))
    steps = [Advice(step, NOMS, row.why) for step in do]
    operates = not OPERATIONS.isdisjoint(do)
    if operates and holds(HYPERVASCULAR, truth):
        if "embolisation" in setting.lacking:
            lost = (*lost, lost_step("embolisation"))
        else:
            steps.insert(
                0,
                Advice(
                    "embolisation",
                    EMBOLISATION,
                    "hypervascular tumour: embolise within the 24 hours before the operation",
                ),
            )
    if row.operates and holds(UNFIT, truth):
        steps.append(
            Advice(
                "mdt-review",
                OPERABILITY,
                "an operation is advised and the patient is judged unfit for surgery: decide together, "
                "minimally invasive stabilisation first",
            )
        )
    if holds(BORDERLINE, truth) and "mdt-review" not in row.do:
        steps.append(Advice("mdt-review", ESCC_1C, _ONE_C[setting.one_c]))
    if holds(IS_INDETERMINATE, truth) and not setting.judged:
        steps.append(Advice("mdt-review", INSTABILITY, SINS_7_12))
    if setting.judged and holds(_CONTRARY, truth):
        steps.append(Advice("mdt-review", JUDGED, CONTRARY))
    return (*steps, *map(referral, lost))


SINS_7_12 = (
    "SINS 7-12 has no row in NOMS, which knows stable and unstable only: decide on stabilisation together. Of patients "
    "with SINS 7-12, implants brought no neurological benefit and more complications (331 patients)"
)
KIM_NOTE = f"SINS 7-12 with collapse over 50 % is read as unstable ({KIM_2020})."

READINGS: tuple[Reading, ...] = (
    Reading(
        "ESCC 1c is low grade, high grade, or of its own; the MD Anderson pathway separates before stereotactic "
        "radiotherapy from 1c on.",
        "Low grade, or high grade where the site's policy says so; a multidisciplinary review is mandatory either way.",
    ),
    Reading(
        "The ESCC grade is of the spinal cord, and not defined below the conus.",
        "A note at every lesion of L2 and lower with a grade: judge it together.",
    ),
    Reading(
        "A record may say nothing of the ESCC grade.",
        "Every grade but 1c counts as possible; a note says what 1c would change.",
    ),
    Reading(
        "NOMS knows stable and unstable, and no SINS of 7 to 12; one public implementation stabilises all of them.",
        "Multidisciplinary review. What the rows for stable and for unstable both give is advised; stabilisation "
        "depends on what the board decides, and on that decision once the record has it (mechanical-stability). With "
        "collapse over 50 % a SINS of 7 to 12 is read as unstable (Kim 2020).",
    ),
    Reading(
        "Low-grade ESCC with myelopathy has no row in NOMS.",
        "Multidisciplinary review, and a look for another cause.",
    ),
    Reading(
        "A level that was irradiated before has no row in NOMS; a review of 2021 calls conventional radiotherapy "
        "contraindicated there.",
        "Never conventional radiotherapy again; SRS where the cord is not compressed, and always a review.",
    ),
    Reading(
        "A record may say nothing of earlier radiotherapy at the level.",
        "The plan is made as if there had been none; a note at every proposal for the lesion says so, and the finding "
        "is asked for where radiotherapy is advised.",
    ),
    Reading(
        "A review of 2021 calls surgery the treatment of choice for all high-grade compression, and also says that "
        "very sensitive tumours can be irradiated alone.",
        "The row of NOMS: conventional radiotherapy for high-grade ESCC that is radiosensitive and stable.",
    ),
    Reading(
        "Reviews hold SRS unsafe at a compressed cord; small series treated grade 2 with it.",
        "SRS for high-grade ESCC only after decompression.",
    ),
    Reading(
        "NOMS has rows by fitness for some cells only.",
        "Where an operation is advised for a patient judged unfit the row counts, with a review beside it.",
    ),
)
