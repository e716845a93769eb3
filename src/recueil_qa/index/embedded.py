"""The engine of one machine: FAISS and BM25 from the files of a build."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recueil_qa.arrays import Mask, Positions, Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.engine import LISTED, SCORED_WHOLE, FacetMasks, fused
from recueil_qa.index.passages import Facts, of_kind
from recueil_qa.index.postings import Postings
from recueil_qa.index.spans import Spans, whole
from recueil_qa.index.vectors import DistinctVectors, FlatVectors, VectorGraph
from recueil_qa.types import Filters, PassageKind, Practice

# Of the passages, how many a filter must keep for the graph to be searched and then filtered.
GRAPH_SHARE = 1 / 8


class EmbeddedEngine:
    """Exact scores of any passages, and candidates from all: exact too where there is no graph."""

    def __init__(
        self,
        flat: FlatVectors,
        postings: Postings,
        facts: Facts,
        practices: Sequence[Practice],
        graphs: tuple[VectorGraph, VectorGraph] | None = None,
    ) -> None:
        """Take the parts of a build; the graphs are those of questions and of text."""
        few = len(facts) <= SCORED_WHOLE
        self._vectors = DistinctVectors(flat, facts["first"]) if few else flat
        self._postings, self._facets = postings, FacetMasks(practices)
        self._graphs = graphs
        self._owners = np.asarray(facts["practice"])
        self._is_question = of_kind(facts, PassageKind.QUESTION)

    def cosines(self, vector: Vectors, spans: Spans) -> Scores:
        return self._vectors.products(vector, spans)

    def words(self, stems: Sequence[str], spans: Spans) -> Scores:
        return self._postings.scores(stems, spans)

    def candidates(
        self, vector: Vectors, stems: Sequence[str], count: int, filters: Filters
    ) -> Positions:
        accepted = self._facets.accepted(filters) if filters else None
        if accepted is not None and accepted.sum() <= count:
            return np.flatnonzero(accepted)
        kept = None if accepted is None else accepted[self._owners]
        asked = self._is_question if kept is None else self._is_question & kept
        return fused(
            [*self._nearest(vector, kept), self._worded(stems, asked)], self._owners, count
        )

    def vectors(self, spans: Spans) -> Vectors:
        return self._vectors.rows(spans)

    def knows(self, stem: str) -> bool:
        return self._postings.knows(stem)

    def _nearest(self, vector: Vectors, kept: Mask | None) -> list[Positions]:
        """Return the nearest questions, and the nearest of the rest."""
        share = 1.0 if kept is None else float(kept.mean())
        if self._graphs and share >= GRAPH_SHARE:
            # Twice as many as are to stay, by what the filters leave on average.
            wanted = LISTED if kept is None else int(2 * LISTED / share)
            found = [graph.nearest_passages(vector, wanted) for graph in self._graphs]
            return [each[:LISTED] if kept is None else each[kept[each]][:LISTED] for each in found]
        cosines = self._vectors.products(vector, whole(len(self._owners)))
        masks = (self._is_question, ~self._is_question)
        return [best(cosines, mask if kept is None else mask & kept, LISTED) for mask in masks]

    def _worded(self, stems: Sequence[str], kept: Mask) -> Positions:
        """Return the passages of those kept with the best BM25 scores."""
        scores = np.zeros(len(self._owners), np.float32)
        postings = [self._postings.of(stem) for stem in stems]
        for passages, own in postings:
            scores[passages] += own
        # What the rarest word finds says how high the others must score: few are left to sort.
        for passages, _ in sorted(postings, key=lambda found: len(found[0])):
            own = scores[passages[kept[passages]]]
            if len(own) >= LISTED:
                least = np.partition(own, len(own) - LISTED)[len(own) - LISTED]
                return best(scores, kept, LISTED, above=float(np.nextafter(least, np.float32(0))))
        return best(scores, kept, LISTED, above=0)


def best(scores: Scores, kept: Mask, count: int, above: float = -np.inf) -> Positions:
    """Return the `count` best positions of those kept and scored `above`, best first."""
    found = np.flatnonzero((scores > above) & kept)
    if len(found) > count:
        # Partition leaves ties at the edge to chance; those in front stay.
        edge = np.partition(scores[found], len(found) - count)[len(found) - count]
        found = found[scores[found] >= edge]
    order = np.argsort(-scores[found], kind="stable")[:count]
    return np.asarray(found[order], np.int64)
