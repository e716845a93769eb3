"""A query to ranked practices: meaning and words, over questions and text, fused by practice.

Signals are each the mean of a practice's best passages, standardised over the practices
(mean 0, deviation 1) so that cosines and BM25 scores can be added. Questions are the ones that a
practice answers and the statements that it was judged to help with:

    ==========  ======================  =====================
    passages    meaning (cosine)        words (BM25)
    ==========  ======================  =====================
    questions   1    (best 5)           1/2  (best 3)
    text        1/2  (best 3)           0    (best 3)
    ==========  ======================  =====================

Questions weigh more than the booklet's text, because they are in the asker's words; meaning more
than words. The words of the text only speak for a practice that nobody wrote questions for. A
weighted sum of standardised scores rather than reciprocal ranks: the latter gives a signal that
knows nothing as much say as one that does. The weights are round numbers on a plateau; see
docs/quality.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recueil_qa.encoder import Encoder
from recueil_qa.index import Index, Mask, Scores
from recueil_qa.lexical import analyse, analyse_query
from recueil_qa.types import Evidence, Filters, PassageKind, PracticeHit

EVIDENCE = 3  # passages shown for each hit


@dataclass(frozen=True, slots=True)
class Signal:
    """One row of the fusion: which passages, which score, how many of the best, what weight."""

    name: str
    questions: bool
    lexical: bool
    best: int
    weight: float


SIGNALS = (
    Signal("questions, meaning", questions=True, lexical=False, best=5, weight=1.0),
    Signal("text, meaning", questions=False, lexical=False, best=3, weight=0.5),
    Signal("questions, words", questions=True, lexical=True, best=3, weight=0.5),
    Signal("text, words", questions=False, lexical=True, best=3, weight=0.0),
)


@dataclass(frozen=True)
class Scored:
    """A query against the whole index: by passage, and fused by practice."""

    query: str
    understood: str  # the query with its slips of the keyboard mended
    stems: dict[str, str]
    similarities: Scores
    lexical: Scores
    practices: Scores
    unanswered: Scores

    def ranking(self) -> npt.NDArray[np.int64]:
        """Return the practices' positions, best first; ties in the order of their ids."""
        return np.argsort(-self.practices, kind="stable")


def score_query(
    index: Index,
    encoder: Encoder,
    query: str,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scored:
    """Score every passage and practice for one clean query.

    `used` (passages) leaves some out of the practices' scores, to measure what they bring.
    """
    understood = index.spelling.correct(query)
    stems = analyse_query(understood)
    vector = encoder.encode_query([understood])
    similarities = index.similarities(vector)
    lexical = index.lexical_scores(list(stems))
    fused = fuse(index, similarities, lexical, signals, used)
    return Scored(
        query, understood, stems, similarities, lexical, fused, index.unanswered @ vector[0]
    )


def fuse(
    index: Index,
    similarities: Scores,
    lexical: Scores,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scores:
    """Return the score of each practice, from the cosines and BM25 scores of the passages."""
    standard: dict[Signal, Scores] = {}
    for signal in signals:
        kept = index.is_question if signal.questions else ~index.is_question
        kept = kept if used is None else kept & used
        scores = lexical if signal.lexical else similarities
        means = best_means(scores[kept], index.owners[kept], len(index.practices), signal.best)
        standard[signal] = standardise(means)
    fused = np.zeros(len(index.practices), np.float32)
    for signal in signals:
        fused += signal.weight * _without_gaps(signal, standard)
    return fused


def _without_gaps(signal: Signal, standard: dict[Signal, Scores]) -> Scores:
    """Give a practice without questions what its text says, so that it stays in the race."""
    scores = standard[signal]
    for other, instead in standard.items():
        if other.lexical == signal.lexical and other.questions != signal.questions:
            scores = np.where(np.isnan(scores), instead, scores)
    return np.nan_to_num(scores, nan=0.0)


def best_means(scores: Scores, owners: npt.NDArray[np.int64], practices: int, best: int) -> Scores:
    """Return for each practice the mean of its `best` highest scores; NaN when it has none."""
    order = np.lexsort((-scores, owners))
    sorted_owners = owners[order]
    counts = np.bincount(owners, minlength=practices)
    firsts = np.cumsum(counts) - counts
    kept = np.arange(len(order)) - firsts[sorted_owners] < best
    sums = np.bincount(sorted_owners[kept], weights=scores[order][kept], minlength=practices)
    used = np.minimum(counts, best)
    return np.where(used > 0, sums / np.maximum(used, 1), np.nan).astype(np.float32)


def standardise(scores: Scores) -> Scores:
    """Return scores with mean 0 and deviation 1, zeros if they don't differ; NaN stays NaN."""
    known = scores[~np.isnan(scores)]
    deviation = float(known.std()) if known.size else 0.0
    if deviation < 1e-6:
        return np.where(np.isnan(scores), scores, 0).astype(np.float32)
    return np.asarray((scores - known.mean()) / deviation, np.float32)


def rank_practices(
    index: Index, scored: Scored, top: int, filters: Filters | None = None
) -> tuple[PracticeHit, ...]:
    """Return the best practices that pass the filters, each with its evidence."""
    filters = filters or Filters()
    hits: list[PracticeHit] = []
    for position in scored.ranking():
        practice = index.practices[position]
        if len(hits) == top:
            break
        if filters.accepts(practice):
            evidence = _evidence(index, scored, int(position))
            matched = _matched(scored, evidence)
            score = float(scored.practices[position])
            hits.append(PracticeHit(practice, score, len(hits) + 1, evidence, matched))
    return tuple(hits)


def _evidence(index: Index, scored: Scored, position: int) -> tuple[Evidence, ...]:
    """Return the passages nearest to the query: questions, lines and title, best first."""
    own = np.flatnonzero(index.owners == position)
    shown = [i for i in own if index.passages[i].kind is not PassageKind.SECTION]
    best = sorted(shown, key=lambda i: (-scored.similarities[i], i))[:EVIDENCE]
    return tuple(
        Evidence(index.passages[i], float(scored.similarities[i]), float(scored.lexical[i]))
        for i in best
    )


def _matched(scored: Scored, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the words of the query, as understood, that its evidence holds in either language."""
    held: set[str] = set()
    for each in evidence:
        held.update(analyse(each.passage.text, each.passage.language))
    return tuple(dict.fromkeys(word for stem, word in scored.stems.items() if stem in held))
