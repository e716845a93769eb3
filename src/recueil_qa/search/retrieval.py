"""A query to ranked practices: as it is understood, its scores, the evidence of each practice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recueil_qa.analysis.understanding import pieces, problems, read_question
from recueil_qa.analysis.words import analyse_query, query_stems_of
from recueil_qa.arrays import Mask, Scores
from recueil_qa.encoding.encoder import Encoder, Vectors
from recueil_qa.index.opened import Index
from recueil_qa.index.vectors import inner_products
from recueil_qa.search.fusion import (
    SIGNALS,
    TEXT_SIGNALS,
    WORD_SHARE,
    Signal,
    fused,
    signal_means,
    with_learnt,
    word_shares,
)
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored, Sought
from recueil_qa.types import Evidence, PracticeHit

EVIDENCE = 3  # passages shown for each hit


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
    if signals is SIGNALS and used is None and not any(i.has_questions.any() for i in against):
        signals = TEXT_SIGNALS
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
    if signals == TEXT_SIGNALS:
        seen = words if typical is None else typical.words
        shares = word_shares(scope, words, known, sought.stems, seen)
        practices = practices + np.float32(WORD_SHARE) * shares
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
        learnt=learnt,
        alike=inner_products(index.choices.vectors, sought.vector),
        nothing=_nothing(index, sought.vector),
    )


def _nothing(index: Index, vector: Vectors) -> Scores:
    if not len(index.levels.vectors):
        return np.zeros(0, np.float32)
    return inner_products(index.levels.vectors, vector)


def score_query(
    scope: Scope,
    encoder: Encoder,
    query: str,
    signals: tuple[Signal, ...] = SIGNALS,
    used: Mask | None = None,
) -> Scored:
    """Score every passage and practice for one clean query, as `score` does."""
    return score(scope, seek(scope.index, encoder, query), signals, used)


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
