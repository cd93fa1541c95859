"""A site's ConceptMaps as files: read from a folder, checked for their form, and put on top of those of the package."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec
import orjson

from service.fhir_mapping.terminology import STANDARD
from service.fhir_mapping.terminology.layering import Layered, layered

#: No map of a site is larger, in bytes.
_LARGEST = 32 * 1024 * 1024

_Equivalence = Literal[
    "relatedto",
    "equivalent",
    "equal",
    "wider",
    "subsumes",
    "narrower",
    "specializes",
    "inexact",
    "unmatched",
    "disjoint",
]


class BadMaps(ValueError):
    """A folder of maps that cannot be used; the message says why and the mend, in one line."""


class _Product(msgspec.Struct):
    value: str
    property: str = ""
    system: str = ""


class _Target(msgspec.Struct):
    equivalence: _Equivalence
    code: str = ""
    product: list[_Product] = []
    dependsOn: list[Any] = []  # noqa: N815  # the name in FHIR


class _Element(msgspec.Struct):
    code: str = ""
    target: list[_Target] = []


class _Group(msgspec.Struct):
    source: str
    element: list[_Element]
    target: str = ""
    unmapped: dict[str, Any] | None = None


class _ConceptMap(msgspec.Struct):
    resourceType: Literal["ConceptMap"]  # noqa: N815  # the name in FHIR
    status: Literal["draft", "active", "retired", "unknown"]
    group: list[_Group] = []


def load(folder: Path | None) -> Layered:
    """The maps in force: those of the package, with the ConceptMaps of a folder on top in the order of their names.

    Raises:
        BadMaps: there is no such folder, no map is in it, or a file in it is no ConceptMap of R4.
    """
    if folder is None:
        return Layered(STANDARD)
    if not folder.is_dir():
        raise BadMaps(f"{folder}: no such folder")
    found = sorted(folder.glob("*.json"))
    if not found:  # who names a folder believes that its codes are read
        raise BadMaps(f"{folder}: no map is in it; put ConceptMaps there as .json files, or do not name the folder")
    return _load(tuple((path, path.stat().st_mtime_ns) for path in found))


@lru_cache(maxsize=4)
def _load(files: tuple[tuple[Path, int], ...]) -> Layered:
    return layered([(path.name, _read(path)) for path, _ in files])


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise BadMaps(f"{path}: larger than {_LARGEST // 1024 // 1024} MB; split it")
        content = orjson.loads(path.read_bytes())
        read = msgspec.convert(content, _ConceptMap)
    except OSError as error:
        raise BadMaps(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise BadMaps(f"{path}: not JSON: {error}") from None
    except msgspec.ValidationError as error:
        mend = "; R5 has relationship, R4 has equivalence" if "equivalence" in str(error) else ""
        raise BadMaps(f"{path}: no ConceptMap of FHIR R4: {error}{mend}") from None
    for n, group in enumerate(read.group):
        if group.unmapped and group.unmapped.get("mode") in ("fixed", "other-map"):
            mend = "list the codes one by one, or take group.unmapped out"
            raise BadMaps(f"{path}: group[{n}].unmapped is not read, so codes would be lost: {mend}")
    made: dict[str, Any] = msgspec.to_builtins(read)
    return made
