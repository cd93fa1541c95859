"""The language of the reader."""

import pytest

from service.language import LANGUAGES, speaking, told, translator
from service.text import series


def test_the_reader_s_language_ends_with_the_block():
    with speaking("ja"):
        assert told(series(", ", ["1", "2"])) == "1、2"
    assert told(series(", ", ["1", "2"])) == "1, 2"


def test_there_is_no_translator_for_another_language():
    assert "xx" not in LANGUAGES
    with pytest.raises(KeyError):
        translator("xx")
