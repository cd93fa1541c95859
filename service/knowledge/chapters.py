"""Which rules each section on treatment holds; a module of service.decision has a section, or a part of one."""

from __future__ import annotations

from functools import cache

from service import wording
from service.decision import care, en_bloc, kyphoplasty, lmnop, primary_tumours, radiotherapy, surgery, wbb
from service.findings import FINDINGS
from service.knowledge.document import Link, Paragraph, Section, Table, Words, cite
from service.knowledge.names import said
from service.knowledge.read_as import members_said
from service.knowledge.rules import Chapter, section, source
from service.policy import DEFAULT
from service.scoring import SCORES
from service.text import series

_METASTASIS = "Of a metastatic lesion"
_PATIENT = "Of the patient as a whole"


@cache
def chapters() -> tuple[Chapter, ...]:
    return (_surgery(), _kyphoplasty(), _radiotherapy(), _en_bloc(), _primary_tumours(), _care(), _lmnop())


def sections() -> tuple[Section, ...]:
    return tuple(map(section, chapters()))


def _surgery() -> Chapter:
    return Chapter(
        surgery.INDICATIONS.plan,
        "Surgery",
        (
            "Beside NOMS, which decides on stabilisation and decompression: when else to think of an operation, the "
            "forms that it can take, what speaks against it, and what to expect.",
        ),
        ((_METASTASIS, tuple(row for row in surgery.rows(DEFAULT) if row is not kyphoplasty.ROW)),),
        tuple(note for note in surgery.NOTES if note not in kyphoplasty.NOTES),
        readings=tuple(reading for reading in surgery.READINGS if reading not in kyphoplasty.READINGS),
    )


def _kyphoplasty() -> Chapter:
    return Chapter(
        kyphoplasty.KYPHOPLASTY.plan,
        kyphoplasty.KYPHOPLASTY.title,
        ("For a painful fracture of few vertebrae, without paralysis; the criteria have to hold together.",),
        ((_METASTASIS, (kyphoplasty.ROW,)),),
        kyphoplasty.NOTES,
        kyphoplasty.BARS,
        kyphoplasty.CHECKLISTS,
        kyphoplasty.READINGS,
    )


def _radiotherapy() -> Chapter:
    return Chapter(
        radiotherapy.SHORT_COURSE.plan,
        "Radiotherapy",
        (
            "Beside NOMS, which decides between conventional radiotherapy and SRS: the short course, the fracture "
            "after SRS, and the order of things. Doses are in gray (Gy) of photons. The interval of 2 weeks is said "
            "beside an operation, and the compressed cord bars SRS where no decompression is advised.",
        ),
        ((_METASTASIS, radiotherapy.rows(DEFAULT)),),
        (radiotherapy.INTERVAL, *radiotherapy.NOTES),
        (*radiotherapy.BARS, radiotherapy.SRS_AT_COMPRESSED_CORD),
        readings=radiotherapy.READINGS,
    )


def _en_bloc() -> Chapter:
    return Chapter(
        en_bloc.EN_BLOC.plan,
        "En bloc resection",
        (
            "Of a metastasis in the few who meet every criterion, by the zones (WBB) that the tumour takes; it is an "
            "alternative to the plan by NOMS. Of primary tumours see ",
            Link("Primary tumours of the spine", primary_tumours.PRIMARY.plan),
            ".",
        ),
        ((_METASTASIS, en_bloc.ROWS),),
        en_bloc.NOTES,
        en_bloc.BARS,
        en_bloc.CHECKLISTS,
        en_bloc.READINGS,
        (_patterns(),),
    )


def _patterns() -> Section:
    """Where each resection fits."""
    rows: tuple[tuple[Words, ...], ...] = tuple(
        (
            (wording.treatment(pattern.treatment),),
            (series(" or ", (_zones(zones) for zones in pattern.sets)),),
            source(pattern.source),
        )
        for pattern in wbb.PATTERNS
    )
    text = (
        "Twelve zones around the cord, and layers A to E from outside the bone to inside the dura. A resection fits "
        "where every zone of the tumour lies in one of its sets; the image of zone z on the other side is 13 - z. "
        "Where the record names no zones nothing is said of any pattern."
    )
    table = Table("The patterns and their zones", (("Resection",), ("Zones",), ("Source",)), rows)
    return Section(f"{en_bloc.EN_BLOC.plan}-patterns", "Patterns by zones (WBB)", (Paragraph((text,)), table))


def _zones(zones: frozenset[int]) -> str:
    """``4-8``; ``10-3`` around the ring."""
    around = [zone for zone in zones if (zone - 2) % 12 + 1 not in zones]
    last = [zone for zone in zones if zone % 12 + 1 not in zones]
    return f"{around[0]}-{last[0]}" if len(around) == len(last) == 1 else members_said(zones)


def _primary_tumours() -> Chapter:
    return Chapter(
        primary_tumours.PRIMARY.plan,
        primary_tumours.PRIMARY.title,
        (
            "Of a lesion that is known to be no metastasis, dumbbell tumours among them. Neither NOMS nor a survival "
            "score is used: they are for metastases. Where the record names no histology, the plan starts from that.",
        ),
        (("Of a primary or dumbbell tumour", primary_tumours.ROWS),),
        primary_tumours.NOTES,
        primary_tumours.BARS,
        primary_tumours.CHECKLISTS,
        primary_tumours.READINGS,
    )


def _care() -> Chapter:
    own = tuple(row for row in care.patient_rows(DEFAULT) if row not in lmnop.PATIENT_ROWS)
    return Chapter(
        "care",
        "Care around the treatment",
        ("The board, work-up, bone, rehabilitation, surveillance and supportive care, where a lesion is metastatic.",),
        ((_PATIENT, own), (_METASTASIS, care.ROWS)),
        care.NOTES,
        readings=care.READINGS,
        more=(_disciplines(),),
        also=tuple(discipline.when for discipline in care.DISCIPLINES),
    )


def _disciplines() -> Section:
    rows: tuple[tuple[Words, ...], ...] = tuple(
        ((each.title,), (said(each.when),), (each.because or "-",), source(each.source)) for each in care.DISCIPLINES
    )
    heads = (("Discipline",), ("When",), ("Because",), ("Source",))
    text = ("Who takes part in a multidisciplinary review; it is said beside each that is advised.",)
    return Section("care-board", "The board", (Paragraph(text), Table("Who takes part", heads, rows)))


def _lmnop() -> Chapter:
    return Chapter(
        lmnop.LMNOP.plan,
        lmnop.LMNOP.title,
        (
            "A checklist of what to weigh, in five letters, without points. An answer shows the findings of each "
            "letter together; the rules and notes are what it adds to NOMS.",
            *cite(lmnop.LMNOP.source),
        ),
        ((_METASTASIS, lmnop.ROWS), (_PATIENT, lmnop.PATIENT_ROWS)),
        lmnop.NOTES,
        readings=lmnop.READINGS,
        more=(_letters(),),
    )


def _letters() -> Section:
    titles = {code: finding.title for code, finding in FINDINGS.items()} | {each.code: each.title for each in SCORES}
    rows = tuple(
        (
            (letter.letter,),
            (letter.title,),
            (series("; ", (titles[code] for code in (*letter.findings, *letter.scores))),),
        )
        for letter in lmnop.LETTERS
    )
    return Section(
        "lmnop-letters",
        "Letters",
        (Table("What each letter looks at", (("Letter",), ("About",), ("Findings and scores",)), rows),),
    )
