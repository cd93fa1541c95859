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
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from service import __version__
from service.outgoing.addresses import PORTS, is_loopback, joined, origin, split
from service.outgoing.failure import ExchangeFailed, Lost
from service.outgoing.limits import Limits
from service.text import phrase

#: The server was too busy or was not there; a read may be tried again.
BUSY = frozenset((429, 502, 503, 504))
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_CHUNK = 65_536
_SMALL_CHUNK = 2048


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
    """Calls over HTTP. Reads are tried again while the server is busy; nothing else is.

    ``pool`` keeps connections open from one transport to the next; without it, each has its own.
    """

    def __init__(self, limits: Limits, *, insecure_http: bool = False, pool: requests.Session | None = None) -> None:
        self.limits = limits
        self._insecure_http = insecure_http
        self._session = pool or connections(limits)
        self._until = None if limits.total_seconds is None else time.monotonic() + limits.total_seconds

    def check(self, url: str) -> None:
        """Refuses an address to which a record or a token must not be sent.

        Raises:
            ExchangeFailed: it is not https, and not of this machine.
        """
        parts = split(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ExchangeFailed("An address of the server is not one of https. Give one that begins with https://.")
        if parts.scheme == "http" and not (self._insecure_http or is_loopback(parts.hostname)):
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
        if self._until is None:
            return math.inf
        left = self._until - time.monotonic()
        if left <= 0:
            raise ExchangeFailed(
                phrase(
                    "The server took longer than {seconds} s in all. Try again later, or have it made faster.",
                    seconds=f"{self.limits.total_seconds:g}",
                )
            )
        return left

    def _call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        self.check(url)
        limits, left = self.limits, self._left()
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers=dict(headers),
                timeout=(min(limits.connect_seconds, left), min(limits.read_seconds, left)),
                allow_redirects=False,
                stream=True,
                auth=_as_given,
            ) as response:
                return Answer(response.status_code, response.headers, self._read(response))
        # What these exceptions say holds the address, and with it the patient: none of it is passed on.
        except requests.exceptions.SSLError:
            raise ExchangeFailed(
                "The certificate of the server cannot be trusted. Correct it, or name the authority that signed it by "
                "REQUESTS_CA_BUNDLE."
            ) from None
        except requests.exceptions.ConnectTimeout:
            raise ExchangeFailed("The server cannot be reached. Check its address and the network.") from None
        except requests.exceptions.ReadTimeout:
            seconds = f"{limits.read_seconds:g}"
            raise Lost(
                phrase("The server did not answer within {seconds} s. Try again later.", seconds=seconds)
            ) from None
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError):
            raise Lost(
                "The connection to the server failed. Check its address and the network, and try again."
            ) from None
        except (requests.exceptions.RequestException, HTTPError, UnicodeError):
            raise ExchangeFailed("The server could not be asked. Check its address and the token.") from None

    def _read(self, response: requests.Response) -> bytes:
        limits = self.limits
        parts: list[bytes] = []
        size = 0
        until = time.monotonic() + min(limits.answer_seconds, self._left())
        # Whoever waits is not kept waiting by an answer that trickles in.
        for part in response.iter_content(_CHUNK if self._until is None else _SMALL_CHUNK):
            parts.append(part)
            size += len(part)
            if size > limits.answer_bytes:
                raise ExchangeFailed(
                    phrase(
                        "An answer of the server is larger than {number} bytes. Ask for smaller pages.",
                        number=limits.answer_bytes,
                    )
                )
            if time.monotonic() > until:
                seconds = f"{limits.answer_seconds:g}"
                raise Lost(
                    phrase("An answer of the server took longer than {seconds} s. Try again later.", seconds=seconds)
                )
        return b"".join(parts)


def _as_given(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps the headers as they are: without it a password in ~/.netrc takes the place of the token."""
    return request


def connections(limits: Limits) -> requests.Session:
    """Connections that are kept open, and how often a busy server is asked again. No cookie is ever kept."""
    # urllib3 logs paths, and a path names the patient.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # These pauses do not know how much time is left.
    longest = math.inf if limits.total_seconds is None else limits.total_seconds / 8
    pause = min(limits.pause_seconds, longest)
    again = Retry(
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
    session.mount("https://", HTTPAdapter(max_retries=again))
    session.mount("http://", HTTPAdapter(max_retries=again))
    return session
