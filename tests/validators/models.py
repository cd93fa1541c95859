"""Checks FHIR resources with the pydantic models of ``fhir.resources``.

python -m tests.validators.models FILE...

The models are of R4B (4.3.0), the nearest to R4 that there is. One line for each problem,
``file: error (fhir.resources): element: message``; the exit code is 1 when there is one that is not accepted.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from tests.validators.accepted import accepted


def problems(resource: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with a resource: elements and messages."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    try:
        model = get_fhir_model_class(kind or "-")
    except KeyError:
        yield "resourceType", "no such type of resource in R4B"
        return
    try:
        model.model_validate(resource)
    except ValidationError as error:
        for each in error.errors():
            yield ".".join(str(part) for part in (kind, *each["loc"])), each["msg"]


def main(files: list[str]) -> int:
    known = accepted("models")
    found = waved = 0
    for file in files:
        for element, message in problems(orjson.loads(Path(file).read_bytes())):
            if any(each.message.search(f"{element}: {message}") for each in known):
                waved += 1
                continue
            found += 1
            print(f"{file}: error (fhir.resources): {element}: {' '.join(message.split())}")
    print(f"fhir.resources: {len(files)} files: {found} problems, {waved} accepted with a reason")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("usage: python -m tests.validators.models FILE...", file=sys.stderr)
        sys.exit(2)
    sys.exit(main(sys.argv[1:]))
