"""Vectors drawn by chance, the same each time."""

from __future__ import annotations

import numpy as np

from recueil_qa.encoding.encoder import Vectors

DIMENSION = 24


def drawn(count: int, seed: int = 7, dimension: int = DIMENSION) -> Vectors:
    """Return unit vectors that half precision holds exactly, so that a graph loses nothing."""
    found = np.random.default_rng(seed).standard_normal((count, dimension))
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float16).astype(np.float32)
