"""The record that the page carries: packed into a field of the form, opened, and put together with what was typed."""

from __future__ import annotations

import gzip
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import orjson

from service.case import Case, Lesion
from service.evidence import When
from service.fhir_mapping.inbound import kinds, time_of
from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.decode import ARRAY, OBJECT, decode, text
from service.fhir_mapping.inbound.parameters import Question, question
from service.fhir_mapping.inbound.unpacking import TooMuch, gunzip
from service.fhir_mapping.inbound.xml import from_xml
from service.page.answers import Response, Typed, Wrong, response, run
from service.page.form import LEVEL, LEVEL_TO, MOST_LESIONS
from service.problems import Problem, Rejected
from service.vertebrae import REGIONS

_WITHIN = "Bundle.entry[0].resource"
_TYPED = "Bundle.entry[1].resource."


@dataclass(frozen=True)
class Example:
    """A made-up record to try the page with."""

    name: str
    title: str
    about: str


EXAMPLES = (
    Example("kidney-complete", "Kidney cancer, T11", "Everything is known: every score is exact."),
    Example("breast-two-levels", "Breast cancer, T10 and L4", "Two lesions, one of them irradiated before."),
    Example("prostate-emergency", "Prostate cancer, T7-T9", "An emergency, with much still to be found out."),
    Example("lung-conflict", "Lung cancer, L1", "Sources that disagree, and a value on both sides of a limit."),
    Example("breast-settled", "Breast cancer, C2", "A plan that is settled although most is missing."),
    Example("chondrosarcoma-t9", "Chondrosarcoma, T9", "A primary tumour of the spine."),
)


def example(name: str) -> bytes | None:
    """The record of an example as FHIR JSON; None where there is no such example."""
    if name not in {each.name for each in EXAMPLES}:
        return None
    return gzip.decompress(files("service.page").joinpath("examples", f"{name}.json.gz").read_bytes())


# A record in a field of the form


def packed(content: bytes) -> str:
    """Bytes as the text of a hidden field."""
    return urlsafe_b64encode(gzip.compress(content, compresslevel=6, mtime=0)).decode("ascii")


def unpacked(field: str, limit: int) -> bytes:
    """The bytes of such a text.

    Raises:
        Rejected: 400 if it is none, 413 if there are more than ``limit``.
    """
    try:
        return gunzip(urlsafe_b64decode(field), limit)
    except TooMuch:
        raise too_large(limit) from None
    except (Error, ValueError, EOFError):
        message = "The record in the page is damaged. Open it again."
        raise Rejected(400, Problem("structure", message, "Bundle")) from None


def too_large(limit: int) -> Rejected:
    message = (
        f"The record is larger than {limit / 1024 / 1024:g} MiB. Leave out what carries no findings (Claim, "
        "ExplanationOfBenefit, older Encounters), or let the site raise SPINEMETS_MAX_BODY_BYTES."
    )
    return Rejected(413, Problem("too-long", message, "Bundle"))


def opened(content: bytes, bounds: Bounds = USUAL) -> Question:
    """The question that a record in JSON or XML asks.

    Raises:
        Rejected: it is not FHIR R4.
    """
    found = from_xml(content, bounds) if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else decode(content)
    kinds.refuse_other(found)
    return question(found)


# A record together with what was typed


@dataclass(frozen=True)
class Asked:
    """What is asked about a record and what was typed, and where each part of it stands."""

    question: Question
    typed: Response
    nested: bool
    """Whether both are there, so that the record is a Bundle within the one that is assessed."""

    def problems(self, rejected: Rejected) -> tuple[tuple[Problem, ...], tuple[Wrong, ...]]:
        """What is wrong with the record, and what with the fields of the form."""
        of_record: list[Problem] = []
        of_form: list[Wrong] = []
        for problem in rejected.problems:
            where = problem.expression
            name = self.typed.field_at(where.removeprefix(self._before)) if where.startswith(self._before) else None
            if name is not None:
                of_form.append(Wrong(name, problem.message))
            elif self.nested and where.startswith(_WITHIN):
                of_record.append(replace(problem, expression=f"Bundle{where.removeprefix(_WITHIN)}"))
            else:
                of_record.append(problem)
        return tuple(of_record), tuple(of_form)

    @property
    def typed_resource(self) -> dict[str, Any]:
        """The resource that was typed; empty where nothing was."""
        found: dict[str, Any] = self.question.bundle["entry"][-1]["resource"] if self.typed.items else {}
        return found

    @property
    def typed_id(self) -> str:
        """The id of that resource."""
        return str(self.typed_resource.get("id", ""))

    @property
    def _before(self) -> str:
        return _TYPED if self.nested else f"{_WITHIN}."


def asked(record: Question | None, typed: Typed, now: datetime, as_of: When | None = None) -> Asked | None:
    """The question of a record with the answers to the form beside it; None where there is neither.

    The answers are of the time that is asked about: ``as_of``, else that of the record, else now. So they are the
    latest that is known then, and never left out as too late.
    """
    made = response(typed)
    if record is None:
        if not made.items:
            return None if not made.wrong else Asked(Question({}), made, nested=False)
        return Asked(Question(_bundle(made.resource(_at(as_of, now)))), made, nested=False)
    if not made.items:
        return Asked(record, made, nested=False)
    at = _time(record, now, as_of)
    both = _bundle(record.bundle, made.resource(at))
    stamp = record.bundle.get("timestamp") if isinstance(record.bundle, OBJECT) else None
    if isinstance(stamp, str):
        both["timestamp"] = stamp
    return Asked(replace(record, bundle=both), made, nested=True)


def case(content: bytes | None, asked_: Asked, now: datetime, *read_as: Mapping[str, Any]) -> dict[str, Any]:
    """The record with what was typed, to keep: a Bundle, in Parameters where it is to be read in a way of its own."""
    typed = [*_bundle(asked_.typed_resource)["entry"]] if asked_.typed.items else []
    if content is None:
        whole: dict[str, Any] = {**_bundle(), "timestamp": _instant(now), "entry": typed}
    else:
        whole = orjson.loads(text(opened(content).bundle))
        if typed:
            whole["entry"] = [*whole.get("entry", ()), *typed]
    if not read_as:
        return whole
    return {"resourceType": "Parameters", "parameter": [{"name": "bundle", "resource": whole}, *read_as]}


def _bundle(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [*map(_entry, resources)]}


def _entry(resource: Any) -> dict[str, Any]:
    typed = resource.get("id") if resource.get("resourceType") == "QuestionnaireResponse" else None
    return {**({"fullUrl": f"urn:uuid:{typed}"} if typed else {}), "resource": resource}


def _instant(now: datetime) -> str:
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _time(record: Question, now: datetime, as_of: When | None) -> str:
    """Now, where the record is of today; else the end of the day that it is of, so that they are its latest."""
    asked_about = as_of or record.as_of
    return _at(asked_about, now) if asked_about else _end(time_of(record.bundle), now)


def _at(as_of: When | None, now: datetime) -> str:
    return _end(as_of.text if as_of else None, now)


def _end(then: str | None, now: datetime) -> str:
    if then is None or then == _instant(now)[:10]:
        return _instant(now)
    return f"{then}T23:59:59Z" if len(then) == len("2026-10-01") else then


def patient_in(content: bytes) -> str:
    """Who the record is of, in the words that a chart begins with: name, date of birth."""
    bundle = opened(content).bundle
    listed = bundle.get("entry") if isinstance(bundle, OBJECT) else None
    for entry in listed if isinstance(listed, ARRAY) else ():
        resource = entry.get("resource") if isinstance(entry, OBJECT) else None
        if isinstance(resource, OBJECT) and resource.get("resourceType") == "Patient":
            patient = orjson.loads(text(resource))
            names = patient.get("name")
            name = names[0] if isinstance(names, list) and names and isinstance(names[0], dict) else {}
            given = name.get("given")
            parts = [*(given if isinstance(given, list) else ()), name.get("family")]
            whole = name.get("text") or " ".join(part for part in parts if isinstance(part, str))
            return ", ".join(part for part in (whole, patient.get("birthDate")) if isinstance(part, str) and part)
    return ""


# What a record says, beside the fields


def lesions_of(case_: Case) -> Typed:
    """A group of fields for each lesion of a record, so that what is missing of it can be typed."""
    return Typed(lesions=tuple(_place(lesion) for lesion in case_.lesions[:MOST_LESIONS]))


def _place(lesion: Lesion) -> Mapping[str, str]:
    if lesion.levels:
        first, last = lesion.levels[0], lesion.levels[-1]
        return {LEVEL: first} if first == last else {LEVEL: first, LEVEL_TO: last}
    return {LEVEL: lesion.name} if lesion.name in REGIONS and lesion.name != "spine" else {}


def group_of(lesion: Lesion, typed: Typed) -> int | None:
    """The number of the group of fields that is about a lesion; None where there is none."""
    places = [_levels(each) for each in typed.lesions]
    own = _levels(_place(lesion))
    exact = next((n for n, place in enumerate(places) if place == own), None)
    if exact is not None:
        return exact
    return next((n for n, place in enumerate(places) if place and place <= {*lesion.levels}), None)


def _levels(place: Mapping[str, str]) -> frozenset[str]:
    return frozenset(run(place.get(LEVEL, ""), place.get(LEVEL_TO, "")) or ())
