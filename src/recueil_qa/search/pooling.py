"""The scores of passages to one of each practice: the mean of its best ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Scores
from recueil_qa.index.spans import positions

SIGN = np.uint32(1 << 31)


class Pool:
    """Some passages of an index, by practice; made once, for any scores of all passages."""

    def __init__(
        self, kept: npt.NDArray[np.bool_], owners: npt.NDArray[np.integer], practices: int
    ) -> None:
        """Take the passages `kept` (passages,) of so many practices.

        `owners` (passages,) never go down: the passages of a practice stand together.
        """
        self._places = np.flatnonzero(kept)
        own = owners[self._places]
        self._practices = practices
        self._counts = np.bincount(own, minlength=practices)
        self._high = own.astype(np.uint64) << np.uint64(32)
        self._best: dict[int, tuple[npt.NDArray[np.int64], ...]] = {}

    def means(self, scores: Scores, best: int) -> Scores:
        """Return for each practice the mean of its `best` highest scores; NaN when it has none."""
        first, owners, used = self._first(best)
        # One sort of whole numbers, an owner before what a float's bits are in reverse order, is
        # ten times as quick as sorting places by two keys.
        bits = np.asarray(scores[self._places], np.float32).view(np.uint32)
        keys = self._high | np.where(bits & SIGN, bits, ~(bits | SIGN))
        keys.sort()
        bits = keys[first].astype(np.uint32)
        bits = np.where(bits & SIGN, bits, ~bits ^ SIGN)
        sums = np.bincount(owners, bits.view(np.float32), minlength=self._practices)
        return np.asarray(sums / used, np.float32)

    def _first(self, best: int) -> tuple[npt.NDArray[np.int64], ...]:
        """Return where the best stand once sorted, whose they are, and how many a practice has."""
        if best not in self._best:
            ends = np.cumsum(self._counts)
            starts = ends - self._counts
            used = np.minimum(self._counts, best)
            first = positions(np.column_stack([starts, starts + used]))
            owners = np.repeat(np.arange(self._practices), used)
            self._best[best] = (first, owners, np.where(used, used, np.nan))
        return self._best[best]
