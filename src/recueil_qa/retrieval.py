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
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recueil_qa.encoder import Encoder, Vectors
from recueil_qa.engine import Scores
from recueil_qa.index import Index, Mask
from recueil_qa.lexical import analyse_query, stems_of
from recueil_qa.stored_passages import of_kind
from recueil_qa.types import Evidence, Filters, PassageKind, PracticeHit
from recueil_qa.vector_files import inner_products

EVIDENCE = 3  # passages shown for each hit
SIGN = np.uint32(1 << 31)


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
class Sought:
    """A query as it is searched: its slips of the keyboard mended, its stems, its unit vector."""

    query: str
    understood: str
    stems: dict[str, str]
    vector: Vectors


@dataclass(frozen=True)
class Scored:
    """A query against an index: by passage, and fused by practice.

    `words` are the BM25 scores of each stem (stems, passages), `lexical` their sums, `means` the
    signals of the practices. Of a part of a large index, `reference` is the same query against
    what stands for the whole.
    """

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

    def ranking(self) -> npt.NDArray[np.int64]:
        """Return the practices' positions, best first; ties in the order of their ids."""
        return np.argsort(-self.practices, kind="stable")


def seek(index: Index, encoder: Encoder, query: str) -> Sought:
    """Return what to search for one clean query."""
    understood = index.spelling.correct(query)
    return Sought(
        query, understood, analyse_query(understood), encoder.encode_query([understood])[0]
    )


def score(
    index: Index,
    sought: Sought,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scored:
    """Score every passage and practice of an index.

    `used` (passages) leaves some out of the practices' scores, to measure what they bring.
    """
    # A signal of weight 0 only stands in for questions that a practice doesn't have.
    parts = [part for part in (index, index.reference) if part]
    complete = used is None and all(part.has_questions.all() for part in parts)
    signals = tuple(signal for signal in signals if signal.weight or not complete)
    return _score(index, sought, signals, used)


def _score(
    index: Index, sought: Sought, signals: tuple[Signal, ...], used: Mask | None = None
) -> Scored:
    typical = _score(index.reference, sought, signals) if index.reference else None
    similarities, words = index.scores(sought.vector, [*sought.stems])
    lexical = words.sum(axis=0)
    means = signal_means(index, similarities, lexical, signals, used)
    return Scored(
        sought.query,
        sought.understood,
        sought.stems,
        similarities,
        words,
        lexical,
        fused(means, typical.means if typical else means),
        inner_products(index.unanswered, sought.vector),
        means,
        typical,
    )


def score_query(
    index: Index,
    encoder: Encoder,
    query: str,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scored:
    """Score every passage and practice for one clean query, as `score` does."""
    return score(index, seek(index, encoder, query), signals, used)


def fuse(
    index: Index,
    similarities: Scores,
    lexical: Scores,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scores:
    """Return the score of each practice, from the cosines and BM25 scores of the passages."""
    means = signal_means(index, similarities, lexical, signals, used)
    return fused(means, means)


def signal_means(
    index: Index,
    similarities: Scores,
    lexical: Scores,
    signals: tuple[Signal, ...],
    used: Mask | None = None,
) -> dict[Signal, Scores]:
    """Return each signal of each practice, NaN where it has none."""
    means: dict[Signal, Scores] = {}
    for signal in signals:
        kept = index.is_question if signal.questions else ~index.is_question
        kept = kept if used is None else kept & used
        scores = lexical if signal.lexical else similarities
        means[signal] = best_means(
            scores[kept], index.owners[kept], len(index.practices), signal.best
        )
    return means


def fused(means: dict[Signal, Scores], typical: dict[Signal, Scores]) -> Scores:
    """Return the weighted sums of signals, standardised by how they typically spread."""
    standard = {signal: standardise(own, typical[signal]) for signal, own in means.items()}
    scores = [signal.weight * _without_gaps(signal, standard) for signal in standard]
    return np.asarray(np.sum(scores, axis=0), np.float32)


def _without_gaps(signal: Signal, standard: dict[Signal, Scores]) -> Scores:
    """Give a practice without questions what its text says, so that it stays in the race."""
    scores = standard[signal]
    for other, instead in standard.items():
        if other.lexical == signal.lexical and other.questions != signal.questions:
            scores = np.where(np.isnan(scores), instead, scores)
    return np.nan_to_num(scores, nan=0.0)


def best_means(scores: Scores, owners: npt.NDArray[np.int64], practices: int, best: int) -> Scores:
    """Return for each practice the mean of its `best` highest scores; NaN when it has none.

    `owners` never go down: the passages of a practice stand together.
    """
    # One sort of whole numbers, an owner before what a float's bits are in reverse order, is ten
    # times as quick as sorting places by two keys.
    bits = np.ascontiguousarray(scores, np.float32).view(np.uint32)
    ascending = np.where(bits >> 31, ~bits, bits | SIGN)
    keys = np.sort(owners.astype(np.uint64) << 32 | ~ascending)
    ascending = ~keys.astype(np.uint32)
    bits = np.where(ascending & SIGN, ascending ^ SIGN, ~ascending)
    counts = np.bincount(owners, minlength=practices)
    firsts = np.cumsum(counts) - counts
    kept = np.arange(len(keys)) - np.repeat(firsts, counts) < best
    sorted_owners = (keys[kept] >> 32).astype(np.int64)
    sums = np.bincount(sorted_owners, bits[kept].view(np.float32), minlength=practices)
    used = np.minimum(counts, best)
    return np.where(used > 0, sums / np.maximum(used, 1), np.nan).astype(np.float32)


def standardise(scores: Scores, typical: Scores | None = None) -> Scores:
    """Return scores with mean 0 and deviation 1, zeros if they don't differ; NaN stays NaN.

    Or with what makes the `typical` scores so.
    """
    others = scores if typical is None else typical
    known = others[~np.isnan(others)]
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
    own = index.own(position)
    own = own[~of_kind(index.facts[own], PassageKind.SECTION)]
    best = own[np.argsort(-scored.similarities[own], kind="stable")][:EVIDENCE]
    return tuple(
        Evidence(index.passages[i], float(scored.similarities[i]), float(scored.lexical[i]))
        for i in best.tolist()
    )


def _matched(scored: Scored, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the words of the query, as understood, that its evidence holds in either language."""
    held: set[str] = set()
    for each in evidence:
        held |= stems_of(each.passage.text, each.passage.language)
    return tuple(dict.fromkeys(word for stem, word in scored.stems.items() if stem in held))
