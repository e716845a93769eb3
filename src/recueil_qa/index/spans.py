"""Passages of a build by spans: (n, 2), from each start to before its end, in rising order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Positions

Spans = npt.NDArray[np.int64]


def lengths(spans: Spans) -> Positions:
    """Return how many passages each span has."""
    return np.asarray(spans[:, 1] - spans[:, 0], np.int64)


def whole(count: int) -> Spans:
    """Return the span of all of so many passages."""
    return np.array([[0, count]], np.int64)


def of_owners(owners: npt.NDArray[np.integer], count: int) -> Spans:
    """Return the span of each of `count` owners; those of the passages never go down."""
    bounds = np.searchsorted(owners, np.arange(count + 1))
    return np.column_stack([bounds[:-1], bounds[1:]])


def starts(spans: Spans) -> Positions:
    """Return where each span starts when they are laid one after the other, and the last ends."""
    return np.concatenate([[0], np.cumsum(lengths(spans))]).astype(np.int64)


def shifts(spans: Spans) -> Positions:
    """Return how far each span moves when they are laid one after the other."""
    return np.asarray(starts(spans)[:-1] - spans[:, 0], np.int64)


def positions(spans: Spans) -> Positions:
    """Return the positions that spans hold, one after the other."""
    sizes = lengths(spans)
    return np.arange(sizes.sum(), dtype=np.int64) - np.repeat(shifts(spans), sizes)


def joined(spans: Spans) -> Spans:
    """Return the spans with those that touch as one."""
    apart = np.flatnonzero(spans[1:, 0] != spans[:-1, 1]) + 1
    firsts, lasts = np.append(0, apart), np.append(apart - 1, len(spans) - 1)
    return np.column_stack([spans[firsts, 0], spans[lasts, 1]])
