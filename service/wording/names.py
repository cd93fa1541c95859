"""What treatments, places and findings are called."""

from __future__ import annotations

from collections.abc import Iterable

from service.case import Lesion
from service.findings import FINDINGS
from service.scoring.model import Score
from service.text import cased, phrase, series
from service.vertebrae import REGIONS

TREATMENTS = {
    "cebrt": "Conventional external beam radiotherapy (cEBRT)",
    "srs": "Stereotactic radiosurgery (SRS)",
    "stabilisation": "Surgical stabilisation",
    "decompression-stabilisation": "Decompression and stabilisation",
    "embolisation": "Preoperative embolisation",
    "mdt-review": "Multidisciplinary review",
    "urgent-spine-referral": "Urgent referral to the spine service",
    "mri-whole-spine": "MRI of the whole spine",
    "ct-spine": "CT of the spine",
    "staging": "Staging",
    "lab-test": "Laboratory tests",
    "biopsy": "Biopsy",
    "separation-surgery": "Separation surgery",
    "mis-fixation": "Minimally invasive fixation (percutaneous screws)",
    "kyphoplasty": "Balloon kyphoplasty",
    "en-bloc-vertebrectomy": "En bloc vertebrectomy (total en bloc spondylectomy)",
    "en-bloc-sagittal": "En bloc sagittal resection",
    "en-bloc-posterior": "En bloc posterior resection",
    "en-bloc-copper": "En bloc resection by COPPER",
    "carbon-ion": "Carbon-ion radiotherapy",
    "short-course-rt": "Short-course radiotherapy",
    "systemic-therapy": "Systemic therapy",
    "bone-modifying-agent": "Bone-modifying agent",
    "denosumab": "Denosumab",
    "dexamethasone": "Dexamethasone",
    "supportive-care": "Best supportive care",
    "rehabilitation": "Rehabilitation",
    "surveillance": "Surveillance",
    "referral": "Referral for what is not to be had here",
}

EN_BLOC = ("en-bloc-vertebrectomy", "en-bloc-sagittal", "en-bloc-posterior", "en-bloc-copper")
GOALS = {
    "stability": ("Mechanically stable spine", ("stabilisation", "decompression-stabilisation", "kyphoplasty")),
    "local-control": ("Local control of the tumour", ("cebrt", "srs", "carbon-ion", "denosumab", *EN_BLOC)),
    "neurology": (
        "Neurological function kept or regained",
        ("urgent-spine-referral", "decompression-stabilisation"),
    ),
    "comfort": ("Comfort, and freedom from pain", ("supportive-care",)),
    "mobility": ("Walking and independence kept or regained", ("rehabilitation",)),
}
#: Operations on the spine, and what is done for the sake of one.
SURGICAL = frozenset(
    (
        *("stabilisation", "decompression-stabilisation", "separation-surgery", "mis-fixation", "kyphoplasty"),
        *("embolisation", *EN_BLOC),
    )
)
#: What comes first is done first.
_ORDER = (
    "embolisation", *EN_BLOC, "decompression-stabilisation", "separation-surgery", "stabilisation", "mis-fixation",
    "kyphoplasty", "denosumab", "systemic-therapy", "srs", "carbon-ion", "cebrt", "short-course-rt",
)  # fmt: skip
#: What goes with a treatment and is no step of it.
BESIDE = ("mdt-review", "referral", "surveillance", "rehabilitation", "bone-modifying-agent")
#: What is done to find something out.
DIAGNOSTIC = frozenset(("mri-whole-spine", "ct-spine", "staging", "lab-test", "biopsy"))


#: How the last of several is joined to those before.
LISTS = {
    "or": "{first} or {last}",
    "and": "{first} and {last}",
    "and no": "{first} and no {last}",
    "to": "{first} to {last}",
}


def listed(words: Iterable[str], last: str = "or") -> str:
    """``a, b or c``; nothing for none. ``last`` is one of :data:`LISTS`."""
    *first, final = [*words] or [""]
    if not first:
        return final
    return phrase(LISTS[last], first=first[0] if len(first) == 1 else series(", ", first), last=final)


def order(code: str) -> int:
    """The place of a treatment in the order in which things are done."""
    return _ORDER.index(code) if code in _ORDER else len(_ORDER)


def treatment(code: str) -> str:
    return TREATMENTS[code]


def short(code: str) -> str:
    """The abbreviation that a treatment has in brackets, else its name, as it stands in a sentence."""
    return SHORTENED[code]


def _shortened(name: str) -> str:
    inside = name.split("(")[1].rstrip(")") if name.endswith(")") else ""
    if inside.isupper() or inside == "cEBRT":
        return inside
    name = name.split(" (", maxsplit=1)[0]
    return name if name[1:2].isupper() else cased(name, _lowered)


def _lowered(words: str) -> str:
    return words[0].lower() + words[1:]


SHORTENED = {code: _shortened(name) for code, name in TREATMENTS.items()}


def steps(treatments: Iterable[str]) -> str:
    """Treatments in their order: ``surgical stabilisation, then cEBRT; multidisciplinary review``."""
    listed_ = list(treatments)
    main = series(", then ", (short(code) for code in listed_ if code not in BESIDE))
    return series("; ", filter(None, (main, listed((short(code) for code in listed_ if code in BESIDE), "and"))))


def place(lesion: Lesion) -> str:
    """``T8``, ``thoracic spine``, ``level not recorded``."""
    name = lesion.name
    if name not in REGIONS:
        return name
    return PLACES[name]


PLACES = {name: f"{name} spine" for name in REGIONS} | {"spine": "level not recorded", "sacral": "sacrum"}
"""Where a lesion is of which no vertebra is known."""


def at(lesion: Lesion | None) -> str:
    """Where in a sentence: `` at T8``, `` at the thoracic spine``, `` (level not recorded)``."""
    if lesion is None:
        return ""
    if lesion.name == "spine":
        return phrase(" ({place})", place=place(lesion))
    return phrase(" at {place}", place=_within(lesion))


def _within(lesion: Lesion) -> str:
    return phrase("the {region}", region=place(lesion)) if lesion.name in REGIONS else place(lesion)


def at_all(lesions: Iterable[Lesion]) -> str:
    """Where in a sentence, for one lesion or several: `` at T8 and the sacrum``."""
    first, *others = lesions
    if not others:
        return at(first)
    if first.name == "spine":
        return listed((at(first), *(_after(each) for each in others)), "and")
    return phrase(" at {place}", place=listed((_within(first), *map(_after, others)), "and"))


def _after(lesion: Lesion) -> str:
    return at(lesion) if lesion.name == "spine" else _within(lesion)


def capital(words: str) -> str:
    """The words as the beginning of a sentence; abbreviations such as cEBRT stay as they are."""
    return words if words[1:2].isupper() else cased(words, _raised)


def _raised(words: str) -> str:
    return words[:1].upper() + words[1:]


_NAMES = ("Frankel", "Karnofsky")


def in_sentence(title: str) -> str:
    """A title as it stands within a sentence: abbreviations and names keep their capital."""
    return cased(title, _lowered) if title[1:2].islower() and not title.startswith(_NAMES) else title


#: What a rule reads that is no finding, and findings whose title is too long to stand in a list.
_SHORT = {
    "stability": "SINS",
    "dumbbell": "the dumbbell score",
    "life-expectancy": "expected survival",
    "surgical-fitness": "fitness for surgery",
    "mechanical-stability": "what the board decides on stability",
    "escc-grade": "ESCC grade",
    "staging-complete": "whether staging is complete",
    "contiguous-level-count": "contiguous vertebral bodies affected",
    "ecog": "ECOG",
    "time-developing-motor-deficit": "time over which the deficit came",
}


def asked(code: str) -> str:
    """A finding, or what stands for several, as a thing to find out."""
    return _SHORT.get(code) or in_sentence(FINDINGS[code].title)


def model(score: Score) -> str:
    """The name by which a model goes: ``Katagiri``, ``NESMS``, ``Van der Linden``."""
    title = score.title
    inside = title.split("(")[1].rstrip(")") if title.endswith(")") else ""
    return inside if inside.isupper() else title.removeprefix("Revised ").split(" score")[0]
