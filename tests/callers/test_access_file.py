"""The access file is read whole or not at all, and each error names its place with the mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.api.app import create_app
from service.api.settings import Settings
from service.callers.access import Access, Page
from service.callers.access_file import BadAccess, read_access
from service.callers.issuing import BadTokenKey
from tests.support.tokens import ACCESS, HERE, World

SERVICES = ("spinal-tumour-patient-view", "spinal-tumour-order-sign")
ISSUER = '[[issuer]]\niss = "https://login.example"\nname = "Login"\njwks = "https://login.example/keys"\n'
CLIENT = '[[client]]\nclient_id = "engine"\nname = "Engine"\njwks = "k.json"\nscopes = ["system/RiskAssessment.c"]\n'
CDS = '[[cds_client]]\niss = "https://ehr.example"\nname = "EHR"\njku = ["https://ehr.example/keys"]\n'
CERTIFICATE = f'[[certificate]]\nsha256 = "{"ab" * 32}"\nname = "Engine"\nscopes = ["system/RiskAssessment.c"]\n'


def read(folder: Path, text: str) -> Access:
    file = folder / "access.toml"
    file.write_text(text, "utf-8")
    return read_access(file, HERE, SERVICES)


def test_what_is_left_out_has_its_usual_value(tmp_path: Path) -> None:
    found = read(tmp_path, ISSUER + CLIENT + CDS + CERTIFICATE)
    assert found.page is Page.LAUNCHED
    assert found.issuers[0].audience == f"{HERE}/fhir"
    assert found.issuers[0].algorithms == found.cds_clients[0].algorithms == ("RS384", "ES384")
    assert found.issuers[0].single_use is False
    assert found.clients[0].jwks == str(tmp_path / "k.json")
    assert found.cds_clients[0].services is None
    assert found.token_url == f"{HERE}/auth/token"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "Nobody may call"),
        ("x = 1\n" + ISSUER, "x: There is no such name"),
        (ISSUER + 'audiense = "x"\n', "issuer 1.audiense: There is no such name"),
        (ISSUER.replace("name", "label"), "issuer 1.name: It is missing"),
        (ISSUER + 'algorithms = ["HS256"]\n', "issuer 1.algorithms 1: Give one of RS256"),
        (ISSUER + 'algorithms = ["none"]\n', "issuer 1.algorithms 1: Give one of RS256"),
        (ISSUER + 'algorithms = ["ES256K"]\n', "issuer 1.algorithms 1: Give one of RS256"),
        (ISSUER + "algorithms = []\n", "issuer 1.algorithms: Give one at least"),
        (ISSUER + 'algorithms = "ES384"\n', "issuer 1.algorithms: Give a list"),
        (ISSUER + 'single_use = "yes"\n', "issuer 1.single_use: Give true or false"),
        (ISSUER + ISSUER, "issuer.iss: It is there twice"),
        (ISSUER.replace("https://login.example/keys", "http://login.example/keys"), "issuer 1.jwks: Give an https"),
        (ISSUER.replace("https://login.example/keys", "https://a@login.example/keys"), "issuer 1.jwks: Give an https"),
        (ISSUER.replace("https://login.example/keys", "file:///etc/passwd"), "issuer 1.jwks: Give an https"),
        (ISSUER.replace("https://login.example/keys", "https://[::1"), "issuer 1.jwks: Give an https"),
        (ISSUER.replace('https://login.example"', f'{HERE}"'), "issuer: This is the server itself"),
        (CLIENT.replace("system/", "user/"), "client 1.scopes 1: Give scopes such as"),
        (CLIENT.replace('["system/RiskAssessment.c"]', "[]"), "client 1.scopes: Give one at least"),
        (CLIENT + CLIENT, "client.client_id: It is there twice"),
        (CDS.replace("jku", "# jku"), "cds_client 1.jwks: Give jwks"),
        (CDS + 'services = ["other"]\n', "cds_client.services: There is no such service"),
        (CDS + CDS, "cds_client.iss: It is there twice"),
        (CDS.replace("https://ehr.example/keys", "http://ehr.example/keys"), "cds_client 1.jku 1: Give an https"),
        (CERTIFICATE.replace("ab", "zz"), "certificate 1.sha256: Give the SHA-256"),
        (CERTIFICATE + CERTIFICATE, "certificate.sha256: It is there twice"),
        ('page = "everyone"\n' + ISSUER, "page: Give it as a table"),
        (ISSUER + '[page]\nallow = "nobody"\n', "page.allow: "),
        ('addresses = ["https://spine.example/path"]\n' + ISSUER, "addresses 1: Give an address without a path"),
        (ISSUER.replace('"Login"', '"a\\nb"'), "issuer 1.name: Give a text of one line"),
        (ISSUER.replace('"Login"', f'"{"x" * 81}"'), "issuer 1.name: Give a name of up to 80"),
        ("[issuer]\n", "issuer: Give a list"),
        ("issuer = [1]\n", "issuer 1: Give it as a table"),
        ("[[issuer]\n", "the file is not TOML (at line 1"),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_what_cannot_be_is_named_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(BadAccess) as refused:
        read(tmp_path, text)
    assert place in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(".")


def test_an_error_holds_no_value_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(BadAccess) as refused:
        read(tmp_path, ISSUER.replace("https://login.example/keys", "http://marked") + 'marked-name = "marked"\n')
    assert "http://marked" not in str(refused.value)
    assert '"marked"' not in str(refused.value)


def test_a_client_of_several_tenants_has_an_entry_for_each(tmp_path: Path) -> None:
    found = read(tmp_path, CDS + CDS + 'tenant = "north"\n')
    assert [each.tenant for each in found.cds_clients] == [None, "north"]


def test_a_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(BadAccess, match="cannot be read"):
            read_access(path, HERE, SERVICES)
    large = tmp_path / "large.toml"
    large.write_text("#" * (1024 * 1024 + 1))
    with pytest.raises(BadAccess, match="larger"):
        read_access(large, HERE, SERVICES)


# The settings beside it


def test_the_public_address_has_to_be_known(tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text(CDS)
    with pytest.raises(BadAccess, match="SPINEMETS_PUBLIC_URL"):
        create_app(Settings(access=tmp_path / "access.toml"))


def test_a_server_is_not_open_and_closed_at_once(tmp_path: Path) -> None:
    (tmp_path / "access.toml").write_text(CDS)
    with pytest.raises(BadAccess, match="Set one of them"):
        create_app(Settings(access=tmp_path / "access.toml", public_url=HERE, anyone_may_call=True))


def test_a_file_of_keys_that_is_broken_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(tmp_path)
    (tmp_path / "engine.json").write_text("{}")
    with pytest.raises(BadAccess, match="keys cannot be used"):
        world.app(patch=monkeypatch.setattr)


@pytest.mark.parametrize("content", [None, "no key", "-----BEGIN PUBLIC KEY-----"])
def test_a_key_for_tokens_that_is_none_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(BadTokenKey, match="SPINEMETS_TOKEN_KEY"):
        World(tmp_path).app(ACCESS, patch=monkeypatch.setattr, token_key=file)
