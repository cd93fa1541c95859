"""A copy of the package to change."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import (
    ROOT,
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the product that a test may change."""
    shutil.copytree(ROOT / "service", tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


# Commands and outputs
