"""The compose file: who reaches whom, what is written where, and that no secret is in it."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from service.api.settings import Settings
from service.callers.access_file import read_access
from service.cds_hooks.services import SERVICES
from service.server import gunicorn_conf
from tests.deploy.files import DEPLOY, compose, seconds

SERVED = compose()["services"]
ALWAYS = [name for name, each in SERVED.items() if "profiles" not in each]


@pytest.mark.parametrize("name", ALWAYS)
def test_every_container_runs_without_rights_on_a_file_system_that_it_cannot_write(name: str) -> None:
    each = SERVED[name]
    assert each["read_only"] is True
    assert each["cap_drop"] == ["ALL"]
    assert "cap_add" not in each
    assert each["security_opt"] == ["no-new-privileges:true"]
    assert each["mem_limit"]
    assert not each.get("privileged")


@pytest.mark.parametrize("name", SERVED)
def test_every_image_is_named_by_its_full_version(name: str) -> None:
    assert re.search(r":(v?\d+\.\d+(\.\d+)?[-\w.]*|\$\{SPINEMETS_VERSION:-local\})$", SERVED[name]["image"])


def test_only_nginx_is_reached_from_outside_and_only_the_service_reaches_the_database() -> None:
    on = {name: set(each["networks"]) for name, each in SERVED.items()}
    assert {name for name in ALWAYS if SERVED[name].get("ports")} == {"proxy"}
    assert on["proxy"] == {"edge", "inner"}
    assert on["database"] == {"store"}
    assert {name for name, networks in on.items() if "store" in networks} == {"service", "database"}
    assert {name for name, networks in on.items() if "inner" in networks} == {"service", "proxy"}
    networks = compose()["networks"]
    assert networks["inner"]["internal"] is True
    assert networks["store"]["internal"] is True
    assert all(port.startswith("127.0.0.1:") for port in SERVED["fhir"]["ports"])


def test_the_service_trusts_the_address_of_nginx_alone_and_nginx_finds_the_service() -> None:
    network = ip_network(compose()["networks"]["inner"]["ipam"]["config"][0]["subnet"])
    proxy, service = (SERVED[name]["networks"]["inner"]["ipv4_address"] for name in ("proxy", "service"))
    assert {ip_address(proxy), ip_address(service)} <= set(network.hosts())
    assert SERVED["service"]["environment"]["SPINEMETS_TRUSTED_PROXIES"] == proxy
    assert SERVED["proxy"]["environment"]["NGINX_UPSTREAM"] == f"{service}:8000"


def test_every_variable_of_the_service_is_a_setting() -> None:
    known = {f"SPINEMETS_{name.upper()}" for name in Settings.__dataclass_fields__} | {"SPINEMETS_CONFIG"}
    used = {name.removesuffix("_FILE") for name in SERVED["service"]["environment"] if name != "WEB_CONCURRENCY"}
    assert used <= known


def test_a_stop_leaves_the_service_the_time_that_it_takes() -> None:
    assert seconds(SERVED["service"]["stop_grace_period"]) >= gunicorn_conf.graceful_timeout + 5


def test_secrets_are_files_that_are_no_part_of_the_project() -> None:
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    assert all(each["file"].startswith("./site/secrets/") for each in compose()["secrets"].values())
    assert "POSTGRES_PASSWORD:" not in text
    assert not re.search(r"://[^/\s]*:[^/\s]*@", text)
    assert "deploy/site/" in (DEPLOY.parent / ".gitignore").read_text().splitlines()


def test_what_is_mounted_from_the_folder_of_the_site_is_in_the_example_or_made_by_the_site() -> None:
    mounted = {
        volume.split(":")[0].removeprefix("./site/")
        for each in SERVED.values()
        for volume in each.get("volumes", ())
        if volume.startswith("./site/")
    }
    assert {path.name for path in (DEPLOY / "site.example").iterdir()} == mounted - {"tls", "keys"}


@pytest.mark.parametrize("folder", [DEPLOY / "site.example", DEPLOY / "kubernetes" / "example"])
def test_the_settings_and_the_callers_of_an_example_can_be_read(folder: Path) -> None:
    settings = Settings.from_environment({"SPINEMETS_CONFIG": str(folder / "settings.toml")})
    assert settings.access == Path("/etc/spinemets/access.toml")
    assert settings.audit_required
    read = read_access(folder / "access.toml", "https://cds.hospital.example", SERVICES)
    assert len(read.certificates) == len(read.cds_clients) == 1
