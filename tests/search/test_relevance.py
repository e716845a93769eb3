"""How many of the practices found answer, told by their scores."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.regression import Regression
from recueil_qa.search import relevance
from recueil_qa.search.relevance import answering, features_of
from recueil_qa.types import Practice, PracticeHit

repeatable = settings(max_examples=100, deadline=None, derandomize=True)
PRACTICE = Practice("a-p1", "a", "T", ())
SCORES = st.lists(st.floats(-10, 200), max_size=8).map(lambda found: sorted(found, reverse=True))


def hits(*scores: float) -> list[PracticeHit]:
    return [PracticeHit(PRACTICE, score, rank) for rank, score in enumerate(scores, 1)]


def test_a_practice_answers_where_it_is_no_more_than_a_little_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = Regression(weights={"behind": -2.0}, intercept=1.0, threshold=0.5, cross_validated={})
    monkeypatch.setattr(relevance, "_fitted", lambda: {relevance.LEARNT: model})
    assert answering(hits(5.0, 4.6, 4.5, 4.4, 1.0), learnt=True) == 3
    assert answering(hits(1.0), learnt=True) == 1
    assert answering([], learnt=True) == 0


def test_the_first_one_does_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    never = Regression(weights={}, intercept=-9.0, threshold=0.5, cross_validated={})
    monkeypatch.setattr(relevance, "_fitted", lambda: {relevance.LEARNT: never})
    assert answering(hits(0.1, 0.1, 0.1), learnt=True) == 1


def test_features_are_the_score_and_what_it_lacks() -> None:
    assert features_of(2.5, 4.0) == {"score": 2.5, "behind": 1.5}


@repeatable
@given(SCORES)
def test_those_that_answer_are_among_those_found(scores: list[float]) -> None:
    found = answering(hits(*scores), learnt=True)
    assert min(len(scores), 1) <= found <= len(scores)


@repeatable
@given(st.floats(0, 10), st.integers(1, 6))
def test_what_is_shipped_tells_equals_alike(score: float, count: int) -> None:
    assert answering(hits(*[score] * count), learnt=True) in (1, count)


def test_what_is_shipped_leaves_out_what_is_far_behind() -> None:
    assert answering(hits(6.0, -1.0, -2.0), learnt=True) == 1
