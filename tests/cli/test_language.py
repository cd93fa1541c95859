"""``spinemets assess --language``: the report and the answer in another language."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from service.cli import main
from service.report.layout import columns

RECORD = Path(__file__).parents[2] / "examples" / "prostate-emergency.json"


def test_the_report_is_japanese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", str(RECORD), "--format", "text", "--language", "ja"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("脊椎腫瘍")
    assert all(columns(line) <= 100 for line in said.splitlines())


@pytest.mark.parametrize("form", ["fhir", "transaction"])
def test_the_answer_is_japanese_with_the_ids_of_the_english_one(
    capsysbinary: pytest.CaptureFixture[bytes], form: str
) -> None:
    made = []
    for language in ("ja", "en"):
        assert main(["assess", str(RECORD), "--format", form, "--language", language]) == 0
        made.append(orjson.loads(capsysbinary.readouterr().out))
    said, english = made
    assert [entry["fullUrl"] for entry in said["entry"]] == [entry["fullUrl"] for entry in english["entry"]]
    assert {entry["resource"]["language"] for entry in said["entry"]} == {"ja"}
    assert all("language" not in entry["resource"] for entry in english["entry"])


def test_a_language_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["assess", str(RECORD), "--language", "xx"])
    assert ended.value.code == 2
    assert "choose from" in capsys.readouterr().err
