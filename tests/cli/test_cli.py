"""The command line: formats, options, standard input, several files, and one line on bad input."""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson
import pytest
from fhir.resources.R4B.bundle import Bundle

from service import KNOWLEDGE_VERSION, __version__
from service.cli import COMMANDS, main, parser
from tests.support import answers as a
from tests.support.door import parameters
from tests.support.records import VALUE, bundle, concept, metastasis, observation, primary, quantity
from tests.support.stored import CASES, RECORDS, ROOT, contract, contract_path


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own, as a user runs it."""
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(command, input=given, capture_output=True, cwd=ROOT, timeout=60, check=False)


class Ran:
    """What a command in this process has left behind."""

    def __init__(self, capture: pytest.CaptureFixture[bytes], code: int) -> None:
        self.code = code
        captured = capture.readouterr()
        self.out: bytes = captured.out
        self.err: str = captured.err.decode()


@pytest.fixture
def cli(capfdbinary: pytest.CaptureFixture[bytes]) -> Any:
    """The command in this process."""

    def call(*arguments: str | Path) -> Ran:
        code = main([str(argument) for argument in arguments])
        sys.stdout.flush()
        return Ran(capfdbinary, code)

    return call


def check_bad(ran: Ran, *words: str) -> None:
    """Exit code 2, one line on standard error, nothing on standard output."""
    assert ran.code == 2
    assert ran.out == b""
    assert ran.err.startswith("spinemets: ")
    assert ran.err.endswith("\n")
    assert len(ran.err.splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


def write(folder: Path, content: Any, name: str = "record.json") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return path


def test_as_a_process_it_answers_with_an_indented_bundle() -> None:
    done = run("assess", str(contract_path("a")))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b'{\n  "resourceType": "Bundle"')
    assert done.stdout.endswith(b"}\n")
    Bundle.model_validate_json(done.stdout)


def test_as_a_process_it_reads_standard_input() -> None:
    done = run("assess", "-", "--format", "text", given=contract_path("b").read_bytes())
    assert done.returncode == 0
    assert b"URGENT" in done.stdout


def test_as_a_process_it_leaves_with_2_and_one_line_on_bad_input() -> None:
    done = run("assess", "-", given=b'{"resourceType": "Bundle"}')
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == "spinemets: -: Bundle.type: The type is missing. A record has type collection.\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m service assess {contract_path('b')} | head -c 10"
    done = subprocess.run(command, shell=True, capture_output=True, cwd=ROOT, timeout=60, check=False)
    assert (len(done.stdout), done.stderr) == (10, b"")


def test_the_answer_is_that_of_the_server(cli: Any) -> None:
    from service.api.app import create_app  # noqa: PLC0415  # the other door
    from service.api.settings import Settings  # noqa: PLC0415  # the same
    from tests.support.door import json_of, post  # noqa: PLC0415  # the same

    client = create_app(Settings()).test_client()
    for case in CASES:
        assert orjson.loads(cli("assess", contract_path(case)).out) == json_of(post(client, contract(case)))


def test_equal_input_gives_equal_output(cli: Any) -> None:
    assert cli("assess", contract_path("c")).out == cli("assess", contract_path("c")).out


def test_format_transaction_is_ready_to_post(cli: Any) -> None:
    ran = cli("assess", contract_path("a"), "--format", "transaction")
    made = orjson.loads(ran.out)
    assert (ran.code, made["type"]) == (0, "transaction")
    assert all("request" in entry for entry in made["entry"])


def test_format_text_is_a_report(cli: Any) -> None:
    ran = cli("assess", contract_path("a"), "--format", "text")
    assert ran.code == 0
    assert ran.out.decode().startswith("TUMOUR OF THE SPINE")
    assert ran.out.endswith(b"\n")
    assert b"resourceType" not in ran.out


def test_several_files_are_a_line_each(cli: Any) -> None:
    ran = cli("assess", *(contract_path(case) for case in CASES))
    lines = ran.out.splitlines()
    assert len(lines) == 4
    assert [json.loads(line)["resourceType"] for line in lines] == ["Bundle"] * 4


def test_several_reports_have_a_heading_each(cli: Any) -> None:
    ran = cli("assess", contract_path("a"), contract_path("b"), "--format", "text")
    assert [line for line in ran.out.decode().splitlines() if line.startswith("== ")] == [
        f"== {contract_path('a')}",
        f"== {contract_path('b')}",
    ]


def test_as_of_leaves_out_what_came_later(cli: Any) -> None:
    ran = cli("assess", contract_path("a"), "--as-of", "2026-09-30")
    assert a.one(orjson.loads(ran.out), "GuidanceResponse")["status"] == "data-required"


def test_assume_complete_makes_silence_say_no(cli: Any, tmp_path: Path) -> None:
    path = write(tmp_path, bundle(metastasis(), primary("breast")))
    assert a.score(orjson.loads(cli("assess", path).out), "tomita")["status"] == "preliminary"
    assert a.score(orjson.loads(cli("assess", path, "--assume-complete").out), "tomita")["status"] == "final"


def test_a_policy_comes_from_a_file(cli: Any, tmp_path: Path) -> None:
    policy = write(tmp_path, {"name": "here", "stale_after_days": 1, "use_stale": False}, "policy.json")
    path = write(tmp_path, bundle(metastasis(), primary("breast"), observation("ecog", 1, day="2026-09-01")))
    made = orjson.loads(cli("assess", path, "--policy", policy).out)
    assert a.items(a.score(made, "katagiri-revised"))["ecog"] == "unknown"
    assert "policy here" in a.one(made, "Provenance")["agent"][0]["who"]["display"]


def test_parameters_in_a_file_are_obeyed(cli: Any, tmp_path: Path) -> None:
    path = write(tmp_path, parameters(contract("a"), asOf="2026-09-30", return_="transaction"))
    made = orjson.loads(cli("assess", path).out)
    assert (made["type"], made["timestamp"]) == ("transaction", "2026-09-30T00:00:00Z")
    over = orjson.loads(cli("assess", path, "--as-of", "2026-10-02").out)
    assert over["timestamp"] == "2026-10-02T00:00:00Z"


def test_a_dash_is_standard_input(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = io.TextIOWrapper(io.BytesIO(contract_path("a").read_bytes()))
    monkeypatch.setattr(sys, "stdin", given)
    from_input = cli("assess", "-").out
    assert from_input == cli("assess", contract_path("a")).out


BAD: dict[str, tuple[Any, str]] = {
    "empty": (b"", "empty"),
    "not json": (b"hello", "not JSON"),
    "cut": (contract_path("a").read_bytes()[:500], "breaks off"),
    "binary": (bytes(range(256)), "not UTF-8"),
    "not a bundle": ({"resourceType": "Patient"}, "not a Bundle"),
    "no type": ({"resourceType": "Bundle"}, "Bundle.type"),
    "deep": (b"[" * 20_000, ""),
    "impossible value": (bundle(metastasis(), observation("ecog", 9)), "Bundle.entry[2].resource.value"),
    "unknown unit": (bundle(metastasis(), observation("albumin", (3, "furlong"))), "UCUM"),
    "two wrong": (bundle(observation("ecog", 9), observation("ecog", 8)), "(and 1 more)"),
    "no resource": (bundle(entry=[{}]), "Bundle.entry[0].resource"),
    "a line break in a value": (
        bundle(metastasis(), observation("albumin", {"valueQuantity": quantity(3, "g/dL") | {"comparator": "a\nb"}})),
        "comparator",
    ),
    "a line break in a code": (
        bundle(metastasis(), observation("sins-pain", {"valueCodeableConcept": concept(("a\nb", VALUE))})),
        "code",
    ),
    "a line break in a name": (b'{"resourceType":"Bundle","a\\nb":1,"a\\nb":2,"type":"x"}', ""),
    "an unknown parameter": (parameters(contract("a"), policy="x"), "No such policy"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_that_names_file_element_and_mend(cli: Any, tmp_path: Path, name: str) -> None:
    content, words = BAD[name]
    path = write(tmp_path, content)
    check_bad(cli("assess", path), str(path), words)
    check_bad(cli("assess", path, "--format", "text"), str(path), words)


def test_a_record_of_another_version_is_one_line(cli: Any) -> None:
    check_bad(cli("assess", RECORDS / "wrong-version" / "Rau_Bob_66.json"), "STU3", "Convert")


def test_a_fault_of_the_program_is_one_line_without_a_word_of_the_record(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("Mustermann")

    monkeypatch.setattr("service.cli.assess._read", fail)
    ran = cli("assess", contract_path("a"))
    assert (ran.code, ran.out) == (70, b"")
    assert ran.err == "spinemets: this is a fault of the program (KeyError at tests.cli.test_cli:{}). {}\n".format(
        fail.__code__.co_firstlineno + 1, "Please report it."
    )


def test_a_file_that_is_not_there_is_one_line(cli: Any, tmp_path: Path) -> None:
    check_bad(cli("assess", tmp_path / "none.json"), "none.json", "No such file")
    check_bad(cli("assess", tmp_path), "directory")


@pytest.mark.parametrize(
    "time", ["", "soon", "2026", "2026-10", "2026-02-30", "2026-10-02T09:00:00", "2026-10-02T09:00Z"]
)
def test_a_wrong_time_is_one_line(cli: Any, time: str) -> None:
    check_bad(cli("assess", contract_path("a"), "--as-of", time), "--as-of", "2026-10-01")


@pytest.mark.parametrize(
    "policy",
    [
        b"",
        b"x",
        b"[]",
        b"1",
        b"{}",
        b"\xff",
        b'{"name": 1}',
        b'{"name": "A B"}',
        b'{"name": "x", "bogus": 1}',
        b'{"name": "x", "use_stale": "yes"}',
        b'{"name": "x", "stale_after_days": "90"}',
        b'{"name": "x", "stale_after_days": 0}',
    ],
)
def test_a_wrong_policy_is_one_line(cli: Any, tmp_path: Path, policy: bytes) -> None:
    check_bad(cli("assess", contract_path("a"), "--policy", write(tmp_path, policy, "policy.json")), "policy.json")


def test_a_policy_that_is_not_there_is_one_line(cli: Any, tmp_path: Path) -> None:
    check_bad(cli("assess", contract_path("a"), "--policy", tmp_path / "none.json"), "none.json")


def test_with_several_files_what_was_written_before_a_bad_one_is_whole(cli: Any, tmp_path: Path) -> None:
    ran = cli("assess", contract_path("a"), write(tmp_path, b"x"), contract_path("b"))
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1
    assert all(json.loads(line)["resourceType"] == "Bundle" for line in ran.out.splitlines())


def _listed(given: argparse.ArgumentParser) -> dict[str, str | None]:
    """The commands that help lists, each with what it is for."""
    (commands,) = (each for each in given._actions if isinstance(each, argparse._SubParsersAction))
    return {each.dest: each.help for each in commands._choices_actions}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_with_what_its_module_says(name: str) -> None:
    assert _listed(parser(name)) == COMMANDS
    alone = argparse.ArgumentParser()
    import_module(f"service.cli.{name}").add(alone.add_subparsers())
    assert _listed(alone) == {name: COMMANDS[name]}


def test_help_and_the_version_load_no_command() -> None:
    for argument in ("--help", "--version"):
        code = (
            "import sys; from service.cli import main\n"
            f"try: main(['{argument}'])\n"
            "except SystemExit: sys.exit(', '.join({'orjson', 'service.assess', 'structlog'} & set(sys.modules)) or 0)"
        )
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True)


def test_an_assessment_loads_no_server_and_no_client() -> None:
    code = (
        "import sys; from service.cli import main; main(['assess', sys.argv[1]]);"
        "sys.exit(', '.join({'flask', 'requests', 'sqlalchemy', 'cryptography', 'reportlab'} & set(sys.modules)) or 0)"
    )
    record = contract_path(CASES[0])
    subprocess.run([sys.executable, "-c", code, str(record)], check=True, timeout=60, capture_output=True)


@pytest.mark.parametrize("arguments", [["--help"], ["assess", "--help"]])
def test_help_says_what_there_is(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "assess" in said
    if len(arguments) == 2:
        assert all(option in said for option in ("--as-of", "--assume-complete", "--policy", "--format"))


def test_version_names_software_and_knowledge(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == f"spinemets-cds {__version__}, knowledge {KNOWLEDGE_VERSION}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["assess"], ["assess", "x", "--format", "pdf"], ["assess", "--bogus"]]
)
def test_a_command_that_there_is_not_leaves_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "usage" in captured.err
