"""Words of orders: which treatment of a plan a text names, and at which levels.

Orders are named in words more often than by a code that is known: in English, German or Japanese. Only what a text says
plainly is read. An order of another part of the body, one that is called off, and a visit after a treatment are not an
order of that treatment: they would be spoken of in vain, and hide advice that nobody has followed.
"""

from __future__ import annotations

import re
import unicodedata

from service.fhir_mapping.inbound.procedures import treatments_in
from service.fhir_mapping.inbound.site_words import is_elsewhere, levels_in, speaks_of_spine
from service.vertebrae import ORDER, Run

_LONGEST = 400
_SPINE_TEAM = (
    r"(?:neurosurg|neurochir|orthop|\bmscc\b|cord compression|\bspine$"
    r"|(?:spin(?:e|al)|wirbels(?:ä|ae)ulen?)[- ]?(?:surg|service|team|cent|unit|coordinat|clinic|oncolog|chir|zentr)"
    r"|脊椎|脊髄|整形|脳神経外科|脳外科)"
)
_SENT = r"(?:\brefer|consult|\bkonsil|überweis|ueberweis|紹介|コンサルト|依頼)"
#: The first that is found counts: what is narrower stands before what it is a kind of.
_TREATMENTS = tuple(
    (treatment, re.compile(words))
    for treatment, words in (
        ("biopsy", r"biops|生検"),
        ("embolisation", r"emboli[sz]|塞栓"),
        ("kyphoplasty", r"k[yi]phoplast|vertebroplast|cement augment|椎体形成|\bbkp\b"),
        ("separation-surgery", r"separation surg|分離手術"),
        ("en-bloc-vertebrectomy", r"en[- ]bloc|total spondyle[ck]tom|(?:椎骨|脊椎|椎体)全摘|一塊切除"),
        (
            "mis-fixation",
            r"percutan\w* (?:\w+ )?(?:screw|fixation|instrument|stabili)|minimally invasive (?:\w+ )?(?:fix|stab)"
            r"|経皮的(?:椎弓根スクリュー|後方)?固定",
        ),
        (
            "decompression-stabilisation",
            r"lamine[ck]t|laminotom|[ck]orpe[ck]tom|椎弓切除|椎弓形成|(?:脊髄|脊椎|椎|後方)\s?除圧",
        ),
        (
            "stabilisation",
            r"spondylodes|pedicle screw|pedikelschraub|fixateur interne|(?:後方|前方|脊椎|脊柱|椎体間)\s?固定"
            r"|(?:spin|vertebr|wirbel|dorsal|posterior)\w* (?:\w+ )?(?:fusion|instrumentation|fixation|stabili[sz])",
        ),
        ("carbon-ion", r"carbon[- ]ion|kohlenstoff-?ion|schwerion|重粒子|炭素イオン"),
        (
            "srs",
            r"stereota[ck]|radiosurg|\b(?:srs|sbrt|sabr)\b|cyber-?knife|gamma[- ]?knife"
            r"|定位(?:放射線|照射|手術)|サイバーナイフ|ガンマナイフ",
        ),
        ("short-course-rt", r"short[- ]course|single fraction|\b8 ?gy\b|\b1 ?x ?8\b|単回照射|短期照射"),
        (
            "cebrt",
            r"conventional\w* (?:\w+ ){0,2}(?:radio|irradiat|radiation)|external beam|\bc?ebrt\b|\b3d-?crt\b|teletherap"
            r"|\b30 ?gy\b|\b10 ?x ?3\b|\b20 ?gy\b|\b5 ?x ?4\b|外照射|外部照射",
        ),
        ("dexamethasone", r"dexameth|decadron|fortecortin|デキサメタゾン|デカドロン"),
        ("denosumab", r"denosumab|xgeva|prolia|デノスマブ|ランマーク"),
        (
            "bone-modifying-agent",
            r"zoledron|pamidron|ibandron|zometa|aredia|bisphosphonat|ゾレドロン|ゾメタ|ビスホスホネート",
        ),
        ("urgent-spine-referral", rf"{_SENT}\w*.*{_SPINE_TEAM}|{_SPINE_TEAM}\w*.*?{_SENT}|\bspine (?:refer|consult)"),
        (
            "mdt-review",
            r"tumou?r ?board|tumorkonferenz|multidisciplinary|\bmd[tm]\b|キャンサーボード|多職種カンファレンス",
        ),
        ("rehabilitation", r"rehabilitat|physiotherap|physical therap|リハビリ|理学療法"),
        ("lab-test", r"laborator|blood (?:test|count|panel)|metabolic panel|血液検査|採血"),
        ("staging", r"\bstaging\b|\bpet\b|pet[-/]ct|bone scan|skelettszinti|骨シンチ|病期診断"),
    )
)
#: Words of an operation on the spine only beside a word of the spine, or by themselves.
_BARE = tuple(
    (treatment, re.compile(words))
    for treatment, words in (
        ("decompression-stabilisation", r"de[ck]ompress|除圧"),
        ("stabilisation", r"stabili[sz](?:ation|ierung)|固定術"),
    )
)
_ALONE = re.compile(
    r"\W*(?:(?:surgical|operative|urgent|emergency|stat|posterior|dorsal)\w* )*"
    r"(?:(?:de[ck]ompression|stabili[sz]ation|stabilisierung|instrumentation|fusion|fixation|除圧|固定術)"
    r"(?: and | und |, ?| ?[/+&] ?| with |\W*$))+"
)
_SPINAL_SURGERY = re.compile(
    r"(?:\bspin(?:e|al)|\bback|wirbels(?:ä|ae)ulen?)[- ]?(?:surg|operat)|(?:surg|operat)\w* (?:\w+ ){0,3}spine\b"
    r"|脊椎手術|脊椎の手術"
)
_JAPANESE_RADIOTHERAPY = re.compile(r"放射線(?:治療|療法)|照射")
_MRI = re.compile(r"\bmri?\b|\bmrt\b|magnetic resonance|kernspin|磁気共鳴")
_WHOLE = re.compile(r"whole|entire|complete|total|gesamt|ganz|全脊")
_CT = re.compile(r"\bct\b|computed tomograph|computertomogra")
_ELSEWHERE_IN_CT = re.compile(r"chest|thorax|abdom|pelvi")
#: A picture is ordered, whatever was done before; but not where it only guides what is done.
_PICTURE = re.compile(
    r"^(?:(?:follow[- ]?up|control|urgent|emergency|stat|repeat)\s)*(?:mri?|mrt|ct|pet)\b"
    r"(?!\W*(?:guid|gesteuert|gest(?:ü|ue)tzt|linac|simul|plan|ガイド))"
)
_CALLED_OFF = re.compile(
    r"^(?:no\b(?!\.)|not\b|kein)|\bdeclin|\brefus|\bcancel|\bwithdrawn|\bnot (?:needed|required|indicated)\b|abgelehnt"
    r"|abgesagt|storniert|不要|中止|拒否"
)
#: A visit for, or after, a treatment is not the treatment.
_VISIT = re.compile(
    rf"{_SENT}|follow[- ]?up|nachsorge|status post|\bs/p\b|\bhistory\b|\bzustand nach\b|simulation|education"
    r"|exercis|training|übung|経過観察"
)
_NO_EMERGENCY = re.compile(r"physio|rehab|\bpain (?:clinic|service|manag)|schmerz|injection|brace|orthosis|orthotic")
_TOPICAL = re.compile(
    r"\beyes?\b|ophthal|\bears?\b|\botic|nasal|\bnose|inhal|topical|cream|ointment|\bdrops?\b|mouth ?wash|intravitreal"
    r"|auge|salbe|creme|tropfen|点眼|点耳|点鼻|軟膏|吸入|クリーム"
)
_ELSEWHERE = re.compile(
    r"\bbrain|hirn|\bcranial|\bwbrt\b|gastric|bowel|intestin|carpal|cubital|tarsal tunnel|subacromial|orbital|biliary"
    r"|乳房|乳腺|前立腺|全脳|脳(?!神経外科|外科)|股関節|大腿|下腿|膝|足関節|肩|上腕|肋骨|肺|肝|腎|胃|腸|膀胱"
)
_JAPANESE_SPINE = re.compile(r"脊|椎")
_REGIONS = tuple(
    (region, re.compile(words))
    for region, words in (
        ("cervical", r"\bcervical|zervikal|\bhws\b|halswirbels|[頸頚]椎"),
        ("thoracic", r"\bthoracic|thorakal|\bbws\b|brustwirbels|胸椎"),
        ("lumbar", r"\blumb(?:ar|al)|\blws\b|lendenwirbels|腰椎"),
        ("sacral", r"\bsa[ck]r(?:al|um)|kreuzbein|仙骨|仙椎"),
    )
)
_PARTS = {"頸": "c", "頚": "c", "胸": "t", "腰": "l", "仙": "s"}
_JAPANESE_LEVEL = re.compile(r"第?\s?(\d{1,2})\s?([頸頚胸腰仙])椎|([頸頚胸腰仙])椎\s?第?\s?(\d{1,2})")
#: The border between Latin letters and others, at which no blank stands.
_SCRIPTS = re.compile(r"(?<=[a-z0-9])(?=[\u3040-\u9fff])|(?<=[\u3040-\u9fff])(?=[a-z0-9])")
_LEVELS = re.compile(
    r"\b(?:[ctls]|th|[hbl]w[ks])\s?\d{1,2}(?:\s*(?:-|\u2013|/|to|bis)\s*(?:(?:[ctls]|th|[hbl]w[ks])\s?)?\d{1,2})?\b"
)
_RADIOTHERAPY, _SURGERY = "prior-radiotherapy-at-level", "prior-surgery-at-level"


def treatment_in(text: str | None, *, of_spine: bool = False) -> str | None:
    """The treatment of a plan that a text names; ``radiotherapy`` or ``surgery`` where it does not say which, and
    ``mri-spine`` for a part of the spine. ``of_spine`` says that the order names a place in the spine elsewhere.

    >>> treatment_in("SBRT T8 27 Gy/3"), treatment_in("Palliative radiotherapy of the spine"), treatment_in("Walk")
    ('srs', 'radiotherapy', None)
    >>> treatment_in("SBRT left hip"), treatment_in("MRI spine after SBRT"), treatment_in("第8胸椎 放射線治療")
    (None, 'mri-spine', 'radiotherapy')
    """
    plain = _plain(text)
    if not plain or _CALLED_OFF.search(plain):
        return None
    spine = of_spine or speaks_of_spine(plain) or _JAPANESE_SPINE.search(plain) is not None
    if _PICTURE.search(plain):
        found = next((t for t, words in _TREATMENTS if t in ("staging", "biopsy") and words.search(plain)), None)
        return found or _picture(plain, spine=spine)
    found = next((treatment for treatment, words in _TREATMENTS if words.search(plain)), None)
    if found in (None, "stabilisation") and (spine or _ALONE.fullmatch(plain)):
        found = next((treatment for treatment, words in _BARE if words.search(plain)), found)
    if found is None and (_MRI.search(plain) or _CT.search(plain)):
        return _picture(plain, spine=spine)
    if found is None:
        found = _kind(plain)
    return found if found is not None and _is_meant(found, plain, of_spine=of_spine) else None


def _picture(plain: str, *, spine: bool) -> str | None:
    if _MRI.search(plain):
        return ("mri-whole-spine" if _WHOLE.search(plain) else "mri-spine") if spine else None
    if spine:
        return "ct-spine"
    return "staging" if _ELSEWHERE_IN_CT.search(plain) else None


def _kind(plain: str) -> str | None:
    """What is ordered where a text does not say which treatment."""
    named = treatments_in(plain)
    if _RADIOTHERAPY in named or _JAPANESE_RADIOTHERAPY.search(plain):
        return "radiotherapy"
    return "surgery" if _SURGERY in named or _SPINAL_SURGERY.search(plain) else None


def _is_meant(treatment: str, plain: str, *, of_spine: bool) -> bool:
    """Whether a treatment of which a text has the words is what it orders, and orders for the spine."""
    if treatment == "dexamethasone":
        return not is_topical(plain)
    if treatment == "urgent-spine-referral":
        return not _NO_EMERGENCY.search(plain) and not names_elsewhere(plain)
    if treatment in _FOR_THE_PATIENT:
        return True
    return not _VISIT.search(plain) and (of_spine or not names_elsewhere(plain))


#: What is not done at a place of the spine.
_FOR_THE_PATIENT = frozenset(
    ("biopsy", "denosumab", "bone-modifying-agent", "mdt-review", "rehabilitation", "lab-test", "staging")
)


def names_elsewhere(text: str | None) -> bool:
    """Whether a text names another part of the body, and nothing of the spine.

    >>> names_elsewhere("EBRT left hip 8 Gy"), names_elsewhere("EBRT T8 and left hip"), names_elsewhere("EBRT")
    (True, False, False)
    """
    plain = _plain(text)
    if speaks_of_spine(plain) or _JAPANESE_SPINE.search(plain):
        return False
    return is_elsewhere(plain) or _ELSEWHERE.search(plain) is not None


def is_topical(text: str | None) -> bool:
    """Whether a text is of a drug for the eye, the skin or the airways."""
    return _TOPICAL.search(_plain(text)) is not None


def levels_named(text: str | None) -> Run:
    """The levels that a text names among other words.

    >>> levels_named("SBRT T8-T9 27 Gy/3"), levels_named("EBRT to the hip"), levels_named("第8胸椎 照射")
    (('T8', 'T9'), (), ('T8',))
    """
    found: set[str] = set()
    for match in _LEVELS.finditer(_plain(text)):
        found |= levels_in(match[0])
    return tuple(sorted(found, key=ORDER.__getitem__))


def region_named(text: str | None) -> str | None:
    """The region of the spine that a text names among other words; None for none, or for several.

    >>> region_named("EBRT lumbar spine 30 Gy"), region_named("thoracolumbar fusion"), region_named("EBRT")
    ('lumbar', None, None)
    """
    plain = _plain(text)
    found = [region for region, words in _REGIONS if words.search(plain)]
    return found[0] if len(found) == 1 else None


def _plain(text: str | None) -> str:
    if not text or len(text) > _LONGEST:
        return ""
    lower = unicodedata.normalize("NFKC", text).lower().strip()
    lower = _JAPANESE_LEVEL.sub(lambda m: f" {_PARTS[m[2] or m[3]]}{m[1] or m[4]} ", lower)
    return _SCRIPTS.sub(" ", lower).strip()
