"""Which word somebody meant: only one that is really like it."""

from __future__ import annotations

import pytest

from catalog.nearest import one_of

FORMS = ("boolean", "date", "integer", "name", "phone", "text", "wan")


@pytest.mark.parametrize(
    ("word", "meant"), [("nmae", "name"), ("int", "integer"), ("Dates", "date"), ("bool", "boolean")]
)
def test_a_misspelt_or_shortened_word_is_told_with_the_one_that_was_meant(word: str, meant: str) -> None:
    assert one_of(word, FORMS).endswith(f"; the nearest is {meant}")


@pytest.mark.parametrize("word", ["money", "yuan", "time", "string", ""])
def test_another_word_is_told_with_the_list_alone(word: str) -> None:
    assert "nearest" not in one_of(word, FORMS)
