"""What retrieval asks of whatever holds the vectors and the postings of a build.

Two keep it: the files of the build (`embedded`), and a Milvus server.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Mask, Positions, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.spans import Spans
from recueil_qa.types import Filters, Practice

SCORED_WHOLE = 32_000  # passages of an index that are all scored for each query
LISTED = 256  # passages drawn by each of: questions by meaning, text by meaning, questions by words
RANK_WEIGHT = 60  # of reciprocal ranks, as in G. Cormack et al., SIGIR 2009


class Engine(Protocol):
    """The search over the passages of one build; may be shared between threads.

    Positions are those in the build, of passages or of practices. A vector is one unit vector
    (dimension,). An engine that is elsewhere raises EngineError where it can't answer.
    """

    def cosines(self, vector: Vectors, spans: Spans) -> Scores:
        """Return the cosines of passages (n,)."""
        ...

    def words(self, stems: Sequence[str], spans: Spans) -> Scores:
        """Return the BM25 scores of passages for each stem (stems, n)."""
        ...

    def candidates(
        self, vector: Vectors, stems: Sequence[str], count: int, filters: Filters
    ) -> Positions:
        """Return up to `count` practices that pass the filters and may fit, best first.

        Those of the `LISTED` passages nearest in each list, by the sum of their reciprocal ranks.
        """
        ...

    def vectors(self, spans: Spans) -> Vectors:
        """Return the vectors of passages (n, dimension)."""
        ...

    def knows(self, stem: str) -> bool:
        """Return whether any passage contains a stem."""
        ...


class FacetMasks:
    """Which practices of a build pass filters; may be shared between threads.

    Each value of a facet is looked for once.
    """

    def __init__(self, practices: Sequence[Practice]) -> None:
        self._practices = practices
        self._having: dict[tuple[str, str], Mask] = {}

    def accepted(self, filters: Filters) -> Mask:
        """Return which practices pass the filters."""
        accepted = np.ones(len(self._practices), bool)
        for facet, values in filters.chosen.items():
            accepted &= np.logical_or.reduce([self._has(facet, value) for value in values])
        return accepted

    def _has(self, facet: str, value: str) -> Mask:
        if (facet, value) not in self._having:
            held = [value in practice.values(facet) for practice in self._practices]
            self._having[facet, value] = np.array(held, bool)
        return self._having[facet, value]


def fused(lists: Sequence[Positions], owners: npt.NDArray[np.integer], count: int) -> Positions:
    """Return the owners of passages by the sum of reciprocal ranks in the lists, best first."""
    passages = np.concatenate(lists)
    weights = np.concatenate([1 / (RANK_WEIGHT + 1 + np.arange(len(each))) for each in lists])
    found, places = np.unique(passages, return_inverse=True)
    order = np.argsort(-np.bincount(places, weights, minlength=len(found)), kind="stable")
    return first_owners(owners[found[order]], count)


def first_owners(owners: npt.NDArray[np.integer], count: int) -> Positions:
    """Return the first `count` owners of passages that stand best first, each once."""
    practices, first = np.unique(owners, return_index=True)
    return np.asarray(practices[np.argsort(first)][:count], np.int64)
