"""A probability from plain numbers."""

from __future__ import annotations

import json
import math
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from recueil_qa.regression import Regression

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


@pytest.mark.parametrize("name", ["calibration.json", "direct.json"])
def test_shipped_numbers_are_finite_and_thresholds_probabilities(name: str) -> None:
    rows = json.loads(files("recueil_qa").joinpath(name).read_text("utf-8"))
    assert rows
    for row in rows.values():
        numbers = [*row["weights"].values(), row["intercept"], row["threshold"]]
        assert all(map(math.isfinite, numbers))
        assert 0 < row["threshold"] <= row.get("sure", 1) < 1 or "sure" not in row
        assert 0 < row["threshold"] <= 1
