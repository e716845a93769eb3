"""BM25 over stemmed passages: Lucene's variant, computed by bm25s and read from its files.

The score of a stem in a passage is known before any question. Reading the files needs no bm25s,
and those of a large collection are mapped, not loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Scores
from recueil_qa.index.passages import read_array
from recueil_qa.index.spans import Spans, lengths, positions, shifts

K1 = 1.2
B = 0.75
# What bm25s writes: for each stem, by its number in the vocabulary, scores and passages from
# `bounds[number]` to the next.
SCORES, PASSAGES, BOUNDS = "data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy"
VOCABULARY, PARAMETERS = "vocab.index.json", "params.index.json"


class Postings:
    """The passages that hold each stem, with their BM25 scores; read-only."""

    def __init__(
        self,
        scores: Scores,
        passages: npt.NDArray[np.int32],
        bounds: npt.NDArray[np.int32],
        vocabulary: Mapping[str, int],
        size: int,
    ) -> None:
        self._scores, self._passages, self._bounds = scores, passages, bounds
        self._vocabulary = vocabulary
        self.size = size

    @classmethod
    def load(cls, folder: Path, size: int) -> Postings:
        """Read the postings of `size` passages.

        Raises:
            OSError, ValueError: a file can't be read, or is of something else.
        """
        scores, passages, bounds = (
            read_array(folder / name) for name in (SCORES, PASSAGES, BOUNDS)
        )
        parameters, vocabulary = (
            json.loads((folder / name).read_bytes()) for name in (PARAMETERS, VOCABULARY)
        )
        sound = (
            isinstance(parameters, dict)
            and parameters.get("num_docs") == size
            and isinstance(vocabulary, dict)
            and scores.dtype == np.float32
            and np.issubdtype(passages.dtype, np.integer)
            and np.issubdtype(bounds.dtype, np.integer)
            and scores.ndim == passages.ndim == bounds.ndim == 1
            and len(scores) == len(passages)
            and len(bounds) > 0
            and bounds[0] == 0
            and bounds[-1] == len(scores)
            and (np.diff(bounds) >= 0).all()
            and (passages.max(initial=0) < size and passages.min(initial=0) >= 0)
            and all(
                isinstance(number, int) and 0 <= number < len(bounds) - (1 if word else 0)
                for word, number in vocabulary.items()
            )
        )
        if not sound:
            raise ValueError(f"{folder} does not hold the postings of {size} passages")
        vocabulary.pop("", None)  # bm25s's own, of no passage
        return cls(scores, passages, bounds, vocabulary, size)

    def knows(self, stem: str) -> bool:
        """Return whether any passage contains a stem."""
        return stem in self._vocabulary

    def number(self, stem: str) -> int | None:
        """Return the number of a stem, below `stems`; None of one that no passage contains."""
        return self._vocabulary.get(stem)

    @property
    def stems(self) -> int:
        """How many numbers there are."""
        return len(self._bounds)  # one more than bm25s gives, of no stem

    def rows(self) -> Iterator[dict[int, float]]:
        """Yield the scores of each passage by the number of their stem, in order."""
        numbers = np.repeat(np.arange(len(self._bounds) - 1, dtype=np.int32), np.diff(self._bounds))
        order = np.argsort(self._passages, kind="stable")
        bounds = np.searchsorted(self._passages, np.arange(self.size + 1), sorter=order)
        for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            own = order[start:end]
            yield dict(zip(numbers[own].tolist(), self._scores[own].tolist(), strict=True))

    def of(self, stem: str) -> tuple[npt.NDArray[np.int32], Scores]:
        """Return the passages that hold a stem, in order, and their scores."""
        number = self._vocabulary.get(stem)
        if number is None:
            return self._passages[:0], self._scores[:0]
        start, end = self._bounds[number : number + 2].tolist()
        return self._passages[start:end], self._scores[start:end]

    def scores(self, stems: Sequence[str], spans: Spans) -> Scores:
        """Return the BM25 score of each stem in the passages of spans (stems, passages)."""
        sizes = lengths(spans)
        found = np.zeros((len(stems), int(sizes.sum())), np.float32)
        if len(spans) == 1 and sizes[0] == self.size:
            for row, stem in zip(found, stems, strict=True):
                passages, scores = self.of(stem)
                row[passages] = scores
            return found
        moved = shifts(spans)
        for row, stem in zip(found, stems, strict=True):
            passages, scores = self.of(stem)
            within = np.searchsorted(passages, spans)
            own = positions(within)
            row[passages[own] + np.repeat(moved, lengths(within))] = scores[own]
        return found


def write_postings(
    folder: Path, documents: Iterable[Sequence[str]], sizes: Sequence[int] = ()
) -> None:
    """Index lists of stems, one a passage, and write the files.

    `sizes` are the passages of each collection, in a row: a stem weighs by how rare it is among
    those of its own, so that a collection scores as if it were alone.
    """
    import bm25s
    from bm25s.tokenization import Tokenized

    # As they come, so that a large collection's stems are never all in memory as texts.
    met: dict[str, int] = {}
    ids = [
        np.array([met.setdefault(word, len(met)) for word in document], np.int32)
        for document in documents
    ]
    # A sorted vocabulary: bm25s's own follows the order of a set, new in every process.
    vocabulary = {word: i for i, word in enumerate(sorted(met))}
    ranks = np.array([vocabulary[word] for word in met], np.int32)
    ids = [ranks[row] for row in ids]
    retriever = bm25s.BM25(method="lucene", k1=K1, b=B)
    bounds = np.cumsum([0, *(sizes or [len(ids)])])
    parts = []
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if len(bounds) == 2 or any(map(len, ids[start:end])):
            own = Tokenized(ids=ids[start:end], vocab=dict(vocabulary))
            retriever.index(own, show_progress=False)
            parts.append((start, retriever.scores))
    if len(bounds) > 2:
        retriever.scores = _joined(parts, len(ids))
    retriever.save(folder, show_progress=False)


def _joined(parts: Sequence[tuple[int, dict[str, Any]]], size: int) -> dict[str, Any]:
    """Return the scores of parts of `size` documents as those of all; each with where it starts."""
    data, documents, bounds = (
        [np.asarray(scores[name]) for _, scores in parts] for name in ("data", "indices", "indptr")
    )
    stems = np.concatenate([np.repeat(np.arange(len(b) - 1), np.diff(b)) for b in bounds])
    order = np.argsort(stems, kind="stable")
    moved = [own + start for (start, _), own in zip(parts, documents, strict=True)]
    return {
        "data": np.concatenate(data)[order],
        "indices": np.concatenate(moved)[order].astype(documents[0].dtype),
        "indptr": np.searchsorted(stems[order], np.arange(len(bounds[0]))).astype(bounds[0].dtype),
        "num_docs": size,
    }
