"""Sends calls over connections of their own, takes the answers apart, and judges each against the right one."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.soak.access import Callers
from tests.soak.calls import Call, Kind, feedback_of, plain

#: Longer than any request may take: who waits longer waits for nothing.
HANGS_SECONDS = 45.0
_ATTEMPTS = 40
_POLLS = 200
_BUSY = (429, 503)
_REFUSED, _CUT, _HALF = "refused connection", "cut before its answer", "cut within its answer"


@dataclass(frozen=True)
class Answer:
    """An answer that is whole: as long as it says."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Cut:
    """What became of a call that was not answered."""

    how: str


@dataclass(frozen=True)
class Sample:
    """How one call went."""

    at: float
    """Seconds since the beginning, when it was due."""
    seconds: float
    kind: str
    outcome: str
    """``right``, ``busy``, or how it was cut."""


@dataclass
class Notes:
    """All that is known of the load, from the side of the clients."""

    samples: list[Sample] = field(default_factory=list)
    findings: Counter[str] = field(default_factory=Counter)
    answered: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    """Whole answers by door, method and status."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Calls by door of which the server may have counted one, and the client has seen no whole answer."""
    to_be_audited: dict[str, str] = field(default_factory=dict)
    """Ids of requests whose answers a row has to speak of, each with its kind."""
    acknowledged: set[str] = field(default_factory=set)
    """Cards whose feedback the server has taken."""
    sent: set[str] = field(default_factory=set)
    """Cards whose feedback was sent."""
    cuts: list[float] = field(default_factory=list)
    """When calls were cut, in seconds since the beginning."""
    wrong: dict[str, str] = field(default_factory=dict)
    """By the kind of call, where the first wrong answer differs."""
    lateness: list[float] = field(default_factory=list)
    """By how much calls were sent later than due: more than the server, the load was slow then."""


class Load:
    """The clients."""

    def __init__(self, port: int, callers: Callers, notes: Notes, seed: int) -> None:
        self._port = port
        self._callers = callers
        self.notes = notes
        self.random = random.Random(seed)
        self._token = callers.token()
        self._used = "none"
        """A proof that was taken, and may not be used again."""
        self._proofs: dict[str, str] = {}
        self.begun = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self.begun

    # Calls

    async def one(self, kind: Kind, due: float) -> None:
        """One call of a kind, to its end; whatever it meets is noted."""
        call = next(kind.turn)
        self.notes.lateness.append(self.now() - due)
        if call.kind == "feedback":
            await self._feedback(call, kind.name, due)
            return
        found = await self.exchange(call, self.written(call))
        outcome = self.judged(call, found)
        if outcome == "right" and call.wants_later and isinstance(found, Answer):
            outcome = await self._job(call, found)
        self._sample(due, kind.name, outcome)

    def _sample(self, due: float, kind: str, outcome: str) -> None:
        self.notes.samples.append(Sample(due, self.now() - due, kind, outcome))

    async def _feedback(self, call: Call, kind: str, due: float) -> None:
        """Sends feedback until the server has taken it, as a client does that must not lose it."""
        card = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        body = feedback_of(card, datetime.now(UTC).isoformat())
        self.notes.sent.add(card)
        for attempt in range(_ATTEMPTS):
            found = await self.exchange(call, self.written(call, body))
            outcome = self.judged(call, found)
            if attempt == 0 or outcome == "right":
                self._sample(due, kind if attempt == 0 else f"{kind}, again", outcome)
            if outcome == "right":
                self.notes.acknowledged.add(card)
                return
            await asyncio.sleep(0.3)
        self.notes.findings["feedback was never taken"] += 1

    async def _job(self, call: Call, taken: Answer) -> str:
        """Asks for the answer of a job until it is there; a worker that was killed has taken its jobs with it."""
        place = taken.headers.get("content-location", "")
        if "/fhir/$job-status/" not in place:
            self.notes.findings["a job without a place"] += 1
            return "wrong"
        path = place[place.index("/fhir/") :]
        asking = Call("job", "jobs", "GET", path, needs="token", status=200)
        for _ in range(_POLLS):
            found = await self.exchange(asking, self.written(asking))
            if isinstance(found, Answer) and found.status == 200:
                outcome = await self._results(call, json.loads(found.body))
                # A client that has its answer has it removed: only so many are kept.
                done = Call("job", "jobs", "DELETE", path, needs="token", audited=True, status=202)
                self.judged(done, await self.exchange(done, self.written(done)))
                return outcome
            if isinstance(found, Answer) and found.status == 500:
                return "job ended with its worker"
            if isinstance(found, Answer) and found.status not in (202, *_BUSY):
                self.notes.findings[f"a job is answered with {found.status}"] += 1
                return "wrong"
            await asyncio.sleep(0.3)
        self.notes.findings["a job does not end"] += 1
        return "wrong"

    async def _results(self, call: Call, manifest: dict[str, list[dict[str, str]]]) -> str:
        assert call.right is not None
        entries = json.loads(call.right)["entry"]
        wanted = Counter(json.dumps(entry["resource"], sort_keys=True) for entry in entries)
        got: Counter[str] = Counter()
        for each in manifest["output"]:
            path = each["url"][each["url"].index("/fhir/") :]
            asking = Call("job", "jobs", "GET", path, needs="token", audited=True)
            for _ in range(_ATTEMPTS):
                found = await self.exchange(asking, self.written(asking))
                if isinstance(found, Answer) and found.status == 200:
                    got.update(json.dumps(json.loads(line), sort_keys=True) for line in found.body.splitlines())
                    break
                if isinstance(found, Answer) and found.status not in _BUSY:
                    self.notes.findings[f"the results of a job are answered with {found.status}"] += 1
                    return "wrong"
                await asyncio.sleep(0.3)
        if got != wanted:
            self.notes.findings["the results of a job are wrong"] += 1
            return "wrong"
        return "right"

    def written(self, call: Call, body: bytes | None = None) -> tuple[str, bytes]:
        """A call as bytes, and the id that it bears."""
        content = call.body if body is None else body
        name = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        head = [f"{call.method} {call.path} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", f"X-Request-Id: {name}"]
        head += ["Connection: close"]
        if call.content_type:
            head += [f"Content-Type: {call.content_type}", f"Content-Length: {len(content)}"]
        if call.wants_later:
            head += ["Prefer: respond-async"]
        if call.needs:
            head += [f"Authorization: Bearer {self._shown(call, name)}"]
        return name, "\r\n".join([*head, "", ""]).encode() + content

    def _shown(self, call: Call, name: str) -> str:
        if call.needs == "token":
            return self._token
        if call.needs == "used proof":
            return self._used
        proof = self._proofs[name] = self._callers.proof(call.path)
        return proof

    # One exchange

    async def exchange(self, call: Call, written: tuple[str, bytes]) -> Answer | Cut:
        """Sends a call and takes its answer, and notes what the server has to have noted as well."""
        name, sent = written
        found = await self._exchange(sent)
        proof = self._proofs.pop(name, None)
        if proof and call.kind == "view" and isinstance(found, Answer) and found.status == 200:
            self._used = proof
        if isinstance(found, Cut):
            if found.how != _REFUSED:
                self.notes.cuts.append(self.now())
            self.notes.unknown[call.door] += 1
            return found
        self.note(call, name, found)
        return found

    def note(self, call: Call, name: str, found: Answer) -> None:
        """Notes an answer, as the server has to have noted it."""
        self.notes.answered[call.door, call.method, found.status] += 1
        if (call.audited and found.status != 503) or found.status in (401, 403, 429):
            self.notes.to_be_audited[name] = call.kind
        if found.headers.get("x-request-id") != name and found.status not in (*_BUSY, 408):
            self.notes.findings["an answer to another request"] += 1

    async def _exchange(self, sent: bytes) -> Answer | Cut:
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=1 << 20)
        except OSError:
            return Cut(_REFUSED)
        except TimeoutError:
            self.notes.findings["nobody takes connections"] += 1
            return Cut(_REFUSED)
        try:
            async with asyncio.timeout(HANGS_SECONDS):
                with suppress(ConnectionError):  # the answer may have come before all was sent
                    writer.write(sent)
                    await writer.drain()
                return await self.taken(reader)
        except TimeoutError:
            self.notes.findings["a call hangs"] += 1
            return Cut("hangs")
        finally:
            writer.close()

    async def taken(self, reader: asyncio.StreamReader) -> Answer | Cut:
        """The answer on a connection, if it is whole."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (ConnectionError, asyncio.IncompleteReadError) as error:
            part = error.partial if isinstance(error, asyncio.IncompleteReadError) else b""
            return Cut(_HALF if part else _CUT)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.strip().lower(): v.strip() for n, _, v in (line.partition(":") for line in lines if line)}
        if not headers.get("content-length", "").isdigit():
            self.notes.findings["an answer that does not say how long it is"] += 1
            return Cut(_HALF)
        try:
            body = await reader.readexactly(int(headers["content-length"]))
        except (ConnectionError, asyncio.IncompleteReadError):
            return Cut(_HALF)
        return Answer(int(first.split()[1]), headers, body)

    def judged(self, call: Call, found: Answer | Cut) -> str:
        """How an answer stands to the right one."""
        if isinstance(found, Cut):
            return found.how
        if found.status in _BUSY and call.status != found.status:
            if "retry-after" not in found.headers:
                self.notes.findings[f"{found.status} without Retry-After"] += 1
            return f"busy {found.status}"
        if found.status != call.status:
            self.notes.findings[f"{call.kind}: {found.status} for {call.status}"] += 1
            return "wrong"
        if call.right is not None and not call.wants_later and plain(call, found.body) != plain(call, call.right):
            self.notes.findings[f"{call.kind}: a wrong answer"] += 1
            self.notes.wrong.setdefault(call.kind, _difference(call.right, found.body))
            return "wrong"
        return "right"


def _difference(right: bytes, got: bytes) -> str:
    """Where two answers part; the records are made up, so they may be shown."""
    at = next((n for n, (a, b) in enumerate(zip(right, got, strict=False)) if a != b), min(len(right), len(got)))
    part = slice(max(0, at - 60), at + 60)
    return f"{len(got)} bytes for {len(right)}, at {at}: {got[part]!r} for {right[part]!r}"


# Ways of sending many


async def closed(load: Load, mix: Sequence[Kind], seconds: float, clients: int) -> float:
    """As many calls as the server takes, without pauses; gives how many a second it answers rightly."""
    end = load.now() + seconds
    weights = [kind.weight for kind in mix]
    before = len(load.notes.samples)

    async def client() -> None:
        while load.now() < end:
            (kind,) = load.random.choices(mix, weights)
            await load.one(kind, load.now())

    start = load.now()
    await asyncio.gather(*(client() for _ in range(clients)))
    made = load.notes.samples[before:]
    return sum(1 for each in made if each.outcome == "right") / (load.now() - start)


async def opened(load: Load, mix: Sequence[Kind], seconds: float, rate: float) -> None:
    """Calls that come when they come, whether the server keeps up or not."""
    end = load.now() + seconds
    weights = [kind.weight for kind in mix]
    under_way: set[asyncio.Task[None]] = set()
    due = load.now()
    while (due := due + load.random.expovariate(rate)) < end:
        if (wait := due - load.now()) > 0:
            await asyncio.sleep(wait)
        (kind,) = load.random.choices(mix, weights)
        task = asyncio.create_task(load.one(kind, due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    while under_way:
        await asyncio.wait(under_way)
