"""``spinemets knowledge``: the overview, one section, all of them, and one line on a name that there is not."""

from __future__ import annotations

import pytest

from service.cli import main
from service.knowledge import content, markdown


def test_without_a_name_it_prints_the_overview_and_the_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# Overview\n")
    for name, section in content.by_id().items():
        assert f"- `{name}`: {section.title}\n" in out


@pytest.mark.parametrize("name", content.by_id())
def test_a_name_prints_that_section_with_its_sources(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", name]) == 0
    out = capsys.readouterr().out
    assert out == markdown.render([content.alone(content.by_id()[name])])
    assert out.startswith(f"# {content.by_id()[name].title}\n")


def test_all_prints_the_whole_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "--all"]) == 0
    assert capsys.readouterr().out == markdown.whole()


@pytest.mark.parametrize("name", ["nope", "", "SINS", "sins tomita"])
def test_a_name_that_there_is_not_is_one_line_that_names_those_that_there_are(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["knowledge", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert all(known in captured.err for known in content.by_id())


def test_help_says_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["knowledge", "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "--all" in said
    assert "sins" in said


def test_a_name_and_all_together_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["knowledge", "sins", "--all"])
    assert left.value.code == 2
    assert "usage" in capsys.readouterr().err
