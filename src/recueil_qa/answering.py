"""Hits to quoted lines: which lines answer a query, each with its place.

A line's score adds three standardised parts: how near its own meaning is to the query (1), how near
the nearest of its meaning and of the questions that it answers is (1), and how well its practice
fits (3/2). A section whose role is advice gains two fifths of a deviation, one that only tells the
context loses half of that, because it resembles a problem without helping. Figures for each part:
docs/quality.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recueil_qa.arrays import Scores
from recueil_qa.index import Index
from recueil_qa.lexical import fold, words
from recueil_qa.retrieval import Scored, best_places, standardise
from recueil_qa.types import LEADS, Citation, Filters, Practice

QUESTIONS_WEIGHT = 1.0
PRACTICE_WEIGHT = 1.5
ADVICE_BONUS = 0.4
PER_PRACTICE = 4  # lines of one practice in an answer
PER_HIT = 3  # advice lines beside a hit
REMEMBERED = 4_096  # lines
PRACTICES, LINES, BESIDES = 6, 6, 2  # shown of an answer; of the lines, how many that are no advice


def score_lines(index: Index, scored: Scored) -> Scores:
    """Return for each passage how well it answers as a line; minus infinity where it is none."""
    scores = np.full(len(index.passages), -np.inf, np.float32)
    lines = np.flatnonzero(index.is_quotable)
    if not len(lines):
        return scores
    own, nearest = _line_signals(index, scored, lines)
    typical_own, typical_nearest, typical_practices = own, nearest, scored.practices
    if index.reference and scored.reference:
        others = np.flatnonzero(index.reference.is_quotable)
        typical_own, typical_nearest = _line_signals(index.reference, scored.reference, others)
        typical_practices = scored.reference.practices
    role = index.is_advice[lines] - index.is_context[lines] / 2
    scores[lines] = (
        standardise(own, typical_own)
        + QUESTIONS_WEIGHT * standardise(nearest, typical_nearest)
        + PRACTICE_WEIGHT * standardise(scored.practices, typical_practices)[index.owners[lines]]
        + ADVICE_BONUS * role
    )
    return scores


def _line_signals(
    index: Index, scored: Scored, lines: npt.NDArray[np.int64]
) -> tuple[Scores, Scores]:
    """Return how near lines are to the query, themselves and with the questions they answer."""
    nearest = scored.similarities.copy()
    answered, starts, questions = index.answers
    if len(answered):
        best = np.maximum.reduceat(scored.similarities[questions], starts)
        nearest[answered] = np.maximum(nearest[answered], best)
    return scored.similarities[lines], nearest[lines]


def rank_lines(
    index: Index, scores: Scores, top: int, filters: Filters | None = None
) -> tuple[Citation, ...]:
    """Return the lines that best answer, at most `PER_PRACTICE` from one practice, no twins."""
    accepts = filters.accepts if filters else None
    citations: list[Citation] = []
    from_practice: Counter[str] = Counter()
    seen: set[frozenset[str]] = set()
    lines = np.flatnonzero(np.isfinite(scores))
    for position in lines[np.argsort(-scores[lines], kind="stable")].tolist():
        if len(citations) == top:
            break
        passage = index.passages[position]
        practice = index.practices[index.owners[position]]
        content = _content(passage.text)
        if (
            (accepts is None or accepts(practice))
            and from_practice[practice.id] < PER_PRACTICE
            and content not in seen
        ):
            citations.append(cite(index, int(position), float(scores[position])))
            from_practice[practice.id] += 1
            seen.add(content)
    return tuple(citations)


@lru_cache(REMEMBERED)
def _content(text: str) -> frozenset[str]:
    """Return the words of a line: twins have the same, in another order or punctuation."""
    return frozenset(map(fold, words(text)))


def lines_to_read(
    lines: Sequence[Citation], shown: Container[str], *, abstained: bool
) -> tuple[tuple[Citation, ...], tuple[Citation, ...]]:
    """Return the advice to show, then principles and results; six lines at most, best first.

    Of lines ranked by score, those of the practices that are `shown` (ids), to be read whole
    there. Where a practice comes from is no answer, unless nothing else is.
    """
    lines = [line for line in lines if line.practice in shown]
    telling = [line for line in lines if not line.context] or lines
    advice = tuple(line for line in telling if line.advice)
    others = tuple(line for line in telling if not line.advice)
    if abstained:
        return (advice or others)[:LEADS], ()
    if not advice:
        return others[:LINES], ()
    # A line that is no advice must have come before most of the advice to be worth the room.
    worth = tuple(line for line in others if line.score >= advice[:LEADS][-1].score)[:BESIDES]
    return advice[: LINES - len(worth)], worth


def best_advice(index: Index, scores: Scores, practice: Practice) -> tuple[Citation, ...]:
    """Return the advice lines of one practice that best answer, best first."""
    own = index.own(index.places[practice.id])
    advice = np.where(index.is_advice[own], scores[own], -np.inf)
    return tuple(cite(index, i, float(scores[i])) for i in best_places(advice, own, PER_HIT))


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
        context=bool(index.is_context[position]),
        source=practice.source,
    )
