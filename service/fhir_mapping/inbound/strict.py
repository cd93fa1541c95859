"""Whole validation of the resources that are read, for ``Prefer: handling=strict``."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from service.fhir_mapping.inbound.bounds import USUAL, Bounds
from service.fhir_mapping.inbound.envelope import entries
from service.fhir_mapping.inbound.readers import relevant_entries
from service.problems import Problem, Rejected, within
from service.text import phrase


@cache
def _model(kind: str) -> Any:
    # R4B: the top-level import of fhir.resources is R5. Slow to load, so only for those who ask for it.
    return getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)


def validate(bundle: Any, bounds: Bounds = USUAL) -> None:
    """Checks every resource that carries a finding against the whole of FHIR R4.

    Raises:
        Rejected: 422, with a problem for each element that is wrong.
    """
    problems: list[Problem] = []
    for entry in relevant_entries(entries(bundle, bounds)):
        try:
            _model(entry.kind).model_validate(entry.resource)
        except ValueError as error:  # pydantic's ValidationError is one
            found: list[dict[str, Any]] = getattr(error, "errors", list)()
            for each in found[:5] or [{"loc": (), "type": "value_error"}]:
                path = entry.path
                for part in each["loc"]:
                    path = f"{path}[{part}]" if isinstance(part, int) else within(path, str(part))
                # The words of an error may hold the value; its type does not.
                kind = str(each["type"]).replace("_", " ")
                message = phrase("Not valid here ({kind}). Send the element as FHIR R4 defines it.", kind=kind)
                problems.append(Problem("structure", message, path))
    if problems:
        raise Rejected(422, *problems[:50])
