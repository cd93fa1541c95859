"""The configuration of nginx, as text: its limits fit those of the service, and nothing gets into it from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest

from service.api.settings import Settings
from tests.deploy.files import DEPLOY, compose, seconds

NGINX = DEPLOY / "nginx"
TEMPLATE = (NGINX / "spinemets.conf.template").read_text("utf-8")
RENDER = (NGINX / "render.sh").read_text("utf-8")
MIB = 1024 * 1024


def rendered(**variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NGINX_")}
    given = {f"NGINX_{name.upper()}": value for name, value in variables.items()}
    return subprocess.run(
        [str(NGINX / "render.sh")], env={**kept, **given}, capture_output=True, text=True, check=False
    )


def test_every_variable_is_filled_in_on_a_server_and_in_the_container() -> None:
    used = set(re.findall(r"\$\{(NGINX_\w+)\}", TEMPLATE))
    assert used <= {name for name in compose()["services"]["proxy"]["environment"] if name != "NGINX_ENVSUBST_FILTER"}
    done = rendered(name="cds.hospital.example")
    assert done.returncode == 0
    assert "${NGINX_" not in done.stdout
    assert "server_name cds.hospital.example;" in done.stdout


@pytest.mark.parametrize("value", ["a;b", "a b", "a{", "$host", "a\nb", "a|b", "a'b", 'a"b', "a\\b", "a#b"])
def test_a_value_that_would_become_a_part_of_the_configuration_is_refused(value: str) -> None:
    done = rendered(name="cds.hospital.example", upstream=value)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("NGINX_UPSTREAM: ")


def test_a_name_has_to_be_given() -> None:
    done = rendered()
    assert done.returncode != 0
    assert "Set NGINX_NAME" in done.stderr


def test_nginx_takes_somewhat_more_than_the_service_so_that_the_service_says_what_is_too_large() -> None:
    takes = {int(size) * MIB for size in re.findall(r"NGINX_BODY:?=?\s*(\d+)m", RENDER)}
    takes |= {int(compose()["services"]["proxy"]["environment"]["NGINX_BODY"].removesuffix("m")) * MIB}
    assert len(takes) == 1
    assert Settings().max_body_bytes < takes.pop() <= Settings().max_body_bytes + 2 * MIB


def test_nginx_waits_longer_than_the_service_gives_a_request() -> None:
    waits = seconds(re.findall(r"proxy_read_timeout (\w+);", TEMPLATE)[0])
    assert waits > Settings().request_seconds + 15


def test_what_nginx_refuses_itself_is_an_operation_outcome() -> None:
    bodies = re.findall(r"return (4\d\d|503) '(.*)';", TEMPLATE)
    assert len(bodies) == 5
    for _, body in bodies:
        outcome = json.loads(body)
        assert outcome["resourceType"] == "OperationOutcome"
        assert outcome["issue"][0]["diagnostics"].endswith(".")
    assert all(f"@{name}" in TEMPLATE for name in re.findall(r"location @(\w+)", TEMPLATE))


def test_no_log_format_knows_a_query_a_referrer_or_a_cookie() -> None:
    formats = re.findall(r"log_format .*?;", TEMPLATE, re.DOTALL)
    assert len(formats) == 1
    assert not re.search(r"\$(request|request_uri|args|query_string|is_args|http_\w+|cookie_\w+|arg_\w+)\b", formats[0])
    assert set(re.findall(r"access_log (.*);", TEMPLATE)) == {"${NGINX_LOG} spinemets", "off"}
    assert set(re.findall(r"error_log (.*);", TEMPLATE)) == {"${NGINX_ERRORS} crit"}
