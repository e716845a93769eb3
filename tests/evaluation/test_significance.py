from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import fsum
from random import Random
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recueil_qa.evaluation.significance import interval, paired_test

VALUES = st.lists(st.floats(0, 1, allow_subnormal=False), min_size=1, max_size=30)
PAIRS = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)), min_size=1)
# Measures of 40 queries, as nDCG is spread: drawn once, by a generator that never changes.
DRAWN = Random(7)  # noqa: S311
SPREAD = [round(DRAWN.betavariate(4, 1), 4) for _ in range(40)]


def exact_p(before: list[float], after: list[float]) -> float:
    """Return the p of the test over every choice of signs, of few pairs."""
    differences = [new - old for old, new in zip(before, after, strict=True)]
    observed = abs(fsum(differences))
    flips = list(product((-1, 1), repeat=len(differences)))
    sums = [abs(fsum(s * d for s, d in zip(flip, differences, strict=True))) for flip in flips]
    return sum(value >= observed - 1e-9 for value in sums) / len(flips)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(VALUES)
def test_an_interval_holds_the_mean_and_stays_among_the_values(values: list[float]) -> None:
    low, high = interval(values)
    assert low - 1e-12 <= fmean(values) <= high + 1e-12
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12


def test_an_interval_is_the_same_at_each_call() -> None:
    np.random.seed(1)
    first = interval(SPREAD)
    np.random.seed(2)
    assert interval(SPREAD) == first


def test_an_interval_narrows_with_more_values() -> None:
    widths = [high - low for low, high in (interval(SPREAD * n) for n in (1, 4, 16))]
    # By the square root of their number.
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.1)
    assert widths[2] == pytest.approx(widths[0] / 4, rel=0.1)


def test_an_interval_is_near_the_one_of_a_normal_mean() -> None:
    error = float(np.std(SPREAD)) / len(SPREAD) ** 0.5
    low, high = interval(SPREAD)
    assert low == pytest.approx(fmean(SPREAD) - 1.96 * error, abs=error / 4)
    assert high == pytest.approx(fmean(SPREAD) + 1.96 * error, abs=error / 4)


def test_a_lower_level_gives_an_interval_within() -> None:
    low, high = interval(SPREAD)
    inner_low, inner_high = interval(SPREAD, level=0.5)
    assert low < inner_low < inner_high < high


@pytest.mark.parametrize("values", [[0.25], [0.25] * 9, [0.0, 0.0]])
def test_values_that_do_not_differ_leave_no_doubt(values: list[float]) -> None:
    assert interval(values) == (values[0], values[0])


def test_no_value_has_no_interval() -> None:
    with pytest.raises(ValueError, match="no value"):
        interval([])


def test_equal_systems_do_not_differ() -> None:
    assert paired_test(SPREAD, SPREAD) == 1.0
    assert paired_test([0.5], [0.5]) == 1.0


def test_systems_that_win_as_often_as_each_other_do_not_differ() -> None:
    before, after = [0.0, 1.0] * 20, [1.0, 0.0] * 20
    assert paired_test(before, after) == 1.0


def test_a_gain_on_every_query_is_told_from_chance() -> None:
    assert paired_test(SPREAD, [value + 0.05 for value in SPREAD]) < 0.001


def test_a_small_gain_amid_large_changes_is_not() -> None:
    # A little more than half of the queries won: chance does as much most of the time.
    before = [0.0] * 21 + [1.0] * 19
    after = [1.0] * 21 + [0.0] * 19
    assert paired_test(before, after) > 0.5


def test_one_query_alone_proves_nothing() -> None:
    assert paired_test([0.0], [1.0]) == 1.0


@settings(max_examples=60, deadline=None, derandomize=True)
@given(PAIRS)
def test_the_order_of_the_systems_does_not_matter(pairs: list[tuple[float, float]]) -> None:
    before, after = ([pair[i] for pair in pairs] for i in (0, 1))
    p = paired_test(before, after)
    assert p == paired_test(after, before)
    assert 0 < p <= 1


@pytest.mark.parametrize("seed", range(6))
def test_it_is_near_the_exact_test_over_every_choice_of_signs(seed: int) -> None:
    draw = Random(seed)  # noqa: S311
    before = [draw.random() for _ in range(9)]
    after = [min(1.0, value + draw.uniform(-0.1, 0.2)) for value in before]
    # 10,000 flips are drawn: four standard errors are at most 0.02.
    assert paired_test(before, after) == pytest.approx(exact_p(before, after), abs=0.02)


@pytest.mark.parametrize(("before", "after"), [([], []), ([1.0], []), ([1.0], [1.0, 0.0])])
def test_values_without_a_pair_are_refused(before: list[float], after: list[float]) -> None:
    with pytest.raises(ValueError, match="pairs"):
        paired_test(before, after)


@pytest.mark.parametrize(
    "call", [lambda: interval(SPREAD), lambda: paired_test(SPREAD, [0.5] * 40)]
)
def test_the_generator_of_others_is_left_alone(call: Callable[[], object]) -> None:
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    call()
    assert np.random.random() == expected
