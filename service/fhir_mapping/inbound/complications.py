"""Complications at the spine that a diagnosis names by words, or by a symptom that may have many causes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from service.fhir_mapping.inbound.reading import Notebook
from service.fhir_mapping.inbound.slices import CodeableConcept
from service.fhir_mapping.inbound.words import Words, worded

_COMPRESSION = frozenset(("spinal-cord-compression",))
_DEFICIT = frozenset(("spinal-cord-compression", "progressive-deficit", "myelopathy"))
_SPHINCTER = frozenset(("sphincter-dysfunction",))
_WEAKNESS = frozenset(("progressive-deficit", "myelopathy"))
_FRACTURE = frozenset(("pathologic-fracture",))

#: Words of complications, and what each may be.
BY_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    (
        r"(?:spinal )?cord compress|epidural (?:spinal )?compress|compression of (?:the )?spinal cord|\bm[es]cc\b"
        r"|m(?:ye|y)lonkompress|r(?:ü|ue)ckenmark\w*[- ]?kompress",
        _COMPRESSION,
    ),
    (
        r"querschnitt|(?:para|tetra|quadri)(?:pleg|pares)"
        r"|l(?:ä|ae)hmung (?:der |beider )?(?:beine|unteren)|paraly\w+ (?:of|in) (?:the |both )?(?:leg|lower)",
        _DEFICIT,
    ),
    (
        r"cauda[ -]equina[ -]?(?:syndrom|compress|lesion|l(?:ä|ae)sion)|[ck]auda-?syndrom"
        r"|compression of (?:the )?cauda",
        frozenset(("cauda-equina-syndrome",)),
    ),
    (
        r"reithosen|saddle an(?:a?e|e)sth|perineal (?:numb|hypa?esth)|perianal\w* (?:numb|taub|hyp(?:ä|ae)sth)",
        frozenset(("cauda-equina-syndrome", "sphincter-dysfunction")),
    ),
    (r"myelopath", frozenset(("myelopathy",))),
    (
        r"blasen-?,?(?: und |/| u\. ?)?(?:mast)?darm|urinary retention|harnverhalt|(?:harn|stuhl)inkontinen"
        r"|(?:urinary|f(?:ae|a|e)cal|bowel|bladder) (?:and \w+ )?(?:incontinen|dysfunction)"
        r"|neurogenic (?:bladder|bowel)|neurogene blase|(?:blasen|mastdarm|darm)-?l(?:ä|ae)hmung",
        _SPHINCTER,
    ),
    (
        r"(?:leg|lower limb|lower extremity|arm|motor) weakness|weakness (?:of|in) (?:the |both )?(?:leg|lower|arm)"
        r"|beinschw(?:ä|ae)che|beinpares|unable to walk|cannot walk|gangunsicher|gangst(?:ö|oe)rung|gehunf(?:ä|ae)hig"
        r"|kann nicht (?:mehr )?(?:laufen|gehen)"
        r"|unsteady gait|gait disturb|foot drop|drop foot|fu(?:ß|ss)heber|kraftminderung|kraftverlust|\bl(?:ä|ae)hmung"
        r"|motor deficit|motorisches? (?:defizit|ausfall)|neurologi\w+ (?:deficit|defizit|ausf(?:a|ä|ae)ll)",
        _WEAKNESS,
    ),
    (
        r"patholog\w+ (?:\w+ )?fra[ck]tur|fra[ck]tur\w*\W+(?:\w+\W+){0,2}patholog|collapsed vertebra"
        r"|vertebral collapse",
        _FRACTURE,
    ),
)
_NAMED = Words(BY_WORDS)
#: What a lesion at the spine may do to the cord and the nerves: one sign of it leaves each of them open.
NEUROLOGY = _DEFICIT | _SPHINCTER | {"cauda-equina-syndrome", "radiculopathy"}
ALL = frozenset[str]().union(*(findings for _, findings in BY_WORDS))
WORDS = "|".join(pattern for pattern, _ in BY_WORDS)
#: Of a diagnosis that says it in words, these are left open as a suspicion; a weakness alone has too many causes.
_SUSPECTED = _DEFICIT | _SPHINCTER | {"cauda-equina-syndrome"}
#: By their concept, symptoms that no finding follows from, and that a record with them does not deny.
_BY_CONCEPT = {
    "finding.gait": _WEAKNESS,
    "finding.motor_weakness": _WEAKNESS,
    "finding.vertebral_collapse": _FRACTURE,
}
_DENIED = worded(r"\b(?:no|not|without|kein\w*|ohne|nicht|denies|negative for|excluded|ausgeschlossen)\b")
#: Who cannot walk denies nothing.
_UNABLE = re.compile(r"\b(?:kann nicht|can not|not able)\b", re.IGNORECASE)


def named(texts: Iterable[str]) -> frozenset[str]:
    """What a complication that words name may be; nothing where they name none.

    >>> sorted(named(["Inkomplette Paraparese"]))
    ['myelopathy', 'progressive-deficit', 'spinal-cord-compression']
    """
    return frozenset[str]().union(*map(_NAMED.of, texts))


def suspected(texts: Iterable[str]) -> frozenset[str]:
    """What words alone leave open as a suspicion: they name it, and do not deny it.

    >>> sorted(suspected(["Blasenlähmung, kann nicht mehr laufen"])), suspected(["keine Blasenlähmung"])
    (['myelopathy', 'progressive-deficit', 'sphincter-dysfunction'], frozenset())
    """
    return named(text for text in texts if not _DENIED.are_in(_UNABLE.sub("", text))) & _SUSPECTED


def beside(findings: Iterable[str]) -> frozenset[str]:
    """What silence does not deny where these are spoken of: they come together, and a record names some of them."""
    return NEUROLOGY if (NEUROLOGY - {"radiculopathy"}) & set(findings) else frozenset()


def leave_open(concept: CodeableConcept, notes: Notebook) -> None:
    """Keeps silence from denying what a symptom may be a sign of."""
    for coding in concept.coding:
        for each in notes.terms.concepts(coding.system, coding.code):
            named = _BY_CONCEPT.get(each, frozenset())
            notes.mentioned |= named | beside(named)
