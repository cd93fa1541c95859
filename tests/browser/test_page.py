"""The page as a new user meets it, on a desktop and on a phone."""

import json
import re
from pathlib import Path

import pytest

from tests.browser.visit import PHONE

RECORD = Path(__file__).parents[2] / "examples" / "breast-two-levels.json"


def type_case(visit):
    """Six answers."""
    page = visit.page
    page.select_option("#f-primary-tumour-input", "kidney")
    page.fill("#f-age-input", "62")
    page.select_option("#f-lesion-0-level-input", "T8")
    page.get_by_label("Mechanical: relief").check()
    page.get_by_label("ESCC 1b").check()
    page.locator("#f-lesion-0-myelopathy").get_by_label("No", exact=True).check()
    visit.answered()


# From nothing to a plan


@pytest.mark.parametrize(("name", "size"), [("desktop", (1440, 900)), ("phone", PHONE)])
def test_six_answers_give_a_plan(visit, name, size):
    page = visit.open(size=size)
    visit.shot(f"{name}-1-empty", whole=True)
    type_case(visit)
    assert "Stereotactic radiosurgery" in page.locator("#result").inner_text()
    assert page.locator("#status").inner_text().startswith("T8")
    assert "kidney" not in page.url
    visit.shot(f"{name}-2-typed", whole=name == "phone")
    assert visit.cut_off() == []


def test_the_result_narrows_while_one_types(visit):
    page = visit.open()
    type_case(visit)
    before = page.locator(".bars").first.inner_text()
    page.get_by_label("Lytic").check()
    visit.answered()
    after = page.locator(".bars").first.inner_text()
    assert re.search(r"\d+ to \d+", before)[0] != re.search(r"\d+ to \d+", after)[0]


def test_what_to_find_out_leads_to_its_question_wherever_it_is_folded(visit):
    page = visit.open("/app?example=kidney-complete")
    folded = page.locator(".asks a", has_text="Hypercalcaemia").first
    folded.click()
    assert page.evaluate("document.activeElement.name") == "hypercalcaemia"
    assert page.locator("#f-hypercalcaemia").is_visible()


def test_a_lesion_of_the_picture_leads_to_its_part(visit):
    page = visit.open("/app?example=breast-two-levels")
    page.locator(".spine a[href='#lesion-L4']").first.click()
    assert page.evaluate("document.activeElement.id") == "lesion-L4"


def test_lesions_are_added_and_removed_and_the_answers_stay(visit):
    page = visit.open()
    type_case(visit)
    page.get_by_role("button", name="Add a lesion").click()
    page.wait_for_selector("#f-lesion-1-level-input")
    assert page.evaluate("document.activeElement.id") == "f-lesion-1-level-input"
    page.select_option("#f-lesion-1-level-input", "L3")
    page.locator("#f-lesion-1-tumour-origin").get_by_label("Metastatic").check()
    visit.answered()
    assert page.locator("#lesion-L3").count() == 1
    page.get_by_role("button", name="Remove lesion 1").click()
    page.wait_for_selector("#f-lesion-1-level-input", state="detached")
    assert page.locator("#f-lesion-0-level-input").input_value() == "L3"
    assert page.locator("#lesion-T8").count() == 0


def test_an_answer_is_taken_back(visit):
    page = visit.open()
    type_case(visit)
    page.locator("#f-lesion-0-sins-pain").get_by_label("Unknown").check()
    visit.answered()
    needs = page.locator(".needs").inner_text()
    assert "Pain" in needs


# A record


def test_a_file_is_opened_when_it_is_chosen(visit):
    page = visit.open()
    page.set_input_files("#file", RECORD)
    page.wait_for_selector(".banner")
    assert "Record: breast" in page.locator("#f-primary-tumour").inner_text()
    assert page.locator("#lesion-T10").count() == 1
    visit.shot("desktop-3-record")


def test_a_file_is_dropped(visit):
    page = visit.open()
    handle = page.evaluate_handle(
        """(text) => { const data = new DataTransfer();
           data.items.add(new File([text], "record.json", {type: "application/json"})); return data; }""",
        RECORD.read_text("utf-8"),
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": handle})
    page.wait_for_selector(".banner")
    assert page.locator("#lesion-L4").count() == 1


def test_what_is_wrong_with_a_pasted_record_stands_beside_it(visit, axe):
    page = visit.open()
    page.get_by_text("Paste it").click()
    page.fill("#paste", '{"resourceType": "Patient"}')
    page.click("#open-button")
    page.wait_for_selector("#open-error")
    assert "Put it into a Bundle of type collection." in page.locator("#open-error").inner_text()
    assert page.locator("#paste").input_value() == '{"resourceType": "Patient"}'
    visit.shot("desktop-4-paste-error")
    assert visit.barriers(axe) == []


def test_a_wrong_answer_is_said_at_its_field_and_goes_with_the_mend(visit, axe):
    page = visit.open()
    page.fill("#f-age-input", "sixty")
    visit.answered()
    assert "This is not a number." in page.locator("#f-age-error").inner_text()
    assert page.locator("#f-age-input").get_attribute("aria-invalid") == "true"
    visit.shot("desktop-5-answer-error")
    assert visit.barriers(axe) == []
    page.fill("#f-age-input", "60")
    visit.answered()
    assert page.locator("#f-age-error").inner_text() == ""
    assert page.locator("#f-age-input").get_attribute("aria-invalid") is None


# Keeping


@pytest.mark.parametrize(
    ("button", "name", "begins"),
    [
        ("Sheet as PDF", "spinal-tumour-sheet.pdf", b"%PDF-"),
        ("Answer as FHIR", "spinal-tumour-answer.json", b'{\n  "resourceType": "Bundle"'),
        ("Case as FHIR", "spinal-tumour-case.json", b'{\n  "resourceType": "Bundle"'),
        ("Report as text", "spinal-tumour-report.txt", b"TUMOUR OF THE SPINE"),
    ],
)
def test_what_is_kept_is_what_is_shown(visit, button, name, begins):
    page = visit.open()
    type_case(visit)
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == name
    kept = Path(download.value.path()).read_bytes()
    assert kept.startswith(begins)
    if name.endswith("answer.json"):
        assert {entry["resource"]["resourceType"] for entry in json.loads(kept)["entry"]} >= {"CarePlan", "Provenance"}


def test_the_sheet_opens_to_be_printed(visit):
    page = visit.open("/app?example=kidney-complete")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Sheet for the board").click()
    sheet = opened.value
    sheet.wait_for_load_state()
    assert "T11" in sheet.locator("body").inner_text()
    sheet.emulate_media(media="print")
    visit.page = sheet
    visit.shot("sheet", whole=True)


def test_the_page_itself_can_be_printed(visit):
    page = visit.open("/app?example=kidney-complete")
    page.emulate_media(media="print")
    assert not page.locator("#case").is_visible()
    assert page.locator(".in-short").is_visible()
    visit.shot("desktop-6-print", whole=True)


# For everybody


@pytest.mark.parametrize(
    ("name", "path", "more"),
    [
        ("empty", "/app", {}),
        ("empty-dark", "/app", {"theme": "dark"}),
        ("empty-phone", "/app", {"size": PHONE}),
        ("complete", "/app?example=kidney-complete", {}),
        ("complete-dark", "/app?example=kidney-complete", {"theme": "dark"}),
        ("emergency", "/app?example=prostate-emergency", {}),
        ("emergency-dark", "/app?example=prostate-emergency", {"theme": "dark"}),
        ("emergency-ja", "/app?example=prostate-emergency", {"language": "ja-JP"}),
        ("two-phone", "/app?example=breast-two-levels", {"size": PHONE}),
        ("two-phone-ja-dark", "/app?example=breast-two-levels", {"size": PHONE, "language": "ja-JP", "theme": "dark"}),
        ("conflict", "/app?example=lung-conflict", {}),
        ("primary", "/app?example=chondrosarcoma-t9", {}),
        ("root", "/", {}),
    ],
)
def test_nobody_is_shut_out(visit, axe, name, path, more):
    page = visit.open(path, **more)
    visit.shot(f"state-{name}", whole="phone" in name)
    assert visit.barriers(axe) == []
    # And with everything unfolded.
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    visit.shot(f"state-{name}-unfolded", whole=True)
    assert visit.barriers(axe) == []
    assert visit.cut_off() == []
    assert visit.small_targets() == []


def test_the_name_of_a_lesion_in_the_picture_has_all_that_is_written_there(visit):
    page = visit.open("/app?example=breast-two-levels")
    for mark in page.locator(".spine a.mark").all():
        written = [each.text_content() for each in mark.locator("text").all()]
        assert written
        name = mark.get_attribute("aria-label") or ""
        assert [words for words in written if words not in name and words != "?"] == []
        assert "?" not in written or "not known" in name


def test_a_typed_case_shuts_nobody_out(visit, axe):
    visit.open()
    type_case(visit)
    assert visit.barriers(axe) == []


def test_the_keyboard_alone_gives_a_plan(visit):
    page = visit.open()
    press = page.keyboard.press
    press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    press("Enter")
    assert page.evaluate("document.activeElement.id") == "form"
    press("Tab")
    assert page.evaluate("document.activeElement.name") == "primary-tumour"
    page.keyboard.type("kid")
    for _ in range(60):
        press("Tab")
        name = page.evaluate("document.activeElement.name || ''")
        if name == "lesion.0.level":
            page.keyboard.type("T8")
        if name == "lesion.0.sins-pain":
            press("ArrowDown")
            break
    visit.answered()
    chosen = page.evaluate("document.activeElement.value")
    assert chosen in ("mechanical", "occasional-non-mechanical", "pain-free")
    assert "T8" in page.locator("#result").inner_text()
    box = page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement.closest('.option')); return s.outlineStyle; })()"
    )
    assert box == "solid"


def test_enter_in_a_field_asks_for_the_result_and_keeps_the_page(visit):
    page = visit.open()
    page.evaluate("window.here = true")
    page.fill("#f-age-input", "60")
    page.keyboard.press("Enter")
    visit.answered()
    assert page.evaluate("window.here") is True


def test_the_theme_is_chosen_and_kept(visit):
    page = visit.open()
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(paper)
    assert light != dark
    page.reload()
    assert page.evaluate(paper) == dark
    assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"


def test_the_language_is_changed_and_what_was_typed_stays(visit):
    page = visit.open()
    type_case(visit)
    page.get_by_role("button", name="日本語").click()
    page.wait_for_load_state()
    assert page.locator("html").get_attribute("lang") == "ja"
    assert page.locator("#f-age-input").input_value() == "62"
    assert page.locator(".lesion-plan").count() == 1
    assert "kidney" not in page.url


def test_the_page_works_without_a_script(visit):
    page = visit.open(script=False)
    page.select_option("#f-primary-tumour-input", "kidney")
    page.select_option("#f-lesion-0-level-input", "T8")
    page.get_by_label("Mechanical: relief").check()
    page.get_by_role("button", name="Add a lesion").click()
    page.select_option("#f-lesion-1-level-input", "L3")
    page.get_by_role("button", name="Show the plan").click()
    page.locator("#lesion-T8").wait_for()
    assert page.locator("#f-lesion-1-level-input").input_value() == "L3"
    page.get_by_text("Begin anew, or open another record").click()
    page.set_input_files("#file", RECORD)
    page.get_by_role("button", name="Open the record").click()
    page.locator("#lesion-T10").wait_for()
    assert "Record: breast" in page.locator("#f-primary-tumour").inner_text()
    visit.shot("desktop-7-no-script")


def test_an_emergency_is_said_once_and_not_with_every_answer(visit):
    page = visit.open("/app?example=prostate-emergency")
    assert page.locator(".alarm").get_attribute("role") == "alert"
    page.locator("#f-sex").get_by_label("Male", exact=True).check()
    visit.answered()
    assert page.locator(".alarm").count() == 1
    assert page.locator(".alarm").get_attribute("role") is None


@pytest.mark.parametrize("example", ["breast-settled", "breast-two-levels", "kidney-complete", "prostate-emergency"])
def test_no_label_of_survival_covers_another(visit, example):
    page = visit.open(f"/app?example={example}")
    covered = page.evaluate(
        """() => [...document.querySelectorAll("svg.lane")].flatMap((lane) => {
            const texts = [...lane.querySelectorAll("text")];
            const all = texts.map((each) => [each.textContent, each.getBoundingClientRect()]);
            return all.flatMap(([one, a], n) => all.slice(n + 1).filter(([, b]) =>
                Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 &&
                Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4).map(([other]) => `${one} and ${other}`));
        })"""
    )
    assert covered == []


def test_a_new_emergency_is_in_sight_wherever_the_result_was_scrolled_to(visit):
    page = visit.open()
    type_case(visit)
    pane = page.locator(".pane-result")
    pane.evaluate("(each) => each.scrollTo(0, 1500)")
    page.locator("#f-lesion-0-sphincter-dysfunction").get_by_label("No", exact=True).check()
    visit.answered()
    assert pane.evaluate("(each) => each.scrollTop") > 0  # nothing new, nothing moves
    page.locator("#f-lesion-0-progressive-deficit").get_by_label("Yes", exact=True).check()
    visit.answered()
    box = page.locator(".alarm-line").bounding_box()
    assert 0 <= box["y"] < 450
    visit.shot("desktop-8-new-emergency")


@pytest.mark.parametrize("leave", ["reload", "example"])
def test_a_typed_case_is_not_left_by_a_slip(visit, leave):
    page = visit.open()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    type_case(visit)
    if leave == "reload":
        page.evaluate("setTimeout(() => location.reload(), 0)")
    else:
        page.locator(".examples a").first.click(no_wait_after=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    assert page.locator("#f-age-input").input_value() == "62"


def test_keeping_and_changing_the_language_ask_nothing(visit):
    page = visit.open()
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    type_case(visit)
    with page.expect_download():
        page.get_by_role("button", name="Case as FHIR").click()
    page.get_by_role("button", name="日本語").click()
    page.locator("html[lang=ja]").wait_for()
    assert asked == []


def test_a_file_that_is_too_large_is_said_at_once_and_the_answers_stay(visit, tmp_path):
    page = visit.open()
    type_case(visit)
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (17 * 1024 * 1024))
    page.set_input_files("#file", large)
    page.get_by_text("The record is larger than 16 MiB.").wait_for()
    assert page.locator("#f-age-input").input_value() == "62"
    page.set_input_files("#file", RECORD)
    page.wait_for_selector(".banner")
    assert page.locator("#f-age-input").input_value() == "62"


def test_what_was_unfolded_stays_so_while_one_types(visit):
    page = visit.open("/app?example=kidney-complete")
    page.locator("#d-ledger > summary").click()
    page.fill("#f-age-input", "50")
    visit.answered()
    assert page.locator("#d-ledger").evaluate("(each) => each.open")


def test_a_server_that_is_gone_is_said(visit):
    page = visit.open()
    type_case(visit)
    page.route("**/app?*", lambda route: route.abort())
    page.fill("#f-age-input", "63")
    page.get_by_text("The server cannot be reached.").wait_for()
    visit.errors.clear()  # the browser's own words on it
