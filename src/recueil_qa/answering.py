"""Hits to quoted lines: which lines answer a query, each with its place.

A line's score adds three standardised parts: how near its own meaning is to the query, how
well its practice fits, and three quarters of a deviation for a section whose role is advice.
Figures for each part: docs/quality.md.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from recueil_qa.index import Index
from recueil_qa.lexical import fold, words
from recueil_qa.retrieval import Scored, standardise
from recueil_qa.types import Citation, Filters, Practice

ADVICE_BONUS = 0.75
PER_PRACTICE = 4  # lines of one practice in an answer
PER_HIT = 3  # advice lines beside a hit


def rank_lines(
    index: Index, scored: Scored, top: int, filters: Filters | None = None
) -> tuple[Citation, ...]:
    """Return the lines that best answer, at most `PER_PRACTICE` from one practice, no twins."""
    filters = filters or Filters()
    lines = np.flatnonzero(index.is_quotable)
    if not len(lines):
        return ()
    advice = index.is_advice[lines].astype(np.float32)
    practices = standardise(scored.practices)[index.owners[lines]]
    scores = standardise(scored.similarities[lines]) + practices + ADVICE_BONUS * advice
    citations: list[Citation] = []
    from_practice: Counter[str] = Counter()
    seen: set[frozenset[str]] = set()
    for rank in np.argsort(-scores, kind="stable"):
        passage = index.passages[lines[rank]]
        practice = index.practices[index.owners[lines[rank]]]
        content = frozenset(map(fold, words(passage.text)))
        if len(citations) == top:
            break
        if (
            filters.accepts(practice)
            and from_practice[practice.id] < PER_PRACTICE
            and content not in seen
        ):
            citations.append(cite(index, int(lines[rank]), float(scores[rank])))
            from_practice[practice.id] += 1
            seen.add(content)
    return tuple(citations)


def best_advice(index: Index, scored: Scored, practice: Practice) -> tuple[Citation, ...]:
    """Return the advice lines of one practice that are nearest to the query, best first."""
    own = index.owners == index.practices.index(practice)
    lines = np.flatnonzero(own & index.is_quotable & index.is_advice)
    order = lines[np.argsort(-scored.similarities[lines], kind="stable")][:PER_HIT]
    return tuple(cite(index, int(i), float(scored.similarities[i])) for i in order)


def cite(index: Index, position: int, score: float) -> Citation:
    """Return the quotation of the line passage at a position, with its place."""
    passage = index.passages[position]
    practice = index.practices[index.owners[position]]
    section = practice.section(passage.section)
    return Citation(
        passage=passage.id,
        practice=practice.id,
        title=practice.title,
        organisation=practice.organisation,
        section=passage.section,
        heading=section.heading if section else passage.section,
        line=int(passage.id.rsplit("/", 1)[1]),
        page=practice.page,
        text=passage.text,
        score=score,
        advice=bool(index.is_advice[position]),
    )
