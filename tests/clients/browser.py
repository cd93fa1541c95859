"""The public CDS Hooks sandbox in a browser, beside our service: what the checks of ``sandbox`` are written with."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from playwright.sync_api import Browser, Locator, Page, Request, Response, Route

FEEDBACK = re.compile(r"/feedback$")
#: The browser finds no other machine: the sandbox asks for services of the internet, too.
ARGUMENTS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"]

Change = Callable[[dict[str, Any]], dict[str, Any]]


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """A folder of static files as an origin of its own."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Sandbox:
    """The sandbox in a browser, beside our service."""

    browser: Browser
    base: str
    fhir: str
    ours: str
    shots: Path
    exchanges: list[Response] = field(default_factory=list)
    """What came from our service, in the order of its coming."""
    troubles: list[str] = field(default_factory=list)
    """What the console says of our service: a refused preflight, for one."""

    @contextmanager
    def page(
        self,
        patient: str,
        *,
        discovered: bool = True,
        templates: bool = True,
        changed: Change | None = None,
        language: str = "en-GB",
        base: str | None = None,
        **query: str,
    ) -> Iterator[Page]:
        """The sandbox with a patient, and with our services where they are ``discovered``; ``base`` is its origin.

        Without ``templates``, discovery names none; ``changed`` changes the body of each call on its way. Neither says
        anything of CORS: Playwright answers the preflights of a page whose requests it intercepts.
        """
        self.exchanges.clear()
        context = self.browser.new_context(locale=language, viewport={"width": 1500, "height": 1100})
        page = context.new_page()
        if not templates:
            page.route(f"{self.ours}/cds-services", _without_templates)
        if changed:
            page.route(f"{self.ours}/cds-services/*", partial(_changed, changed))
        page.on("response", self._keep)
        page.on("console", lambda said: self.troubles.append(said.text) if self.ours in said.text else None)
        asked = {"fhirServiceUrl": self.fhir, "patientId": patient, **query}
        if discovered:
            asked["serviceDiscoveryURL"] = f"{self.ours}/cds-services"
        page.goto(f"{base or self.base}/index.html?{urlencode(asked, quote_via=quote)}")
        try:
            yield page
        finally:
            context.close()

    def _keep(self, response: Response) -> None:
        if response.url.startswith(self.ours):
            self.exchanges.append(response)

    def shot(self, page: Page, name: str) -> None:
        page.screenshot(path=self.shots / f"sandbox-{name}.png", full_page=True)

    def call(self, page: Page) -> Response:
        """The latest call of a service, once it is answered."""
        for _ in range(200):
            posted = [each for each in self.exchanges if _is_call(each.request)]
            if posted:
                return posted[-1]
            page.wait_for_timeout(100)
        raise AssertionError("the sandbox did not call the service")


def _is_call(request: Request) -> bool:
    return request.method == "POST" and not FEEDBACK.search(request.url)


def _without_templates(route: Route) -> None:
    told = route.fetch()
    services = [{k: v for k, v in each.items() if k != "prefetch"} for each in told.json()["services"]]
    route.fulfill(response=told, json={"services": services})


def _changed(change: Change, route: Route) -> None:
    if route.request.method == "POST":
        route.continue_(post_data=json.dumps(change(route.request.post_data_json)))
    else:
        route.fallback()


def cards(page: Page) -> Locator:
    return page.locator("[class*='decision-card']")
