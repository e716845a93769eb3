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
than words. The words of the text only speak for a practice that nobody wrote questions for, half as
loud as those of questions: they are the author's, and of no use to a query in another language. A
weighted sum of standardised scores rather than reciprocal ranks: the latter gives a signal that
knows nothing as much say as one that does. The weights are round numbers on a plateau; see
docs/quality.md.

Where a collection has heads (`heads`), what they learnt from its statements is added: who tells a
problem from the side shares no word with a practice, and little meaning with its text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.understanding import pieces, problems, read_question
from recueil_qa.analysis.words import analyse_query, query_stems_of
from recueil_qa.arrays import Mask, Scores
from recueil_qa.encoding.encoder import Encoder, Vectors
from recueil_qa.index.heads import HeadScores
from recueil_qa.index.opened import Index
from recueil_qa.index.vectors import inner_products
from recueil_qa.search.scope import Scope
from recueil_qa.types import Evidence, PracticeHit

EVIDENCE = 3  # passages shown for each hit
LEARNT = 3.0  # what the heads' logits weigh, in deviations of the other signals' sum
DEVIATION = 1.7  # of that sum over the practices, typically
SPREAD = 3.7  # what the sum of both is divided by, to spread over the practices as before
TEXT_WORDS = 0.5  # of a practice without questions, what the words of its text count as theirs


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

    `words` are the BM25 scores of each stem that is `known` to the index (stems, passages),
    `words` their sums, `means` the signals of the practices. Of a part of a large index,
    `reference` is the same query against what stands for the whole. Of a message of several
    problems, `parts` are these. `learnt` is what the heads say, by collection; `alike` are the
    cosines with the statements whose lines were chosen.
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
    known: tuple[str, ...] = ()
    parts: tuple[Scored, ...] = ()
    learnt: dict[str, HeadScores] = field(default_factory=dict)
    alike: Scores = field(default_factory=lambda: np.zeros(0, np.float32))

    def ranking(self) -> npt.NDArray[np.int64]:
        """Return the practices' positions, best first; ties in the order of their ids."""
        return np.argsort(-self.practices, kind="stable")


def seek(index: Index, encoder: Encoder, query: str, *, as_typed: bool = False) -> Sought:
    """Return what to search for one query; `as_typed` mends no slip of the keyboard."""
    read = read_question(query, index.spelling, index.abbreviations, as_typed=as_typed)
    told = problems(read.text)
    parts = tuple(_sought(encoder, query, text) for text in told) if len(told) > 1 else ()
    whole = _sought(encoder, query, read.text)
    stems = whole.stems | analyse_query(" ".join(read.short))
    return replace(whole, stems=stems, mended=read.mended, parts=parts)


def _sought(encoder: Encoder, query: str, understood: str) -> Sought:
    # An encoder cuts what is too long, in silence: a long text is the mean of its pieces.
    whole = np.add.reduce(encoder.encode_query(pieces(understood)))
    vector = np.asarray(whole / max(float(np.linalg.norm(whole)), 1e-12), np.float32)
    return Sought(query, understood, analyse_query(understood), vector)


def score(
    scope: Scope,
    sought: Sought,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scored:
    """Score every passage and practice of a scope.

    `used` (passages) leaves some out of the practices' scores, to measure what they bring.
    """
    # A signal of weight 0 only stands in for questions that a practice doesn't have.
    against = [each.index for each in (scope, scope.reference) if each]
    complete = used is None and all(each.has_questions.all() for each in against)
    signals = tuple(signal for signal in signals if signal.weight or not complete)
    whole = _score(scope, sought, signals, used)
    parts = tuple(_score(scope, part, signals, used) for part in sought.parts)
    return _best_of(whole, parts) if parts else whole


def _best_of(whole: Scored, parts: tuple[Scored, ...]) -> Scored:
    """Return the scores of a message whose problems each have their own practices.

    Half of a practice's score is the best of a problem, half that of the whole message, which is
    right where it was one problem after all.
    """
    best = np.maximum.reduce([part.practices for part in parts])
    typical = tuple(part.reference for part in parts if part.reference)
    return replace(
        whole,
        similarities=np.maximum.reduce([part.similarities for part in parts]),
        lexical=np.maximum.reduce([part.lexical for part in parts]),
        practices=(whole.practices + best) / 2,
        reference=_best_of(whole.reference, typical) if whole.reference else None,
        parts=parts,
        alike=np.maximum.reduce([part.alike for part in parts]),
    )


def _score(
    scope: Scope, sought: Sought, signals: tuple[Signal, ...], used: Mask | None = None
) -> Scored:
    index = scope.index
    typical = _score(scope.reference, sought, signals) if scope.reference else None
    # Each question has stems in two languages, of which half occur nowhere.
    known = tuple(filter(index.knows, sought.stems))
    similarities, words = index.scores(sought.vector, known)
    lexical = np.add.reduce(words)
    means = signal_means(scope, similarities, lexical, signals, used)
    learnt = {name: heads.scores(sought.vector) for name, heads in index.heads.items()}
    practices = fused(means, typical.means if typical else means)
    return Scored(
        scope,
        sought.query,
        sought.understood,
        sought.stems,
        similarities,
        words,
        lexical,
        with_learnt(index, practices, learnt),
        inner_products(index.unanswered, sought.vector),
        means,
        typical,
        known,
        learnt=learnt,
        alike=index.choices.vectors @ sought.vector,
    )


def score_query(
    scope: Scope,
    encoder: Encoder,
    query: str,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scored:
    """Score every passage and practice for one clean query, as `score` does."""
    return score(scope, seek(scope.index, encoder, query), signals, used)


def fuse(
    scope: Scope,
    similarities: Scores,
    lexical: Scores,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scores:
    """Return the score of each practice, from the cosines and BM25 scores of the passages."""
    means = signal_means(scope, similarities, lexical, signals, used)
    return fused(means, means)


def signal_means(
    scope: Scope,
    similarities: Scores,
    lexical: Scores,
    signals: tuple[Signal, ...],
    used: Mask | None = None,
) -> dict[Signal, Scores]:
    """Return each signal of each practice, NaN where it has none."""
    asked, rest = scope.pools if used is None else scope.pools_of(used)
    return {
        signal: (asked if signal.questions else rest).means(
            lexical if signal.lexical else similarities, signal.best
        )
        for signal in signals
    }


def fused(means: dict[Signal, Scores], typical: dict[Signal, Scores]) -> Scores:
    """Return the weighted sums of signals, standardised by how they typically spread."""
    standard = {signal: standardise(own, typical[signal]) for signal, own in means.items()}
    scores = [np.float32(signal.weight) * _without_gaps(signal, standard) for signal in standard]
    return np.asarray(np.add.reduce(scores), np.float32)


def with_learnt(index: Index, practices: Scores, learnt: dict[str, HeadScores]) -> Scores:
    """Add what heads say to the practices of their collections.

    These spread as before, so that practices of a collection without heads keep their chance; so
    does a practice that the heads don't know, for want of statements when they were fitted.
    """
    found = practices.copy() if learnt else practices
    for name, said in learnt.items():
        places, outputs = index.head_outputs[name]
        own = practices[places]
        logits = standardise(said.practices)
        added = np.where(outputs >= 0, logits[outputs], own / np.float32(DEVIATION))
        found[places] = (own + np.float32(LEARNT * DEVIATION) * added) / np.float32(SPREAD)
    return found


def _without_gaps(signal: Signal, standard: dict[Signal, Scores]) -> Scores:
    """Give a practice without questions what its text says, so that it stays in the race."""
    scores = standard[signal]
    if not np.isnan(scores).any():
        return scores
    for other, instead in standard.items():
        if other.lexical == signal.lexical and other.questions != signal.questions:
            share = TEXT_WORDS if signal.lexical and signal.questions else 1.0
            scores = np.where(np.isnan(scores), share * instead, scores)
    return np.nan_to_num(scores, nan=0.0)


def standardise(scores: Scores, typical: Scores | None = None) -> Scores:
    """Return scores with mean 0 and deviation 1, zeros if they don't differ; NaN stays NaN.

    Or with what makes the `typical` scores so.
    """
    mean, deviation = spread(scores if typical is None else typical)
    if deviation < 1e-6:
        return np.where(np.isnan(scores), scores, 0).astype(np.float32)
    return np.asarray((scores - np.float32(mean)) / np.float32(deviation), np.float32)


def spread(scores: Scores) -> tuple[float, float]:
    """Return the mean and the standard deviation of the scores that are numbers; 0 of none."""
    # NumPy's own mean and std spend more on their arguments than on fifty numbers.
    gaps = np.isnan(scores)
    known = scores[~gaps] if gaps.any() else scores
    mean = float(np.add.reduce(known)) / max(known.size, 1)
    apart = known - np.float32(mean)
    return mean, math.sqrt(float(np.add.reduce(apart * apart)) / max(known.size, 1))


def rank_practices(scored: Scored, top: int) -> tuple[PracticeHit, ...]:
    """Return the best practices that pass the filters, each with its evidence."""
    order = scored.ranking()
    hits: list[PracticeHit] = []
    for position in order[scored.scope.accepted[order]][:top].tolist():
        practice = scored.scope.index.practices[position]
        evidence = _evidence(scored, position)
        matched = _matched(scored, evidence)
        score = float(scored.practices[position])
        hits.append(PracticeHit(practice, score, len(hits) + 1, evidence, matched))
    return tuple(hits)


def _evidence(scored: Scored, position: int) -> tuple[Evidence, ...]:
    """Return the practice's own passages nearest to the query, best first: lines and title.

    Questions and statements were written so that it is found: they are nobody's reason to read it.
    """
    index = scored.scope.index
    own = index.own(position)
    written = index.is_section[own] | index.is_question[own]
    near = np.where(written, -np.inf, scored.similarities[own])
    return tuple(
        Evidence(index.passages[i], float(scored.similarities[i]), float(scored.lexical[i]))
        for i in best_places(near, own, EVIDENCE)
    )


def best_places(scores: Scores, own: slice, count: int) -> list[int]:
    """Return the passages of a practice with the best scores, at most `count`, best first.

    Of those that have one: not minus infinity.
    """
    best = np.argsort(-scores, kind="stable")[:count].tolist()
    return [own.start + place for place in best if scores[place] > -np.inf]


def words_in_common(scored: Scored, text: str) -> tuple[str, ...]:
    """Return the words of the query, as understood, that a text holds in either language."""
    held = query_stems_of(text)
    return tuple(dict.fromkeys(word for stem, word in scored.stems.items() if stem in held))


def _matched(scored: Scored, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Return the words of the query that its evidence holds."""
    texts = [each.passage.text for each in evidence]
    held = {word for text in texts for word in words_in_common(scored, text)}
    return tuple(word for word in dict.fromkeys(scored.stems.values()) if word in held)
