"""A deterministic encoder: no model, the same vectors in every process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.words import fold, words
from recueil_qa.encoding.encoder import Progress, Vectors


class HashEncoder:
    """Each word is a direction drawn from its hash: same text same vector, shared words nearer."""

    def __init__(self, name: str = "hash", dimension: int = 64) -> None:
        self.id = f"{name}@test"
        self.dimension = dimension

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._encode(text) for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if progress:
            progress(len(texts), len(texts))
        return np.stack([self._encode(text) for text in texts])

    def _encode(self, text: str) -> Vectors:
        total = np.zeros(self.dimension, np.float64)
        for word in map(fold, words(text)):
            total += direction(word, self.dimension)
        norm = np.linalg.norm(total)
        return (total / norm if norm else total).astype(np.float32)


@cache
def direction(word: str, dimension: int) -> npt.NDArray[np.float64]:
    """Return the direction that a word stands for, the same in every process."""
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimension)
