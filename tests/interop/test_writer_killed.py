"""Whoever writes an answer is killed at every step, and writes again: each result is there once, and none is half."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from service.fhir_mapping.outbound.kept import KINDS, RESULTS, identifiers
from tests.interop import figures
from tests.interop.cutting import Moment, Proxy, cutting
from tests.interop.hapi import Hapi
from tests.interop.rounds import seed
from tests.interop.writers import RECORD, WRITERS, Writer, writer
from tests.support.records import observation

Resource = dict[str, Any]
_BOOKKEEPING = ("id", "meta", "identifier", "text")
READS = (Moment.BEFORE, Moment.UNREAD)


@dataclass
class Bench:
    """A server, the proxy before it, and where writers leave what they say."""

    hapi: Hapi
    proxy: Proxy
    folder: Path

    def writer(self, kind: str, patient: str) -> Writer:
        return writer(kind, self.proxy.base, patient, self.folder / "said")

    def run(self, kind: str, patient: str) -> int:
        """One writer from its beginning to its end; gives its exit code."""
        one = self.writer(kind, patient)
        one.begin()
        return one.end()

    def undisturbed(self, kind: str, patient: str) -> list[str]:
        """Writes, and gives the calls that it took."""
        self.proxy.begin()
        assert self.run(kind, patient) == 0, (self.folder / "said").read_text("utf-8")
        return list(self.proxy.calls)

    def killed(self, kind: str, patient: str, step: int, moment: Moment) -> None:
        """A writer that is killed at a moment of a call."""
        one = self.writer(kind, patient)
        self.proxy.cut(step, moment, one.kill)
        one.begin()
        assert one.end() == -9, (kind, step, moment)
        assert len(self.proxy.calls) == step
        self.proxy.begin()
        figures.killed += 1


@dataclass(frozen=True)
class Whole:
    """What writing without a disturbance does."""

    calls: list[str]
    held: Counter[str]

    @property
    def post(self) -> int:
        """The number of the call that writes."""
        (step,) = [n for n, call in enumerate(self.calls, 1) if call.startswith("POST")]
        return step


@pytest.fixture(scope="module")
def bench(hapi: Hapi, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with cutting(hapi.port) as proxy:
        yield Bench(hapi, proxy, tmp_path_factory.mktemp("writers"))


@pytest.fixture(scope="module")
def whole(bench: Bench) -> dict[str, Whole]:
    made = {}
    bench.undisturbed("pull", seed(bench.hapi, RECORD))  # the Device is of all patients, and is there from now on
    for kind in WRITERS:
        patient = seed(bench.hapi, RECORD)
        calls = bench.undisturbed(kind, patient)
        made[kind] = Whole(calls, held(bench.hapi, patient))
    assert made["click"].held.keys() != made["pull"].held.keys()
    return made


def results(hapi: Hapi, patient: str) -> list[Resource]:
    """All that was written for a patient, as the server gives it."""
    found = [r for kind in KINDS for r in hapi.search(kind, patient=patient)]
    ours = [r for r in found if any(each["system"] == RESULTS for each in identifiers(r))]
    forms = hapi.search("QuestionnaireResponse", patient=patient)
    plans = [r["id"] for r in ours if r["resourceType"] == "CarePlan"]
    provenances = [r for plan in plans for r in hapi.search("Provenance", target=f"CarePlan/{plan}")]
    return [*ours, *forms, *provenances]


def held(hapi: Hapi, patient: str) -> Counter[str]:
    """What the server holds, in words that are the same for every copy of the record.

    Each resource once for each time that it is there, with its version; a reference is what it leads to says.
    """
    found = results(hapi, patient)
    keys = [(r["resourceType"], i["value"]) for r in found for i in identifiers(r) if i["system"] == RESULTS]
    figures.twice += len(keys) - len(set(keys))
    assert len(set(keys)) == len(keys), "a result is there twice"
    figures.resources += len(found)
    # Copies of the record differ by the label before each id.
    label = f"{patient.split('-', maxsplit=1)[0]}-".encode()

    def said(resource: Resource, names: Mapping[str, str]) -> str:
        kept = {name: _named(value, names) for name, value in resource.items() if name not in _BOOKKEEPING}
        return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS).replace(label, b"").decode()

    ids = [f"{r['resourceType']}/{r['id']}" for r in found]
    # What a reference leads to stands in its place, as far as it can be said without further references.
    names = {name: hashlib.sha256(said(r, {}).encode()).hexdigest() for name, r in zip(ids, found, strict=True)}
    return Counter(f"version {r['meta']['versionId']} {said(r, names)}" for r in found)


def settled(hapi: Hapi, patient: str) -> Counter[str]:
    """What the server holds, read at one time: it may still be at work, and it is read type by type."""
    found = held(hapi, patient)
    while (again := held(hapi, patient)) != found:
        found = again
    return found


def check_not_half(found: Counter[str], *whole: Counter[str]) -> None:
    """What the server holds is one of the states that are whole."""
    figures.half += found not in whole
    assert found in whole


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_named(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _named(each, names) for name, each in value.items()}
    target = made.get("reference")
    if isinstance(target, str) and not target.rpartition("/")[2].startswith("r"):  # not of the record
        made["reference"] = names.get(target, "a result")
    return made


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("moment", READS)
def test_a_writer_that_is_killed_while_it_reads_has_written_nothing(
    bench: Bench, whole: dict[str, Whole], kind: str, moment: Moment
) -> None:
    patient = seed(bench.hapi, RECORD)
    for step in range(1, whole[kind].post):
        bench.killed(kind, patient, step, moment)
        assert not results(bench.hapi, patient)
    bench.undisturbed(kind, patient)
    assert held(bench.hapi, patient) == whole[kind].held


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("moment", Moment)
def test_a_writer_that_is_killed_while_it_writes_has_written_all_or_nothing(
    bench: Bench, whole: dict[str, Whole], kind: str, moment: Moment
) -> None:
    patient = seed(bench.hapi, RECORD)
    bench.killed(kind, patient, whole[kind].post, moment)
    found = settled(bench.hapi, patient)
    check_not_half(found, Counter(), whole[kind].held)
    if moment in (Moment.BEFORE, Moment.HALF_SENT):
        assert not found
    elif moment in (Moment.UNREAD, Moment.HALF_READ):
        assert found == whole[kind].held
    # Otherwise the server may still be at work.
    calls = bench.undisturbed(kind, patient)
    again = held(bench.hapi, patient)
    # As a text, which pytest does not shorten: by meta.source it says which call made each resource.
    ids = [f"{r['resourceType']}/{r['id']} {r['meta']}" for r in results(bench.hapi, patient)]
    assert again == whole[kind].held, "\n".join((*calls, *ids))


@pytest.mark.parametrize("kind", WRITERS)
def test_a_writer_that_is_killed_while_it_looks_after_what_it_wrote_has_written_all(
    bench: Bench, whole: dict[str, Whole], kind: str
) -> None:
    # Before a call and after the one before it are the same to the server, so every other step is enough for each.
    for step in range(whole[kind].post + 1, len(whole[kind].calls) + 1):
        moment = READS[step % 2]
        patient = seed(bench.hapi, RECORD)
        bench.killed(kind, patient, step, moment)
        again = bench.undisturbed(kind, patient)
        assert not [call for call in again if call.startswith("POST")]
        assert held(bench.hapi, patient) == whole[kind].held


def _changed(hapi: Hapi, patient: str) -> None:
    """The hospital notes another finding."""
    label = patient.split("-", maxsplit=1)[0]
    pain = observation("sins-pain", "mechanical", "T6", name="pain")
    hapi.put({**pain, "id": f"{label}-pain", "subject": {"reference": f"Patient/{patient}"}})


def test_a_writer_that_is_killed_while_it_replaces_results_has_replaced_all_or_none(bench: Bench) -> None:
    patient = seed(bench.hapi, RECORD)
    bench.undisturbed("pull", patient)
    before = held(bench.hapi, patient)
    _changed(bench.hapi, patient)
    calls = bench.undisturbed("pull", patient)
    after = held(bench.hapi, patient)
    assert after != before
    (post,) = [n for n, call in enumerate(calls, 1) if call.startswith("POST")]
    for moment in (Moment.AT_WORK, Moment.UNREAD):
        patient = seed(bench.hapi, RECORD)
        bench.undisturbed("pull", patient)
        _changed(bench.hapi, patient)
        bench.killed("pull", patient, post, moment)
        check_not_half(settled(bench.hapi, patient), before, after)
        bench.undisturbed("pull", patient)
        assert held(bench.hapi, patient) == after


@pytest.mark.parametrize("kind", WRITERS)
def test_two_who_write_at_once_make_one_answer(bench: Bench, whole: dict[str, Whole], kind: str) -> None:
    for _ in range(2):
        patient = seed(bench.hapi, RECORD)
        bench.proxy.begin()
        both = [bench.writer(kind, patient) for _ in range(2)]
        for one in both:
            one.begin()
        assert [one.end() for one in both] == [0, 0]
        assert held(bench.hapi, patient) == whole[kind].held


@pytest.mark.parametrize("kind", WRITERS)
def test_a_server_that_is_busy_at_every_call_is_written_to_once(
    bench: Bench, whole: dict[str, Whole], kind: str
) -> None:
    patient = seed(bench.hapi, RECORD)
    bench.proxy.be_busy(429, 503)
    assert bench.run(kind, patient) == 0
    assert held(bench.hapi, patient) == whole[kind].held


@pytest.mark.parametrize(
    ("status", "after"),
    [(409, False), (412, False), (412, True), (503, True)],
    ids=["409", "412", "412 after it was written", "503 after it was written"],
)
def test_a_transaction_that_is_refused_is_written_once(
    bench: Bench, whole: dict[str, Whole], status: int, after: bool
) -> None:
    patient = seed(bench.hapi, RECORD)
    bench.proxy.refuse({whole["click"].post: status}, after=after)
    assert bench.run("click", patient) == 0
    assert held(bench.hapi, patient) == whole["click"].held


def test_a_refusal_at_any_other_call_is_an_error_and_the_next_attempt_writes_once(
    bench: Bench, whole: dict[str, Whole]
) -> None:
    patient = seed(bench.hapi, RECORD)
    for step in range(1, whole["pull"].post):
        bench.proxy.refuse({step: (409, 412)[step % 2]})
        assert bench.run("pull", patient) == 2
        assert not results(bench.hapi, patient)
    bench.undisturbed("pull", patient)
    assert held(bench.hapi, patient) == whole["pull"].held
