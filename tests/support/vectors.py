"""Vectors drawn by chance, the same each time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recueil_qa.encoding.encoder import Vectors

DIMENSION = 24


def drawn(count: int, seed: int = 7, dimension: int = DIMENSION) -> Vectors:
    """Return unit vectors that half precision holds exactly, so that a graph loses nothing."""
    found = np.random.default_rng(seed).standard_normal((count, dimension))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float16).astype(np.float32)


def drawn_around(count: int, dimension: int = DIMENSION, seed: int = 0) -> npt.NDArray[np.float64]:
    """Return unit vectors around a space of four dimensions: two can show only some of it."""
    rng = np.random.default_rng(seed)
    space = rng.standard_normal((count, 4)) @ rng.standard_normal((4, dimension))
    vectors = space + 0.3 * rng.standard_normal((count, dimension))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
