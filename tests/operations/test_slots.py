"""Workers come and go, and the figures of all of them stay."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from service.operations import slots
from service.operations.exposition import exposed
from service.operations.meters import REPLAY_FALLBACK as ONE
from service.operations.meters import WORKERS
from tests.support.figures import figure

NOTHING = "spinemets_replay_fallback_total "


def counted() -> float:
    line = next(line for line in exposed(()).decode().splitlines() if line.startswith(NOTHING))
    return float(line.removeprefix(NOTHING))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.db"))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of the figures of a server that has begun."""
    slots.begin(tmp_path)
    yield tmp_path
    slots.end()


def worker() -> Any:
    made = SimpleNamespace()
    slots.lend(made)
    return made


def work(who: Any, times: int) -> None:
    slots.become(who)
    for _ in range(times):
        ONE.add()


def test_the_figures_of_all_workers_are_added(folder: Path) -> None:
    first, second = worker(), worker()
    work(first, 2)
    work(second, 3)
    assert counted() == 5


def test_a_worker_goes_on_where_the_one_before_stopped_and_no_file_is_added(folder: Path) -> None:
    keeps, goes = worker(), worker()
    work(keeps, 1)
    work(goes, 2)
    before = files(folder)
    for _ in range(20):
        slots.give_back(goes)
        goes = worker()
        work(goes, 1)
    assert counted() == 23
    assert files(folder) == before
    assert figure(WORKERS, event="ended") == 20


def test_no_two_workers_have_one_place(folder: Path) -> None:
    made = [worker() for _ in range(4)]
    slots.give_back(made[1])
    slots.give_back(made[2])
    made[1:3] = [worker(), worker()]
    made.append(worker())
    places = [vars(each).popitem()[1] for each in made]
    assert len(set(places)) == 5


def test_a_worker_without_room_counts_nothing_and_lives(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    work(worker(), 2)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with caplog.at_level(logging.WARNING):
        poor = worker()
    assert "no room for the figures of a worker" in caplog.text
    work(poor, 5)
    slots.give_back(poor)
    assert counted() == 2


def test_room_is_taken_before_it_is_needed(folder: Path) -> None:
    worker()
    for path in folder.rglob("*.db"):
        assert path.stat().st_blocks * 512 >= slots.ROOM


def test_the_folder_is_private_and_goes_with_the_server(tmp_path: Path) -> None:
    slots.begin(tmp_path)
    made = slots.folder()
    assert made is not None
    assert made.stat().st_mode & 0o077 == 0
    slots.end()
    assert not list(tmp_path.iterdir())
    assert slots.folder() is None


def test_a_folder_that_cannot_be_used_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="SPINEMETS_METRICS"):
        slots.begin(tmp_path / "file")


def test_without_any_folder_the_service_runs_and_shows_no_figures(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> str:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkdtemp", full)
    with caplog.at_level(logging.WARNING):
        slots.begin(None)
    try:
        assert "no folder for metrics" in caplog.text
        work(worker(), 3)
        with pytest.raises(OSError):  # noqa: PT011  # its kind is all that it says
            exposed(())
    finally:
        monkeypatch.undo()
        slots.begin(None)
        slots.end()
    assert counted() == 0


def test_what_a_killed_server_has_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    left, living = tmp_path / "spinemets-metrics-left", tmp_path / "spinemets-metrics-living"
    for each in (left, living):
        each.mkdir()
        (each / "lock").touch()
    stranger = tmp_path / "spinemets-metrics-stranger"
    stranger.symlink_to(living)
    with (living / "lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        slots.begin(tmp_path)
        slots.end()
        assert not left.exists()
        assert living.exists()
        assert stranger.is_symlink()
