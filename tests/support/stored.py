"""The stored records: the cases of the contract, real records, and the demonstration Bundles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "tests" / "data" / "contract"
RECORDS = ROOT / "tests" / "data" / "records"
EXAMPLES = ROOT / "examples"

CASES = ("a", "b", "c", "d")


def contract_path(case: str) -> Path:
    return CONTRACT / f"{case}.json"


def contract(case: str) -> Any:
    """One of the four Bundles of the contract, decoded."""
    return orjson.loads(contract_path(case).read_bytes())


def record(name: str) -> Any:
    """A real record, by folder and file name without ``.json``."""
    return orjson.loads((RECORDS / f"{name}.json").read_bytes())


def bundles() -> list[Path]:
    """Every stored record that is a Bundle with a type, the demonstrations among them."""
    found = [*sorted(CONTRACT.glob("*.json")), *sorted(RECORDS.rglob("*.json")), *sorted(EXAMPLES.glob("*.json"))]
    decoded = ((path, orjson.loads(path.read_bytes())) for path in found)
    return [p for p, d in decoded if isinstance(d, dict) and d.get("resourceType") == "Bundle" and d.get("type")]


def title(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"
