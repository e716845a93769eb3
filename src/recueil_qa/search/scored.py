"""A query on its way: as it is searched, and as it scores."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Scores
from recueil_qa.encoding.encoder import Vectors
from recueil_qa.index.heads import HeadScores
from recueil_qa.search.fusion import Signal
from recueil_qa.search.scope import Scope


@dataclass(frozen=True)
class Sought:
    """A query as it is searched: as understood, its stems, its unit vector.

    `mended` is `understood` where slips of the keyboard were mended, and else empty. Of a message
    of several problems, `parts` are these.
    """

    query: str
    understood: str
    stems: dict[str, str]
    vector: Vectors
    mended: str = ""
    parts: tuple[Sought, ...] = ()


@dataclass(frozen=True)
class Scored:
    """A query against a scope: by passage, and fused by practice.

    `words` are the BM25 scores of each stem that the index knows (stems, passages), `lexical`
    their sums, `means` the signals of the practices. Of a part of a large index,
    `reference` is the same query against what stands for the whole. Of a message of several
    problems, `parts` are these. `learnt` is what the heads say, by collection; `alike` are the
    cosines with the statements whose lines were chosen, `nothing` those with what no collection
    answers.
    """

    scope: Scope
    query: str
    understood: str
    stems: dict[str, str]
    similarities: Scores
    words: Scores
    lexical: Scores
    practices: Scores
    unanswered: Scores
    means: dict[Signal, Scores] = field(default_factory=dict)
    reference: Scored | None = None
    parts: tuple[Scored, ...] = ()
    learnt: dict[str, HeadScores] = field(default_factory=dict)
    alike: Scores = field(default_factory=lambda: np.zeros(0, np.float32))
    nothing: Scores = field(default_factory=lambda: np.zeros(0, np.float32))

    @cached_property
    def worth(self) -> Scores:
        """What passages are worth by the choices of readers, for problems like the one asked."""
        index = self.scope.index
        return index.choices.worth(self.alike, index.owners)

    def ranking(self) -> npt.NDArray[np.int64]:
        """Return the practices' positions, best first; ties in the order of their ids."""
        return np.argsort(-self.practices, kind="stable")
