"""The settings of the server: from the environment, and from a file."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, validate
from marshmallow import fields as kinds

from service.outgoing.addresses import callable_origin, is_loopback
from service.outgoing.failure import ExchangeFailed

PREFIX = "SPINEMETS_"
#: The variable that names the file of settings. It cannot stand in that file itself.
CONFIG = f"{PREFIX}CONFIG"
#: What follows the name of a variable that names a file with the value, as secrets are mounted in containers.
_IN_A_FILE = "_FILE"
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", re.ASCII)
_ADDRESS = re.compile(r"(https?://[^/\s?#]+/?)?$")
_MIB = 1024 * 1024
_EVERY_4, _EVERY_4_IN_6 = IPv4Network("0.0.0.0/0"), IPv6Network("::ffff:0:0/96")

Network = IPv4Network | IPv6Network


class BadSettings(ValueError):
    """Settings that cannot be; the message names each with the mend, and holds no value."""


class _Text(kinds.String):
    """A text; an empty one is none."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super()._deserialize(value, *args, **kwargs).strip() or None


class _Path(_Text):
    """A path."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        return Path(found) if found else None


class _Listed(kinds.Field[tuple[str, ...]]):
    """A list: ``a, b`` in the environment, an array in the file."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(each, str) for each in parts):
            raise ValidationError("Give a list, commas between its parts.")
        return tuple(part for each in parts if (part := each.strip().rstrip("/")))


class _Origins(_Listed):
    """Origins. They become part of a header, so nothing else may be among them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        if not all(_ORIGIN.fullmatch(each) for each in found):
            raise ValidationError("Give origins such as https://hospital.example, commas between them.")
        return found


class _OriginsOrAll(_Origins):
    """Origins, or ``*`` for all of them."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if value in ("*", ["*"]):
            return ("*",)
        return super()._deserialize(value, *args, **kwargs)


class _Servers(_Listed):
    """Base addresses that can be called: one that cannot would be found out by the first who needs it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        if not all(map(_can_be_called, found)):
            raise ValidationError(
                "Give addresses such as https://hospital.example/fhir, commas between them; http is for this machine "
                "alone."
            )
        return found


def _can_be_called(url: str) -> bool:
    try:
        scheme, host, _ = callable_origin(url)
    except ExchangeFailed:
        return False
    return scheme == "https" or is_loopback(host)


class _Networks(kinds.Field[tuple[Network, ...]]):
    """Networks, such as ``10.1.0.0/16``; a single address is a network of one."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        parts = value.split(",") if isinstance(value, str) else value
        try:
            return tuple(ip_network(each.strip()) for each in parts if each.strip())
        except (ValueError, TypeError, AttributeError):
            raise ValidationError("Give networks such as 10.1.0.0/16, commas between them.") from None


class _Proxies(_Networks):
    """Networks of proxies, whose word is taken. If they were all addresses, anybody's would be."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        found = super()._deserialize(value, *args, **kwargs)
        if _are_everybody(found):
            raise ValidationError(
                "These are all addresses, so everybody would be believed. Name those of the proxies alone, such as "
                "10.1.0.0/16."
            )
        return found


def _are_everybody(networks: Iterable[Network]) -> bool:
    """Whether they hold, together, every address of IPv6, or of IPv4 as such or as IPv6 writes it."""
    of_4 = collapse_addresses(each for each in networks if isinstance(each, IPv4Network))
    of_6 = collapse_addresses(each for each in networks if isinstance(each, IPv6Network))
    return _EVERY_4 in of_4 or any(each.supernet_of(_EVERY_4_IN_6) for each in of_6)


#: No bound of a size, a number or a time is larger; what is would end in a fault far from the setting.
_MOST = 2**40


def _whole(least: int = 1, most: int = _MOST) -> kinds.Integer:
    return kinds.Integer(validate=validate.Range(min=least, max=most))


def _choice(*values: str) -> kinds.String:
    return kinds.String(validate=validate.OneOf(values))


def _setting(default: Any, kind: kinds.Field[Any], does: str, *, secret: bool = False) -> Any:
    """A setting: its default, what it may be, and what it does. A secret is never shown."""
    return field(default=default, repr=not secret, metadata={"kind": kind, "does": does, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """Each setting is the variable ``SPINEMETS_`` and its name in capitals, or its name in the file of settings."""

    # What comes in
    max_body_bytes: int = _setting(16 * _MIB, _whole(), "Largest body as it is sent, in bytes. Larger: 413.")
    max_decompressed_bytes: int = _setting(16 * _MIB, _whole(), "Largest body after decompression. Larger: 413.")
    max_entries: int = _setting(100_000, _whole(), "Most entries of a Bundle. More: 413.")
    max_depth: int = _setting(100, _whole(8, 900), "Deepest nesting of a body. Deeper: 400.")
    max_text_bytes: int = _setting(8 * _MIB, _whole(1000), "Longest single text in a body, in bytes. Longer: 413.")
    max_findings: int = _setting(
        5_000,
        _whole(),
        "Most findings in a record: resources that carry them, components, answers in questionnaires. More: 413. "
        "Each thousand that disagree takes about 0.3 s.",
    )
    request_seconds: int = _setting(
        15, _whole(1, 600), "Longest time that a request may take. Longer: 503, and the worker is replaced."
    )
    max_waiting: int = _setting(
        64,
        _whole(0),
        "Most requests that may wait for a worker. Beyond it each gets 503 with Retry-After; 0: no limit.",
    )
    async_from_bytes: int = _setting(
        _MIB,
        _whole(),
        "Smallest body that is answered later for callers who prefer it. Smaller ones are answered at once.",
    )
    jobs: Path | None = _setting(
        None,
        _Path(),
        "Private folder for answers that are fetched later, on a disk that all workers see. Without it, a fresh one in "
        "the temporary folder, which goes with the server.",
    )
    max_jobs: int = _setting(
        16, _whole(), "Most such answers at a time, those that are being made included. More are refused with 429."
    )
    job_seconds: int = _setting(3600, _whole(), "How long such an answer is kept, in seconds.")

    # Who may call
    access: Path | None = _setting(
        None, _Path(), "The file that says who may call which door, see security.md. It is read at the start."
    )
    anyone_may_call: bool = _setting(
        False,
        kinds.Boolean(),
        "Serves without asking who calls, beyond this machine too. Without it and without `SPINEMETS_ACCESS`, a server "
        "that others can reach does not start.",
    )
    trusted_proxies: tuple[Network, ...] = _setting(
        (),
        _Proxies(),
        "Addresses of the proxies whose word is taken for who calls (`X-Forwarded-*`, the client certificate), commas "
        "between them. All addresses, such as `0.0.0.0/0`, are refused.",
    )
    token_key: Path | None = _setting(
        None,
        _Path(),
        "Private key that signs the tokens which this server gives to backend services, as PEM or JWK. Without it, a "
        "new one for each start; several servers need one in common.",
    )
    cors_origins: tuple[str, ...] = _setting(
        ("*",),
        _OriginsOrAll(),
        "Origins of the pages that may call the CDS Hooks services, commas between them. Cookies are never taken from "
        "them.",
    )
    frame_origins: tuple[str, ...] = _setting(
        (),
        _Origins(),
        "Origins of the pages of EHRs that show a launched page in a frame, such as `https://hospital.example`, commas "
        "between them. The origin of the FHIR server that it was launched from may do so in any case.",
    )

    # How it answers
    public_url: str | None = _setting(
        None,
        _Text(
            validate=validate.Regexp(
                _ADDRESS, error="Give an address such as https://hospital.example, without a path."
            )
        ),
        "Where callers reach the server, such as `https://hospital.example`, without a path. Without it, URLs in "
        "answers have the host that a request names.",
    )
    policies: Path | None = _setting(
        None,
        _Path(),
        "Folder with the site's policies, a JSON file each, see policy.md. Without it there is the default policy.",
    )
    maps: Path | None = _setting(
        None,
        _Path(),
        "Folder with the site's own ConceptMaps, which are put on top of those of the package, see "
        "mapping-local-codes.md. A broken one stops the start, and so does a folder without any.",
    )
    cds_budget_ms: int = _setting(
        300,
        _whole(),
        "Time that a CDS Hooks call may take in all, in milliseconds, reading from its FHIR server included.",
    )
    remembered: int = _setting(
        64,
        _whole(0, 10_000),
        "Records whose assessment each worker keeps in memory for the next CDS Hooks call about them; 0 for none. "
        "Nothing is written to a disk.",
    )
    remembered_seconds: int = _setting(120, _whole(), "How long such an assessment is kept, in seconds.")

    # Whom it calls
    fhir_servers: tuple[str, ...] = _setting(
        (),
        _Servers(),
        "Base URLs of the FHIR servers that may be read for a CDS Hooks call or a SMART launch, commas between them. "
        "No other is ever called.",
    )
    terminology_server: str | None = _setting(
        None,
        _Text(),
        "Base URL of a FHIR terminology server that is asked for SNOMED CT codes which no map knows; never required. "
        "Only codes are sent. When it is slow or down, the answer is as without it, with a remark in the ledger.",
    )
    private_networks: tuple[Network, ...] = _setting(
        (),
        _Networks(),
        "Private networks that the hosts named in these settings may be in, such as `10.1.0.0/16`, commas between "
        "them. An address that is itself named in the settings needs no network.",
    )
    smart_client_id: str | None = _setting(
        None, _Text(), "The id under which this service is registered as a SMART app. Without it there is no launch."
    )
    smart_client_secret: str | None = _setting(
        None, _Text(), "Its secret, where it is registered as a confidential client.", secret=True
    )

    # What it keeps
    database: str | None = _setting(
        None,
        _Text(),
        "URL of the database for feedback, SMART sessions and the tokens that were used: `sqlite:////path/to/file` or "
        "`postgresql+psycopg://host/name`. Without it, an SQLite file of the user that runs the server.",
        secret=True,
    )
    audit: Path | None = _setting(
        None, _Path(), "The file that the audit trail is appended to, see audit.md. Without it there is none."
    )
    audit_key: Path | None = _setting(
        None,
        _Path(),
        "File with the secret by which patients are hashed in the audit trail. Without it, one is made beside that "
        "file.",
    )
    audit_required: bool = _setting(
        False,
        kinds.Boolean(),
        "Refuses with 503 what cannot be written to the audit trail. Without it the answer is given, and the fault is "
        "logged and counted.",
    )

    audit_sync: bool = _setting(
        True,
        kinds.Boolean(),
        "Waits with each answer until the disk has its row of the audit trail, so that it outlasts a loss of power. "
        "Without it, a row outlasts the end of the server, however that comes.",
    )

    # How it is watched
    log_level: str = _setting(
        "info",
        _choice("debug", "info", "warning", "error"),
        "The least that is logged: `debug`, `info`, `warning`, `error`.",
    )
    log_format: str = _setting(
        "auto", _choice("auto", "json", "text"), "`json`, `text`, or `auto`: text on a terminal and JSON elsewhere."
    )
    metrics: Path | None = _setting(
        None,
        _Path(),
        "Folder where the workers keep their metrics. Without it, a fresh one in the temporary folder, which goes with "
        "the server.",
    )
    ready_seconds: float = _setting(
        2.0, kinds.Float(validate=validate.Range(min=0.1, max=30)), "Longest time for all the checks of `/readyz`."
    )
    drain_seconds: int = _setting(
        20, _whole(0, 600), "After a signal to stop, how long those that wait already are still answered."
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """The settings of the environment, on top of those of the file that ``SPINEMETS_CONFIG`` names.

        Raises:
            BadSettings: a setting is not known, or has a value that cannot be.
        """
        given = {**_of_the_file(environment.get(CONFIG, "")), **_of_the_environment(environment)}
        schema = Schema.from_dict({setting.name: setting.metadata["kind"] for setting in fields(cls)})()
        try:
            found = schema.load(given)
        except ValidationError as error:
            raise BadSettings(" ".join(_said(error.messages_dict))) from None
        # An empty value is none, which is the default.
        settings = cls(**{name: value for name, value in found.items() if value is not None})
        alone = " ".join(_alone(settings))
        if alone:
            raise BadSettings(alone)
        return settings


def _alone(settings: Settings) -> Iterator[str]:
    """Settings that do nothing without another one: whoever sets them believes that they do."""
    if settings.audit_required and settings.audit is None:
        yield "SPINEMETS_AUDIT_REQUIRED is set, and no audit trail is. Set SPINEMETS_AUDIT to its file."
    if settings.smart_client_secret and settings.smart_client_id is None:
        yield "SPINEMETS_SMART_CLIENT_SECRET is set without SPINEMETS_SMART_CLIENT_ID. Set both."
    if settings.smart_client_id and not settings.fhir_servers:
        yield "SPINEMETS_SMART_CLIENT_ID is set, and no server may be launched from. Set SPINEMETS_FHIR_SERVERS."


def origins(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """Where each setting that is given comes from: the name of its variable, or that of the file.

    Raises:
        BadSettings: the file cannot be read.
    """
    of_file = dict.fromkeys(_of_the_file(environment.get(CONFIG, "")), CONFIG)
    names = {name: f"{PREFIX}{name.upper()}" for name in _of_the_environment(environment)}
    return of_file | {
        n: variable if environment.get(variable) else variable + _IN_A_FILE for n, variable in names.items()
    }


def strangers(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Variables that begin as settings do and are none."""
    known = {f"{PREFIX}{setting.name.upper()}{end}" for setting in fields(Settings) for end in ("", _IN_A_FILE)}
    return sorted(name for name in environment if name.startswith(PREFIX) and name not in known | {CONFIG})


def _of_the_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says; an empty value says nothing. A variable may name a file with the value instead."""
    found: dict[str, Any] = {}
    for setting in fields(Settings):
        variable = f"{PREFIX}{setting.name.upper()}"
        value, file = environment.get(variable, ""), environment.get(f"{variable}{_IN_A_FILE}", "")
        if value and file:
            raise BadSettings(f"{variable} and {variable}{_IN_A_FILE} are both set. Set one of them.")
        if file and isinstance(setting.metadata["kind"], _Path):
            # What is in the file would be taken for a path, and be shown as one.
            raise BadSettings(f"{variable} is itself the path of a file. Set it in place of {variable}{_IN_A_FILE}.")
        if file:
            try:
                value = Path(file).read_text("utf-8").strip()
            except (OSError, UnicodeError):
                raise BadSettings(f"{variable}{_IN_A_FILE} names a file that cannot be read. Correct it.") from None
        if value:
            found[setting.name] = value
    return found


def _of_the_file(path: str) -> dict[str, Any]:
    if not path:
        return {}
    try:
        found = tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeError):
        raise BadSettings(f"{CONFIG} names a file that cannot be read. Correct it.") from None
    except tomllib.TOMLDecodeError as error:
        # What stands there may be a secret: only the place is said.
        place = re.search(r"\(at [^)]*\)", str(error))
        raise BadSettings(f"{CONFIG}: the file is not TOML {place[0] if place else ''}. Correct it.") from None
    return found


def _said(problems: Mapping[str, Any]) -> list[str]:
    known = {setting.name for setting in fields(Settings)}
    return [
        f"{PREFIX}{name.upper()}: {' '.join(map(str, told)) if isinstance(told, list) else 'This cannot be read.'}"
        if name in known
        else "The file of settings has a name that is no setting: "
        f"{name if re.fullmatch('[A-Za-z0-9_-]{1,40}', name) else 'one'}. Correct or remove it."
        for name, told in problems.items()
    ]
