"""One score of each practice: meaning and words, over questions and text, and what heads learnt.

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
from dataclasses import dataclass

import numpy as np

from recueil_qa.arrays import Mask, Scores
from recueil_qa.index.heads import HeadScores
from recueil_qa.index.opened import Index
from recueil_qa.search.nearness import EVERY, TEXT
from recueil_qa.search.scope import Scope

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


# Of a collection that nobody wrote questions for: half its nearest passages and half all of it,
# so that a long page does not win by having something near everything.
TEXT_SIGNALS = (
    Signal("text, meaning", questions=False, lexical=False, best=TEXT, weight=0.75),
    Signal("whole text, meaning", questions=False, lexical=False, best=EVERY, weight=0.75),
)
WORD_SHARE = 3.0  # of what the words of a query weigh, the share that one passage holds


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


def word_shares(
    scope: Scope, words: Scores, known: tuple[str, ...], stems: dict[str, str], typical: Scores
) -> Scores:
    """Return of each practice how much of a query's words one of its passages holds: 0 to 1.

    A word weighs as much as it scores where it scores best, in `typical` too; one that stands
    nowhere as much as the rarest: what is told in another language then proves nothing.
    """
    heaviest = dict.fromkeys(stems.values(), 0.0)
    for number, stem in enumerate(known):
        best = max(float(each[number].max(initial=0)) for each in (words, typical))
        heaviest[stems[stem]] = max(heaviest[stems[stem]], best)
    unknown = math.log(1 + 2 * scope.index.size) / 2
    whole = sum(weight or unknown for weight in heaviest.values())
    _, rest = scope.pools
    return np.nan_to_num(rest.means(np.add.reduce(words), 1)) / np.float32(max(whole, 1e-6))


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
