"""A fitted logistic regression as plain numbers: what a probability is calculated from."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

STEPS = 30


class Regression(BaseModel):
    """Weights by feature, an intercept, and the probability from which something is done.

    `cross_validated` holds its figures on queries that each fold was not fitted on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights: dict[str, float]
    intercept: float
    threshold: float
    cross_validated: dict[str, float]

    def probability(self, features: dict[str, float]) -> float:
        """Return the probability that features speak for; those without a weight don't count."""
        total = self.intercept + sum(
            weight * features[name] for name, weight in self.weights.items()
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def logistic(totals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the probabilities of weighted sums."""
    return np.asarray(1 / (1 + np.exp(-np.clip(totals, -30, 30))))


def fit_regression(
    features: npt.NDArray[np.float64],
    truth: npt.NDArray[np.bool_],
    weights: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float64], float]:
    """Return the weights (features,) and the intercept of a logistic regression on raw features.

    `features` (n, features), `truth` and `weights` (n,). Newton's method on standardised features,
    with a penalty of half their squared weights, as scikit-learn's by default.
    """
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation < 1e-9, 1.0, deviation)
    inputs = np.column_stack([(features - mean) / deviation, np.ones(len(features))])
    penalty = np.diag([*np.ones(features.shape[1]), 0.0])
    found = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        chances = logistic(inputs @ found)
        slope = inputs.T @ (weights * (chances - truth)) + penalty @ found
        curve = inputs.T @ (inputs * (weights * chances * (1 - chances) + 1e-9)[:, None]) + penalty
        curve[-1, -1] += 1e-9
        change = np.linalg.solve(curve, slope)
        found -= change
        if float(np.abs(change).max()) < 1e-9:
            break
    raw = found[:-1] / deviation
    return raw, float(found[-1] - mean @ raw)
