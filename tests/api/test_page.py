"""The page at /app, as a browser without a script sees it, and as the script does."""

import gzip
import io
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import orjson
import pytest

from service.api import page as page_door
from service.api import posted
from service.api.app import create_app
from service.api.settings import Settings
from service.page.record import EXAMPLES, example, packed
from tests.support.records import bundle, condition, metastasis, observation, primary

CASE = {
    "primary-tumour": "kidney",
    "age": "62",
    "lesion.0.level": "T8",
    "lesion.0.sins-pain": "mechanical",
    "lesion.0.escc-grade": "escc-1b",
}
BY_SCRIPT = {"HX-Request": "true"}
DOWNLOADS = {
    "answer": ("application/fhir+json", b'"CarePlan"'),
    "case": ("application/fhir+json", b'"QuestionnaireResponse"'),
    "text": ("text/plain", b"ADVICE FOR THE BOARD"),
    "pdf": ("application/pdf", b"%PDF-"),
}
VOID = {"meta", "link", "input", "br", "img", "hr", "wbr", "source"}


class Page(HTMLParser):
    """What a test asks of a page: its elements, its text, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.words = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag, **attrs):
        wanted = {name.replace("_", "-"): value for name, value in attrs.items()}
        return [
            found
            for name, found in self.elements
            if name == tag and all(found.get(key) == value for key, value in wanted.items())
        ]

    def one(self, tag, **attrs):
        (found,) = self.all(tag, **attrs)
        return found


def body(response):
    data = response.data
    return (gzip.decompress(data) if response.headers.get("Content-Encoding") == "gzip" else data).decode()


def form_of(page):
    """What a browser would post of the page as it is."""
    found, select = {}, None
    for tag, attrs in page.elements:
        if tag == "input" and attrs.get("type") in ("text", "hidden", "date"):
            found[attrs["name"]] = attrs.get("value") or ""
        elif tag == "input" and attrs.get("type") == "radio" and "checked" in attrs:
            found[attrs["name"]] = attrs["value"]
        elif tag == "select":
            select = attrs["name"]
        elif tag == "option" and "selected" in attrs:
            found[select] = attrs["value"]
    return found


def upload(client, data, name="record.json", **more):
    return client.post("/app", data={"do": "open", "file": (io.BytesIO(data), name), **more})


def record(*resources):
    return orjson.dumps(bundle(metastasis("T8"), primary("breast"), *resources))


# Three ways to begin


def test_the_empty_page_asks_and_answers_nothing(client):
    response = client.get("/app")
    page = Page(body(response))
    assert response.status_code == 200
    assert "The plan appears here" in body(response)
    assert page.one("html")["lang"] == "en"
    assert set(form_of(page).values()) <= {"", "g/dL"}  # nothing is chosen for anybody


def test_a_case_by_hand_is_answered_without_a_script(client):
    response = client.post("/app", data=CASE)
    page = Page(body(response))
    assert response.status_code == 200
    assert "Stereotactic radiosurgery (SRS)" in body(response)
    kept = form_of(page)
    assert {name: kept[name] for name in CASE} == CASE


@pytest.mark.parametrize("one", EXAMPLES, ids=lambda each: each.name)
def test_every_example_is_answered_and_says_that_it_is_made_up(client, one):
    text = body(client.get(f"/app?example={one.name}"))
    Page(text)
    assert f"Example, a made-up patient: {one.title}." in text
    assert 'data-kind="answer"' in text


def test_an_example_that_there_is_not_is_the_empty_page(client):
    assert "The plan appears here" in body(client.get("/app?example=../../etc/passwd"))


def test_a_record_is_uploaded_and_stays_in_the_page(client):
    response = upload(client, record())
    page = Page(body(response))
    assert response.status_code == 200
    assert "Your record. It is in this page alone" in body(response)
    again = client.post("/app", data={**form_of(page), "lesion.0.sins-pain": "mechanical"})
    assert "Record: breast" in body(again)
    assert 'data-kind="answer"' in body(again)


def test_a_record_is_pasted(client):
    response = client.post("/app", data={"do": "open", "paste": record().decode()})
    assert "Record: breast" in body(response)


def test_a_lesion_of_the_record_has_its_level_in_the_form(client):
    page = Page(body(upload(client, record(metastasis("L2")))))
    kept = form_of(page)
    assert {kept["lesion.0.level"], kept["lesion.1.level"]} == {"T8", "L2"}


def test_typed_answers_are_kept_when_a_record_is_opened(client):
    response = upload(client, record(), **{"ecog": "3", "lesion.0.level": "C4", "lesion.0.sins-pain": "pain-free"})
    kept = form_of(Page(body(response)))
    assert kept["ecog"] == "3"
    assert (kept["lesion.1.level"], kept["lesion.1.sins-pain"]) == ("C4", "pain-free")


# What is wrong


@pytest.mark.parametrize(
    ("data", "status", "mend"),
    [
        (b"", 400, "The file is empty. Choose another one"),
        (b" \n", 400, "The file is empty. Choose another one"),
        (b"MSH|^~&|LAB|", 400, "Let the integration engine convert it"),
        (b'{"resourceType": "Patient"}', 400, "Put it into a Bundle of type collection."),
        (b"{", 400, "This JSON breaks off"),
        (b'{"resourceType":"Bundle","type":"collection","entry":[{}]}', 422, "The entry has no resource."),
        (b"\xff\xfe{}", 400, "UTF-16"),
    ],
)
def test_a_record_that_cannot_be_read_is_said_beside_its_field(client, data, status, mend):
    response = upload(client, data)
    page = Page(body(response))
    assert response.status_code == status
    assert mend in body(response)
    assert page.one("div", id="open-error")["role"] == "alert"
    assert page.one("input", id="file")["aria-describedby"] == "open-error"


def test_what_was_pasted_is_not_lost_when_it_is_wrong_and_runs_nowhere(client):
    response = client.post("/app", data={"do": "open", "paste": '<script>alert(1)</script>"'})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body(response)
    assert "<script>alert" not in body(response)


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("albumin", "three", "This is not a number."),
        ("age", "400", "Age is a number from 0 to 150"),
        ("lesion.0.wbb-zones", "99", "WBB zones"),
        ("lesion.0.level", "T99", "There is no such level."),
        ("as-of", "tomorrow", "This is a day, or a time with its zone."),
    ],
)
def test_a_wrong_answer_is_said_at_its_field_and_is_never_an_empty_success(client, name, value, mend):
    response = client.post("/app", data={**CASE, name: value})
    page = Page(body(response))
    field = f"f-{name}".replace(".", "-")
    assert response.status_code == 422
    assert page.one("li", data_field=field)
    assert re.search(rf'id="{field}-error">{re.escape(mend)}', body(response))
    assert any(f"{field}-error" in (found.get("aria-describedby") or "") for _, found in page.elements)
    # A level that there is not cannot be the choice of a list.
    assert form_of(page).get(name) == (None if value == "T99" else value)


def test_the_script_gets_the_same_status(client):
    response = client.post("/app", data={**CASE, "age": "x"}, headers=BY_SCRIPT)
    assert response.status_code == 422
    assert "<html" not in body(response)


def test_a_choice_that_is_not_offered_is_refused(client):
    response = client.post("/app", data={**CASE, "lesion.0.sins-pain": "unbearable"})
    assert response.status_code == 422
    assert "unbearable" not in body(response)


def test_a_damaged_record_is_an_error_in_html(client):
    response = client.post("/app", data={"record": "xxxx"})
    assert response.status_code == 400
    assert response.mimetype == "text/html"
    assert "Open it again" in body(response)
    Page(body(response))


def test_too_large_a_record_is_refused_whichever_way_it_comes():
    client = create_app(Settings(max_body_bytes=10_000)).test_client()
    large = orjson.dumps(bundle(*(observation("sins-pain", "mechanical", "T8") for _ in range(200))))
    for response in (
        upload(client, large),
        client.post("/app", data={"do": "open", "paste": large.decode()}),
        client.post("/app", data={"record": packed(large)}),
    ):
        assert response.status_code == 413
        assert response.mimetype == "text/html"
        assert "The record is larger than" in body(response)


def test_a_form_of_endless_fields_is_refused(client):
    response = client.post("/app", data="a=&" * 3000, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 400
    assert "too many fields" in body(response)


def test_a_fault_of_ours_is_a_page_that_says_so(client, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("of Jane Roe")

    monkeypatch.setattr("service.api.page.assessed", broken)
    for headers in ({}, BY_SCRIPT):
        response = client.post("/app", data=CASE, headers=headers)
        assert response.status_code == 500
        assert response.mimetype == "text/html"
        assert "Report it with the request id" in body(response)
        assert "Jane" not in body(response)


# The script


def test_the_script_gets_the_result_alone(client):
    response = client.post("/app", data=CASE, headers=BY_SCRIPT)
    text = body(response)
    Page(text)
    assert text.startswith('<div class="result"')
    assert "<form" not in text


@pytest.mark.parametrize(("do", "lesions"), [("add", 2), ("remove:0", 1), ("remove:7", 1), ("remove:x", None)])
def test_lesions_are_added_and_removed_with_and_without_the_script(client, do, lesions):
    page = Page(body(client.post("/app", data={**CASE, "do": do})))
    part = body(client.post("/app", data={**CASE, "do": do}, headers=BY_SCRIPT))
    levels = [found["name"] for found in page.all("select") if found["name"].endswith(".level")]
    assert len(levels) == (lesions or 1)
    if lesions:
        assert part.count('.level"') == lesions
        assert 'hx-swap-oob="innerHTML"' in part
        Page(part)


def test_there_is_an_end_to_adding_lesions(client):
    many = {f"lesion.{n}.tumour-origin": "metastatic" for n in range(30)}
    page = Page(body(client.post("/app", data={**many, "do": "add"})))
    assert len([found for found in page.all("select") if found["name"].endswith(".level")]) == 12
    assert page.all("button", value="add") == []


def test_a_need_leads_to_the_field_that_asks_for_it(client):
    page = Page(body(client.post("/app", data=CASE)))
    ids = {attrs["id"] for _, attrs in page.elements if attrs.get("id")}
    targets = [found["href"][1:] for found in page.all("a") if (found.get("class") or "").startswith("ask")]
    mine = [target for target in targets if target.startswith("f-") and not target.startswith("field-")]
    assert mine
    assert set(mine) <= ids


@pytest.mark.parametrize("name", ["kidney-complete", "breast-two-levels", "prostate-emergency"])
def test_no_id_is_there_twice_and_every_label_and_description_has_its_element(client, name):
    page = Page(body(client.get(f"/app?example={name}")))
    ids = [attrs["id"] for _, attrs in page.elements if attrs.get("id")]
    assert len(ids) == len(set(ids))
    for _, attrs in page.elements:
        for key in ("for", "aria-labelledby", "aria-describedby", "form"):
            assert set((attrs.get(key) or "").split()) <= set(ids), attrs


def test_an_emergency_comes_first_and_is_said_at_once(client):
    text = body(client.post("/app", data={"record": packed(example("prostate-emergency"))}, headers=BY_SCRIPT))
    page = Page(text)
    assert page.one("section", role="alert")
    assert text.index('role="alert"') < text.index("In short")


def test_words_of_the_record_are_escaped(client):
    given = observation("sins-pain", "mechanical", "T8", name="x1")
    given["subject"] = {"reference": "Patient/p1"}
    given["identifier"] = [{"value": "<img src=x onerror=alert(1)>"}]
    named = orjson.loads(record(given))
    named["entry"][0]["fullUrl"] = "urn:x:<img src=x onerror=alert(1)>"
    text = body(upload(client, orjson.dumps(named)))
    assert "<img" not in text


# Keeping


@pytest.mark.parametrize("kind", DOWNLOADS)
def test_a_download_has_a_name_that_says_nothing_of_the_patient(client, kind):
    media, within = DOWNLOADS[kind]
    response = client.post(f"/app/download/{kind}", data={**CASE, "record": packed(record())})
    assert response.status_code == 200
    assert response.mimetype == media
    assert within in response.data
    assert re.fullmatch(
        r'attachment; filename="spinal-tumour-[a-z]+\.(json|txt|pdf)"', response.headers["Content-Disposition"]
    )


def test_the_sheet_opens_as_a_page_of_its_own(client):
    response = client.post("/app/download/sheet", data=CASE)
    assert response.mimetype == "text/html"
    assert "T8" in body(response)


@pytest.mark.parametrize("kind", [*DOWNLOADS, "sheet"])
def test_nothing_is_downloaded_where_there_is_no_answer(client, kind):
    response = client.post(f"/app/download/{kind}", data={**CASE, "age": "x"})
    assert response.status_code == 422
    assert "There is no answer until this is mended" in body(response)


def test_there_is_no_other_download(client):
    response = client.post("/app/download/secrets", data=CASE)
    assert (response.status_code, response.mimetype) == (404, "text/html")


def test_the_case_that_was_kept_gives_the_same_plan(client):
    kept = client.post("/app/download/case", data=CASE).data
    first, again = (
        re.findall(r'<ol class="steps">.*?</ol>', text, re.DOTALL)
        for text in (body(client.post("/app", data=CASE)), body(upload(client, kept)))
    )
    assert first
    assert [re.sub(r"\s+", " ", each) for each in first] == [re.sub(r"\s+", " ", each) for each in again]


def assess(client, kept):
    return client.post("/fhir/$assess-spinal-tumour", data=kept, content_type="application/fhir+json").json


def test_the_case_that_was_kept_gives_the_same_answer_whatever_the_hour(client, monkeypatch):
    monkeypatch.setattr(posted, "now", lambda: datetime(2026, 10, 2, 9, tzinfo=UTC))
    answer = client.post("/app/download/answer", data=CASE)
    monkeypatch.setattr(posted, "now", lambda: datetime(2026, 10, 2, 17, 30, tzinfo=UTC))
    monkeypatch.setattr(page_door, "now", posted.now)
    kept = client.post("/app/download/case", data=CASE).data
    assert orjson.loads(kept)["resourceType"] == "Bundle"
    assert assess(client, kept) == orjson.loads(body(answer))


@pytest.mark.parametrize(
    "how",
    [
        {"assume-complete": "true"},
        {"as-of": "2026-05-06"},
        {"policy": "strict"},
        {"assume-complete": "true", "as-of": "2026-05-06", "policy": "strict"},
    ],
)
@pytest.mark.parametrize("with_record", [False, True])
def test_how_a_case_is_read_is_kept_with_it(site_client, how, with_record):
    given = record(observation("sins-pain", "mechanical", "T8", day="2026-05-01"))
    data = {**CASE, **how, **({"record": packed(given)} if with_record else {})}
    plain = body(site_client.post("/app/download/answer", data={**data, **dict.fromkeys(how, "")}))
    answer = body(site_client.post("/app/download/answer", data=data))
    kept = site_client.post("/app/download/case", data=data).data
    assert answer != plain
    assert assess(site_client, kept) == orjson.loads(answer)
    again = body(upload(site_client, kept))
    assert f"As of {how['as-of']}" in again if "as-of" in how else "As of" in again


@pytest.mark.parametrize("with_record", [False, True])
def test_what_is_typed_counts_at_the_time_that_is_asked_about(client, with_record):
    given = {"record": packed(record(observation("age", 40, day="2020-01-01")))} if with_record else {}
    urgent = {**CASE, "lesion.0.progressive-deficit": "true", "as-of": "2025-01-01"}
    text = body(client.post("/app", data={**urgent, **given}))
    assert 'class="alarm-line"' in text
    assert "As of 2025-01-01." in text


def test_the_answer_is_kept_in_the_language_of_the_page(client):
    kept = orjson.loads(body(client.post("/app/download/answer?lang=ja", data=CASE)))
    plan = kept["entry"][0]["resource"]
    assert plan["language"] == "ja"
    assert "脊椎" in plan["text"]["div"]


# What is left out or contradicted is said


def test_a_lesion_of_which_only_the_level_is_typed_is_named_with_the_mend(client):
    alone = body(client.post("/app", data={"lesion.0.level": "T8"}))
    second = body(client.post("/app", data={**CASE, "lesion.1.level": "L2"}))
    for text, n in ((alone, 0), (second, 1)):
        assert f"Lesion {n + 1}: a level by itself says nothing of what is there" in text
        assert f'href="#f-lesion-{n}-tumour-origin"' in text
    with_tumour = body(client.post("/app", data={"lesion.0.level": "T8", "primary-tumour": "kidney"}))
    assert "No lesion of the spine is described yet" in with_tumour
    assert "in this record" not in with_tumour


def test_a_lesion_that_the_record_describes_needs_no_answer(client):
    text = body(upload(client, record()))
    assert "a level by itself" not in text


def test_a_part_of_the_spine_is_not_joined_with_a_level(client):
    response = client.post("/app", data={**CASE, "lesion.0.level": "thoracic", "lesion.0.level-to": "L2"})
    assert response.status_code == 422
    assert "Choose two levels, or the part alone." in body(response)


def test_what_was_typed_and_the_record_contradicts_is_said_beside_the_plan(client):
    of_breast = orjson.dumps(bundle(metastasis("T8"), condition("C50.919", name="primary")))
    given = {"record": packed(of_breast), "origin": "record"}
    text = body(client.post("/app", data={**given, "primary-tumour": "kidney"}, headers=BY_SCRIPT))
    said = re.search(r'class="disagree".*?</div>', text, re.DOTALL)[0]
    assert 'href="#f-primary-tumour"' in said
    assert "each stays possible: breast or kidney" in said
    agreed = body(client.post("/app", data={**given, "primary-tumour": "breast"}, headers=BY_SCRIPT))
    assert 'class="disagree"' not in agreed


@pytest.mark.parametrize(("data", "unsaved"), [(CASE, True), ({"lesion.0.level": "T8"}, False)])
def test_the_page_knows_whether_leaving_it_loses_answers(client, data, unsaved):
    page = Page(body(client.post("/app", data=data)))
    form = page.one("form", id="case")
    assert ("data-unsaved" in form) is unsaved
    assert form["autocomplete"] == "off"


# Language, policy, headers


def test_the_language_stays_with_every_link_and_button(client):
    page = Page(body(client.post("/app?lang=ja", data=CASE)))
    assert page.one("html")["lang"] == "ja"
    assert page.one("form", id="case")["action"] == "/app?lang=ja"
    for _, attrs in page.elements:
        for key in ("formaction", "hx-post"):
            if attrs.get(key) and attrs.get("lang") != "en":
                assert "lang=ja" in attrs[key]
    assert page.one("button", lang="en")["formaction"] == "/app?lang=en"


def test_the_page_is_said_in_japanese(client):
    text = body(client.get("/app", headers={"Accept-Language": "ja"}))
    for words in ("脊椎腫瘍", "症例を入力する", "原発巣", "不明"):
        assert words in text
    for words in ("Type a case", "Unknown", "Add a lesion"):
        assert words not in text


def test_the_policy_of_the_page_lets_in_nothing_from_elsewhere(client):
    response = client.get("/app?example=kidney-complete")
    policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert response.headers["Cache-Control"] == "no-store"
    page = Page(body(response))
    for tag, attrs in page.elements:
        assert "style" not in attrs, (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")]
        if tag in ("script", "link", "img"):
            assert (attrs.get("src") or attrs.get("href")).startswith("/app/static/")


def test_every_file_of_the_page_is_served_and_may_be_kept(client):
    page = Page(body(client.get("/app")))
    for tag, attrs in page.elements:
        if tag in ("script", "link"):
            response = client.get(attrs.get("src") or attrs.get("href"))
            assert response.status_code == 200
            assert "max-age=86400" in response.headers["Cache-Control"]


def test_data_are_posted_and_never_in_an_address(client):
    page = Page(body(client.post("/app", data=CASE)))
    assert page.one("form", id="case")["method"] == "post"
    for _, attrs in page.elements:
        for key in ("href", "action", "formaction", "hx-post"):
            assert "kidney" not in (attrs.get(key) or "").replace("example=kidney-complete", "")


def test_how_the_record_is_read_can_be_chosen(site_client):
    data = {**CASE, "as-of": "2026-05-06", "policy": "strict", "assume-complete": "true"}
    text = body(site_client.post("/app", data=data))
    assert "As of 2026-05-06. Policy strict" in text
    assert "checked" in re.search(r'name="assume-complete"[^>]*', text)[0]


def test_the_root_leads_to_every_door(client):
    response = client.get("/")
    links = [found["href"] for found in Page(body(response)).all("a")]
    assert links == ["/app?lang=en", "/knowledge", "/cds-services", "/fhir/metadata", "/docs"]
    for link in links:
        assert client.get(link).status_code == 200


def test_a_part_of_a_form_that_has_no_name_is_passed_over(client):
    parts = b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n"
    parts += b'--b\r\nContent-Disposition: form-data; name="primary-tumour"\r\n\r\nkidney\r\n--b--\r\n'
    response = client.post("/app", data=parts, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert response.status_code == 200
    assert "kidney" in response.get_data(as_text=True)
