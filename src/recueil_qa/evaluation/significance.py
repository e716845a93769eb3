"""How sure a mean is, and whether two systems differ, from one value a query."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RESAMPLES = 2_000
FLIPS = 10_000
SEED = 20_140_619


def interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a mean (Efron 1979); the same at every call.

    Raises:
        ValueError: there is no value.
    """
    if not values:
        raise ValueError("no value to resample")
    rows = np.asarray(values, np.float64)
    draws = np.random.default_rng(SEED).integers(0, len(rows), (RESAMPLES, len(rows)))
    means = rows[draws].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired_test(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the two-sided p of a randomisation test on paired values (Smucker et al. 2007).

    Were the systems alike, each difference could as well have the other sign.

    Raises:
        ValueError: there is no value, or not one of each for every query.
    """
    if not before or len(before) != len(after):
        raise ValueError("values must come in pairs")
    differences = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    observed = abs(differences.mean())
    signs = np.random.default_rng(SEED).choice((-1.0, 1.0), (FLIPS, len(differences)))
    extreme = np.abs((signs * differences).mean(axis=1)) >= observed - 1e-12
    return float((extreme.sum() + 1) / (FLIPS + 1))
