"""What an answer says of itself, in three bands."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.search.confidence import Calibration
from recueil_qa.types import Band, band_words

repeatable = settings(max_examples=100, deadline=None, derandomize=True)

CALIBRATION = Calibration(
    weights={"near": 2.0}, intercept=-1.0, threshold=0.3, sure=0.7, cross_validated={}
)


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


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        (0.0, Band.NOTHING),
        (0.2999, Band.NOTHING),
        (0.3, Band.LEADS),
        (0.6999, Band.LEADS),
        (0.7, Band.ANSWERS),
        (1.0, Band.ANSWERS),
    ],
)
def test_leads_begin_at_the_threshold_and_answers_where_it_is_sure(
    probability: float, band: Band
) -> None:
    assert CALIBRATION.band(probability) is band


def test_a_collection_that_is_never_unsure_has_no_leads() -> None:
    flat = CALIBRATION.model_copy(update={"sure": 0.3})
    assert [flat.band(value) for value in (0.29, 0.3, 0.31)] == [
        Band.NOTHING, Band.ANSWERS, Band.ANSWERS,
    ]  # fmt: skip


@repeatable
@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_probability_is_never_in_a_lower_band(one: float, other: float) -> None:
    order = [Band.NOTHING, Band.LEADS, Band.ANSWERS]
    low, high = sorted((one, other))
    assert order.index(CALIBRATION.band(low)) <= order.index(CALIBRATION.band(high))
