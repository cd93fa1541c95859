"""The systemd unit: its figures fit those of the service, and what it sets is what there is."""

from __future__ import annotations

import re

from service.api.settings import Settings
from service.server import gunicorn_conf
from tests.deploy.files import DEPLOY, seconds

UNIT = (DEPLOY / "systemd" / "spinemets.service").read_text("utf-8")


def said(name: str) -> list[str]:
    """The values of a name, in order."""
    return re.findall(rf"^{name}=(.*)$", UNIT, re.MULTILINE)


def test_it_runs_what_the_image_runs() -> None:
    assert said("ExecStart") == [
        '/opt/spinemets/bin/gunicorn --config python:service.server.gunicorn_conf "service.api.app:create_app()"'
    ]


def test_a_stop_leaves_the_service_the_time_that_it_takes() -> None:
    assert seconds(said("TimeoutStopSec")[0]) >= gunicorn_conf.graceful_timeout + 5


def test_a_worker_that_is_killed_for_its_memory_does_not_end_the_service() -> None:
    assert said("OOMPolicy") == ["continue"]
    assert said("Restart") == ["always"]


def test_every_variable_is_a_setting_and_every_secret_is_a_credential() -> None:
    known = {f"SPINEMETS_{name.upper()}" for name in Settings.__dataclass_fields__} | {"SPINEMETS_CONFIG"}
    variables = dict(line.split("=", 1) for line in said("Environment"))
    assert {name.removesuffix("_FILE") for name in variables} - {"XDG_STATE_HOME", "TMPDIR"} <= known
    used = {value.removeprefix("%d/") for value in variables.values() if value.startswith("%d/")}
    assert used == {line.split(":")[0] for line in said("LoadCredential")}


def test_patient_data_reach_no_disk_by_swap_core_files_or_the_temporary_folder() -> None:
    assert said("MemorySwapMax") == said("LimitCORE") == ["0"]
    assert dict(line.split("=", 1) for line in said("Environment"))["TMPDIR"] == "%t/spinemets"
    assert said("RuntimeDirectory") == ["spinemets"]
    assert said("RuntimeDirectoryMode") == said("StateDirectoryMode") == ["0700"]
