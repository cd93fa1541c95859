"""Settings come from the environment and a file; what cannot be stops the start, in words that hold no value."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from service.api.settings import BadSettings, Settings


def read(**given: object) -> Settings:
    return Settings.from_environment({f"SPINEMETS_{name.upper()}": str(value) for name, value in given.items()})


def test_nothing_set_is_all_defaults() -> None:
    assert Settings.from_environment({}) == Settings()


def test_an_empty_variable_is_none() -> None:
    assert (
        Settings.from_environment({f"SPINEMETS_{field.name.upper()}": "" for field in fields(Settings)}) == Settings()
    )


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('max_jobs = 3\njob_seconds = 60\nfhir_servers = ["https://a.example/fhir/", "https://b.example"]\n')
    found = read(config=file, max_jobs=5)
    assert (found.max_jobs, found.job_seconds) == (5, 60)
    assert found.fhir_servers == ("https://a.example/fhir", "https://b.example")


def test_a_secret_is_read_from_the_file_that_is_mounted_for_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    found = read(smart_client_secret_file=file, smart_client_id="app", fhir_servers="https://ehr.example/fhir")
    assert found.smart_client_secret == "hush"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_body_bytes", "many"),
        ("max_body_bytes", "0"),
        ("max_body_bytes", "99999999999999999999"),
        ("max_waiting", "9999999999999"),
        ("max_depth", "7"),
        ("remembered", "10001"),
        ("anyone_may_call", "perhaps"),
        ("public_url", "https://hospital.example/path"),
        ("public_url", "somewhere.example"),
        ("private_networks", "10.0.0.1/8"),
        ("trusted_proxies", "proxy.example"),
        ("trusted_proxies", "0.0.0.0/0"),
        ("trusted_proxies", "10.1.0.0/16, ::/0"),
        ("trusted_proxies", "0.0.0.0/1, 128.0.0.0/1"),
        ("trusted_proxies", "::ffff:0:0/96"),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("ready_seconds", "31.25"),
        ("frame_origins", "https://a.example/path"),
    ],
)
def test_a_value_that_cannot_be_is_named_and_not_echoed(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=f"^SPINEMETS_{name.upper()}: ") as raised:
        read(**{name: value})
    assert value not in str(raised.value) or len(value) == 1


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(BadSettings, match=r"SPINEMETS_MAX_JOBS: .* SPINEMETS_LOG_LEVEL: "):
        read(max_jobs="x", log_level="x")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("max_jbos = 3", "max_jbos"),
        ('smart_client_secret = "hush', "is not TOML"),
        ("fhir_servers = [1]", "SPINEMETS_FHIR_SERVERS: Give a list"),
        ("[access]\npath = 3", "SPINEMETS_ACCESS"),
        ("private_networks = 3", "SPINEMETS_PRIVATE_NETWORKS"),
        ('"hush hush" = 3', "a name that is no setting: one"),
    ],
)
def test_a_file_of_settings_that_is_wrong_stops_the_start_without_a_value(
    tmp_path: Path, content: str, says: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    with pytest.raises(BadSettings) as raised:
        read(config=file)
    assert says in str(raised.value)
    assert "hush" not in str(raised.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="SPINEMETS_CONFIG names a file that cannot be read"):
        read(config=tmp_path / "missing")
    with pytest.raises(BadSettings, match="SPINEMETS_DATABASE_FILE names a file that cannot be read"):
        read(database_file=tmp_path / "missing")


def test_a_value_and_a_file_with_it_are_not_both_taken(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="Set one of them"):
        read(database="sqlite:////x", database_file=tmp_path / "x")


def test_secrets_are_marked_as_such() -> None:
    assert {field.name for field in fields(Settings) if field.metadata["secret"]} == {"database", "smart_client_secret"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SPINEMETS_AUDIT_REQUIRED": "true"}, "SPINEMETS_AUDIT "),
        ({"SPINEMETS_SMART_CLIENT_SECRET": "hidden"}, "SPINEMETS_SMART_CLIENT_ID"),
        ({"SPINEMETS_SMART_CLIENT_ID": "hidden"}, "SPINEMETS_FHIR_SERVERS"),
    ],
)
def test_a_setting_that_does_nothing_without_another_one_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=said) as raised:
        Settings.from_environment(given)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "servers", ["http://hospital.example/fhir", "hospital.example", "https://user:hidden@hospital.example", "ftp://x"]
)
def test_a_server_that_could_never_be_called_is_refused_at_the_start(servers: str) -> None:
    with pytest.raises(BadSettings, match="SPINEMETS_FHIR_SERVERS: Give addresses") as raised:
        Settings.from_environment({"SPINEMETS_FHIR_SERVERS": f"https://other.example/fhir,{servers}"})
    assert "hidden" not in str(raised.value)


def test_origins_of_pages_are_origins_or_all() -> None:
    assert Settings.from_environment({"SPINEMETS_CORS_ORIGINS": "*"}).cors_origins == ("*",)
    for wrong in ("ehr.example", "https://ehr.example,*", "https://ehr.example/x"):
        with pytest.raises(BadSettings, match="SPINEMETS_CORS_ORIGINS"):
            Settings.from_environment({"SPINEMETS_CORS_ORIGINS": wrong})


def test_a_file_with_a_key_is_not_taken_for_a_file_with_the_path_of_one(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden")
    with pytest.raises(BadSettings, match="SPINEMETS_AUDIT_KEY is itself the path") as raised:
        Settings.from_environment({"SPINEMETS_AUDIT_KEY_FILE": str(tmp_path / "key")})
    assert "hidden" not in str(raised.value)
