"""Hits to quoted lines: which lines answer a query, each with its place.

A line's score adds, in deviations: how near its own meaning is to the query, how near the nearest
of its meaning and of the questions that it answers is, and how well its practice fits. Within a
practice, what a section is for weighs as much: advice helps, what only tells where a practice comes
from resembles a problem without helping, and a result is told apart (`cards`). A longer line says
more, two words say nothing; one that readers chose for problems like this one counts
(`choices`), and a figure where one is asked for. The weights are round numbers near those that fit
best a careful reader's choice of lines; figures for each part: docs/quality.md.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from recueil_qa.analysis.asking import asks_for_figure, asks_one_thing
from recueil_qa.analysis.words import fold, words
from recueil_qa.arrays import Scores
from recueil_qa.corpus.lead_ins import lead_ins
from recueil_qa.index.opened import Index
from recueil_qa.search.fusion import standardise
from recueil_qa.search.scored import Scored
from recueil_qa.types import Citation

QUESTIONS_WEIGHT = 0.8
PRACTICE_WEIGHT = 1.5
WORDS_WEIGHT = 0.8  # of the share that a line has of the best BM25 score of a line
ADVICE, RESULT, CONTEXT = 0.8, -1.4, -2.2  # by the role of a section
ONE_THING = 0.5  # what these count where one thing is asked, which may stand in any section
LENGTH, LONG = 0.45, 40  # for each natural logarithm of words, up to so many
SHORT, SHORT_WORDS = -0.7, 3  # for a line of so few words ("Être patient")
# Of how often a line was chosen for problems like this one, as a logarithm. Where one thing is
# asked, which may stand in a line that nobody would quote for a problem, it counts nothing.
CHOSEN = 3.0
FIGURE = 2.8  # where a figure is asked for, and the line holds one
PER_PRACTICE = 4  # lines of one practice in an answer
REMEMBERED = 4_096  # lines


def score_lines(scored: Scored) -> Scores:
    """Return for each passage how well it answers as a line; minus infinity where it is none."""
    index = scored.scope.index
    scores = np.full(len(index.passages), -np.inf, np.float32)
    lines = np.flatnonzero(index.is_quotable)
    if not len(lines):
        return scores
    one_thing = asks_one_thing(scored.understood)
    own, nearest = _line_signals(scored, lines)
    typical_own, typical_nearest, typical_practices = own, nearest, scored.practices
    best_words = max(float(scored.lexical[lines].max()), 1e-6)
    if scored.reference:
        others = np.flatnonzero(scored.reference.scope.index.is_quotable)
        typical_own, typical_nearest = _line_signals(scored.reference, others)
        typical_practices = scored.reference.practices
        best_words = max(best_words, float(scored.reference.lexical[others].max(initial=0)))
    scores[lines] = (
        standardise(own, typical_own)
        + QUESTIONS_WEIGHT * standardise(nearest, typical_nearest)
        + PRACTICE_WEIGHT * standardise(scored.practices, typical_practices)[index.owners[lines]]
        + WORDS_WEIGHT * scored.lexical[lines] / best_words
        + _role(index, lines) * (ONE_THING if one_thing else 1)
        + SHORT * (index.word_counts[lines] <= SHORT_WORDS)
        + LENGTH * np.log(np.clip(index.word_counts[lines], 1, LONG))
    )
    if not one_thing:
        scores[lines] += CHOSEN * scored.worth[lines]
    if asks_for_figure(scored.understood):
        scores[lines] += FIGURE * index.has_figure[lines]
    return scores


def _role(index: Index, lines: npt.NDArray[np.int64]) -> Scores:
    """Return what lines are worth by the role of their section, whatever is asked."""
    worth = ADVICE * index.is_advice[lines] + CONTEXT * index.is_context[lines]
    return np.asarray(worth + RESULT * index.is_result[lines], np.float32)


def _line_signals(scored: Scored, lines: npt.NDArray[np.int64]) -> tuple[Scores, Scores]:
    """Return how near lines are to the query, themselves and with the questions they answer."""
    nearest = nearest_questions(scored.scope.index, scored.similarities)
    return scored.similarities[lines], nearest[lines]


def nearest_questions(index: Index, similarities: Scores) -> Scores:
    """Return for each passage its cosine, or that of the nearest question that it answers."""
    nearest = similarities.copy()
    answered, starts, questions = index.answers
    if len(answered):
        best = np.maximum.reduceat(similarities[questions], starts)
        nearest[answered] = np.maximum(nearest[answered], best)
    return nearest


def rank_lines(scored: Scored, scores: Scores, top: int) -> tuple[Citation, ...]:
    """Return the lines that best answer, at most `PER_PRACTICE` from one practice, no twins.

    Of the practices that pass the filters; `scores` are of lines, by `score_lines`.
    """
    index = scored.scope.index
    citations: list[Citation] = []
    from_practice: Counter[str] = Counter()
    seen: set[frozenset[str]] = set()
    lines = np.flatnonzero(np.isfinite(scores) & scored.scope.accepted_passages)
    for position in lines[np.argsort(-scores[lines], kind="stable")].tolist():
        if len(citations) == top:
            break
        passage = index.passages[position]
        practice = index.practices[index.owners[position]]
        content = _content(passage.text)
        if from_practice[practice.id] < PER_PRACTICE and content not in seen:
            citations.append(cite(index, int(position), float(scores[position])))
            from_practice[practice.id] += 1
            seen.add(content)
    return tuple(citations)


@lru_cache(REMEMBERED)
def _content(text: str) -> frozenset[str]:
    """Return the words of a line: twins have the same, in another order or punctuation."""
    return frozenset(map(fold, words(text)))


def cite(index: Index, position: int, score: float) -> Citation:
    """Return the quotation of the line passage at a position, with its place and lead-ins."""
    passage = index.passages[position]
    practice = index.practices[index.owners[position]]
    section = practice.section(passage.section)
    number = int(passage.id.rsplit("/", 1)[1])
    governing = index.lead_ins.get(position)
    if governing is None:
        governing = lead_ins(section, number) if section else ()
        index.lead_ins[position] = governing
    return Citation(
        passage=passage.id,
        practice=practice.id,
        title=practice.title,
        organisation=practice.organisation,
        section=passage.section,
        heading=section.heading if section else passage.section,
        line=number,
        page=practice.page,
        text=passage.text,
        score=score,
        advice=bool(index.is_advice[position]),
        context=bool(index.is_context[position]),
        source=practice.source,
        lead_ins=governing,
    )
