"""What holds for every published artefact: identity, form, and notices."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from typing import Any

import pytest

from service import BASE, KNOWLEDGE_VERSION
from service.fhir_mapping.artefacts import KINDS, artefacts
from service.fhir_mapping.artefacts.building import NOTICES

ALL = [resource for kind in KINDS for resource in artefacts()[kind].values()]
#: The maps are files with versions of their own.
MADE = [resource for resource in ALL if resource["resourceType"] != "ConceptMap"]


def name(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


@pytest.mark.parametrize("resource", ALL, ids=name)
def test_it_fits_the_model_of_its_type(resource: dict[str, Any]) -> None:
    kind = resource["resourceType"]
    model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
    model.model_validate(resource)


def test_urls_and_names_are_unique() -> None:
    assert not [url for url, n in Counter(resource["url"] for resource in ALL).items() if n > 1]
    assert not [key for key, n in Counter((r["resourceType"], r["name"]) for r in ALL).items() if n > 1]


@pytest.mark.parametrize("resource", ALL, ids=name)
def test_the_url_is_the_type_and_the_id(resource: dict[str, Any]) -> None:
    assert resource["url"] == f"{BASE}/{name(resource)}"
    assert re.fullmatch(r"[A-Za-z0-9.-]{1,64}", resource["id"])
    assert re.fullmatch(r"[A-Z]\w{0,254}", resource["name"], re.ASCII)
    assert resource["status"] == "active"
    assert resource["experimental"] is False
    assert resource["publisher"]
    assert resource["title"]
    assert resource["description"]


@pytest.mark.parametrize("resource", MADE, ids=name)
def test_what_is_made_here_has_the_version_of_the_knowledge(resource: dict[str, Any]) -> None:
    assert resource["version"] == KNOWLEDGE_VERSION
    year, month, *_ = KNOWLEDGE_VERSION.split(".")
    assert resource["date"].startswith(f"{year}-{month}-")
    assert resource["text"]["status"] == "generated"


_OWNERS = dict(zip(NOTICES, ("SNOMED", "LOINC", "ICD-O-3", "CPT", "UCUM"), strict=True))


@pytest.mark.parametrize("resource", ALL, ids=name)
def test_codes_of_others_come_with_their_notice(resource: dict[str, Any]) -> None:
    for system in named_systems(resource):
        if system in _OWNERS:
            assert _OWNERS[system] in resource["copyright"]


def named_systems(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(named_systems, value))
    if not isinstance(value, dict):
        return set()
    own = {value[key] for key in ("system", "source") if isinstance(value.get(key), str)}
    return own.union(*map(named_systems, value.values()))


def test_they_are_made_once() -> None:
    assert artefacts() is artefacts()
