"""Texts that know how they were made."""

from service.text import cased, phrase, say, series

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
