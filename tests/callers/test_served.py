"""Who may call, at a real server: it does not start open to others, and its workers judge alike."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.serving import CONFIGURATION, ROOT, free_port, serving
from tests.support.tokens import ENGINE, SCOPE, Party, assertion_claims, cds_claims, key_set

HERE = "http://127.0.0.1"


@pytest.mark.parametrize("bind", ["0.0.0.0", "[::]", ""])
def test_it_does_not_start_where_others_reach_it(bind: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINEMETS_")}
    environment = {**kept, "BIND": f"{bind}:{free_port()}", "XDG_STATE_HOME": str(tmp_path), "WEB_CONCURRENCY": "1"}
    command = [sys.executable, "-m", "gunicorn", "-c", CONFIGURATION, "service.api.app:create_app()"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode != 0
    assert "SPINEMETS_ANYONE_MAY_CALL=true" in ended.stderr
    assert "Listening at" not in ended.stderr


def test_workers_take_each_others_tokens_and_a_used_one_is_used_for_all(tmp_path: Path) -> None:
    party = Party.elliptic("es")
    (tmp_path / "keys.json").write_bytes(key_set(party.jwk()))
    (tmp_path / "access.toml").write_text(
        f'[[client]]\nclient_id = "{ENGINE}"\nname = "Engine"\njwks = "keys.json"\nscopes = ["{SCOPE}"]\n'
        '[[cds_client]]\niss = "https://ehr.example"\nname = "EHR"\njwks = "keys.json"\n'
    )
    with serving(tmp_path, workers=2, access=tmp_path / "access.toml", public_url=HERE) as served:
        claims = assertion_claims(aud=f"{HERE}/auth/token")
        form = (
            "grant_type=client_credentials&client_assertion="
            f"{party.sign(party.header(), claims)}&client_assertion_type="
            "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        ).encode()
        kind = "application/x-www-form-urlencoded"
        given = served.ask("/auth/token", form, kind)
        assert given.status == 200, given.body
        assert [served.ask("/auth/token", form, kind).status for _ in range(6)] == [400] * 6
        token = given.body.decode().split('"access_token":"')[1].split('"')[0]
        path = "/fhir/$assess-spinal-tumour"
        asked = [served.ask(path, b"{}", Authorization=f"Bearer {token}").status for _ in range(12)]
        assert asked == [400] * 12  # by the door: the body is no record
        service = "/cds-services/spinal-tumour-patient-view"
        call = party.sign(party.header(), cds_claims(aud=f"{HERE}{service}"))
        asked = [
            served.ask(service, b"{}", "application/json", Authorization=f"Bearer {call}").status for _ in range(12)
        ]
        assert asked == [400] + [401] * 11
        assert served.ask(path, b"{}").status == 401
        log = served.log.read_text()
        assert token not in log
        assert call not in log
        assert "refused" in log
