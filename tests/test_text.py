"""Texts that know how they were made."""

import pytest

from service.text import cased, partition, phrase, quoted, replaced, rpartition, say, series, split

JAPANESE = {
    "{first} or {last}": "{first}または{last}",
    ", ": "、",
    "myelopathy": "脊髄症",
    "Myelopathy": "脊髄症",
    "Kidney": "腎",
    "no {finding}": "{finding}なし",
}


def ja(english):
    return JAPANESE.get(english, english)


def test_a_phrase_is_its_english_string():
    made = phrase("no {finding}", finding="myelopathy")
    assert made == "no myelopathy"
    assert hash(made) == hash("no myelopathy")
    assert {made: 1}["no myelopathy"] == 1


def test_a_phrase_is_put_together_anew_in_another_language():
    assert say(phrase("no {finding}", finding="myelopathy"), ja) == "脊髄症なし"


def test_values_that_are_no_texts_stay_as_they_are():
    assert say(phrase("{n} points", n=3), lambda english: {"{n} points": "{n}点"}.get(english, english)) == "3点"


def test_phrases_within_phrases_and_series_are_said_too():
    several = series(", ", [phrase("no {finding}", finding="myelopathy"), "Kidney"])
    assert several == "no myelopathy, Kidney"
    assert say(phrase("{first} or {last}", first=several, last="Kidney"), ja) == "脊髄症なし、腎または腎"


def test_a_changed_first_letter_is_a_matter_of_english():
    lower = cased("Kidney", str.lower)
    assert lower == "kidney"
    assert say(lower, ja) == "腎"


def test_what_has_no_translation_stays_english():
    assert say("no such text", ja) == "no such text"


def test_braces_in_a_value_are_no_placeholders():
    assert say(phrase("no {finding}", finding="{finding}"), ja) == "{finding}なし"


# Taking texts apart

SIGNS = series(", ", ["myelopathy", phrase("no {finding}", finding="Kidney")])
REASON = phrase("{when}: {what} ({source})", when=SIGNS, what="a; b: c", source="Hong 2022")
TEXTS = (
    "a: b; c",
    SIGNS,
    REASON,
    cased(REASON, str.capitalize),
    series("; ", [REASON, SIGNS, "d"]),
    series(" / ", [series("; ", ["a", "b"]), "c; d"]),
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("separator", [", ", ": ", "; ", " (", " / ", "nowhere"])
def test_a_text_is_taken_apart_as_a_string_is(text, separator):
    for most in (-1, 0, 1, 2):
        assert split(text, separator, most) == str(text).split(separator, most)
    assert partition(text, separator) == str(text).partition(separator)
    assert rpartition(text, separator) == str(text).rpartition(separator)
    assert replaced(text, separator, "+") == str(text).replace(separator, "+")


@pytest.mark.parametrize("text", TEXTS)
def test_the_pieces_are_still_said_in_english_as_they_are(text):
    for separator in (", ", ": ", "; ", " ("):
        assert [say(piece, str) for piece in split(text, separator)] == str(text).split(separator)


def test_the_pieces_of_a_text_keep_their_parts():
    first, _, rest = partition(REASON, ": ")
    assert say(first, ja) == "脊髄症、腎なし"
    assert say(rest, ja) == "a; b: c (Hong 2022)"
    assert [say(piece, ja) for piece in split(SIGNS, ", ")] == ["脊髄症", "腎なし"]


def test_what_is_replaced_leaves_the_other_parts_their_translation():
    assert say(replaced(SIGNS, "Kidney", "myelopathy"), ja) == "脊髄症、脊髄症なし"


def test_what_is_replaced_across_two_parts_is_a_plain_string():
    assert type(replaced(REASON, " (Hong 2022)", "")) is str


def test_quoted_words_are_never_translated():
    assert say(quoted("myelopathy"), ja) == "myelopathy"
    assert say(phrase("no {finding}", finding=quoted("Kidney")), ja) == "Kidneyなし"


def test_a_changed_first_letter_stays_where_the_text_has_no_translation():
    assert say(cased("Spine", str.lower), ja) == "spine"
