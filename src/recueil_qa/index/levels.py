"""How near a collection comes to what nothing answers, for those that have no heads.

Questions that no collection answers are scored against each one at build
(`learning.levelling`), and what they reach is kept: a query is then measured in deviations above
that level, in its own language, which means the same in any collection and for any encoder. The
vectors of these questions are kept too, for a query that resembles them is likely one of them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.passages import read_array

# Of deviations above the level of nothing to a chance. Fitted on statements judged against the
# booklet without its questions (docs/quality.md); round numbers.
SLOPE, EVEN = 1.5, 1.6
LIKE_NOTHING = 0.7  # what likeness to what nothing answers takes from nearness
NEAREST = 3  # of these


class Level(BaseModel):
    """What questions that nothing answers reach in one collection, by language, "" if none is told.

    `mean` and `deviation` are of nearness less likeness; `nothing` and `sure` the deviations
    above it below which nothing answers, and from which practices do. A query's likeness is to the
    first `compared` of the vectors: to all of them where there are few texts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mean: dict[str, float]
    deviation: dict[str, float]
    nothing: float
    sure: float
    compared: int

    def above(self, nearness: float, likeness: float, language: str) -> float:
        """Return how far above the level of nothing a query is, in deviations."""
        known = language if language in self.mean else ""
        found = nearness - LIKE_NOTHING * likeness - self.mean[known]
        return found / max(self.deviation[known], 1e-6)


@dataclass(frozen=True)
class Levels:
    """The levels of the collections without heads, by id, and the vectors (n, dimension).

    `beside` is what nothing reaches in each collection of several, on the scale on which they are
    compared (`search.nearness.evidence`).
    """

    collections: dict[str, Level] = field(default_factory=dict)
    beside: dict[str, float] = field(default_factory=dict)
    vectors: Vectors = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class _Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    collections: dict[str, Level]
    beside: dict[str, float]


def chance(above: float) -> float:
    """Return the chance that a practice answers, so many deviations above what nothing does."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, SLOPE * (above - EVEN)))))


def likeness(cosines: Vectors) -> float:
    """Return how like a query is to the nearest of what nothing answers."""
    few = min(NEAREST, len(cosines))
    return float(np.sort(cosines)[::-1][:few].mean()) if few else 0.0


def dump(found: Levels, levels: Path, vectors: Path) -> None:
    """Write levels and vectors into two files; the same bytes for the same."""
    rows = _Written(collections=found.collections, beside=found.beside).model_dump()
    levels.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n", "utf-8")
    np.save(vectors, np.asarray(found.vectors, np.float32))


def load(levels: Path, vectors: Path, dimension: int) -> Levels:
    """Read both files.

    Raises:
        OSError, ValueError: one can't be read, or holds something else.
    """
    written = _Written.model_validate_json(levels.read_bytes())
    found = written.collections
    rows = np.asarray(read_array(vectors))
    if rows.dtype != np.float32 or rows.ndim != 2 or not np.isfinite(rows).all():
        raise ValueError(f"{vectors.name} holds {rows.dtype}")
    if len(rows) and rows.shape[1] != dimension:
        raise ValueError(f"{vectors.name} holds {rows.shape}")
    for name, level in found.items():
        numbers = (*level.mean.values(), *level.deviation.values(), level.nothing, level.sure)
        if "" not in level.mean or level.mean.keys() != level.deviation.keys():
            raise ValueError(f"{levels.name}: {name}")
        if not all(map(math.isfinite, numbers)) or not 0 <= level.compared <= len(rows):
            raise ValueError(f"{levels.name}: {name}")
    if not all(map(math.isfinite, written.beside.values())):
        raise ValueError(f"{levels.name}: {written.beside}")
    return Levels(found, written.beside, rows)
