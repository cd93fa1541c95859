"""The sheet as HTML: the words of the PDF, whole in itself, and nothing of the patient's name."""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

import pytest

from service.assess import assess
from service.assessment import Assessment
from service.fhir_mapping.inbound.dates import when
from service.language import LANGUAGES, speaking, told
from service.page.board import sheet
from service.page.pdf import fitted
from service.page.sheet import POLICY, html
from service.policy import Policy
from tests.support.records import AS_OF, bundle, metastasis, observation, primary

PATIENT = {
    "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1958-03-04",
    "name": [{"family": "Xylander", "given": ["Quirina"]}],
    "identifier": [{"system": "urn:mrn", "value": "MRN-778899"}],
}  # fmt: skip


def of(*resources: dict, policy: Policy | None = None) -> Assessment:
    return assess(bundle(*resources), when(AS_OF), policy or Policy())


CASE = of(
    PATIENT, metastasis("T8"), metastasis("L1"), primary("kidney"),
    observation("escc-grade", "escc-2", "T8"), observation("progressive-deficit", True, "T8"),
)  # fmt: skip


def text_of(page: str) -> str:
    page = re.sub(r"<(style|svg|title)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_of_the_fitted_sheet_is_on_it(language: str) -> None:
    with speaking(language):
        shown = fitted(sheet(CASE))
        page = text_of(html(CASE))
        for line in (*shown.head, *(line for part in shown.parts for line in part.lines), shown.caveat, shown.patient):
            assert re.sub(r"\s+", " ", told(line)) in page
        for lesion in shown.lesions:
            assert told(lesion.advice) in page
        for model in shown.models:
            assert told(model.name) in page


def test_it_names_nobody() -> None:
    page = html(CASE)
    for secret in ("Xylander", "Quirina", "MRN-778899", "1958-03-04", "p1"):
        assert secret not in text_of(page)
        if secret != "p1":
            assert secret not in page


def test_it_is_whole_in_itself_under_a_policy_that_lets_nothing_else_load() -> None:
    page = html(CASE)
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in POLICY
    assert "default-src 'none'" in POLICY
    assert not re.search(r"<script|<link|<img|@import|url\((?!#)|\sstyle=|\son[a-z]+=", page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_language_is_said(language: str) -> None:
    with speaking(language):
        assert f'<html lang="{language}"' in html(CASE)


def test_an_emergency_is_marked_and_stands_first() -> None:
    page = html(CASE)
    assert 'class="head emergency"' in page
    assert re.search(r'<p class="alarm">(POSSIBLE )?EMERGENCY', page)


def test_a_name_of_a_policy_is_escaped() -> None:
    page = html(of(metastasis("T8"), policy=Policy(name="<b>&</b>")))
    assert "<b>&</b>" not in page
    assert "&lt;b&gt;" in page


def test_the_board_has_space_to_decide_and_sign() -> None:
    page = text_of(html(CASE))
    for words in ("Decision of the board", "Date", "Present", "Signatures"):
        assert words in page


def test_the_same_advice_for_another_lesion_is_said_once() -> None:
    alike = of(metastasis("T3"), metastasis("T7"), primary("kidney"))
    first, second = sheet(alike).lesions
    assert second.advice == f"as for {first.place}"
    assert len(first.advice) > len(second.advice)


def test_what_is_for_the_patient_as_a_whole_has_a_line() -> None:
    found = of(metastasis("T8"), primary("unknown-primary"))
    (line,) = sheet(found).care
    assert line.place == "Patient"
    assert "biopsy" in line.advice.lower()
