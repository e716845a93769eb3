"""A probability from plain numbers."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recueil_qa.regression import Regression, fit_regression

repeatable = settings(max_examples=100, deadline=None, derandomize=True)

WEIGHTS = {"near": 1.5, "length": -0.25}
MODEL = Regression(weights=WEIGHTS, intercept=0.5, threshold=0.5, cross_validated={})
NUMBERS = st.floats(-1e6, 1e6)


@repeatable
@given(st.floats(-5, 5), st.floats(-5, 5))
def test_the_probability_is_the_logistic_of_the_weighted_sum(near: float, length: float) -> None:
    total = 0.5 + 1.5 * near - 0.25 * length
    found = MODEL.probability({"near": near, "length": length})
    assert found == pytest.approx(1 / (1 + math.exp(-total)), rel=1e-12)


def test_a_feature_without_a_weight_does_not_count() -> None:
    features = {"near": 1.0, "length": 2.0}
    assert MODEL.probability(features | {"other": 1e9}) == MODEL.probability(features)
    nothing = MODEL.model_copy(update={"weights": {}, "intercept": 0.0})
    assert nothing.probability(features) == 0.5


def test_a_feature_that_has_a_weight_must_be_given() -> None:
    with pytest.raises(KeyError, match="length"):
        MODEL.probability({"near": 1.0})


@repeatable
@given(NUMBERS, NUMBERS)
def test_whatever_the_features_it_is_a_probability(near: float, length: float) -> None:
    assert 0 < MODEL.probability({"near": near, "length": length}) < 1


@pytest.mark.parametrize("field", ["bias", "sure"])
def test_an_unknown_number_is_refused(field: str) -> None:
    with pytest.raises(ValidationError):
        Regression.model_validate(MODEL.model_dump() | {field: 1.0})


@pytest.mark.parametrize("name", ["relevance.json", "direct.json"])
def test_shipped_numbers_are_finite_and_thresholds_probabilities(name: str) -> None:
    rows = json.loads(files("recueil_qa.search").joinpath(name).read_text("utf-8"))
    assert rows
    for row in rows.values():
        numbers = [*row["weights"].values(), row["intercept"], row["threshold"]]
        assert all(map(math.isfinite, numbers))
        assert 0 < row["threshold"] <= 1


Features = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
Weights = npt.NDArray[np.float32]


def problem(seed: int) -> tuple[Features, Truth, Weights]:
    """Return rows whose features have very different scales, more or less easy to tell apart."""
    random = np.random.default_rng(seed)
    count, features = int(random.integers(10, 200)), int(random.integers(1, 7))
    drawn = random.standard_normal((count, features))
    inputs = drawn * 10 ** random.uniform(-3, 3, features) + random.normal(0, 5, features)
    slope = random.normal(0, (0.1, 1, 3, 30)[seed % 4], features)
    chances = 1 / (1 + np.exp(-np.clip(drawn @ slope + random.normal(), -30, 30)))
    truth = random.random(count) < chances
    truth[:2] = [True, False]
    weights = np.where(random.random(count) < 0.3, 2, 1)
    return inputs, truth, weights.astype(np.float32)


def chances(inputs: Features, fitted: tuple[Features, float]) -> Features:
    weights, intercept = fitted
    return np.asarray(1 / (1 + np.exp(-(inputs @ weights + intercept))), np.float64)


@pytest.mark.parametrize("seed", range(24))
def test_what_is_fitted_is_what_scikit_learn_fits(seed: int) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    inputs, truth, weights = problem(seed)
    fitted = fit_regression(inputs, truth, weights)
    scaler = StandardScaler().fit(inputs)
    model = LogisticRegression(tol=1e-10, max_iter=1_000, solver="newton-cholesky")
    model.fit(scaler.transform(inputs), truth, sample_weight=weights)
    np.testing.assert_allclose(fitted[0], model.coef_[0] / scaler.scale_, rtol=1e-4, atol=1e-7)
    expected = model.predict_proba(scaler.transform(inputs))[:, 1]
    np.testing.assert_allclose(chances(inputs, fitted), expected, atol=1e-5)


def test_a_fit_is_the_same_each_time_and_leaves_the_rows_alone() -> None:
    rows, again = problem(2), problem(2)
    first, second = fit_regression(*rows), fit_regression(*rows)
    np.testing.assert_array_equal(first[0], second[0])
    assert first[1] == second[1]
    for one, other in zip(rows, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_feature_that_never_changes_weighs_nothing() -> None:
    inputs, truth, weights = problem(1)
    level = np.column_stack([inputs, np.full(len(inputs), 7.0)])
    found = fit_regression(level, truth, weights)
    assert found[0][-1] == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(
        chances(level, found), chances(inputs, fit_regression(inputs, truth, weights)), atol=1e-6
    )


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_rows_that_all_say_the_same_are_believed_within_bounds(share: float) -> None:
    inputs, truth, weights = problem(1)
    truth[:] = share > 0
    weighed, intercept = fit_regression(inputs, truth, weights)
    assert np.isfinite([*weighed, intercept]).all()
    np.testing.assert_allclose(chances(inputs, (weighed, intercept)), share, atol=1e-3)


def test_rows_that_a_line_tells_apart_do_not_run_away() -> None:
    inputs = np.linspace(-1, 1, 40)[:, None]
    weights, intercept = fit_regression(inputs, inputs[:, 0] > 0, np.ones(40, np.float32))
    assert 1 < weights[0] < 100
    assert intercept == pytest.approx(0, abs=1e-6)


@repeatable
@given(st.integers(4, 40), st.integers(1, 3))
def test_the_chances_are_right_on_the_whole(ones: int, weight: int) -> None:
    """Whatever the features, as many are expected to be true as are."""
    inputs, truth, _ = problem(ones)
    weights = np.full(len(truth), weight, np.float32)
    found = chances(inputs, fit_regression(inputs, truth, weights))
    assert found.mean() == pytest.approx(truth.mean(), abs=1e-5)
