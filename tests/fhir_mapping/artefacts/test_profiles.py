"""The profiles of the answers: every answer keeps them, and each rule of them can be broken."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from service import BASE
from service.api.app import create_app
from service.api.settings import Settings
from service.fhir_mapping.artefacts import artefacts
from tests.support.door import assess
from tests.support.records import bundle, condition, metastasis, observation, patient
from tests.support.stored import CASES, EXAMPLES, contract, record

Resource = dict[str, Any]
PROFILES = {each["type"]: each for each in artefacts()["StructureDefinition"].values() if each["kind"] == "resource"}


def broken(resource: Resource) -> list[str]:
    """The rules of its profile that a resource breaks: a reading of the differential that knows nothing else."""
    profile = PROFILES.get(resource["resourceType"])
    return [] if profile is None else list(_broken(resource, profile))


def _broken(resource: Resource, profile: Resource) -> Iterator[str]:
    for element in profile["differential"]["element"][1:]:
        parent, _, name = element["path"].removeprefix(f"{profile['type']}.").rpartition(".")
        for holder in _at(resource, parent.split(".") if parent else []):
            values = _values(holder, name)
            if len(values) < element.get("min", 0):
                yield f"{element['path']}: fewer than {element['min']}"
            if element.get("max", "*") != "*" and len(values) > int(element["max"]):
                yield f"{element['path']}: more than {element['max']}"
            yield from (f"{element['path']}: {why}" for value in values for why in _faults(*value, element))


def _at(value: Any, names: list[str]) -> list[Any]:
    """The elements at a path, lists taken apart."""
    if not names:
        return [value]
    found = value.get(names[0], [])
    return [each for one in (found if isinstance(found, list) else [found]) for each in _at(one, names[1:])]


def _values(holder: Resource, name: str) -> list[tuple[str, Any]]:
    """The values of an element, each with its type where its name says it."""
    if not name.endswith("[x]"):
        found = holder.get(name, [])
        return [("", each) for each in (found if isinstance(found, list) else [found])]
    stem = name.removesuffix("[x]")
    return [(key.removeprefix(stem), value) for key, value in holder.items() if re.fullmatch(f"{stem}[A-Z].*", key)]


def _faults(kind: str, value: Any, element: Resource) -> Iterator[str]:
    types = element.get("type", [])
    if kind and types and kind.lower() not in {each["code"].lower() for each in types}:
        yield f"of type {kind}"
    targets = [target.rsplit("/", 1)[1] for each in types for target in each.get("targetProfile", ())]
    if targets and value.get("type") not in targets:
        yield f"a reference to {value.get('type')}"
    if "fixedCode" in element and value != element["fixedCode"]:
        yield f"not {element['fixedCode']}"
    if "binding" in element:
        name = element["binding"]["valueSet"].removeprefix(f"{BASE}/ValueSet/")
        codes = {each["code"] for each in artefacts()["CodeSystem"][name]["concept"]}
        given = {c.get("code") for c in value.get("coding", ()) if c.get("system") == f"{BASE}/CodeSystem/{name}"}
        if not given & codes:
            yield f"no code of {name}"


def _records() -> Iterator[tuple[str, Resource]]:
    yield from ((case, contract(case)) for case in CASES)
    paths: list[Path] = sorted(EXAMPLES.rglob("*.json"))
    yield from ((path.stem, orjson.loads(path.read_bytes())) for path in paths)
    for name in (
        "mcode-ig-stu4-examples/Bundle-mcode-patient-bundle-jenny-m",
        "mcode-trial-matching/TrialMatching_Patient02",
    ):
        yield name, record(name)
    yield "nothing", bundle(patient())
    yield "no patient", bundle(metastasis(), condition("C79.51")) | {"entry": [{"resource": metastasis()}]}
    yield (
        "wrongly several",
        bundle(metastasis(), observation("ecog", 1), observation("ecog", 2), observation("ecog", 3)),
    )


RECORDS = dict(_records())


@pytest.fixture(scope="module")
def answered() -> dict[str, list[Resource]]:
    """Every answer, as collection and as transaction."""
    client = create_app(Settings()).test_client()
    return {
        name: [assess(client, given), assess(client, given, return_="transaction")] for name, given in RECORDS.items()
    }


@pytest.mark.parametrize("name", RECORDS)
def test_an_answer_keeps_the_profiles(answered: dict[str, list[Resource]], name: str) -> None:
    for answer in answered[name]:
        parts = [answer, *(entry["resource"] for entry in answer["entry"])]
        parts += [inner for part in parts for inner in part.get("contained", ())]
        assert [fault for part in parts for fault in broken(part)] == []


def test_every_type_of_resource_in_an_answer_has_a_profile(answered: dict[str, list[Resource]]) -> None:
    seen = {entry["resource"]["resourceType"] for both in answered.values() for a in both for entry in a["entry"]}
    assert seen | {"Bundle"} == set(PROFILES)


@pytest.mark.parametrize("kind", sorted(PROFILES))
def test_every_rule_of_a_profile_is_one_that_a_resource_can_break(
    answered: dict[str, list[Resource]], kind: str
) -> None:
    """So that the reading of the profiles above does not pass over a rule."""
    answer = max((both[0] for both in answered.values()), key=lambda each: len(each["entry"]))
    resources = [answer, *(entry["resource"] for entry in answer["entry"])]
    whole = next(each for each in resources if each["resourceType"] == kind)
    for element in PROFILES[kind]["differential"]["element"][1:]:
        path = element["path"].removeprefix(f"{kind}.")
        *parents, name = path.split(".")
        spoiled = copy.deepcopy(whole)
        (holder, *_) = _at(spoiled, parents) or [None]
        if holder is None:
            continue  # an element that this answer does not have, such as a goal
        stem = name.removesuffix("[x]")
        for key in [key for key in holder if key == stem or (name.endswith("[x]") and key.startswith(stem))]:
            del holder[key]
        if not element.get("min"):
            wrong = {"type": "Patient"}
            holder[f"{stem}String" if name.endswith("[x]") else stem] = [wrong, wrong]
        assert any(fault.startswith(f"{element['path']}:") for fault in broken(spoiled)), element


def test_the_paths_of_a_profile_are_those_of_its_type() -> None:
    from service.fhir_mapping.inbound.definitions import elements  # noqa: PLC0415  # slow to load

    for kind, profile in PROFILES.items():
        assert profile["baseDefinition"] == f"http://hl7.org/fhir/StructureDefinition/{kind}"
        for element in profile["differential"]["element"][1:]:
            known = elements(kind)
            for name in element["path"].split(".")[1:]:
                stem = name.removesuffix("[x]")
                assert known is not None, element["path"]
                match = next((n for n in known if n == name or (name.endswith("[x]") and n.startswith(stem))), None)
                # A choice may be narrowed by the name of the one type that is used.
                assert match, element["path"]
                known = elements(known[match].kind) if not known[match].is_primitive else None


@pytest.mark.parametrize("kind", sorted(PROFILES))
def test_the_rules_of_a_profile_are_in_the_order_of_its_type(kind: str) -> None:
    """A snapshot cannot be made of a differential in another order."""
    from service.fhir_mapping.inbound.definitions import elements  # noqa: PLC0415  # slow to load

    names = list(elements(kind) or ())
    given = [
        element["path"].split(".")[1].removesuffix("[x]") for element in PROFILES[kind]["differential"]["element"][1:]
    ]
    places = [next(n for n, name in enumerate(names) if name.startswith(stem)) for stem in given]
    assert places == sorted(places)
