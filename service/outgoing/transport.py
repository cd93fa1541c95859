"""HTTP within bounds: which addresses are spoken to, how often a call is tried, how much of an answer is taken."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy

import requests
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError, InvalidHeader, NewConnectionError, ReadTimeoutError
from urllib3.util import Retry

from service import __version__
from service.operations import meters
from service.outgoing.addresses import callable_origin, is_loopback, joined, origin
from service.outgoing.failure import ExchangeFailed, Late, Lost, Unconnected, Unreachable
from service.outgoing.guard import Adapter, Bounds, bounded, left
from service.outgoing.limits import Limits
from service.outgoing.reach import Reach
from service.text import phrase

#: The server was too busy or was not there; a read may be tried again.
BUSY = frozenset((429, 502, 503, 504))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_CHUNK = 65_536
#: What the head of an answer and the marks of its chunks may take besides.
_HEAD = 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """An answer whose body is whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Transport:
    """Calls over HTTP to servers within ``reach``. Reads are tried again while the server is busy; nothing else is.

    ``purpose`` is what the calls are counted under.

    ``pool`` keeps connections open from one transport to the next; without it, each has its own. It is one that
    :func:`connections` has made with the same ``reach``.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        reach: Reach,
        insecure_http: bool = False,
        pool: requests.Session | None = None,
        purpose: str = "fhir",
    ) -> None:
        self.limits = limits
        self.reach = reach
        self._insecure_http = insecure_http
        self._purpose = purpose
        self._session = pool or connections(limits, reach)
        self._until = math.inf if limits.total_seconds is None else time.monotonic() + limits.total_seconds

    def also(self, url: str) -> Transport:
        """The same, in the time that is left, to an address besides that the server in hand names.

        Raises:
            ExchangeFailed: it is no address that may be called.
        """
        made = Transport(self.limits, reach=self.reach.also(url), insecure_http=self._insecure_http, purpose="token")
        made._until = self._until
        made.check(url)
        return made

    def check(self, url: str) -> None:
        """Refuses an address to which a record or a token must not be sent.

        Raises:
            ExchangeFailed: it is not https, and not of this machine; or it may not be called at all.
        """
        self.check_secure(url)
        self.reach.check(url)

    def check_secure(self, url: str) -> None:
        """Refuses an address where others could read what is said; a browser may be sent to any other.

        Raises:
            ExchangeFailed: it is not https, and not of this machine.
        """
        scheme, host, _ = callable_origin(url)
        if scheme == "http" and not (self._insecure_http or is_loopback(host)):
            raise ExchangeFailed(
                "The address is not https, so anyone between could read the record. Give one of https."
            )

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """Reads. A redirect is followed within the server, and never to another.

        Raises:
            ExchangeFailed: nothing came within the bounds.
        """
        for _ in range(self.limits.redirects + 1):
            answer = self._whole(url, headers)
            if answer.status not in _REDIRECTS:
                return answer
            there = joined(url, answer.headers.get("Location", ""))
            if origin(there) != origin(url):
                raise ExchangeFailed(
                    "The server sends on to another address, and neither token nor patient are sent there. "
                    "Give the address where the server really is."
                )
            url = there
        raise ExchangeFailed("The server sends on in a circle. Give the address where the server really is.")

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Sends once, and follows no redirect.

        Raises:
            Lost: it is not known what became of it.
            ExchangeFailed: it was not sent.
        """
        return self._call("POST", url, headers, body)

    def pause(self, attempt: int, answer: Answer | None = None) -> None:
        """Waits before another attempt: as long as the server asks, within bounds, or longer each time."""
        asked = answer.headers.get("Retry-After", "") if answer else ""
        doubled = self.limits.backoff_seconds * 2**attempt
        jitter = random.uniform(0, self.limits.backoff_seconds)  # noqa: S311  # spreads callers, protects nothing
        seconds = float(asked) if asked.isascii() and asked.isdigit() else doubled + jitter
        time.sleep(min(seconds, self.limits.pause_seconds, self._left()))

    def _whole(self, url: str, headers: Mapping[str, str]) -> Answer:
        """An answer to a read; one that breaks off is asked for again."""
        for attempt in range(self.limits.tries - 1):
            try:
                return self._call("GET", url, headers)
            except Lost:
                self.pause(attempt)
        return self._call("GET", url, headers)

    def _left(self) -> float:
        """The seconds that are left for the exchange.

        Raises:
            ExchangeFailed: none are.
        """
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise ExchangeFailed(
                phrase(
                    "The server took longer than {seconds} s in all. Try again later, or have it made faster.",
                    seconds=f"{self.limits.total_seconds:g}",
                )
            )
        return seconds

    def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One call, counted."""
        began = time.monotonic()
        outcome = ExchangeFailed.outcome
        try:
            answer = self._counted(method, url, headers, body)
            outcome = _outcome(answer.status)
            return answer
        except ExchangeFailed as failed:
            outcome = failed.outcome
            raise
        finally:
            meters.OUTGOING.add(purpose=self._purpose, outcome=outcome)
            meters.OUTGOING_SECONDS.observe(time.monotonic() - began, purpose=self._purpose)

    def _counted(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        self.check(url)
        limits, seconds = self.limits, self._left()
        answered = False
        try:
            with (
                bounded(Bounds(self._until, limits.answer_seconds, limits.answer_bytes + _HEAD)),
                self._session.request(
                    method,
                    url,
                    data=body,
                    headers=dict(headers),
                    timeout=(min(limits.connect_seconds, seconds), min(limits.read_seconds, seconds)),
                    allow_redirects=False,
                    stream=True,
                    auth=_as_given,
                ) as response,
            ):
                answered = True
                return Answer(response.status_code, response.headers, self._read(response))
        except (requests.exceptions.RequestException, HTTPError, UnicodeError, ExchangeFailed) as error:
            failed = self._meant(error)
            # What was sent once may have been done, whatever is wrong with the answer.
            if answered and method != "GET" and not isinstance(failed, Lost):
                failed = Lost(failed.message)
            # What these exceptions say holds the address, and with it the patient: none of it is passed on.
            raise failed from None

    def _meant(self, error: Exception) -> ExchangeFailed:
        """What a failed call means, in words."""
        if isinstance(error, ExchangeFailed):
            return error
        if isinstance(error, requests.exceptions.SSLError):
            return ExchangeFailed(
                "The certificate of the server cannot be trusted. Correct it, or name the authority that signed it by "
                "REQUESTS_CA_BUNDLE."
            )
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return Unreachable("The server cannot be reached. Check its address and the network.")
        if _holds(error, requests.exceptions.ReadTimeout, ReadTimeoutError):
            limits = self.limits
            seconds = min(limits.read_seconds, limits.answer_seconds, limits.total_seconds or math.inf)
            return Late(
                phrase("The server did not answer within {seconds} s. Try again later.", seconds=f"{seconds:g}")
            )
        if isinstance(error, requests.exceptions.ConnectionError | requests.exceptions.ChunkedEncodingError):
            kind = Unconnected if _holds(error, NewConnectionError) else Lost
            return kind("The connection to the server failed. Check its address and the network, and try again.")
        return ExchangeFailed("The server could not be asked. Check its address and the token.")

    def _read(self, response: requests.Response) -> bytes:
        most = self.limits.answer_bytes
        parts: list[bytes] = []
        size = 0
        for part in response.iter_content(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > most:
                raise ExchangeFailed(
                    phrase("An answer of the server is larger than {number} bytes. Ask for smaller pages.", number=most)
                )
        return b"".join(parts)


def _outcome(status: int) -> str:
    """What an answer is counted as."""
    if status < 400:
        return "ok"
    return "throttled" if status == 429 else "failed" if status >= 500 else "refused"


def _holds(error: Exception, *kinds: type[Exception]) -> bool:
    """Whether an error is of these kinds or stems from one: the libraries put them into one another."""
    if isinstance(error, kinds):
        return True
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    return isinstance(inner, Exception) and _holds(inner, *kinds)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps the headers as they are: without it a password in ~/.netrc takes the place of the token."""
    return request


class _Again(Retry):
    """How often a busy server is asked again, and after which pause."""

    def parse_retry_after(self, retry_after: str) -> float:
        """A Retry-After that is no time is as if there were none."""
        try:
            return super().parse_retry_after(retry_after)
        except (InvalidHeader, ValueError, OverflowError):
            return 0

    def get_backoff_time(self) -> float:
        """Longer each time, the first one included, and never the same for two callers."""
        spread = random.uniform(0, self.backoff_jitter)  # noqa: S311  # spreads callers, protects nothing
        doubled = self.backoff_factor * float(2 ** max(len(self.history) - 1, 0))
        return min(doubled + spread, self.backoff_max)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Waits no longer than there is time for the call."""
        asked = self.get_retry_after(response) if response else None
        time.sleep(max(min(asked or self.get_backoff_time(), left()), 0))


def connections(limits: Limits, reach: Reach) -> requests.Session:
    """Connections within ``reach`` that are kept open, asking a busy server again. No cookie is kept."""
    # urllib3 logs paths, and a path names the patient.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    pause = min(limits.pause_seconds, math.inf if limits.total_seconds is None else limits.total_seconds / 8)
    again = _Again(
        total=None,
        connect=0,
        read=0,
        other=0,
        status=limits.tries - 1,
        allowed_methods=frozenset(("GET",)),
        status_forcelist=BUSY,
        backoff_factor=limits.backoff_seconds,
        backoff_max=pause,
        backoff_jitter=limits.backoff_seconds,
        retry_after_max=int(pause),
        raise_on_status=False,
    )
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    session.headers["User-Agent"] = f"spinemets-cds/{__version__}"
    session.mount("https://", Adapter(reach, max_retries=again))
    session.mount("http://", Adapter(reach, max_retries=again))
    return session
