"""What a query is scored against: an index, or the part of it that may fit, and who may be shown.

A query is scored against all of a small index. Of a large one, `around` keeps the practices that
may fit, as an index of those alone, so that everything above scores both in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recueil_qa.arrays import Mask, Positions
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.engine import SCORED_WHOLE, FacetMasks
from recueil_qa.index.opened import Index
from recueil_qa.search.pooling import Pool
from recueil_qa.types import EVERYTHING, Filters

CANDIDATES = 128  # practices that are, of a larger index
REFERENCE, REFERENCE_PASSAGES = 256, 16_000  # practices and passages, at most, that stand for all


@dataclass(frozen=True, eq=False)
class Scope:
    """An index, or a part of one, under filters whose values are as the practices have them.

    A part has a `reference`, another one that says how scores spread over the whole. What
    `unfiltered` has made for all queries serves under filters too. Safe to share between threads.
    """

    index: Index
    filters: Filters = EVERYTHING
    reference: Scope | None = None
    unfiltered: Scope | None = None

    def within(self, filters: Filters) -> Scope:
        """Return it under these filters, in place of its own."""
        if filters == self.filters:
            return self
        return replace(self, filters=filters, unfiltered=self.unfiltered or self)

    def alone(self, collection: str) -> Scope:
        """Return one collection as if nothing else were loaded, under the same filters."""
        whole = self.unfiltered or self
        return whole._collections[collection].within(self.filters)

    @cached_property
    def _collections(self) -> dict[str, Scope]:
        index = self.index
        if len(index.collections) == 1:
            return dict.fromkeys(index.collections, self)
        return {name: Scope(index.alone(name)) for name in index.collections}

    @cached_property
    def accepted(self) -> Mask:
        """The practices that pass the filters."""
        return FacetMasks(self.index.practices).accepted(self.filters)

    @cached_property
    def accepted_passages(self) -> Mask:
        """The passages of these practices."""
        return self.accepted[self.index.owners]

    @cached_property
    def pools(self) -> tuple[Pool, Pool]:
        """The questions of each practice, and the rest of its passages, whatever the filters."""
        return self.unfiltered.pools if self.unfiltered else self.pools_of()

    def pools_of(self, used: Mask | None = None) -> tuple[Pool, Pool]:
        """Return the questions of each practice and the rest, of the passages used alone."""
        index = self.index
        kept = np.ones(len(index.owners), bool) if used is None else used
        asked, rest = index.is_question & kept, ~index.is_question & kept
        count = len(index.practices)
        return Pool(asked, index.owners, count), Pool(rest, index.owners, count)

    def around(
        self,
        vector: Vectors,
        stems: Sequence[str],
        top: int,
        filters: Filters,
        named: Sequence[str] = (),
    ) -> Scope:
        """Return what to score a query against: this one, or the part of it that may fit.

        Practices `named` by their ids are in it, if they pass the filters.
        """
        index = self.index
        if len(index.facts) <= SCORED_WHOLE or len(index.practices) <= CANDIDATES:
            return self.within(filters)
        count = max(CANDIDATES, 2 * top)
        kept = [index.places[name] for name in named if name in index.places]
        kept = [place for place in kept if filters.accepts(index.practices[place])]
        found = self._candidates(vector, stems, count, filters)
        found = np.union1d(found, np.array(kept, np.int64))
        if not len(found):  # no practice passes the filters: nobody will be shown
            return self._sample.within(filters)
        return Scope(index.part(found), filters, reference=self._sample)

    def _candidates(
        self, vector: Vectors, stems: Sequence[str], count: int, filters: Filters
    ) -> Positions:
        """Return the practices that the engine finds, by their positions here.

        Of a collection alone: the engine knows the whole build, whose practices stand in a row.
        """
        index = self.index
        if not index.apart:
            return index.engine.candidates(vector, stems, count, filters)
        filters = replace(filters, collection=frozenset(index.collections))
        return index.engine.candidates(vector, stems, count, filters) - index.apart.first

    @cached_property
    def _sample(self) -> Scope:
        """Practices spread evenly over the whole: always the same, for scores to be comparable."""
        index = self.index
        typical = len(index.facts) / len(index.practices)
        count = max(2, min(REFERENCE, int(REFERENCE_PASSAGES / typical)))
        spread = np.linspace(0, len(index.practices) - 1, count).astype(np.int64)
        part = index.part(np.unique(spread))
        return Scope(replace(part, dense=index.engine.vectors(part.spans)))
