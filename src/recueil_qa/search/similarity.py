"""Practices that are alike, and the lines that make them so."""

from __future__ import annotations

import numpy as np

from recueil_qa.index.opened import Index
from recueil_qa.index.vectors import inner_products
from recueil_qa.search.answering import cite
from recueil_qa.types import LinePair, Neighbour

PAIRS = 2
PAIR_WORDS = 4  # a shorter line ("Satisfaction") is near to anything


def neighbours(index: Index, position: int, top: int) -> tuple[Neighbour, ...]:
    """Return the practices nearest to the one at `position`, with their most alike lines."""
    scores = inner_products(index.practice_vectors, index.practice_vectors[position])
    one = index.practices[position]
    found: list[Neighbour] = []
    for other in np.argsort(-scores, kind="stable"):
        if other == position or len(found) == top:
            continue
        practice = index.practices[other]
        found.append(
            Neighbour(
                practice=practice,
                score=float(scores[other]),
                same_theme=bool(one.theme) and one.theme == practice.theme,
                same_organisation=bool(one.organisation)
                and one.organisation == practice.organisation,
                pairs=_pairs(index, position, int(other)),
            )
        )
    return tuple(found)


def nearest(index: Index, position: int) -> int | None:
    """Return the position of the first of a practice's neighbours, or None where it is alone.

    Compared once for each practice of an open build; no lines are.
    """
    if len(index.practices) < 2:
        return None
    if position not in index.nearest:
        scores = inner_products(index.practice_vectors, index.practice_vectors[position])
        scores[position] = -np.inf
        index.nearest[position] = int(np.argmax(scores))
    return index.nearest[position]


def _pairs(index: Index, left: int, right: int) -> tuple[LinePair, ...]:
    """Return the most alike pairs of lines, no line twice."""
    telling = index.is_quotable & (index.word_counts >= PAIR_WORDS)
    own = index.own(left), index.own(right)
    lefts, rights = (each.start + np.flatnonzero(telling[each]) for each in own)
    one, other = index.vectors_of(left)[telling[own[0]]], index.vectors_of(right)[telling[own[1]]]
    products = one @ other.T
    pairs: list[LinePair] = []
    while products.size and len(pairs) < PAIRS:
        i, j = np.unravel_index(int(np.argmax(products)), products.shape)
        if products[i, j] <= -1:
            break
        score = float(products[i, j])
        pairs.append(
            LinePair(
                cite(index, int(lefts[i]), score),
                cite(index, int(rights[j]), score),
                score,
            )
        )
        products[i, :] = products[:, j] = -2
    return tuple(pairs)
