"""A user at the page: a browser with a screen, a language and a theme of its own."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
DESKTOP, PHONE = (1440, 900), (360, 740)
#: What the browser itself writes to the console of an answer such as 422, which the page shows.
_STATUS = "Failed to load resource: the server responded with a status of 4"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(address: str, seconds: float = 60) -> str:
    """The address, once it answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urlopen(f"{address}/healthz", timeout=5):
                return address
        except (URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _is_mark(rule: str, html: str) -> bool:
    """Whether it is a lesion of the picture, with all that is written there in its name, and more in between.

    The rule wants it in one piece; a test of its own holds that no part is missing.
    """
    return rule == "label-content-name-mismatch" and html.startswith('<a class="mark')


class Visit:
    """A page in a browser."""

    def __init__(self, browser: Any, server: str) -> None:
        self._browser, self.server = browser, server
        self._contexts: list[Any] = []
        self.errors: list[str] = []
        self.strangers: list[str] = []
        self.page: Any = None
        self._sent = self._done = 0

    def open(
        self,
        path: str = "/app",
        size: tuple[int, int] = DESKTOP,
        *,
        theme: str = "light",
        language: str = "en-GB",
        script: bool = True,
    ) -> Any:
        context = self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            locale=language,
            java_script_enabled=script,
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self._contexts.append(context)
        page = self.page = context.new_page()
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)
        page.on("requestfinished", self._over)
        page.on("requestfailed", self._over)
        page.goto(f"{self.server}{path}")
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def answered(self) -> None:
        """Waits until the result is that of what was typed last: all was answered, and for a while nothing is asked."""
        quiet, before = 0, -1
        while quiet < 8:  # the page itself waits for 300 ms of silence
            self.page.wait_for_timeout(100)
            quiet = quiet + 1 if self._sent == self._done == before else 0
            before = self._sent
        self.page.locator(".htmx-request").wait_for(state="detached")

    def shot(self, name: str, *, whole: bool = False) -> None:
        # The caret is not hidden: that would write a style into the page, which its policy forbids.
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=whole, caret="initial", timeout=120_000)

    def barriers(self, axe: str) -> list[str]:
        """What axe finds by WCAG 2.2 A and AA; what is neither serious nor critical is printed."""
        self.page.evaluate(axe)
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        # What axe passed is as long as the page itself many times over, and stays in the browser.
        found = self.page.evaluate(
            "async (tags) => (await axe.run({runOnly: tags, resultTypes: ['violations']})).violations", rules
        )
        for each in found:
            print(each["impact"], each["id"], each["help"])
        return [
            f"{each['id']}: {json.dumps([(n['html'][:160], n['failureSummary']) for n in nodes[:4]])}"
            for each in found
            if each["impact"] in ("serious", "critical")
            and (nodes := [n for n in each["nodes"] if not _is_mark(each["id"], n["html"])])
        ]

    def cut_off(self) -> list[str]:
        """What is wider than the screen and does not scroll within something that does."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("body *")].filter((each) => {
                const box = each.getBoundingClientRect();
                if (!box.width || box.right <= innerWidth + 1) return false;
                for (let at = each; at; at = at.parentElement) {
                    const style = getComputedStyle(at);
                    if (style.overflowX !== "visible" || style.position === "absolute") return false;
                }
                return true;
            }).map((each) => each.outerHTML.slice(0, 120))"""
        )
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        return [*found, *(["the page scrolls sideways"] if wide else [])]

    def small_targets(self) -> list[str]:
        """Buttons and fields that are smaller than 24 pixels."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll("button, select, summary, input, .option, .button, .ask")]
                .filter((each) => each.checkVisibility({opacityProperty: true}) && !each.closest("label.option input"))
                .filter((each) => !(each.matches("input[type=radio], input[type=checkbox]") && each.closest(".option")))
                .map((each) => [each, each.getBoundingClientRect()])
                .filter(([each, box]) => box.height && (box.height < 24 || box.width < 24))
                .map(([each, box]) => each.outerHTML.slice(0, 120) + " " + box.width + "x" + box.height)"""
        )
        return found

    def _said(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_STATUS):
            self.errors.append(message.text)

    def _asked(self, request: Any) -> None:
        where = urlsplit(request.url)
        if where.scheme not in ("data", "blob") and not request.url.startswith(self.server):
            self.strangers.append(request.url)
        self._sent += 1

    def _over(self, _: Any) -> None:
        self._done += 1
