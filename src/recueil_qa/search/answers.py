"""One question to one answer: every step of it, in order.

read → encode → score → what is asked for word for word → confidence → lines → cards, direct line
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recueil_qa.analysis.asking import asks_for_fact, asks_for_figure, done_without, has_figure
from recueil_qa.analysis.courtesy.unwrapping import unwrap
from recueil_qa.analysis.query import OTHER, guess_language, one_line
from recueil_qa.analysis.words import analyse_query
from recueil_qa.arrays import Scores
from recueil_qa.encoding.encoded_once import OnceEncoder
from recueil_qa.encoding.encoder import Encoder
from recueil_qa.index.opened import Index
from recueil_qa.search.answering import cite, rank_lines, score_lines
from recueil_qa.search.asked import Asked
from recueil_qa.search.cards import cards
from recueil_qa.search.confidence import Confidence, confidence, in_order
from recueil_qa.search.direct import direct_line
from recueil_qa.search.relevance import answering
from recueil_qa.search.retrieval import rank_practices, score, seek, words_in_common
from recueil_qa.search.scope import Scope
from recueil_qa.search.scored import Scored, Sought
from recueil_qa.search.standing import standing
from recueil_qa.search.together import SURELY, Part, merged, together
from recueil_qa.search.verbatim import verbatim
from recueil_qa.types import (
    EVERYTHING,
    PRACTICES,
    Answer,
    Band,
    Card,
    Filters,
    PassageKind,
    Practice,
    PracticeHit,
)

OTHER_LANGUAGE = "other-language"
NO_MATCH_FOR_FILTERS = "nothing-passes-the-filters"
NEGATION, NO_FACT = "negation", "no-fact"
ADVICE_LINES = 10
SURE = 0.9999  # of what is there word for word
LONGEST_NAME = 6  # words
TITLES = 2  # that hold every word of a query, where it names a practice
NAMED = 2 / 3  # of the words of a query, that are a practice's name
FIRST = 100  # deviations: what is asked for word for word stands before all else


def answer(
    scope: Scope,
    encoder: Encoder,
    asked: Asked,
    top: int,
    chosen: Filters = EVERYTHING,
    *,
    as_typed: bool = False,
) -> Answer:
    """Answer one question, under the filters chosen by hand and those it names.

    Each collection answers as if it were alone. `as_typed` mends no slip of the keyboard.
    """
    names = _collections(scope, asked, chosen)
    if len(scope.index.collections) == 1:
        return _answer(scope, encoder, asked, top, chosen, as_typed=as_typed).answer
    once = OnceEncoder(encoder)
    parts = [
        _answer(scope.alone(name), once, asked, top, chosen, as_typed=as_typed) for name in names
    ]
    return parts[0].answer if len(parts) == 1 else together(parts, top)


def found(
    scope: Scope, encoder: Encoder, question: str, top: int, filters: Filters = EVERYTHING
) -> tuple[Confidence, tuple[PracticeHit, ...]]:
    """Return the best practices by their scores only, and how sure it is that they answer."""
    names = _collections(scope, Asked(question), filters)
    once = OnceEncoder(encoder)
    parts = []
    for name in names:
        alone = scope.alone(name).within(filters)
        scored = scored_near(alone, seek(alone.index, once, question), top, filters)
        hits = rank_practices(scored, top)
        parts.append((confidence(scored), hits, standing(scored, name)))
    best = max((sure for sure, _, _ in parts), key=in_order)
    if len(parts) == 1:
        return best, parts[0][1]
    return best, merged([(hits, stands) for _, hits, stands in parts], top)


def _collections(scope: Scope, asked: Asked, chosen: Filters) -> list[str]:
    """Return the collections to ask: those that the filters keep, or that hold what is named."""
    kept = asked.within(chosen)[0].collection
    names = [name for name in scope.index.collections if not kept or name in kept]
    places = scope.index.places
    practices = {passage.partition("/")[0] for passage in asked.identified} & places.keys()
    named = {scope.index.practices[places[each]].collection for each in practices}
    return [name for name in names if name in named] or names or [*scope.index.collections]


def _answer(
    scope: Scope,
    encoder: Encoder,
    asked: Asked,
    top: int,
    chosen: Filters = EVERYTHING,
    *,
    as_typed: bool = False,
) -> Part:
    """Answer from the only collection of a scope."""
    filters, said = asked.within(chosen)
    only_named = bool(said) and not asked.subject
    question = asked.subject if said and asked.subject else asked.question
    sought = seek(scope.index, encoder, question, as_typed=as_typed)
    identified = [passage.partition("/")[0] for passage in asked.identified]
    scored = scored_near(scope, sought, top, filters, identified)
    near = scored.scope.index
    named = _asked_for(scored, question, asked.identified)
    probability, helps, band = confidence(scored)
    stands = standing(scored, *scope.index.collections)
    lines = score_lines(scored)
    titled = [] if named else _titled(scored)
    # After its scores, which would be standardised by what no query has.
    scored = _raised(scored, named or titled)
    lines[np.isin(near.owners, near.owners[named])] += FIRST / 2
    quoted = [place for place in named if near.passages[place].kind is PassageKind.LINE]
    lines[quoted] = _first(lines, len(quoted))
    hits = rank_practices(scored, top)
    direct = quoted[0] if quoted else direct_line(scored, lines)
    shown = cards(scored, lines, hits[:PRACTICES])
    notices = [OTHER_LANGUAGE] if guess_language(question) == OTHER else []
    if not hits:
        notices.append(NO_MATCH_FOR_FILTERS)
        band = Band.NOTHING
    elif named or only_named:
        probability, helps, band = max(probability, SURE), max(helps, SURE), Band.ANSWERS
    elif band is Band.NOTHING:
        # A line that answers by itself may stand in a practice on something else; and who calls a
        # practice by its name gets it, whatever she wants of it.
        called = direct is not None or titled or _is_named(scored, hits[0].practice)
        band = Band.LEADS if called else band
    else:
        band, doubts = _doubted(band, scored, direct, shown[0])
        notices += doubts
        if sought.mended and _is_refused(scope, encoder, question, filters):
            band = Band.LEADS
    if said and hits and band is Band.NOTHING:
        band = Band.LEADS  # practices of somebody were asked for, and these are
    if band is Band.NOTHING:
        shown, direct = (), None
    elif asked.identified and named:
        shown = shown[: len(named)]
    every = len(shown) if only_named or asked.identified else len({*near.owners[named].tolist()})
    count = answering(hits, learnt=_learnt(near, hits))
    answered = Answer(
        question=one_line(asked.question),
        language=guess_language(asked.question),
        confidence=probability,
        helps=helps,
        band=band,
        hits=hits,
        advice=rank_lines(scored, lines, ADVICE_LINES),
        cards=shown,
        answering=min(every or count, len(shown)) if band is Band.ANSWERS else 0,
        direct=None if direct is None else cite(near, direct, float(lines[direct])),
        notices=tuple(notices),
        understood=sought.mended,
        filtered=said,
    )
    return Part(answered, SURELY if named else stands)


def scored_near(
    scope: Scope, sought: Sought, top: int, filters: Filters, named: Sequence[str] = ()
) -> Scored:
    """Return what is sought scored against the part of a scope that may answer.

    Practices `named` by their ids are in it.
    """
    return score(scope.around(sought.vector, [*sought.stems], top, filters, named), sought)


def _asked_for(scored: Scored, question: str, identified: Sequence[str]) -> list[int]:
    """Return the passages asked for by their ids or word for word, that pass the filters."""
    places = [place for name in identified for place in _places_of(scored.scope.index, name)]
    for text in () if places else dict.fromkeys((question, unwrap(question))):
        places = places or verbatim(scored, text)
    return [place for place in places if scored.scope.accepted_passages[place]]


def _learnt(index: Index, hits: Sequence[PracticeHit]) -> bool:
    """Return whether the first practice is of a collection with heads."""
    return bool(hits) and hits[0].practice.collection in index.heads


def _places_of(index: Index, passage: str) -> list[int]:
    """Return the place of a passage by its id; none where its practice doesn't pass the filters."""
    practice = index.places.get(passage.partition("/")[0])
    own = range(0) if practice is None else range(*index.own(practice).indices(len(index.facts)))
    return [place for place in own if index.passages[place].id == passage]


def _raised(scored: Scored, named: list[int]) -> Scored:
    """Return a query's scores with the practices of some passages before all others."""
    if not named:
        return scored
    practices = scored.practices.copy()
    owners = list(dict.fromkeys(scored.scope.index.owners[named].tolist()))
    practices[owners] = _first(practices, len(owners))
    return replace(scored, practices=practices)


def _first(scores: Scores, count: int) -> Scores:
    """Return so many scores, best first, that are above some, however far these reach."""
    above = FIRST + np.arange(count, 0, -1)
    return np.asarray(np.max(scores, initial=0) + above, np.float32)


def _doubted(band: Band, scored: Scored, direct: int | None, first: Card) -> tuple[Band, list[str]]:
    """Return the band as the kind of question allows, and why it is no higher.

    One line that answers is an answer, and so is a practice that is asked for by its name. A fact
    that no line gives is not answered by practices; nor is what is asked to do without X by a
    practice on X, though it may still help.
    """
    text, practice = scored.understood, first.practice
    if direct is not None or _is_named(scored, practice):
        band = Band.ANSWERS
    notices = []
    fact = direct is None and asks_for_fact(text)
    if fact and not (asks_for_figure(text) and any(has_figure(line.text) for line in first.quoted)):
        notices.append(NO_FACT)
    unwanted = " ".join(done_without(text))
    if unwanted and not set(analyse_query(unwanted)).isdisjoint(analyse_query(practice.title)):
        notices.append(NEGATION)
    return (Band.LEADS if fact or notices else band), notices


def _titled(scored: Scored) -> list[int]:
    """Return the titles that hold every word of a query, if these are one or two: « Nudge »."""
    index = scored.scope.index
    typed = set(scored.stems.values())
    if not 0 < len(typed) <= LONGEST_NAME:
        return []
    found = [
        index.own(place).start
        for place in np.flatnonzero(scored.scope.accepted).tolist()
        if typed <= set(words_in_common(scored, index.practices[place].title))
    ]
    best = scored.practices[index.owners[found]] if found else ()
    return [found[i] for i in np.argsort(-np.asarray(best))] if len(found) <= TITLES else []


def _is_named(scored: Scored, practice: Practice) -> bool:
    """Return whether most words of a query are those that a practice is called by."""
    called = " ".join((practice.title, practice.subtitle, practice.organisation))
    named, typed = set(words_in_common(scored, called)), set(scored.stems.values())
    return len(named) > 1 and len(named) >= NAMED * len(typed)


def _is_refused(scope: Scope, encoder: Encoder, question: str, filters: Filters) -> bool:
    """Return whether nothing answers a question as it was typed: mending only guesses."""
    sought = seek(scope.index, encoder, question, as_typed=True)
    return confidence(scored_near(scope, sought, 1, filters)).band is Band.NOTHING
