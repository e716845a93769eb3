"""Which practices of a build pass filters, each value looked for once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recueil_qa.arrays import Mask
from recueil_qa.types import FACETS, Filters, Practice


class FacetMasks:
    """The practices of a build by the values of their facets; may be shared between threads."""

    def __init__(self, practices: Sequence[Practice]) -> None:
        self._practices = practices
        self._having: dict[tuple[str, str], Mask] = {}

    def accepted(self, filters: Filters) -> Mask:
        """Return which practices pass the filters."""
        accepted = np.ones(len(self._practices), bool)
        for facet in FACETS:
            values = getattr(filters, facet)
            if values:
                accepted &= np.logical_or.reduce([self._has(facet, value) for value in values])
        return accepted

    def _has(self, facet: str, value: str) -> Mask:
        if (facet, value) not in self._having:
            held = [getattr(practice, facet) == value for practice in self._practices]
            self._having[facet, value] = np.array(held, bool)
        return self._having[facet, value]
