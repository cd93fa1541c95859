"""Reads the access file: TOML in which every name is known and every value is one that can be."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from service.callers.access import Access, CdsClient, Certificate, Client, Issuer, Known, Page
from service.callers.access_values import (
    OneLine,
    Place,
    ScopeText,
    Web,
    address,
    called,
    fingerprint,
    is_web,
    listed,
    pinned,
)

_VARIABLE = "SPINEMETS_ACCESS"
_MAX_BYTES = 1024 * 1024


class BadAccess(ValueError):
    """The access file cannot be used; the message names each place with the mend, and holds no value."""


def read_access(path: Path, public_url: str | None, services: Collection[str]) -> Access:
    """What an access file says; ``services`` are the CDS Hooks services that there are.

    Raises:
        BadAccess: it cannot be read, or something in it cannot be.
    """
    if not public_url:
        message = (
            f"{_VARIABLE}: tokens are judged by the address that callers use, and nobody has said which. Set "
            "SPINEMETS_PUBLIC_URL."
        )
        raise BadAccess(message)
    public = public_url.rstrip("/")
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise BadAccess(f"{_VARIABLE}: the file is larger than 1 MiB. Name the access file.")
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeError):
        raise BadAccess(f"{_VARIABLE} names a file that cannot be read. Correct it.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = re.search(r"\(at [^)]*\)", str(error))
        raise BadAccess(f"{_VARIABLE}: the file is not TOML {place[0] if place else ''}. Correct it.") from None
    try:
        made: Access = _File(context=_Site(public, path.parent, services)).load(given)
    except ValidationError as error:
        raise BadAccess(" ".join(f"{_VARIABLE}: {text}" for text in _said(error.messages))) from None
    return made


class _Site:
    """What the file is read beside."""

    def __init__(self, public: str, folder: Path, services: Collection[str]) -> None:
        self.public = public
        self.folder = folder
        self.services = services


# Parts


class _Strict(Schema):
    """Nothing is passed over: a name that is misspelt would leave a door open or shut."""

    class Meta:
        unknown = RAISE

    def __init__(self, *args: Any, context: _Site | None = None, **named: Any) -> None:
        super().__init__(*args, **named)
        self.site = context


class _KnownSchema(_Strict):
    id = OneLine(required=True)
    name = called()
    scopes = listed(ScopeText(), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Known:
        return Known(**_frozen(data))


class _IssuerSchema(_Strict):
    iss = OneLine(required=True)
    name = called()
    audience = OneLine(load_default="")
    jwks = Place(required=True)
    algorithms = pinned()
    single_use = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    token_endpoint = Web(load_default=None)
    client = fields.List(fields.Nested(_KnownSchema), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Issuer:
        return Issuer(clients=tuple(data.pop("client")), **_frozen(data))


class _ClientSchema(_Strict):
    client_id = OneLine(required=True)
    name = called()
    jwks = Place(required=True)
    scopes = listed(ScopeText(), required=True)
    algorithms = pinned()

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Client:
        return Client(**_frozen(data))


class _CdsClientSchema(_Strict):
    iss = OneLine(required=True)
    name = called()
    jwks = Place(load_default=None)
    jku = listed(Web(), load_default=list)
    algorithms = pinned()
    services = listed(fields.String(), load_default=None)
    tenant = OneLine(load_default=None)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> CdsClient:
        if data["jwks"] is None and not data["jku"]:
            raise ValidationError(
                "Give jwks, where its keys are, or jku, the addresses that its tokens may name.", "jwks"
            )
        return CdsClient(**_frozen(data))


class _CertificateSchema(_Strict):
    sha256 = fingerprint()
    name = called()
    scopes = listed(ScopeText(), load_default=list)
    services = listed(fields.String(), load_default=list)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Certificate:
        return Certificate(**_frozen({**data, "sha256": data["sha256"].replace(":", "").lower()}))


class _PageSchema(_Strict):
    allow = fields.Enum(Page, by_value=True, required=True)


class _File(_Strict):
    addresses = fields.List(address(), load_default=list)
    issuer = fields.List(fields.Nested(_IssuerSchema), load_default=list)
    client = fields.List(fields.Nested(_ClientSchema), load_default=list)
    cds_client = fields.List(fields.Nested(_CdsClientSchema), load_default=list)
    certificate = fields.List(fields.Nested(_CertificateSchema), load_default=list)
    page = fields.Nested(_PageSchema, load_default=None)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Access:
        site = self.site
        assert site is not None  # noqa: S101  # read_access gives it
        made = Access(
            (site.public, *data["addresses"]),
            tuple(_placed(_with_audience(each, site.public), site.folder) for each in data["issuer"]),
            tuple(_placed(each, site.folder) for each in data["client"]),
            tuple(_placed(each, site.folder) for each in data["cds_client"]),
            tuple(data["certificate"]),
            data["page"]["allow"] if data["page"] else Page.LAUNCHED,
        )
        _check(made, site.services)
        return made


def _with_audience(issuer: Issuer, public: str) -> Issuer:
    return issuer if issuer.audience else replace(issuer, audience=f"{public}/fhir")


def _placed(each: Any, folder: Path) -> Any:
    """With the file of its keys as a whole path."""
    if each.jwks is None or is_web(each.jwks):
        return each
    return replace(each, jwks=str(folder / each.jwks))


def _frozen(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}


def _check(access: Access, services: Collection[str]) -> None:
    """What one part cannot know of another."""
    _check_once("issuer", "iss", [each.iss for each in access.issuers])
    _check_once("client", "client_id", [each.client_id for each in access.clients])
    _check_once("certificate", "sha256", [each.sha256 for each in access.certificates])
    _check_once("cds_client", "iss", [(each.iss, each.tenant) for each in access.cds_clients])
    for issuer in access.issuers:
        _check_once("issuer.client", "id", [each.id for each in issuer.clients])
    # The tokens of this server name it as their issuer.
    if any(each.iss == access.public for each in access.issuers):
        raise ValidationError("This is the server itself. Leave it out.", "issuer")
    for part, named in (
        ("cds_client", [each.services or () for each in access.cds_clients]),
        ("certificate", [each.services for each in access.certificates]),
    ):
        if any(name not in services for names in named for name in names):
            there_are = ", ".join(sorted(services))
            raise ValidationError({part: {"services": [f"There is no such service. There are {there_are}."]}})
    if not (access.issuers or access.clients or access.cds_clients or access.certificates):
        raise ValidationError("Nobody may call. Add an issuer, client, cds_client or certificate.", "_schema")


def _check_once(part: str, name: str, values: list[Any]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError({part: {name: ["It is there twice. Leave one out."]}})


def _said(messages: Any, path: str = "") -> Iterator[str]:
    """What is wrong, each at its place; marshmallow counts from 0, and people from 1."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            if name == "_schema":
                yield from _said(inner, path)
            elif isinstance(name, int):
                yield from _said(inner, f"{path} {name + 1}")
            else:
                shown = name if re.fullmatch(r"[A-Za-z0-9_]{1,40}", str(name)) else "a name"
                yield from _said(inner, f"{path}.{shown}" if path else str(shown))
        return
    for text in messages if isinstance(messages, list) else [messages]:
        mend = _MENDS.get(str(text), str(text))
        yield f"{path}: {mend}" if path else mend


_MENDS = {
    "Unknown field.": "There is no such name here. Correct or remove it.",
    "Missing data for required field.": "It is missing. Add it.",
    "Not a valid string.": "Give a text in double quotes.",
    "Not a valid list.": "Give a list.",
    "Not a valid boolean.": "Give true or false.",
    "Field may not be null.": "It is missing. Add it.",
    "Invalid input type.": "Give it as a table.",
}
