"""The sheet as PDF: one page whatever the record, all of the head, the same bytes."""

import re
import zlib
from base64 import a85decode

import pytest

from service import summary
from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.language import LANGUAGES, speaking
from service.page.board import Part, Sheet, sheet, shorter
from service.page.pdf import fitted, pdf
from service.page.typesetting import marked
from service.scoring import SCORES
from service.scoring.sources import Source
from service.vertebrae import LEVELS
from tests.support.answered import stored
from tests.support.records import AS_OF, bundle, metastasis, observation


def of(*resources: dict) -> Assessment:
    return assess(bundle(*resources), when(AS_OF))


def _many(levels: tuple[str, ...]) -> Assessment:
    """Lesions that differ, emergencies among them, of a patient of whom all else is missing."""
    grades = ("escc-2", "escc-1b", "escc-3", "escc-0")
    resources = []
    for n, level in enumerate(levels):
        resources += [metastasis(level), observation("escc-grade", grades[n % 4], level)]
        if n % 2:
            resources.append(observation("progressive-deficit", True, level))
    return of(*resources)


EIGHT = _many(("C1", "C5", "T1", "T4", "T7", "T10", "L1", "L4"))
MOST = _many(LEVELS[1::2])
NOTHING = of(observation("age", (50.0, "a")))
CHILD = of(metastasis("T8"), observation("age", (9.0, "a")))
PRIMARY = of(observation("tumour-origin", "primary", "T8"), observation("wbb-zones", "zone-4", "T8"))
CASES = {"eight": EIGHT, "most": MOST, "nothing": NOTHING, "child": CHILD, "primary": PRIMARY}


def pages(content: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", content))


def printed(content: bytes) -> str:
    """The words of the page, without what is between them."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        body = zlib.decompress(a85decode(stream.strip(), adobe=False) if stream.strip().endswith(b"~>") is False
                               else a85decode(b"<~" + stream.strip(), adobe=True))  # fmt: skip
        found += re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", body)
    text = b"".join(found).decode("latin-1")
    return re.sub(r"\s", "", re.sub(r"\\([()\\])", r"\1", text))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_the_worst_cases_are_one_page(name: str, language: str) -> None:
    assert pages(pdf(CASES[name], language)) == 1


def test_every_stored_record_is_one_page_with_all_of_its_head() -> None:
    for name, assessment in list(stored().items())[::7]:
        content = pdf(assessment)
        assert pages(content) == 1, name
        for line in summary.head(assessment):
            assert re.sub(r"\s", "", line) in printed(content), name


@pytest.mark.parametrize("name", CASES)
def test_what_is_left_out_is_counted(name: str) -> None:
    full = sheet(CASES[name])
    shown = fitted(full)
    assert shown.head == full.head
    assert len(shown.lesions) + shown.more_lesions == len(full.lesions)
    assert len(shown.models) + shown.more_models == len(full.models)
    for part, whole in zip(shown.parts, full.parts, strict=True):
        assert len(part.lines) + part.more == len(whole.lines)
        assert part.lines == whole.lines[: len(part.lines)]
        if part.more:
            assert f"and{part.more}more:seethefullanswer" in printed(pdf(CASES[name]))


def test_nothing_is_left_out_where_there_is_room() -> None:
    known = of(metastasis("T8"), observation("escc-grade", "escc-3", "T8"))
    full = sheet(known)
    assert fitted(full).changes == full.changes
    assert fitted(full).lesions == full.lesions


def test_each_step_leaves_out_more_and_never_of_the_head() -> None:
    steps = list(shorter(sheet(MOST)))

    def shown(one: Sheet) -> int:
        lists: tuple[Part, ...] = (one.missing, one.changes, one.against, one.sources)
        return sum(len(part.lines) for part in lists) + len(one.models) + len(one.lesions)

    sizes = [shown(step) for step in steps]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == len(sizes)
    assert {step.head for step in steps} == {steps[0].head}
    assert len(steps[-1].lesions) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_answer_gives_the_same_bytes(language: str) -> None:
    assert pdf(EIGHT, language) == pdf(EIGHT, language)
    assert f"/Lang ({language})".encode() in pdf(EIGHT, language)


def test_the_document_has_a_title_and_names_nobody() -> None:
    content = pdf(of(metastasis("T8")))
    assert b"/Title (Tumour of the spine: advice for the board)" in content
    assert b"p1" not in printed(content).encode().replace(b"step1", b"")


def test_japanese_is_set_in_a_font_that_has_it() -> None:
    assert b"HeiseiKakuGo-W5" in pdf(EIGHT, "ja")
    assert marked("SINS 脊椎") == ('<font name="Helvetica">SINS </font><font name="HeiseiKakuGo-W5">脊椎</font>')


def test_signs_keep_their_form_and_what_no_font_has_is_put_plainly() -> None:
    assert marked("≥ 3 × 10 – 12 → α") == '<font name="Helvetica">≥ 3 × 10 – 12 → α</font>'
    assert marked("ő\u0007<") == '<font name="Helvetica">o &lt;</font>'
    assert marked("\U0001f600") == '<font name="Helvetica">?</font>'


def test_every_source_can_be_printed_as_it_is_written() -> None:
    sources: set[Source] = {source for score in SCORES for source in score.cites}
    assert sources
    for source in sources:
        assert marked(source.short) == f'<font name="Helvetica">{source.short.replace("&", "&amp;")}</font>'


def test_a_record_without_a_tumour_says_so() -> None:
    with speaking("en"):
        assert (
            "notumourofthespineisproveninthisrecordsonoscoreisgiven"
            in re.sub(r"[,.]", "", printed(pdf(NOTHING))).lower()
        )
