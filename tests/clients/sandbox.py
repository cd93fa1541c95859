"""Our service in the public CDS Hooks sandbox, in a browser: ``python -m tests.clients.sandbox --built FOLDER``.

The folder is the sandbox as a site of static files; it is not part of this project. The patients are on the FHIR
server of ``fhir.mjs``. Nothing but this machine is spoken to. What was met is printed, pictures go to ``--shots``, and
the exit status is 1 if anything was not as it should be.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect, sync_playwright

from tests.clients.browser import ARGUMENTS, FEEDBACK, Sandbox, cards, site
from tests.clients.servers import ROOT, fhir_server, seed, service

_HOSTILE = '<img src=x onerror="window.taken=1">[here](javascript:alert(1))'
_RECORDS = ("prostate-emergency", "kidney-complete", "breast-settled", "lung-conflict", "colon-no-spinal-tumour")
_JAPANESE = re.compile(r"[\u3040-\u30ff]")


def discovers(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """The services are added by their discovery address, and the cards are there."""
    with sandbox.page(patients["kidney-complete"], discovered=False) as page:
        page.locator("header button, [class*='header'] button").last.click()
        page.get_by_role("menuitem", name="Add CDS Services").click()
        page.get_by_placeholder("https://example-services.com/cds-services").fill(f"{sandbox.ours}/cds-services")
        sandbox.shot(page, "add-services")
        page.get_by_role("button", name="Save").click()
        expect(cards(page).first).to_be_visible(timeout=20_000)
        told = sandbox.exchanges[0]
        assert told.request.url.endswith("/cds-services")
        assert len(told.json()["services"]) == 3


def is_kept_from_other_origins(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """A page of an origin that the site has not named reads nothing."""
    other = sandbox.base.replace("127.0.0.1", "localhost")
    with sandbox.page(patients["kidney-complete"], base=other) as page:
        expect(page.get_by_text("No recommendations to display")).to_be_visible(timeout=20_000)
        assert not [each for each in sandbox.exchanges if each.request.method == "POST"]
        assert any("CORS" in trouble for trouble in sandbox.troubles), sandbox.troubles
    sandbox.troubles.clear()


def calls_with_prefetch(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """The prefetch is what the FHIR server holds, the token is ES384, and each card is shown as it was sent."""
    with sandbox.page(patients["prostate-emergency"]) as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        answered = sandbox.call(page)
        sent = answered.request.post_data_json
        assert sent["fhirServer"] == sandbox.fhir
        assert "fhirAuthorization" not in sent
        assert "condition" in sent["prefetch"]
        head = answered.request.all_headers()["authorization"].removeprefix("Bearer ").split(".")[0]
        assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "ES384"
        told = answered.json()["cards"]
        assert told[0]["indicator"] == "critical"
        assert cards(page).count() == len(told)
        for card in told:
            expect(page.get_by_text(card["summary"], exact=True)).to_be_visible()
        sandbox.shot(page, "emergency")


def takes_a_suggestion(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """A click on a suggestion sends feedback, and that is taken."""
    with sandbox.page(patients["prostate-emergency"]) as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        suggestion = sandbox.call(page).json()["cards"][0]["suggestions"][0]
        with page.expect_response(FEEDBACK) as taken:
            page.get_by_role("button", name=suggestion["label"]).first.click()
        assert taken.value.status == 200, taken.value.text()
        (told,) = taken.value.request.post_data_json["feedback"]
        assert told["outcome"] == "accepted"
        assert told["acceptedSuggestions"] == [{"id": suggestion["uuid"]}]


def overrides(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """A card is dismissed for a reason of ours, the next without one; both are taken, and the cards go."""
    with sandbox.page(patients["prostate-emergency"]) as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        told = sandbox.call(page).json()["cards"]
        page.get_by_label("select dismiss reason").first.click()
        reason = told[0]["overrideReasons"][0]
        item = page.get_by_role("menuitem", name=reason["display"])
        expect(item).to_be_visible()
        sandbox.shot(page, "override-reasons")
        with page.expect_response(FEEDBACK) as taken:
            item.click()
        assert taken.value.status == 200, taken.value.text()
        sent = taken.value.request.post_data_json["feedback"][0]["overrideReason"]["reason"]
        assert sent["code"] == reason["code"]
        expect(cards(page)).to_have_count(len(told) - 1)
        if len(told) > 1:
            with page.expect_response(FEEDBACK) as taken:
                page.get_by_role("button", name="Dismiss", exact=True).first.click()
            assert taken.value.status == 200, taken.value.text()


def launches(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """The SMART link of a card can be launched, and leads to our page with the server and the launch."""
    with sandbox.page(patients["kidney-complete"]) as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        links = [link for card in sandbox.call(page).json()["cards"] for link in card["links"]]
        smart = next(link for link in links if link["type"] == "smart")
        button = page.get_by_role("button", name=smart["label"]).first
        expect(button).to_be_enabled()
        with page.expect_popup() as opened:
            button.click()
        opened.value.wait_for_load_state()
        assert opened.value.url.startswith(f"{sandbox.ours}/app/"), opened.value.url
        sandbox.shot(opened.value, "launched")


def calls_without_prefetch(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """Without prefetch and without a token there is no answer, and the sandbox says so: no empty list."""
    with sandbox.page(patients["kidney-complete"], templates=False) as page:
        answered = sandbox.call(page)
        assert "prefetch" not in answered.request.post_data_json
        assert answered.status == 412, answered.text()
        page.wait_for_timeout(500)
        sandbox.shot(page, "no-prefetch")


def reads_with_a_token(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """Without prefetch, but with a token, the record is read from the FHIR server of the caller."""

    def with_token(body: dict[str, Any]) -> dict[str, Any]:
        token = {"access_token": "made-up", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.read"}
        return {**body, "fhirAuthorization": {**token, "subject": "sandbox"}}

    with sandbox.page(patients["kidney-complete"], templates=False, changed=with_token) as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        assert sandbox.call(page).status == 200
        sandbox.shot(page, "read-with-token")


def orders(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """The views in which orders are written call the services for them, which are silent on orders of other things."""
    medication = {"prescribedMedication": "731370", "prescribedInstructionNumber": "2"}
    medication |= {"prescribedInstructionFrequency": "bid"}
    for screen, hook in (("rx-view", "order-select"), ("rx-sign", "order-sign"), ("pama", "order-select")):
        with sandbox.page(patients["breast-settled"], screen=screen, hook=hook, **medication) as page:
            if screen == "rx-sign":
                page.get_by_role("button", name="Sign Order").click()
            answered = sandbox.call(page)
            assert answered.status == 200, answered.text()
            assert answered.request.url.endswith(hook)
            assert answered.request.post_data_json["context"]["draftOrders"]["resourceType"] == "Bundle"
            assert answered.json() == {"cards": []}
            sandbox.shot(page, screen)


def speaks_against_an_order(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """Radiotherapy on an irradiated level gets a card, in which the words of the order are words and no HTML."""

    def radiotherapy(body: dict[str, Any]) -> dict[str, Any]:
        level = {"system": "https://w3id.org/spinemets/CodeSystem/vertebra", "code": "T11"}
        order = {
            **body["context"]["draftOrders"]["entry"][0]["resource"],
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "33195004"}], "text": _HOSTILE},
            "bodySite": [{"coding": [level], "text": _HOSTILE}],
            "note": [{"text": _HOSTILE}],
        }
        drafts = {"resourceType": "Bundle", "entry": [{"resource": order}]}
        return {**body, "context": {**body["context"], "draftOrders": drafts}}

    with sandbox.page(patients["kidney-complete"], changed=radiotherapy, screen="pama", hook="order-select") as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        _check_harmless(page)
        sandbox.shot(page, "against-an-order")


def says_nothing_without_a_tumour(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """There are no cards where there is no tumour."""
    with sandbox.page(patients["colon-no-spinal-tumour"]) as page:
        assert sandbox.call(page).json() == {"cards": []}
        expect(page.get_by_text("No recommendations to display")).to_be_visible()
        sandbox.shot(page, "no-tumour")


def shows_other_records(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """Pictures of the cards for the other examples."""
    for name in ("kidney-complete", "breast-settled", "lung-conflict"):
        with sandbox.page(patients[name]) as page:
            sandbox.call(page)
            page.wait_for_timeout(500)
            sandbox.shot(page, name)


def is_safe_from_the_record(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """HTML and links in the words of the record are words in the card; the sandbox renders raw HTML."""
    with sandbox.page(patients["hostile"]) as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        _check_harmless(page)
        sandbox.shot(page, "hostile")


def _check_harmless(page: Page) -> None:
    page.wait_for_timeout(500)
    assert cards(page).locator("img").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.evaluate("window.taken") is None


def speaks_japanese(sandbox: Sandbox, patients: dict[str, str]) -> None:
    """A browser that asks for Japanese gets cards in Japanese."""
    with sandbox.page(patients["prostate-emergency"], language="ja-JP") as page:
        expect(cards(page).first).to_be_visible(timeout=20_000)
        told = sandbox.call(page).json()["cards"]
        assert all(_JAPANESE.search(card["summary"]) for card in told)
        sandbox.shot(page, "japanese")


CHECKS = (
    discovers,
    is_kept_from_other_origins,
    calls_with_prefetch,
    takes_a_suggestion,
    overrides,
    launches,
    calls_without_prefetch,
    reads_with_a_token,
    orders,
    speaks_against_an_order,
    says_nothing_without_a_tumour,
    shows_other_records,
    is_safe_from_the_record,
    speaks_japanese,
)


def _hostile(value: Any) -> Any:
    """A record with HTML wherever it has words."""
    if isinstance(value, list):
        return [_hostile(each) for each in value]
    if isinstance(value, dict):
        words = ("text", "display", "valueString", "family")
        return {k: _HOSTILE if k in words and isinstance(v, str) else _hostile(v) for k, v in value.items()}
    return value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.clients.sandbox", description=__doc__)
    parser.add_argument("--built", type=Path, required=True, help="folder of the sandbox, with its index.html")
    parser.add_argument("--shots", type=Path, default=ROOT / "build" / "shots", help="where the pictures go")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--only", nargs="+", choices=[each.__name__ for each in CHECKS], help="these checks alone")
    options = parser.parse_args()
    options.shots.mkdir(parents=True, exist_ok=True)
    failed = 0
    with (
        tempfile.TemporaryDirectory() as folder,
        fhir_server() as fhir,
        site(options.built) as base,
        service(Path(folder), fhir_servers=fhir, cds_budget_ms="10000", cors_origins=base) as ours,
        sync_playwright() as playwright,
    ):
        records = {name: json.loads((ROOT / "examples" / f"{name}.json").read_bytes()) for name in _RECORDS}
        records["hostile"] = _hostile(records["prostate-emergency"])
        patients = {name: seed(fhir, record, name) for name, record in records.items()}
        browser = playwright.chromium.launch(executable_path=options.chromium, args=ARGUMENTS)
        sandbox = Sandbox(browser, base, fhir, ours, options.shots)
        for check in CHECKS:
            if options.only and check.__name__ not in options.only:
                continue
            try:
                check(sandbox, patients)
            except Exception as error:  # one that fails does not keep the others from running
                failed += 1
                told = [f"{each.request.method} {each.status} {each.url}" for each in sandbox.exchanges]
                print(f"FAILED  {check.__name__}: {str(error)[:600]}\n  our service said: {told}", flush=True)
            else:
                print(f"ok      {check.__name__}: {check.__doc__}", flush=True)
        browser.close()
        for trouble in dict.fromkeys(sandbox.troubles):
            print(f"console {trouble[:300]}")
        log = Path(folder, "service.log").read_text("utf-8")
        print("\n".join(line[:400] for line in log.splitlines() if "ERROR" in line or "Traceback" in line))
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
