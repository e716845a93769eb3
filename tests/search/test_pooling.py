from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.search.pooling import Pool
from tests.support.oracles import plain_best_means


def best_means(
    scores: list[float], owners: list[int], practices: int, best: int
) -> npt.NDArray[np.float32]:
    """Return those of all passages, from a pool of some of more passages than these."""
    kept = np.array([True, *[False] * 2] * len(scores), bool)
    pool = Pool(kept, np.repeat(np.array(owners, np.int64), 3), practices)
    given = np.repeat(np.array(scores, np.float32), 3)
    given[~kept] = 100
    # Twice, since what a pool remembers must not hang on the scores.
    pool.means(-given, best)
    return pool.means(given, best)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([-1.0, -0.0, 0.0, 0.25, 0.5, 7.0]), st.integers(0, 5))),
    st.integers(6, 8),
    st.integers(1, 4),
)
def test_best_means_are_those_of_plain_python(
    rows: list[tuple[float, int]], practices: int, best: int
) -> None:
    scores, owners = [score for score, _ in rows], [owner for _, owner in rows]
    found = best_means(scores, owners, practices, best)
    assert found.dtype == np.float32
    expected = plain_best_means(scores, owners, practices, best)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_best_means_take_ties_once_each_and_tell_a_practice_without_passages() -> None:
    scores = [3.0, 3.0, 2.0, 1.0, -4.0]
    owners = [0, 0, 0, 2, 2]
    nan = float("nan")
    for best, expected in ((2, [3.0, nan, (1.0 - 4.0) / 2, nan]), (1, [3.0, nan, 1.0, nan])):
        np.testing.assert_array_equal(best_means(scores, owners, 4, best), expected)


def test_scores_of_any_sign_and_size_are_told_apart() -> None:
    drawn = np.random.default_rng(3).standard_normal(900).astype(np.float32)
    drawn[::7] *= 1e30
    drawn[1::7] *= 1e-40  # smaller than what is normal
    owners = [i // 300 for i in range(900)]
    expected = plain_best_means(drawn.tolist(), owners, 3, 5)
    np.testing.assert_allclose(best_means(drawn.tolist(), owners, 3, 5), expected, rtol=1e-6)
    expected = plain_best_means((-np.abs(drawn)).tolist(), owners, 3, 150)
    found = best_means((-np.abs(drawn)).tolist(), owners, 3, 150)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
