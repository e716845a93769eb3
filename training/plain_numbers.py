"""A fitted regression as plain numbers, as the package reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def plain_numbers(model: Any, names: Sequence[str]) -> dict[str, Any]:
    """Return weights by name on the raw features, and the intercept, of a scaled regression.

    `model` is a fitted pipeline of a StandardScaler and a LogisticRegression.
    """
    scaler, regression = model.named_steps.values()
    weights = regression.coef_[0] / scaler.scale_
    intercept = float(regression.intercept_[0] - (weights * scaler.mean_).sum())
    return {
        "weights": {
            name: round(float(weight), 6) for name, weight in zip(names, weights, strict=True)
        },
        "intercept": round(intercept, 6),
    }
