"""Does a collection answer at all? A probability, and a band.

Of a collection that has heads, from the regressions that were fitted with them, on what they say
and a few features of meaning; of another, from how far above its level of nothing a query comes.
Words that are counted say more of how a question was typed than of its subject, and don't count
(docs/quality.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from recueil_qa.analysis.query import guess_language
from recueil_qa.arrays import Mask, Positions, Scores
from recueil_qa.index.heads import HeadScores
from recueil_qa.index.levels import Level, chance, likeness
from recueil_qa.index.opened import Index
from recueil_qa.search.fusion import spread
from recueil_qa.search.nearness import nearness
from recueil_qa.search.scored import Scored
from recueil_qa.types import Band

FIVE = 5  # questions that are nearest to a query
MANY = 64  # among which those are, unless many texts are the same


def features_of(
    scored: Scored, accepted: Mask | None = None, collection: str = ""
) -> dict[str, float]:
    """Return what tells an answerable query from another, over the practices accepted.

    Those that pass the filters, where no others are given.

    - best_question: cosine with the nearest question (of a practice without any: passage);
    - best_five: mean cosine with the five nearest ones;
    - typical: mean cosine with all questions (of a `collection`, if one is named), or a sample's
      of a large index, which is high for long and general queries;
    - stands_out: by how many deviations the best one stands above the typical one;
    - unanswered: mean cosine with the three nearest statements that nothing answers, of those
      judged against the collections of these practices, if there are any.

    Length is left out on purpose: long queries happen to be answerable in `eval/`, which a
    regression would learn and a user who types two words would suffer from.
    """
    index = scored.scope.index
    if accepted is None:
        accepted = scored.scope.accepted
    near = scored.similarities[index.asked]
    if not accepted.all():
        near = near[accepted[index.owners[index.asked]]]
    seen = scored.reference or scored
    similarities = seen.similarities[_asked_in(seen.scope.index, collection)]
    typical, deviation = spread(similarities)
    deviation = max(deviation, 1e-6)
    best = best_five(near)
    features = {
        "best_question": float(best[0]),
        "best_five": float(best.mean()),
        "typical": typical,
        "stands_out": (float(best[0]) - typical) / deviation,
    }
    examples = scored.unanswered[_examples(index, accepted)]
    if examples.size:
        features["unanswered"] = float(np.sort(examples)[::-1][:3].mean())
    return features


def best_five(similarities: Scores) -> Scores:
    """Return the five best, or fewer, highest first; what is said twice counts once."""
    few = min(MANY, len(similarities))
    best = np.unique(np.partition(similarities, -few)[-few:])
    if len(best) < FIVE:
        best = np.unique(similarities)
    return best[::-1][:FIVE]


def _asked_in(index: Index, collection: str) -> Positions:
    """Return what is asked in a collection; in all of them if it is not named, or has nothing."""
    if not collection or len(index.collections) == 1:
        return index.asked
    own = np.array([practice.collection == collection for practice in index.practices])
    within = index.asked[own[index.owners[index.asked]]]
    return within if len(within) else index.asked


def _examples(index: Index, accepted: Mask) -> Mask:
    """Return which statements that nothing answers count: another collection may answer them."""
    if accepted.all():
        return np.ones(len(index.unanswered_of), bool)
    kept = {index.practices[i].collection for i in np.flatnonzero(accepted)}
    return np.array([collection in kept for collection in index.unanswered_of], bool)


class Confidence(NamedTuple):
    """The chances that a practice addresses a query, and that some practice helps; the band."""

    addresses: float
    helps: float
    band: Band


def confidence(scored: Scored) -> Confidence:
    """Return how sure it is that the practices kept by the filters answer."""
    # Of several problems, and of several collections, it is enough that one answers.
    found = [chances for each in scored.parts or (scored,) for chances in _by_collection(each)]
    return max(found, key=in_order, default=Confidence(0.0, 0.0, Band.NOTHING))


def in_order(found: Confidence) -> tuple[int, float]:
    """Return what puts the surer one last: its band, then its chance."""
    return (Band.NOTHING, Band.LEADS, Band.ANSWERS).index(found.band), found.addresses


def _by_collection(scored: Scored) -> Iterator[Confidence]:
    """Yield the confidence in each collection of which a practice is kept."""
    index, accepted = scored.scope.index, scored.scope.accepted
    for name, level in index.levels.collections.items():
        if name in index.collections and name not in scored.learnt:
            own = np.array([practice.collection == name for practice in index.practices])
            if (own & accepted).any():
                yield _levelled(scored, name, level, own & accepted)
    for name, said in scored.learnt.items():
        places, outputs = index.head_outputs[name]
        own = np.zeros(len(accepted), bool)
        own[places] = accepted[places]
        if own.any():
            within = _within(said, outputs[accepted[places]])
            yield _learnt(scored, name, own, within)


def _levelled(scored: Scored, name: str, level: Level, accepted: Mask) -> Confidence:
    """Return the confidence in a collection without heads: how far above the level of nothing."""
    index = scored.scope.index
    near = float(nearness(*scored.scope.pools, scored.similarities)[accepted].max())
    own = np.array([of == name for of in index.unanswered_of], bool)
    nothing = scored.nothing[: level.compared]
    like = likeness(np.concatenate([nothing, scored.unanswered[own]]))
    above = level.above(near, like, guess_language(scored.understood))
    band = Band.ANSWERS if above >= level.sure else Band.LEADS
    found = chance(above)
    return Confidence(found, found, Band.NOTHING if above < level.nothing else band)


def _within(said: HeadScores, outputs: Positions) -> float:
    """Return how near the likeliest of some practices comes to the likeliest of all: 0 to 1."""
    known = outputs[outputs >= 0]
    if len(known) < len(outputs) or not len(known):
        return 1.0  # of a practice that the heads don't know, they say nothing
    return math.exp(float(said.practices[known].max() - said.practices.max()))


def _learnt(scored: Scored, name: str, accepted: Mask, within: float) -> Confidence:
    """Return the confidence in a collection that has heads; `within` is the filters' share."""
    fit, said = scored.scope.index.heads[name].fit, scored.learnt[name]
    features = features_of(scored, accepted, name)
    features |= {"addresses": float(said.answered[0]), "helps": float(said.answered[1])}
    features.setdefault("unanswered", 0.0)
    addresses = fit.addresses.probability(features) * within
    helps = fit.helps.probability(features) * within
    band = Band.ANSWERS if addresses >= fit.addresses.threshold else Band.LEADS
    return Confidence(addresses, helps, Band.NOTHING if helps < fit.helps.threshold else band)
