"""What an answer says of itself, in three bands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.types import Band, band_words

repeatable = settings(max_examples=100, deadline=None, derandomize=True)


@pytest.mark.parametrize(
    ("band", "practices", "language", "several", "words"),
    [
        (Band.ANSWERS, 1, "fr", False, "1 pratique répond"),
        (Band.ANSWERS, 2, "fr", False, "2 pratiques répondent"),
        (Band.ANSWERS, 6, "fr", True, "6 pratiques répondent"),
        (Band.ANSWERS, 1, "en", False, "1 practice answers"),
        (Band.ANSWERS, 1, "en", True, "1 practice answers"),
        (Band.ANSWERS, 3, "en", False, "3 practices answer"),
        (Band.LEADS, 1, "fr", False, "Des pistes, sans certitude"),
        (Band.LEADS, 4, "fr", True, "Des pistes, sans certitude"),
        (Band.LEADS, 1, "en", False, "Leads, without certainty"),
        (Band.LEADS, 4, "en", True, "Leads, without certainty"),
        (Band.NOTHING, 0, "fr", False, "Rien dans le recueil n'y répond"),
        (Band.NOTHING, 0, "fr", True, "Rien dans les recueils n'y répond"),
        (Band.NOTHING, 0, "en", False, "Nothing in the collection answers this"),
        (Band.NOTHING, 1, "en", True, "Nothing in the collections answers this"),
    ],
)
def test_a_band_is_told_in_words(
    band: Band, practices: int, language: str, several: bool, words: str
) -> None:
    assert band_words(band, practices, language, several=several) == words


@repeatable
@given(st.sampled_from(Band), st.integers(0, 100), st.sampled_from(["fr", "en"]), st.booleans())
def test_only_an_answer_tells_a_number_and_never_a_percentage(
    band: Band, practices: int, language: str, several: bool
) -> None:
    words = band_words(band, practices, language, several=several)
    assert "%" not in words
    assert "{" not in words
    digits = "".join(filter(str.isdigit, words))
    assert digits == (str(practices) if band is Band.ANSWERS else "")
