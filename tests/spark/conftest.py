"""A session of Spark for all tests of the folder. They run by ``make spark`` alone: they need Java and PySpark."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

# Half of the time of a short session goes into compiling what is run a few times.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")

collect_ignore_glob = [] if os.environ.get("SPARK") else ["test_*.py"]


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two tasks at a time, for every run of the tests: to begin a session takes longer than to assess their exports."""
    from service.cohort.spark import begin  # noqa: PLC0415  # it needs pyspark

    found = begin("local[2]", tmp_path_factory.mktemp("spark"))
    yield found
    found.stop()
