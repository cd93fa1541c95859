"""Words in texts: the patterns mean what they mean to :mod:`re`, however long the text is and whatever stands in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.fhir_mapping.inbound import complications, drug_words, procedures
from service.fhir_mapping.inbound.mentions import in_words
from service.fhir_mapping.inbound.words import Words, worded

PATTERNS = [pattern for pattern, _ in (*complications.BY_WORDS, *procedures.BY_WORDS)] + [drug_words.WORDS]
PIECES = """Querschnittlähmung Paraparese der Beine inkomplette pathologische vertebrale Fraktur Wirbelkörper WK BWK 8
    LWS fracture, pathologic Rückenmarkskompression Rückenmark Kompression decompression of the cord dekompression
    stabilisiert Stabilisierung dorsal spin Bestrahlung 30 Gy rt RT T8 fx carbo AUC 5 medicinalis vegetabilis folfox
    TC x3 zykl. EC followed by pacli Harnverhalt Gangstörung bladder and bowel dysfunction gefühllähmung no""".split()


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join))
def test_a_pattern_means_what_it_means_elsewhere(text: str) -> None:
    for pattern in PATTERNS:
        assert worded(pattern).are_in(text) is (re.search(pattern, text, re.IGNORECASE) is not None)


@pytest.mark.parametrize(
    "piece", ["decompress rückenmark ", "rückenmark", "fraktur, x y ", "\u00e4\u4e2d", "tac ", "rt ", "(", " "]
)
def test_a_word_at_the_end_of_megabytes_is_found(piece: str) -> None:
    text = piece * (4_000_000 // len(piece.encode()))
    assert "cauda-equina-syndrome" not in in_words(text)
    assert "cauda-equina-syndrome" in in_words(f"{text} Cauda equina syndrome")


def test_each_pattern_that_a_text_has_says_its_own() -> None:
    words = Words([("a", {1, 2}), ("b", {2, 3}), ("c", {4})])
    assert words.of("ab") == {1, 2, 3}
    assert words.of("x") == frozenset()
    assert words.are_in("C")
    assert not words.are_in("")


def test_half_a_surrogate_is_no_letter() -> None:
    assert worded("a").are_in("\ud800a")
    assert not worded("a").are_in("\udfff")


def test_a_class_with_a_class_in_it_is_refused() -> None:
    with pytest.raises(ValueError, match="brackets"):
        worded(r"a[^b\W]")
