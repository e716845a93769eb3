"""Passages of a build by spans: (n, 2), from each start to before its end, in rising order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Spans = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]


def lengths(spans: Spans) -> Positions:
    """Return how many passages each span has."""
    return np.asarray(spans[:, 1] - spans[:, 0], np.int64)


def positions(spans: Spans) -> Positions:
    """Return the positions that spans hold, one after the other."""
    sizes = lengths(spans)
    shifts = spans[:, 0] - np.cumsum(sizes) + sizes
    return np.arange(sizes.sum(), dtype=np.int64) + np.repeat(shifts, sizes)


def joined(spans: Spans) -> Spans:
    """Return the spans with those that touch as one."""
    apart = np.flatnonzero(spans[1:, 0] != spans[:-1, 1]) + 1
    firsts, lasts = np.append(0, apart), np.append(apart - 1, len(spans) - 1)
    return np.column_stack([spans[firsts, 0], spans[lasts, 1]])
