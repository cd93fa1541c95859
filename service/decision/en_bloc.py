"""En bloc resection of a metastasis: the few who meet every criterion, by the zones (WBB) of the tumour.

The criteria are those of total en bloc spondylectomy (Morimoto 2024), with the stricter ones of Hong 2022 said beside
them. Stereotactic radiosurgery (SRS) has taken its place for most single metastases, so the board always decides
between the resection and the plan by NOMS.
"""

from __future__ import annotations

from service.conditions import all_of, any_of, at_least, at_most, below, is_, not_, within
from service.decision import wbb
from service.decision.model import Bar, Checklist, Criterion, Note, Row, Rule
from service.decision.noms import FIT
from service.decision.tumours import HYPERVASCULAR
from service.scoring.common import NO_VISCERAL
from service.scoring.model import Reading
from service.scoring.sources import HONG_2022, MATSUMOTO_2024, MORIMOTO_2024, VASUDEVA_2017

EN_BLOC = Rule("en-bloc", "En bloc resection", MORIMOTO_2024)
OR_SRS = Rule("en-bloc", "En bloc resection or SRS", HONG_2022)
# The title is that of the rule of NOMS: both are published as one.
BEFORE = Rule("embolisation", "Preoperative embolisation", MORIMOTO_2024)

_BONES, _RUN, _SPINE = "extraspinal-bone-metastasis-count", "contiguous-level-count", "vertebral-metastasis-count"
# A run of two or three vertebrae holds all that there are where no more vertebrae have a metastasis than it is long.
_ONE_RUN = any_of(*(all_of(at_least(_RUN, levels), at_most(_SPINE, levels)) for levels in (2, 3)))
SOLITARY = all_of(
    at_most(_RUN, 3),
    any_of(is_("bone-metastases", "solitary"), all_of(at_most(_BONES, 0), _ONE_RUN)),
)
"""One metastasis, or one run of at most three vertebrae and none elsewhere in bone."""
SURVIVAL = at_least("life-expectancy", 12)
NAMED = is_("primary-tumour", "kidney", "thyroid", "breast", "prostate")
"""Tumours that the source names without reserve."""
FOR_THE_BOARD = is_(
    "primary-tumour",
    *("lung-nsclc", "stomach", "small-bowel", "colon", "rectum", "gallbladder-biliary", "pancreas", "ovary", "other"),
)
"""Tumours of which some are in the criteria (some lung cancers, mucin-producing carcinomas), and no code says which."""
NO_ORGANS = all_of(NO_VISCERAL, is_("brain-metastases", False))
IN_THE_VERTEBRA = within(wbb.LAYERS, "B", "C")

_NAMED = Criterion(
    "kidney, thyroid, breast or prostate cancer (of lung cancers and mucin-producing carcinomas some count, which the "
    "board decides)",
    NAMED,
)
_OTHERS: tuple[Criterion, ...] = (
    Criterion("a solitary metastasis, or at most 3 contiguous levels and no other bone metastasis", SOLITARY),
    Criterion("expected survival of 12 months or more", SURVIVAL),
    Criterion("ECOG 0 or 1", is_("ecog", 0, 1)),
    Criterion("no metastasis in an organ or the brain", NO_ORGANS),
    Criterion("layers (WBB) B and C only", IN_THE_VERTEBRA),
    Criterion("fit for surgery", FIT),
)
_BUT_HISTOLOGY = all_of(*(criterion.when for criterion in _OTHERS))
CRITERIA = all_of(_BUT_HISTOLOGY, NAMED)
"""All but the zones."""

ROWS: tuple[Row, ...] = (
    Row(
        BEFORE,
        # The advice is for vertebrectomy; of the others it is for what bleeds (Hong 2022).
        all_of(CRITERIA, any_of(wbb.PATTERNS[0].fits, all_of(HYPERVASCULAR, wbb.FITS))),
        ("embolisation",),
        "before an en bloc resection, of which heavy bleeding is the commonest complication",
        told=wbb.SETS,
    ),
    *(
        Row(
            EN_BLOC,
            all_of(CRITERIA, pattern.fits),
            (pattern.treatment,),
            f"the criteria for en bloc resection of a metastasis are met, and its zones (WBB) fit {pattern.title}",
            told=wbb.SETS,
        )
        for pattern in wbb.PATTERNS
    ),
    Row(
        OR_SRS,
        all_of(CRITERIA, wbb.FITS),
        ("mdt-review",),
        "en bloc resection is an alternative to the plan by NOMS, and not a step of it: SRS has replaced it for most "
        "single metastases (local control 84-88 %, Hong 2022); it counts more where SRS is not to be had",
        told=wbb.SETS,
    ),
    Row(
        EN_BLOC,
        all_of(CRITERIA, wbb.AS_PRINTED),
        ("mdt-review",),
        f"the other criteria for en bloc resection of a metastasis are met, but {wbb.AS_PRINTED_SAID}",
        told=wbb.SETS,
    ),
    Row(
        EN_BLOC,
        all_of(CRITERIA, wbb.NO_PATTERN),
        ("mdt-review",),
        f"the other criteria for en bloc resection of a metastasis are met, but {wbb.NO_PATTERN_SAID}",
        told=wbb.SETS,
    ),
    Row(
        EN_BLOC,
        all_of(_BUT_HISTOLOGY, FOR_THE_BOARD, wbb.FITS),
        ("mdt-review",),
        "all criteria for en bloc resection of a metastasis but the histology are met: some lung cancers and "
        "mucin-producing carcinomas are in them, and whether this tumour is one the board decides",
        told=wbb.SETS,
    ),
)

CHECKLISTS: tuple[Checklist, ...] = (
    Checklist(
        EN_BLOC,
        "En bloc resection of a metastasis",
        (
            *_OTHERS,
            _NAMED,
            Criterion("an en bloc pattern fits its zones (WBB)", wbb.FITS),
        ),
        considered=any_of(is_("bone-metastases", "solitary"), wbb.PART_OF_THE_RING),
    ),
)

BARS: tuple[Bar, ...] = ()
"""None of its own: what makes a patient unfit for any operation is with the fitness for surgery."""

_METASTASIS = not_(is_("tumour-origin", "primary", "dumbbell"))

NOTES: tuple[Note, ...] = (
    Note(
        wbb.TREATMENTS,
        "Expected survival is under 24 months: one review asks for 1 to 2 years (Morimoto 2024), another for more than "
        "2 (Hong 2022).",
        HONG_2022,
        all_of(_METASTASIS, below("life-expectancy", 24)),
        perhaps="Ideally the expected survival is 24 months or more (Hong 2022), which is not certain here.",
    ),
    Note(
        wbb.TREATMENTS,
        "Survival after such operations was 70 % at 3 and 60 % at 5 years in selected patients (Kato 2022, n = 124, "
        "quoted in Hong 2022); other authors found no effect on the course of the cancer.",
        HONG_2022,
        _METASTASIS,
    ),
    Note(
        wbb.TREATMENTS,
        "Infection of the wound follows up to 30 % of operations for spinal metastases.",
        HONG_2022,
        _METASTASIS,
    ),
    Note(
        wbb.TREATMENTS,
        "Several patterns fit its zones: they are alternatives, and the surgeon chooses.",
        None,
        wbb.SEVERAL_FIT,
    ),
    Note(
        wbb.TREATMENTS[:1],
        "At least one pedicle has to be free of tumour. Where the tumour has reached the other, the arch is taken out "
        "piecemeal.",
        MATSUMOTO_2024,
    ),
    Note(
        wbb.TREATMENTS[3:],
        "Few have been reported: 5 patients, none of whom needed an anterior reconstruction (Vasudeva 2017), and 3 "
        "with a modified technique, all with clear margins and with more blood lost (Morimoto 2024).",
        VASUDEVA_2017,
    ),
    # No row, for it asks for nothing; where all of it is certain the checklist says the same, criterion by criterion.
    Note(
        ("srs", "cebrt"),
        "",
        MORIMOTO_2024,
        all_of(
            NAMED,
            at_most(_RUN, 1),
            is_("bone-metastases", "solitary"),
            not_(any_of(is_("progressive-deficit", True), is_("spinal-cord-compression", True))),
        ),
        perhaps="En bloc resection may be an alternative, where this is the only metastasis and the cord is free, in "
        "one who is fit and likely to live a year, with cancer of the kidney, thyroid, breast or prostate: its zones "
        "and layers (WBB) decide.",
    ),
)

READINGS: tuple[Reading, ...] = (
    *wbb.READINGS,
    Reading(
        "Expected survival for en bloc resection of a metastasis is more than 1 to 2 years in one review (Morimoto "
        "2024), more than 2 in another (Hong 2022).",
        "12 months or more; where 24 are not certain, a note says so.",
    ),
    Reading(
        "One review names kidney, thyroid, breast, prostate, mucin-producing carcinoma and some lung cancers; another "
        "asks for a slow-growing tumour, and names none.",
        "The four that are named without reserve. Non-small-cell lung cancer, adenocarcinomas that may produce mucin "
        "and tumours that the record does not classify go to the board; all others do not meet the criterion.",
    ),
    Reading(
        "One metastasis, usually not more than three contiguous levels; how other bone metastases count is not said.",
        "Solitary, or a run of two or three vertebrae with no other metastasis in the spine or in another bone. Where "
        "the record does not say, it is mentioned for one vertebra of a tumour that counts.",
    ),
    Reading(
        "No metastases to major organs, without a list.",
        "None in an organ and none in the brain. Meningeal spread alone is no organ metastasis, as in the scores.",
    ),
    Reading(
        "The tumour is confined to the vertebral body, and yet sagittal resection and COPPER are said to be for "
        "tumours beside the vertebra and with extension out of it too.",
        "Layers B and C alone, for every pattern: with A, D or E the criterion is not met.",
    ),
    Reading(
        "Embolisation is advised before total en bloc spondylectomy; of the other patterns nothing is said.",
        "Before vertebrectomy always; before the others for a hypervascular tumour.",
    ),
)
