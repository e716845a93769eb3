"""Texts to vectors, each text encoded once and kept: in a cache on the disk, or in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np

from recueil_qa.encoding.encoder import Encoder, Progress, Vectors

Lookup = Callable[[Sequence[str]], Vectors]  # texts to their vectors (n, dimension)
BATCH = 64  # texts encoded at once
CHUNK = 1_024  # documents at once, the most that a kill loses; fewer make smaller batches


class Store(Protocol):
    """What keeps vectors by their texts, as `vector_cache.VectorCache` does."""

    def missing(self, texts: Sequence[str]) -> list[str]: ...
    def get(self, texts: Sequence[str]) -> Vectors: ...
    def put(self, texts: Sequence[str], vectors: Vectors) -> None: ...


class Memory:
    """Vectors kept as long as this is."""

    def __init__(self) -> None:
        self._found: dict[str, Vectors] = {}

    def missing(self, texts: Sequence[str]) -> list[str]:
        return [text for text in texts if text not in self._found]

    def get(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(np.stack([self._found[text] for text in texts]), np.float32)

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        self._found.update(zip(texts, vectors, strict=True))


class EncodedOnce:
    """A look-up that encodes what its store doesn't have."""

    def __init__(
        self,
        encode: Lookup,
        store: Store | None = None,
        *,
        suffix: str = "",
        batch: int = BATCH,
        by_length: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """Keep vectors under the texts with a `suffix`, beside those of the same texts otherwise.

        `by_length` has texts of alike lengths encoded together, else they are as they come.
        `progress` is told of those to encode.
        """
        self._encode, self._store = encode, store or Memory()
        self.suffix, self._batch, self._by_length = suffix, batch, by_length
        self._progress = progress
        self.keys: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors:
        keys = {f"{text}{self.suffix}": text for text in texts}
        self.keys += keys
        missing = self._store.missing([*keys])
        if self._by_length:
            missing.sort(key=len)
        for start in range(0, len(missing), self._batch):
            part = missing[start : start + self._batch]
            self._store.put(part, self._encode([keys[key] for key in part]))
            if self._progress:
                self._progress(start + len(part), len(missing))
        return self._store.get([f"{text}{self.suffix}" for text in texts])


def encode_into(
    store: Store, texts: Sequence[str], encoder: Encoder, progress: Progress | None
) -> None:
    """Encode documents into a store, chunk by chunk: what is done is done."""
    # Texts of one length are encoded together; alone or not, they get the same vectors.
    texts = sorted(texts, key=len, reverse=True)
    for start in range(0, len(texts), CHUNK):
        chunk = texts[start : start + CHUNK]
        if progress and start == 0:
            progress(0, len(texts))
        told = partial(_told, progress, start, len(texts)) if progress else None
        store.put(chunk, encoder.encode_document(chunk, told))
        if progress:
            progress(start + len(chunk), len(texts))


def _told(progress: Progress, before: int, whole: int, done: int, _: int) -> None:
    """Tell of part of a chunk; of the last part, once its vectors are kept."""
    if done < min(CHUNK, whole - before):
        progress(before + done, whole)


class OnceEncoder:
    """An encoder that remembers what it was asked: collections and builds are asked alike."""

    def __init__(self, encoder: Encoder) -> None:
        """Take the encoder that encodes what was not asked before."""
        self._encoder = encoder
        self._found: dict[tuple[str, ...], Vectors] = {}

    @property
    def id(self) -> str:
        return self._encoder.id

    @property
    def dimension(self) -> int:
        return self._encoder.dimension

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        key = tuple(texts)
        if key not in self._found:
            self._found[key] = self._encoder.encode_query(texts)
        return self._found[key]

    def encode_document(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._encoder.encode_document(texts, progress)
