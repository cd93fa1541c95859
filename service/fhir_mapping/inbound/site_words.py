"""Body sites in words: levels and regions of the spine in English, German and the Romance languages, and other places.

What is not understood whole gives no level and no region. A word decides that something is elsewhere only if it names
another part of the body: what may have been at the spine is never called somewhere else.
"""

from __future__ import annotations

import re
from functools import lru_cache

from service.fhir_mapping.inbound.words import worded
from service.vertebrae import LEVELS, ORDER, levels

_LONGEST = 80

#: The letter of each part of the spine, by the words that stand before or after a number.
_PARTS = (
    ("C", r"c|hwk|hals-?wirbel|cervical|zervikal\w*"),
    ("T", r"th|t|d|bwk|brust-?wirbel|thoracic|thorakal\w*|dorsal\w*"),
    ("L", r"l|lwk|lenden-?wirbel|lumbar|lumbal\w*|lombaire"),
    ("S", r"s|swk|sakral-?wirbel|kreuz-?wirbel|sacral|sakral\w*"),
)
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
_NUMBER = rf"(?:\d{{1,2}}|{'|'.join(_ORDINALS)})"
#: What stands around a level and adds nothing to it.
_AROUND = re.compile(
    r"\b(?:vertebra\w*|bod(?:y|ies)|bone|structure|entire|part|of|the|level|segment|(?:hals|brust|lenden|kreuz|sakral)?"
    r"-?wirbel-?k(?:ö|oe)rpers?|wirbel-?k(?:ö|oe)rpers?|wirbels?|v(?:e|é)rt(?:e|è)bre|vertebra|dens|odontoid|process)\b"
)
_BEFORE = tuple((part, re.compile(rf"(?:{named})\.?\s*({_NUMBER})")) for part, named in _PARTS)
_AFTER = tuple((part, re.compile(rf"({_NUMBER})\.?(?:st|nd|rd|th)?\s+(?:{named})\b")) for part, named in _PARTS)
_ALONE = re.compile(rf"({_NUMBER})")
_JOINT = re.compile(r"\s*(?:(-|–|—|to|bis|through)|and|und|,|/|\+|&)\s*")
_NAMES = {"atlas": "C1", "axis": "C2"}
_WIRBEL = re.compile(r"(hals|brust|lenden|kreuz|sakral)-?wirbel(?:-?k(?:ö|oe)rpers?|s)?\b")

_REGIONS = (
    ("spine", r"(?:hws|bws|lws)(?:(?: und |/|, ?| and |\+)(?:hws|bws|lws))+"),
    ("cervical", r"hws|halswirbels(?:ä|ae)ule|(?:cervical|c)[- ]spine|cervical vertebrae|rachis cervical"),
    ("thoracic", r"bws|brustwirbels(?:ä|ae)ule|(?:thoracic|dorsal|t)[- ]spine|thoracic vertebrae|rachis dorsal"),
    ("lumbar", r"lws|lendenwirbels(?:ä|ae)ule|(?:lumbar|l)[- ]spine|lumbar vertebrae|rachis lombaire"),
    ("sacral", r"(?:os )?sa[ck]rum|kreuzbein|sacral spine|sacral vertebrae"),
    (
        "spine",
        r"(?:gesamte |ganze )?wirbels(?:ä|ae)ule|(?:multiple |mehrere )wirbelk(?:ö|oe)rper|(?:whole |entire )?spine"
        r"|(?:vertebral|spinal) column|vertebrae?|vertebral bod(?:y|ies)"
        r"|wirbelk(?:ö|oe)rper|rachis|colonne vert(?:é|e)brale|columna vertebral",
    ),
)
_WORDS = tuple((region, re.compile(named)) for region, named in _REGIONS)

#: Words of the spine: beside them nothing else says that it is elsewhere.
_SPINE = worded(
    r"\b[hbl]w[sk]\b|wirbel|sa[ck]r|kreuzbein|spine|spinal|vertebra|vert(?:è|e)bre|rachis|columna|\bt[hd]?\s?\d{1,2}\b"
    r"|\b[cld]\s?\d{1,2}\b|neurax|neuroa[xc]"
)
_ELSEWHERE = worded(
    r"breast|mamm|\bbrust\b|brustdr|chest wall|thoraxwand|brustwand|prostat|\bbrain|hirn|cerebr|intracran|skull"
    r"|sch(?:ä|ae)del|\bhead\b|\bkopf|\bface\b|gesicht|orbit|\beyes?\b|\bauge|\bmouth|oral cavity|mundh|tongue|zunge"
    r"|tonsil|pharyn|laryn|kehlkopf|thyroid|schilddr|\blungs?\b|lungen?\b|pulmon|bronch|liver|leber|hepat|kidney|niere|\brenal"
    r"|bladder|harnblase|uter(?:us|ine|i)\b|ovar|vulva|vagin|penis|testi[cs]|hoden|rect(?:um|al)|rektum|\bcolon|kolon"
    r"|\banus|\banal\b|stomach|\bmagen|pancrea|pankrea|spleen|\bmilz|\bskin\b|\bhaut|femur|femor|oberschenkel|\bthigh"
    r"|humer|oberarm|tibia|fibula|\bradius|\bulna|\bhands?\b|\bfoot|\bfeet|fu(?:ß|ss)\b|\barms?\b|\blegs?\b|knee|\bknie"
    r"|shoulder|schulter|scapula|clavic|klavik|sternum|sternal|\bribs?\b|\brippe|axill|inguin|\bleiste|supraclav|elbow"
    r"|ankle|wrist|finger|\btoes?\b|\bhips?\b|h(?:ü|ue)fte|acetabul"
)
#: Words of more than one part of the body, or of one that lies about the spine.
_PERHAPS = worded(
    r"\bneck|\bhals\b|pelvi|becken|whole|total body|ganzk|multiple|several|mehrere|diffuse|skelet|abdom|mediast"
)


def levels_in(text: str | None) -> frozenset[str]:
    """The vertebrae that a text names, if that is all it says; none for anything less plain.

    >>> sorted(levels_in("BWK 8")), sorted(levels_in("L4/5")), sorted(levels_in("8th thoracic vertebra"))
    (['T8'], ['L4', 'L5'], ['T8'])
    >>> sorted(levels_in("T8-T10 vertebral bodies")), levels_in("near T8")
    (['T10', 'T8', 'T9'], frozenset())
    """
    plain = _plain(text)
    return _levels(plain) if plain else frozenset()


@lru_cache(maxsize=4096)
def _levels(plain: str) -> frozenset[str]:
    plain = _AROUND.sub(" ", _WIRBEL.sub(r"\1wirbel", plain))
    plain = re.sub(r"\s+", " ", plain).strip(" .,;:")
    found: set[str] = set()
    before: str | None = None
    part, up_to = "", False
    while plain:
        read = _level(plain, part)
        if read is None:
            return frozenset()
        short = plain[0].isdigit() and before is not None and _ALONE.match(plain) is not None
        name, part, plain = read
        if before is not None and ORDER[before] > ORDER[name] and short:
            return frozenset()  # "Th12/1" is T12 and L1: a number that goes back means a part that is not named
        if before is not None and up_to:
            found |= set(levels(*sorted((before, name), key=ORDER.__getitem__)))
        found.add(name)
        before = name
        joint = _JOINT.match(plain)
        if plain and joint is None:
            return frozenset()
        if joint is not None:
            up_to, plain = joint[1] is not None, plain[joint.end() :]
            if not plain:
                return frozenset()
    return frozenset(found)


def region_in(text: str | None) -> str | None:
    """The region of the spine that a text names, if that is all it says."""
    plain = _plain(text)
    return _region(plain) if plain else None


@lru_cache(maxsize=4096)
def _region(plain: str) -> str | None:
    return next((region for region, named in _WORDS if named.fullmatch(plain)), None)


def is_elsewhere(text: str | None) -> bool:
    """Whether a text names a part of the body, and nothing of the spine."""
    return text is not None and _ELSEWHERE.are_in(text) and not (_SPINE.are_in(text) or _PERHAPS.are_in(text))


def speaks_of_spine(text: str | None) -> bool:
    """Whether a text has a word of the spine."""
    return text is not None and _SPINE.are_in(text)


def _plain(text: str | None) -> str:
    return text.lower().replace("(body structure)", "").strip() if text and len(text) < _LONGEST else ""


def _level(text: str, part: str) -> tuple[str, str, str] | None:
    """The level with which a text begins, its part of the spine, and the rest; ``part`` is that of the one before."""
    for name, level in _NAMES.items():
        if re.match(rf"{name}\b", text):
            return level, level[0], text[len(name) :].lstrip()
    for patterns in (_BEFORE, _AFTER):
        for letter, pattern in patterns:
            match = pattern.match(text)
            if match and not text[match.end() : match.end() + 1].isalnum():
                return _named(letter, match[1], text[match.end() :])
    match = _ALONE.match(text) if part else None
    if match and not text[match.end() : match.end() + 1].isalnum():
        return _named(part, match[1], text[match.end() :])
    return None


def _named(part: str, number: str, rest: str) -> tuple[str, str, str] | None:
    n = _ORDINALS.index(number) + 1 if number in _ORDINALS else int(number)
    name = f"{part}{n}"
    return (name, part, rest.lstrip(" .")) if name in LEVELS else None
