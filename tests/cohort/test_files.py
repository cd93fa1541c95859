"""Files are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from service.cohort.files import create, half_of, whole


def _fail(path: Path, meanwhile: Callable[[], object] = lambda: None) -> None:
    with whole(path) as file:
        file.write(b"half")
        meanwhile()
        raise ZeroDivisionError


def test_a_file_that_was_not_finished_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail(tmp_path / "file")
    assert not (tmp_path / "file").exists()


def test_a_process_that_was_left_over_cannot_finish_the_file_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_over = whole(tmp_path / "file")
    left_over.__enter__().write(b"whole")
    monkeypatch.setattr(os, "getpid", lambda: 1)
    with pytest.raises(ZeroDivisionError):
        _fail(tmp_path / "file", lambda: left_over.__exit__(None, None, None))
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_two_machines_do_not_write_into_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster may give one part to two of them, and their processes may have one number."""
    here = half_of(tmp_path / "file", tmp_path)
    monkeypatch.setattr(os, "uname", lambda: type("Named", (), {"nodename": "another"}))
    assert half_of(tmp_path / "file", tmp_path) != here


def test_a_link_that_somebody_left_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"mine")
    (tmp_path / "new").symlink_to(tmp_path / "precious")
    with create(tmp_path / "new") as file:
        file.write(b"records")
    assert (tmp_path / "precious").read_bytes() == b"mine"
