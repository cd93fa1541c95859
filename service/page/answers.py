"""What was typed into the form, and the QuestionnaireResponse that it makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from service import BASE
from service.fhir_mapping.artefacts import given
from service.fhir_mapping.artefacts.questionnaire import LESION_ITEM, LEVEL_ITEM
from service.fhir_mapping.outbound.building import SYSTEMS, UCUM
from service.findings import FINDINGS
from service.page.form import LEVEL, LEVEL_TO, MOST_LESIONS, UNIT, Field, codes, fields
from service.vertebrae import ORDER, REGIONS, levels

QUESTIONNAIRE = f"{BASE}/Questionnaire/spinal-tumour"
#: No answer is longer; what is, is cut and then refused as no answer to the question.
_LONGEST = 100
_NAME = re.compile(rf"{LESION_ITEM}\.(\d{{1,3}})\.(.+)")
_NUMBER = re.compile(r"(<=|>=|<|>|≤|≥)?\s*([+-]?\d{1,9}(?:[.,]\d{1,6})?)", re.ASCII)
_COUNT = re.compile(r"\d{1,6}", re.ASCII)
_SIGNS = {"≤": "<=", "≥": ">="}
NOT_A_NUMBER = "This is not a number. Type one such as 3.5, or <3.5."
NOT_A_COUNT = "This is not a whole number. Type one such as 2."
NO_SUCH_LEVEL = "There is no such level. Choose one from the list."
PART_AND_LEVEL = "A part of the spine and a level cannot be joined. Choose two levels, or the part alone."


@dataclass(frozen=True)
class Wrong:
    """An answer that cannot be read: the name of its field, and the mend."""

    field: str
    message: str


@dataclass(frozen=True)
class Typed:
    """The answers as they were typed: those of the patient, and those of each lesion, by the name of the field."""

    patient: Mapping[str, str] = field(default_factory=dict)
    lesions: tuple[Mapping[str, str], ...] = ()

    @property
    def named(self) -> dict[str, str]:
        """Every answer by the name that its field has on the page."""
        of_lesions = {
            lesion_field(n, name): value for n, each in enumerate(self.lesions) for name, value in each.items()
        }
        return {**self.patient, **of_lesions}

    def with_lesion(self) -> Typed:
        """With one more lesion, of which nothing is said."""
        return Typed(self.patient, (*self.lesions, {})[:MOST_LESIONS])

    def without_lesion(self, n: int) -> Typed:
        return Typed(self.patient, (*self.lesions[:n], *self.lesions[n + 1 :]))


@dataclass(frozen=True)
class Response:
    """A QuestionnaireResponse, and which field each of its answers came from."""

    items: tuple[Mapping[str, Any], ...]
    places: Mapping[str, str]
    """The name of the field by the path of its item within the resource."""
    wrong: tuple[Wrong, ...]

    def resource(self, authored: str) -> dict[str, Any]:
        """The resource. Its id follows from its day and content: what is answered to it is the same all day long."""
        return {
            "resourceType": "QuestionnaireResponse",
            "id": str(uuid5(NAMESPACE_URL, f"{QUESTIONNAIRE} {authored[:10]} {orjson.dumps(self.items).decode()}")),
            "questionnaire": QUESTIONNAIRE,
            "status": "completed",
            "authored": authored,
            "item": [*self.items],
        }

    def field_at(self, path: str) -> str | None:
        """The field that a path within the resource is about."""
        found = [place for place in self.places if path.startswith(place)]
        return self.places[max(found, key=len)] if found else None


def lesion_field(n: int, name: str) -> str:
    return f"{LESION_ITEM}.{n}.{name}"


def typed(posted: Iterable[tuple[str, str]]) -> Typed:
    """The answers of a form that was posted. What is no field of it is left out, and so is an empty answer."""
    patient: dict[str, str] = {}
    lesions: dict[int, dict[str, str]] = {}
    of_patient, of_lesion = _names(within_lesion=False), {LEVEL, LEVEL_TO, *_names(within_lesion=True)}
    for name, given_ in posted:
        value = given_.strip()[: _LONGEST + 1]
        found = _NAME.fullmatch(name)
        if found is None:
            if name in of_patient and value:
                patient[name] = value
        elif found[2] in of_lesion:
            lesion = lesions.setdefault(int(found[1]), {})
            if value:
                lesion[found[2]] = value
    return Typed(patient, tuple(lesions[n] for n in sorted(lesions)[:MOST_LESIONS]))


def _names(*, within_lesion: bool) -> set[str]:
    found: set[str] = set()
    for code in codes(within_lesion=within_lesion):
        asked = fields()[code]
        found |= {code, *(f"{code}{UNIT}" for _ in asked.units), *(f"{code}.{n}" for n in range(len(asked.parts)))}
    return found


def response(answers: Typed) -> Response:
    """The answers as a QuestionnaireResponse. A lesion of which only the level is given is left out."""
    made = _Made()
    for code in codes(within_lesion=False):
        made.answer(fields()[code], answers.patient, code, made.items, "item")
    for n, lesion in enumerate(answers.lesions):
        made.lesion(n, lesion)
    return Response(tuple(made.items), made.places, tuple(made.wrong))


class _Made:
    """The items as they are made."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.places: dict[str, str] = {}
        self.wrong: list[Wrong] = []

    def lesion(self, n: int, lesion: Mapping[str, str]) -> None:
        inside: list[dict[str, Any]] = []
        path = f"item[{len(self.items)}].item"
        levels_ = run(lesion.get(LEVEL, ""), lesion.get(LEVEL_TO, ""))
        if levels_ is None:
            message = PART_AND_LEVEL if lesion.get(LEVEL) in REGIONS else NO_SUCH_LEVEL
            self.wrong.append(Wrong(lesion_field(n, LEVEL), message))
        elif levels_:
            self.places[f"{path}[0]"] = lesion_field(n, LEVEL)
            coded = [{"valueCoding": {"system": SYSTEMS["vertebra"], "code": level}} for level in levels_]
            inside.append({"linkId": LEVEL_ITEM, "answer": coded})
        of_level = len(inside)
        for code in codes(within_lesion=True):
            self.answer(fields()[code], lesion, lesion_field(n, code), inside, path)
        if len(inside) > of_level:
            self.items.append({"linkId": LESION_ITEM, "item": inside})

    def answer(
        self, asked: Field, given_: Mapping[str, str], name: str, items: list[dict[str, Any]], path: str
    ) -> None:
        try:
            found = [*_answers(asked, given_)]
        except ValueError as reason:
            self.wrong.append(Wrong(name, str(reason)))
            return
        if found:
            self.places[f"{path}[{len(items)}]"] = name
            items.append({"linkId": asked.code, "answer": found})


def _answers(asked: Field, given_: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    value = given_.get(asked.code, "")
    match asked.kind:
        case "parts":
            parts = (given_.get(f"{asked.code}.{n}", "") for n in range(len(asked.parts)))
            chosen = (value, *(parts if value == asked.narrows else ()))
            yield from (_coded(asked, code) for code in chosen if code)
        case _ if not value:
            return
        case "yes-no":
            # Anything else is no answer to it, and is refused where it is read.
            yield {"valueBoolean": {"true": True, "false": False}.get(value, value)}
        case "number":
            yield {"valueQuantity": _quantity(asked, value, given_.get(f"{asked.code}{UNIT}", ""))}
        case "count":
            if not _COUNT.fullmatch(value):
                raise ValueError(NOT_A_COUNT)
            yield {"valueInteger": int(value)}
        case "words":
            yield {"valueString": value}
        case _:
            yield _coded(asked, value)


def _coded(asked: Field, code: str) -> dict[str, Any]:
    return {"valueCoding": {"system": SYSTEMS[given.system(FINDINGS[asked.code])], "code": code}}


def _quantity(asked: Field, value: str, unit: str) -> dict[str, Any]:
    found = _NUMBER.fullmatch(value)
    if found is None:
        raise ValueError(NOT_A_NUMBER)
    number = float(found[2].replace(",", "."))
    quantity: dict[str, Any] = {"value": int(number) if number.is_integer() else number}
    if found[1]:
        quantity["comparator"] = _SIGNS.get(found[1], found[1])
    chosen = next((each for each in asked.units if each.code == unit), asked.units[0])
    return {**quantity, "unit": chosen.code, "system": UCUM, "code": chosen.code}


def run(first: str, last: str) -> tuple[str, ...] | None:
    """The codes of the levels from one to another, or of a part of the spine; None where that is no place."""
    first, last = (first or last), (last or first)
    if not first:
        return ()
    if first in REGIONS and last == first:
        return (first,)
    if first not in ORDER or last not in ORDER:
        return None
    return levels(*sorted((first, last), key=ORDER.__getitem__))
