"""A fitted logistic regression as plain numbers: what a probability is calculated from."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict


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
